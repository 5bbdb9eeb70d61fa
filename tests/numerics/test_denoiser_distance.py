"""Distances of denoisers: quadrature, sampling, exact cases, and blind to exactly the true symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.affine_objective import affine_loss
from numerics.denoiser_distance import denoiser_distance, mean_square_output
from tests.strategies import networks, noise_levels, sample_arrays, seeds
from theory.block_minimizer import memorizing_weights
from theory.separability import regular_simplex

# Chance of a false alarm of a test at so many standard errors: 6e-7.
DEVIATIONS = 5.0


@st.composite
def networks_on_samples(draw):
    X = draw(sample_arrays())
    return *draw(networks(X.shape[1], draw(st.integers(0, 4)))), X


@settings(max_examples=20)
@given(networks_on_samples(), noise_levels())
def test_the_mean_square_output_by_the_objective_with_biases(drawn, sigma):
    """(E‖f − x‖² + E‖−f − x‖²)/2 = E‖f‖² + ‖x‖², by other moments than those used here."""
    W1, W2, X = drawn
    b, c = np.zeros(W1.shape[1]), np.zeros(X.shape[1])
    around = affine_loss(W1, b, W2, c, X, sigma) + affine_loss(W1, b, -W2, c, X, sigma)
    squares = (X**2).sum() / len(X)
    found = mean_square_output(W1, W2, X, sigma)
    assert found == pytest.approx(around / 2 - squares, rel=1e-10, abs=1e-10 * (1 + squares))


@settings(max_examples=20)
@given(networks_on_samples(), st.integers(0, 4), st.data())
def test_without_noise_the_distance_is_that_of_the_answers(drawn, q, data):
    F1, F2, X = drawn
    G1, G2 = data.draw(networks(X.shape[1], q))
    f, g = np.maximum(X @ F1, 0) @ F2.T, np.maximum(X @ G1, 0) @ G2.T
    if (f**2).sum() > 1e-9 * (X**2).sum():
        expected = np.sqrt(((f - g) ** 2).sum() / (f**2).sum())
        assert denoiser_distance((F1, F2), (G1, G2), X, 0.0) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(max_examples=6)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 4), st.floats(0.1, 2.0), seeds())
def test_the_distance_by_sampling(d, p, q, sigma, seed):
    """The square of the distance times E‖f‖² minus E‖f − g‖² has mean zero; a factor of 1.2 is noticed below."""
    rng = np.random.default_rng(seed)
    (F1, F2), (G1, G2) = rng.standard_normal((2, d, p)), rng.standard_normal((2, d, q))
    X = rng.standard_normal((3, d))
    # Within 1.5 deviations of every gate's edge, so that nothing hangs on rare events.
    X *= sigma * rng.uniform(0, 1.5, (3, 1)) / np.linalg.norm(X, axis=1, keepdims=True)
    y = X + sigma * rng.standard_normal((20_000, *X.shape))
    f, g = np.maximum(y @ F1, 0) @ F2.T, np.maximum(y @ G1, 0) @ G2.T
    distance = denoiser_distance((F1, F2), (G1, G2), X, sigma)
    draws = (distance**2 * (f**2).sum(axis=2) - ((f - g) ** 2).sum(axis=2)).mean(axis=1)
    assert abs(draws.mean()) < DEVIATIONS * draws.std() / np.sqrt(len(draws)) + 1e-12


def test_sampling_would_notice_a_wrong_distance():
    rng = np.random.default_rng(5)
    F, G, X = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4)), rng.standard_normal((3, 3)) / 4
    y = X + 0.5 * rng.standard_normal((20_000, *X.shape))
    f, g = np.maximum(y @ F[0], 0) @ F[1].T, np.maximum(y @ G[0], 0) @ G[1].T
    wrong = 1.2 * denoiser_distance(F, G, X, 0.5)
    draws = (wrong**2 * (f**2).sum(axis=2) - ((f - g) ** 2).sum(axis=2)).mean(axis=1)
    assert abs(draws.mean()) > DEVIATIONS * draws.std() / np.sqrt(len(draws))


@settings(max_examples=6)
@given(st.integers(1, 5), st.integers(1, 5), noise_levels(), st.integers(-20, 20), seeds(), st.data())
def test_orders_splits_and_rescalings_are_the_same_denoiser(d, p, sigma, power, seed, data):
    rng = np.random.default_rng(seed)
    W1, W2 = rng.standard_normal((2, d, p))
    scale = 10.0**power
    X = rng.standard_normal((4, d)) * scale
    if mean_square_output(W1, W2, X, sigma * scale) < 1e-2 * scale**2:
        return
    order = np.array(data.draw(st.permutations(range(2 * p))))
    share = np.concatenate([rng.uniform(0.1, 1, p)] * 2)
    share[p:] = np.sqrt(1 - share[:p] ** 2)
    ratio = rng.uniform(0.5, 2, 2 * p)
    same = ((W1[:, [*range(p)] * 2] * share * ratio)[:, order], (W2[:, [*range(p)] * 2] * share / ratio)[:, order])
    assert denoiser_distance((W1, W2), same, X, sigma * scale) < 1e-4
    stretched = denoiser_distance((W1, W2), (1.25 * W1, W2), X, sigma * scale)
    assert stretched == pytest.approx(0.25, rel=1e-6)
    assert denoiser_distance((W1, W2), (W1, 0 * W2), X, sigma * scale) == pytest.approx(1, rel=1e-12)
    assert denoiser_distance((W1, W2), (np.zeros((d, 0)),) * 2, X, sigma * scale) == pytest.approx(1, rel=1e-12)
    assert denoiser_distance((W1, W2), (W1, -W2), X, sigma * scale) == pytest.approx(2, rel=1e-9)


@settings(max_examples=8)
@given(st.floats(0.0, 2.0), st.integers(2, 5))
def test_one_unit_of_two_on_opposite_samples(sigma, d):
    """One of two memorising units of ±x is left out: by symmetry it is half of E‖f‖² where they never meet."""
    X = 2 * regular_simplex(2, d)
    W = memorizing_weights(X, sigma, 0.0)
    assert denoiser_distance((W, W), (W[:, :1], W[:, :1]), X, sigma) == pytest.approx(0.5**0.5, rel=1e-6)


@settings(max_examples=8)
@given(st.floats(1e-6, 0.5), seeds())
def test_small_distances_are_resolved_down_to_the_rounding_stated(small, seed):
    rng = np.random.default_rng(seed)
    W, X = rng.standard_normal((2, 4, 3)), rng.standard_normal((5, 4))
    found = denoiser_distance(W, (W[0], W[1] * (1 + small)), X, 0.3)
    assert found == pytest.approx(small, rel=1e-6, abs=1e-7)


def test_stacks_give_the_numbers_of_each_and_broadcast():
    rng = np.random.default_rng(2)
    F, G, X = rng.standard_normal((2, 4, 3)), rng.standard_normal((2, 2, 5, 4, 6)), rng.standard_normal((5, 4))
    found = denoiser_distance(F, tuple(G), X, 0.5)
    assert found.shape == (2, 5)
    for place in np.ndindex(2, 5):
        alone = denoiser_distance(F, (G[0][place], G[1][place]), X, 0.5)
        assert found[place] == pytest.approx(alone, rel=1e-10)
    with pytest.raises(ValueError, match="second must have leading dimensions that broadcast"):
        denoiser_distance((np.ones((2, 4, 1)),) * 2, (np.ones((3, 4, 1)),) * 2, X, 0.5)
