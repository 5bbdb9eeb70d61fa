"""The training objective with pairs of units taken to first order in their correlation, and its minimisers.

Every unit sees the noise exactly, by its mean, variance and gate; what two units share is σ²w_aᵀw_b Φ_aΦ_b, the first
term of cov(h_a, h_b) in the correlation of their pre-activations, Φ_a the probability that unit a is on. That is exact
for one unit, for perpendicular units, for settled gates (on, so that blocks cost what Lemma D.1 says, or off), and at
σ = 0. The orthant integrals of the exact objective are left out.

For given encoders the best decoder solves a linear system, so that encoders alone are searched.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from scipy.optimize import minimize
from scipy.special import ndtr

from . import validation
from .clustering import distinct_samples
from .gaussian_relu import standardised
from .normal_tails import density

# Directions of the units' second moments below this share of the largest get no decoder: they are one unit twice.
RESOLVED = 1e-12


class Relaxed(NamedTuple):
    """A network at which the mean-field objective is (nearly) stationary, and the objective there."""

    W1: Float64[np.ndarray, "d p"]
    W2: Float64[np.ndarray, "d p"]
    loss: float


class _Moments(NamedTuple):
    """E h, E h² and Φ of every sample and unit, the gates' standardised means and densities, and σ²W1ᵀW1."""

    first: Float64[np.ndarray, "n p"]
    second: Float64[np.ndarray, "n p"]
    on: Float64[np.ndarray, "n p"]
    alpha: Float64[np.ndarray, "n p"]
    bump: Float64[np.ndarray, "n p"]
    scales: Float64[np.ndarray, " p"]
    noise: Float64[np.ndarray, "p p"]


def _moments(W1: Float64[np.ndarray, "d p"], X: Float64[np.ndarray, "n d"], sigma: float) -> _Moments:
    scales = sigma * np.linalg.norm(W1, axis=0)
    mu = X @ W1
    alpha = standardised(mu, scales)
    # What cancels in the tails is below the rounding of the sums that follow, and `gaussian_relu` takes far longer.
    on, bump = ndtr(alpha), np.asarray(density(alpha))
    first = mu * on + scales * bump
    second = mu * first + scales**2 * on
    return _Moments(first, second, on, alpha, bump, scales, sigma**2 * (W1.T @ W1))


def mean_field_errors(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float
) -> Float64[np.ndarray, " n"]:
    """E‖f(x_i + σε) − x_i‖² of each sample for f(y) = W2[W1ᵀy]_+, pairs of units to first order in their correlation.

    In the units of X squared. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    found = _moments(W1, X, validation.nonnegative(sigma, "sigma"))
    overlaps = W2.T @ W2
    missed = ((X - found.first @ W2.T) ** 2).sum(axis=1)
    variances = (found.second - found.first**2) @ np.diag(overlaps)
    shared = ((found.on @ (_off_diagonal(overlaps) * found.noise)) * found.on).sum(axis=1)
    return missed + variances + shared


def mean_field_loss(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> float:
    """BR eq. 6 with pairs of units to first order in their correlation: mean of `mean_field_errors` plus decay."""
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    return float(mean_field_errors(W1, W2, X, sigma).mean() + weight_decay * ((W1**2).sum() + (W2**2).sum()))


def relax(X: Float[Any, "n d"], W1: Float[Any, "d p"], sigma: float, weight_decay: float, steps: int) -> Relaxed:
    """Lower the mean-field objective from the encoders W1 by at most `steps` quasi-Newton steps.

    Decoders are the best for their encoders throughout. The result's columns are balanced, ‖w_a‖ = ‖v_a‖, as they are
    at every minimiser with λ > 0. Works in the given coordinates: bring the samples to their span first where d is
    large. Raises `ValueError` for bad input.
    """
    rows, multiplicities, index = distinct_samples(X)
    W1, _ = validation.network(W1, W1, rows.shape[1])
    sigma = validation.nonnegative(sigma, "sigma")
    decay = len(index) * validation.nonnegative(weight_decay, "weight_decay")
    counts = multiplicities.astype(np.float64)[:, None]
    shape = W1.shape

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope, _ = _profile(flat.reshape(shape), rows, counts, sigma, decay)
        return loss / len(index), slope.ravel() / len(index)

    steps = validation.whole(steps, "steps", 0)
    if W1.size and steps:
        options = {"maxiter": steps, "maxfun": 2 * steps + 20, "ftol": 1e-11, "maxcor": 20}
        W1 = minimize(value, W1.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(shape)
    loss, _, W2 = _profile(W1, rows, counts, sigma, decay)
    sizes1, sizes2 = np.linalg.norm(W1, axis=0), np.linalg.norm(W2, axis=0)
    alive = (sizes1 > 0) & (sizes2 > 0)
    ratio = np.sqrt(np.divide(sizes2, sizes1, out=np.zeros_like(sizes1), where=alive))
    loss -= decay * ((sizes1 - sizes2) ** 2).sum()
    W2 = W2 * np.divide(1.0, ratio, out=np.zeros_like(ratio), where=alive)
    return Relaxed(W1 * ratio, W2, float(loss / len(index)))


def _profile(
    W1: Float64[np.ndarray, "d p"],
    X: Float64[np.ndarray, "u d"],
    counts: Float64[np.ndarray, "u 1"],
    sigma: float,
    decay: float,
) -> tuple[float, Float64[np.ndarray, "d p"], Float64[np.ndarray, "d p"]]:
    """n times the objective at the best decoder, its gradient in W1, and that decoder."""
    found = _moments(W1, X, sigma)
    heights, gates = counts * found.first, counts * found.on
    together = gates.T @ found.on
    quadratic = heights.T @ found.first + found.noise * together
    np.fill_diagonal(quadratic, (counts * found.second).sum(axis=0))
    targets = X.T @ heights
    W2 = _solved(targets, quadratic + decay * np.eye(W1.shape[1]))
    loss = float((counts * X**2).sum() - (targets * W2).sum() + decay * (W1**2).sum())
    overlaps = W2.T @ W2
    outer, squares = _off_diagonal(overlaps), np.diag(overlaps)
    # Half the slopes in E h, E h² and Φ; the decoder, being best, adds none.
    by_first = heights @ outer - counts * (X @ W2)
    by_on = gates @ (outer * found.noise)
    edge = np.divide(found.bump, found.scales, out=np.zeros_like(found.bump), where=found.scales > 0)
    turned = np.multiply(found.alpha, edge, out=np.zeros_like(edge), where=edge > 0)
    by_mu = by_first * found.on + counts * squares * found.first + by_on * edge
    by_scale = (by_first * found.bump + counts * squares * found.scales * found.on - by_on * turned).sum(axis=0)
    along = np.divide(by_scale, found.scales, out=np.zeros_like(by_scale), where=found.scales > 0)
    slope = X.T @ by_mu + sigma**2 * (W1 * along + W1 @ (outer * together)) + decay * W1
    return loss, 2 * slope, W2


def _solved(targets: Float64[np.ndarray, "d p"], quadratic: Float64[np.ndarray, "p p"]) -> Float64[np.ndarray, "d p"]:
    """targets · quadratic⁻¹ on the resolved directions. Never forms the inverse, whose large entries are rounded.

    In units in which the diagonal is one, for a unit's length says nothing of how well its decoder is known.
    """
    sizes = np.sqrt(np.diag(quadratic))
    sizes = np.where(sizes > 0, sizes, 1.0)
    values, vectors = np.linalg.eigh(quadratic / np.outer(sizes, sizes))
    resolved = values > RESOLVED * values.max(initial=0.0)
    kept = vectors[:, resolved]
    return (targets / sizes @ kept / values[resolved]) @ kept.T / sizes


def _off_diagonal(table: Float64[np.ndarray, "p p"]) -> Float64[np.ndarray, "p p"]:
    return table - np.diag(np.diag(table))
