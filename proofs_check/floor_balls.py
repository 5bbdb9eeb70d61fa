"""Enclosures of the homogeneity floor by Arb's quadrature over the angle.

The second route to `theory.homogeneity`, which it does not import: no normalising sum, no ratios, no series in 1/d.
With I_k(b) = ∫_0^∞ρ^k exp(bρ − ρ²/2) dρ the floor is

    ‖x‖² {1 − C exp(−a²/2) ∫_0^π sin^(d−2)θ I_d(b)²/I_{d+1}(b) dθ},   b = a cos θ, C = |S^(d−2)| (2π)^(−d/2).

At a point I_0 = √(2π) exp(b²/2) Φ(b), I_1 = bI_0 + 1, I_{k+1} = bI_k + kI_{k−1}. Over a ball of b that would be far too
wide; but I_k' = I_{k+1}, so a Taylor polynomial at the centre does, and |I_k(b)| ≤ I_k(Re b) bounds what follows.
"""

from __future__ import annotations

from fractions import Fraction

from flint import acb, arb

from .balls import ball, precision

_TERMS = 8
# Cancellation in the recurrence for b < 0 costs some |b|√k bits.
_BITS = 256
_GOAL = arb(2) ** -80


def _moments_at(b: acb, most: int) -> list[acb]:
    """I_0 … I_most at a complex number (a ball of rounding errors)."""
    first = (2 * acb.pi()).sqrt() * (b * b / 2).exp() * (-b / acb(2).sqrt()).erfc() / 2
    moments = [first, b * first + 1]
    for k in range(1, most):
        moments.append(b * moments[k] + k * moments[k - 1])
    return moments


def _moments(b: acb, d: int) -> tuple[acb, acb]:
    """I_d and I_{d+1} on a ball of complex numbers."""
    centre = acb(b.real.mid(), b.imag.mid())
    step = b - centre
    # Products, for Arb's general power of a ball around zero is no number.
    powers = [acb(1)]
    for j in range(1, _TERMS + 1):
        powers.append(powers[-1] * step / j)
    beyond = _moments_at(acb(b.real.upper()), d + 1 + _TERMS)
    inside = _moments_at(centre, d + _TERMS)
    found = []
    for k in (d, d + 1):
        value = sum((inside[k + j] * powers[j] for j in range(_TERMS)), acb(0))
        around = arb(0, (abs(powers[_TERMS]) * beyond[k + _TERMS].real).upper())
        found.append(value + acb(around, around))
    return found[0], found[1]


def floor_share_ball(ratio: Fraction | int, d: int) -> arb:
    """The floor over ‖x‖² for ratio = ‖x‖/σ in R^d, with a radius below 1e-20."""
    with precision(_BITS):
        a = acb(ball(ratio))

        def ray(cosine: acb) -> acb:
            middle, upper = _moments(a * cosine, d)
            return middle * middle / upper

        scale = (-a * a / 2).exp() / (2 * acb.pi()) ** (acb(d) / 2)
        if d == 1:
            return (1 - scale * (ray(acb(1)) + ray(acb(-1)))).real
        scale *= 2 * acb.pi() ** (acb(d - 1) / 2) / (acb(d - 1) / 2).gamma()
        integral = acb.integral(
            lambda theta, _: theta.sin() ** (d - 2) * ray(theta.cos()),
            acb(0),
            acb.pi(),
            rel_tol=_GOAL,
            abs_tol=_GOAL / scale.real,
        )
        return (1 - scale * integral).real
