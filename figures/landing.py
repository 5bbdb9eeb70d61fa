"""Where descent on separable data lands: distances from the predicted minimiser, and which allocations are reached.

Left: relative distance of the denoiser from the blocks predicted for the units that each cluster has, as a share of the
converged runs at or below it. With one direction kept a cluster the runs end at the prediction (vertical line: what
counts as a match); with several a unit often ends astride two clusters, and many runs do not. Right: share of converged
runs in which every cluster has a unit of its own, against width over number of clusters, with intervals of 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from numerics.sweeps import landing
from proofs_check.landing_evidence import SETTLED, fully_stored, kept, settled, share

from .figure import COLOURS, MARKERS, Drawing, Figure

QUICK = "memorising 4x2"
# Clusters that share a line of the right panel.
SIZES = {"M = 2": (2,), "M = 3 to 5": (3, 4, 5), "M = 6 to 8": (6, 7, 8)}
ROWS = ("panel", "series", "x", "runs", "value", "low", "high")
Row = tuple[str | float, ...]


def draw(quick: bool) -> Drawing:
    """Both panels from the kept runs, or where `quick` from those of two problems."""
    arrays = kept()
    if quick:
        chosen = (arrays["family"] == QUICK) & (arrays["problem"] < 2)
        arrays = {key: values[chosen] for key, values in arrays.items()}
    figure = matplotlib.figure.Figure(figsize=(12, 4.8), layout="constrained")
    distances, shares = figure.subplots(1, 2)
    rows = _distances(distances, arrays) + _shares(shares, arrays)
    return Drawing(figure, ROWS, rows)


def _distances(axes, arrays: Mapping[str, np.ndarray]) -> list[Row]:
    rows: list[Row] = []
    converged = arrays["converged"].astype(bool)
    for number, kind in enumerate((*SETTLED, "several")):
        found = np.sort(arrays["distance"][converged & (arrays["kind"] == kind)])
        if not len(found):
            continue
        label = f"{kind} ({len(found)} runs)" if kind in SETTLED else f"several directions kept ({len(found)} runs)"
        x, part = np.maximum(found, 1e-9), np.arange(1, len(found) + 1) / len(found)
        axes.step(x, part, where="post", color=COLOURS[number], linestyle=("-", "--", "-.", ":")[number], label=label)
        rows += [
            ("distance", kind, float(value), len(found), float(height), float("nan"), float("nan"))
            for value, height in zip(found, part, strict=True)
        ]
    axes.axvline(landing.MATCH, color="grey", linewidth=1)
    axes.set(xscale="log", ylim=(0, 1.03), xlabel="relative distance from the predicted denoiser (no unit)")
    axes.set(ylabel="share of converged runs (no unit)", title="Distance from the predicted minimiser")
    axes.legend(fontsize=8, loc="lower right")
    return rows


def _shares(axes, arrays: Mapping[str, np.ndarray]) -> list[Row]:
    rows: list[Row] = []
    use, full = settled(arrays), fully_stored(arrays)
    for number, (label, sizes) in enumerate(SIZES.items()):
        group = use & np.isin(arrays["M"], sizes)
        ratios = sorted(set(arrays["ratio"][group].tolist()))
        if not ratios:
            continue
        found = [share(full[group & (arrays["ratio"] == ratio)]) for ratio in ratios]
        middle, low, high = np.array([(each.value, each.low, each.high) for each in found]).T
        at = np.array(ratios) * 1.04 ** (number - 1)
        style = {"color": COLOURS[number + 1], "marker": MARKERS[number], "capsize": 3, "linewidth": 1}
        axes.errorbar(at, middle, yerr=[middle - low, high - middle], label=label, **style)
        rows += [
            ("full storage", label, ratio, each.runs, each.value, each.low, each.high)
            for ratio, each in zip(ratios, found, strict=True)
        ]
    axes.set(xscale="log", ylim=(0, 1.03), xlabel="width over number of clusters p/M (no unit)")
    axes.set(ylabel="share of converged runs (no unit)", title="Every cluster has a unit of its own")
    axes.set_xticks([1, 2, 4], ["1", "2", "4"])
    axes.minorticks_off()
    axes.legend(fontsize=8, loc="lower right")
    return rows


FIGURE = Figure("landing", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
