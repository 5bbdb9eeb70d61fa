"""The bounds on the excess loss against direct integration, random data, and their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.integrate
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ncx2

from tests.strategies import SIDES, sample_arrays, seeds
from theory.excess_loss import (
    excess_bounds,
    excess_without_signal,
    label_excess_bound,
    leading_excess,
    memoriser_loss_bound,
)
from theory.mixture_denoiser import posterior_mean

TIMES = st.floats(0.02, 1.0) | st.sampled_from([0.0, 1e-160, 1e-6, 1.0])
VARIANCES = st.just(0.0) | st.floats(0.01, 4.0)


@given(SIDES, st.floats(0.02, 0.98), VARIANCES)
def test_the_leading_term_is_the_printed_one(d, t, variance):
    snr = (1 - t * t) / t**2
    assert leading_excess(d, t, variance) == pytest.approx(d * variance / (snr * variance + 1), rel=1e-12)
    assert leading_excess(d, 0.0, variance) == 0
    assert leading_excess(d, 1.0, variance) == pytest.approx(d * variance)


def loss_of_true_parameters(means: np.ndarray, t: float, variance: float) -> float:
    """E‖x̄⋆(X_t) − X_0‖² on the line by integration over X_0 and X_t: E X_0² − E x̄⋆²."""
    alpha = math.sqrt(1 - t * t)
    seen = alpha**2 * variance + t * t

    def explained(x: float) -> float:
        density = np.exp(-((x - alpha * means[:, 0]) ** 2) / (2 * seen)).mean() / math.sqrt(2 * math.pi * seen)
        return float(density * posterior_mean(np.array([x]), t, means, variance)[0] ** 2)

    ends = (alpha * means.min() - 9 * math.sqrt(seen), alpha * means.max() + 9 * math.sqrt(seen))
    return variance + float((means**2).mean()) - scipy.integrate.quad(explained, *ends, limit=300)[0]


@pytest.mark.parametrize("t", [0.15, 0.5, 0.9])
@pytest.mark.parametrize("spacing", [0.0, 0.5, 3.0])
def test_the_loss_on_a_line_lies_between_the_bounds(t, spacing):
    means, variance = spacing * np.array([[-1.0], [0.0], [2.0]]), 0.5
    found, leading = loss_of_true_parameters(means, t, variance), leading_excess(1, t, variance)
    assert leading - 1e-8 <= found <= leading + label_excess_bound(means, t, variance) + 1e-8
    if spacing == 0.5:
        assert found > leading * 1.0001


@settings(max_examples=12)
@given(st.integers(1, 6), st.floats(0.1, 0.95), st.floats(0.1, 2.0), st.floats(0.0, 3.0), st.integers(2, 50))
def test_the_memorisers_bound_integrates_the_law_of_distances(d, t, variance, apart, samples):
    """(N − 1)·¼E D² exp(−ψD²/8) with the noncentral χ² density of D²/2σ⋆², for two means `apart` from each other."""
    means = np.zeros((2, d))
    means[1, 0] = apart
    snr = (1 - t * t) / t**2

    def pair(square: float) -> float:
        def integrand(r: float) -> float:
            return 2 * variance * r * math.exp(-snr * variance * r / 4) * ncx2.pdf(r, d, square / (2 * variance))

        centre = d + square / (2 * variance)
        return scipy.integrate.quad(integrand, 0, centre + 60 * math.sqrt(centre) + 60, limit=200, epsrel=1e-7)[0] / 4

    expected = (samples - 1) * (pair(1e-12) + pair(apart**2 + 1e-12)) / 2
    capped = (1 - 1 / samples) * (d * variance + apart**2 / 4)
    assert memoriser_loss_bound(means, samples, t, variance) == pytest.approx(min(expected, capped), rel=1e-4)


@given(sample_arrays(), st.integers(1, 9), TIMES, VARIANCES)
def test_bounds_are_ordered_finite_and_know_their_limits(means, samples, t, variance):
    lower, leading, upper = excess_bounds(means, samples, t, variance)
    assert 0 <= lower <= leading <= upper < math.inf
    if len(means) == 1:
        assert upper == leading
    if samples == 1:
        assert lower == leading
    if t == 0:
        assert (lower, upper) == (0, 0)


@settings(max_examples=12)
@given(sample_arrays(), st.floats(0.05, 1.0), st.floats(0.05, 2.0), st.integers(1, 12), st.integers(1, 5), seeds())
def test_bounds_hold_for_random_data(means, t, variance, samples, copies, seed):
    """Mean of 40 data sets within the bounds up to seven standard errors (39 degrees of freedom: 1e-8 each side)."""
    means = np.repeat(means, copies, axis=0)
    rng, alpha, sets = np.random.default_rng(seed), math.sqrt(1 - t * t), 40
    losses = np.empty((2, sets))
    for number in range(sets):
        X = means[rng.integers(len(means), size=samples)]
        X = X + math.sqrt(variance) * rng.standard_normal(X.shape)
        points = alpha * np.repeat(X, 20, axis=0)
        points = points + t * rng.standard_normal(points.shape)
        for which, answer in enumerate((posterior_mean(points, t, means, variance), posterior_mean(points, t, X, 0.0))):
            losses[which, number] = ((answer - np.repeat(X, 20, axis=0)) ** 2).sum(axis=1).mean()
    mean, error = losses.mean(axis=1), losses.std(axis=1, ddof=1) / math.sqrt(sets)
    # Rare confusions may be absent from all draws: allow for them a share of what there is to lose.
    error = error + 2e-3 * (means.shape[1] * variance + (means.var(axis=0)).sum())
    leading = leading_excess(means.shape[1], t, variance)
    assert leading - 7 * error[0] <= mean[0] <= leading + label_excess_bound(means, t, variance) + 7 * error[0]
    assert mean[1] <= memoriser_loss_bound(means, samples, t, variance) + 7 * error[1]


@given(sample_arrays(), st.integers(2, 30), st.floats(0.01, 2.0))
def test_without_signal_the_bounds_hold_the_exact_excess(means, samples, variance):
    assume(len(means) > 1)
    lower, _, upper = excess_bounds(means, samples, 1.0, variance)
    exact = excess_without_signal(means, samples, variance)
    assert lower <= exact * (1 + 1e-12)
    assert exact <= upper * (1 + 1e-12)
    assert exact == pytest.approx((means.shape[1] * variance + means.var(axis=0).sum()) / samples)


def test_high_dimensions_settle_the_leading_term():
    rng = np.random.default_rng(1)
    means = rng.standard_normal((12, 2048))
    lower, leading, upper = excess_bounds(means, 10_000, 0.9, 1.0)
    assert upper - lower < 1e-6 * leading
    assert excess_bounds(means[:, :8], 10_000, 0.9, 1.0).lower == 0
