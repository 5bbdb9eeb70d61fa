"""The slope at the memorising weights against quadrature, and the residual against curvature and the true minimiser."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.minimize import minimize
from numerics.objective import loss_and_gradient
from tests.strategies import rotations, seeds
from theory import residual
from theory.block_minimizer import memorizing_weights
from theory.separability import regular_simplex

LAGUERRE = np.polynomial.laguerre.laggauss(80)
HERMITE = np.polynomial.hermite_e.hermegauss(3)


@st.composite
def obtuse_samples(draw, least: int = 1, most: int = 5) -> np.ndarray:
    """(n, d) samples with negative cosines and none nearly opposite, in any d ≥ 2 and also alone."""
    n = draw(st.integers(least, most))
    d = draw(st.integers(max(2, n - 1), n + 2))
    rng = np.random.default_rng(draw(seeds()))
    if n == 1:
        return rng.standard_normal((1, d))
    if n == 2:
        angle = rng.uniform(np.pi / 2 + 0.1, np.pi - 0.9)
        directions = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]]) @ np.eye(2, d)
    else:
        shaken = regular_simplex(n, d) + draw(st.sampled_from([0.0, 0.05, 0.2])) * rng.standard_normal((n, d))
        directions = shaken / np.linalg.norm(shaken, axis=1, keepdims=True)
        cosines = (directions @ directions.T)[np.triu_indices(n, 1)]
        if not (cosines.max() < -0.1 and cosines.min() > -0.6):
            directions = regular_simplex(n, d)
    return rng.uniform(0.7, 1.5, (n, 1)) * directions @ draw(rotations(d)).T


def distances(X):
    """t_ij for i ≠ j, and infinity on the diagonal."""
    t = np.abs(X @ X.T) / np.linalg.norm(X, axis=1)
    np.fill_diagonal(t, np.inf)
    return t


def margin(X):
    return float(min(distances(X).min(), np.linalg.norm(X, axis=1).min()))


def decays(X):
    limit = (X**2).sum(axis=1).min() / len(X)
    return st.sampled_from([0.0, 0.01 * limit, 0.5 * limit])


def leak_by_quadrature(X, sigma, weight_decay):
    """(2/n)Σ E[1_j …] over the half-space beyond gate j, from the definition of the gradient, node by node."""
    n, d = X.shape
    W = memorizing_weights(X, sigma, weight_decay)
    G1, G2 = np.zeros((d, n)), np.zeros((d, n))
    for i in range(n):
        for j in set(range(n)) - {i}:
            normal = X[j] / np.linalg.norm(X[j])
            beyond = -(normal @ X[i]) / sigma
            # ζ = σs/a: the density φ(a + s/a) = φ(a)e^{−s}e^{−s²/2a²}; the other directions by a Gaussian rule.
            steps = LAGUERRE[0] / beyond
            weights = LAGUERRE[1] / beyond * np.exp(-(steps**2) / 2 - beyond**2 / 2) / np.sqrt(2 * np.pi)
            others = np.linalg.svd(normal[None, :])[2][1:]
            shifts = np.stack(np.meshgrid(*[HERMITE[0]] * (d - 1), indexing="ij"), -1).reshape(-1, d - 1)
            chances = np.prod(np.meshgrid(*[HERMITE[1]] * (d - 1), indexing="ij"), axis=0).ravel()
            chances = chances / chances.sum()
            y = (X[i] + sigma * beyond * normal) + sigma * steps[:, None, None] * normal + sigma * shifts @ others
            chance = weights[:, None] * chances
            own, height = y @ W[:, i], sigma * steps[:, None] * np.linalg.norm(W[:, j])
            error = own[..., None] * W[:, i] + height[..., None] * W[:, j] - X[i]
            G1[:, j] += 2 / n * np.einsum("ab,abk,ab->k", chance, y, error @ W[:, j])
            G2[:, j] += 2 / n * np.einsum("ab,abk,ab->k", chance, error, height)
            G1[:, i] += 2 / n * (W[:, i] @ W[:, j]) * np.einsum("ab,abk,ab->k", chance, y, height)
            G2[:, i] += 2 / n * W[:, j] * np.einsum("ab,ab,ab->", chance, own, height)
    return G1, G2


@settings(max_examples=40)
@given(st.data(), obtuse_samples(most=4), st.sampled_from([3.0, 6.0, 15.0, 30.0, 34.0]))
def test_the_leak_is_the_gradient_over_the_half_spaces_however_far(data, X, ratio):
    sigma = margin(X) / ratio
    weight_decay = data.draw(decays(X))
    for found, expected in zip(
        residual.gate_leak_gradient(X, sigma, weight_decay),
        leak_by_quadrature(X, sigma, weight_decay),
        strict=True,
    ):
        # In the simplex the leading terms of different samples cancel: the scale is that of one of them.
        scale = np.exp(-(ratio**2) / 2) * sigma**2 / ratio if len(X) > 1 else 1.0
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-10 * scale)
        assert np.abs(expected).max() > 1e-3 * scale or len(X) == 1


@settings(max_examples=40)
@given(st.data(), obtuse_samples(), st.floats(3.5, 4.5))
def test_it_is_the_slope_of_the_true_objective_up_to_second_wrong_gates(data, X, ratio):
    sigma = margin(X) / ratio
    weight_decay = data.draw(decays(X))
    W = memorizing_weights(X, sigma, weight_decay)
    _, *exact = loss_and_gradient(W, W, X, sigma, weight_decay)
    size = float(np.linalg.norm(exact))
    # A second gate or the sample's own: at least √2 margins or one norm away.
    second = np.exp(-min(2 * margin(X) ** 2, (X**2).sum(axis=1).min()) / (2 * sigma**2))
    allowed = 20 * (X**2).sum() * second + 1e-13 * (X**2).sum()
    for found, expected in zip(residual.gate_leak_gradient(X, sigma, weight_decay), exact, strict=True):
        assert np.linalg.norm(found - expected) <= allowed
    assert len(X) == 1 or size > 1e-9


@settings(max_examples=40)
@given(st.data(), obtuse_samples(), st.floats(2.0, 30.0))
def test_the_residual_answers_the_slope_through_the_curvature_with_frozen_gates(data, X, ratio):
    n, d = X.shape
    sigma = margin(X) / ratio
    weight_decay = data.draw(decays(X))
    W = torch.tensor(memorizing_weights(X, sigma, weight_decay))
    slope = np.stack(residual.gate_leak_gradient(X, sigma, weight_decay))
    answer = np.stack(residual.predicted_residual(X, sigma, weight_decay))
    for k, x in enumerate(torch.tensor(X)):

        def frozen(columns, x=x):
            w, v = columns[:d], columns[d:]
            error = v * (w @ x) - x
            own = (error @ error + sigma**2 * (v @ v) * (w @ w)) / n
            return own + weight_decay * (w @ w + v @ v)

        hessian = torch.autograd.functional.hessian(frozen, torch.cat([W[:, k], W[:, k]]))
        curvature = torch.as_tensor(hessian).numpy()
        back = curvature @ answer[:, :, k].ravel()
        # Norms of numbers this small would underflow.
        scale = np.abs(slope).max() + 1e-300
        assert np.allclose(back, -slope[:, :, k].ravel(), rtol=0, atol=1e-9 * scale)
        # Both columns of a unit grow alike: no step along the flat direction at λ = 0.
        along = X[k] @ answer[:, :, k].T
        assert along[0] == pytest.approx(along[1], rel=1e-9, abs=1e-11 * np.abs(answer).max())


@settings(max_examples=12, deadline=None)
@given(st.data(), obtuse_samples(least=2, most=4), st.floats(4.3, 4.7))
def test_the_minimiser_is_where_the_residual_says(data, X, ratio):
    X = X / np.linalg.norm(X, axis=1).mean()
    sigma = margin(X) / ratio
    weight_decay = data.draw(decays(X).filter(bool))
    W = memorizing_weights(X, sigma, weight_decay)
    found = minimize(X, W, W, sigma, weight_decay, gradient_tolerance=1e-11)
    assert found.converged
    away = np.stack([found.W1 - W, found.W2 - W])
    predicted = np.stack(residual.predicted_residual(X, sigma, weight_decay))
    assert np.linalg.norm(away - predicted) <= 0.01 * np.linalg.norm(predicted)


@given(st.data(), obtuse_samples(), st.floats(2.0, 30.0), st.floats(0.01, 100.0))
def test_units_turns_and_order_do_not_matter(data, X, ratio, unit):
    sigma = margin(X) / ratio
    weight_decay = data.draw(decays(X))
    order = np.array(data.draw(st.permutations(range(len(X)))))
    turn = data.draw(rotations(X.shape[1]))
    moved = (unit * X[order] @ turn.T, unit * sigma, unit**2 * weight_decay)
    for function, power in ((residual.gate_leak_gradient, 2), (residual.predicted_residual, 0)):
        before, after = (np.stack(function(*arguments)) for arguments in ((X, sigma, weight_decay), moved))
        expected = unit**power * np.einsum("kd,ldn->lkn", turn, before[:, :, order])
        assert np.allclose(after, expected, rtol=0, atol=1e-8 * np.abs(expected).max(initial=1e-300))


def test_one_sample_and_distant_gates_leave_nothing():
    for X, sigma in ((np.array([[1.0, 2.0]]), 0.5), (np.array([[3.0, 0.0], [-3.0, 4.0]]), 0.04)):
        for function in (residual.gate_leak_gradient, residual.predicted_residual):
            for layer in function(X, sigma, 0.1):
                assert layer.shape == (2, len(X))
                assert not layer.any()
