"""Learnt blocks against Lemma D.1's weights and d × d matrices on the same samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.block_draws import draw_blocks
from tests.strategies import seeds
from theory.linear_autoencoder import optimal_value, optimal_weights


@given(st.integers(1, 6), st.integers(1, 8), st.data(), seeds(), st.sampled_from([0.0, 0.3, 1.5]))
def test_blocks_are_lemma_d1s_and_losses_those_of_matrices(d, n, data, seed, sigma):
    width, pairs = data.draw(st.integers(0, d)), data.draw(st.integers(1, 3))
    decay = data.draw(st.sampled_from([0.0, 0.2]))
    rng = np.random.default_rng(seed)
    spectrum, mean = rng.uniform(0.1, 2.0, d) * (rng.random(d) > 0.2), rng.standard_normal(d) * (rng.random() > 0.3)
    found = draw_blocks(spectrum, mean, n, width, sigma, decay, pairs, seed)
    assert found.train.shape == found.test.shape == (pairs, 2)
    again = np.random.default_rng(seed)
    S = np.diag(spectrum) + np.outer(mean, mean)
    for pair in range(pairs):
        denoisers = []
        for half in range(2):
            X = mean + np.sqrt(spectrum) * again.standard_normal((n, d))
            assert found.energy[pair, half] == pytest.approx((X**2).sum(axis=1).mean(), rel=1e-12)
            W = optimal_weights(X, width, sigma, decay)
            D = W @ W.T
            denoisers.append(D)
            missed = D - np.eye(d)
            test = np.trace(missed @ S @ missed.T) + sigma**2 * (D**2).sum()
            size = 1 + np.trace(S)
            assert found.test[pair, half] == pytest.approx(test, abs=1e-9 * size)
            assert found.train[pair, half] == pytest.approx(optimal_value(X, width, sigma, decay) / n, abs=1e-9 * size)
        apart = denoisers[0] - denoisers[1]
        assert found.weights[pair] == pytest.approx((apart**2).sum(), abs=1e-9)
        answers = np.trace(apart @ (S + sigma**2 * np.eye(d)) @ apart.T)
        assert found.answers[pair] == pytest.approx(answers, abs=1e-9 * (1 + np.trace(S)))


def test_directions_lost_in_rounding_are_not_learnt():
    """Four samples in a plane of R^6, up to 1e-14 of their length: two directions, not four, with σ = λ = 0."""
    spectrum = np.array([1.0, 1.0, 1e-28, 1e-28, 1e-28, 1e-28])
    found = draw_blocks(spectrum, np.zeros(6), 4, 6, 0.0, 0.0, 1, 5)
    assert found.weights[0] == pytest.approx(0, abs=1e-9)
    assert found.train == pytest.approx(np.zeros((1, 2)), abs=1e-12)
