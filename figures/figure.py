"""What a figure is: a drawing with the numbers it shows, and how both are saved side by side."""

from __future__ import annotations

import csv
import importlib
import io
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.figure

import figures
from numerics.store import replace_file

RESOLUTION = 200
# Colours that stay apart for the colour-blind and in grey (Okabe and Ito), with markers and dashes besides.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True)
class Drawing:
    """A drawn figure and its numbers: named columns, one row per mark."""

    figure: matplotlib.figure.Figure
    columns: tuple[str, ...]
    rows: Sequence[tuple[str | float, ...]]


@dataclass(frozen=True)
class Figure:
    """A figure of the house: identifier, what it shows in a sentence, and `draw(quick)`."""

    identifier: str
    caption: str
    draw: Callable[[bool], Drawing]


def discover() -> dict[str, Figure]:
    """Every figure by identifier: each module of the package that defines `FIGURE`. `ValueError` for one used twice."""
    found: dict[str, Figure] = {}
    for entry in sorted(pkgutil.iter_modules(figures.__path__), key=lambda module: module.name):
        figure = getattr(importlib.import_module(f"figures.{entry.name}"), "FIGURE", None)
        if figure is None:
            continue
        if figure.identifier in found:
            raise ValueError(f"identifier must be unique, {figure.identifier!r} is used again in figures.{entry.name}")
        found[figure.identifier] = figure
    return found


def save(figure: Figure, folder: Path, quick: bool) -> list[Path]:
    """Draw a figure into folder/identifier.png and its numbers into folder/identifier.csv; both paths."""
    drawing = figure.draw(quick)
    folder.mkdir(parents=True, exist_ok=True)
    picture, numbers = (folder / f"{figure.identifier}.{suffix}" for suffix in ("png", "csv"))
    replace_file(picture, lambda stream: drawing.figure.savefig(stream, format="png", dpi=RESOLUTION))
    replace_file(numbers, lambda stream: stream.write(as_csv(drawing).encode()))
    return [picture, numbers]


def as_csv(drawing: Drawing) -> str:
    """The numbers of a drawing as CSV, every digit of them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(drawing.columns)
    writer.writerows([[repr(cell) if isinstance(cell, float) else cell for cell in row] for row in drawing.rows])
    return text.getvalue()
