"""The unconstrained minimiser of the denoising loss, the score that it gives, and the step that uses it (BR eq. 1–3).

The smoothed data x + σε have density ∝ Σ_i exp(−‖y − x_i‖²/2σ²). The posterior mean f(y) minimises the loss at every y,
Tweedie's identity reads ∇log p(y) = (f(y) − y)/σ², and one deterministic sampling step from σ to σ' < σ moves y to
f(y) + (σ'/σ)(y − f(y)).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64
from scipy.special import softmax

from . import validation

POINT, DENOISED = sp.symbols("y f", real=True)
SIGMA, NEXT_SIGMA = sp.symbols("sigma sigma_next", positive=True)
"""One coordinate of the noisy point y and of f(y), the noise level σ and the next one σ'."""

SCORE = (DENOISED - POINT) / SIGMA**2
"""One coordinate of ∇log p(y)."""

SAMPLING_STEP = DENOISED + NEXT_SIGMA / SIGMA * (POINT - DENOISED)
"""One coordinate of the next point."""

_score = sp.lambdify((POINT, DENOISED, SIGMA), SCORE, "numpy")
_step = sp.lambdify((POINT, DENOISED, SIGMA, NEXT_SIGMA), SAMPLING_STEP, "numpy")


def empirical_denoiser(y: Float[Any, "m d"], X: Float[Any, "n d"], sigma: float) -> Float64[np.ndarray, "m d"]:
    """f_emp(y) = Σ_i softmax_i(−‖y − x_i‖²/2σ²) x_i (BR eq. 3), for each row of y.

    sigma > 0 in the units of X. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    y = validation.samples(y, "y")
    sigma = validation.positive(sigma, "sigma")
    if y.shape[1] != X.shape[1]:
        raise ValueError(f"y must have the {X.shape[1]} coordinates of X, got shape {y.shape}")
    squared_distances = ((y[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)
    return softmax(-squared_distances / (2 * sigma**2), axis=1) @ X


def score(y: Float[Any, "m d"], X: Float[Any, "n d"], sigma: float) -> Float64[np.ndarray, "m d"]:
    """∇log p(y) = (f_emp(y) − y)/σ² of the smoothed data (BR eq. 2, corrected sign). Errors as `empirical_denoiser`."""
    denoised = empirical_denoiser(y, X, sigma)
    return _score(validation.samples(y, "y"), denoised, validation.positive(sigma, "sigma"))


def sampling_step(
    y: Float[Any, "m d"], denoised: Float[Any, "m d"], sigma: float, next_sigma: float
) -> Float64[np.ndarray, "m d"]:
    """One deterministic sampling step f + (σ'/σ)(y − f) from σ to σ' ≤ σ (BR eq. 1). Raises `ValueError` if σ' > σ."""
    y, denoised = validation.samples(y, "y"), validation.samples(denoised, "denoised")
    sigma, next_sigma = validation.positive(sigma, "sigma"), validation.nonnegative(next_sigma, "next_sigma")
    if y.shape != denoised.shape:
        raise ValueError(f"denoised must have the shape of y {y.shape}, got {denoised.shape}")
    if next_sigma > sigma:
        raise ValueError(f"next_sigma must be <= sigma = {sigma!r}, got {next_sigma!r}")
    return _step(y, denoised, sigma, next_sigma)
