"""Sampling with a denoiser: the probability flow integrated, and the deterministic steps of BR eq. 1."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation
from theory.empirical_denoiser import sampling_step
from theory.sampling_flow import falling_levels

Denoiser = Callable[[np.ndarray, float], np.ndarray]
"""Takes points (m, d) and their noise level σ, returns what it holds to be the clean points (m, d)."""


def follow_flow(denoiser: Denoiser, y: Float[Any, "m d"], levels: Float[Any, "steps"]) -> Float64[np.ndarray, "m d"]:
    """dy/dσ = (y − f_σ(y))/σ from the first to the last of falling levels > 0: Runge–Kutta steps of order 4 in log σ.

    Where a gate switches inside a step, the error of that step is of second order. Raises `ValueError` for bad levels.
    """
    levels = falling_levels(levels)
    validation.positive(levels[-1], "levels[-1]")
    y = validation.samples(y, "y")
    for high, low in pairwise(levels.tolist()):
        step, middle = np.log(low / high), np.sqrt(high * low)
        first = y - denoiser(y, high)
        halfway = y + step / 2 * first
        second = halfway - denoiser(halfway, middle)
        halfway = y + step / 2 * second
        third = halfway - denoiser(halfway, middle)
        whole = y + step * third
        fourth = whole - denoiser(whole, low)
        y = y + step / 6 * (first + 2 * second + 2 * third + fourth)
    return y


def sample(denoiser: Denoiser, y: Float[Any, "m d"], levels: Float[Any, "steps"]) -> Float64[np.ndarray, "m d"]:
    """Deterministic steps f + (σ'/σ)(y − f) through falling levels, the last of which may be 0.

    Raises `ValueError` for bad levels, or a denoiser that does not keep the shape of y.
    """
    y = validation.samples(y, "y")
    for high, low in pairwise(falling_levels(levels).tolist()):
        y = sampling_step(y, denoiser(y, high), high, low)
    return y
