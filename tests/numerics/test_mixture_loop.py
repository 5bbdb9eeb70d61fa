"""Mixture refits in a loop: drift of the variance where components are far, policies, ways to fit and to draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.mixture_loop import mixture_refits
from theory import mixed_data, mixture_refit

SEEDS = st.integers(0, 2**32 - 1)


def far(components, d):
    """Means a hundred standard deviations apart."""
    return 100.0 * np.arange(components)[:, None] * np.ones(d) / np.sqrt(d)


def close(values, expected):
    """Within five standard errors: false alarms 6e-7."""
    return abs(values.mean() - expected) <= 5 * values.std() / np.sqrt(len(values))


@settings(max_examples=5)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), SEEDS)
def test_the_variance_of_far_components_drifts_as_predicted(d, components, generations, seed):
    # 1,200 fits; with 40 points none of three components is left without one (chance 3e-4 that any is).
    n = 40
    found = mixture_refits(far(components, d), 2.0, n, generations, 400, seed)
    assert found.converged.all()
    logs = np.log(found.variance / 2.0)
    drift = mixture_refit.separated_drift(n, d, components)
    for g in range(generations + 1):
        assert close(logs[g], (g + 1) * drift)
        assert close(found.variance[g] / 2.0, mixture_refit.separated_variance(n, components, g + 1))


@pytest.mark.parametrize("subsample", [False, True])
def test_one_component_keeps_the_variance_of_its_policy(subsample):
    """In one dimension a component is a Gaussian: pools by the means of their fits, 5 standard errors."""
    policy = "accumulate-subsample" if subsample else "accumulate"
    found = mixture_refits(np.zeros((1, 1)), 1.0, 5, 2, 3000, 4, policy=policy)
    if not subsample:
        for g in range(3):
            assert close(found.variance[g], mixed_data.accumulated_variance(5, g))
    assert close(found.variance[0], 0.8)
    fresh = mixture_refits(np.zeros((1, 1)), 1.0, 5, 2, 3000, 4, policy="fresh", fresh=2)
    for g, expected in enumerate(mixed_data.fresh_variances(5, 2, 3)):
        assert close(fresh.variance[g], expected)


def test_draws_by_the_posterior_mean_in_small_steps_are_exact_draws():
    """One component: DDIM of many steps loses no variance, so that the loop is the same, to a few standard errors."""
    found = mixture_refits(np.zeros((1, 2)), 1.0, 20, 1, 200, 3, grid=np.linspace(1.0, 0.0, 100))
    drift = mixture_refit.separated_drift(20, 2, 1)
    # Steps of the first order leave .9768 of a deviation where there is one Gaussian of variance one.
    assert close(np.log(found.variance[1]), 2 * drift + 2 * np.log(0.9768))


def test_fits_by_the_denoising_loss_find_the_likely_variance_of_one_component():
    likely = mixture_refits(np.zeros((1, 2)), 1.0, 30, 0, 1, 3)
    trained = mixture_refits(np.zeros((1, 2)), 1.0, 30, 0, 1, 3, method="denoiser")
    assert trained.converged.all()
    np.testing.assert_allclose(trained.variance, likely.variance, rtol=0.02)
    np.testing.assert_allclose(trained.means, likely.means, atol=0.02)


def test_a_seed_gives_one_result():
    first, again, other = (mixture_refits(far(2, 1), 1.0, 9, 1, 3, seed) for seed in (1, 1, 2))
    assert first.means.shape == (2, 3, 2, 1)
    assert first.variance.shape == first.converged.shape == (2, 3)
    np.testing.assert_array_equal(first.means, again.means)
    assert not np.array_equal(first.means, other.means)
