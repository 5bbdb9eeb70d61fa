"""Sampling from mixtures: steps and flows of closed form, the order of the steps, batches, and the law of draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from numerics.mixture_sampling import ddim, exact_draws
from tests.strategies import seeds

PRINTED = np.linspace(0.999, 0.001, 26)


def signal(t):
    return np.sqrt((1 - t) * (1 + t))


@settings(max_examples=40)
@given(st.integers(1, 5), st.floats(0, 3), st.sampled_from([1.0, 0.999]), st.booleans(), seeds())
def test_one_gaussian_has_closed_steps(d, variance, start, to_the_end, seed):
    rng = np.random.default_rng(seed)
    mean, noise = rng.standard_normal((2, 1, d))
    grid = np.append(np.linspace(start, 0.001, 26), [0.0] if to_the_end else [])
    alpha = signal(grid)
    spread = alpha**2 * variance + grid**2
    # Each step multiplies the distance from the noised mean by (αα's² + tt')/v.
    factor = np.prod((alpha[:-1] * alpha[1:] * variance + grid[:-1] * grid[1:]) / spread[:-1])
    expected = alpha[-1] * mean + factor * (noise - alpha[0] * mean)
    assert np.allclose(ddim(mean, variance, grid, noise), expected, rtol=1e-10, atol=1e-12)


def mass_below(x, t, means, variance):
    """Distribution function of a noised mixture on the line; the exact flow keeps it."""
    return ndtr((x - signal(t) * means.T) / np.sqrt(signal(t) ** 2 * variance + t**2)).mean(axis=1, keepdims=True)


@settings(max_examples=5)
@given(st.integers(1, 6), st.floats(0.05, 1), seeds())
def test_finer_steps_approach_the_flow_to_first_order(M, variance, seed):
    rng = np.random.default_rng(seed)
    means, noise = rng.standard_normal((M, 1)), rng.standard_normal((7, 1))
    start, end = 0.999, 0.05
    kept = mass_below(noise, start, means, variance)

    def errors(steps):
        found = ddim(means, variance, np.linspace(start, end, steps + 1), noise)
        return mass_below(found, end, means, variance) - kept

    coarse, fine = errors(300), errors(600)
    assert np.abs(fine).max() < 0.02
    # Halving the step halves the error: what is left after extrapolation is far smaller.
    assert np.abs(2 * fine - coarse).max() <= 0.05 * np.abs(coarse).max() + 1e-5


def test_steps_of_a_batch_are_those_of_each_model():
    rng = np.random.default_rng(5)
    means, noise = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 3, 6, 4))
    variance, components = rng.uniform(0, 1, (2, 3)), rng.integers(1, 6, (2, 3))
    whole = ddim(means, variance, PRINTED, noise, components=components)
    for place in np.ndindex(2, 3):
        alone = ddim(means[place][: components[place]], variance[place], PRINTED, noise[place])
        assert np.allclose(whole[place], alone, rtol=1e-12, atol=1e-12)


def test_blocks_of_points_change_nothing(monkeypatch):
    rng = np.random.default_rng(6)
    means, noise = rng.standard_normal((4, 2)), rng.standard_normal((9, 2))
    whole = ddim(means, 0.1, PRINTED, noise)
    monkeypatch.setattr("numerics.mixture_sampling._BLOCK", 8)
    assert np.allclose(ddim(means, 0.1, PRINTED, noise), whole, rtol=1e-13, atol=1e-13)


def test_without_variance_the_end_is_at_a_mean():
    rng = np.random.default_rng(7)
    means = 5 * rng.standard_normal((6, 3))
    found = ddim(means, 0.0, np.append(PRINTED, 0.0), rng.standard_normal((20, 3)))
    assert np.abs(found[:, None] - means).max(axis=2).min(axis=1).max() < 1e-12


def test_the_arguments_are_left_alone():
    noise = np.ones((2, 1))
    ddim(np.zeros((1, 1)), 1.0, PRINTED, noise)
    assert (noise == 1).all()


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 3), st.floats(0, 2), seeds())
def test_draws_have_the_law_of_the_mixture(M, d, variance, seed):
    """Share of each component and moments within it, at 5 standard errors: 6e-7 a number, some 40 numbers at most."""
    count = 2000
    means = 100.0 * np.arange(M)[:, None] + np.arange(d)
    draws = exact_draws(means, variance, count, seed)
    label = np.round((draws - np.arange(d)).mean(axis=1) / 100).astype(int)
    assert label.min() >= 0
    assert label.max() < M
    z = draws - means[label]
    for k in range(M):
        share = 1 / M
        assert abs((label == k).mean() - share) <= 5 * np.sqrt(share * (1 - share) / count)
        among = (label == k).sum()
        assert np.abs(z[label == k].mean(axis=0)).max() <= 5 * np.sqrt(variance / among) + 1e-12
    assert np.abs((z**2).mean(axis=0) - variance).max() <= 5 * np.sqrt(2 / count) * variance * 1.2 + 1e-12


def test_draws_of_a_batch_use_each_models_components_and_variance():
    means = np.arange(12.0).reshape(2, 3, 2)
    draws = exact_draws(means, np.array([0.0, 1e-6]), 500, 3, components=[1, 3])
    assert (draws[0] == means[0, 0]).all()
    assert {tuple(row) for row in np.round(draws[1]).tolist()} == {tuple(row) for row in means[1].tolist()}
    assert np.array_equal(draws, exact_draws(means, np.array([0.0, 1e-6]), 500, 3, components=[1, 3]))
    assert not np.array_equal(draws, exact_draws(means, np.array([0.0, 1e-6]), 500, 4, components=[1, 3]))


def test_exact_and_fine_sampling_agree_in_law():
    """Mean and variance along one axis, at 5 standard errors of each (6e-7 each) and the bias of the steps."""
    rng = np.random.default_rng()
    means, count = np.array([[-2.0, 0.0], [2.0, 1.0], [0.0, -2.0]]), 4000
    noise = rng.standard_normal((count, 2))
    found = ddim(means, 0.25, np.linspace(1.0, 0.0, 401), noise)
    drawn = exact_draws(means, 0.25, count, int(rng.integers(2**31)))
    for statistic in (lambda x: x[:, 0], lambda x: x[:, 0] ** 2, lambda x: x[:, 0] * x[:, 1], lambda x: x[:, 1] ** 3):
        first, second = statistic(found), statistic(drawn)
        error = np.sqrt((first.var() + second.var()) / count)
        assert abs(first.mean() - second.mean()) <= 5 * error + 0.06


@pytest.mark.parametrize("components", [2.5, 0, 4, [1, 1]])
def test_components_must_be_a_number_of_the_means(components):
    with pytest.raises(ValueError, match="components must"):
        ddim(np.zeros((3, 2)), 1.0, PRINTED, np.zeros((1, 2)), components=components)
