"""The Gaussian refit loop: drift against integrals, exact moments and Wishart draws; bounds, limits, small N."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, factorial

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from theory import refit_loop as rl

DIMENSIONS = st.integers(1, 40)
BEYOND = st.integers(1, 10**6)


def mean_log_chi_square(degrees: int) -> mpmath.mpf:
    """∫ log x of the χ² density, x = e^t."""
    half = mpmath.mpf(degrees) / 2
    density = lambda t: mpmath.exp(half * t - mpmath.exp(t) / 2 - half * mpmath.log(2) - mpmath.loggamma(half))  # noqa: E731
    return mpmath.quad(lambda t: t * density(t), mpmath.linspace(-80, 8, 23))


@settings(max_examples=6)
@given(st.integers(1, 4), st.integers(1, 12))
def test_the_drift_is_a_sum_of_integrals(d, beyond):
    n = d + beyond
    expected = sum(mean_log_chi_square(n - i) for i in range(1, d + 1)) - d * mpmath.log(n)
    assert rl.gaussian_log_det_drift(n, d) == pytest.approx(float(expected), abs=1e-9)
    unbiased = sum(mean_log_chi_square(n - i) for i in range(1, d + 1)) - d * mpmath.log(n - 1)
    assert rl.gaussian_log_det_drift(n, d, unbiased=True) == pytest.approx(float(unbiased), abs=1e-9)


@settings(max_examples=10)
@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_the_drift_and_its_variance_are_those_of_wishart_draws(d, beyond, seed):
    """Within five standard errors (false alarms 6e-7 a mean; the variance's error from the fourth moments)."""
    n, draws = d + beyond, 20_000
    rng = np.random.default_rng(seed)
    factor = np.tril(rng.standard_normal((draws, d, d)), -1)
    factor[:, range(d), range(d)] = np.sqrt(stats.chi2.rvs(n - 1 - np.arange(d), size=(draws, d), random_state=rng))
    # The determinant, of the product and not of the factor.
    values = np.linalg.slogdet(factor @ factor.mT / n)[1]
    assert abs(values.mean() - rl.gaussian_log_det_drift(n, d)) < 5 * values.std() / np.sqrt(draws)
    squares = (values - values.mean()) ** 2
    assert abs(squares.mean() - rl.log_det_variance(n, d)) < 5 * squares.std() / np.sqrt(draws)


@pytest.mark.parametrize(("degrees", "d"), [(1, 1), (3, 2), (4, 3), (3, 3)])
def test_the_mean_determinant_is_rational_by_every_sign_pattern(degrees, d):
    """E det GGᵀ = degrees!/(degrees − d)!, as for entries ±1: the second moments are all that enters."""
    total = Fraction(0)
    for signs in product((-1, 1), repeat=degrees * d):
        matrix = sp.Matrix(d, degrees, signs)
        total += int((matrix * matrix.T).det())
    assert total / 2 ** (degrees * d) == factorial(d) * comb(degrees, d)
    # And the product of χ² means that the derivation has in its place.
    assert factorial(d) * comb(degrees, d) == np.prod([degrees - i for i in range(d)])


@given(st.floats(1e-6, 1e12))
def test_the_digamma_excess_has_all_its_digits(x):
    with mpmath.workdps(60):
        expected = mpmath.digamma(mpmath.mpf(x)) - mpmath.log(mpmath.mpf(x))
    assert float(rl.digamma_excess(np.array(x))) == pytest.approx(float(expected), rel=1e-13)


@given(DIMENSIONS, BEYOND)
def test_the_drift_lies_between_its_bounds(d, beyond):
    n = d + beyond
    lower, upper = rl.drift_bounds(n, d)
    drift = rl.gaussian_log_det_drift(n, d)
    # A last digit more where the bounds are closer than rounding.
    assert lower - 1e-13 * abs(lower) <= drift <= upper + 1e-13 * abs(upper)
    exact = {rl.SAMPLES: n, rl.DIMENSION: d}
    assert upper == pytest.approx(float(rl.LEADING.subs(exact)), rel=1e-13)
    assert upper - lower == pytest.approx(float(rl.SHORTFALL.subs(exact)), rel=1e-6, abs=1e-13 * abs(upper))
    # The entropy falls at least as fast as the number of parameters says.
    assert drift / 2 <= rl.entropy_drift(n, d * (d + 3) // 2) * (1 - 1e-13)


@given(DIMENSIONS, BEYOND)
def test_rates_fall_are_negative_and_add_up(d, beyond):
    n = d + beyond
    for unbiased in (False, True):
        rates = rl.lyapunov_rates(n, d, unbiased=unbiased)
        assert rates.shape == (d,)
        assert rates[0] < 0
        assert (np.diff(rates) < 0).all()
        assert rates.sum() == pytest.approx(rl.gaussian_log_det_drift(n, d, unbiased=unbiased), rel=1e-12)
    gap = rl.gaussian_log_det_drift(n, d, unbiased=True) - rl.gaussian_log_det_drift(n, d)
    assert gap == pytest.approx(-d * np.log1p(-1 / n), rel=1e-6)


@given(st.integers(1, 30), st.integers(0, 30), st.booleans())
def test_too_few_samples_lose_the_determinant_and_keep_a_loop_of_lower_rank(n, more, unbiased):
    d = n + more
    assert rl.gaussian_log_det_drift(n, d, unbiased=unbiased) == -np.inf
    assert rl.refit_rank(n, d, 0) == d
    assert rl.refit_rank(n, d, 1) == rl.refit_rank(n, d, 9) == n - 1
    rates = rl.lyapunov_rates(n, d, unbiased=unbiased)
    assert (rates[n - 1 :] == -np.inf).all()
    if n > 1:
        np.testing.assert_array_equal(rates[: n - 1], rl.lyapunov_rates(n, n - 1, unbiased=unbiased))


@given(st.floats(1e-9, 1 - 1e-9))
def test_the_proportional_limit_is_the_mean_of_a_logarithm(c):
    expected = mpmath.quad(lambda u: mpmath.log(1 - c * u), [0, 0.9, 1])
    assert rl.proportional_drift(c) == pytest.approx(float(expected), rel=1e-11)
    assert float(rl.PROPORTIONAL.subs(rl.RATIO, sp.Rational(c)).evalf(30)) == pytest.approx(float(expected), rel=1e-9)


def test_the_proportional_limit_at_and_beyond_as_many_dimensions_as_samples():
    assert rl.proportional_drift(1.0) == -1.0
    assert rl.proportional_drift(1.5) == -np.inf


@pytest.mark.parametrize("c", [0.1, 0.5, 0.9])
def test_the_drift_per_dimension_tends_to_the_limit_like_one_over_d(c):
    errors = [d * (rl.gaussian_log_det_drift(round(d / c), d) / d - rl.proportional_drift(c)) for d in (900, 9000)]
    assert errors[0] == pytest.approx(errors[1], rel=0.01)


def test_known_values():
    # N = 2, d = 1: ψ(1/2) − log 1 = −γ − 2 log 2.
    assert rl.gaussian_log_det_drift(2, 1) == pytest.approx(-np.euler_gamma - 2 * np.log(2), rel=1e-14)
    assert rl.log_det_variance(2, 1) == pytest.approx(np.pi**2 / 2, rel=1e-14)
    assert rl.entropy_drift(100, 5) == -0.025
    assert rl.mean_covariance_factor(4, 2) == 0.5625
    assert rl.mean_covariance_factor(1, 0) == 1.0
    assert rl.mean_covariance_factor(1, 1) == 0.0
