"""Loops with real data in the training set: products and limits against exact rationals, and moments by enumeration."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import mixed_data as md

SAMPLES = st.integers(1, 200)


def mean(values):
    return sum(values, Fraction(0)) / len(values)


def variance(values):
    return mean([value**2 for value in values]) - mean(values) ** 2


def mean_next(pool: list[Fraction], n: int, chosen: list[list[Fraction]]) -> Fraction:
    """E of the pool's variance with n more points, from fits to each of `chosen`, by two-point draws."""
    found = []
    for points in chosen:
        spread = variance(points)
        for signs in product((-1, 1), repeat=n):
            # x = m ± √v: only Σx and Σx² enter, through k = Σ±, whose odd powers average out.
            k, m = sum(signs), mean(points)
            count = len(pool) + n
            second = (sum(x**2 for x in pool) + n * (m**2 + spread)) / count
            centre = (sum(pool) + n * m) / count
            found.append(second - centre**2 - Fraction(k, count) ** 2 * spread)
    return mean(found)


@settings(max_examples=20)
@given(st.integers(2, 3), st.integers(1, 3), st.data())
def test_one_generation_by_enumeration(n, batches, data):
    """Any pool, in fractions: every subset to fit, every pattern of two-point draws with the fit's moments."""
    count = n * batches
    pool = [Fraction(k) for k in data.draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count))]
    values = {md.SAMPLES: n, md.BATCHES: batches}
    whole = mean_next(pool, n, [pool])
    assert whole == variance(pool) * Fraction(str(md.ACCUMULATED_FACTOR.subs(values)))
    subsets = [list(chosen) for chosen in combinations(pool, n)]
    factor = Fraction(str(md.SUBSAMPLED_FACTOR.subs(values)))
    assert mean_next(pool, n, subsets) == variance(pool) * factor


@given(SAMPLES, st.integers(0, 30))
def test_pools_are_products_of_their_factors(n, generations):
    whole, part = Fraction(n - 1, n), Fraction(n - 1, n)
    for T in range(1, generations + 1):
        whole *= 1 - Fraction(1, n * (T + 1) ** 2)
        if n > 1:
            part *= 1 - (Fraction(1, n) + Fraction((T - 1) * (n - 1), n * (n * T - 1))) / (T + 1) ** 2
    assert md.accumulated_variance(n, generations) == pytest.approx(float(whole), rel=1e-12)
    assert md.subsampled_variance(n, generations) == pytest.approx(float(part), rel=1e-12)
    # A subsample loses more, and neither pool ever loses the rest.
    assert 0.5 * whole * (n > 2) <= part <= whole


@given(SAMPLES)
def test_the_pool_tends_to_eulers_product(n):
    limit = md.accumulated_limit(n)
    if n == 1:
        assert limit == 0.0
        return
    assert limit == pytest.approx(float(mpmath.sinc(mpmath.pi / mpmath.sqrt(n))), rel=1e-13)
    last = md.accumulated_variance(n, 4000)
    assert last * (1 - 1 / (4001 * n)) <= limit <= last


@given(st.integers(1, 60), st.data())
def test_fresh_points_settle_at_the_fixed_point(n, data):
    fresh = data.draw(st.integers(0, n))
    path = md.fresh_variances(n, fresh, 60 * n)
    assert path[-1] == pytest.approx(md.fresh_variance(n, fresh), rel=1e-9, abs=1e-9 if fresh else 0.6)
    assert path[0] == pytest.approx(1 - 1 / n)
    if fresh == 0:
        # Nothing fresh: the bare loop.
        np.testing.assert_allclose(path, (1 - 1 / n) ** np.arange(1, 60 * n + 1), rtol=1e-9, atol=1e-13)
    if fresh == n:
        np.testing.assert_allclose(path, 1 - 1 / n, rtol=1e-13)


@given(st.integers(2, 10**6))
def test_one_fresh_point_keeps_half_to_two_thirds_of_the_variance(n):
    assert 0.5 - 1e-12 <= md.fresh_variance(n, 1) <= 2 / 3


def test_a_single_point_has_no_variance():
    assert md.accumulated_variance(1, 5) == md.subsampled_variance(1, 5) == md.fresh_variance(1, 1) == 0.0
    assert md.fresh_variance(1, 0) == 0.0
