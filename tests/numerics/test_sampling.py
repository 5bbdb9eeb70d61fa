"""The sampler: against flows and steps that are known, its order, and the rays that networks without biases keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.sampling import follow_flow, sample
from tests.strategies import networks, seeds
from theory.empirical_denoiser import empirical_denoiser


@given(st.floats(0.0, 1.5), st.floats(0.1, 3.0), st.floats(0.05, 0.9), seeds())
def test_a_linear_denoiser_has_a_power_law(gain, start, share, seed):
    y = np.random.default_rng(seed).standard_normal((3, 2))
    end = share * start
    found = follow_flow(lambda points, sigma: gain * points, y, np.geomspace(start, end, 60))
    assert np.allclose(found, y * share ** (1 - gain), rtol=1e-5)


def gaussian_error(count):
    """A denoiser that uses its level: s/(s + σ²), whose flow goes with √(s + σ²)."""
    found = follow_flow(
        lambda points, sigma: points / (1 + sigma**2), np.ones((1, 1)), np.geomspace(2.0, 0.5, count + 1)
    )
    return abs(found[0, 0] - (1.25 / 5) ** 0.5)


def test_the_integrator_is_of_order_four():
    assert gaussian_error(8) / gaussian_error(16) == pytest.approx(16, rel=0.2)
    assert gaussian_error(64) < 1e-8


@given(st.floats(0.1, 3.0), seeds())
def test_steps_to_a_constant_end_there(start, seed):
    y, aim = np.random.default_rng(seed).standard_normal((2, 3, 4))
    assert np.allclose(sample(lambda points, sigma: aim, y, start * np.array([1.0, 0.5, 0.0])), aim, atol=1e-14)
    assert np.allclose(
        sample(lambda points, sigma: aim, y, start * np.array([1.0, 0.25])), aim + 0.25 * (y - aim), atol=1e-13
    )
    assert np.array_equal(sample(lambda points, sigma: aim, y, np.array([start])), y)


def test_each_step_asks_at_its_own_level():
    asked = []

    def denoiser(points, sigma):
        asked.append(sigma)
        return points

    sample(denoiser, np.ones((1, 1)), np.array([3.0, 2.0, 0.0]))
    assert asked == [3.0, 2.0]


@given(st.data(), st.integers(1, 4), st.integers(0, 5), st.floats(-0.5, 0.9), st.floats(0.01, 50.0), seeds())
def test_networks_without_biases_keep_rays(data, d, p, skip, factor, seed):
    W1, W2 = data.draw(networks(d, p))
    y = np.random.default_rng(seed).standard_normal((2, d))
    levels = np.array([2.0, 1.0, 0.3, 0.0])

    def denoiser(points, sigma):
        return skip * sigma * points + np.maximum(points @ W1, 0) @ W2.T

    end = sample(denoiser, y, levels)
    # A step may cancel all but rounding of what it starts from.
    rounding = 1e-11 * factor * (np.abs(end).max() + np.abs(y).max() * (1 + (W1**2).sum() + (W2**2).sum()))
    assert np.allclose(sample(denoiser, factor * y, levels), factor * end, rtol=1e-9, atol=rounding)


def test_the_empirical_denoiser_returns_a_sample():
    X = np.array([[1.0, 0.0], [-1.0, 0.5]])
    y = np.random.default_rng(0).standard_normal((5, 2))
    end = follow_flow(lambda points, sigma: empirical_denoiser(points, X, sigma), y, np.geomspace(1.0, 1e-4, 300))
    assert np.abs(end[:, None] - X).max(axis=2).min(axis=1).max() < 1e-3
