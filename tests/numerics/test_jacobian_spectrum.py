"""Jacobian spectra: by hand, by finite differences, averages over noise by the derivative of the mean answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.jacobian_spectrum import jacobian_spectrum, mean_jacobian, mean_jacobian_spectrum
from tests.strategies import networks, sample_arrays, seeds
from theory.block_minimizer import memorizing_weights
from theory.gaussian_relu import mean
from theory.jacobian import network_jacobian
from theory.separability import regular_simplex


@st.composite
def networks_on_samples(draw):
    X = draw(sample_arrays())
    return *draw(networks(X.shape[1], draw(st.integers(0, 5)))), X


@given(networks_on_samples())
def test_spectra_are_those_of_jacobian_times_transpose(drawn):
    W1, W2, X = drawn
    found = jacobian_spectrum(W1, W2, X)
    assert found.shape == X.shape
    for x, values in zip(X, found, strict=True):
        J = sum((np.outer(v, w) for w, v in zip(W1.T, W2.T, strict=True) if w @ x > 0), np.zeros((len(x), len(x))))
        if np.abs(x @ W1)[W1.any(axis=0)].min(initial=1) > 1e-12:
            squares = np.linalg.eigvalsh(J @ J.T)[::-1]
            assert np.allclose(values**2, squares, atol=1e-12 * (1 + squares[0]))


@settings(max_examples=20)
@given(networks_on_samples(), st.floats(0.1, 2.0))
def test_the_mean_jacobian_is_the_derivative_of_the_mean_answer(drawn, sigma):
    W1, W2, X = drawn
    found = mean_jacobian(W1, W2, X, sigma)
    deviations = sigma * np.linalg.norm(W1, axis=0)

    def answer(x):
        return W2 @ np.reshape(mean(x @ W1, deviations), W1.shape[1])

    step = 1e-5
    for x, J in zip(X, found, strict=True):
        for k, e in enumerate(step * np.eye(len(x))):
            slope = (answer(x + e) - answer(x - e)) / (2 * step)
            assert np.allclose(J[:, k], slope, atol=1e-6 * (1 + np.abs(W1).max(initial=0) * np.abs(W2).sum()))


@given(networks_on_samples())
def test_without_noise_the_mean_is_the_jacobian(drawn):
    W1, W2, X = drawn
    assert (mean_jacobian(W1, W2, X, 0.0) == network_jacobian(W1, W2, X)).all()
    assert (mean_jacobian_spectrum(W1, W2, X, 0.0) == jacobian_spectrum(W1, W2, X)).all()


@given(st.integers(1, 5), st.integers(1, 5), seeds())
def test_much_noise_halves_every_gate(d, p, seed):
    W1, W2 = np.random.default_rng(seed).standard_normal((2, d, p))
    expected = np.linalg.svd(W2 @ W1.T / 2, compute_uv=False)
    assert mean_jacobian_spectrum(W1, W2, np.ones((2, d)), 1e12) == pytest.approx(np.stack([expected] * 2), abs=1e-9)


@given(st.integers(2, 6), st.integers(0, 4))
def test_memorising_weights_have_rank_one_at_their_samples(n, extra):
    X = 2 * regular_simplex(n, n + extra)
    W = memorizing_weights(X, 0.5, 0.0)
    values = jacobian_spectrum(W, W, X)
    assert values[:, 0] == pytest.approx(4 / (4 + 0.25), rel=1e-12)
    assert np.abs(values[:, 1:]).max() < 1e-12


def test_spectra_by_hand():
    W1, W2 = np.diag([2.0, 3.0]), np.diag([1.0, -5.0])
    X = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    assert jacobian_spectrum(W1, W2, X).tolist() == [[15, 2], [2, 0], [0, 0]]
    # P(gate) = Φ(1) and Φ(−1) at one deviation from the edges.
    assert mean_jacobian_spectrum(W1, W2, X[1:2] / 2, 0.5) == pytest.approx(
        np.array([[15 * 0.15865525393145707, 2 * 0.8413447460685429]]), rel=1e-12
    )
