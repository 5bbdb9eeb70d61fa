"""Gain of one more unit: against the exact objective; the critical decay: against a fine circle, and its two sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.minimize import minimize
from numerics.objective import expected_loss
from tests.strategies import networks, rotations, sample_arrays, seeds
from theory.block_minimizer import memorizing_weights
from theory.dead_units import critical_weight_decay, frozen_gain, new_unit_gain, pull
from theory.gaussian_relu import mean, second_moment
from theory.separability import regular_simplex

PHI_0 = 1 / np.sqrt(2 * np.pi)


def unit(rng, d):
    v = rng.standard_normal(d)
    return v / np.linalg.norm(v)


def pair(beta, d):
    """Two unit vectors of cosine −beta in R^d."""
    X = np.zeros((2, d))
    X[0, 0], X[1, 0], X[1, 1] = 1.0, -beta, np.sqrt(1 - beta**2)
    return X


@settings(max_examples=40)
@given(sample_arrays(), st.integers(0, 4), st.floats(0.0, 2.0), seeds(), st.data())
def test_a_unit_changes_the_loss_by_its_pull_exactly(X, p, sigma, seed, data):
    """Three sizes of the new unit: the change is 2λε² − 2ε²u·g + ε⁴S, S the loss of the unit alone without data."""
    W1, W2 = data.draw(networks(X.shape[1], p))
    rng = np.random.default_rng(seed)
    v, u = unit(rng, X.shape[1]), unit(rng, X.shape[1])
    before = expected_loss(W1, W2, X, sigma, 0.3)
    g = pull(W1, W2, X, v, sigma)
    alone = [expected_loss(v[:, None], sign * u[:, None], X, sigma, 0.0) for sign in (1, -1)]
    square = (alone[0] + alone[1]) / 2 - (X**2).sum() / len(X)
    for size in (0.3, 1.0):
        wide = [np.concatenate([W, size * new[:, None]], axis=1) for W, new in ((W1, v), (W2, u))]
        change = expected_loss(*wide, X, sigma, 0.3) - before
        predicted = 2 * size**2 * (0.3 - u @ g) + size**4 * square
        assert change == pytest.approx(predicted, abs=1e-12 * (1 + before + square))


@settings(max_examples=30)
@given(sample_arrays(), st.floats(0.01, 2.0), seeds())
def test_gain_is_the_length_of_the_pull_at_the_memorising_weights(X, sigma, seed):
    squared_norms = (X**2).sum(axis=1)
    if squared_norms.min() == 0:
        return
    weight_decay = 0.5 * squared_norms.min() / len(X)
    rng = np.random.default_rng(seed)
    v = np.stack([unit(rng, X.shape[1]) for _ in range(6)]).reshape(2, 3, -1)
    W = memorizing_weights(X, sigma, weight_decay)
    gains = new_unit_gain(X, v, sigma, weight_decay)
    assert gains.shape == (2, 3)
    assert np.allclose(gains, np.linalg.norm(pull(W, W, X, v, sigma), axis=-1), rtol=1e-14)
    one = new_unit_gain(X, v[1, 2], sigma, weight_decay)
    assert isinstance(one, float)
    assert one == pytest.approx(gains[1, 2], rel=1e-12)


@settings(max_examples=6)
@given(st.sampled_from([0.15, 0.3, 0.45, 0.6, 0.9]), st.floats(0.02, 0.24), st.floats(0.7, 1.6), seeds())
def test_critical_decay_against_fine_arcs(beta, share, ratio, seed):
    """Two samples in the plane, where every direction with a gate near a sample can be tried."""
    X = pair(beta, 2) * np.array([[1.0], [ratio]])
    distance = beta * min(1.0, ratio)
    sigma = share * distance
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((2, 2)))[0]
    found = critical_weight_decay(X @ turn, sigma)
    across = np.arctan2(X[:, 1], X[:, 0])[:, None] + np.pi / 2 * np.array([1, -1])
    angles = across[:, :, None] + sigma * np.linspace(-6, 6, 601)
    v = np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(-1, 2)
    new = v[np.abs(v @ X.T).min(axis=1) <= distance / 2]
    assert new_unit_gain(X, new, sigma, 0.999 * found).max() > 0.999 * found
    assert new_unit_gain(X, new, sigma, 1.001 * found).max() < 1.001 * found


@settings(max_examples=10)
@given(st.integers(3, 9), st.floats(0.05, 0.5), seeds())
def test_directions_of_the_columns_themselves(d, sigma, seed):
    """Cosines that rounding takes beyond ±1: along a column the second moment, against it none of it."""
    w = np.random.default_rng(seed).standard_normal((40, d))
    v = w / np.linalg.norm(w, axis=1, keepdims=True)
    for column, direction in zip(w, v, strict=True):
        X = column[None]
        length = np.linalg.norm(column)
        own = pull(direction[:, None], direction[:, None], X, np.stack([direction, -direction]), sigma * length)
        signal = length * mean([length, -length], sigma * length)
        reply = np.array([second_moment(length, sigma * length), 0.0])
        assert np.allclose(own @ direction, signal - reply, rtol=1e-9, atol=1e-13 * length**2)


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(0, 2), st.floats(0.05, 0.25), st.floats(0.01, 0.9), seeds())
def test_frozen_gates_are_exact_but_for_rare_noise(M, extra, share, decay, seed):
    d = max(1, M - 1) + extra
    rng = np.random.default_rng(seed)
    X = (regular_simplex(M, d) if M > 1 else np.eye(1, d)) * rng.uniform(0.8, 1.3, size=(M, 1))
    distance = np.abs(X @ X.T / np.linalg.norm(X, axis=1)).min()
    sigma, weight_decay = share * distance, decay * (X**2).sum(axis=1).min() / M
    v = np.stack([unit(rng, d) for _ in range(6)]).reshape(3, 2, d)
    gains = frozen_gain(X, v, sigma, weight_decay)
    # A wrong gate has probability Φ(−t/σ) and adds at most σ‖x‖ or so to the residual, against a code of about ‖x‖.
    allowed = 4 * M * np.exp(-((distance / sigma) ** 2) / 2) + 1e-14
    assert gains.shape == (3, 2)
    assert np.abs(gains - new_unit_gain(X, v, sigma, weight_decay)).max() < allowed
    assert isinstance(frozen_gain(X, v[0, 0], sigma, weight_decay), float)


def test_frozen_gain_of_two_open_samples():
    """Written out: cosines 3/5 and 4/5 to unit samples at right angles, σ = 1, λ = 1/4."""
    mass = [np.exp(-(c**2) / 2) / np.sqrt(2 * np.pi) for c in (0.6, 0.8)]
    below = [0.7257468822499265, 0.7881446014166033]  # Φ(0.6), Φ(0.8) from tables
    parts = [0.5 * c * b + 1.5 * m / 2 for c, b, m in zip((0.6, 0.8), below, mass, strict=True)]
    assert frozen_gain(np.eye(2), np.array([0.6, 0.8]), 1.0, 0.25) == pytest.approx(np.hypot(*parts) / 2, rel=1e-9)


@pytest.mark.parametrize("sigma", [0.1, 0.05, 0.02])
def test_one_sample_follows_its_expansion(sigma):
    """λ_c = σ³φ(0)/‖x‖ · (1 + φ(0)δ + (φ(0)² − 7/8)δ² + O(δ³)), δ = σ/‖x‖."""
    expansion = PHI_0 * sigma**3 * (1 + PHI_0 * sigma + (PHI_0**2 - 7 / 8) * sigma**2)
    assert critical_weight_decay(np.eye(1, 3), sigma) == pytest.approx(expansion, rel=0.7 * sigma**3)


@settings(max_examples=6)
@given(st.integers(2, 4), st.integers(0, 1), st.floats(0.05, 0.24), st.floats(0.1, 10.0), seeds(), st.data())
def test_scale_rotation_order_and_the_limit(M, extra, share, scale, seed, data):
    d = M - 1 + extra
    rng = np.random.default_rng(seed)
    X = regular_simplex(M, d) * rng.uniform(0.8, 1.3, size=(M, 1))
    sigma = share * np.abs(X @ X.T / np.linalg.norm(X, axis=1)).min()
    found = critical_weight_decay(X, sigma)
    turned = scale * rng.permutation(X) @ data.draw(rotations(d))
    assert critical_weight_decay(turned, scale * sigma) == pytest.approx(scale**2 * found, rel=1e-6)
    assert 0 <= M * found < 0.1 * sigma**2


def test_opposite_samples_and_a_line_have_no_threshold():
    X = np.array([[0.6, 0.8, 0.0], [-0.6, -0.8, 0.0]])
    assert 0 <= critical_weight_decay(X, 0.2) < 1e-16
    v = np.stack([unit(np.random.default_rng(k), 3) for k in range(9)])
    assert np.allclose(new_unit_gain(X, v, 0.2, 0.05), 0.05 * np.abs(v @ X[0]), rtol=1e-12)
    assert critical_weight_decay(np.ones((1, 1)), 0.2) == 0.0
    assert critical_weight_decay(np.array([[1.0], [-2.0]]), 0.1) == 0.0


def test_sigma_up_to_a_quarter_of_the_least_distance():
    X = pair(0.5, 3)
    assert critical_weight_decay(X, 0.125) > 0
    with pytest.raises(ValueError, match="sigma must be <= a quarter"):
        critical_weight_decay(X, 0.1251)


@pytest.mark.parametrize(("beta", "share"), [(0.3, 0.2), (0.7, 0.2), (None, 0.25)])
def test_a_further_column_pays_exactly_below_the_threshold(beta, share):
    """Two samples in the plane, or one: above λ_c the minimiser has m ≤ λ in every direction, so that no network of any
    width does better; below it one more unit saves (m − λ)²/S, S its mean square.
    """
    X = np.eye(1, 2) if beta is None else pair(beta, 2)
    sigma = share * (beta or 1.0)
    critical = critical_weight_decay(X, sigma)
    angles = np.linspace(0, 2 * np.pi, 20_001)
    v = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for factor in (0.9, 0.98, 1.02, 1.3):
        weight_decay = factor * critical
        W = memorizing_weights(X, sigma, weight_decay)
        memory = minimize(X, W, W, sigma, weight_decay)
        assert memory.converged
        pulls = pull(memory.W1, memory.W2, X, v, sigma)
        best = np.linalg.norm(pulls, axis=1).argmax()
        if factor > 1:
            assert np.linalg.norm(pulls[best]) == pytest.approx(weight_decay, rel=1e-9)
            continue
        gain = np.linalg.norm(pulls[best])
        assert gain > weight_decay * (1 + 0.2 * (1 - factor))
        square = second_moment(X @ v[best], sigma).mean()
        size = np.sqrt((gain - weight_decay) / square)
        first = np.column_stack([memory.W1, size * v[best]])
        second = np.column_stack([memory.W2, size * pulls[best] / gain])
        saved = memory.loss - expected_loss(first, second, X, sigma, weight_decay)
        assert saved == pytest.approx((gain - weight_decay) ** 2 / square, rel=1e-4)
