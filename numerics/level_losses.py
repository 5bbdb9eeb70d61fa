"""The denoising loss of a mixture at each noise level by itself: weightings of the levels are applied afterwards.

L_t = (1/N) Σ_i E‖x̄(t, α_tx_i + σ_tZ) − x_i‖², a sum over coordinates, with x̄ the posterior mean of the mixture. The
noise is drawn from the seed for each level and shared by all mixtures, so that differences between them are paired.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation
from theory.mixture_denoiser import posterior_mean, signal


def level_losses(
    means: Float[Any, "M d"], variance: float, X: Float[Any, "N d"], grid: Float[Any, "levels"], draws: int, seed: int
) -> Float64[np.ndarray, "levels"]:
    """L_t at the levels t in [0, 1] of `grid`, each from `draws` noise draws a sample of X (N, d).

    means (M, d) and variance s² >= 0 are those of the mixture. Raises `ValueError` for bad input.
    """
    X, means = validation.samples(X), validation.samples(means, "means")
    levels = validation.real_array(grid, "grid", ndim=1)
    if means.shape[1] != X.shape[1]:
        raise ValueError(f"means must have the {X.shape[1]} coordinates of X, got shape {means.shape}")
    if ((levels < 0) | (levels > 1)).any():
        raise ValueError(f"grid must hold noise levels in [0, 1], got {levels.tolist()}")
    variance = validation.nonnegative(variance, "variance")
    draws, seed = validation.whole(draws, "draws", 1), validation.whole(seed, "seed", 0)
    losses = np.empty(len(levels))
    for number, t in enumerate(levels.tolist()):
        noise = np.random.default_rng([seed, number]).standard_normal((draws, *X.shape))
        away = posterior_mean(signal(t) * X + t * noise, t, means, variance) - X
        losses[number] = (away**2).sum(axis=-1).mean()
    return losses
