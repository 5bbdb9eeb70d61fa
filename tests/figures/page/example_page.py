"""A page of a few small claims and figures, one of them hostile, for the tests of the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.figure
import pytest
import sympy as sp

from figures.figure import Drawing, Figure
from figures.page import card
from figures.page.picture import pictures
from proofs_check import report
from proofs_check.check import Bears, Effort, Outcome, Table
from proofs_check.claim import Claim, Paper, Statement
from proofs_check.ledger import ClaimReport, verify
from proofs_check.symbolic import Phi, phi
from proofs_check.verdict import Method, Verdict
from tests.example_claims import FAIL, check, claim

x = sp.Symbol("x")
HOSTILE = """</title></style></script><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;{{ 7 * 7 }}"""
MARGINS = Table("Margins " + HOSTILE, ("p", HOSTILE), (("1", "0.5"), ("2", HOSTILE)))
STEPS = (("Price", x * Phi(x) + phi(x)), (HOSTILE, x**2))

CLAIMS = (
    claim("BR-good", check(outcome=Outcome(True, "0.25", "200 problems", (MARGINS,)), formulas=STEPS)),
    claim(
        "EM-mended",
        check("counterexample", Method.RATIONAL, bears=Bears.REFUTES, scope="one point"),
        check("mended", Method.BALLS, about="corrected", scope="all of the box"),
        paper=Paper.EM,
        expected=Verdict.REFUTED,
        corrected=Statement("The mended words.", Verdict.CERTIFIED, (x / 2,)),
        depends_on=("BR-good",),
    ),
    Claim(
        identifier="own-hostile",
        paper=Paper.OWN,
        source=HOSTILE,
        title=HOSTILE,
        kind=claim().kind,
        hypotheses=(HOSTILE,),
        printed=Statement(HOSTILE, Verdict.TESTED),
        checks=(check(HOSTILE, Method.PROPERTY, scope=HOSTILE),),
        depends_on=("BR-good",),
    ),
)
FAILING = claim("MC-bad", check("rotten", Method.BALLS, FAIL), paper=Paper.MC)


def drawn(quick: bool = True) -> Drawing:
    """A line, with more numbers than the page shows."""
    del quick
    picture = matplotlib.figure.Figure(figsize=(6, 4))
    picture.subplots().plot([0, 1])
    return Drawing(picture, ("name", HOSTILE), [(HOSTILE, number / 7 if number else math.nan) for number in range(100)])


FIGURES = tuple(Figure(name, f"A line. {HOSTILE}", drawn) for name in ("line", "other-line"))


@contextmanager
def without_the_house() -> Iterator[None]:
    """Spares the page the modules of all claims, which take seconds to import."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "claim_modules", lambda: [])
        patch.setattr(report, "claim_modules", lambda: [])
        yield


def reports(*more: Claim) -> list[ClaimReport]:
    """What the claims, and `more` of them, come to."""
    known = {each.identifier: each for each in (*CLAIMS, *more)}
    return verify(known, known, Effort())


def shown():
    """The figures, drawn."""
    return pictures(FIGURES, True, lambda name: None)
