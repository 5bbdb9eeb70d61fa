"""Two data sets that α, β, norms, cluster sizes and widths cannot tell apart, in rationals.

Cluster 1 is (1, 0, 0) ± α times a unit vector, cluster 2 the point (−7, 24, 0)/25, one unit each, nλ = 1/10. With the
vector across the other cluster all gates hold; with the vector towards it and α > 7/24 one member opens its gate.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from .check import Outcome

DECAY = Fraction(1, 10)
SECOND = (Fraction(-7, 25), Fraction(24, 25), Fraction(0))
ACROSS, TOWARDS = (0, 0, 1), (0, 1, 0)


def _samples(spread: tuple[int, int, int], alpha: Fraction) -> list[tuple[Fraction, ...]]:
    first = [tuple(Fraction(int(k == 0)) + sign * alpha * spread[k] for k in range(3)) for sign in (1, -1)]
    return [*first, SECOND]


def _dot(v, w) -> Fraction:
    return sum((p * q for p, q in zip(v, w, strict=True)), Fraction(0))


def not_critical(spread: tuple[int, int, int], alpha: Fraction) -> Outcome:
    """‖∂L/∂W2‖² at σ = 0 and the block formula, least over both signs of both units."""
    X = _samples(spread, alpha)
    directions = [(Fraction(1), Fraction(0), Fraction(0)), SECOND]
    gains = [(eigenvalue - DECAY) / eigenvalue for eigenvalue in (Fraction(2), Fraction(1))]
    norms = []
    for signs in product((1, -1), repeat=2):
        total = Fraction(0)
        for unit, (sign, direction, gain_) in enumerate(zip(signs, directions, gains, strict=True)):
            # The gradient in v is √gain times this.
            slope = [2 * DECAY / 3 * sign * value for value in direction]
            for x_i in X:
                heights = [max(o * _dot(u_, x_i), Fraction(0)) for o, u_ in zip(signs, directions, strict=True)]
                for k in range(3):
                    output = sum(
                        g * o * h * u_[k] for g, o, h, u_ in zip(gains, signs, heights, directions, strict=True)
                    )
                    slope[k] += Fraction(2, 3) * heights[unit] * (output - x_i[k])
            total += gain_ * _dot(slope, slope)
        norms.append(total)
    return Outcome(min(norms) > 0, margin=f"‖∂L/∂W2‖² ≥ {min(norms)}", detail="d = 3, n = 3, α = 1/3, β = −7/25")


def alike(spreads: tuple[tuple[int, int, int], ...], alphas: tuple[Fraction, ...]) -> Outcome:
    """Whether data sets have the same α, β, norms of means and of samples, and the appendix γ > 0 with c_proj = 1."""
    seen = set()
    for spread_, alpha in zip(spreads, alphas, strict=True):
        X = _samples(spread_, alpha)
        mean = [(p + q) / 2 for p, q in zip(X[0], X[1], strict=True)]
        offsets = [[p - q for p, q in zip(x_i, mean, strict=True)] for x_i in X[:2]]
        seen.add(
            (
                max(_dot(o, o) for o in offsets) / _dot(mean, mean),
                _dot(mean, SECOND),
                _dot(mean, mean),
                tuple(_dot(x_i, x_i) for x_i in X),
            )
        )
    (squared_alpha, beta, *_) = next(iter(seen))
    # s_min² = 9/10, s_max² = 19/20: s_min − s_max α > 0.
    positive = Fraction(9, 10) > Fraction(19, 20) * squared_alpha and beta < 0
    return Outcome(len(seen) == 1 and positive, margin=f"α² = {squared_alpha}, β = {beta}", detail="appendix γ > 0")
