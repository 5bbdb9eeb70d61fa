"""Isolable samples against exact certificates, and Wendel's probability against counted chambers and random data."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from proofs_check.extensions.isolation import chambers
from proofs_check.gordan import alternative, is_witness
from tests.strategies import rotations, sample_arrays, seeds
from theory.convex_hull import nearest_to_origin
from theory.gating import (
    extreme,
    is_isolable,
    isolable,
    isolating_direction,
    isolation_probability,
    least_extreme_chance,
)

FEW = st.integers(1, 7)


def isolable_exactly(X) -> list[bool]:
    """Gordan's alternative in rationals, its witness added up, sample by sample."""
    rows = [[Fraction(v) for v in row] for row in X.tolist()]
    found = []
    for j in range(len(rows)):
        signed = [row if i == j else [-v for v in row] for i, row in enumerate(rows)]
        decided = alternative(signed)
        assert is_witness(signed, decided)
        found.append(decided.direction is not None)
    return found


def quarters(least_d: int = 1):
    """Samples with zero rows, duplicates, multiples and right angles."""
    return st.tuples(FEW, st.integers(least_d, 4)).flatmap(
        lambda shape: st.lists(
            st.lists(st.integers(-3, 3), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
        ).map(lambda rows: np.array(rows) / 4)
    )


@settings(max_examples=60)
@given(quarters() | sample_arrays(FEW, st.integers(1, 4)))
def test_linear_programming_and_least_distance_decide_as_exact_rationals_do(X):
    # Real numbers of low rank are dependent only up to rounding, where both routes and the rationals may part.
    if np.abs(X * 4 % 1).any() and np.linalg.matrix_rank(X) < min(X.shape):
        expected = [is_isolable(X, j) for j in range(len(X))]
    else:
        expected = isolable_exactly(X)
    assert [is_isolable(X, j) for j in range(len(X))] == expected
    assert isolable(X).tolist() == expected
    for j, alone in enumerate(expected):
        direction, margin = isolating_direction(X, j)
        responses = X @ direction
        if alone:
            assert np.linalg.norm(direction) == pytest.approx(1.0, abs=1e-12)
            assert responses[j] >= margin > 0
            assert np.delete(responses, j).max(initial=-np.inf) <= -margin
        else:
            assert margin == 0.0
            assert not direction.any()


@settings(max_examples=60)
@given(quarters())
def test_extreme_samples_are_those_outside_the_hull_of_the_others(X):
    lifted = np.hstack([X, np.ones((len(X), 1))])
    assert extreme(X).tolist() == isolable_exactly(lifted)
    assert extreme(1e-3 * X + 1.0).tolist() == isolable_exactly(lifted)


@given(st.data(), sample_arrays())
def test_scale_turn_and_order_do_not_matter(data, X):
    rng = np.random.default_rng(data.draw(seeds()))
    order = rng.permutation(len(X))
    moved = 10.0 ** rng.uniform(-3, 3, (len(X), 1)) * X[order] @ data.draw(rotations(X.shape[1]))
    assert isolable(moved).tolist() == isolable(X)[order].tolist()


def test_what_counts_at_the_boundary():
    first = np.array([[1.0, 0.0]])
    assert is_isolable(first, 0) is True
    assert is_isolable(0 * first, 0) is False
    for other in ([1.0, 0.0], [3.0, 0.0], [0.0, 0.0]):
        assert is_isolable(np.vstack([first, other]), 0) is False
    # The opposite sample does no harm, but two opposite samples leave no unit for a third.
    assert is_isolable(np.vstack([first, -first]), 0) is True
    assert isolable(np.array([[1.0, 0.5], [0.0, 1.0], [0.0, -1.0]])).tolist() == [False, True, True]
    assert extreme(np.array([[0.0], [1.0], [2.0], [2.0]])).tolist() == [True, False, False, False]
    assert extreme(first).tolist() == [True]


def test_the_resolution_is_an_angle_of_1e_7():
    for angle, alone in ((1e-6, True), (2.2e-7, True), (1.8e-7, False)):
        # In the plane of two axes, and in one whose vectors have sixteen coordinates of about a quarter.
        for plane in (np.eye(2), np.array([[0.25] * 16, [0.25, -0.25] * 8])):
            X = np.array([[1.0, 0.0], [5.0, 5.0 * angle]]) @ plane
            assert is_isolable(X, 0) is alone
    X = np.array([[1.0, 0.0], [5.0, 5e-6]])
    assert isolable(X).all()
    # At the best angle θ the two distances, 1·sin θ and 5·sin(1e-6 − θ), are equal.
    assert isolating_direction(X, 0).margin == pytest.approx(5e-6 / 6, rel=1e-2)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_no_square_overflows(size):
    X = size * np.array([[3.0, 1.0], [1.0, 3.0], [-1.0, -1.0]])
    assert isolable(X).tolist() == [is_isolable(X, j) for j in range(3)] == [True, True, True]
    # The hull of (2, 0) and (0, −3) passes the origin at 6/√13, in the direction (3, −2).
    direction, margin = isolating_direction(size * np.array([[2.0, 0.0], [0.0, 3.0]]), 0)
    assert direction == pytest.approx([3 / math.sqrt(13), -2 / math.sqrt(13)])
    assert margin / size == pytest.approx(6 / math.sqrt(13))


@given(st.data(), sample_arrays(FEW, st.integers(1, 5)))
def test_the_nearest_point_lies_in_the_hull_and_no_point_is_nearer(data, points):
    nearest = nearest_to_origin(points)
    scale = np.abs(points).max()
    # Optimal exactly when every point u has u·p ≥ ‖p‖².
    assert (points @ nearest).min() >= nearest @ nearest - 1e-9 * scale**2
    weights = data.draw(st.lists(st.floats(0.01, 1), min_size=len(points), max_size=len(points)))
    mixture = np.average(points, axis=0, weights=weights)
    assert np.linalg.norm(nearest) <= np.linalg.norm(mixture) + 1e-9 * scale
    # p in the hull: no direction sees it beyond all points.
    way = np.random.default_rng(data.draw(seeds())).standard_normal((20, points.shape[1]))
    assert (way @ nearest <= (way @ points.T).max(axis=1) + 1e-9 * scale).all()


@pytest.mark.parametrize(("n", "d"), [(n, d) for d in range(1, 5) for n in range(d, 9)])
def test_the_probability_is_the_share_of_sign_patterns_that_occur(n, d):
    assert isolation_probability(n, d) == Fraction(chambers(n, d), 2**n)


@given(st.integers(1, 300), st.integers(1, 150))
def test_it_is_a_binomial_distribution_function_with_one_half_at_twice_the_dimension(n, d):
    found = isolation_probability(n, d)
    assert isinstance(found, Fraction)
    assert float(found) == pytest.approx(binom.cdf(d - 1, n - 1, 0.5), rel=1e-9)
    assert isolation_probability(2 * d, d) == Fraction(1, 2)
    assert (found == 1) is (n <= d)
    assert (found > Fraction(1, 2)) is (n < 2 * d)
    assert isolation_probability(n + 1, d) == (found + (isolation_probability(n, d - 1) if d > 1 else 0)) / 2


def symmetric_samples(rng, n, d):
    """Sign-symmetric but far from Gaussian: one-sided heavy coordinates, mixed by samples' common map, random signs."""
    heavy = rng.exponential(size=(n, d)) ** 2 @ rng.standard_normal((d, d))
    return rng.choice([-1.0, 1.0], size=(n, 1)) * heavy


CELLS = [(3, 1), (6, 2), (10, 4), (12, 6), (24, 12), (40, 12), (25, 8), (14, 12)]


@pytest.mark.parametrize(("n", "d"), CELLS)
def test_linear_programming_finds_that_share_isolable(n, d):
    """False alarms: each cell at 1e-7 by the exact binomial tails, 8e-7 together."""
    rng = np.random.default_rng()
    draws = 200
    hits = sum(is_isolable(symmetric_samples(rng, n, d), 0) for _ in range(draws))
    law = binom(draws, float(isolation_probability(n, d)))
    assert min(law.cdf(hits), law.sf(hits - 1)) > 0.5e-7


def test_a_gaussian_sample_is_extreme_at_least_so_often():
    assert least_extreme_chance(1, 3) == 1.0
    assert least_extreme_chance(5, 4) == pytest.approx(0.5)
    assert least_extreme_chance(9, 4) == 0.0
    assert least_extreme_chance(10, 4) == 0.0
    # On the line the mean of e^{−z²/2} is 1/√2, and half of it bounds the mean of Φ(−|z|), which is 1/4.
    assert 1 - least_extreme_chance(2, 1) == pytest.approx(0.5 / math.sqrt(2))
    rng = np.random.default_rng()
    found = np.mean([extreme(rng.standard_normal((6, 5)) + 7.0).mean() for _ in range(200)])
    # Hoeffding's bound for 200 shares: once in 1e9.
    assert found >= least_extreme_chance(6, 5) - math.sqrt(math.log(1e9) / 400)
