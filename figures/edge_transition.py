"""Memorised share of generated samples against M/N: what moves the transition, and what was predicted to.

Left, by σ⋆²: exact draws of mixtures trained with λ = ψ (filled) and of maximum likelihood (open) fall on one curve,
that of `theory.singleton_mass` (grey, dashed), while EM eq. 21 with the fitted weights and C = 2 (vertical, in the
colours) moves with σ⋆². Middle, by the threshold c, with the limit (1 − 3c)/(1 − c) as d → ∞ (vertical, dotted).
Right, by the sampler at σ⋆² = .04: steps shrink the components, and the prediction (dashed) has the variance that they
leave, `theory.deterministic_steps`. N = 50, d = 30, K = 6; bars are one standard error over data sets.
"""

from __future__ import annotations

from functools import cache

import matplotlib.figure
import numpy as np

from numerics.sweeps.edge_likelihood import sampling_times, size
from proofs_check.edge_evidence import SAMPLERS, Curve, Setting, ratio_curve
from theory.crossover import (
    crossover_fraction,
    fitted_weights,
    nearest_neighbour_crossover,
    printed_grid,
    signal_to_noise,
)
from theory.deterministic_steps import sampled_variance
from theory.singleton_mass import predicted_ratio

from .figure import COLOURS, MARKERS, Drawing, Figure

SIZE = "50-30-6"
N, D, K = size(SIZE)
VARIANCES, THRESHOLDS = (0.04, 0.25, 1.0, 4.0), (1 / 16, 1 / 9, 1 / 4)
COLUMNS = ("panel", "method", "variance", "sampler", "c", "M/N", "share", "standard error")
LIKELIHOOD, TRAINED = "edge-likelihood", "edge-decisive"


def draw(quick: bool) -> Drawing:
    """Curves of the kept evidence; where `quick` one prediction, at few M/N."""
    figure = matplotlib.figure.Figure(figsize=(14, 4.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharey=True)
    rows: list[tuple[str | float, ...]] = []
    fractions = np.linspace(0.6, 0.9, 3) if quick else np.linspace(0.5, 0.99, 25)
    snr = signal_to_noise(printed_grid())
    for number, variance in enumerate(VARIANCES):
        style = {"color": COLOURS[number + 1], "marker": MARKERS[number]}
        label = f"σ⋆² = {variance:g}"
        rows += _marks(
            left, "variance", TRAINED, Setting(SIZE, variance, "snr", "samples"), "exact", 1 / 9, style, label
        )
        rows += _marks(
            left,
            "variance",
            LIKELIHOOD,
            Setting(SIZE, variance, "likelihood", "samples"),
            "exact",
            1 / 9,
            {**style, "fillstyle": "none"},
            "",
        )
        at = crossover_fraction(fitted_weights(), snr, variance, 2.0)
        left.axvline(at, color=COLOURS[number + 1], linestyle="-.", linewidth=1.2)
    left.plot([], [], color="grey", linestyle="-.", label="eq. 21, fitted λ, C = 2")
    left.plot(*_predicted(fractions, 1.0, 1 / 9), color="grey", linestyle="--", label="theory.singleton_mass")
    for number, c in enumerate(THRESHOLDS):
        style = {"color": COLOURS[number + 1], "marker": MARKERS[number]}
        setting = Setting(SIZE, 1.0, "likelihood", "samples")
        rows += _marks(middle, "threshold", LIKELIHOOD, setting, "exact", c, style, f"c = 1/{1 / c:.0f}")
        if c == 1 / 9 or not quick:
            middle.plot(*_predicted(fractions, 1.0, c), color=COLOURS[number + 1], linestyle="--", linewidth=1)
        if c < 1 / 7:
            middle.axvline(nearest_neighbour_crossover(c), color=COLOURS[number + 1], linestyle=":")
    for number, sampler in enumerate(SAMPLERS):
        style = {"color": COLOURS[number + 1], "marker": MARKERS[number]}
        setting = Setting(SIZE, 0.04, "likelihood", "samples")
        rows += _marks(right, "sampler", LIKELIHOOD, setting, sampler, 1 / 9, style, sampler)
        predicted = [_ratio(0.04, 1 / 9, float(m), sampler) for m in fractions]
        right.plot(fractions, predicted, color=COLOURS[number + 1], linestyle="--", linewidth=1)
    right.plot([], [], color="grey", linestyle="--", label="predicted, variance by steps")
    titles = (
        "by variance, c = 1/9, exact draws",
        "by threshold, σ⋆² = 1, exact draws",
        "by sampler, σ⋆² = .04, c = 1/9",
    )
    for axes, title in zip((left, middle, right), titles, strict=True):
        axes.axhline(0.5, color="lightgrey", linewidth=0.8, zorder=0)
        axes.set(xlim=(0.5, 1.0), ylim=(-0.02, 1.02), title=title, xlabel="components over samples M/N (no unit)")
        axes.set(ylabel="memorised share (no unit)")
        axes.legend(fontsize=8, loc="upper left")
    return Drawing(figure, COLUMNS, rows)


def _predicted(fractions: np.ndarray, variance: float, c: float) -> tuple[np.ndarray, list[float]]:
    return fractions, [_ratio(variance, c, float(m)) for m in fractions]


@cache
def _ratio(variance: float, c: float, fraction: float, sampler: str = "exact") -> float:
    if sampler == "exact":
        return predicted_ratio(N, D, K, variance, c, fraction * N)
    times = sampling_times(sampler)
    return predicted_ratio(N, D, K, variance, c, fraction * N, lambda learnt: sampled_variance(learnt, times))


def _marks(axes, panel: str, sweep: str, setting: Setting, sampler: str, c: float, style: dict, label: str) -> list:
    found: Curve = ratio_curve(sweep, setting, sampler, c)
    axes.errorbar(
        found.fraction, found.mean, yerr=found.standard_error, linestyle="none", capsize=2, label=label or None, **style
    )
    method = setting.weighting
    return [
        (panel, method, setting.data_variance, sampler, c, float(m), float(share), float(bar))
        for m, share, bar in zip(found.fraction, found.mean, found.standard_error, strict=True)
    ]


FIGURE = Figure("edge-transition", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
