"""Moments of rectified Gaussians: E[z_+], E[z_+²] and E[(z_a)_+ (z_b)_+], accurate far into the tails.

They turn the noise average of BR eq. 6 into a closed form, as w·(x + σε) is N(w·x, σ²‖w‖²). The usual closed
form of the cross moment cancels in the tails; every term below is positive. Write α = μ_a/s_a, β = μ_b/s_b,
M = E[(α + u)_+ (β + v)_+], Φ₂ = P(α + u > 0, β + v > 0) with corr(u, v) = ρ. Price's theorem (∂M/∂ρ = Φ₂,
∂Φ₂/∂ρ = φ₂, the bivariate density) integrated from r₀ = 0 (ρ ≥ 0) or r₀ = −1 (ρ < 0) gives

    Φ₂(ρ) = Φ₂(r₀) + ∫_{r₀}^ρ φ₂ dr,     M(ρ) = M(r₀) + (ρ − r₀) Φ₂(r₀) + ∫_{r₀}^ρ (ρ − r) φ₂ dr,

where at r₀ = 0 both factorise and at r₀ = −1 (v = −u) they are integrals over −α < u < β. With S = α + β,
D = α − β, r = tanh t the quadratic form is diagonal and the endpoint singularities of φ₂ move to infinity:

    φ₂ dr = (1/2π) exp(−[S²(1 + e^{−2t}) + D²(1 + e^{2t})]/8) sech t dt,
    ρ − tanh t = 2(1 − e^{2t}/e²)/((1 + 1/e²)(1 + e^{2t})),     e² = (1 + ρ)/(1 − ρ).

For ρ → −1 the answer depends on S far below the rounding of α and β, so S is formed in twice the precision.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.special import ndtr

from theory import validation
from theory.normal_tails import Array, Values, density, tails

Vector = Float64[np.ndarray, " k"]

# Beyond 40 standard deviations the other side has probability 0 in double precision.
_CERTAIN = 40.0
# Integrands are dropped where they fell by e^-42 < 1e-18 from their largest value.
_DROP = 42.0
_PANEL_WIDTH, _PANEL_NODES = 3.0, 32
_GAUSS_NODES = 48
# tanh(±50) = ±1 with an error below 1e-43.
_T_MAX = 50.0
# Pairs at once: at most 16 panels each, so 8 MiB an array.
_BLOCK = 2048


class PairMoments(NamedTuple):
    """Moments of a pair of Gaussians that share one quadrature, all of the broadcast shape.

    cross = E[(z_a)_+ (z_b)_+], orthant = P(z_a > 0, z_b > 0), gate_a = E[1{z_a > 0} (z_b)_+],
    gate_b = E[(z_a)_+ 1{z_b > 0}]; the gates are ∂cross/∂μ_a and ∂cross/∂μ_b.
    """

    cross: Values
    orthant: Values
    gate_a: Values
    gate_b: Values


def standardised(mu: Array, s: Array) -> Array:
    """mu/s, and ±∞ at s = 0, where mu = 0 counts as off (−∞); arguments broadcast and are not checked."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(s > 0, np.divide(mu, s), np.where(mu > 0, np.inf, -np.inf))


def mean(mu: Any, s: Any) -> Values:
    """E[z_+] for z ~ N(mu, s²), broadcast over mu and s; s = 0 gives max(mu, 0) exactly.

    ValueError on s < 0, values that are not finite and shapes that do not broadcast.
    """
    mu, s = _broadcast(mu=mu, s=s)
    alpha = standardised(mu, s)
    return (np.maximum(mu, 0.0) + s * tails(np.abs(alpha)).first)[()]


def second_moment(mu: Any, s: Any) -> Values:
    """E[z_+²] for z ~ N(mu, s²), broadcast over mu and s; s = 0 gives max(mu, 0)² exactly.

    ValueError on s < 0, values that are not finite and shapes that do not broadcast.
    """
    mu, s = _broadcast(mu=mu, s=s)
    alpha = standardised(mu, s)
    tail = 2 * s * s * tails(np.abs(alpha)).second
    return np.where(alpha > 0, mu * mu + (s * s - tail), tail)[()]


def orthant_probability(alpha: Any, beta: Any, rho: Any) -> Values:
    """P(α + u > 0, β + v > 0) for standard normal u, v of correlation rho, broadcast.

    ValueError on |rho| > 1, values that are not finite and shapes that do not broadcast.
    """
    alpha, beta, rho = _broadcast(alpha=alpha, beta=beta, rho=rho)
    return pair_moments(alpha, beta, 1.0, 1.0, rho).orthant


def cross_moment(mu_a: Any, mu_b: Any, s_a: Any, s_b: Any, rho: Any) -> Values:
    """E[(z_a)_+ (z_b)_+] for z ~ N(mu, s²) of correlation rho ∈ [−1, 1], broadcast over all five arguments.

    Relative error ≤ 1e-13 above 1e-8 s_a s_b and ≤ 1e-9 down to 1e-30 s_a s_b; s = 0 and rho = ±1 allowed.
    ValueError on s < 0, |rho| > 1, values that are not finite and shapes that do not broadcast.
    """
    return pair_moments(mu_a, mu_b, s_a, s_b, rho).cross


def pair_moments(mu_a: Any, mu_b: Any, s_a: Any, s_b: Any, rho: Any) -> PairMoments:
    """The cross moment, its gradient in the means and the orthant probability; arguments as `cross_moment`.

    Where s = 0 a unit is on exactly if mu > 0, which fixes ReLU'(0) = 0.
    """
    mu_a, mu_b, s_a, s_b, rho = _broadcast(mu_a=mu_a, mu_b=mu_b, s_a=s_a, s_b=s_b, rho=rho)
    if (np.abs(rho) > 1).any():
        raise ValueError(f"rho must lie in [-1, 1], got {float(rho[np.abs(rho) > 1][0])!r}")
    shape = np.broadcast_shapes(mu_a.shape, mu_b.shape, s_a.shape, s_b.shape, rho.shape)
    mu_a, mu_b, s_a, s_b, rho = (np.broadcast_to(v, shape).ravel() for v in (mu_a, mu_b, s_a, s_b, rho))
    alpha, beta = standardised(mu_a, s_a), standardised(mu_b, s_b)
    # Where one sign is certain the moments factorise; the other unit keeps its own law.
    prob_a, prob_b = ndtr(alpha), ndtr(beta)
    mean_a = np.maximum(mu_a, 0.0) + s_a * tails(np.abs(alpha)).first
    mean_b = np.maximum(mu_b, 0.0) + s_b * tails(np.abs(beta)).first
    slope_a, slope_b = rho * s_b * density(alpha), rho * s_a * density(beta)
    on_a = alpha >= beta
    cross = np.where(on_a, mu_a * mean_b + rho * s_a * s_b * prob_b, mu_b * mean_a + rho * s_a * s_b * prob_a)
    orthant = prob_a * prob_b
    gate_a = np.where(on_a, mean_b, mu_b * prob_a + slope_a)
    gate_b = np.where(on_a, mu_a * prob_b + slope_b, mean_a)
    off = np.minimum(alpha, beta) <= -_CERTAIN
    for moment in (cross, orthant, gate_a, gate_b):
        moment[off] = 0.0
    uncertain = np.flatnonzero(np.maximum(np.abs(alpha), np.abs(beta)) < _CERTAIN)
    for first in range(0, uncertain.size, _BLOCK):
        k = uncertain[first : first + _BLOCK]
        a, b, r = alpha[k], beta[k], rho[k]
        total = _accurate_sum(mu_a[k], s_a[k], a, mu_b[k], s_b[k], b)
        M, orthant[k] = _standard_moments(a, b, total, r)
        cross[k] = s_a[k] * s_b[k] * M
        step_a, step_b = _conditional_probabilities(a, b, total, r)
        gate_a[k] = s_b[k] * (b * orthant[k] + density(b) * step_a + r * density(a) * step_b)
        gate_b[k] = s_a[k] * (a * orthant[k] + density(a) * step_b + r * density(b) * step_a)
    return PairMoments(*(moment.reshape(shape)[()] for moment in (cross, orthant, gate_a, gate_b)))


def _broadcast(**arguments: Any) -> list[Array]:
    arrays = [validation.real_array(value, name) for name, value in arguments.items()]
    for (name, _), array in zip(arguments.items(), arrays, strict=True):
        if name.startswith("s") and (array < 0).any():
            raise ValueError(f"{name} must be >= 0, got {float(array[array < 0][0])!r}")
    try:
        np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(arguments, arrays, strict=True))
        raise ValueError(f"{' and '.join(arguments)} must broadcast, got shapes {shapes}") from error
    return arrays


def _accurate_sum(mu_a: Vector, s_a: Vector, alpha: Vector, mu_b: Vector, s_b: Vector, beta: Vector) -> Vector:
    """mu_a/s_a + mu_b/s_b with the rounding errors of both quotients put back."""
    # alpha + beta itself is exact wherever it is much smaller than its terms.
    return (alpha + beta) + (_quotient_error(mu_a, s_a, alpha) + _quotient_error(mu_b, s_b, beta))


def _quotient_error(mu: Vector, s: Vector, quotient: Vector) -> Vector:
    """mu/s − quotient: the remainder mu − quotient·s is exact (Dekker's product of halves)."""
    # Powers of two are taken off first, so that the halves can neither overflow nor underflow.
    scale = np.frexp(s)[1]
    s = np.ldexp(s, -scale)
    mu = np.ldexp(mu, -scale)
    q_high, q_low = _halves(quotient)
    s_high, s_low = _halves(s)
    remainder = (((mu - q_high * s_high) - q_high * s_low) - q_low * s_high) - q_low * s_low
    return remainder / s


def _halves(x: Vector) -> tuple[Vector, Vector]:
    scaled = x * (2.0**27 + 1)
    high = scaled - (scaled - x)
    return high, x - high


def _conditional_probabilities(alpha: Vector, beta: Vector, total: Vector, rho: Vector) -> tuple[Vector, Vector]:
    """P(z_a > 0 | z_b = 0) = Φ((α − ρβ)/τ) and P(z_b > 0 | z_a = 0) = Φ((β − ρα)/τ), ½ where that is 0/0."""
    difference = alpha - beta
    # α − ρβ around the end of the interval that ρ is near, where it would cancel.
    excess_a = np.where(rho > 0, difference + (1 - rho) * beta, total - (1 + rho) * beta)
    excess_b = np.where(rho > 0, (1 - rho) * alpha - difference, total - (1 + rho) * alpha)
    tau = np.sqrt((1 - rho) * (1 + rho))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio_a, ratio_b = excess_a / tau, excess_b / tau
    return ndtr(np.where(excess_a == 0, 0.0, ratio_a)), ndtr(np.where(excess_b == 0, 0.0, ratio_b))


def _standard_moments(alpha: Vector, beta: Vector, total: Vector, rho: Vector) -> tuple[Vector, Vector]:
    """M and Φ₂ of the module docstring for |α|, |β| < 40; total is α + β to full relative accuracy."""
    first, zeroth = np.empty_like(alpha), np.empty_like(alpha)
    up = rho >= 0
    a, b = alpha[up], beta[up]
    zeroth[up] = ndtr(a) * ndtr(b)
    first[up] = tails(-a).first * tails(-b).first + rho[up] * zeroth[up]
    down = np.flatnonzero(~up & (total > 0))
    first[~up], zeroth[~up] = 0.0, 0.0
    if down.size:
        M, P = _opposite_moments(alpha[down], beta[down], total[down])
        first[down], zeroth[down] = M + (1 + rho[down]) * P, P
    weighted, plain = _price_integrals(total, alpha - beta, rho)
    return first + weighted, zeroth + plain


def _opposite_moments(alpha: Vector, beta: Vector, total: Vector) -> tuple[Vector, Vector]:
    """M and Φ₂ at ρ = −1: ∫ (α + u)(β − u) φ(u) du and ∫ φ(u) du over −α < u < β, for α + β > 0."""
    nearest = np.maximum(np.maximum(-alpha, -beta), 0.0)
    reach = np.sqrt(nearest * nearest + 2 * _DROP)
    # u = x − α: the length total is known better than the two ends.
    low = np.maximum(alpha - reach, 0.0)
    high = np.minimum(alpha + reach, total)
    nodes, weights = _unit_rule(1, _GAUSS_NODES)
    x = low[:, None] + (high - low)[:, None] * nodes
    mass = density(x - alpha[:, None]) * weights
    return (high - low) * (x * (total[:, None] - x) * mass).sum(1), (high - low) * mass.sum(1)


def _price_integrals(total: Vector, difference: Vector, rho: Vector) -> tuple[Vector, Vector]:
    """∫ (ρ − r) φ₂ dr and ∫ φ₂ dr from r₀ to ρ, by composite Gauss–Legendre in t = artanh r."""
    with np.errstate(divide="ignore"):
        end = 0.5 * np.copysign(np.log1p(2 * np.abs(rho) / (1 - np.abs(rho))), rho)
    end = np.clip(end, -_T_MAX, _T_MAX)
    a, b = total * total / 8, difference * difference / 8
    # The exponent at the end nearest to t = 0 bounds its smallest value, so nothing that matters is cut off.
    near = np.minimum(end, 0.0)
    cut = np.log(a * np.exp(-2 * near) + b * np.exp(2 * near) + _DROP)
    with np.errstate(divide="ignore"):
        low, high = 0.5 * (np.log(a) - cut), 0.5 * (cut - np.log(b))
    # sech t alone decays by e^-|t| away from that end.
    low = np.where(rho >= 0, 0.0, np.maximum(low, np.minimum(high, end) - _DROP))
    high = np.minimum(np.minimum(high, end), low + _DROP)
    weighted, plain = np.empty_like(rho), np.empty_like(rho)
    # Panels are counted in powers of two, so that few distinct rules meet many rows at once.
    panels = np.exp2(np.ceil(np.log2(np.maximum((high - low) / _PANEL_WIDTH, 1.0)))).astype(int)
    for count in np.unique(panels):
        rows = panels == count
        weighted[rows], plain[rows] = _on_panels(a[rows], b[rows], end[rows], low[rows], high[rows], int(count))
    return weighted, plain


def _on_panels(a: Vector, b: Vector, end: Vector, low: Vector, high: Vector, count: int) -> tuple[Vector, Vector]:
    nodes, weights = _unit_rule(count, _PANEL_NODES)
    exp_t = np.exp(low[:, None] + (high - low)[:, None] * nodes)
    square = exp_t * exp_t
    limit = np.exp(2 * end)[:, None]
    plain = np.exp(-a[:, None] * (1 + 1 / square) - b[:, None] * (1 + square)) * exp_t / (1 + square)
    weighted = plain * (1 - square / limit) / (1 + square)
    scale = (high - low) / np.pi
    return scale * 2 / (1 + 1 / limit[:, 0]) * (weighted @ weights), scale * (plain @ weights)


@cache
def _unit_rule(panels: int, nodes: int) -> tuple[Vector, Vector]:
    """Composite Gauss–Legendre rule on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    x = (np.arange(panels)[:, None] + (x + 1) / 2) / panels
    return x.ravel(), np.tile(w / (2 * panels), panels)
