"""Enclosures of the bivariate normal orthant probability when its arguments are only known to lie in balls.

Φ₂(α, β; ρ) = P(u > −α, v > −β) has slopes at most φ(α), φ(β) and (Plackett) 1/2πτ, which bound its change over a box
away from |ρ| = 1. It rises with each argument, so over any box it lies between its values at the two extreme corners.
At one point u is conditioned on and integrated by Arb:

    Φ₂ = ∫_{−α}^∞ φ(u) Φ((β + ρu)/τ) du,     τ = √((1 − ρ)(1 + ρ)),

with the elementary limits min(Φ(α), Φ(β)) at ρ = 1 and max(0, Φ(α) + Φ(β) − 1) at ρ = −1.
"""

from __future__ import annotations

from flint import acb, arb, ctx

# Φ(−x) < 2^-(bits + 8) beyond this many times √bits: x² = 2 (bits + 8) ln 2 with room to spare.
_SETTLED = 1.3


def normal_density(x: arb) -> arb:
    """φ(x)."""
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def normal_distribution(x: arb) -> arb:
    """Φ(x), with small relative radius in the lower tail."""
    return (-x / arb(2).sqrt()).erfc() / 2


def orthant_ball(alpha: arb, beta: arb, rho: arb) -> arb:
    """Φ₂ for all α, β, ρ in the given balls; what lies beyond |ρ| = 1 counts as |ρ| = 1.

    The radius is what the balls cause plus about 2^-precision. Where one gate is settled, to below 2^-precision, no
    integral is taken.
    """
    settled = _SETTLED * float(ctx.prec) ** 0.5
    if alpha < -settled or beta < -settled:
        return arb(0).union(normal_distribution(alpha).min(normal_distribution(beta)).upper())
    if alpha > settled:
        return normal_distribution(beta) - arb(0).union(normal_distribution(-alpha).upper())
    if beta > settled:
        return normal_distribution(alpha) - arb(0).union(normal_distribution(-beta).upper())
    square = (1 - rho) * (1 + rho)
    if square > 0:
        change = _steepest(alpha) * alpha.rad() + _steepest(beta) * beta.rad()
        change += rho.rad() / (2 * arb.pi() * square.lower().sqrt())
        return _at_point(alpha.mid(), beta.mid(), rho.mid()) + arb(0, change.upper())
    least = _at_point(alpha.lower(), beta.lower(), rho.lower())
    greatest = _at_point(alpha.upper(), beta.upper(), rho.upper())
    return least.union(greatest)


def _steepest(x: arb) -> arb:
    """The largest value of φ on a ball."""
    return normal_density(x.abs_lower())


def _at_point(alpha: arb, beta: arb, rho: arb) -> arb:
    """Φ₂ at numbers (balls without radius)."""
    if rho >= 1:
        return normal_distribution(alpha.min(beta))
    if rho <= -1:
        return (normal_distribution(alpha) - normal_distribution(-beta)).max(arb(0))
    tau = ((1 - rho) * (1 + rho)).sqrt()
    slope, height, root = rho / tau, beta / tau, arb(2).sqrt()
    # The mass of φ beyond either end is at most what is added to the radius.
    reach = arb(_SETTLED * float(ctx.prec) ** 0.5)
    if not -alpha < reach:
        return arb(0).union(normal_distribution(alpha).upper())
    start = (-alpha).max(-reach)
    value = acb.integral(
        lambda u, _: (-u * u / 2).exp() * (-(height + slope * u) / root).erfc(),
        acb(start),
        acb(reach),
        rel_tol=arb(2) ** (8 - ctx.prec),
        abs_tol=arb(2) ** (-ctx.prec),
    ).real / (2 * (2 * arb.pi()).sqrt())
    return value + arb(0).union(2 * normal_distribution(-reach).upper())
