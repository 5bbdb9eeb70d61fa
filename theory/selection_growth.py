"""The Gaussian loop with selection: draw M points, contract them by κ, keep m far apart, refit; when does it explode?

Keeping points by their distances commutes with moves and changes of scale. So in the family N(a, s²I), and in one
dimension always, s²_{g+1} = κ²V_g s²_g, V_g independent of the past and of one law: the variance, per coordinate, of m
kept of M standard normal points. log s_g²/g → 2 log κ + E log V and E s_g² = (κ²E V)^g s_0²: it grows without bound for
κ above κ* = exp(−½E log V), and dies below. About V:

    any way to keep m of M, any d        E tr Σ_{g+1} ≤ κ²(M/m)(1 − 1/M) E tr Σ_g
    kept points at distances ≥ r         tr ≥ d/(4(d+2)) r²(m^{2/d} − 1): balls of radius r/2 are disjoint, and of all
                                         bodies of their volume a ball has the least moment; sharp for d = 1
    2 of 3, d = 1                        E V = (1 + √3/π)/2, E log V = −γ − 2 log 2 + 10 Cl₂(π/3)/(3π)
    m = 2^k + 1 of M → ∞, d = 1          V/(2 log M) → (m + 1)/(3(m − 1)): the pool fills ±√(2 log M), greedy halves it
    m of M = ρm → ∞, d = 1               max–min optimal points have density f = ρφ/(1 + τφ), ∫f = 1, and V → ∫x²f;
                                         greedy has ρφ/(1 + 2tφ) ≤ f ≤ ρφ/(1 + tφ) for some t in [τ/2, τ]

The last: from left to right, points kept at distances ≥ r = t/M have gaps r and then, until the next of the pool,
1/(Mφ) on average; intervals that cover the pool, 2r and 1/(Mφ). Greedy keeps points at distances ≥ r of which one is
within r of each of the pool, so in any interval no more than fit and no fewer than cover. In more dimensions
f = ρφ/(1 + τφ), φ the normal density there, has no proof here; it is within some percent of what greedy keeps
(own-selection-balance).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp
from scipy import optimize, special

from . import validation

POOL, KEPT, DIMENSION, SEPARATION = sp.symbols("M m d r", positive=True)
"""Points M drawn, m kept, dimension d, least distance r of the points kept."""

LARGEST = POOL / KEPT * (1 - 1 / POOL)
"""E tr Σ_{g+1} over κ²E tr Σ_g is at most this."""

LEAST = DIMENSION / (4 * (DIMENSION + 2)) * SEPARATION**2 * (KEPT ** (2 / DIMENSION) - 1)
"""The trace of the covariance of points kept is at least this."""

HALVED = (KEPT + 1) / (3 * (KEPT - 1))
"""Limit of V/(2 log M), m = 2^k + 1."""

TWO_OF_THREE = (1 + sp.sqrt(3) / sp.pi) / 2
"""E V for two kept of three, one dimension."""

# Cl₂(π/3), the largest value of Clausen's function.
_CLAUSEN = 1.0149416064096536
TWO_OF_THREE_LOG = -np.euler_gamma - 2 * np.log(2) + 10 * _CLAUSEN / (3 * np.pi)
"""E log V for two kept of three, one dimension."""

# Nodes for the radius, and for t.
_RADII, _LEVELS = 8001, 33

_largest = sp.lambdify((POOL, KEPT), LARGEST, "math")
_least = sp.lambdify((KEPT, DIMENSION, SEPARATION), LEAST, "math")


def largest_factor(pool: int, kept: int) -> float:
    """(M/m)(1 − 1/M): most that E tr Σ can grow in a generation with κ = 1; `pool` M >= `kept` m >= 1.

    Raises `ValueError` for bad input.
    """
    kept, pool = validation.whole(kept, "kept", 1), validation.whole(pool, "pool", 1)
    if kept > pool:
        raise ValueError(f"kept must be <= pool = {pool}, got {kept}")
    return float(_largest(pool, kept))


def least_trace(kept: int, d: int, separation: float) -> float:
    """d/(4(d+2)) r²(m^{2/d} − 1): least trace of the covariance (divisor m) of m points at distances >= r in R^d.

    `kept` m >= 1, `d` >= 1, `separation` r >= 0. Raises `ValueError` for bad input.
    """
    kept, d = validation.whole(kept, "kept", 1), validation.whole(d, "d", 1)
    return float(_least(kept, d, validation.nonnegative(separation, "separation")))


def halved_factor(levels: int) -> float:
    """Limit of V/(2 log M) as M → ∞ for m = 2^levels + 1 greedily kept, d = 1, `levels` >= 1: (m + 1)/(3(m − 1)).

    Raises `ValueError` for bad input.
    """
    return float(HALVED.subs(KEPT, 2 ** validation.whole(levels, "levels", 1) + 1))


def spread_factor(ratio: float, d: int) -> float:
    """V = ∫‖x‖²f/d for f = ρφ/(1 + τφ), ∫f = 1, φ the density of N(0, I) in R^`d`, ρ = `ratio` = M/m >= 1.

    The limit for max–min optimal points where d = 1. To 1e-6 of itself for ρ up to 10⁶. Raises `ValueError` for bad
    input.
    """
    return _spread_factor(_ratio(ratio), validation.whole(d, "d", 1))


def balancing_contraction(ratio: float, d: int) -> float:
    """κ* = V^{−1/2}: the contraction of the sampler at which the loop neither grows nor dies. As `spread_factor`."""
    return float(spread_factor(ratio, d) ** -0.5)


def spread_bounds(ratio: float) -> tuple[float, float]:
    """Least and largest limit of V for greedy points, d = 1, M/m = `ratio` >= 1: over t in [τ/2, τ] and densities f.

    To 3e-4 of themselves. Raises `ValueError` for bad input.
    """
    return _spread_bounds(_ratio(ratio))


@lru_cache(maxsize=1024)
def _spread_factor(ratio: float, d: int) -> float:
    radii, weights, density = _radial(ratio, d)
    kept = weights / (1 + _crowding(ratio, weights, density) * density)
    return float((radii**2 * kept).sum() / kept.sum() / d)


@lru_cache(maxsize=256)
def _spread_bounds(ratio: float) -> tuple[float, float]:
    radii, weights, density = _radial(ratio, 1)
    crowding = _crowding(ratio, weights, density)
    lows, highs = [], []
    for level in np.linspace(crowding / 2, crowding, _LEVELS):
        fewest = ratio * weights / (1 + 2 * level * density)
        free = ratio * weights / (1 + level * density) - fewest
        missing = 1 - fewest.sum()
        for found, order in ((lows, slice(None)), (highs, slice(None, None, -1))):
            # What is not fixed goes where it counts least, or most, about the middle.
            filled = np.clip(missing - (np.cumsum(free[order]) - free[order]), 0, free[order])
            found.append(float((radii**2 * fewest).sum() + (radii[order] ** 2 * filled).sum()))
    return min(lows), max(highs)


def _radial(ratio: float, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Radii, their weights under N(0, I), and the density there over that in the middle."""
    farthest = np.sqrt(2 * special.gammainccinv(d / 2, 1e-18 / ratio))
    radii = np.linspace(0, farthest, _RADII)
    logs = special.xlogy(d - 1, radii) - radii**2 / 2
    weights = np.exp(logs - logs.max())
    weights[0] /= 2
    return radii, weights / weights.sum(), np.exp(-(radii**2) / 2)


def _crowding(ratio: float, weights: np.ndarray, density: np.ndarray) -> float:
    """τ times the density in the middle: where 1/ρ of the points are kept."""
    if ratio == 1:
        return 0.0
    top = 2 * ratio / float(density[density > 0].min())

    def surplus(level: float) -> float:
        return float((weights / (1 + np.exp(level) * density)).sum()) - 1 / ratio

    return float(np.exp(optimize.brentq(surplus, np.log(1e-12 * (ratio - 1)), np.log(top), xtol=1e-13)))


def _ratio(ratio: float) -> float:
    value = validation.positive(ratio, "ratio")
    if value < 1:
        raise ValueError(f"ratio must be >= 1, got {value!r}")
    return value
