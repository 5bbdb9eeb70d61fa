"""Exact checks hand on their decision and hold the same decision against every wrong statement."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofs_check.check import Bears, Effort, Outcome
from proofs_check.exact import exact_check
from proofs_check.ledger import run_check
from proofs_check.verdict import Method


def thirds(claimed: Fraction):
    return lambda: Outcome(3 * claimed == 1, margin=str(claimed), detail="three of them")


RIGHT, WRONG = Fraction(1, 3), Fraction(333, 1000)


def test_the_decision_is_handed_on_with_its_margin():
    result = run_check(exact_check("third", thirds(RIGHT), [("rounded", thirds(WRONG))]), Effort())
    assert result.ok
    assert result.outcome == Outcome(True, "1/3", "three of them")
    assert result.tried == 1


def test_a_wrong_statement_fails():
    result = run_check(exact_check("third", thirds(WRONG), [("rounded", thirds(WRONG))]), Effort())
    assert not result.outcome.ok
    assert result.outcome.margin == "333/1000"


def test_a_control_that_holds_survives_under_its_name():
    check = exact_check("third", thirds(RIGHT), [("rounded", thirds(WRONG)), ("same", thirds(Fraction(2, 6)))])
    result = run_check(check, Effort())
    assert (result.tried, result.survivors) == (2, ("third: same",))


@pytest.mark.parametrize("bears", Bears)
def test_the_card_is_passed_on(bears):
    check = exact_check("third", thirds(RIGHT), [], about="corrected", bears=bears, scope="here")
    assert (check.name, check.method, check.bears) == ("third", Method.RATIONAL, bears)
    assert (check.about, check.scope) == ("corrected", "here")
    plain = exact_check("third", thirds(RIGHT), [])
    assert (plain.bears, plain.about, plain.scope) == (Bears.DECIDES, "printed", "")
    assert not run_check(plain, Effort()).ok
