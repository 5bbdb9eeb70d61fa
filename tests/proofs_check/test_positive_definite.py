"""Certified positive definiteness: right on both sides of the smallest eigenvalue, and for whole balls of matrices."""

import numpy as np
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.balls import precision
from proofs_check.positive_definite import positive_definite_above


def balls(matrix, radius=0.0):
    return arb_mat([[arb(float(value), radius) for value in row] for row in matrix])


def symmetric(size, seed):
    rng = np.random.default_rng(seed)
    values = rng.uniform(-1, 3, size)
    turn = np.linalg.qr(rng.standard_normal((size, size)))[0]
    matrix = turn * values @ turn.T
    return (matrix + matrix.T) / 2, float(values.min())


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_it_tells_the_smallest_eigenvalue_on_both_sides(size, seed):
    matrix, least = symmetric(size, seed)
    with precision(128):
        assert positive_definite_above(balls(matrix), arb(least - 1e-12))
        assert not positive_definite_above(balls(matrix), arb(least + 1e-12))


@settings(max_examples=30)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_a_ball_of_matrices_is_accepted_only_if_its_worst_member_is(size, seed):
    matrix, least = symmetric(size, seed)
    with precision(128):
        # Subtracting r·I is allowed within the entries' radius r.
        assert not positive_definite_above(balls(matrix, 1e-3), arb(least - 0.999e-3))
        assert positive_definite_above(balls(matrix, 1e-9), arb(least - 1e-3 * (1 + abs(least))))


def test_the_smallest_cases_and_the_triangle_that_is_read():
    assert positive_definite_above(balls([[2.0]]), arb(1))
    assert not positive_definite_above(balls([[2.0]]), arb(2))
    assert positive_definite_above(balls([[2.0, 99.0], [1.0, 2.0]]), arb(0))
    assert not positive_definite_above(balls([[2.0, 1.0], [99.0, 2.0]]), arb(0))
    assert not positive_definite_above(balls([[1.0, 2.0], [2.0, 1.0]]), arb(0))
    assert not positive_definite_above(arb_mat([[arb("nan")]]), arb(0))
