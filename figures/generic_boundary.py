"""Where memorisation of generic data ends, in width and number of samples.

Left: runs at σ = 0.2, filled where a fresh sample costs more than twice what a training sample costs, with the law's
boundary (line). Middle and right: the boundaries of all columns of two maps (marks: the map that the constants are
fitted to, and, filled, the one that they are tested on; arrows where a boundary lies beyond the largest number of
samples) and the law (lines), for two layers and for tied ones. From two units a dimension on the linear denoiser is
within reach, and the boundary falls.
"""

from __future__ import annotations

import math
from typing import Any

import matplotlib.figure
import numpy as np

from numerics.boundary_points import LEVEL, Column
from proofs_check.generic_map import FITTED, FRESH, kept
from theory.generic_boundary import TIED, UNTIED, boundary_ratio

from .figure import COLOURS, MARKERS, Drawing, Figure

# Nothing is measured between 1.5 and 2 units a dimension: the line stops half-way.
LINE = np.r_[np.linspace(0.4, 1.75, 81), np.nan, np.linspace(2.0, 3.2, 25)]
MAPPED = 0.2
SIGMAS = {0.1: "-", 0.15: (0, (5, 1)), 0.2: "--", 0.3: "-.", 0.4: ":"}
ROWS = ("map", "layers", "d", "p", "sigma", "runs", "n_measured", "n_predicted")
Row = tuple[str | float, ...]


def draw(quick: bool) -> Drawing:
    """The three panels from the kept maps, or where `quick` from the smallest dimension of each."""
    maps = {"fitted": kept(FITTED), "fresh": kept(FRESH)}
    if quick:
        least = {name: min(column.d for column in found) for name, found in maps.items()}
        maps = {name: [column for column in found if column.d == least[name]] for name, found in maps.items()}
    figure = matplotlib.figure.Figure(figsize=(15, 5.2), layout="constrained")
    runs, untied, tied = figure.subplots(1, 3, sharex=True, sharey=True)
    _runs(runs, [column for found in maps.values() for column in found])
    for axes, is_tied in ((untied, False), (tied, True)):
        for name, found in maps.items():
            for column in found:
                if column.tied is is_tied:
                    _mark(axes, column, filled=name == "fresh")
        _laws(axes, is_tied, sorted({column.sigma for found in maps.values() for column in found}))
        axes.set_title("Tied layers" if is_tied else "Two layers")
    _finish(figure.axes, sorted({column.d for found in maps.values() for column in found}))
    return Drawing(figure, ROWS, [_row(name, column) for name, found in maps.items() for column in found])


def _law(column: Column) -> float:
    return column.d * boundary_ratio(column.width / column.d, column.sigma, TIED if column.tied else UNTIED)


def _row(name: str, column: Column) -> Row:
    layers = "tied" if column.tied else "two"
    runs = len(column.samples)
    return (name, layers, column.d, column.width, column.sigma, runs, float(column.crossing), _law(column))


def _runs(axes: Any, found: list[Column]) -> None:
    chosen = [column for column in found if column.sigma == MAPPED and not column.tied]
    for column in chosen:
        for n in np.unique(column.samples):
            memorises = column.log_ratio[column.samples == n].mean() > LEVEL
            face = "black" if memorises else "none"
            axes.plot(column.width / column.d, n / column.d, markerfacecolor=face, **_style(column.d, "black"))
    axes.plot(LINE, _curve(MAPPED, False), color=COLOURS[2], linewidth=1.6, label=f"law, σ = {MAPPED:g}")
    axes.plot([], [], "ks", label="test > 2 train")
    axes.plot([], [], "ks", markerfacecolor="none", label="test < 2 train")
    axes.set_title(f"Runs, two layers, σ = {MAPPED:g}")


def _mark(axes: Any, column: Column, *, filled: bool) -> None:
    colour = _colour(column.sigma)
    place, largest = column.width / column.d, column.samples.max() / column.d
    if 0 < column.crossing < math.inf:
        face = colour if filled else "none"
        axes.plot(place, column.crossing / column.d, markerfacecolor=face, **_style(column.d, colour))
    elif column.crossing:
        axes.annotate("", (place, 1.25 * largest), (place, largest), arrowprops={"arrowstyle": "->", "color": colour})


def _laws(axes: Any, tied: bool, sigmas: list[float]) -> None:
    for sigma in sigmas:
        style = {"color": _colour(sigma), "linestyle": SIGMAS[sigma], "linewidth": 1.2}
        axes.plot(LINE, _curve(sigma, tied), label=f"law, σ = {sigma:g}", **style)


def _curve(sigma: float, tied: bool) -> list[float]:
    return [math.nan if math.isnan(x) else boundary_ratio(float(x), sigma, TIED if tied else UNTIED) for x in LINE]


def _colour(sigma: float) -> str:
    return COLOURS[list(SIGMAS).index(sigma)]


def _style(d: int, colour: str) -> dict[str, Any]:
    # Apart for d and 2d too.
    return {"marker": MARKERS[(d + d // 7) % len(MARKERS)], "color": colour, "linestyle": "none", "markersize": 6}


def _finish(panels: list[Any], dimensions: list[int]) -> None:
    for d in dimensions:
        panels[-1].plot([], [], label=f"d = {d}", markerfacecolor="none", **_style(d, "black"))
    for axes in panels:
        axes.set(yscale="log", xlabel="p/d (no unit)", ylabel="n/d (no unit)", ylim=(1, 30))
        axes.axvline(2, color="grey", linewidth=0.6)
        axes.legend(fontsize=8, loc="lower right")


FIGURE = Figure("generic-boundary", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
