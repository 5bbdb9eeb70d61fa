"""Blocks of an isotropic cluster, any weight decay and any share of the directions kept, as d/n → c.

S = vI. The eigenvalues of Ŝ/v follow the Marchenko–Pastur law: density √((b − t)(t − a))/(2πct) between a, b =
(1 ∓ √c)², and for c > 1 a share 1 − 1/c of them at zero. With t = 1 + c + 2√c cos θ it is 2 sin²θ/(πt) dθ on (0, π).
The gain of the eigenvalue ŝ = vt is a = (ŝ − λ)_+/(ŝ + σ²), or zero where it is not among the share q kept. The law of
Ŝ is unchanged by rotations, so a fresh sample has the second moment v in every sample direction: with m₁ = E a and
m₂ = E a² over the eigenvalues,

    test loss/d = v(1 − 2m₁ + m₂) + σ²m₂,    train loss/d = v − E[(ŝ − λ)a].

λ is the weight decay over the cluster's share, λ/ρ_k. At λ = 0, q = 1 this is `theory.proportional_limit` with S = vI.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.optimize import brentq

from . import validation
from .linear_autoencoder import gains
from .spiked_covariance import Losses

# Bernstein: the error falls like exp(−2·NODES·√δ), δ = |1 − √c| the distance of the density's pole from the interval.
NODES = 400


def bulk_edges(ratio: float) -> tuple[float, float]:
    """(1 − √c)² and (1 + √c)²: where the eigenvalues of Ŝ/v end, apart from zeros."""
    root = float(np.sqrt(validation.positive(ratio, "ratio")))
    return (1 - root) ** 2, (1 + root) ** 2


def gain_moments(
    ratio: float, sigma: float, variance: float, weight_decay: float = 0.0, fraction: float = 1.0
) -> tuple[float, float]:
    """m₁ = tr D̂/d and m₂ = tr D̂²/d of the block that keeps the share `fraction` = p/d of the directions.

    ratio c = d/n > 0, σ > 0, variance v > 0, λ ≥ 0, 0 ≤ fraction ≤ 1. Raises `ValueError` for bad input.
    """
    kept = _kept(ratio, sigma, variance, weight_decay, fraction)
    return kept.mean(lambda eigenvalue, gain: gain), kept.mean(lambda eigenvalue, gain: gain**2)


def isotropic_losses(
    ratio: float, sigma: float, variance: float, weight_decay: float = 0.0, fraction: float = 1.0
) -> Losses:
    """Train loss (decay term included) and test loss per dimension. Arguments as `gain_moments`."""
    kept = _kept(ratio, sigma, variance, weight_decay, fraction)
    first, second = gain_moments(ratio, sigma, variance, weight_decay, fraction)
    saved = kept.mean(lambda eigenvalue, gain: (eigenvalue - kept.decay) * gain)
    return Losses(kept.variance - saved, kept.variance * (1 - 2 * first + second) + kept.noise * second)


class _Kept(NamedTuple):
    """c, σ², v, λ, and the angle θ up to which eigenvalues are kept."""

    ratio: float
    noise: float
    variance: float
    decay: float
    end: float

    def mean(self, function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> float:
        """Mean over all eigenvalues of a function of a kept one and its gain, zero for the others."""

        def of_scaled(t: np.ndarray) -> np.ndarray:
            return function(self.variance * t, gains(self.variance * t, self.noise, self.decay))

        return _integral(of_scaled, self.ratio, self.end)


def _kept(ratio: float, sigma: float, variance: float, weight_decay: float, fraction: float) -> _Kept:
    ratio = validation.positive(ratio, "ratio")
    noise = validation.positive(sigma, "sigma") ** 2
    variance = validation.positive(variance, "variance")
    decay = validation.nonnegative(weight_decay, "weight_decay")
    fraction = validation.nonnegative(fraction, "fraction")
    if fraction > 1:
        raise ValueError(f"fraction must be <= 1, got {fraction!r}")
    # The integral ends where the soft threshold has its corner.
    cosine = (decay / variance - 1 - ratio) / (2 * np.sqrt(ratio))
    return _Kept(
        ratio, noise, variance, decay, min(float(np.arccos(np.clip(cosine, -1.0, 1.0))), _angle(ratio, fraction))
    )


def _angle(ratio: float, fraction: float) -> float:
    """The angle θ above whose eigenvalue the share `fraction` of all lies; π when all but the zeros do."""

    def beyond(end: float) -> float:
        return _integral(np.ones_like, ratio, end) - fraction

    return np.pi if beyond(np.pi) <= 0 else float(brentq(beyond, 0.0, np.pi))


def _integral(function: Callable[[np.ndarray], np.ndarray], ratio: float, end: float) -> float:
    """∫ f(t) over the eigenvalues at angles below `end`, by Gauss–Legendre quadrature."""
    nodes, weights = _rule()
    angle = end * nodes
    t = bulk_edges(ratio)[0] + 4 * np.sqrt(ratio) * np.cos(angle / 2) ** 2
    return float(end * (weights * function(t) * 2 * np.sin(angle) ** 2 / (np.pi * t)).sum())


@cache
def _rule() -> tuple[Float64[np.ndarray, "nodes"], Float64[np.ndarray, "nodes"]]:
    """Nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2
