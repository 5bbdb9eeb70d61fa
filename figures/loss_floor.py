"""Loss against the floor of networks without bias, by width and noise.

Lines are laws: what no network of two layers without bias can lose less than, and what one unit along the sample loses.
Marks are converged descents from random weights on one sample at λ = 0, the best of their starts, by number of units p.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.figure
import numpy as np

from numerics.sweeps.loss_floor import measure
from proofs_check.extensions.descent_floor import kept, least, one_unit

from .figure import COLOURS, MARKERS, Drawing, Figure

COLUMNS = ("d", "norm_over_sigma", "p", "starts", "floor", "one_unit", "measured")
QUICK: dict[str, tuple[float, ...]] = {"d": (2,), "length": (0.5, 2.0), "width": (1, 2)}
TICKS = (0.5, 1, 2, 4)

Rows = list[tuple[str | float, ...]]


def draw(quick: bool) -> Drawing:
    """A panel for each dimension, from the kept descents, or from a few new ones where `quick`."""
    arrays = _new() if quick else kept()
    dimensions = sorted({*arrays["d"].tolist()})
    figure = matplotlib.figure.Figure(figsize=(5 * len(dimensions), 4.6), layout="constrained")
    rows: Rows = []
    for axes, d in zip(np.atleast_1d(figure.subplots(1, len(dimensions), sharey=True)), dimensions, strict=True):
        rows += _panel(axes, int(d), arrays)
    return Drawing(figure, COLUMNS, rows)


def _new() -> dict[str, np.ndarray]:
    cells = [
        {"d": d, "length": length, "width": width, "seed": 1}
        for d in QUICK["d"]
        for width in QUICK["width"]
        for length in QUICK["length"]
    ]
    found: dict[str, list[float]] = {}
    for d in QUICK["d"]:
        among = [cell for cell in cells if cell["d"] == d]
        arrays = measure(among, "cpu") | {key: np.array([cell[key] for cell in among]) for key in among[0]}
        for key, values in arrays.items():
            found.setdefault(key, []).extend(values)
    arrays = {key: np.array(values) for key, values in found.items()}
    return {key: values[arrays["converged"]] for key, values in arrays.items()}


def _panel(axes: Any, d: int, arrays: Mapping[str, np.ndarray]) -> Rows:
    rows: Rows = []
    lengths = np.geomspace(0.4, 5.0, 61)
    axes.plot(lengths, [least(d, float(a)) for a in lengths], color=COLOURS[0], linewidth=1.2, label="floor")
    axes.plot(
        lengths,
        [one_unit(d, float(a)) for a in lengths],
        color=COLOURS[0],
        linestyle="--",
        linewidth=1.2,
        label="one unit",
    )
    own = arrays["d"] == d
    for place, width in enumerate(sorted({*arrays["width"][own].tolist()})):
        marks = []
        for length in sorted({*arrays["length"][own].tolist()}):
            losses = arrays["loss"][own & (arrays["width"] == width) & (arrays["length"] == length)]
            if losses.size:
                marks.append((length, float(losses.min())))
                rows.append(
                    (d, length, int(width), len(losses), least(d, length), one_unit(d, length), float(losses.min()))
                )
        axes.plot(
            *zip(*marks, strict=True),
            color=COLOURS[1 + place],
            marker=MARKERS[place],
            markerfacecolor="none",
            linestyle="none",
            label=f"p = {width:g}",
        )
    axes.set(xscale="log", xlabel="‖x‖/σ (no unit)", ylabel="loss/‖x‖² (no unit)", ylim=(0, None))
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_xticks([], minor=True)
    axes.set_title(f"One sample, d = {d}")
    axes.legend(fontsize=8)
    return rows


FIGURE = Figure("loss-floor", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
