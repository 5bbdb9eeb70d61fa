"""Train and test losses: a second route for each, exact networks, and degenerate quotients."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.affine_objective import affine_loss
from numerics.loss_ratio import train_test_losses
from tests.strategies import networks, noise_levels, sample_arrays, seeds
from theory.block_minimizer import memorizing_weights
from theory.separability import regular_simplex


@settings(max_examples=20)
@given(sample_arrays(), st.integers(0, 4), st.integers(1, 4), noise_levels(), st.data())
def test_both_losses_by_the_objective_with_biases(train, p, m, sigma, data):
    d = train.shape[1]
    W1, W2 = data.draw(networks(d, p))
    test = np.random.default_rng(data.draw(seeds())).standard_normal((m, d))
    found = train_test_losses(W1, W2, train, test, sigma)
    expected = [affine_loss(W1, np.zeros(p), W2, np.zeros(d), X, sigma) for X in (train, test)]
    assert found[:2] == pytest.approx(expected, rel=1e-10, abs=1e-10)
    assert found.ratio == pytest.approx(found.train / found.test, rel=1e-15)


@settings(max_examples=10)
@given(st.integers(2, 5), st.floats(0.01, 0.1))
def test_a_memoriser_denoises_its_samples_and_not_their_opposites(n, sigma):
    X = regular_simplex(n, n + 1)
    W = memorizing_weights(X, sigma, 0.0)
    found = train_test_losses(W, W, X, np.eye(n + 1)[-1:], sigma)
    assert found.ratio < 0.1
    assert train_test_losses(W, W, X, X, sigma).ratio == 1


def test_losses_by_hand_and_quotients_of_zero():
    W, one, minus_one, minus_two = np.array([[1.0, -1.0]]), np.ones((1, 1)), -np.ones((1, 1)), np.full((1, 1), -2.0)
    assert train_test_losses(W, W, one, minus_two, 0.0) == (0, 0, 1)
    half = W[:, :1]
    assert train_test_losses(half, half, np.vstack([minus_two, one]), minus_one, 0.0) == (2, 1, 2)
    assert train_test_losses(half, half, minus_two, one, 0.0) == (4, 0, math.inf)


def test_a_stack_gives_the_numbers_of_each():
    rng = np.random.default_rng(0)
    W1, W2 = rng.standard_normal((2, 2, 3, 4, 5))
    train, test = rng.standard_normal((6, 4)), rng.standard_normal((7, 4))
    found = train_test_losses(W1, W2, train, test, 0.5)
    for place in np.ndindex(2, 3):
        alone = train_test_losses(W1[place], W2[place], train, test, 0.5)
        assert [each[place] for each in found] == pytest.approx(list(alone), rel=1e-12)
