"""Claims of no paper, small enough to see through, for tests of the ledger and of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from proofs_check.check import Check, Control, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.verdict import Method, Verdict

PASS = Outcome(True, margin="0")
FAIL = Outcome(False, margin="x - 1", detail="the remainder\nis x - 1")


def control(outcome: Outcome = FAIL, name: str = "sign flipped") -> Control:
    """A control that is rejected, unless `outcome` passes."""
    return Control(name, lambda: outcome)


def check(
    name: str = "check",
    method: Method = Method.SYMBOLIC,
    outcome: Outcome = PASS,
    controls: Sequence[Control] = (control(),),
    **card: Any,
) -> Check:
    """A check that passes and rejects its control, unless told otherwise."""
    return Check(name, method, lambda effort: outcome, lambda effort: controls, **card)


def claim(
    identifier: str = "BR-example",
    *checks: Check,
    expected: Verdict = Verdict.PROVED,
    paper: Paper = Paper.BR,
    **card: Any,
) -> Claim:
    """A claim with one passing symbolic check, unless told otherwise."""
    x, y = sp.symbols("x y")
    return Claim(
        identifier=identifier,
        paper=paper,
        source="version 1, Eq. (3)",
        title=f"what {identifier} is about",
        kind=Kind.EQUALITY,
        hypotheses=("x > 0", "y > 0"),
        printed=Statement("The printed words.", expected, (sp.Eq(x**2 / y, sp.sqrt(x)),)),
        checks=checks or (check(),),
        **card,
    )
