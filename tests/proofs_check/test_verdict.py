"""The lattice of verdicts, and what each method may show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.check import Bears
from proofs_check.verdict import CAN_REFUTE, SHOWS, Method, Verdict, strongest, weakest
from tests.example_claims import check

FROM_STRONGEST = [Verdict.PROVED, Verdict.CERTIFIED, Verdict.TESTED, Verdict.OBSERVED, Verdict.OPEN]
positive = st.sampled_from(FROM_STRONGEST)


@given(st.lists(positive, min_size=1))
def test_strongest_and_weakest_are_the_ends_of_the_stated_order(verdicts):
    present = [verdict for verdict in FROM_STRONGEST if verdict in verdicts]
    assert strongest(verdicts) is present[0]
    assert weakest(verdicts) is present[-1]


@given(st.lists(positive), st.lists(positive))
def test_a_refuted_link_leaves_the_chain_open(before, after):
    assert weakest([*before, Verdict.REFUTED, *after]) is Verdict.OPEN


def test_nothing_shown_is_open():
    assert strongest([]) is Verdict.OPEN


def test_each_method_shows_what_the_design_says():
    assert SHOWS == {
        Method.SYMBOLIC: Verdict.PROVED,
        Method.RATIONAL: Verdict.CERTIFIED,
        Method.BALLS: Verdict.CERTIFIED,
        Method.PROPERTY: Verdict.TESTED,
        Method.STATISTICAL: Verdict.TESTED,
        Method.DESCENT: Verdict.OBSERVED,
    }


@pytest.mark.parametrize("method", [Method.PROPERTY, Method.STATISTICAL, Method.DESCENT])
def test_inexact_methods_cannot_refute(method):
    with pytest.raises(ValueError, match="method must be exact to refute"):
        check(method=method, bears=Bears.REFUTES)


@pytest.mark.parametrize("method", [Method.SYMBOLIC, Method.RATIONAL, Method.BALLS])
def test_exact_methods_can_refute(method):
    assert check(method=method, bears=Bears.REFUTES).method in CAN_REFUTE


def test_a_check_is_about_the_printed_or_the_corrected_statement():
    with pytest.raises(ValueError, match="about must be 'printed' or 'corrected', got 'mended'"):
        check(about="mended")
