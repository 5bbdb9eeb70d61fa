"""Memorisation predicted without diffusion: against simulated starts, fitted mixtures, limits, and its own order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.memorization_ratio import memorization_ratio
from numerics.mixture_likelihood import maximum_likelihood
from theory.crossover import nearest_neighbour_crossover
from theory.singleton_mass import predicted_crossing, predicted_ratio, predicted_singletons, singleton_mass

THRESHOLDS = (1 / 16, 1 / 9, 1 / 4)
# What the two approximations may cost.
ALLOWED = 0.015


def clusters(rng, N, d, K, data_variance):
    means = rng.standard_normal((K, d))
    means *= np.sqrt(d) / np.linalg.norm(means, axis=1, keepdims=True)
    return means[rng.integers(K, size=N)] + np.sqrt(data_variance) * rng.standard_normal((N, d))


def joined(rng, X, M):
    """Components in the statement's words: M samples, and each other one goes to the nearest of them."""
    start = rng.choice(len(X), M, replace=False)
    squared = ((X[:, None] - X[start]) ** 2).sum(axis=2)
    member = squared.argmin(axis=1)
    means = np.array([X[member == j].mean(axis=0) for j in range(M)])
    variance = ((X - means[member]) ** 2).mean()
    draws = means[rng.integers(M, size=500)] + np.sqrt(variance) * rng.standard_normal((500, X.shape[1]))
    ratios = memorization_ratio(draws, X, np.array(THRESHOLDS))
    return [variance, np.mean(np.bincount(member) == 1), *np.asarray(ratios)]


@pytest.mark.parametrize(
    ("N", "d", "K", "data_variance", "fraction", "sets"),
    [
        (200, 50, 12, 1.0, 0.8, 40),
        (60, 20, 3, 4.0, 0.8, 40),
        (40, 120, 1, 0.25, 0.7, 40),
        (100, 16, 5, 0.04, 0.9, 40),
        # Many merged samples in few dimensions: they too stand near the draws of components on one sample.
        (200, 12, 2, 1.0, 0.65, 100),
    ],
)
def test_simulated_starts_have_the_predicted_means(N, d, K, data_variance, fraction, sets):
    """Within five standard errors over data sets (3e-6 for each of 25 numbers) and what approximations may cost."""
    rng, M = np.random.default_rng([7, N, d]), round(fraction * N)
    found = np.array([joined(rng, clusters(rng, N, d, K, data_variance), M) for _ in range(sets)])
    found[:, 0] /= data_variance
    first, *others = (singleton_mass(N, d, K, data_variance, c, float(M)) for c in THRESHOLDS)
    predicted = [first.variance, first.singletons, first.memorized, *(each.memorized for each in others)]
    errors = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - predicted) <= 5 * errors + ALLOWED).all()
    # An eighth fewer components would be noticed.
    fewer = singleton_mass(N, d, K, data_variance, THRESHOLDS[1], 7 * M / 8)
    assert abs(fewer.variance - found[:, 0].mean()) > 5 * errors[0] + ALLOWED


def test_maximum_likelihood_from_samples_ends_where_predicted():
    """The printed experiment, N = 200, d = 50, K = 12, near its transition: 16 fits, five standard errors."""
    N, d, K, seeds = 200, 50, 12, range(16)
    X = np.stack([clusters(np.random.default_rng([11, seed]), N, d, K, 1.0) for seed in seeds])
    fit = maximum_likelihood(X, 156, seeds=list(seeds))
    assert fit.converged.all()
    rng = np.random.default_rng(12)
    ratios = []
    for means, variance, rows in zip(fit.means, fit.variance, X, strict=True):
        draws = means[rng.integers(156, size=500)] + np.sqrt(variance) * rng.standard_normal((500, d))
        ratios.append(float(memorization_ratio(draws, rows, 1 / 9)))
    predicted = singleton_mass(N, d, K, 1.0, 1 / 9, 156.0)
    for values, expected in ((fit.variance, predicted.variance), (np.array(ratios), predicted.memorized)):
        assert abs(values.mean() - expected) <= 5 * values.std(ddof=1) / 4 + ALLOWED


@settings(max_examples=6)
@given(
    N=st.integers(20, 200),
    d=st.integers(8, 80),
    K=st.integers(1, 8),
    data_variance=st.floats(0.05, 4.0),
    fraction=st.floats(0.2, 0.95),
)
def test_ratio_rises_with_threshold_and_components_and_never_passes_the_singletons(N, d, K, data_variance, fraction):
    M = max(1.0, fraction * N)
    at = [singleton_mass(N, d, K, data_variance, c, M) for c in (0.05, 0.2)]
    assert 0 <= at[0].memorized <= at[1].memorized + 1e-6 <= at[1].singletons + 1e-3 <= 1 + 1e-3
    more = singleton_mass(N, d, K, data_variance, 0.2, M + (N - M) / 2)
    assert more.memorized >= at[1].memorized - 1e-6
    assert more.variance < at[1].variance
    assert more.singletons > at[1].singletons


@settings(max_examples=10)
@given(st.integers(2, 300), st.integers(2, 300), st.integers(1, 20), st.floats(0.01, 10.0), st.floats(0.01, 0.99))
def test_all_samples_as_components_are_all_memorised(N, d, K, data_variance, c):
    assert singleton_mass(N, d, K, data_variance, c, float(N)) == (0.0, 1.0, 1.0)


def test_crossing_tends_to_the_limit_of_many_dimensions():
    away = [predicted_crossing(60, d, 1, 1.0, 1 / 9) - nearest_neighbour_crossover(1 / 9) for d in (32, 512)]
    assert abs(away[1]) < abs(away[0]) / 2
    assert abs(away[1]) < 0.02


def test_crossing_is_where_the_ratio_is_the_level():
    crossing = predicted_crossing(50, 20, 2, 1.0, 1 / 9, 0.3)
    assert predicted_ratio(50, 20, 2, 1.0, 1 / 9, 50 * crossing) == pytest.approx(0.3, abs=5e-3)


@pytest.mark.parametrize("fraction", [0.3, 0.8, 1.0])
def test_the_share_of_singletons_alone_is_that_of_all_at_once(fraction):
    found = predicted_singletons(30, 12, 3, 0.5, 30 * fraction)
    assert found == pytest.approx(singleton_mass(30, 12, 3, 0.5, 1 / 9, 30 * fraction).singletons)


def test_one_component_of_two_samples_keeps_neither_alone():
    assert predicted_singletons(2, 3, 1, 1.0, 1.0) == pytest.approx(0.0, abs=1e-12)
    assert predicted_singletons(2, 3, 1, 1.0, 2.0) == 1.0


def test_a_sampler_with_the_models_own_variance_draws_exactly_and_a_narrower_one_memorises_more():
    exact, same, narrow = (
        predicted_ratio(40, 20, 3, 0.5, 1 / 9, 28.0, each) for each in (None, lambda v: v, lambda v: v / 2)
    )
    assert exact == same < narrow
