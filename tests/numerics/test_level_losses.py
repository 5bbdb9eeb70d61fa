"""Losses by level: one Gaussian in closed form, the memoriser, ends of the grid, and pairing of the noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.level_losses import level_losses
from tests.strategies import seeds


@settings(max_examples=20)
@given(st.integers(1, 5), st.floats(0, 3), st.floats(0.01, 0.99), seeds())
def test_one_gaussian_has_a_closed_loss(d, variance, t, seed):
    """Five standard errors, 6e-7: sum of d squares of Gaussians with mean a(x − μ) and deviation b."""
    rng = np.random.default_rng(seed)
    X, mean, draws = rng.standard_normal((7, d)), rng.standard_normal((1, d)), 300
    square = 1 - t**2
    noised = square * variance + t**2
    a, b = t**2 / noised, np.sqrt(square) * variance * t / noised
    apart = (a * (X - mean)) ** 2
    expected = apart.sum(axis=1).mean() + d * b**2
    deviation = np.sqrt((2 * d * b**4 + 4 * b**2 * apart.sum(axis=1)).mean() / (7 * draws))
    found = level_losses(mean, variance, X, np.array([t]), draws, seed)[0]
    assert abs(found - expected) <= 5.5 * deviation + 1e-12


def test_the_ends_of_the_grid():
    rng = np.random.default_rng(3)
    X, means = rng.standard_normal((6, 3)), rng.standard_normal((4, 3))
    start, end = level_losses(means, 0.5, X, np.array([0.0, 1.0]), 2, 0)
    assert start == pytest.approx(0, abs=1e-20)
    assert end == pytest.approx(((means.mean(axis=0) - X) ** 2).sum(axis=1).mean(), rel=1e-12)


def test_the_memoriser_of_some_samples_loses_on_the_others_alone():
    X = 10 * np.eye(4)
    losses = level_losses(X[:3], 0.0, X, np.array([0.001]), 4, 1)
    # The fourth sample is as far from each of the others, and ends at one of them or between.
    assert 100 / 4 <= losses[0] <= 200 / 4 + 1e-9


def test_noise_is_that_of_the_level_and_the_seed():
    X, mean = np.zeros((5, 2)), np.zeros((1, 2))
    both = level_losses(mean, 1.0, X, np.array([0.5, 0.5]), 3, 7)
    assert both[0] != both[1]
    assert np.array_equal(both, level_losses(mean, 1.0, X, np.array([0.5, 0.5]), 3, 7))
    assert not np.array_equal(both, level_losses(mean, 1.0, X, np.array([0.5, 0.5]), 3, 8))
