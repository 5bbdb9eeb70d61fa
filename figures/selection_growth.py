"""Growth of the Gaussian loop under greedy selection, and the contraction at which it balances.

Left: factor by which the trace of the covariance grows in a generation, M points drawn for m = 100 kept, no
contraction: prediction V from the density ρφ/(1 + τφ) (lines), loops with full covariance (marks, bars one standard
error, mostly shorter than the marks), greedy's proved limits on the line (grey band), the ratio, which no selection
exceeds (dots). Right: contraction κ of the sampler against M/m: balance κ* = V^{−1/2} (lines), the contraction at which
sampled loops neither grow nor die (marks), and certain decay, κ² < m/M (below the dots).
"""

from __future__ import annotations

from typing import Any

import matplotlib.figure
import numpy as np

from numerics.selection_loop import selected_fits
from theory import selection_growth

from .figure import COLOURS, MARKERS, Drawing, Figure

DIMENSIONS = (1, 2, 10, 50)
RATIOS = (1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
KEPT = 100
COLUMNS = ("panel", "series", "ratio", "predicted", "measured", "standard_error")

Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """Both panels from loops sampled anew: 16 replicates of four generations; 3 of one where `quick`."""
    figure = matplotlib.figure.Figure(figsize=(12, 5), layout="constrained")
    growth, balance = figure.subplots(1, 2)
    fine = np.geomspace(1.0, 10.0, 60)
    low, high = np.array([selection_growth.spread_bounds(float(ratio)) for ratio in fine]).T
    growth.fill_between(fine, low, high, color="0.85", label="greedy's limits, d = 1")
    rows: Rows = []
    for number, d in enumerate(DIMENSIONS):
        rows += _dimension(growth, balance, fine, number, d, (1, 3) if quick else (4, 16))
    growth.plot(fine, fine, color="grey", linestyle=":", label="no selection is above, M/m")
    balance.plot(fine, fine**-0.5, color="grey", linestyle=":", label="any selection decays below, (m/M)^½")
    growth.set(
        xscale="log", xlabel="points drawn over points kept, ρ = M/m (no unit)", ylim=(0.95, 2.7),
        ylabel="growth of tr Σ a generation (no unit)", title=f"No contraction, m = {KEPT}",
    )  # fmt: skip
    balance.set(
        xscale="log", xlabel="points drawn over points kept, ρ = M/m (no unit)", ylim=(0.3, 1.02),
        ylabel="contraction κ of the sampler (no unit)", title="Above the line it explodes, below it dies",
    )  # fmt: skip
    for axes in (growth, balance):
        axes.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
        axes.minorticks_off()
        axes.legend(fontsize=8)
    return Drawing(figure, COLUMNS, rows)


def _dimension(growth: Any, balance: Any, fine: np.ndarray, number: int, d: int, size: tuple[int, int]) -> Rows:
    generations, replicates = size
    style = {"color": COLOURS[number], "marker": MARKERS[number], "linestyle": "none", "markerfacecolor": "none"}
    predicted = np.array([selection_growth.spread_factor(float(ratio), d) for ratio in fine])
    growth.plot(fine, predicted, color=COLOURS[number], linewidth=1.2)
    balance.plot(fine, predicted**-0.5, color=COLOURS[number], linewidth=1.2)
    rows: Rows = []
    for place, ratio in enumerate(RATIOS):
        seed = number * len(RATIOS) + place
        fits = selected_fits(np.eye(d), KEPT, round(ratio * KEPT), generations, replicates, seed)
        traces = np.trace(fits, axis1=2, axis2=3)
        logs = np.log(traces[-1] / traces[0]) / generations
        mean, error = float(np.exp(logs.mean())), float(logs.std(ddof=1) / np.sqrt(replicates))
        claimed = selection_growth.spread_factor(ratio, d)
        # Contraction by κ multiplies each generation by κ², so that the balance of these very loops is known.
        pairs = (
            (growth, "growth", claimed, mean, mean * error),
            (balance, "balance", claimed**-0.5, mean**-0.5, mean**-0.5 * error / 2),
        )
        for axes, panel, law, value, spread in pairs:
            label = f"d = {d}" if not place else None
            axes.errorbar(ratio, value, yerr=spread, label=label, **style)
            rows.append((panel, f"d = {d}", ratio, float(law), value, spread))
    return rows


FIGURE = Figure("selection-growth", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
