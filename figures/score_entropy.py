"""log GS against the entropy of the training set: the identity's slope q/d, and what leaves it.

Changes of log GS, q = 2, against changes of the neighbour estimate Ĥ_1, each from its own start. Left: normal points of
five dimensions, N = 200. Right: digits in 20 principal coordinates, N = 300, random splits into training and generated
points. Line: slope q/d. Changes of scale and of the spectrum keep to it, the latter at a fixed determinant (entropy
fixed) as well; near copies among the training points (at 0.6, 0.4 and 0.25 of the mean nearest distance) and copies
among the generated (a quarter, a half, three quarters) do not. Loops of refits, up to 160 generations, leave it as
their directions shrink at different rates; in a loop that copies with a small error the entropy falls and GS stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import matplotlib.figure
import numpy as np

from numerics.cloud_interventions import near_copies, spectrum_map
from numerics.neighbour_distances import neighbour_distances
from numerics.training_distances import generalisation_score
from proofs_check.extensions.interventions_on_images import COORDINATES, coordinates, split
from theory.entropy import neighbour_entropy
from theory.scaling_identity import scaling_slope

from .figure import COLOURS, MARKERS, Drawing, Figure

POWER = 2
NORMAL_SPECTRUM = np.geomspace(1.0, 0.05, 5)
NORMAL_POINTS = 200
FACTORS = (0.5, 0.7, 1.4, 2.0)
SPECTRUM_POWERS = (0.0, 0.5, 1.5, 2.0)
GAPS = (0.6, 0.4, 0.25)
SHARES = (0.25, 0.5, 0.75)
# Error of the loop that copies, over the mean nearest distance; generations shown of each loop.
ERROR, SHOWN, COPYING_SHOWN = 0.3, (10, 20, 40, 80, 160), (1, 2, 4, 8)
COLUMNS = ("panel", "series", "parameter", "entropy", "predicted", "measured", "standard_error")

Pair = tuple[np.ndarray, np.ndarray]
Rows = list[tuple[str | float, ...]]


class _Source(NamedTuple):
    """Where training and generated points of one law come from."""

    name: str
    d: int
    pair: Callable[[np.random.Generator], Pair]
    everything: np.ndarray


def draw(quick: bool) -> Drawing:
    """Both panels from 12 clouds or splits each; 3 and shorter loops where `quick`."""
    figure = matplotlib.figure.Figure(figsize=(13, 5.5), layout="constrained")
    rows: Rows = []
    for axes, source in zip(figure.subplots(1, 2), _sources(), strict=True):
        rows += _panel(axes, source, *((3, 2) if quick else (12, len(SHOWN))))
    return Drawing(figure, COLUMNS, rows)


def _sources() -> list[_Source]:
    def normal(rng: np.random.Generator) -> Pair:
        points = np.sqrt(NORMAL_SPECTRUM) * rng.standard_normal((2 * NORMAL_POINTS, len(NORMAL_SPECTRUM)))
        return points[:NORMAL_POINTS], points[NORMAL_POINTS:]

    # Points with exactly this covariance, for the maps.
    exact = np.concatenate([np.diag(np.sqrt(NORMAL_SPECTRUM)), -np.diag(np.sqrt(NORMAL_SPECTRUM))])
    return [
        _Source("normal", len(NORMAL_SPECTRUM), normal, exact),
        _Source("digits", COORDINATES, lambda rng: split(rng, "digits"), coordinates("digits")),
    ]


def _panel(axes: Any, source: _Source, clouds: int, length: int) -> Rows:
    slope, rows = scaling_slope(source.d, POWER), []
    found: dict[str, dict[float, list[tuple[float, float]]]] = {}
    for number in range(clouds):
        rng = np.random.default_rng([number, source.d])
        for series, parameter, before, after in _changes(source, length, rng):
            start, end = _measured(*before), _measured(*after)
            moved = (end[0] - start[0], end[1] - start[1])
            found.setdefault(series, {}).setdefault(parameter, []).append(moved)
    for number, (series, parameters) in enumerate(found.items()):
        values = np.array(list(parameters.values()))
        mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(clouds)
        loop = series.startswith("loop")
        axes.errorbar(
            mean[:, 0], mean[:, 1], xerr=error[:, 0], yerr=error[:, 1], label=series, color=COLOURS[number],
            marker=MARKERS[number], linestyle=":" if loop else "none", markerfacecolor="none" if loop else None,
        )  # fmt: skip
        rows += [
            (source.name, series, parameter, float(x), slope * float(x), float(y), float(spread))
            for parameter, (x, y), (_, spread) in zip(parameters, mean, error, strict=True)
        ]
    ends = np.array(axes.get_xlim())
    axes.plot(ends, slope * ends, color="grey", linewidth=1.2, zorder=0, label=f"slope q/d = {slope:g}")
    axes.set(
        xlabel="change of the estimate Ĥ_1 of the training set's entropy (nats)",
        ylabel="change of log GS, q = 2 (no unit)", title=f"{source.name}, d = {source.d}",
    )  # fmt: skip
    axes.legend(fontsize=8, loc="lower right")
    return rows


def _changes(source: _Source, length: int, rng: np.random.Generator) -> Iterator[tuple[str, float, Pair, Pair]]:
    """Series, parameter, and training and generated points before and after each change."""
    D, G = start = source.pair(rng)
    for factor in FACTORS:
        yield "scale", factor, start, (factor * D, factor * G)
    for kept in ("determinant", "trace"):
        for power in SPECTRUM_POWERS:
            matrix = spectrum_map(source.everything, power, kept)
            yield f"spectrum, {kept} fixed", power, start, (D @ matrix, G @ matrix)
    nearest = float(neighbour_distances(D).mean())
    for gap in GAPS:
        yield "near copies in D", gap, start, (near_copies(D, len(D) // 2, gap * nearest, int(rng.integers(2**31))), G)
    for share in SHARES:
        # As many copies as make this share of all.
        copied = round(share / (1 - share) * len(G))
        yield "copies in G", share, start, (D, np.concatenate([G, D[rng.integers(len(D), size=copied)]]))
    yield from _loop("loop of refits", D, SHOWN[:length], _refitted, rng)
    yield from _loop("loop of copies", D, COPYING_SHOWN, lambda points, gen: _copied(points, ERROR * nearest, gen), rng)


def _loop(
    series: str, training: np.ndarray, shown: tuple[int, ...], following: Callable[..., np.ndarray], rng: Any
) -> Iterator[tuple[str, float, Pair, Pair]]:
    """From the first generation that the model itself drew, so that all of a loop is of one kind."""
    D = following(training, rng)
    start = D, following(D, rng)
    for g in range(1, shown[-1] + 1):
        D = following(D, rng)
        if g in shown:
            yield series, float(g), start, (D, following(D, rng))


def _refitted(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many draws from the Gaussian fitted to the points, as combinations of them."""
    centred = points - points.mean(axis=0)
    return points.mean(axis=0) + rng.standard_normal((len(points), len(points))) @ centred / np.sqrt(len(points))


def _copied(points: np.ndarray, error: float, rng: np.random.Generator) -> np.ndarray:
    """Points drawn again, each off by a normal error of this root mean square length."""
    noise = rng.standard_normal(points.shape) * error / np.sqrt(points.shape[1])
    return points[rng.integers(len(points), size=len(points))] + noise


def _measured(training: np.ndarray, generated: np.ndarray) -> tuple[float, float]:
    """Ĥ_1 and log GS."""
    entropy = neighbour_entropy(neighbour_distances(training), training.shape[1])
    return entropy, float(np.log(generalisation_score(generated, training, POWER)))


FIGURE = Figure("score-entropy", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
