"""A figure inside the page: its picture and its numbers as data, nothing to fetch."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from figures.figure import Drawing, Figure, as_csv

from .kept import evidence_named_in

# Sharp on a phone held close, and small: twenty figures stay below 4 MB.
RESOLUTION = 110
# Rows that the page shows; all are in the CSV.
SHOWN = 60


@dataclass(frozen=True)
class Picture:
    """A drawn figure: `picture` and `numbers` are data URIs, `rows` the first of `total` rows of numbers."""

    identifier: str
    caption: str
    picture: str
    width: int
    height: int
    numbers: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    evidence: tuple[str, ...]


def pictures(chosen: Iterable[Figure], quick: bool, progress: Callable[[str], None]) -> list[Picture]:
    """Each figure drawn; `progress` hears the identifier of each before."""
    found = []
    for figure in chosen:
        progress(figure.identifier)
        drawing = figure.draw(quick)
        found.append(_picture(figure, drawing))
    return found


def _picture(figure: Figure, drawing: Drawing) -> Picture:
    stream = io.BytesIO()
    drawing.figure.savefig(stream, format="png", dpi=RESOLUTION)
    width, height = (round(float(inches) * RESOLUTION) for inches in drawing.figure.get_size_inches())
    return Picture(
        identifier=figure.identifier,
        caption=figure.caption,
        picture=_data_uri("image/png", stream.getvalue()),
        width=width,
        height=height,
        numbers=_data_uri("text/csv;charset=utf-8", as_csv(drawing).encode()),
        columns=drawing.columns,
        rows=tuple(tuple(map(_cell, row)) for row in drawing.rows[:SHOWN]),
        total=len(drawing.rows),
        evidence=evidence_named_in(figure.draw.__module__),
    )


def _cell(value: str | float) -> str:
    """Six digits of a number; nothing where there is none."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return str(value)


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
