"""Differential entropy from neighbour distances (Kozachenko–Leonenko), and how far it can be wrong.

n points in R^d, ε_i the distance from point i to its k-th neighbour, c_d the volume of the unit ball:

    Ĥ = ψ(n) − ψ(k) + log c_d + (d/n) Σ_i log ε_i.

Whatever the density f, the mass of the ball that reaches the k-th of n − 1 others is Beta (k, n − k), with mean
logarithm ψ(k) − ψ(n). So the bias is E log(f(x)/f̄(x)), f̄ the mean density over that ball: none where f is constant
over it, and in many dimensions never small, as the ball then reaches across the whole cloud. For a normal density the
bias is one integral over the radius of x, of a noncentral χ² law.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import special

from . import validation

# Nats that the bias may have for the estimate to be read as an entropy.
TRUSTED_BIAS = 0.1
# Nodes for the radius, and for the logarithm of the distance.
_RADII, _DISTANCES = 40, 600


def ball_log_volume(d: int) -> float:
    """log c_d = (d/2) log π − log Γ(d/2 + 1), the volume of the unit ball of R^d. Raises `ValueError` for bad input."""
    d = validation.whole(d, "d", 1)
    return float(d / 2 * np.log(np.pi) - special.gammaln(d / 2 + 1))


def neighbour_entropy(distances: Any, d: int, k: int = 1) -> float:
    """Ĥ in nats from the distances (n,) of n > k points of R^d to their `k`-th neighbours; −∞ if one of them is 0.

    Raises `ValueError` for bad input.
    """
    distances, d = validation.real_array(distances, "distances", ndim=1), validation.whole(d, "d", 1)
    k, n = validation.whole(k, "k", 1), len(distances)
    if n <= k:
        raise ValueError(f"k must be < {n}, the number of distances, got {k}")
    if (distances < 0).any():
        raise ValueError(f"distances must be >= 0, got {float(distances.min())!r}")
    if not distances.all():
        return -float("inf")
    return _entropy(n, d, k, float(np.log(distances).mean()))


def gaussian_entropy(d: int) -> float:
    """Entropy of N(0, I) in R^d, nats: (d/2) log(2πe). Raises `ValueError` for bad input."""
    return validation.whole(d, "d", 1) / 2 * float(np.log(2 * np.pi * np.e))


def gaussian_bias(n: int, d: int, k: int = 1) -> float:
    """E Ĥ − H for n > k independent points of a normal law in R^d, nats.

    To 1e-9, and to 1e-6 of itself in thousands of dimensions. The same for every covariance cI, c > 0. Raises
    `ValueError` for bad input.
    """
    n, d, k = validation.whole(n, "n", 2), validation.whole(d, "d", 1), validation.whole(k, "k", 1)
    if k >= n:
        raise ValueError(f"k must be < n = {n}, got {k}")
    return _gaussian_bias(n, d, k)


@lru_cache(maxsize=4096)
def _gaussian_bias(n: int, d: int, k: int) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(_RADII)
    # Radii between quantiles beyond which no mass is left.
    low, high = 2 * special.gammaincinv(d / 2, 1e-13), 2 * special.gammainccinv(d / 2, 1e-13)
    radius = np.sqrt(low) + (np.sqrt(high) - np.sqrt(low)) * (nodes + 1) / 2
    exponent = (d - 1) * np.log(radius) - radius**2 / 2
    density = weights * np.exp(exponent - exponent.max())
    density /= density.sum()
    # The k-th distance has law function G(F(q)), q its square: F noncentral χ², G that of Beta (k, n − k).
    top = np.log(4 * high)
    bottom = np.log(2 * special.gammaincinv(d / 2, k / (2 * n))) - 72 / (k * d) - 2
    logs = np.linspace(bottom, top, _DISTANCES)
    inside = special.chndtr(np.exp(logs), d, radius[:, None] ** 2)
    reached = special.betainc(k, n - k, inside)
    below = np.trapezoid(reached, logs, axis=1)
    mean_log = float(density @ (top - below))
    return _entropy(n, d, k, mean_log / 2) - gaussian_entropy(d)


def _entropy(n: int, d: int, k: int, mean_log: float) -> float:
    """Ĥ from the mean logarithm of the distances."""
    return float(special.psi(n) - special.psi(k)) + ball_log_volume(d) + d * mean_log
