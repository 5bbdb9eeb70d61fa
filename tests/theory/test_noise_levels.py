"""Weights of one noise level at another: the cost against frozen losses, and gains that carry networks along."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import seeds, separable_problems
from theory.block_minimizer import block_weights, frozen_loss, memorizing_weights
from theory.noise_levels import shared_units, stored_gain_ratios, transfer_excess

LEVELS = st.just(0.0) | st.floats(0.01, 3.0)


@settings(max_examples=60)
@given(separable_problems(), LEVELS, LEVELS)
def test_the_excess_is_the_difference_of_frozen_losses(problem, trained, sigma):
    data = (problem.X, problem.labels, problem.widths)
    W, best = (block_weights(*data, level, problem.weight_decay) for level in (trained, sigma))
    difference = frozen_loss(W, W, *data, sigma, problem.weight_decay) - frozen_loss(
        best, best, *data, sigma, problem.weight_decay
    )
    scale = float((problem.X**2).sum())
    found = transfer_excess(*data, trained, sigma, problem.weight_decay)
    assert found == pytest.approx(difference, rel=1e-8, abs=1e-13 * scale)
    assert found >= 0


def test_the_excess_by_hand():
    # One sample, Λ = 4, κ_0 = 1, κ = 4, nλ = 1: 9·9/(25·8), and two such samples share it twice, over two.
    X, one = np.array([[2.0, 0.0]]), np.array([0])
    assert transfer_excess(X, one, [1], 1.0, 2.0, 1.0) == pytest.approx(0.405, rel=1e-14)
    assert transfer_excess(X, one, [0], 1.0, 2.0, 1.0) == 0
    both = np.concatenate([X, -X])
    assert transfer_excess(both, np.array([0, 1]), [1, 1], 1.0, 2.0, 0.5) == pytest.approx(0.405, rel=1e-14)


@given(st.integers(1, 4), st.integers(1, 4), st.floats(0.05, 2.0), LEVELS, st.floats(0.0, 0.9), seeds())
def test_gains_carry_the_memorising_weights_at_any_decay(n, d, trained, sigma, share, seed):
    X = 0.5 + np.abs(np.random.default_rng(seed).standard_normal((n, d)))
    weight_decay = share * (X**2).sum(axis=1).min() / n
    carried = memorizing_weights(X, trained, weight_decay) ** 2 * stored_gain_ratios(X, trained, sigma)
    assert np.allclose(carried, memorizing_weights(X, sigma, weight_decay) ** 2, rtol=1e-12, atol=0)


@given(st.integers(1, 5), st.integers(1, 6), seeds())
def test_shared_units_give_every_level(p, levels, seed):
    gains = np.random.default_rng(seed).uniform(0.01, 1.0, size=(levels, p))
    columns, units = shared_units(gains)
    assert columns.shape == (p, 2 * p - 1)
    assert units.shape == (levels, 2 * p - 1)
    assert units.min() >= 0
    assert np.array_equal(columns[0], np.ones(2 * p - 1))
    for wanted, unit in zip(gains, units, strict=True):
        assert np.allclose((columns * unit) @ columns.T, np.diag(wanted), atol=1e-13)
        assert (unit * (columns**2).sum(axis=0)).sum() == pytest.approx(wanted.sum(), rel=1e-12)


def test_shared_units_by_hand():
    columns, units = shared_units(np.array([[1.0, 0.25], [1.0, 1.0]]))
    assert np.array_equal(columns, [[1.0, 1.0, 1.0], [0.0, 1.0, -1.0]])
    assert np.array_equal(units, [[0.75, 0.125, 0.125], [0.0, 0.5, 0.5]])
    columns, units = shared_units(np.array([[0.5]]))
    assert np.array_equal(columns, [[1.0]])
    assert np.array_equal(units, [[0.5]])
    assert shared_units(np.array([[1.0, 0.5, 0.5]]))[0][1:, 1:] == pytest.approx(
        np.array([[1, 0, -1, 0], [0, 1, 0, -1]])
    )
