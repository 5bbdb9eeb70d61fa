"""The empirical denoiser against loops in mpmath, automatic differentiation and the flow that it should follow."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import SIDES, rotations, sample_arrays, seeds
from theory.empirical_denoiser import (
    DENOISED,
    NEXT_SIGMA,
    POINT,
    SAMPLING_STEP,
    SCORE,
    SIGMA,
    empirical_denoiser,
    sampling_step,
    score,
)

NOISE = st.floats(0.05, 5.0)


def posterior_mean(y, X, sigma):
    """Bayes' rule over the samples with 60 digits: no maximum needs to be taken off."""
    with mpmath.workdps(60):
        squares = [mpmath.fsum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 for a, b in zip(y, x, strict=True)) for x in X]
        likelihoods = [mpmath.exp(-square / (2 * mpmath.mpf(sigma) ** 2)) for square in squares]
        total = mpmath.fsum(likelihoods)
        mean = [mpmath.fsum(p * mpmath.mpf(x[j]) for p, x in zip(likelihoods, X, strict=True)) for j in range(len(y))]
        return [float(m / total) for m in mean]


@given(st.data(), sample_arrays(), st.integers(1, 3), NOISE, seeds())
def test_the_denoiser_is_the_posterior_mean(data, X, m, sigma, seed):
    y = np.random.default_rng(seed).standard_normal((m, X.shape[1])) * data.draw(st.sampled_from([0.1, 1.0, 3.0]))
    found = empirical_denoiser(y, X, sigma)
    assert found.shape == y.shape
    expected = np.array([posterior_mean(row, X, sigma) for row in y.tolist()])
    # The exponents are as large as the squared distances in units of σ², and so is their rounding.
    distances = ((y[:, None] - X) ** 2).sum(-1).max() / sigma**2
    assert np.allclose(found, expected, rtol=0, atol=1e-14 * (1 + distances) * (1 + np.abs(X).max()))


@given(sample_arrays(), st.integers(1, 3), st.floats(0.2, 5.0), seeds())
def test_the_score_is_the_gradient_of_the_log_density(X, m, sigma, seed):
    y = torch.tensor(np.random.default_rng(seed).standard_normal((m, X.shape[1])), requires_grad=True)
    distances = ((y[:, None, :] - torch.tensor(X)[None]) ** 2).sum(-1)
    torch.logsumexp(-distances / (2 * sigma**2), dim=1).sum().backward()
    assert y.grad is not None
    largest = float(distances.detach().max())
    found = score(y.detach().numpy(), X, sigma)
    assert np.allclose(found, y.grad.numpy(), rtol=1e-9, atol=1e-11 * (1 + largest / sigma**4))


@given(st.data(), sample_arrays(), NOISE)
def test_turning_everything_turns_the_answer(data, X, sigma):
    Q = data.draw(rotations(X.shape[1]))
    y = X[:2] + 0.1
    turned = empirical_denoiser(y @ Q.T, X @ Q.T, sigma)
    scale = 1 + ((y[:, None] - X) ** 2).sum(-1).max() / sigma**2
    assert np.allclose(turned, empirical_denoiser(y, X, sigma) @ Q.T, atol=1e-12 * scale)


@given(sample_arrays(), seeds())
def test_little_noise_picks_the_nearest_sample_without_overflow(X, seed):
    y = np.random.default_rng(seed).standard_normal((2, X.shape[1]))
    found = empirical_denoiser(y, X, 1e-6)
    for row, answer in zip(y, found, strict=True):
        squares = np.sort(((X - row) ** 2).sum(axis=1))
        nearest = X[((X - row) ** 2).sum(axis=1) <= squares[0] + 1e-9]
        if np.ptp(nearest, axis=0).max() < 1e-12:
            assert np.allclose(answer, nearest[0], atol=1e-12)


@given(SIDES, st.integers(1, 4), st.floats(0.1, 3.0), st.floats(0.0, 1.0), seeds())
def test_a_step_keeps_the_direction_of_the_noise_and_scales_it(d, m, sigma, share, seed):
    y, denoised = np.random.default_rng(seed).standard_normal((2, m, d))
    after = sampling_step(y, denoised, sigma, share * sigma)
    assert np.allclose(after - denoised, share * (y - denoised), rtol=1e-12, atol=1e-14)
    assert np.allclose(sampling_step(y, denoised, sigma, 0.0), denoised, atol=1e-14)
    assert np.allclose(sampling_step(y, denoised, sigma, sigma), y, atol=1e-14)


def test_small_steps_follow_the_probability_flow():
    """dy/dσ = −σ∇log p(y): one sample at x is a straight line to it, whose end is known: y(σ') = x + (σ'/σ)(y − x)."""
    x, y, levels = np.array([[1.0, -2.0]]), np.array([[3.0, 0.5]]), np.geomspace(1.0, 0.01, 60)
    expected = x + 0.01 * (y - x)
    for sigma, following in itertools.pairwise(levels):
        slope = -sigma * score(y, x, sigma)
        stepped = sampling_step(y, empirical_denoiser(y, x, sigma), sigma, following)
        assert np.allclose(stepped, y + (following - sigma) * slope, rtol=1e-12)
        y = stepped
    assert np.allclose(y, expected, rtol=1e-12)


def test_the_symbols_by_hand():
    values = {POINT: 5, DENOISED: 2, SIGMA: 4, NEXT_SIGMA: 3}
    assert SCORE.subs(values) == -sp.Rational(3, 16)
    assert SAMPLING_STEP.subs(values) == 2 + sp.Rational(9, 4)


@pytest.mark.parametrize("next_sigma", [0.5, 0.25])
def test_a_step_may_go_down_to_any_level(next_sigma):
    assert sampling_step(np.array([[4.0]]), np.array([[2.0]]), 0.5, next_sigma)[0, 0] == 2 + 4 * next_sigma
