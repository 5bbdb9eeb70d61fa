"""Answers to steering of memorised and of generalised samples within one network.

Columns: the three hybrid networks, pushed along the mean representation of the target class in their middle layer at
every noise level. Rows: distance from the unsteered image over its largest value, and probability of the target class
of the samples that answer, against the strength. Marks: medians (filled: memorised), bars: from the first to the third
quartile. Lines: a straight line and a step, what the printed statement has of generalised and of memorised samples.
Last row: since samples jump at different strengths, their median does not; how much each one jumps, as the share of
samples whose largest increment of distance is at most so many times the mean one (line: 1, step: 24).
"""

from __future__ import annotations

from typing import Any

import matplotlib.figure
import numpy as np

from numerics.detection_truth import GENERALISED, MEMORISED
from proofs_check.steering_evidence import ARCHITECTURES, Place, group, kept, places

from .figure import COLOURS, Drawing, Figure

SHOWN = ("distance", "probability")
GROUPS = {MEMORISED: ("memorised", COLOURS[2], "o"), GENERALISED: ("generalised", COLOURS[1], "s")}
STYLES = {MEMORISED: "-", GENERALISED: "--"}
ROWS = ("network", "response", "group", "samples", "at", "first_quartile", "median", "third_quartile")


def draw(quick: bool) -> Drawing:
    """The nine panels from the kept answers; where `quick` with every fourth strength."""
    figure = matplotlib.figure.Figure(figsize=(12, 10), layout="constrained")
    panels = figure.subplots(len(SHOWN) + 1, len(ARCHITECTURES), sharey="row", squeeze=False)
    rows: list[tuple[str | float, ...]] = []
    for column, architecture in enumerate(ARCHITECTURES):
        for row, response in enumerate(SHOWN):
            place, axes = Place(architecture, "within", 0, response), panels[row][column]
            if place in places():
                rows += _panel(axes, place, 4 if quick else 1)
            axes.set_xlabel("strength a (no unit)")
        rows += _jumps(panels[-1][column], Place(architecture, "within", 0, "distance"))
        for row, shown in enumerate((*SHOWN, "jumps")):
            panels[row][column].set_title(f"{architecture}, digits of both kinds: {shown}", fontsize=10)
    panels[0][0].set_ylabel("distance / largest distance (no unit)")
    panels[1][0].set_ylabel("probability of the target (no unit)")
    panels[-1][0].set_ylabel("share of samples (no unit)")
    for row in panels[::2]:
        row[-1].legend(fontsize=8, loc="lower right")
    return Drawing(figure, ROWS, rows)


def _panel(axes: Any, place: Place, every: int) -> list[tuple[str | float, ...]]:
    rows: list[tuple[str | float, ...]] = []
    strengths = _strengths(place)
    for kind, (name, colour, marker) in GROUPS.items():
        curves, statistics, _ = group(place, kind)
        curves = curves[~np.isnan(statistics).any(axis=0)]
        if not len(curves):
            continue
        if place.response == "distance":
            curves = curves / curves.max(axis=1, keepdims=True)
        low, middle, high = np.percentile(curves, [25, 50, 75], axis=0)
        at = slice(None, None, every)
        axes.errorbar(
            *(strengths[at], middle[at], np.array([middle - low, high - middle])[:, at]),
            **{"color": colour, "marker": marker, "markersize": 4, "linestyle": "none", "linewidth": 0.8},
            markerfacecolor=colour if kind == MEMORISED else "none",
            label=name,
        )
        head = (place.architecture, place.response, name, float(len(curves)))
        rows += [
            (*head, *map(float, numbers)) for numbers in zip(strengths[at], low[at], middle[at], high[at], strict=True)
        ]
    largest = strengths[-1]
    axes.plot([0, largest], [0, 1], color="grey", linewidth=0.8, label="line")
    axes.plot([0, largest / 2, largest / 2, largest], [0, 0, 1, 1], color="grey", linewidth=0.8, ls="--", label="step")
    axes.set_ylim(-0.03, 1.03)
    return rows


def _jumps(axes: Any, place: Place) -> list[tuple[str | float, ...]]:
    """Shares of samples by sharpness; in the rows the quartiles of the sharpness, at no strength."""
    rows: list[tuple[str | float, ...]] = []
    for kind, (name, colour, _) in GROUPS.items():
        sharpness = np.sort(group(place, kind)[1][0])
        if not len(sharpness):
            continue
        shares = np.arange(1, len(sharpness) + 1) / len(sharpness)
        axes.step(sharpness, shares, color=colour, linestyle=STYLES[kind], where="post", label=name)
        quartiles = map(float, np.percentile(sharpness, [25, 50, 75]))
        rows.append((place.architecture, "sharpness of distance", name, float(len(sharpness)), np.nan, *quartiles))
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.axvline(24, color="grey", linewidth=0.8, linestyle="--")
    axes.set(xlim=(0, 25), ylim=(-0.03, 1.03), xlabel="largest / mean increment of distance (no unit)")
    return rows


def _strengths(place: Place) -> np.ndarray:
    arrays, description = kept()
    model = f"digits-hybrid-{place.architecture}"
    largest = next(w["largest"] for w in description["ways"] if (w["model"], w["number"]) == (model, place.way))
    return largest * np.linspace(0, 1, arrays[f"{model}/{place.way}/{place.response}"].shape[1])


FIGURE = Figure("steering-curves", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), draw)
