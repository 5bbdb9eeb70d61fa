"""Merging and splitting change neither the denoiser nor the decay, and gradients by the shares alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.column_splitting import Merger
from numerics.objective import expected_loss, loss_and_gradient
from tests.strategies import seeds


@settings(max_examples=40)
@given(seeds(), st.integers(1, 4), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_balanced_columns_merge_into_one_and_split_back(seed, d, sizes):
    rng = np.random.default_rng(seed)
    W1, W2, X = rng.standard_normal((d, len(sizes))), rng.standard_normal((d, len(sizes))), rng.standard_normal((3, d))
    if d == 1:
        W1, W2, sizes = W1[:, :1], W2[:, :1], sizes[:1]
    group = np.repeat(np.arange(len(sizes)), sizes)
    shares = rng.uniform(0.1, 1, len(group))
    shares /= np.sqrt(np.bincount(group, shares**2)[group])
    split1, split2 = W1[:, group] * shares, W2[:, group] * shares
    merger = Merger.of(split1, split2, 1e-12)
    assert merger.W1.shape == merger.W2.shape == W1.shape
    assert merger.found_any == (len(group) > len(sizes))
    order = [int(merger.group[np.flatnonzero(group == g)[0]]) for g in range(len(sizes))]
    np.testing.assert_allclose(merger.W1[:, order], W1, rtol=0, atol=1e-13)
    np.testing.assert_allclose(merger.W2[:, order], W2, rtol=0, atol=1e-13)
    for found, expected in zip(merger.split(merger.W1, merger.W2), (split1, split2), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    merged, *slopes = loss_and_gradient(merger.W1, merger.W2, X, 0.5, 0.1)
    loss, *split_slopes = loss_and_gradient(split1, split2, X, 0.5, 0.1)
    assert loss == pytest.approx(merged, rel=1e-12)
    for found, expected in zip(split_slopes, merger.split(slopes[0], slopes[1]), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * (1 + loss))


def test_parallel_encoders_merge_whatever_their_decoders():
    """Σ_j v_j [w_j·y]_+ is one unit; the ratio of the layers' sizes is kept."""
    rng = np.random.default_rng(1)
    W1 = rng.standard_normal((3, 1)) * np.array([1.0, 2.0, 0.5])
    W2, X = rng.standard_normal((3, 3)), rng.standard_normal((2, 3))
    merger = Merger.of(W1, W2, 1e-12)
    assert merger.W1.shape == (3, 1)
    assert expected_loss(merger.W1, merger.W2, X, 0.5, 0.0) == pytest.approx(
        expected_loss(W1, W2, X, 0.5, 0.0), rel=1e-12
    )
    ratio = np.linalg.norm(W1) / np.linalg.norm(W2)
    assert np.linalg.norm(merger.W1) / np.linalg.norm(merger.W2) == pytest.approx(ratio, rel=1e-12)
    mass = np.linalg.norm(W1, axis=0) * np.linalg.norm(W2, axis=0)
    np.testing.assert_allclose(merger.share, np.sqrt(mass / mass.sum()), rtol=1e-14)


def test_the_slack_decides_what_merges():
    """Masses 4 and 1 at an angle of cosine 0.6: 1·(1 − 0.6)/5 = 0.08; the lighter column joins the heavier."""
    W = np.array([[0.6, 2.0], [0.8, 0.0]])
    assert not Merger.of(W, W, 0.0799).found_any
    merger = Merger.of(W, W, 0.0801)
    assert merger.found_any
    np.testing.assert_allclose(merger.share, np.sqrt([0.2, 0.8]), rtol=1e-14)
    towards = (W * [1.0, 2.0]).sum(axis=1)
    np.testing.assert_allclose(merger.W1[:, 0] / np.linalg.norm(merger.W1), towards / np.linalg.norm(towards))


def test_columns_without_mass_and_opposite_decoders():
    W1 = np.array([[1.0, 1.0, 0.0, 2.0], [0.0, 0.0, 1.0, 0.0]])
    W2 = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    merger = Merger.of(W1, W2, 1.0)
    assert not merger.found_any
    for found, expected in zip(merger.split(merger.W1, merger.W2), (W1, W2), strict=True):
        np.testing.assert_array_equal(found, expected)
    opposite = Merger.of(W1[:, :2], np.array([[1.0, -1.0], [0.0, 0.0]]), 0.0)
    assert opposite.W1.shape == (2, 1)
    assert not opposite.W1.any()
    assert not opposite.W2.any()
    assert not Merger.of(np.zeros((2, 0)), np.zeros((2, 0)), 1.0).found_any
