"""A docstring as it is meant to be read: paragraphs, list items, and formulas on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup, escape

ITEM = re.compile(r"(-|\d+\.) +")
INDENT = " " * 4


class Block(NamedTuple):
    """A piece of prose: "paragraph", "item" or "formula", and its text, escaped."""

    kind: str
    text: Markup


def blocks(text: str) -> list[Block]:
    """The pieces of `text`, whose lines are broken for a terminal; what stands in backticks is marked as code."""
    return [Block(kind, _with_code(piece)) for kind, piece in _pieces(text)]


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        kind, lines = "", list[str]()
        for line in paragraph.splitlines():
            starts = "formula" if line.startswith(INDENT) else "item" if ITEM.match(line) else ""
            # A line that starts nothing goes on with a paragraph or an item, and ends a formula.
            if lines and (starts or kind == "formula"):
                yield kind, " ".join(lines)
                lines = []
            kind = starts or (kind if lines else "paragraph")
            lines.append(line.strip())
        if lines:
            yield kind, " ".join(lines)


def _with_code(text: str) -> Markup:
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts)
    )
