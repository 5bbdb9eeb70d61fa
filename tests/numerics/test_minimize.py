"""Descent ends where it says, in the full space, and never uphill; curvatures against automatic differentiation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import minimize as minimization
from numerics.landing import block_distance, column_distance
from numerics.minimize import curvatures, minimize
from numerics.objective import expected_loss, loss_and_gradient
from tests.numerics.test_curvature import integrated_loss
from tests.strategies import rotations, sample_arrays, seeds
from theory.block_minimizer import block_weights, memorizing_weights
from theory.separability import regular_simplex


def gradient_norm(W1, W2, X, sigma, weight_decay):
    _, slope1, slope2 = loss_and_gradient(W1, W2, X, sigma, weight_decay)
    return np.sqrt((slope1**2).sum() + (slope2**2).sum())


def honest(found, start, X, sigma, weight_decay, tolerance):
    """What a result says of itself is true in the full space, and its loss is not above the start's."""
    assert found.W1.shape == found.W2.shape == start[0].shape
    # Without decay units may grow and cancel one another, and what rounding leaves grows with them.
    lengths = np.linalg.norm(found.W1, axis=0), np.linalg.norm(found.W2, axis=0)
    mass = max(1.0, float(lengths[0] @ lengths[1]))
    longest = max(1.0, *(float(length.sum()) for length in lengths))
    # Without noise a gate may end on a sample, and there rounding decides which slope is meant.
    if sigma > 0 or np.abs(X @ found.W1).min(initial=1) > 1e-9:
        slope = gradient_norm(found.W1, found.W2, X, sigma, weight_decay)
        rounding = max(1e-13, 1e-14 * (X**2).sum() / len(X)) * longest * mass
        assert slope == pytest.approx(found.gradient_norm, rel=1e-3, abs=rounding)
    assert found.converged == (found.gradient_norm <= tolerance)
    rounding = max(1e-13, 1e-15 * (1 + (X**2).sum()) * (mass**2 - 1))
    again = expected_loss(found.W1, found.W2, X, sigma, weight_decay)
    assert found.loss == pytest.approx(again, rel=1e-11, abs=rounding)
    assert found.loss <= expected_loss(*start, X, sigma, weight_decay) + 1e-12 * (1 + (X**2).sum()) + rounding


def separable_start(k, d, sigma, weight_decay):
    """Stretched simplex vertices in R^d and the memorising weights, both layers moved in all directions of R^d."""
    rng = np.random.default_rng([9, k])
    n = int(rng.integers(1, min(d, 4) + 1))
    directions = np.eye(1, d) if n == 1 else regular_simplex(n, d)
    X = rng.uniform(0.8, 1.2, (n, 1)) * directions
    W = memorizing_weights(X, sigma, weight_decay)
    return X, W, [W + 0.1 * rng.standard_normal(W.shape) for _ in range(2)]


@pytest.mark.parametrize("k", range(8))
def test_a_start_outside_the_span_descends_to_the_tolerance_and_into_the_span(k):
    d, sigma, weight_decay = 3 + 4 * k, (0.02, 0.2)[k % 2], 0.01
    X, W, start = separable_start(k, d, sigma, weight_decay)
    found = minimize(X, *start, sigma, weight_decay, gradient_tolerance=1e-11)
    honest(found, start, X, sigma, weight_decay, 1e-11)
    assert found.converged
    inside = np.linalg.pinv(X) @ X
    for layer in (found.W1, found.W2):
        assert np.allclose(inside @ layer, layer, atol=1e-9)
    if sigma == 0.02:
        assert column_distance(found.W1, W) < 1e-9
        assert column_distance(found.W2, W) < 1e-9


def two_clusters(k):
    """Two opposite clusters of three samples in R^3, the first with two units: its block can be turned."""
    rng = np.random.default_rng(k)
    X = np.concatenate([sign * np.eye(1, 3) + 0.3 * rng.standard_normal((3, 3)) for sign in (1, -1)])
    return X, np.repeat([0, 1], 3), rng


@pytest.mark.parametrize(("k", "sigma"), [(0, 0.15), (1, 0.1), (1, 0.15), (3, 0.1)])
def test_nearly_flat_turns_of_a_block_are_followed_to_their_end(k, sigma):
    """The gates make the turns of a block curved valleys with floors a million times flatter than their walls."""
    X, labels, rng = two_clusters(k)
    W = block_weights(X, labels, [2, 1], sigma, 1e-3)
    start = [W + 0.05 * rng.standard_normal(W.shape) for _ in range(2)]
    found = minimize(X, *start, sigma, 1e-3)
    honest(found, start, X, sigma, 1e-3, 1e-10)
    assert found.converged
    spectrum = curvatures(found.W1, found.W2, X, sigma, 1e-3)
    assert spectrum[0] > -1e-8 * spectrum[-1]


def test_a_block_with_settled_gates_lands_on_its_formula():
    X = np.array([[1.0, 0.2, 0.0, 0], [1.0, -0.2, 0.1, 0], [-1.0, 0.0, 0.0, 0]])
    labels, sigma, weight_decay = np.array([0, 0, 1]), 0.015, 0.002
    W = block_weights(X, labels, [2, 1], sigma, weight_decay)
    rng = np.random.default_rng(0)
    start = [W + 0.01 * rng.standard_normal(W.shape) for _ in range(2)]
    found = minimize(X, *start, sigma, weight_decay)
    honest(found, start, X, sigma, weight_decay, 1e-10)
    assert found.converged
    assert block_distance(found.W1, found.W2, W, X, labels) < 1e-7
    # The two units of the first block turn together.
    assert found.flat_directions == 1
    assert abs(found.lowest_curvature) < 1e-9


@settings(max_examples=12)
@given(sample_arrays(st.integers(1, 3), st.integers(1, 5)), st.integers(0, 3), st.data())
def test_any_start_gives_an_honest_result(X, p, data):
    sigma = data.draw(st.sampled_from([0.0, 0.1, 0.7]))
    weight_decay = data.draw(st.sampled_from([0.0, 0.01, 0.3]))
    X = X / max(1.0, np.abs(X).max())
    start = np.random.default_rng(data.draw(seeds())).standard_normal((2, X.shape[1], p))
    honest(minimize(X, *start, sigma, weight_decay), start, X, sigma, weight_decay, 1e-10)


def random_start(seed, d, p):
    return np.random.default_rng(seed).uniform(-1, 1, (2, d, p)) / np.sqrt(d)


@pytest.mark.parametrize("whole", [1024, 0])
@pytest.mark.parametrize("seed", range(3))
def test_columns_that_split_are_flat(seed, whole, monkeypatch):
    """Ten units from a random start for two opposite samples of twice the norm: eight ways to split two columns."""
    monkeypatch.setattr(minimization, "WHOLE", whole)
    X, sigma, weight_decay = np.array([[2.0, 0, 0, 0], [-2.0, 0.5, 0, 0]]), 0.1, 0.3
    start = random_start(seed, 4, 10)
    found = minimize(X, *start, sigma, weight_decay)
    honest(found, start, X, sigma, weight_decay, 1e-10)
    assert found.converged
    alive = np.linalg.norm(found.W1, axis=0) > 1e-9
    assert alive.sum() > 2
    units = found.W1[:, alive] / np.linalg.norm(found.W1[:, alive], axis=0)
    assert (np.abs(units.T @ units) > 1 - 1e-9).sum() >= alive.sum()
    W = memorizing_weights(X, sigma, weight_decay)
    assert found.loss == pytest.approx(expected_loss(W, W, X, sigma, weight_decay), rel=1e-9)
    for a, b in ((found.W1, found.W2), (found.W1, found.W1)):
        assert np.allclose(a @ b.T, W @ W.T, atol=1e-8)
    spectrum = curvatures(found.W1, found.W2, X, sigma, weight_decay)
    assert (np.abs(spectrum) < 1e-9 * spectrum[-1]).sum() == alive.sum() - 2
    assert found.flat_directions == (alive.sum() - 2 if whole else None)
    assert (found.lowest_curvature is None) == (not whole)


@pytest.mark.parametrize("c", [2.0**-7, 2.0**7])
def test_flat_directions_are_counted_on_data_of_any_scale(c):
    """x → cx, σ → cσ, λ → c²λ multiplies the objective by c², at the same weights."""
    X, start = np.array([[2.0, 0, 0, 0], [-2.0, 0.5, 0, 0]]), random_start(0, 4, 10)
    plain = minimize(X, *start, 0.1, 0.3)
    scaled = minimize(c * X, *start, c * 0.1, c * c * 0.3, gradient_tolerance=c * c * 1e-10)
    assert scaled.converged
    assert scaled.loss == pytest.approx(c * c * plain.loss, rel=1e-12)
    assert scaled.flat_directions == plain.flat_directions > 0


@pytest.mark.parametrize("seed", range(3))
def test_wide_random_starts_reach_the_tolerance_on_samples_of_any_sign(seed):
    rng = np.random.default_rng([5, seed])
    X = 3 * rng.standard_normal((4, 30))
    start = random_start(seed, 30, 25)
    found = minimize(X, *start, 0.5, 1.0)
    honest(found, start, X, 0.5, 1.0, 1e-10)
    assert found.converged
    assert found.lowest_curvature > -1e-9
    assert found.flat_directions > 25 - 10


def test_whole_hessian_and_products_lead_to_the_same_minimiser(monkeypatch):
    X, _, start = separable_start(3, 6, 0.2, 0.01)
    whole = minimize(X, *start, 0.2, 0.01, gradient_tolerance=1e-11)
    monkeypatch.setattr(minimization, "WHOLE", 0)
    products = minimize(X, *start, 0.2, 0.01, gradient_tolerance=1e-11)
    assert whole.converged
    assert products.converged
    assert np.allclose(whole.W1, products.W1, rtol=0, atol=1e-9)
    assert np.allclose(whole.W2, products.W2, rtol=0, atol=1e-9)


def test_the_gradient_norm_is_that_of_automatic_differentiation():
    X, _, start = separable_start(3, 6, 0.2, 0.01)
    for tolerance in (1e-2, 1e-3):
        found = minimize(X, *start, 0.2, 0.01, gradient_tolerance=tolerance)
        weights = [torch.tensor(W, requires_grad=True) for W in (found.W1, found.W2)]
        integrated_loss(*weights, torch.tensor(X), 0.2, 0.01).backward()
        slope = float(torch.stack([W.grad.square().sum() for W in weights]).sum().sqrt())
        assert found.gradient_norm == pytest.approx(slope, rel=1e-7, abs=1e-11)


def test_a_saddle_where_a_split_column_gains_is_left():
    """One column serves two samples at right angles; split in two halves it is a critical point but no minimiser."""
    X, sigma, weight_decay = np.array([[1.0, 1.0], [1.0, -1.0]]), 0.1, 0.01
    one = minimize(X, *np.array([[[0.5], [0.0]]] * 2), sigma, weight_decay)
    assert one.converged
    halves = [np.tile(W, 2) / np.sqrt(2) for W in (one.W1, one.W2)]
    assert gradient_norm(*halves, X, sigma, weight_decay) < 1e-10
    found = minimize(X, *halves, sigma, weight_decay)
    honest(found, halves, X, sigma, weight_decay, 1e-10)
    assert found.converged
    assert found.lowest_curvature > -1e-9
    assert found.loss < one.loss - 0.1


def test_without_units_nothing_is_learned():
    X = np.array([[3.0, 4.0], [0.0, 1.0]])
    found = minimize(X, np.zeros((2, 0)), np.zeros((2, 0)), 0.3, 0.1)
    assert (found.loss, found.gradient_norm, found.converged) == (13.0, 0.0, True)
    assert found.W1.shape == (2, 0)
    assert curvatures(np.zeros((2, 0)), np.zeros((2, 0)), X, 0.3, 0.1).shape == (0,)


def test_strong_decay_empties_the_network_and_no_weights_stay_none():
    X = np.array([[1.0, 0.5, 0.0]])
    zero = np.zeros((3, 2))
    found = minimize(X, zero, zero, 0.3, 0.1)
    assert (found.gradient_norm, found.converged) == (0.0, True)
    assert not found.W1.any()
    start = np.random.default_rng(0).standard_normal((2, 3, 1))
    assert minimize(X, *start, 0.0, 50.0).loss < 1.25 + 1e-9


def test_flat_rescalings_at_zero_decay_are_left_alone():
    """One unit for one sample: gain ‖x‖²/(‖x‖² + σ²), loss σ²‖x‖²/(‖x‖² + σ²), however the layers share it."""
    X, sigma = np.array([[0.6, 0.8, 0.0]]), 0.05
    start = np.array([[[1.8], [2.2], [0.3]], [[0.2], [0.1], [-0.1]]])
    found = minimize(X, *start, sigma, 0.0)
    honest(found, start, X, sigma, 0.0, 1e-10)
    assert found.converged
    assert found.loss == pytest.approx(sigma**2 / (1 + sigma**2), rel=1e-9)
    assert np.allclose(found.W2 @ found.W1.T, X.T @ X / (1 + sigma**2), atol=1e-9)
    # Far from balanced at the start, so also at the end.
    assert np.linalg.norm(found.W1) > 2 * np.linalg.norm(found.W2)
    assert found.flat_directions == 1
    noiseless = minimize(X, *start, 0.0, 0.0)
    assert ((np.maximum(X @ noiseless.W1, 0) @ noiseless.W2.T - X) ** 2).sum() < 1e-18


def test_the_tolerance_asked_for_is_the_one_applied():
    X, _, start = separable_start(3, 6, 0.2, 0.01)
    loose = minimize(X, *start, 0.2, 0.01, gradient_tolerance=1e-2)
    assert loose.converged
    assert loose.gradient_norm > 1e-11
    # Below rounding: cannot be reached, and is not said to be.
    tight = minimize(X, *start, 0.2, 0.01, gradient_tolerance=1e-30)
    assert not tight.converged
    assert tight.gradient_norm < 1e-12


def settled_hessian(W1, W2, X, owner, sigma, weight_decay):
    """Hessian by automatic differentiation, unit a on exactly on the samples of owner[a]: (2dp, 2dp)."""
    X, on = torch.tensor(X), torch.tensor(owner[:, None] == np.arange(len(X))).double()

    def loss(W1, W2):
        total = weight_decay * ((W1**2).sum() + (W2**2).sum())
        for i, x in enumerate(X):
            denoiser = (W2 * on[:, i]) @ W1.T
            total = total + (((denoiser @ x - x) ** 2).sum() + sigma**2 * (denoiser**2).sum()) / len(X)
        return total

    blocks = torch.autograd.functional.hessian(loss, (torch.tensor(W1), torch.tensor(W2)))
    size = W1.size
    return torch.cat([torch.cat([b.reshape(size, size) for b in row], dim=1) for row in blocks]).numpy()


@settings(max_examples=20)
@given(st.integers(1, 5), st.sampled_from([0.0, 0.03]), st.sampled_from([0.0, 0.02, 1.0]), st.data())
def test_curvatures_are_those_of_the_full_space(d, sigma, weight_decay, data):
    """One or two opposite samples with a unit each, gates at least 15σ away, anywhere near the formula."""
    rng = np.random.default_rng(data.draw(seeds()))
    n = data.draw(st.integers(1, 2))
    X = np.array([[1.0], [-1.3]])[:n] * np.eye(1, d) @ data.draw(rotations(d))
    inside = np.linalg.pinv(X) @ X
    outside = data.draw(st.booleans())
    layers = [memorizing_weights(X, sigma, 0.0) + 0.1 * rng.standard_normal((d, n)) for _ in range(2)]
    W1, W2 = layers if outside else [inside @ layer for layer in layers]
    full = np.linalg.eigvalsh(settled_hessian(W1, W2, X, np.arange(n), sigma, weight_decay))
    found = curvatures(W1, W2, X, sigma, weight_decay)
    span = np.linalg.matrix_rank(np.concatenate([X.T, W1, W2], axis=1))
    assert len(found) == 2 * n * min(d, span + 1)
    assert (np.diff(found) >= 0).all()
    accuracy = 2e-9 * np.abs(full).max()
    if span + 1 >= d:
        assert np.allclose(found, full, rtol=0, atol=accuracy)
    else:
        # Every direction orthogonal to the span repeats the eigenvalues of the one that stands for them all.
        distance = np.abs(found[:, None] - full)
        assert distance.min(axis=1).max() < accuracy
        assert distance.min(axis=0).max() < accuracy
        assert found.sum() == pytest.approx(expected_trace(W1, W2, X, sigma, weight_decay, span + 1), rel=1e-7)


def expected_trace(W1, W2, X, sigma, weight_decay, directions):
    """Trace of the settled Hessian over so many directions, for unit a on sample a alone."""
    n = len(X)
    encoder = sum(2 * (W2**2).sum(axis=0) * ((X**2).sum(axis=1) + directions * sigma**2)) / n
    decoder = sum(2 * directions * ((X * W1.T).sum(axis=1) ** 2 + sigma**2 * (W1**2).sum(axis=0))) / n
    return encoder + decoder + 2 * weight_decay * 2 * n * directions


def test_curvatures_of_large_weights_are_as_accurate():
    X = np.array([[1.0, 0.0]])
    W1, W2 = np.array([[300.0], [0.0]]), np.array([[1 / 300.0], [0.0]])
    full = np.linalg.eigvalsh(settled_hessian(W1, W2, X, np.arange(1), 0.01, 0.1))
    found = curvatures(W1, W2, X, 0.01, 0.1)
    assert np.allclose(found, full, rtol=0, atol=1e-8 * full[-1])
