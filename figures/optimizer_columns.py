"""In how many columns each optimiser stores a sample: from the same starts, and what Corollary D.4 would have of Adam.

Left: effective number of columns 1/Σq² of a stored sample (q: shares of its mass ‖w‖‖v‖), mean of a run, marks the mean
over the converged runs with one standard error, small points the runs. The sparse solution has one column (line).
Right: share of stored samples with at least 0.99 of their mass in one column, intervals of 95 % as if independent.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np
from scipy.stats import binomtest

from numerics.sweeps import optimizer_columns as sweep
from proofs_check.column_evidence import kept, runs
from proofs_check.sampling import estimate

from .figure import COLOURS, MARKERS, Drawing, Figure

COLUMNS = ("p/n", "optimiser", "runs", "columns", "standard error", "stored", "sparse", "low", "high")
NAMES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
QUICK, QUICK_SEEDS = ("sgd",), 3
Row = tuple[str | float, ...]


def draw(quick: bool) -> Drawing:
    """Both panels of the kept runs, or where `quick` of the first runs of SGD."""
    arrays = kept()
    if quick:
        arrays = {key: values[arrays["seed"] < QUICK_SEEDS] for key, values in arrays.items()}
    names = QUICK if quick else tuple(sweep.OPTIMIZERS)
    figure = matplotlib.figure.Figure(figsize=(12, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows: list[Row] = []
    for number, ratio in enumerate(sorted(set(arrays["ratio"].tolist()))):
        rows += _series(left, right, arrays, names, ratio, number)
    left.axhline(1, color="grey", linestyle="--", linewidth=1, label="sparse")
    left.set(ylabel="effective columns of a stored sample 1/Σq² (no unit)", title="Columns of a stored sample")
    right.set(ylabel="share of stored samples (no unit)", ylim=(0, 1), title="Samples in one column")
    for axes in (left, right):
        axes.set_xticks(range(len(names)), [NAMES[name] for name in names])
        axes.set(xlim=(-0.5, len(names) - 0.5), xlabel="optimiser (name)")
        axes.legend(fontsize=8)
    return Drawing(figure, COLUMNS, rows)


def _series(left, right, arrays: Mapping[str, np.ndarray], names, ratio: float, number: int) -> list[Row]:
    rows: list[Row] = []
    style = {"color": COLOURS[number + 1], "marker": MARKERS[number], "linestyle": "none", "capsize": 3}
    at = np.arange(len(names)) + 0.2 * number - 0.1
    for place, name in zip(at, names, strict=True):
        use = runs(arrays, name, ratio)
        left.plot(np.full(len(use), place - 0.06), arrays["effective"][use], ".", color="grey", markersize=3, alpha=0.6)
        found = estimate(arrays["effective"][use])
        stored, sparse = int(arrays["stored"][use].sum()), int(arrays["sparse"][use].sum())
        ends = binomtest(sparse, stored).proportion_ci(0.95, "exact")
        rows.append(
            (
                ratio,
                name,
                found.count,
                found.mean,
                found.standard_error,
                stored,
                sparse,
                float(ends.low),
                float(ends.high),
            )
        )
    means, errors = [row[3] for row in rows], [row[4] for row in rows]
    left.errorbar(at, means, yerr=errors, label=f"p = {ratio:g}n", **style)
    shares = np.array([float(row[6]) / float(row[5]) for row in rows])
    low, high = (np.array([row[k] for row in rows]) for k in (7, 8))
    right.errorbar(at, shares, yerr=[shares - low, high - shares], label=f"p = {ratio:g}n", **style)
    return rows


FIGURE = Figure("optimizer-columns", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
