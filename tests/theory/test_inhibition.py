"""Inhibited encoders: their constraints and shortness, their loss, and the exact objective of the memoriser."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from numerics.objective import expected_loss, loss_and_gradient
from tests.strategies import seeds
from theory.block_minimizer import memorizing_weights
from theory.inhibition import inhibition, mean_squared_tilt, memorizer, memorizer_loss, tilts
from theory.linear_autoencoder import optimal_value
from theory.separability import regular_simplex


@st.composite
def independent_samples(draw, most=5):
    """n ≤ d generic samples, none nearly a combination of others, of any scale."""
    n = draw(st.integers(1, most))
    d = draw(st.integers(n, most + 2))
    rng = np.random.default_rng(draw(seeds()))
    while True:
        X = rng.standard_normal((n, d))
        if tilts(X).max() < 10:
            return X * draw(st.sampled_from([1e-6, 1.0, 1e5])) * rng.uniform(0.5, 2.0, size=(n, 1))


@given(independent_samples())
def test_tilt_is_one_over_the_sine_of_the_angle_with_the_cone(X):
    for j, x in enumerate(X):
        # Bounded least squares by another algorithm.
        others = np.delete(X, j, axis=0).T / np.linalg.norm(x)
        left = 1.0
        if others.size:
            found = lsq_linear(others, x / np.linalg.norm(x), bounds=(0, np.inf), method="bvls", tol=1e-14)
            left = np.sqrt(2 * found.cost)
        assert tilts(X)[j] == pytest.approx(1 / left, rel=1e-6)


@given(independent_samples(), st.floats(-0.5, 0.5))
def test_encoders_hold_their_constraints_and_are_shortest(X, margin):
    W = inhibition(X, margin)
    n = len(X)
    answers = X @ W
    scales = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(W, axis=0))
    np.testing.assert_allclose(np.diag(answers), 1.0, rtol=1e-9)
    rest = ~np.eye(n, dtype=bool)
    assert (((answers + margin) / scales)[rest] < 1e-9).all()
    for j in range(n):
        # Optimality: x_j's multiple minus nonnegative multiples of the samples whose constraint is tight.
        tight = [i for i in range(n) if i != j and (answers[i, j] + margin) / scales[i, j] > -1e-9]
        basis = X[[j, *tight]].T
        multiples, *_ = np.linalg.lstsq(basis, W[:, j], rcond=None)
        np.testing.assert_allclose(basis @ multiples, W[:, j], atol=1e-7 * float(np.linalg.norm(W[:, j])))
        pulls = multiples[1:] * np.linalg.norm(X[tight], axis=1) / np.linalg.norm(W[:, j])
        assert (pulls < 1e-7).all()


@given(independent_samples())
def test_margins_cost_length(X):
    lengths = [np.linalg.norm(inhibition(X, margin), axis=0) for margin in (-1e9, -0.2, 0.0, 0.2)]
    np.testing.assert_allclose(lengths[0], 1 / np.linalg.norm(X, axis=1), rtol=1e-9)
    assert all((b >= a * (1 - 1e-9)).all() for a, b in itertools.pairwise(lengths))
    np.testing.assert_allclose(lengths[2] * np.linalg.norm(X, axis=1), tilts(X), rtol=1e-12)


def test_a_plane_by_hand():
    # The second sample is at 45 degrees: silence on it turns the first unit by 45 degrees.
    X = np.array([[2.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(inhibition(X), [[0.5, 0.0], [-0.5, 1.0]], atol=1e-14)
    np.testing.assert_allclose(tilts(X), [np.sqrt(2), np.sqrt(2)], rtol=1e-14)
    # N = 4, 2; t² = 2; σ² = 1/2, nλ = 1/10.
    tilt = np.sqrt(2)
    expected = (4 - (4 - 0.1 * tilt) ** 2 / (4 + 1) + 2 - (2 - 0.1 * tilt) ** 2 / (2 + 1)) / 2
    assert memorizer_loss(X, np.sqrt(0.5), 0.05) == pytest.approx(expected, rel=1e-13)


def test_samples_that_cannot_be_stored_alone():
    X = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert np.isinf(tilts(X)).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="sample 1"):
        inhibition(X)
    # The middle sample costs all of its 2; the others, at 45 degrees, keep N − N²/(N + 2σ²).
    assert memorizer_loss(X, 0.5, 0.0) == pytest.approx((2 + 2 * (1 - 1 / 1.5)) / 3, rel=1e-13)
    # Decay empties the others too once nλ√2 reaches 1.
    assert memorizer_loss(X, 0.5, 0.2357) < 4 / 3
    assert memorizer_loss(X, 0.5, 0.23571) == pytest.approx(4 / 3, rel=1e-15)


@given(st.integers(2, 5), st.floats(0.0, 0.3), seeds())
@settings(max_examples=30)
def test_obtuse_samples_are_corollary_3_2(n, sigma, seed):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0.8, 1.2, size=(n, 1)) * regular_simplex(n, n)
    decay = float(rng.uniform(0, 0.5) / n)
    np.testing.assert_allclose(tilts(X), 1.0, rtol=1e-12)
    expected = sum(optimal_value(x[None, :], 1, sigma, n * decay) for x in X) / n
    assert memorizer_loss(X, sigma, decay) == pytest.approx(expected, rel=1e-12)
    if sigma > 0:
        found = memorizer(X, sigma, decay, deviations=0.0)
        stored = memorizing_weights(X, sigma, decay)
        np.testing.assert_allclose(found.W1, stored, atol=1e-12)
        # The decoder is the best for the exact moments: leaks through gates 1/n away remain.
        assert found.loss <= expected_loss(stored, stored, X, sigma, decay) + 1e-13


@given(independent_samples(most=4), st.floats(0.01, 0.3), st.floats(0.0, 0.1), st.floats(-2.0, 5.0))
@settings(max_examples=30)
def test_the_loss_is_the_exact_objective_and_the_decoder_is_best(X, sigma, decay, deviations):
    scale = float((X**2).sum(axis=1).min())
    sigma, decay = sigma * np.sqrt(scale), decay * scale / len(X)
    found = memorizer(X, sigma, decay, deviations)
    loss, _, slope = loss_and_gradient(found.W1, found.W2, X, sigma, decay)
    assert found.deviations == deviations
    assert loss == pytest.approx(found.loss, rel=1e-9)
    assert np.linalg.norm(slope) * np.linalg.norm(found.W2) < 1e-8 * (X**2).sum()
    lengths = np.linalg.norm(inhibition(X), axis=0)
    kept = np.linalg.norm(found.W1, axis=0) > 0
    responses = X @ found.W1[:, kept] / np.diag(X @ found.W1)[kept]
    limit = -deviations * sigma * lengths[kept]
    apart = (np.arange(len(X))[:, None] != np.flatnonzero(kept)) & np.ones_like(responses, dtype=bool)
    assert (responses - limit <= 1e-7 * (1 + np.abs(responses)))[apart].all()


@given(independent_samples(most=3), st.floats(0.01, 0.2))
# The objective has two minima in the distance.
@example(
    np.array([[1.570, 2.686, -2.634, 1.977, 2.478], [-0.0377, 0.2617, 0.0692, -1.1854, 0.3870]]),
    0.09375,
)
@settings(max_examples=8)
def test_the_best_distance_of_the_gates(X, share):
    sigma = share * float(np.linalg.norm(X, axis=1).min())
    best = memorizer(X, sigma, 0.0)
    for deviations in (-2.0, 0.0, 1.0, 3.0, 6.0):
        assert best.loss <= memorizer(X, sigma, 0.0, deviations).loss * (1 + 1e-12)


def test_balanced_layers():
    X = np.array([[2.0, 0.0], [1.0, 1.0]])
    found = memorizer(X, 1e-4, 0.05, deviations=8.0)
    encoders, decoders = np.linalg.norm(found.W1, axis=0), np.linalg.norm(found.W2, axis=0)
    np.testing.assert_allclose(encoders, decoders, rtol=2e-3)
    assert found.loss == pytest.approx(memorizer_loss(X, 1e-4, 0.05), rel=2e-3)


def test_decay_empties_a_unit():
    X = np.array([[3.0, 0.0], [1.0, 1.0]])
    found = memorizer(X, 0.1, 0.75, deviations=2.0)
    assert (np.linalg.norm(found.W1, axis=0) > 0).tolist() == [True, False]
    assert not found.W2[:, 1].any()
    assert found.loss == pytest.approx(expected_loss(found.W1, found.W2, X, 0.1, 0.75), rel=1e-12)


def test_mean_squared_tilt():
    assert mean_squared_tilt(1, 3) == 1
    assert mean_squared_tilt(2, 4) == Fraction(3, 2)
    # One other sample: half the time obtuse, else E[1/sin²] = (d − 2)/(d − 3).
    assert mean_squared_tilt(2, 6) == Fraction(1, 2) * (1 + Fraction(4, 3))
    assert float(mean_squared_tilt(400, 1000)) == pytest.approx(1000 / 800, rel=2e-3)
    rng = np.random.default_rng(7)
    sampled = np.array([tilts(rng.standard_normal((3, 9)))[0] ** 2 for _ in range(4000)])
    error = sampled.std() / np.sqrt(len(sampled))
    assert abs(sampled.mean() - float(mean_squared_tilt(3, 9))) < 6 * error
