"""The memorisation ratio: against brute force, with copies among the training samples, and at its edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from numerics.memorization_ratio import memorization_ratio, two_nearest
from tests.strategies import seeds

THRESHOLDS = (1 / 16, 1 / 9, 1 / 4)


@settings(max_examples=30)
@given(st.integers(2, 30), st.integers(1, 6), st.floats(0, 1e3), seeds())
def test_distances_are_those_of_brute_force(n, d, offset, seed):
    rng = np.random.default_rng(seed)
    X, samples = offset + rng.standard_normal((n, d)), offset + rng.standard_normal((2, 9, d))
    expected = np.sort(cdist(samples.reshape(-1, d), X) ** 2, axis=1)[:, :2].reshape(2, 9, 2)
    assert np.allclose(two_nearest(samples, X), expected, rtol=1e-9, atol=1e-12)
    ratio = memorization_ratio(samples, X, np.array(THRESHOLDS))
    assert ratio.shape == (2, 3)
    for k, c in enumerate(THRESHOLDS):
        assert np.array_equal(ratio[:, k], (expected[..., 0] <= c * expected[..., 1]).mean(axis=1))


@settings(max_examples=30)
@given(st.integers(2, 8), st.integers(1, 4), seeds())
def test_training_samples_are_memorised_and_midpoints_are_not(n, d, seed):
    X = np.random.default_rng(seed).standard_normal((n, d))
    assert memorization_ratio(X, X, 0.01) == 1.0
    middle = cdist(X, X)
    np.fill_diagonal(middle, np.inf)
    i, j = np.unravel_index(middle.argmin(), middle.shape)
    assert memorization_ratio((X[[i]] + X[[j]]) / 2, X, 0.99) == 0.0


@settings(max_examples=30)
@given(st.integers(2, 8), st.integers(2, 4), seeds())
def test_copies_among_the_training_samples_count_once(n, copies, seed):
    rng = np.random.default_rng(seed)
    X, samples = rng.standard_normal((n, 3)), rng.standard_normal((6, 3))
    assert np.allclose(two_nearest(samples, np.repeat(X, copies, axis=0)), two_nearest(samples, X), rtol=1e-12)
    assert memorization_ratio(X, np.vstack([X, X]), 1 / 9) == 1.0


def test_the_threshold_is_met_with_equality():
    X = np.array([[0.0], [4.0]])
    assert memorization_ratio(np.array([[1.0]]), X, 1 / 9) == 1.0
    assert memorization_ratio(np.array([[1.0 + 1e-9]]), X, 1 / 9) == 0.0


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    X, samples = rng.standard_normal((5, 2)), rng.standard_normal((11, 2))
    whole = two_nearest(samples, X)
    monkeypatch.setattr("numerics.memorization_ratio._BLOCK", 10)
    assert np.allclose(two_nearest(samples, X), whole, rtol=1e-14)


@pytest.mark.parametrize("X", [[[1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]])
def test_one_distinct_sample_has_no_second(X):
    with pytest.raises(ValueError, match="X must hold at least two distinct samples, got 1"):
        memorization_ratio(np.zeros((1, 2)), np.array(X), 1 / 9)
