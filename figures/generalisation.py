"""From memorisation to generalisation as a cluster's samples grow in number: descent beside the exact limits.

Lines are the limits of train and test loss as d, n_k → ∞ at the ratio d/n_k, drawn before the descents; marks are means
over converged descents at d = 128 from near the block minimiser, bars one standard error, mostly shorter than the
marks. Left: four units a cluster, of one or two clusters, on its mean and three spikes. Right: all directions kept.
Vertical lines: where the limits say that the test loss is 10 % above the train loss.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import matplotlib.figure
import numpy as np

from proofs_check.generalisation_evidence import (
    FULL,
    NARROW,
    Law,
    Point,
    curve,
    full_limits,
    narrow_limits,
    points,
    predicted_crossing,
)

from .figure import COLOURS, Drawing, Figure

COLUMNS = ("width", "loss", "clusters", "d", "n_k", "units", "sigma", "descents", "limit", "measured", "standard_error")
GAP = 0.1
# n_k of the reduced run.
QUICK, QUICK_SEEDS = {NARROW: (32,), FULL: (8,)}, (0, 1)
STYLES = {"train": (COLOURS[1], "-"), "test": (COLOURS[2], "--")}
MARKS = {("train", 1): "o", ("test", 1): "s", ("train", 2): "^", ("test", 2): "D"}

Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """Both panels from the kept descents, or from a few new ones where `quick`."""
    figure = matplotlib.figure.Figure(figsize=(12, 4.8), layout="constrained")
    narrow, full = figure.subplots(1, 2)
    rows = _panel(narrow, "four units a cluster", NARROW, narrow_limits, quick)
    rows += _panel(full, "all directions kept", FULL, full_limits, quick)
    return Drawing(figure, COLUMNS, rows)


def _points(sweep: ModuleType, quick: bool) -> tuple[Point, ...]:
    if not quick:
        return points(sweep)
    arrays: dict[str, list[Any]] = {}
    for samples in QUICK[sweep]:
        cells = [{"d": 128, "clusters": 1, "samples": samples, "seed": seed} for seed in QUICK_SEEDS]
        found = sweep.SETTING.measure(cells, "cpu")
        found |= {key: np.array([cell[key] for cell in cells]) for key in cells[0]}
        for key, values in found.items():
            arrays.setdefault(key, []).extend(values)
    return curve(sweep, {key: np.array(values) for key, values in arrays.items()})


def _panel(axes: Any, width: str, sweep: ModuleType, law: Law, quick: bool) -> Rows:
    known, rows = _points(sweep, quick), []
    d, sigma = known[0].d, sweep.SETTING.sigma
    numbers = np.geomspace(24, 12 * d, 161)
    for place, (loss, (colour, dash)) in enumerate(STYLES.items()):
        # The limits do not depend on the units of a full block, and a narrow one has always as many.
        limits = [law(d, float(d / n), known[-1].units)[place] for n in numbers]
        axes.plot(numbers, limits, color=colour, linestyle=dash, linewidth=1.2, label=f"{loss}, limit")
        for clusters in sorted({point.clusters for point in known}):
            among = [point for point in known if point.clusters == clusters]
            found = [(point.train, point.test)[place] for point in among]
            axes.errorbar(
                [point.samples for point in among],
                [value.mean for value in found],
                yerr=[value.standard_error for value in found],
                color=colour,
                marker=MARKS[loss, clusters],
                linestyle="none",
                markerfacecolor="none",
                label=f"{loss}, descent, M = {clusters}",
            )
            rows += [
                (width, loss, clusters, d, point.samples, point.units, sigma, value.count,
                 float(law(d, d / point.samples, point.units)[place]), value.mean, value.standard_error)
                for point, value in zip(among, found, strict=True)
            ]  # fmt: skip
    meeting = predicted_crossing(law, d, known[-1].units, GAP)
    axes.axvline(
        meeting, color="grey", linestyle=":", linewidth=1, label=f"test = {1 + GAP:g} train, n_k = {meeting:.0f}"
    )
    axes.set(xscale="log", xlabel="samples of a cluster n_k (number)", ylabel="loss (units of the squared samples)")
    axes.set_title(f"{width[0].upper()}{width[1:]}, d = {d}, σ = {sigma:g}")
    axes.legend(fontsize=8)
    return rows


FIGURE = Figure("generalisation", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
