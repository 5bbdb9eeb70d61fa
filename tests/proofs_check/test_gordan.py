"""Gordan's alternative: one witness always, never both, and witnesses that are recognised."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.gordan import Alternative, alternative, dot, is_witness

VECTORS = st.tuples(st.integers(1, 7), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(-4, 4), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


@given(VECTORS)
def test_one_of_the_two_is_found_and_proves_itself(vectors):
    found = alternative(vectors)
    assert (found.direction is None) is (found.shares is not None)
    assert is_witness(vectors, found)


@given(VECTORS)
def test_a_witness_spoiled_is_none(vectors):
    found = alternative(vectors)
    if found.direction is not None:
        assert not is_witness(vectors, replace(found, direction=tuple(-w for w in found.direction)))
        assert not is_witness(vectors, replace(found, direction=tuple(0 * w for w in found.direction)))
    else:
        assert found.shares is not None
        assert not is_witness(vectors, replace(found, shares=tuple(2 * a for a in found.shares)))
        assert not is_witness([*vectors, vectors[0]], replace(found, shares=(*found.shares, Fraction(-1))))


@pytest.mark.parametrize(
    ("vectors", "in_half_space"),
    [
        ([[1]], True),
        ([[0]], False),
        ([[1, 0], [0, 0]], False),
        ([[1, 0], [-1, 0]], False),
        ([[1, 0], [-1, 1]], True),
        ([[1, 0], [-1, 1], [0, -1]], False),
        ([[2, 1], [2, -1], [4, 2]], True),
    ],
)
def test_small_cases(vectors, in_half_space):
    assert (alternative(vectors).direction is not None) is in_half_space


def test_shares_must_be_nonnegative_add_up_to_one_and_cancel():
    half = Fraction(1, 2)
    assert is_witness([[1], [-1]], Alternative(None, (half, half)))
    assert not is_witness([[1], [1]], Alternative(None, (half, half)))
    assert not is_witness([[1], [1], [0]], Alternative(None, (half, -half, Fraction(1))))
    assert not is_witness([[0], [0]], Alternative(None, (half, half / 2)))
    assert dot([half, 2], [4, half]) == 3
