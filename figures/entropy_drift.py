"""The Gaussian refit loop: exact drift, and what real data in the training set keep.

Left: mean change of the entropy over the generations, exact law gΔ/2 (lines), its leading order −gP/2N (dashes),
sampled loops (marks, bars one standard error, mostly shorter than the marks). Middle: drift of log det per dimension as
d/N grows, its limit −1 − ((1 − c)/c) log(1 − c) (line) and exact values at N = 10 and 100 (marks). Right: variance
kept, in units of that of the real data, with n = 10 points a generation: replaced, accumulated, accumulated and
subsampled, and with one fresh point (lines: exact means; marks: sampled loops).
"""

from __future__ import annotations

from typing import Any

import matplotlib.figure
import numpy as np

from numerics.refit_simulation import accumulate, log_determinants, replace, with_fresh
from theory import mixed_data, refit_loop

from .figure import COLOURS, MARKERS, Drawing, Figure

LOOPS = ((20, 2), (20, 5), (20, 10), (200, 10))
GENERATIONS, POINTS, MIXED_GENERATIONS = 10, 10, 30
SIZES = (10, 100)
COLUMNS = ("panel", "series", "x", "predicted", "measured", "standard_error")

Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """The three panels from loops sampled anew: 2000 replicates and, on the right, 8000; a tenth where `quick`."""
    figure = matplotlib.figure.Figure(figsize=(15, 4.8), layout="constrained")
    entropy, proportional, mixed = figure.subplots(1, 3)
    replicates = 200 if quick else 2000
    rows = _entropy(entropy, replicates) + _proportional(proportional) + _mixed(mixed, 4 * replicates)
    return Drawing(figure, COLUMNS, rows)


def _marks(axes: Any, panel: str, series: str, x: np.ndarray, law: np.ndarray, values: np.ndarray, number: int) -> Rows:
    """Means over the last axis of `values` (x, replicates) beside the law; a row each."""
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    colour, marker = COLOURS[number], MARKERS[number]
    axes.plot(x, law, color=colour, linewidth=1.2)
    axes.errorbar(
        x, mean, yerr=error, color=colour, marker=marker, linestyle="none", markerfacecolor="none", label=series
    )
    return [(panel, series, *map(float, row)) for row in zip(x, law, mean, error, strict=True)]


def _entropy(axes: Any, replicates: int) -> Rows:
    x, rows = np.arange(GENERATIONS + 1), []
    for number, (n, d) in enumerate(LOOPS):
        moved = log_determinants(replace(np.eye(d), n, GENERATIONS, replicates, number)) / 2
        law = x * refit_loop.gaussian_log_det_drift(n, d) / 2
        rows += _marks(axes, "entropy", f"N = {n}, d = {d}", x, law, moved, number)
        leading = refit_loop.entropy_drift(n, d * (d + 3) // 2)
        axes.plot(x, x * leading, color=COLOURS[number], linestyle="--", linewidth=0.8)
    axes.plot([], [], color="black", linewidth=1.2, label="exact, gΔ/2")
    axes.plot([], [], color="black", linestyle="--", linewidth=0.8, label="leading order, −gP/2N")
    axes.set(xlabel="generation g (number)", ylabel="mean change of the entropy (nats)", title="Entropy of the fits")
    axes.legend(fontsize=8)
    return rows


def _proportional(axes: Any) -> Rows:
    ratios = np.linspace(0.005, 0.995, 199)
    axes.plot(ratios, [refit_loop.proportional_drift(float(c)) for c in ratios], color=COLOURS[0], label="limit")
    axes.plot(ratios, -ratios / 2, color=COLOURS[0], linestyle="--", linewidth=0.8, label="leading order, −c/2")
    rows: Rows = []
    for number, n in enumerate(SIZES, start=1):
        dimensions = np.arange(1, n, max(1, n // 20))
        drift = [refit_loop.gaussian_log_det_drift(n, int(d)) / d for d in dimensions]
        axes.plot(
            dimensions / n, drift, color=COLOURS[number], marker=MARKERS[number], linestyle="none",
            markerfacecolor="none", label=f"exact, N = {n}",
        )  # fmt: skip
        rows += [
            ("proportional", f"N = {n}", float(d / n), refit_loop.proportional_drift(float(d / n)), float(value), 0.0)
            for d, value in zip(dimensions, drift, strict=True)
        ]
    axes.set(
        xlabel="d/N (no unit)", ylabel="drift of log det over d, Δ/d (nats)", title="Dimensions growing with samples"
    )
    axes.legend(fontsize=8)
    return rows


def _mixed(axes: Any, replicates: int) -> Rows:
    n, x, one = POINTS, np.arange(MIXED_GENERATIONS + 1), np.eye(1)
    pools = [
        ("accumulated", mixed_data.accumulated_variance, accumulate(one, n, MIXED_GENERATIONS, replicates, 1)),
        (
            "accumulated, subsampled",
            mixed_data.subsampled_variance,
            accumulate(one, n, MIXED_GENERATIONS, replicates, 2, subsample=True),
        ),
    ]
    series = [(name, np.array([law(n, int(g)) for g in x]), found) for name, law, found in pools]
    fresh = with_fresh(one, n, 1, MIXED_GENERATIONS, replicates, 3)
    series += [
        ("one fresh point", mixed_data.fresh_variances(n, 1, MIXED_GENERATIONS + 1), fresh),
        ("replaced", (1 - 1 / n) ** (x + 1.0), replace(one, n, MIXED_GENERATIONS + 1, replicates, 4)[1:]),
    ]
    rows: Rows = []
    for number, (name, law, found) in enumerate(series, start=1):
        rows += _marks(axes, "mixed", name, x, law, found[..., 0, 0], number)
    axes.axhline(mixed_data.accumulated_limit(n), color="grey", linestyle=":", label="limits")
    axes.axhline(mixed_data.fresh_variance(n, 1), color="grey", linestyle=":")
    axes.set(
        xlabel="generation g (number)", ylabel="mean variance over that of the real data (no unit)", ylim=(0, 1.02)
    )
    axes.set_title(f"Real data in the training set, n = {n}")
    axes.legend(fontsize=8)
    return rows


FIGURE = Figure("entropy-drift", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
