"""Rigorous enclosures of the rectified-Gaussian moments and of BR eq. 6, in ball arithmetic alone.

The second route to `theory.gaussian_relu` and `numerics.objective`, which it does not import. Conditioning on
u = (z_a − μ_a)/s_a leaves one dimension, with c = (β + ρu)/τ, τ = √((1 − ρ)(1 + ρ)) and Φ, φ the normal law:

    E[(z_a)_+ (z_b)_+] / (s_a s_b) = ∫_{−α}^∞ (α + u) φ(u) · τ[cΦ(c) + φ(c)] du.

The bracket is c + I(c) with I(c) = ∫_c^∞ (t − c)φ(t) dt ≤ φ(c)/c² for c > 0, and I(−c) for c < 0. So only
|c| ≤ 15 and |u| ≤ 16 are integrated numerically (by Arb's enclosing quadrature); where c > 15 the integrand is
a polynomial times φ with an elementary integral, and what is left out goes into the radius. For |ρ| → 1 the
numerical piece shrinks to the width 30τ of the kink u = −β/ρ, and at |ρ| = 1 it is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import acb, arb, ctx

Number = float | arb

# Beyond these φ is below 2^-160 and 2^-180: smaller than any radius that is asked for.
_KINK, _RANGE = 15, 16
_PRECISION = 192
_ABSOLUTE_BITS = 156


class _Precision:
    """Working precision in bits inside a `with` block."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        self.before, ctx.prec = ctx.prec, max(self.bits, ctx.prec)

    def __exit__(self, *_: Any) -> None:
        ctx.prec = self.before


def _finite(value: Any, name: str) -> arb:
    ball = value if isinstance(value, arb) else arb(float(value))
    if not ball.is_finite():
        raise ValueError(f"{name} must be finite, got {value!r}")
    return ball


def _nonnegative(value: Any, name: str) -> arb:
    ball = _finite(value, name)
    if ball < 0:
        raise ValueError(f"{name} must be >= 0, got {value!r}")
    return ball


def _density(x: Any) -> Any:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _upper(x: Any) -> Any:
    """Q(x) = P(u > x)."""
    return (x / arb(2).sqrt()).erfc() / 2


def mean_ball(mu: Number, s: Number, *, bits: int = _PRECISION) -> arb:
    """E[z_+] for z ~ N(mu, s²): μΦ(α) + sφ(α), at a precision raised until 64 bits are right.

    ValueError on s < 0 and numbers that are not finite.
    """
    mu, s = _finite(mu, "mu"), _nonnegative(s, "s")
    if s == 0:
        return mu.max(arb(0))

    def value() -> arb:
        alpha = mu / s
        return mu * _upper(-alpha) + s * _density(alpha)

    return _sharpened(value, bits)


def second_moment_ball(mu: Number, s: Number, *, bits: int = _PRECISION) -> arb:
    """E[z_+²] for z ~ N(mu, s²): (μ² + s²)Φ(α) + μsφ(α), at a precision raised until 64 bits are right.

    ValueError on s < 0 and numbers that are not finite.
    """
    mu, s = _finite(mu, "mu"), _nonnegative(s, "s")
    if s == 0:
        return mu.max(arb(0)) ** 2

    def value() -> arb:
        alpha = mu / s
        return (mu * mu + s * s) * _upper(-alpha) + mu * s * _density(alpha)

    return _sharpened(value, bits)


def _sharpened(value: Any, bits: int) -> arb:
    # Six doublings reach 6,000 bits; an inexact argument may leave fewer right bits than asked for.
    ball = arb(0)
    for doublings in range(6):
        with _Precision(bits << doublings):
            ball = value()
        if ball.rel_accuracy_bits() >= 64:
            break
    return ball


def cross_moment_ball(
    mu_a: Number, mu_b: Number, s_a: Number, s_b: Number, rho: Number, *, bits: int = _PRECISION
) -> arb:
    """E[(z_a)_+ (z_b)_+] for correlation rho; rho = ±1 and s = 0 must be given exactly to be recognised.

    The radius is below 1e-44 s_a s_b max(1, |α|)max(1, |β|) plus what inexact arguments cause.
    ValueError on s < 0, |rho| > 1 and numbers that are not finite.
    """
    with _Precision(bits):
        mu_a, mu_b, rho = _finite(mu_a, "mu_a"), _finite(mu_b, "mu_b"), _finite(rho, "rho")
        s_a, s_b = _nonnegative(s_a, "s_a"), _nonnegative(s_b, "s_b")
        if abs(rho) > 1:
            raise ValueError(f"rho must lie in [-1, 1], got {rho}")
        if s_a == 0:
            return mu_a.max(arb(0)) * mean_ball(mu_b, s_b, bits=bits)
        if s_b == 0:
            return mu_b.max(arb(0)) * mean_ball(mu_a, s_a, bits=bits)
        return s_a * s_b * _standard_cross_moment(mu_a / s_a, mu_b / s_b, rho)


def _standard_cross_moment(alpha: arb, beta: arb, rho: arb) -> arb:
    tau = ((1 - rho) * (1 + rho)).sqrt()
    low, high = (-alpha).max(arb(-_RANGE)), arb(_RANGE)
    # |u| > 16: the bracket times τ is E[(β + ρu + τv)_+] ≤ |β| + |u| + 1, and ∫_16^∞ u²φ < 17 φ(16).
    outside = 2 * (abs(alpha) + 1) * (abs(beta) + 2) * 17 * _density(high)
    if not low < high:
        return arb(0, (2 * outside).abs_upper())
    if rho.contains(arb(0)):
        return _smooth_part(alpha, beta, rho, tau, low, high) + arb(0, outside.abs_upper())
    # c runs through [−15, 15] between these ends; the real numbers they enclose make the pieces fit.
    centre, half = -beta / rho, _KINK * tau / abs(rho)
    first = (centre - half).max(low).min(high)
    last = (centre + half).max(low).min(high)
    total = _linear_part(alpha, beta, rho, last, high) if rho > 0 else _linear_part(alpha, beta, rho, low, first)
    if tau != 0 and not last <= first:
        total += _smooth_part(alpha, beta, rho, tau, first, last)
    dropped = tau * (abs(alpha) + 1) * _density(arb(_KINK))
    return total + arb(0, (outside + dropped).abs_upper())


def _linear_part(alpha: arb, beta: arb, rho: arb, p: arb, q: arb) -> arb:
    """∫_p^q (α + u)(β + ρu) φ(u) du."""
    mass, at_p, at_q = _upper(p) - _upper(q), _density(p), _density(q)
    return alpha * beta * mass + (alpha * rho + beta) * (at_p - at_q) + rho * (mass + p * at_p - q * at_q)


def _smooth_part(alpha: arb, beta: arb, rho: arb, tau: arb, p: arb, q: arb) -> arb:
    """∫_p^q (α + u) φ(u) τ[cΦ(c) + φ(c)] du; the integrand is entire, so no analyticity test is needed."""
    root, norm = 1 / arb(2).sqrt(), tau / (2 * arb.pi())
    slope, height = rho / tau, beta / tau
    half_root = (arb.pi() / 2).sqrt()

    def integrand(u: acb, _: bool) -> acb:
        c = height + slope * u
        bracket = (-c * c / 2).exp() + c * half_root * (-c * root).erfc()
        return (alpha + u) * (-u * u / 2).exp() * bracket

    value = acb.integral(integrand, p, q, rel_tol=arb(2) ** -70, abs_tol=arb(2) ** -_ABSOLUTE_BITS / norm)
    return norm * value.real


def expected_loss_ball(
    W1: Any,
    W2: Any,
    X: Any,
    sigma: float,
    weight_decay: float,
    *,
    bits: int = _PRECISION,
) -> arb:
    """BR eq. 6 at exact floats, rows of W1 and W2 (d, p) and of X (n, d): an enclosure to about 20 digits.

    Parallel columns are recognised in rational arithmetic, where ρ = ±1 exactly. ValueError on rows of unequal
    length, numbers that are not finite, sigma < 0 and weight_decay < 0.
    """
    with _Precision(bits):
        encoder, decoder = _columns(W1), _columns(W2)
        if len(encoder) != len(decoder):
            raise ValueError(f"W2 must have the {len(encoder)} columns of W1, got {len(decoder)}")
        norms = [_dot(w, w).sqrt() for w in encoder]
        noise = _nonnegative(sigma, "sigma")
        strength = _nonnegative(weight_decay, "weight_decay")
        decay = sum((_dot(w, w) for w in encoder + decoder), arb(0)) * strength
        width = len(encoder)
        cosines = {(a, b): _cosine(encoder[a], encoder[b], norms[a], norms[b]) for b in range(width) for a in range(b)}
        total = arb(0)
        for row in X:
            x = [float(value) for value in row]
            mu = [_dot(w, x) for w in encoder]
            total += _dot(x, x)
            for b in range(width):
                total -= 2 * _dot(decoder[b], x) * mean_ball(mu[b], noise * norms[b], bits=bits)
                total += _dot(decoder[b], decoder[b]) * second_moment_ball(mu[b], noise * norms[b], bits=bits)
                for a in range(b):
                    both = cross_moment_ball(mu[a], mu[b], noise * norms[a], noise * norms[b], cosines[a, b], bits=bits)
                    total += 2 * _dot(decoder[a], decoder[b]) * both
        return total / len(X) + decay


def _columns(W: Any) -> list[list[float]]:
    return [[float(value) for value in column] for column in zip(*W, strict=True)]


def _dot(v: Sequence[float], w: Sequence[float]) -> arb:
    return sum((_finite(p, "entries") * _finite(q, "entries") for p, q in zip(v, w, strict=True)), arb(0))


def _cosine(v: list[float], w: list[float], norm_v: arb, norm_w: arb) -> arb:
    dot, square_v, square_w = (
        sum(Fraction(p) * Fraction(q) for p, q in zip(left, right, strict=True))
        for left, right in ((v, w), (v, v), (w, w))
    )
    if dot == 0:
        return arb(0)
    if dot * dot == square_v * square_w:
        return arb(1 if dot > 0 else -1)
    return _dot(v, w) / (norm_v * norm_w)
