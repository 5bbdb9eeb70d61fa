"""Sampled losses of the true parameters and the memoriser against exact values where there are any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.excess_draws import loss_draws
from numerics.sphere_mixture import means_on_sphere
from tests.strategies import seeds


@settings(max_examples=12)
@given(st.integers(1, 5), st.floats(0.1, 1.0), st.floats(0.1, 2.0), seeds())
def test_one_component_and_one_sample_are_exact(d, t, variance, seed):
    """K = 1: the loss of x̄⋆ is dσ⋆²t²/(α²σ⋆² + t²) on average; N = 1: the memoriser loses nothing."""
    means = means_on_sphere(np.random.default_rng(seed), 1, d)
    found = loss_draws(means, 1, t, variance, sets=40, draws=40, seed=seed)
    expected = d * variance * t**2 / ((1 - t * t) * variance + t * t)
    error = found.generaliser.std(ddof=1) / np.sqrt(40)
    # Seven standard errors of 39 degrees of freedom: false-alarm rate 2e-8. And nine of the largest that there can be,
    # all draws of a set alike: 1e-8 for the tail of χ² over its mean.
    assert abs(found.generaliser.mean() - expected) <= min(7 * error, 9 * expected * np.sqrt(2 / d / 40))
    assert np.allclose(found.memoriser, 0, atol=1e-20)


def test_no_variance_and_one_component_lose_nothing():
    found = loss_draws(means_on_sphere(np.random.default_rng(0), 1, 3), 4, 0.7, 0.0, sets=2, draws=3, seed=1)
    assert np.allclose(found, 0, atol=1e-20)


def test_without_signal_both_lose_their_variance():
    means = means_on_sphere(np.random.default_rng(3), 4, 6)
    found = loss_draws(means, 3, 1.0, 0.5, sets=400, draws=1, seed=5)
    spread = 6 * 0.5 + means.var(axis=0).sum()
    for losses, expected in zip(found, (spread, 2 * spread / 3), strict=True):
        assert losses.mean() == pytest.approx(expected, abs=6 * losses.std() / np.sqrt(400))
