"""Energy of wrong gates: against the exact loss, against Monte Carlo of one gate, additive, and zero far away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.objective import expected_loss
from tests.strategies import rotations, seeds
from theory.block_minimizer import frozen_loss, memorizing_weights
from theory.turning import wrong_gate_energy


@settings(max_examples=40)
@given(st.floats(0.5, 3.0), st.floats(0.2, 2.0), st.integers(1, 5), st.data())
def test_one_unit_for_one_sample_is_exact(norm, sigma, d, data):
    """With a single unit no second gate can be wrong, so the energy is all that the frozen loss lacks."""
    X = norm * np.eye(1, d) @ data.draw(rotations(d))
    W = memorizing_weights(X, sigma, 0.1 * norm**2)
    own, other = wrong_gate_energy(W, X, np.array([0]), [1], sigma)
    lacking = expected_loss(W, W, X, sigma, 0.0) - frozen_loss(W, W, X, np.array([0]), [1], sigma, 0.0)
    assert other == 0
    assert own < 0
    assert own == pytest.approx(lacking, rel=1e-9, abs=1e-14 * norm**2)


@settings(max_examples=15)
@given(seeds())
def test_each_wrong_gate_is_the_mean_over_the_noise_that_makes_it(seed):
    """Two units on their cluster, one on another: simulate f with every gate right but one, sample by sample."""
    rng = np.random.default_rng(seed)
    X = np.array([[1.0, 0.4, 0.1], [1.0, -0.5, 0.0], [-0.6, 0.1, 0.3]])
    labels, widths, sigma = np.array([0, 0, 1]), [2, 1], 0.6
    W = np.array([[0.7, 0.6, -0.8], [0.5, -0.5, 0.1], [0.1, 0.2, 0.4]]) + 0.05 * rng.standard_normal((3, 3))
    should = labels[:, None] == np.array([0, 0, 1])
    means, variances = np.zeros(2), np.zeros(2)
    draws = 40_000
    for x, right in zip(X, should, strict=True):
        y = x + sigma * rng.standard_normal((draws, 3))
        z = y @ W
        error = (z * right) @ W.T - x
        for a in range(3):
            wrong = (z[:, a] < 0) if right[a] else (z[:, a] > 0)
            step = (-1.0 if right[a] else 1.0) * z[:, a, None] * W[:, a]
            change = wrong * (((error + step) ** 2).sum(axis=1) - (error**2).sum(axis=1))
            means[int(not right[a])] += change.mean() / 3
            variances[int(not right[a])] += change.var() / draws / 9
    found = wrong_gate_energy(W, X, labels, widths, sigma)
    # Six standard errors: a false alarm in 2e-9 of the comparisons.
    assert np.all(np.abs(np.array(found) - means) < 6 * np.sqrt(variances))


def test_far_gates_cost_nothing_and_near_ones_count_by_their_kind():
    X = np.array([[1.0, 0.0], [-0.5, 0.5]])
    W = memorizing_weights(X, 0.01, 0.0)
    own, other = wrong_gate_energy(W, X, np.array([0, 1]), [1, 1], 0.01)
    assert own == 0
    assert 0 <= other < 1e-200
    own, other = wrong_gate_energy(W, X, np.array([0, 1]), [1, 1], 0.3)
    assert own < 0 < other


def test_samples_share_the_energy():
    X = np.array([[1.0, 0.0], [-0.5, 0.5]])
    W = memorizing_weights(X, 0.3, 0.0)
    labels = np.array([0, 1])
    once = wrong_gate_energy(W, X, labels, [1, 1], 0.3)
    twice = wrong_gate_energy(W, np.concatenate([X, X]), np.concatenate([labels, labels]), [1, 1], 0.3)
    assert np.allclose(once, twice, rtol=1e-14)


def test_without_units_there_is_no_energy():
    assert wrong_gate_energy(np.zeros((2, 0)), np.eye(2), np.array([0, 1]), [0, 0], 0.3) == (0.0, 0.0)
