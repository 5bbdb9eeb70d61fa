"""Criteria without a chosen threshold: singletons that are planted, and tests that hold their level."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from numerics.memorization_criteria import against_fresh, singleton_mass
from numerics.mixture_likelihood import maximum_likelihood
from tests.strategies import seeds


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(0, 4), st.sampled_from([0.0, 1e-3, 0.5]), seeds())
def test_planted_singletons_are_counted(singles, pairs, variance, seed):
    rng = np.random.default_rng(seed)
    X = 50.0 * np.arange(singles + 2 * pairs)[:, None] + rng.uniform(0, 1, (singles + 2 * pairs, 3))
    means = np.vstack([X[:singles], (X[singles::2] + X[singles + 1 :: 2]) / 2])
    assert singleton_mass(means, variance, X) == pytest.approx(singles / (singles + pairs))
    order = rng.permutation(len(X))
    assert singleton_mass(means, variance, X[order]) == pytest.approx(singles / (singles + pairs))
    # Copies add up: a component on a sample that occurs twice is still on one sample.
    assert singleton_mass(means, variance, np.vstack([X, X])) == pytest.approx(singles / (singles + pairs))


def test_two_components_on_one_sample_are_both_alone_with_it():
    X = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    assert singleton_mass(X[[0, 0, 1, 2]], 0.1, X) == 1.0
    # A component from which every sample is remote is on the least remote.
    assert singleton_mass(np.vstack([X, [[1e3, 0.0]]]), 0.1, X) == 1.0
    # A sample that no component sits on is shared by those nearest to it.
    assert singleton_mass(X[[0, 0, 1]], 0.1, X) == pytest.approx(1 / 3)


@settings(max_examples=40)
@given(st.integers(2, 8), st.integers(1, 6), st.floats(0.2, 2.0), seeds())
def test_the_weights_are_posteriors_by_the_density_of_each_component(N, M, variance, seed):
    rng = np.random.default_rng(seed)
    X, means = 2 * rng.standard_normal((N, 2)), 2 * rng.standard_normal((M, 2))
    density = np.array([[multivariate_normal(mean, variance * np.eye(2)).pdf(x) for mean in means] for x in X])
    posterior = density / density.sum(axis=1, keepdims=True)
    largest = (posterior / posterior.sum(axis=0)).max(axis=0)
    assume((np.abs(largest - 0.75) > 1e-9).all())
    assert singleton_mass(means, variance, X) == pytest.approx((largest > 0.75).mean())


def test_the_mass_of_a_fit_is_between_what_merging_allows():
    rng = np.random.default_rng()
    X = rng.standard_normal((24, 40))
    fit = maximum_likelihood(X, 18, seeds=[0])
    # 6 samples join: pairs leave 12 singletons, and one group of seven leaves 17.
    assert 12 / 18 - 1e-9 <= singleton_mass(fit.means[0], float(fit.variance[0]), X) <= 17 / 18 + 1e-9


@settings(max_examples=5)
@given(seeds())
def test_draws_of_the_datas_own_law_hold_the_level(seed):
    """Five standard errors of the shares, both sides of which are sampled: 6e-7 for each of three."""
    rng = np.random.default_rng(seed)
    X, samples, fresh = (rng.standard_normal((count, 5)) for count in (20, 2000, 2000))
    found = against_fresh(samples, fresh, X, 0.1)
    error = np.sqrt(0.1 * 0.9 * 2 / 2000)
    assert abs(found.nearer - 0.1) <= 5 * error
    assert abs(found.clearer - 0.1) <= 5 * error
    assert abs(found.rank - 0.5) <= 5 / np.sqrt(6 * 2000)
    assert 0 < found.threshold < 1


def test_copies_are_found():
    rng = np.random.default_rng(0)
    X, fresh = rng.standard_normal((10, 5)), rng.standard_normal((300, 5))
    found = against_fresh(X, fresh, X, 0.05)
    assert (found.nearer, found.clearer, found.rank) == (1.0, 1.0, 1.0)
