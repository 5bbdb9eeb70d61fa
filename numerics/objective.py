"""The objective of a two-layer ReLU denoising autoencoder (BR eq. 6) and its gradient, without sampling.

L(W1, W2) = (1/n) Σ_i E_ε ‖W2 [W1ᵀ(x_i + σε)]_+ − x_i‖² + λ(‖W1‖_F² + ‖W2‖_F²), ε ~ N(0, I_d).

The pre-activations z_ia of sample i are Gaussian with means μ_ia = w1_aᵀx_i, deviations s_a = σ‖w1_a‖ and
correlations ρ_ab = cos(w1_a, w1_b), so with h_ia = [z_ia]_+

L = (1/n) Σ_i [‖x_i‖² − 2 Σ_a w2_aᵀx_i E h_ia + Σ_ab w2_aᵀw2_b E h_ia h_ib] + decay.

The gradient in W1 uses Stein's lemma, E[g(y) y] = x E g + σ² E ∇g for y = x + σε:
E[1_a h_b y] = E[1_a h_b] x + σ² (Φ₂ w_b + φ(α_a)/s_a · E[h_b | z_a = 0] w_a). ReLU'(0) = 0: a unit with
s_a = 0 and μ_a ≤ 0 has no gradient from the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.special import ndtr

from theory import gaussian_relu, validation
from theory.normal_tails import Array, Values, density

Weights = Float64[np.ndarray, "B d p"]
# Pairs of units held at once: about 10 arrays of this length.
_PAIRS_AT_ONCE = 1 << 19
# Cosines this close to ±1 are recomputed from the difference of the unit vectors.
_NEARLY_PARALLEL = 1e-6


class _Problem(NamedTuple):
    W1: Weights
    W2: Weights
    X: Float64[np.ndarray, "n d"]
    sigma: float
    units: Weights
    scales: Float64[np.ndarray, "B 1 p"]
    cosines: Float64[np.ndarray, "B p p"]


def expected_loss(W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float) -> float | Array:
    """BR eq. 6 for weights (…, d, p) and samples X (n, d): a float, or an array over the leading dimensions.

    Noise is integrated in closed form, accurate to about 1e-14 of the largest term of the sum. ValueError on
    values that are not finite, shapes that do not match, sigma < 0 or weight_decay < 0.
    """
    W1, W2, X, sigma, weight_decay = _validated(W1, W2, X, sigma, weight_decay)
    shape = W1.shape[:-2]
    W1, W2 = _flat(W1), _flat(W2)
    loss = _decay(W1, W2, weight_decay)
    for batch, rows in _pieces(len(W1), len(X), W1.shape[-1]):
        problem = _problem(W1[batch], W2[batch], X[rows], sigma)
        mu = problem.X @ problem.W1
        first = gaussian_relu.mean(mu, problem.scales)
        second = gaussian_relu.second_moment(mu, problem.scales)
        a, b = np.triu_indices(W1.shape[-1], 1)
        cross = _pairs(problem, mu, a, b).cross
        gram = _gram(problem.W2)
        terms = (
            (problem.X**2).sum()
            - 2 * ((problem.X @ problem.W2) * first).sum((1, 2))
            + (second.sum(1) * np.einsum("baa->ba", gram)).sum(1)
            + 2 * (cross.sum(1) * gram[:, a, b]).sum(1)
        )
        loss[batch] += terms / len(X)
    return loss.reshape(shape) if shape else float(loss[0])


def loss_and_gradient(
    W1: Any, W2: Any, X: Any, sigma: float, weight_decay: float
) -> tuple[float | Array, Float64[np.ndarray, "*b d p"], Float64[np.ndarray, "*b d p"]]:
    """`expected_loss` with its gradients in W1 and W2, both of the shape of the weights; arguments as there.

    With σ > 0 the gradient is exact wherever no column of W1 is zero; with s_a = 0 it takes ReLU'(0) = 0.
    """
    W1, W2, X, sigma, weight_decay = _validated(W1, W2, X, sigma, weight_decay)
    shape, leading = W1.shape, W1.shape[:-2]
    W1, W2 = _flat(W1), _flat(W2)
    loss = _decay(W1, W2, weight_decay)
    grad_W1, grad_W2 = 2 * weight_decay * W1, 2 * weight_decay * W2
    for batch, rows in _pieces(len(W1), len(X), W1.shape[-1]):
        problem = _problem(W1[batch], W2[batch], X[rows], sigma)
        part_loss, part_W1, part_W2 = _data_terms(problem)
        loss[batch] += part_loss / len(X)
        grad_W1[batch] += part_W1 / len(X)
        grad_W2[batch] += part_W2 / len(X)
    return (
        loss.reshape(leading) if leading else float(loss[0]),
        grad_W1.reshape(shape),
        grad_W2.reshape(shape),
    )


def _data_terms(problem: _Problem) -> tuple[Float64[np.ndarray, " B"], Weights, Weights]:
    """Σ_i of the squared error and of its gradients, samples of the problem only."""
    W1, W2, X, sigma, units, scales, _ = problem
    p = W1.shape[-1]
    mu = X @ W1
    alpha = gaussian_relu.standardised(mu, scales)
    first = gaussian_relu.mean(mu, scales)
    second = gaussian_relu.second_moment(mu, scales)
    active, bell = ndtr(alpha), density(alpha)
    a, b = np.triu_indices(p, 1)
    moments = _pairs(problem, mu, a, b)
    cross = _symmetric(moments.cross.sum(1), a, b, p) + _diagonal(second.sum(1))
    orthant = _symmetric(moments.orthant.sum(1), a, b, p)
    gates = np.zeros((*mu.shape, p))
    gates[..., a, b], gates[..., b, a] = moments.gate_a, moments.gate_b
    peaks = np.zeros((*mu.shape, p))
    peaks[..., a, b], peaks[..., b, a] = (
        _boundary(problem, mu, alpha, bell, a, b),
        _boundary(problem, mu, alpha, bell, b, a),
    )

    gram = _gram(W2)
    outer = gram * (1 - np.eye(p))
    diagonal = np.einsum("baa->ba", gram)[:, None, :]
    projected = X @ W2
    loss = (X**2).sum() - 2 * (projected * first).sum((1, 2)) + (cross * gram).sum((1, 2))
    grad_W2 = 2 * (W2 @ cross - X.T @ first)
    # The gradient in w1_a is made of multiples of x_i, of w1_a, of its unit vector and of the other columns.
    along_x = -2 * projected * active + 2 * (gates * outer[:, None]).sum(-1) + 2 * diagonal * first
    along_unit = -2 * sigma * (projected * bell).sum(1)
    along_self = 2 * sigma**2 * ((peaks.sum(1) * outer).sum(-1) + diagonal[:, 0] * active.sum(1))
    grad_W1 = X.T @ along_x + units * along_unit[:, None] + W1 * along_self[:, None]
    return loss, grad_W1 + 2 * sigma**2 * W1 @ (orthant * outer), grad_W2


def _boundary(
    problem: _Problem,
    mu: Float64[np.ndarray, "B n p"],
    alpha: Float64[np.ndarray, "B n p"],
    bell: Values,
    a: Any,
    b: Any,
) -> Float64[np.ndarray, "B n k"]:
    """φ(α_a)/s_a · E[h_b | z_a = 0], what the edge z_a = 0 adds to E[1_a h_b y]; 0 where s_a = 0."""
    rho = problem.cosines[:, None, a, b]
    edge = bell > 0
    conditional_mean = mu[..., b] - rho * problem.scales[..., b] * np.where(edge, alpha, 0.0)[..., a]
    spread = problem.scales[..., b] * np.sqrt((1 - rho) * (1 + rho))
    height = np.divide(bell, problem.scales, out=np.zeros_like(bell), where=edge)
    return height[..., a] * gaussian_relu.mean(conditional_mean, spread)


def _pairs(problem: _Problem, mu: Float64[np.ndarray, "B n p"], a: Any, b: Any) -> gaussian_relu.PairMoments:
    s = problem.scales
    return gaussian_relu.pair_moments(mu[..., a], mu[..., b], s[..., a], s[..., b], problem.cosines[:, None, a, b])


def _problem(W1: Weights, W2: Weights, X: Float64[np.ndarray, "n d"], sigma: float) -> _Problem:
    norms = np.linalg.norm(W1, axis=1, keepdims=True)
    units = np.divide(W1, norms, out=np.zeros_like(W1), where=norms > 0)
    return _Problem(W1, W2, X, sigma, units, sigma * norms, _cosines(units))


def _cosines(units: Weights) -> Float64[np.ndarray, "B p p"]:
    """Cosines of the columns in [−1, 1], exactly ±1 where columns are parallel, 0 with a zero column."""
    cosines = _gram(units)
    # 1 − |ρ| = ½‖û_a ∓ û_b‖² does not cancel, and rounds to 0 when the columns agree to the last place.
    batch, a, b = np.nonzero(np.abs(cosines) > 1 - _NEARLY_PARALLEL)
    sign = np.sign(cosines[batch, a, b])
    gap = units[batch, :, a] - sign[:, None] * units[batch, :, b]
    cosines[batch, a, b] = sign * (1 - 0.5 * (gap * gap).sum(1))
    return cosines


def _gram(W: Weights) -> Float64[np.ndarray, "B p p"]:
    return np.swapaxes(W, 1, 2) @ W


def _symmetric(values: Float64[np.ndarray, "B k"], a: Any, b: Any, p: int) -> Float64[np.ndarray, "B p p"]:
    matrix = np.zeros((len(values), p, p))
    matrix[:, a, b] = matrix[:, b, a] = values
    return matrix


def _diagonal(values: Float64[np.ndarray, "B p"]) -> Float64[np.ndarray, "B p p"]:
    return values[:, :, None] * np.eye(values.shape[-1])


def _decay(W1: Weights, W2: Weights, weight_decay: float) -> Float64[np.ndarray, " B"]:
    return weight_decay * ((W1**2).sum((1, 2)) + (W2**2).sum((1, 2)))


def _pieces(batch: int, n: int, p: int) -> Iterator[tuple[slice, slice]]:
    """Slices of problems and of samples that together hold a bounded number of pairs of units."""
    rows = max(1, min(n, _PAIRS_AT_ONCE // max(1, p * p)))
    problems = max(1, _PAIRS_AT_ONCE // (rows * max(1, p * p)))
    for first in range(0, batch, problems):
        for row in range(0, n, rows):
            yield slice(first, first + problems), slice(row, row + rows)


def _flat(W: Array) -> Weights:
    return W.reshape(math.prod(W.shape[:-2]), *W.shape[-2:])


def _validated(W1: Any, W2: Any, X: Any, sigma: Any, weight_decay: Any) -> tuple[Any, Any, Any, float, float]:
    X = validation.samples(X)
    W1, W2 = validation.weights(W1, W2, X.shape[1])
    return (
        W1,
        W2,
        X,
        validation.nonnegative(sigma, "sigma"),
        validation.nonnegative(weight_decay, "weight_decay"),
    )
