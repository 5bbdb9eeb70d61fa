"""Where the gates of two memorised samples stand that answer one another: leaks as a remedy against noise.

Two unit samples of cosine c > 0, one unit each, w_j·x_j = 1, the gate of each unit α standard deviations from the
other sample (open there with probability Φ(−α)), decoders such that the mean answer is right. As σ → 0 the error is

    σ²(1 + V(α) − 2c²Φ(−α))/(1 − c²),      V(α) = var(ξ − α)_+ = 2I₂(α) − I₁(α)².

Each leak adds its own variance and takes 2c²Φ(−α) from that of the sample's own unit, with whose noise it is
correlated. The best α is finite for every c > 0, I₁(α)Φ(α)/φ(α) = c². From α = ∞ (settled gates, as good as it gets at
c = 0) it falls to −∞ (both units always open, a linear denoiser of rank two) at c = 1.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcx, ndtr

from . import validation
from .normal_tails import density, tails

_FARTHEST = 1e4


def pair_coefficient(cosine: float, deviations: float) -> float:
    """Error of the pair over σ² as σ → 0, with gates at `deviations` = α: (1 + V(α) − 2c²Φ(−α))/(1 − c²).

    Per sample, for samples of length one. Raises `ValueError` unless 0 ≤ c < 1.
    """
    cosine = validation.nonnegative(cosine, "cosine")
    if not cosine < 1:
        raise ValueError(f"cosine must be < 1, got {cosine!r}")
    tail = tails(np.array(validation.real_number(deviations, "deviations")))
    variance = 2 * tail.second - tail.first**2
    return float((1 + variance - 2 * cosine**2 * tail.zeroth) / (1 - cosine**2))


def pair_deviations(cosine: float) -> float:
    """The best α: I₁(α)Φ(α)/φ(α) = c². It falls with c; negative where the gate is mostly open at the other sample.

    Raises `ValueError` unless 0.001 ≤ c ≤ 0.999999.
    """
    cosine = validation.positive(cosine, "cosine")
    if not 0.001 <= cosine <= 0.999999:
        raise ValueError(f"cosine must be between 0.001 and 0.999999, got {cosine!r}")
    return float(brentq(lambda alpha: _balance(alpha) - cosine**2, -_FARTHEST, _FARTHEST, xtol=1e-13, rtol=1e-15))


def _balance(alpha: float) -> float:
    """I₁(α)Φ(α)/φ(α), with the quotient by φ taken where it is not small."""
    mills = math.sqrt(math.pi / 2) * float(erfcx(abs(alpha) / math.sqrt(2)))
    if alpha > 0:
        return (1 - alpha * mills) * float(ndtr(alpha))
    return float(density(np.float64(alpha)) - alpha * ndtr(-alpha)) * mills
