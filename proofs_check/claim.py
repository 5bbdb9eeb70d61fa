"""A claim: one statement of a paper (or our own), its card, and the checks that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sympy as sp

from .check import Bears, Check
from .verdict import Verdict


class Kind(StrEnum):
    """The logical form of a claim."""

    EQUALITY = "equality"
    UPPER = "upper bound"
    LOWER = "lower bound"
    ASYMPTOTIC = "asymptotic"
    EXISTENCE = "existence"


class Paper(StrEnum):
    """Where a claim comes from; the names are the command line's."""

    BR = "BR"
    EM = "EM"
    MC = "MC"
    OWN = "own"


PAPERS = {
    Paper.BR: "Generalization of Diffusion Models Arises with a Balanced Representation Space, arXiv 2512.20963",
    Paper.EM: "On the Edge of Memorization in Diffusion Models, arXiv 2508.17689",
    Paper.MC: "A Closer Look at Model Collapse, arXiv 2509.16499",
    Paper.OWN: "a result of this project",
}


@dataclass(frozen=True)
class Statement:
    """A statement in words with its formulas, and the verdict that the card expects it to reach."""

    words: str
    expected: Verdict
    formulas: tuple[sp.Basic, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One card. `printed` is the source's statement (for our own results, ours); `corrected` mends it.

    `depends_on` names claims whose best statement this one uses; no verdict here outranks theirs.
    """

    identifier: str
    paper: Paper
    source: str
    title: str
    kind: Kind
    hypotheses: tuple[str, ...]
    printed: Statement
    checks: tuple[Check, ...]
    corrected: Statement | None = None
    depends_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [check.name for check in self.checks]
        if len(names) != len(set(names)):
            raise ValueError(f"checks must have distinct names, got {names} in {self.identifier}")
        for about in ("printed", "corrected"):
            bearings = {check.bears for check in self.checks if check.about == about}
            if {Bears.DECIDES, Bears.REFUTES} <= bearings:
                raise ValueError(
                    f"checks must not both decide for and refute the {about} statement of {self.identifier}"
                )
        if self.corrected is None and any(check.about == "corrected" for check in self.checks):
            raise ValueError(f"corrected must be stated before a check is about it, in {self.identifier}")

    def statement(self, about: str) -> Statement | None:
        """The printed or the corrected statement."""
        return self.printed if about == "printed" else self.corrected
