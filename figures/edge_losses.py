"""What EM compares, and what is learned: training losses and learned variance against M/N.

Left: the loss at one level of the printed grid (ψ near 6.7, where EM shows it) of the model that maximum likelihood
fits, on its samples and on fresh ones, of the memoriser of M samples and of the data's own mixture; the model lies
below both surrogates at every M. Right: the learned variance over σ⋆² for every weighting, with 1 − M/N (dashed), its
limit as d → ∞. N = 50, d = 30, K = 6; bars are one standard error over data sets.
"""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from numerics.sweeps.edge_decisive import WEIGHTINGS
from proofs_check.edge_evidence import Curve, Setting, curve
from theory.crossover import printed_grid, signal_to_noise

from .figure import COLOURS, MARKERS, Drawing, Figure

SIZE = "50-30-6"
LOSSES = {
    "model, training": "model_losses",
    "model, fresh": "model_test_losses",
    "memoriser of M": "memoriser_losses",
    "data's own mixture": "nominal_losses",
}
COLUMNS = ("panel", "what", "variance", "M/N", "value", "standard error")


def draw(quick: bool) -> Drawing:
    """Curves of the kept evidence; `quick` changes nothing."""
    del quick
    figure = matplotlib.figure.Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    level = int(np.abs(signal_to_noise(printed_grid()) - 6.70).argmin())
    rows: list[tuple[str | float, ...]] = []
    likelihood = Setting(SIZE, 1.0, "likelihood", "samples")
    for number, (label, losses) in enumerate(LOSSES.items()):
        found = curve("edge-likelihood", likelihood, losses, level)
        rows += _marks(left, "loss", label, 1.0, found, number, "-")
    snr = signal_to_noise(printed_grid())[level]
    left.set(title=f"loss at ψ = {snr:.2f}, σ⋆² = 1", ylabel="denoising loss (squared data units)", yscale="log")
    number = 0
    for variance in (0.04, 1.0):
        found = curve("edge-likelihood", Setting(SIZE, variance, "likelihood", "samples"), "variance")
        found = Curve(found.fraction, found.value / variance)
        rows += _marks(right, "variance", f"likelihood, σ⋆² = {variance:g}", variance, found, number, "none")
        number += 1
        for weighting in WEIGHTINGS if variance == 1.0 else ():
            found = curve("edge-decisive", Setting(SIZE, variance, weighting, "samples"), "variance")
            found = Curve(found.fraction, found.value / variance)
            rows += _marks(right, "variance", f"λ: {weighting}, σ⋆² = {variance:g}", variance, found, number, "none")
            number += 1
    right.plot([0.5, 1], [0.5, 0], color="grey", linestyle="--", label="1 − M/N")
    right.set(title="learned variance", ylabel="s²/σ⋆² (no unit)")
    for axes in (left, right):
        axes.set(xlim=(0.5, 1.0), xlabel="components over samples M/N (no unit)")
        axes.legend(fontsize=8)
    return Drawing(figure, COLUMNS, rows)


def _marks(axes, panel: str, label: str, variance: float, found: Curve, number: int, line: str) -> list:
    inside = found.fraction < 1
    mean, error = found.mean[inside], found.standard_error[inside]
    axes.errorbar(
        found.fraction[inside],
        mean,
        yerr=error,
        color=COLOURS[number],
        marker=MARKERS[number],
        linestyle=line,
        linewidth=1,
        capsize=2,
        label=label,
    )
    fractions = found.fraction[inside]
    return [(panel, label, variance, *map(float, row)) for row in zip(fractions, mean, error, strict=True)]


FIGURE = Figure("edge-losses", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
