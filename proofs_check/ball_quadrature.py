"""Enclosures of one-variable Gaussian integrals by direct quadrature, with no closed form in them.

They are the second route to the closed forms that `ball_integrals` itself uses for single moments, and to the orthant
probability. The integrals end where the density is below 1e-190; what is cut off is bounded and added to the radius.
"""

from __future__ import annotations

from typing import Any

from flint import acb, arb

from .balls import precision

# φ(30) < 1e-195.
CUT = 30


def _density(u: Any) -> Any:
    return (-u * u / 2).exp() / (2 * arb.pi()).sqrt()


def _distribution(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def moment_integral_ball(alpha: arb, power: int) -> arb:
    """∫_{−α}^∞ (α + u)^power φ(u) du for power 1 or 2, by quadrature over v = α + u from 0 to |α| + α + 30.

    Beyond t = u ≥ 30 the integrand is below (t + |α|)²φ(t), whose integral is below (30 + |α|)²φ(30).
    """
    if power not in (1, 2):
        raise ValueError(f"power must be 1 or 2, got {power!r}")
    with precision():
        end = abs(alpha) + alpha + CUT
        value = acb.integral(lambda v, _: v**power * _density(v - acb(alpha)), acb(0), acb(end)).real
        beyond = (CUT + abs(alpha)) ** 2 * _density(arb(CUT))
        return value + beyond * arb("0.5 +/- 0.5")


def orthant_integral_ball(alpha: arb, beta: arb, rho: arb) -> arb:
    """P(a + α > 0, b + β > 0) = Φ(α)Φ(β) + ∫_0^ρ φ₂(α, β; r) dr for |ρ| < 1."""
    if not abs(rho) < 1:
        raise ValueError(f"rho must lie in (-1, 1), got {rho}")

    def density(r: acb, _: bool) -> acb:
        spread = (1 - r) * (1 + r)
        # No square root of a ball that may reach the branch cut: Arb then bisects.
        exponent = -(alpha * alpha - 2 * alpha * beta * r + beta * beta) / (2 * spread)
        return exponent.exp() / (2 * arb.pi() * spread.sqrt(analytic=True))

    with precision():
        return _distribution(alpha) * _distribution(beta) + acb.integral(density, acb(0), acb(rho)).real
