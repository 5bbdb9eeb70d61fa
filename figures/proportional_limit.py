"""Train and test loss of a generalising block when dimension and sample size grow together (BR Corollary 3.3).

Lines are the limits as d, n → ∞ with d/n → c; marks are blocks learnt at d = 256, their bars one standard error over
the draws, mostly shorter than the marks. Left: all directions kept, an isotropic cluster and one with three spikes;
the printed test loss of the isotropic cluster leaves out the noise that passes. Middle: one unit on one spike, what it
saves of the loss on its own samples and on fresh ones; beyond the threshold the limit keeps nothing of the spike, and
the unit costs fresh samples more than it saves. Right: squared distance between the denoisers of disjoint training
sets over their squared size, 0 for the same and 2 for unrelated ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.figure
import numpy as np

from numerics.block_draws import Draws, draw_blocks
from proofs_check.sampling import estimate
from theory import proportional_limit as limit
from theory.reproducibility import full_rank_distance, spiked_distance
from theory.spiked_covariance import spiked_losses

from .figure import COLOURS, Drawing, Figure

SIZE, SIGMA = 256, 0.7
SPECTRA = {"isotropic": np.ones(SIZE), "three spikes": np.r_[80.0, 60.0, 40.0, np.ones(SIZE - 3)]}
BULK, SPIKE, SPIKE_SIGMA = 0.5, 2.5, 1.0
NARROW = np.r_[SPIKE, np.full(SIZE - 1, BULK)]
LINE = np.geomspace(0.1, 40.0, 161)
COLUMNS = ("quantity", "cluster", "d", "n", "sigma", "draws", "predicted", "measured", "standard_error")
STYLES = {
    "train, isotropic": {"color": COLOURS[1], "marker": "o", "linestyle": "-"},
    "test, isotropic": {"color": COLOURS[0], "marker": "s", "linestyle": "-"},
    "train, three spikes": {"color": COLOURS[6], "marker": "^", "linestyle": "--"},
    "test, three spikes": {"color": COLOURS[2], "marker": "D", "linestyle": "--"},
    "train, one unit": {"color": COLOURS[1], "marker": "o", "linestyle": "-"},
    "test, one unit": {"color": COLOURS[0], "marker": "s", "linestyle": "-"},
    "all directions, isotropic": {"color": COLOURS[0], "marker": "s", "linestyle": "-"},
    "all directions, three spikes": {"color": COLOURS[2], "marker": "D", "linestyle": "--"},
    "one unit on one spike": {"color": COLOURS[3], "marker": "v", "linestyle": "-."},
}

Law = Callable[[float], float]
Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """The three panels: 20 draws a mark at nine ratios, or six at d/n = 1/4, 1, 4 where `quick`."""
    ratios, pairs = ((0.25, 1.0, 4.0), 3) if quick else (tuple(2.0**power for power in range(-3, 6)), 10)
    figure = matplotlib.figure.Figure(figsize=(15, 4.8), layout="constrained")
    losses, savings, distances = figure.subplots(1, 3)
    rows: Rows = []
    for cluster, spectrum in SPECTRA.items():
        found = {ratio: _blocks(spectrum, ratio, SIZE, SIGMA, pairs) for ratio in ratios}
        rows += _curve(losses, f"train, {cluster}", SIGMA, lambda c, s=spectrum: limit.train_loss_limit(s, c, SIGMA),
                       {ratio: blocks.train / SIZE for ratio, blocks in found.items()})  # fmt: skip
        rows += _curve(losses, f"test, {cluster}", SIGMA, lambda c, s=spectrum: limit.test_loss_limit(s, c, SIGMA),
                       {ratio: blocks.test / SIZE for ratio, blocks in found.items()})  # fmt: skip
        # Over the size that the limit gives: an average of ratios would be biased.
        apart = {ratio: blocks.weights / SIZE / _size(spectrum, ratio) for ratio, blocks in found.items()}
        rows += _curve(distances, f"all directions, {cluster}", SIGMA,
                       lambda c, s=spectrum: full_rank_distance(s, c, SIGMA).relative, apart)  # fmt: skip
    found = {ratio: _blocks(NARROW, ratio, 1, SPIKE_SIGMA, pairs) for ratio in ratios}
    rows += _curve(savings, "train, one unit", SPIKE_SIGMA, lambda c: NARROW.sum() - _narrow(c).train,
                   {ratio: blocks.energy - blocks.train for ratio, blocks in found.items()})  # fmt: skip
    rows += _curve(savings, "test, one unit", SPIKE_SIGMA, lambda c: NARROW.sum() - _narrow(c).test,
                   {ratio: NARROW.sum() - blocks.test for ratio, blocks in found.items()})  # fmt: skip
    spiked = lambda c: spiked_distance(np.array([SPIKE]), c, SPIKE_SIGMA, BULK)  # noqa: E731
    rows += _curve(distances, "one unit on one spike", SPIKE_SIGMA, lambda c: spiked(c).relative,
                   {ratio: blocks.weights * spiked(ratio).relative / spiked(ratio).weights
                    for ratio, blocks in found.items()})  # fmt: skip
    _finish(losses, savings, distances)
    return Drawing(figure, COLUMNS, rows)


def _samples(ratio: float) -> int:
    return round(SIZE / ratio)


def _blocks(spectrum: np.ndarray, ratio: float, width: int, sigma: float, pairs: int) -> Draws:
    return draw_blocks(spectrum, np.zeros(SIZE), _samples(ratio), width, sigma, 0.0, pairs, seed=_samples(ratio))


def _size(spectrum: np.ndarray, ratio: float) -> float:
    """Limit of ‖D̂‖²/d."""
    return limit.equivalent(spectrum, ratio, SIGMA).second + limit.scatter_limit(spectrum, ratio, SIGMA)[0]


def _narrow(ratio: float):
    return spiked_losses(np.array([SPIKE]), SIZE, ratio, SPIKE_SIGMA, BULK)


def _curve(axes: Any, name: str, sigma: float, law: Law, measured: dict[float, np.ndarray]) -> Rows:
    style = STYLES[name]
    axes.plot(LINE, [law(float(c)) for c in LINE], color=style["color"], linestyle=style["linestyle"], linewidth=1.2)
    found = {ratio: estimate(values.ravel()) for ratio, values in measured.items()}
    axes.errorbar(
        list(found),
        [value.mean for value in found.values()],
        yerr=[value.standard_error for value in found.values()],
        color=style["color"],
        marker=style["marker"],
        linestyle="none",
        markerfacecolor="none",
    )
    axes.plot([], [], label=name, **style, markerfacecolor="none")
    kind, cluster = name.split(", ") if ", " in name else (name, "one spike")
    return [
        (kind, cluster, SIZE, _samples(ratio), sigma, value.count, float(law(ratio)), value.mean, value.standard_error)
        for ratio, value in found.items()
    ]


def _finish(losses: Any, savings: Any, distances: Any) -> None:
    printed = SIGMA**4 / (1 + SIGMA**2) ** 2
    losses.axhline(printed, color="grey", linestyle=":", label="printed test, isotropic, n → ∞")
    losses.set(ylabel="loss/d (units of the variance)", ylim=(0, None))
    losses.set_title(f"All directions kept, σ = {SIGMA:g}: limits (lines), d = {SIZE} (marks)")
    threshold = (SPIKE / BULK - 1) ** 2
    savings.axvline(threshold, color="grey", linestyle="--", linewidth=1, label="ℓ = v(1 + √(d/n))")
    savings.axhline(0, color="grey", linestyle=":", linewidth=1)
    # Linear where savings turn negative, logarithmic above.
    savings.set(ylabel="loss saved (units of the variance)", yscale="symlog", ylim=(-1, 30))
    savings.set_title(f"One unit on a spike ℓ = {SPIKE:g} over v = {BULK:g}, σ = {SPIKE_SIGMA:g}")
    distances.axhline(2, color="grey", linestyle=":", linewidth=1, label="unrelated")
    distances.set(ylabel="‖D̂₁ − D̂₂‖² / ‖D̂‖² (no unit)", ylim=(0, 2.2))
    distances.set_title("Denoisers from disjoint training sets")
    for axes in (losses, savings, distances):
        axes.set(xscale="log", xlabel="d/n (no unit)")
        axes.legend(fontsize=8, loc="best")


FIGURE = Figure("proportional-limit", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
