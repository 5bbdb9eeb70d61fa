"""Moments of pairs of gates under Gaussian noise, in torch float64 on any device.

For standard normal u, v of correlation ρ, τ = √(1 − ρ²), gates open where α + u > 0 and β + v > 0, and
κ_{b|a} = (β − ρα)/τ, every moment of a pair of rectified Gaussians is a combination of four numbers

    Φ₂ = P(both open),   e_a = φ(α)Φ(κ_{b|a}),   e_b = φ(β)Φ(κ_{a|b}),   f = τφ(α)φ(κ_{b|a}) = τ²φ₂(α, β; ρ):

with z_a = s_a(α + u), z_b = s_b(β + v), h = [z]_+ and δ_a the Dirac measure of z_a = 0,

    E[1_a h_b] = s_b(βΦ₂ + e_b + ρe_a),              E[δ_a 1_b] = e_a/s_a,
    E[δ_a h_b] = (s_b/s_a)((β − ρα)e_a + f),         E[δ_a δ_b] = f/(s_a s_b τ²),
    E[h_a h_b] = s_a s_b((αβ + ρ)Φ₂ + αe_b + βe_a + f).

To first order in ρ the four are Φ(α)Φ(β), φ(α)Φ(β), Φ(α)φ(β), φ(α)φ(β), whose sums over pairs are matrix products.
`pair_excess` is what is left; it vanishes where a gate is settled. Its orthant is ∫_0^ρ φ₂ dr (Price), by a Gauss–
Legendre rule in arcsin r whose size is set by |ρ|, or, near |ρ| = 1, by Owen's T function (Ann. Math. Stat. 27, 1956).
These are accurate to a few 1e-16 of one; `numerics.bivariate_normal` keeps every digit of tiny probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

Values = Float64[Tensor, "..."]
# Pairs in rows, samples in columns.
Grid = Float64[Tensor, "k n"]

# φ(9) < 2e-18: a gate this far from its threshold is settled to below rounding.
SETTLED = 9.0
# φ(50) and Φ(−50) are 0 in double precision.
_CERTAIN = 50.0
# Largest |ρ| and the least number of Gauss–Legendre nodes in arcsin r with an error below 3e-16 at every α, β.
_RULES = ((0.3, 6), (0.5, 8), (0.8, 13))
_OWEN_NODES = 10
# Keeps 0/0 at 0.
_TINY = float(np.finfo(np.float64).tiny)
_ROOT_HALF = math.sqrt(0.5)


class Correlation(NamedTuple):
    """ρ with what its rounding loses near ±1: gap = 1 − |ρ| and tau = √(1 − ρ²); all of one shape."""

    rho: Values
    gap: Values
    tau: Values

    def at(self, *where: Any) -> Correlation:
        """The correlations at an index."""
        return Correlation(*(part[where] for part in tuple(self)))


class Gate(NamedTuple):
    """Gates α, clamped to ±50, with their density φ(α) and their lean Φ(α) − ½."""

    alpha: Values
    density: Values
    lean: Values

    def at(self, *where: Any) -> Gate:
        """The gates at an index."""
        return Gate(self.alpha[where], self.density[where], self.lean[where])


class PairMoments(NamedTuple):
    """Φ₂, e_a, e_b and f of the module docstring, or what they exceed their first order in ρ by."""

    orthant: Values
    edge_a: Values
    edge_b: Values
    corner: Values


def between_columns(units: Float64[Tensor, "*b d p"]) -> Correlation:
    """Cosines (…, p, p) of unit columns, from the lengths of their differences and sums: no cancellation near ±1.

    Columns equal or opposite to the last place have gap = tau = 0; zero columns have rho = 0.
    """
    rows = units.mT.contiguous()
    apart = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")
    against = torch.cdist(rows, -rows, compute_mode="donot_use_mm_for_euclid_dist")
    rho = ((against - apart) * (against + apart) / 4).clamp(-1, 1)
    return Correlation(rho, torch.minimum(apart, against).square() / 2, apart * against / 2)


def residual(first: Values, second: Values, correlation: Correlation) -> Values:
    """second − ρ·first without cancellation for |ρ| → 1: of gates, or of unit vectors along a last dimension."""
    sign = torch.sign(correlation.rho)
    return torch.addcmul(second, first, -sign).addcmul_(first, sign * correlation.gap)


def gate(alpha: Values) -> Gate:
    """The gates of standardised means alpha, ±∞ allowed."""
    alpha = alpha.clamp(-_CERTAIN, _CERTAIN)
    return Gate(alpha, density(alpha), torch.erf(alpha * _ROOT_HALF).mul_(0.5))


def density(x: Values) -> Values:
    """φ(x)."""
    return torch.square(x).mul_(-0.5).exp_().div_(math.sqrt(2 * math.pi))


def probability(x: Values) -> Values:
    """Φ(x), accurate relative to itself for x → −∞."""
    return torch.erfc(x * -_ROOT_HALF).mul_(0.5)


def rules(rho: Float64[Tensor, " k"]) -> Iterator[tuple[Int64[Tensor, " m"], int]]:
    """Indices of the pairs that share a rule, with its number of nodes; 0 stands for Owen's function."""
    kind = torch.bucketize(rho.abs(), torch.tensor([limit for limit, _ in _RULES], dtype=rho.dtype, device=rho.device))
    for index, nodes in enumerate([*(nodes for _, nodes in _RULES), 0]):
        members = torch.nonzero(kind == index).squeeze(1)
        if len(members):
            yield members, nodes


def pair_moments(a: Gate, b: Gate, correlation: Correlation) -> PairMoments:
    """The four moments of pairs in rows (k, n), of correlations (k, 1), to about 1e-15 absolute."""
    moments = PairMoments(*(torch.empty_like(a.alpha) for _ in range(4)))
    for members, nodes in rules(correlation.rho.squeeze(1)):
        first, second = a.at(members), b.at(members)
        excess = pair_excess(first, second, correlation.at(members), nodes)
        open_a, open_b = 0.5 + first.lean, 0.5 + second.lean
        linear = (open_a * open_b, first.density * open_b, open_a * second.density, first.density * second.density)
        for moment, part, rest in zip(moments, linear, excess, strict=True):
            moment[members] = part + rest
    return moments


def pair_excess(a: Gate, b: Gate, correlation: Correlation, nodes: int) -> PairMoments:
    """What the four moments exceed their first order in ρ by, for gates (k, n), correlations (k, 1) of one rule."""
    if not nodes:
        # Owen's function needs a direction at the origin: there a and ±b stand for one small positive number.
        a = a._replace(alpha=torch.where(a.alpha == 0, 1e-300, a.alpha))
        b = b._replace(alpha=torch.where(b.alpha == 0, 1e-300 * torch.sign(correlation.rho), b.alpha))
    scale = _ROOT_HALF / correlation.tau.clamp(min=_TINY)
    kappa_b = residual(a.alpha, b.alpha, correlation).mul_(scale)
    kappa_a = residual(b.alpha, a.alpha, correlation).mul_(scale)
    if nodes:
        orthant, corner = _by_price(a.alpha, b.alpha, correlation, nodes)
    else:
        orthant = _by_owen(a, b, kappa_a, kappa_b)
        corner = torch.square(kappa_b).neg_().exp_().mul_(a.density).mul_(correlation.tau / math.sqrt(2 * math.pi))
    return PairMoments(
        orthant,
        kappa_b.erf_().mul_(0.5).sub_(b.lean).mul_(a.density),
        kappa_a.erf_().mul_(0.5).sub_(a.lean).mul_(b.density),
        corner.addcmul_(a.density, b.density, value=-1),
    )


def _by_price(alpha: Grid, beta: Grid, correlation: Correlation, count: int) -> tuple[Grid, Grid]:
    """∫_0^ρ φ₂ dr with r = sin θ, and τ²φ₂ at ρ: both are exponentials of (αβr − ½α² − ½β²)/(1 − r²)."""
    product = alpha * beta
    squares = torch.square(alpha).addcmul_(beta, beta).mul_(-0.5)
    angle = torch.asin(correlation.rho)
    total, term = torch.zeros_like(product), torch.empty_like(product)
    nodes, weights = gauss_legendre(count)
    share = (torch.tensor(nodes, dtype=angle.dtype, device=angle.device)[:, None, None] + 1) / 2
    r = torch.sin(share * angle)
    for at, rate, weight in zip(r, (1 - r * r).reciprocal_(), weights, strict=True):
        torch.addcmul(squares, product, at, out=term)
        total.add_(term.mul_(rate).exp_(), alpha=weight)
    corner = squares.addcmul_(product, correlation.rho).mul_(correlation.tau.square().reciprocal_()).exp_()
    return total.mul_(angle / (4 * math.pi)), corner.mul_(correlation.tau / (2 * math.pi))


def _by_owen(a: Gate, b: Gate, kappa_a: Grid, kappa_b: Grid) -> Grid:
    """Φ₂ − Φ(α)Φ(β), where the arguments kappa are κ/√2."""
    tail_a, tail_b = _tail(a.alpha * _ROOT_HALF), _tail(b.alpha * _ROOT_HALF)
    same = torch.sign(a.alpha) * torch.sign(b.alpha)
    outside = (tail_a + tail_b).mul_(0.5).addcmul_(tail_a, tail_b, value=-1).mul_(same)
    return outside.sub_(_owen(a.alpha * _ROOT_HALF, kappa_b, tail_a)).sub_(_owen(b.alpha * _ROOT_HALF, kappa_a, tail_b))


def _tail(x: Grid) -> Grid:
    """Φ(−√2|x|)."""
    return torch.erfc(x.abs()).mul_(0.5)


def _owen(h: Grid, kappa: Grid, tail: Grid) -> Grid:
    """Owen's T(√2h, kappa/h) = (1/2π) ∫_0^{kappa/h} exp(−h²(1 + x²))/(1 + x²) dx; tail is Φ(−√2|h|)."""
    large, small = torch.maximum(h.abs(), kappa.abs()), torch.minimum(h.abs(), kappa.abs())
    ratio = small / large.clamp(min=_TINY)
    squared_ratio, exponent = ratio * ratio, torch.square(small).neg_()
    total, term, divisor = torch.zeros_like(h), torch.empty_like(h), torch.empty_like(h)
    # Half of an even rule for an even integrand.
    nodes, weights = gauss_legendre(2 * _OWEN_NODES)
    for node, weight in zip(nodes[_OWEN_NODES:], weights[_OWEN_NODES:], strict=True):
        torch.mul(exponent, node * node, out=term).exp_()
        torch.mul(squared_ratio, node * node, out=divisor).add_(1)
        total.addcdiv_(term, divisor, value=weight)
    total.mul_(ratio).mul_(torch.square(large).neg_().exp_()).div_(2 * math.pi)
    # T(h, a) + T(ah, 1/a) = ½Q(h) + ½Q(ah) − Q(h)Q(ah) for a > 0.
    other = _tail(kappa)
    swapped = (tail + other).mul_(0.5).addcmul_(tail, other, value=-1).sub_(total)
    return torch.where(kappa.abs() > h.abs(), swapped, total).mul_(torch.sign(h)).mul_(torch.sign(kappa))


@cache
def gauss_legendre(count: int) -> tuple[list[float], list[float]]:
    """Nodes and weights of the rule on [−1, 1], each rounded once from extended precision.

    NumPy's weights at the ends of 40 nodes are wrong by 7e-13 of themselves.
    """
    x = np.polynomial.legendre.leggauss(count)[0].astype(np.longdouble)
    # One step of Newton squares the error of the nodes.
    before, value = _legendre(x, count)
    x = x - value * (1 - x * x) / (count * (before - x * value))
    before, _ = _legendre(x, count)
    weights = 2 * (1 - x * x) / (count * before) ** 2
    return x.astype(float).tolist(), weights.astype(float).tolist()


def _legendre(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Legendre polynomials of degree count − 1 and count."""
    before, value = np.ones_like(x), x
    for degree in range(1, count):
        before, value = value, ((2 * degree + 1) * x * value - degree * before) / (degree + 1)
    return before, value
