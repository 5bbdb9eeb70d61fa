"""The slope in balls against the float gradient, and the bound on what one wrong gate leaves out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from numerics.objective import loss_and_gradient
from proofs_check.wrong_gates import memorizing_slope, unexplained_slope
from theory.block_minimizer import memorizing_weights
from theory.residual import gate_leak_gradient

OBTUSE = [
    np.array([[1.0, 0.25], [-0.75, 0.5]]),
    np.array([[1.0, 0.0, 0.1], [-0.5, 1.0, 0.0], [-0.3, -0.9, 0.2]]),
    np.array([[1.0, 0.0], [-0.5, 0.75], [-0.25, -1.0]]),
]


def floats(entries):
    return np.array([[float(entry) for entry in row] for row in entries])


@pytest.mark.parametrize("X", OBTUSE)
@pytest.mark.parametrize("weight_decay", [0.0, 0.05])
@pytest.mark.parametrize("sigma", [0.1, 0.2])
def test_it_is_the_gradient_where_floats_can_see_it(X, weight_decay, sigma):
    W = memorizing_weights(X, sigma, weight_decay)
    _, *expected = loss_and_gradient(W, W, X, sigma, weight_decay)
    for balls, slope in zip(memorizing_slope(X, sigma, weight_decay), expected, strict=True):
        assert floats(balls) == pytest.approx(slope, rel=0, abs=1e-14)
        assert all(float(entry.rad()) < 1e-60 for row in balls for entry in row)


def test_far_gates_need_more_bits_only():
    X, sigma = OBTUSE[0], 0.04
    leak = gate_leak_gradient(X, sigma, 0.0)
    few, many = (memorizing_slope(X, sigma, 0.0, bits=bits)[0][0][0] for bits in (100, 800))
    assert float(few.rad()) > abs(float(many))
    assert float(many) == pytest.approx(leak[0][0, 0], rel=1e-11)


def bound_by_quadrature(X, sigma):
    """The bound from its statement: E|y|² and the probability on each half-space, by one-dimensional integrals."""
    n, d = X.shape
    directions = [x / math.sqrt(x @ x) for x in X]
    omega = math.sqrt(np.linalg.eigvalsh(sum(np.outer(u, u) for u in directions)).max())
    total = 0.0
    for i, x in enumerate(X):
        pairs = [(j, k) for j in range(n) for k in range(j) if i not in (j, k)]
        for normal in [-directions[i], *(directions[j] + directions[k] for j, k in pairs)]:
            nu = normal / math.sqrt(normal @ normal)
            height = float(nu @ x)
            density = norm(height, sigma).pdf
            far = 12 * sigma
            chance = quad(density, 0, far, epsabs=0, limit=200)[0]
            along = quad(lambda v, density=density: v * v * density(v), 0, far, epsabs=0, limit=200)[0]
            squares = along + chance * (x @ x - height**2 + (d - 1) * sigma**2)
            total += squares * (2 * omega**3 + 7 * n + omega) + chance * (x @ x) * (omega + n)
    return 2 * total / n


@pytest.mark.parametrize("X", OBTUSE)
@pytest.mark.parametrize("sigma", [0.15, 0.3, 0.5])
def test_the_bound_is_what_it_says_and_holds(X, sigma):
    bound = unexplained_slope(X, sigma)
    assert bound == pytest.approx(bound_by_quadrature(X, sigma), rel=1e-7)
    balls = np.stack([floats(entries) for entries in memorizing_slope(X, sigma, 0.02)])
    assert np.linalg.norm(balls - np.stack(gate_leak_gradient(X, sigma, 0.02))) <= bound


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan])
def test_noise_must_be_positive(sigma):
    for call in (lambda: memorizing_slope(OBTUSE[0], sigma, 0.0), lambda: unexplained_slope(OBTUSE[0], sigma)):
        with pytest.raises(ValueError, match="sigma must be"):
            call()
