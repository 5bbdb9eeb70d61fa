"""Lemma D.1 against routes that share no code: dense eigenproblems, a convex bound and direct minimisation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import networks, noise_levels, rotations, sample_arrays, seeds
from theory.linear_autoencoder import (
    DECAY,
    DIRECTION_LOSS,
    EIGENVALUE,
    GAIN,
    GAIN_SYMBOL,
    NOISE_ENERGY,
    SAVING,
    gains,
    gram_spectrum,
    optimal_value,
    optimal_weights,
    regularised_loss,
    savings,
)

DECAYS = st.just(0.0) | st.floats(1e-3, 5.0)
WIDTHS = st.integers(0, 9)


def soft_thresholded(X, noise_energy, decay, width):
    """(Λ − nλ)_+(Λ + nσ²)⁻¹ on the top eigenvectors of the dense d × d Gram matrix, as one matrix (d, d)."""
    eigenvalues, vectors = np.linalg.eigh(X.T @ X)
    eigenvalues, vectors = eigenvalues[::-1][:width], vectors[:, ::-1][:, :width]
    gain = [(v - decay) / (v + noise_energy) if v > max(decay, 1e-9) else 0.0 for v in eigenvalues]
    return (vectors * gain) @ vectors.T


def loss_by_loops(W1, W2, X, sigma, weight_decay):
    total = 0.0
    for x in X:
        output = sum((w2 * (w1 @ x) for w1, w2 in zip(W1.T, W2.T, strict=True)), np.zeros(len(x)))
        total += ((output - x) ** 2).sum()
    # Σ_ab (w1_a·w1_b)(w2_a·w2_b) is the squared norm of the denoiser.
    total += len(X) * sigma**2 * ((W1.T @ W1) * (W2.T @ W2)).sum()
    return total + len(X) * weight_decay * (np.linalg.norm(W1) ** 2 + np.linalg.norm(W2) ** 2)


@given(st.data(), sample_arrays(), st.integers(0, 5), noise_levels(), DECAYS)
def test_the_loss_is_the_sum_that_it_says(data, X, p, sigma, weight_decay):
    W1, W2 = data.draw(networks(X.shape[1], p))
    expected = loss_by_loops(W1, W2, X, sigma, weight_decay)
    assert regularised_loss(W1, W2, X, sigma, weight_decay) == pytest.approx(expected, rel=1e-11, abs=1e-12)


@given(sample_arrays())
def test_the_spectrum_is_that_of_the_gram_matrix(X):
    eigenvalues, directions = gram_spectrum(X)
    assert eigenvalues.shape == (min(X.shape),)
    assert directions.shape == (X.shape[1], min(X.shape))
    assert (np.diff(eigenvalues) <= 0).all()
    assert np.allclose(directions.T @ directions, np.eye(min(X.shape)), atol=1e-12)
    gram = X.T @ X
    assert np.allclose((directions * eigenvalues) @ directions.T, gram, rtol=0, atol=1e-12 * max(1, np.abs(gram).max()))
    assert np.count_nonzero(eigenvalues) == np.linalg.matrix_rank(X)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (40, 7)])
def test_what_counts_as_rounding(shape):
    """Singular values under max(n, d) machine epsilons of the largest are zero, the others are kept."""
    edge = max(shape) * 2.0**-52
    X = np.zeros(shape)
    X[0, 0], X[1, 1], X[2, 2] = 4.0, 4.0 * edge * 1.02, 4.0 * edge * 0.98
    eigenvalues, _ = gram_spectrum(X)
    assert eigenvalues[1] == pytest.approx((4.0 * edge * 1.02) ** 2, rel=1e-12)
    assert eigenvalues[2] == 0


@given(sample_arrays(), WIDTHS, noise_levels(), DECAYS)
def test_the_denoiser_is_the_soft_thresholded_gram_matrix(X, width, sigma, weight_decay):
    W = optimal_weights(X, width, sigma, weight_decay)
    assert W.shape == (X.shape[1], width)
    n, rank = len(X), np.linalg.matrix_rank(X)
    eigenvalues = np.linalg.eigvalsh(X.T @ X)[::-1]
    if 0 < width < X.shape[1] and eigenvalues[width - 1] - eigenvalues[width] < 1e-6 * eigenvalues[0]:
        # Which of two equal directions is kept is anyone's choice, but not what they are worth.
        expected = soft_thresholded(X, n * sigma**2, n * weight_decay, width)
        assert np.allclose(np.linalg.eigvalsh(W @ W.T), np.linalg.eigvalsh(expected), atol=1e-9)
    else:
        expected = soft_thresholded(X, n * sigma**2, n * weight_decay, width)
        assert np.allclose(W @ W.T, expected, atol=1e-8)
    assert not W[:, rank:].any()
    off = W.T @ W
    assert np.allclose(off, np.diag(np.diag(off)), atol=1e-12)


@given(sample_arrays(), WIDTHS, noise_levels(), DECAYS)
def test_the_value_is_reached_by_the_weights(X, width, sigma, weight_decay):
    W = optimal_weights(X, width, sigma, weight_decay)
    reached = loss_by_loops(W, W, X, sigma, weight_decay)
    assert optimal_value(X, width, sigma, weight_decay) == pytest.approx(reached, rel=1e-11, abs=1e-11)


@given(st.data(), sample_arrays(), WIDTHS, noise_levels(), DECAYS, st.sampled_from([1e-4, 1e-2, 1.0]))
def test_no_weights_do_better(data, X, width, sigma, weight_decay, size):
    W = optimal_weights(X, width, sigma, weight_decay)
    step1, step2 = data.draw(networks(X.shape[1], width))
    best = optimal_value(X, width, sigma, weight_decay)
    for W1, W2 in ((W + size * step1, W + size * step2), (size * step1, size * step2)):
        assert loss_by_loops(W1, W2, X, sigma, weight_decay) >= best - 1e-10 * (1 + best)


@settings(max_examples=15)
@given(st.data(), sample_arrays(st.integers(1, 4), st.integers(1, 4)), st.integers(1, 3), st.floats(0.1, 1.0), seeds())
def test_minimising_from_random_weights_finds_the_value(data, X, width, sigma, seed):
    weight_decay = data.draw(st.just(0.0) | st.floats(0.01, 1.0))
    rng = np.random.default_rng(seed)
    d, scale = X.shape[1], max(1.0, np.abs(X).max())

    def value(point):
        W1, W2 = point.reshape(2, d, width)
        return loss_by_loops(W1, W2, X / scale, sigma, weight_decay)

    found = min(scipy.optimize.minimize(value, rng.standard_normal(2 * d * width)).fun for _ in range(3))
    best = optimal_value(X / scale, width, sigma, weight_decay)
    # All minima of this objective are global, so only the accuracy of the minimiser is left.
    assert found == pytest.approx(best, rel=1e-5, abs=1e-6)


@given(st.data(), sample_arrays(), WIDTHS, noise_levels(), DECAYS)
def test_turning_and_shuffling_the_samples_changes_nothing_else(data, X, width, sigma, weight_decay):
    Q = data.draw(rotations(X.shape[1]))
    order = data.draw(st.permutations(range(len(X))))
    before = optimal_value(X, width, sigma, weight_decay)
    assert optimal_value(X[order] @ Q.T, width, sigma, weight_decay) == pytest.approx(before, rel=1e-10, abs=1e-10)
    W, turned = optimal_weights(X, width, sigma, weight_decay), optimal_weights(X @ Q.T, width, sigma, weight_decay)
    # The energy of a direction is known to the accuracy of its gain, the direction itself only if it is isolated.
    assert np.allclose((W**2).sum(axis=0), (turned**2).sum(axis=0), atol=1e-9)


@given(st.lists(st.just(0.0) | st.floats(1e-3, 10), max_size=6), st.floats(0, 10), st.floats(0, 10))
def test_gain_and_saving_of_one_direction_minimise_its_cost(eigenvalues, noise_energy, decay):
    values = np.array(eigenvalues)
    best, saved = gains(values, noise_energy, decay), savings(values, noise_energy, decay)
    for value, gain, saving in zip(eigenvalues, best, saved, strict=True):
        if value <= decay:
            assert (gain, saving) == (0, 0)
        grid = np.append(np.linspace(-0.5, 1.5, 2001), gain)
        cost = (1 - grid) ** 2 * value + noise_energy * grid**2 + 2 * decay * np.abs(grid)
        assert cost[-1] == pytest.approx(value - saving, rel=1e-12, abs=1e-12)
        assert cost[-1] <= cost.min() + 1e-12


def test_the_symbols_say_what_the_numbers_do():
    slope = sp.diff(DIRECTION_LOSS, GAIN_SYMBOL)
    assert sp.simplify(slope.subs(GAIN_SYMBOL, GAIN)) == 0
    assert sp.simplify(EIGENVALUE - DIRECTION_LOSS.subs(GAIN_SYMBOL, GAIN) - SAVING) == 0
    cost = (1 - sp.Rational(1, 3)) ** 2 * 5 + 7 * sp.Rational(1, 9) + 2 * 11 * sp.Rational(1, 3)
    assert {EIGENVALUE: 5, NOISE_ENERGY: 7, DECAY: 11}.keys() == DIRECTION_LOSS.free_symbols - {GAIN_SYMBOL}
    point = {EIGENVALUE: 5, NOISE_ENERGY: 7, DECAY: 11, GAIN_SYMBOL: sp.Rational(1, 3)}
    assert DIRECTION_LOSS.subs(point) == cost
