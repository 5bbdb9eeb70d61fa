"""A loop of linear denoisers: data N(0, s) in a direction, the exact denoiser, the exact probability flow, and again.

The denoiser of N(0, s) at noise σ is D(x) = sx/(s + σ²), so the flow dx/dσ = (x − D(x))/σ = σx/(s + σ²) keeps
x/√(s + σ²). Started at σ_max from N(0, σ_max²), the noise without the data, it ends at σ_min with variance

    s_{g+1} = σ_max²(s_g + σ_min²)/(s_g + σ_max²),

without any sampling error. At σ_min = 0: 1/s_{g+1} = 1/s_g + 1/σ_max², so s_g = s_0/(1 + gs_0/σ_max²) falls like 1/g,
and large directions first. At σ_min > 0 every direction tends to σ_minσ_max, the distance along (s − s⋆)/(s + s⋆)
shrinking by (σ_max − σ_min)/(σ_max + σ_min) a generation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64
from scipy.special import exprel

from . import validation

SPREAD, LARGEST, LEAST = sp.symbols("s sigma_max sigma_min", positive=True)
"""Variance s of the data in a direction, ends of the noise levels."""

NEXT = LARGEST**2 * (SPREAD + LEAST**2) / (SPREAD + LARGEST**2)
"""s_{g+1} from s_g."""

FIXED = LEAST * LARGEST
RATE = (LARGEST - LEAST) / (LARGEST + LEAST)
"""The fixed point of NEXT, and the factor by which (s − s⋆)/(s + s⋆) shrinks."""


def flow_variances(
    spectrum: Float[Any, "..."], generations: int, sigma_max: float, sigma_min: float = 0.0
) -> Float64[np.ndarray, "..."]:
    """Variances s_g in each direction after `generations` >= 0, from `spectrum` s_0 >= 0, any shape.

    0 <= `sigma_min` < `sigma_max`, in the units of √spectrum. Raises `ValueError` for bad input.
    """
    start = validation.real_array(spectrum, "spectrum")
    if (start < 0).any():
        raise ValueError(f"spectrum must be >= 0, got {float(start[start < 0][0])!r}")
    generations = validation.whole(generations, "generations", 0)
    largest, least = validation.positive(sigma_max, "sigma_max"), validation.nonnegative(sigma_min, "sigma_min")
    if least >= largest:
        raise ValueError(f"sigma_min must be < sigma_max = {largest!r}, got {least!r}")
    # log of the factor^g, and (1 − factor^g)/s⋆, without a difference of near numbers or a quotient of tiny ones.
    share = least / largest
    power = -2 * generations * np.arctanh(share)
    lost = 2 * generations * (np.arctanh(share) / share if share else 1.0) * exprel(power) / largest**2
    kept = 1 + np.exp(power)
    return np.asarray((start * kept + (least * largest) ** 2 * lost) / (start * lost + kept))
