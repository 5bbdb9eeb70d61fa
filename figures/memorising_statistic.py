"""What tells memorising from shrinking: not the variance, but the rank of generated points among nearest distances.

Left: variance left in loops of N = 40 points in three dimensions, refitted by a Gaussian or drawn again from
themselves: one law, (1 − 1/N)^{g+1} (line), loops (marks, bars one standard error). Middle: mean of the statistic M in
the same loops: ½ within the proved bound for refits (grey band), 1/(K + 1) at the mean number K of survivors for copies
(line).
Right: digits beside the training images stand for generated ones, and a share of them is replaced by copies: that share
as estimated from M (marks, N = 60, 200 and 600 training images) and as it is (line).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.figure
import numpy as np

from numerics.data import digits
from numerics.neighbour_rank import neighbour_ranks
from theory import lineage
from theory.neighbour_rank import copy_share, refit_bound
from theory.refit_loop import mean_covariance_factor

from .figure import COLOURS, MARKERS, Drawing, Figure

POINTS, SPECTRUM, GENERATIONS, GENERATED = 40, np.array([1.0, 0.3, 0.1]), 16, 8
SIZES, SHARES, TESTED = (60, 200, 600), (0.0, 0.25, 0.5, 0.75, 1.0), 100
COLUMNS = ("panel", "series", "x", "predicted", "measured", "standard_error")

Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """Three panels from loops and splits sampled anew: 200 loops and 40 splits; 24 and 5 where `quick`."""
    figure = matplotlib.figure.Figure(figsize=(15, 4.8), layout="constrained")
    variance, rank, images = figure.subplots(1, 3)
    rows = _loops(variance, rank, 24 if quick else 200) + _images(images, 5 if quick else 40)
    return Drawing(figure, COLUMNS, rows)


def _refit(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many draws from the Gaussian fitted to the points, as combinations of them."""
    centred = points - points.mean(axis=0)
    return points.mean(axis=0) + rng.standard_normal((len(points), len(points))) @ centred / np.sqrt(len(points))


def _copy(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return points[rng.integers(len(points), size=len(points))]


def _loops(variance: Any, rank: Any, loops: int) -> Rows:
    g = np.arange(GENERATIONS)
    left = np.array([mean_covariance_factor(POINTS, int(k) + 1) for k in g])
    survivors = lineage.surviving_points(POINTS, [int(k) for k in g])
    bound = refit_bound(POINTS, len(SPECTRUM))
    variance.plot(g, left, color="grey", linewidth=1.2, label="(1 − 1/N)^(g+1)")
    rank.fill_between(g, 0.5 - bound, 0.5 + bound, color="0.85", label="½ ± ½√(−Δ), refits")
    rank.plot(g, 1 / (survivors + 1), color=COLOURS[1], linewidth=1.2, label="1/(E K + 1), copies")
    rows: Rows = []
    models: tuple[tuple[str, Callable[..., np.ndarray], np.ndarray], ...] = (
        ("refits", _refit, np.full(GENERATIONS, 0.5)),
        ("copies", _copy, 1 / (survivors + 1)),
    )
    for number, (name, model, law) in enumerate(models):
        found = np.array([_loop(model, np.random.default_rng([number, k])) for k in range(loops)])
        for axes, panel, values, predicted in (
            (variance, "variance", found[..., 0], left),
            (rank, "rank", found[..., 1], law),
        ):
            rows += _marks(axes, panel, name, g, predicted, values, number)
    for axes, label in ((variance, "mean variance over that of the law (no unit)"), (rank, "mean of M (no unit)")):
        axes.set(xlabel="generation g (number)", ylabel=label, ylim=(0, 1.02))
        axes.set_title(f"N = {POINTS}, d = {len(SPECTRUM)}")
        axes.legend(fontsize=8)
    return rows


def _loop(model: Callable[..., np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Variance of each training set over that of the law, and mean of M of some points drawn from it."""
    points = np.sqrt(SPECTRUM) * rng.standard_normal((POINTS, len(SPECTRUM)))
    found = np.empty((GENERATIONS, 2))
    for g in range(GENERATIONS):
        drawn = model(points, rng)
        distinct = np.unique(points, axis=0)
        found[g] = points.var(axis=0).sum() / SPECTRUM.sum(), neighbour_ranks(drawn[:GENERATED], distinct).mean()
        points = drawn
    return found


def _images(axes: Any, splits: int) -> Rows:
    images, shares, rows = np.unique(digits("unit"), axis=0), np.array(SHARES), []
    for number, n in enumerate(SIZES):
        found = np.empty((len(SHARES), splits))
        for k in range(splits):
            rng = np.random.default_rng([n, k])
            chosen = rng.permutation(len(images))[: n + TESTED]
            training, others = images[chosen[:n]], images[chosen[n:]]
            for place, share in enumerate(SHARES):
                copied = round(share * TESTED)
                generated = np.concatenate([training[rng.integers(n, size=copied)], others[copied:]])
                found[place, k] = copy_share(float(neighbour_ranks(generated, training).mean()), n)
        rows += _marks(axes, "digits", f"N = {n}", shares, shares, found, number, axis=1)
    axes.plot(shares, shares, color="grey", linewidth=1.2, label="the share itself")
    axes.set(xlabel="share of copies among the generated (no unit)", ylabel="estimated share (no unit)")
    axes.set_title("digits")
    axes.legend(fontsize=8)
    return rows


def _marks(
    axes: Any, panel: str, series: str, x: np.ndarray, law: np.ndarray, values: np.ndarray, number: int, axis: int = 0
) -> Rows:
    """Means over `axis` of `values` as marks; a row each, beside the law."""
    mean, error = values.mean(axis=axis), values.std(axis=axis, ddof=1) / np.sqrt(values.shape[axis])
    axes.errorbar(
        x, mean, yerr=error, color=COLOURS[number], marker=MARKERS[number], linestyle="none", markerfacecolor="none",
        label=series,
    )  # fmt: skip
    return [(panel, series, *map(float, row)) for row in zip(x, law, mean, error, strict=True)]


FIGURE = Figure("memorising-statistic", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
