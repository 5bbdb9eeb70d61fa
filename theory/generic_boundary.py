"""Up to how many samples of generic data a network of given width memorises, and what it learns beyond.

Samples are N(0, I_d), π = p/d, t = 1 + σ² the variance of a noisy coordinate, and 3.14… is written "pi" to keep them
apart. What width p can generalise is known from above. A unit with encoder u sees u·y, of variance t. Two units ±u pass
a direction linearly and save 1/t of its variance 1. One unit saves C²/(tV), C = E[z·[z]_+] = 1/2, if its mean output is
taken off, where V = Var [z]_+ = 1/2 − 1/(2pi): 0.733/t, more than half of a pair. k units of perpendicular encoders do
that among themselves: the decoders U(aI + b11ᵀ) save

    S_k = [(k − 1)C²/V + C²/(V + k/(2pi))]/t,

all but one direction in full. So p ≤ d units save S_p, d < p ≤ 2d are best spent as p − d pairs and 2d − p single
units, and 2d units are the linear denoiser, exactly (`centred_loss`; `population_loss` is its limit per dimension).

The boundary n* is where the test loss is twice the train loss. It is proportional to d at fixed π, and jumps at π = 2:

    n*/d = t^(−k) K √m b^(−e)   (π < 2),        n*/d = t^(−k) (B + Aπ)   (π ≥ 2),

with b = `population_loss`(π, σ) and m = min(π, 2 − π) single units a dimension. Below 2 the smaller b is, the longer
what samples allow beyond it is felt. From 2 on the linear denoiser is there to be found, and is, as soon as n exceeds a
few d. The form is a reading of descents, not a derivation; the constants are fitted to them at d = 4 and 6, 0.5 ≤ π ≤
3, 0.1 ≤ σ ≤ 0.4 and λ → 0, nothing between π = 1.5 and 2 (`proofs_check.extensions.generic_boundary`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float64

from . import validation

NOISY_VARIANCE, UNITS = sp.symbols("t k", positive=True)
"""t = 1 + σ² and the number k of single units."""

COVARIANCE = sp.Rational(1, 2)
"""C = E[z·[z]_+] for z ~ N(0, 1)."""

VARIANCE = sp.Rational(1, 2) - 1 / (2 * sp.pi)
"""V = Var [z]_+."""

CENTRED_SAVING = COVARIANCE**2 / (NOISY_VARIANCE * VARIANCE)
"""What a unit saves of its direction when its mean output is taken off."""

SHARED_SAVING = COVARIANCE**2 / (NOISY_VARIANCE * (VARIANCE + UNITS / (2 * sp.pi)))
"""What k units save along the sum of their directions, which has to carry the mean of all."""

_centred = sp.lambdify(NOISY_VARIANCE, CENTRED_SAVING, "numpy")
_shared = sp.lambdify((NOISY_VARIANCE, UNITS), SHARED_SAVING, "numpy")


class Constants(NamedTuple):
    """Constants of the boundary: K and e below two units a dimension, B and A from there on, k for the noise."""

    amplitude: float
    exponent: float
    offset: float
    slope: float
    damping: float


UNTIED = Constants(2.37, 1.30, 1.05, 2.18, 1.79)
TIED = Constants(2.28, 1.09, 2.83, 0.94, 1.11)


def centred_weights(d: int, width: int, sigma: float) -> tuple[Float64[np.ndarray, "d p"], Float64[np.ndarray, "d p"]]:
    """Encoders and decoders (d, p) of a network that generalises from N(0, I_d): single units and pairs on the axes.

    min(p, 2d − p) single units, which take off each other's means by the best decoders for their encoders, and pairs of
    opposite ones for the rest. Needs 1 ≤ p ≤ 2d and σ ≥ 0. Raises `ValueError` for bad input.
    """
    d, width, t = _checked(d, width, sigma)
    if width > 2 * d:
        raise ValueError(f"width must be <= 2d = {2 * d}, got {width}")
    single, paired = _numbers(d, width)
    axes = np.eye(d)
    singles, pairs = axes[:, :single], axes[:, single : single + paired]
    own, shared = float(_centred(t)), float(_shared(t, max(single, 1)))
    # Saving over covariance.
    decoders = 2 * own * singles + 2 * (shared - own) / max(single, 1) * singles.sum(axis=1, keepdims=True)
    W1 = np.concatenate([singles, pairs, -pairs], axis=1)
    return W1, np.concatenate([decoders, pairs / t, -pairs / t], axis=1)


def centred_loss(d: int, width: int, sigma: float) -> float:
    """Loss of `centred_weights` on fresh N(0, I_d) samples without decay, and d·σ²/(1 + σ²) beyond p = 2d.

    No network of width p does worse at its best; for p ≥ 2d none does better. Raises `ValueError` for bad input.
    """
    d, width, t = _checked(d, width, sigma)
    single, paired = _numbers(d, width)
    alone = (single - 1) * float(_centred(t)) + float(_shared(t, single)) if single else 0.0
    return d - alone - paired / t


def population_loss(width_ratio: float, sigma: float) -> float:
    """Limit b(π, σ) of `centred_loss` over d, at π = p/d = `width_ratio` > 0. Raises `ValueError` for bad input."""
    ratio = validation.positive(width_ratio, "width_ratio")
    t = 1 + validation.nonnegative(sigma, "sigma") ** 2
    return 1 - _singles(ratio) * float(_centred(t)) - min(max(ratio - 1, 0.0), 1.0) / t


def boundary_ratio(width_ratio: float, sigma: float, constants: Constants = UNTIED) -> float:
    """n*/d at which the test loss is twice the train loss, at π = p/d = `width_ratio` > 0 and σ ≥ 0.

    `constants`: UNTIED or TIED. Raises `ValueError` for bad input.
    """
    loss = population_loss(width_ratio, sigma)
    damping = (1 + float(sigma) ** 2) ** -constants.damping
    if width_ratio < 2:
        return float(damping * constants.amplitude * _singles(width_ratio) ** 0.5 * loss**-constants.exponent)
    return float(damping * (constants.offset + constants.slope * width_ratio))


def _checked(d: int, width: int, sigma: float) -> tuple[int, int, float]:
    return (
        validation.whole(d, "d", 1),
        validation.whole(width, "width", 1),
        1 + validation.nonnegative(sigma, "sigma") ** 2,
    )


def _numbers(d: int, width: int) -> tuple[int, int]:
    """Single units and pairs."""
    return max(min(width, 2 * d - width), 0), min(max(width - d, 0), d)


def _singles(ratio: float) -> float:
    """m: single units a dimension."""
    return max(min(ratio, 2 - ratio), 0.0)
