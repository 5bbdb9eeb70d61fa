"""Block structures against Lemma D.1 and the frozen loss; the left-out error against doing it by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.block_minimizer import block_weights, frozen_loss, gate_margin, memorizing_weights
from theory.linear_autoencoder import optimal_weights
from theory.separability import regular_simplex
from theory.structures import block_structure, left_out_loss

SEEDS = st.integers(0, 10_000)


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 6), st.integers(1, 4), st.integers(0, 6), st.sampled_from([0.0, 0.02, 0.4]))
def test_the_loss_is_the_frozen_loss_of_the_columns(seed, n, d, width, decay):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    labels = np.unique(rng.integers(0, 3, n), return_inverse=True)[1]
    found = block_structure(X, labels, width, 0.2, decay)
    assert found.W.shape == (d, sum(found.widths))
    assert sum(found.widths) <= width
    loss = frozen_loss(found.W, found.W, X, labels, list(found.widths), 0.2, decay)
    assert found.frozen_loss == pytest.approx(loss, rel=1e-9)


def test_every_sample_alone_gives_the_memorising_weights():
    X = np.array([1.0, 1.3, 0.8])[:, None] * regular_simplex(3, 4)
    found = block_structure(X, np.arange(3), 7, 0.1, 0.01)
    assert found.widths == (1, 1, 1)
    np.testing.assert_allclose(found.W, memorizing_weights(X, 0.1, 0.01), atol=1e-12)


def test_blocks_are_turned_as_the_block_formula_is():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 5)
    X = regular_simplex(2, 3)[labels] + 0.1 * rng.standard_normal((10, 3))
    found = block_structure(X, labels, 4, 0.01, 1e-5)
    assert gate_margin(found.W, X, labels, list(found.widths)) > 0
    np.testing.assert_allclose(found.W, block_weights(X, labels, list(found.widths), 0.01, 1e-5), atol=1e-12)


def test_a_block_across_its_mean_stays_unturned():
    X = np.array([[1.0, 0.0], [-1.0, 0.0]])
    found = block_structure(X, np.zeros(2, dtype=int), 1, 0.1, 0.01)
    np.testing.assert_allclose(np.abs(found.W[:, 0]), [np.sqrt((2 - 0.02) / (2 + 0.02)), 0.0])


def test_decay_over_everything_leaves_no_unit():
    found = block_structure(np.eye(2), np.arange(2), 5, 0.1, 0.6)
    assert (found.widths, found.W.shape, found.frozen_loss) == ((0, 0), (2, 0), 1.0)


@settings(max_examples=40)
@given(SEEDS, st.integers(0, 3), st.sampled_from([0.0, 0.1]), st.sampled_from([0.0, 0.5]))
def test_left_out_by_hand(seed, width, sigma, decay):
    rng = np.random.default_rng(seed)
    a, b, c = rng.standard_normal((3, 4))
    members = np.array([a, b, a, c])
    errors = []
    for out, rest in ((a, [b, c]), (b, [a, a, c]), (a, [b, c]), (c, [a, b, a])):
        W = optimal_weights(np.array(rest), width, sigma, decay / len(rest))
        A = W @ W.T
        errors.append(np.sum((out - A @ out) ** 2) + sigma**2 * np.sum(A**2))
    assert left_out_loss(members, width, sigma, decay) == pytest.approx(np.mean(errors), rel=1e-9)


def test_left_out_estimates_the_error_on_fresh_samples():
    rng = np.random.default_rng(0)
    scale = np.array([3.0, 1.0, 0.3])
    estimates, fresh = [], []
    for _ in range(200):
        X = rng.standard_normal((13, 3)) * scale
        estimates.append(left_out_loss(X, 2, 0.5, 0.1))
        W = optimal_weights(X[1:], 2, 0.5, 0.1 / 12)
        A, new = W @ W.T, rng.standard_normal((200, 3)) * scale
        fresh.append(((new - new @ A) ** 2).sum(axis=1).mean() + 0.25 * (A**2).sum())
    error = np.std(estimates) / np.sqrt(200) + np.std(fresh) / np.sqrt(200)
    assert abs(np.mean(estimates) - np.mean(fresh)) < 5 * error
