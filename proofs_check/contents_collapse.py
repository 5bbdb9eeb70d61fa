"""What MC states, place by place, and where it is decided."""

from __future__ import annotations

from .claim import Paper
from .contents_entry import Entry


def _mc(place: str, statement: str, *decided_by: str, out_of_scope: str = "") -> Entry:
    return Entry(Paper.MC, place, statement, decided_by, out_of_scope)


COLLAPSE = (
    _mc(
        "entropy and log GS, numbers",
        "Pearson .91 over the published runs; the variance correlates less",
        out_of_scope="a number read off trained networks whose runs are not public; the line itself is decided in the "
        "claim about the line",
    ),
)
