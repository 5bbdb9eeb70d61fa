"""What deterministic steps of a sampler make of one Gaussian: each step shrinks it.

Points about one component with mean μ and variance s² per coordinate, noised to α_tx + σ_tZ, have mean α_tμ and
variance v = α²s² + σ². The posterior mean is linear, so a step of DDIM from t to t' multiplies the distance from the
noised mean by f = (αα's² + σσ')/v. The exact flow would multiply it by √(v'/v), and

    f² = (v'/v)(1 − s²(ασ' − α'σ)²/(vv')),

so every step of positive length leaves too small a spread. With α = cos θ, σ = sin θ the loss is s² sin²(θ − θ')/(vv'):
of second order in the step, of first order in all for a grid, and largest where v is small beside the step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float

from . import validation

ALPHA, SIGMA, NEXT_ALPHA, NEXT_SIGMA, VARIANCE = sp.symbols("alpha sigma alpha' sigma' v", positive=True)
"""Share of signal and noise before and after a step, and s²."""

NOISED = ALPHA**2 * VARIANCE + SIGMA**2
NEXT_NOISED = NEXT_ALPHA**2 * VARIANCE + NEXT_SIGMA**2

STEP_FACTOR = (ALPHA * NEXT_ALPHA * VARIANCE + SIGMA * NEXT_SIGMA) / NOISED
"""By how much a step multiplies the distance from the noised mean."""

STEP_LOSS = VARIANCE * (ALPHA * NEXT_SIGMA - NEXT_ALPHA * SIGMA) ** 2 / (NOISED * NEXT_NOISED)
"""The share of the variance that a step takes off too much, in [0, 1)."""

_step_factor = sp.lambdify((ALPHA, SIGMA, NEXT_ALPHA, NEXT_SIGMA, VARIANCE), STEP_FACTOR, "numpy")


def sampled_variance(variance: float, times: Float[Any, "times"]) -> float:
    """The variance per coordinate about its mean, in units of s² = `variance` ≥ 0, to which steps bring normal noise.

    `times`: at least two falling noise levels in (0, 1] of a variance preserving process, no unit; the noise at the
    first has variance 1. Raises `ValueError` for bad input.
    """
    variance = validation.nonnegative(variance, "variance")
    sigma = validation.real_array(times, "times", ndim=1)
    if len(sigma) < 2 or (np.diff(sigma) >= 0).any() or sigma[0] > 1 or sigma[-1] <= 0:
        raise ValueError(f"times must be at least two falling noise levels in (0, 1], got {sigma.tolist()}")
    alpha = np.sqrt((1 - sigma) * (1 + sigma))
    return float(np.prod(_step_factor(alpha[:-1], sigma[:-1], alpha[1:], sigma[1:], variance)) ** 2)
