"""One line of the table of contents."""

from __future__ import annotations

from dataclasses import dataclass

from .claim import Paper


@dataclass(frozen=True)
class Entry:
    """One statement or remark of a paper: decided by claims, or out of scope for a stated reason; never both."""

    paper: Paper
    place: str
    statement: str
    decided_by: tuple[str, ...] = ()
    out_of_scope: str = ""

    def __post_init__(self) -> None:
        if bool(self.decided_by) is bool(self.out_of_scope):
            raise ValueError(
                f"decided_by or out_of_scope must be given, and not both, in {self.paper}, {self.place}: "
                f"{self.decided_by!r}, {self.out_of_scope!r}"
            )


def entry(paper: Paper, place: str, statement: str, *decided_by: str, out_of_scope: str = "") -> Entry:
    """The line of a paper with its claims, or with the reason why there is none."""
    return Entry(paper, place, statement, decided_by, out_of_scope)
