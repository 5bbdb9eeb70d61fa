"""The slope of BR eq. 6 at the memorising weights in balls, and a bound on what one wrong gate does not explain.

With frozen gates the slope is zero exactly, so all digits of the balls are about wrong gates; a float gradient is
rounding there once σ is a seventh of the margin.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from flint import arb, arb_mat
from jaxtyping import Float

from theory import validation
from theory.block_minimizer import (
    COUNT,
    MEMORIZING_SQUARED_SCALE,
    SIGMA,
    SQUARED_NORM,
    WEIGHT_DECAY,
    memorizing_weights,
)
from theory.normal_tails import tails

from .ball_derivatives import Derivatives, network
from .balls import enclose, precision

Entries = list[list[arb]]


def memorizing_slope(
    X: Float[Any, "n d"], sigma: float, weight_decay: float, *, bits: int = 400
) -> tuple[Entries, Entries]:
    """Gradients in W1 and W2, each d lists of n balls, at W1 = W2 = (r_1x_1 … r_nx_n) of the exact floats given.

    Raises `ValueError` as `theory.block_minimizer.memorizing_weights`, and for σ = 0.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    memorizing_weights(X, sigma, weight_decay)
    with precision(bits):
        rows = [[arb(value) for value in x] for x in X.tolist()]
        columns = []
        for x in rows:
            values = {
                SQUARED_NORM: sum((v * v for v in x), arb(0)),
                SIGMA: sigma,
                COUNT: len(X),
                WEIGHT_DECAY: weight_decay,
            }
            scale = enclose(MEMORIZING_SQUARED_SCALE, values).sqrt()
            columns.append([scale * v for v in x])
        W = arb_mat(columns).transpose()
        found = Derivatives(rows, [1] * len(rows), network(W, W), arb(sigma), arb(weight_decay))
        first, second = found.gradient()
        return first.tolist(), second.tolist()


def unexplained_slope(X: Float[Any, "n d"], sigma: float) -> float:
    """Bound on the norm of `memorizing_slope` minus `theory.residual.gate_leak_gradient`.

    They differ on noise that closes a sample's own gate or opens two others. The latter lies in the half-space (û_j +
    û_k)·y > 0. On a half-space at distance D from x, E|y|² = m₂ + q(‖x_⊥‖² + (d − 1)σ²); with ω the operator norm of W
    (columns shorter than 1) the integrands are at most |y|²(2ω³ + 7n + ω) + ‖x‖²(ω + n).
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    n, d = X.shape
    norms = np.linalg.norm(X, axis=1)
    directions = X / norms[:, None]
    operator = float(np.linalg.norm(directions, 2))
    total = 0.0
    for i, x in enumerate(X):
        others = [k for k in range(n) if k != i]
        normals = [-directions[i], *(directions[j] + directions[k] for j, k in combinations(others, 2))]
        for normal in normals:
            beyond = -float(x @ normal) / np.linalg.norm(normal)
            chance = tails(np.array(beyond / sigma))
            across = norms[i] ** 2 - beyond**2 + (d - 1) * sigma**2
            squares = 2 * sigma**2 * chance.second + chance.zeroth * across
            total += (2 * operator**3 + 7 * n + operator) * squares + (operator + n) * norms[i] ** 2 * chance.zeroth
    return float(2 / n * total)
