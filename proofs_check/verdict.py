"""The verdict lattice: what a check of each kind can show, and how verdicts combine."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What was shown about a statement, strongest first; REFUTED stands outside the order of strength."""

    PROVED = "PROVED"
    CERTIFIED = "CERTIFIED"
    TESTED = "TESTED"
    OBSERVED = "OBSERVED"
    OPEN = "OPEN"
    REFUTED = "REFUTED"


class Method(StrEnum):
    """How a check decides, and so the strongest verdict that it can give."""

    SYMBOLIC = "symbolic"
    RATIONAL = "rational"
    BALLS = "balls"
    PROPERTY = "property"
    STATISTICAL = "statistical"
    DESCENT = "descent"


SHOWS = {
    Method.SYMBOLIC: Verdict.PROVED,
    Method.RATIONAL: Verdict.CERTIFIED,
    Method.BALLS: Verdict.CERTIFIED,
    Method.PROPERTY: Verdict.TESTED,
    Method.STATISTICAL: Verdict.TESTED,
    Method.DESCENT: Verdict.OBSERVED,
}

# Only exact methods refute: a floating-point or sampled discrepancy is a reason to look, not a counterexample.
CAN_REFUTE = frozenset({Method.SYMBOLIC, Method.RATIONAL, Method.BALLS})

_STRENGTH = [Verdict.OPEN, Verdict.OBSERVED, Verdict.TESTED, Verdict.CERTIFIED, Verdict.PROVED]


def strongest(verdicts: Iterable[Verdict]) -> Verdict:
    """The strongest of several positive verdicts on one statement; OPEN when there is none."""
    return max(verdicts, key=_STRENGTH.index, default=Verdict.OPEN)


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a chain of statements. A refuted link carries nothing, so it leaves the chain OPEN."""
    links = [Verdict.OPEN if verdict is Verdict.REFUTED else verdict for verdict in verdicts]
    return min(links, key=_STRENGTH.index)
