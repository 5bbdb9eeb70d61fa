"""Population gains and losses of a generalising block, one eigen-direction of S_k = μ_kμ_kᵀ + Σ_k at a time.

BR Corollary 3.3. With Gram eigenvalues n_k·s, n_k = ρ_k·n → ∞, the gain of Lemma D.1 tends to
(s − λ/ρ)/(s + σ²); a fresh sample with second moment s in that direction is then denoised with error
(1 − a)²s + a²σ², the second term being the noise that passes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .linear_autoencoder import DECAY, EIGENVALUE, GAIN, GAIN_SYMBOL, NOISE_ENERGY

MOMENT, MIXING, SIGMA, WEIGHT_DECAY, CLUSTER_SIZE = sp.symbols("s rho sigma lambda n_k", positive=True)
"""Eigenvalue s of S_k, mixing weight ρ_k, noise level σ, weight decay λ, and cluster size n_k."""

LIMITING_GAIN = sp.cancel(
    GAIN.subs(
        {
            EIGENVALUE: CLUSTER_SIZE * MOMENT,
            NOISE_ENERGY: CLUSTER_SIZE * SIGMA**2,
            DECAY: CLUSTER_SIZE * WEIGHT_DECAY / MIXING,
        }
    )
)
"""Gain of a direction once the cluster's Gram matrix has its limit n_k·S_k."""

TEST_LOSS_AT_GAIN = (1 - GAIN_SYMBOL) ** 2 * MOMENT + GAIN_SYMBOL**2 * SIGMA**2
"""Error of the gain a on a fresh noisy sample: signal lost plus noise passed."""

DIRECTION_TEST_LOSS = MOMENT * SIGMA**2 / (MOMENT + SIGMA**2)
"""The error at λ → 0, where a = s/(s + σ²)."""

_limiting_gain = sp.lambdify((MOMENT, MIXING, SIGMA, WEIGHT_DECAY), LIMITING_GAIN, "numpy")
_test_loss = sp.lambdify((MOMENT, SIGMA), DIRECTION_TEST_LOSS, "numpy")


def direction_test_loss(moments: Float64[np.ndarray, "*shape"], sigma: float) -> Float64[np.ndarray, "*shape"]:
    """sσ²/(s + σ²) for each second moment s ≥ 0 (zero at s = 0, whatever σ)."""
    positive = moments > 0
    losses = np.zeros_like(moments)
    losses[positive] = _test_loss(moments[positive], sigma)
    return losses


def limiting_gains(
    spectrum: Float[Any, "d"], mixing: float, sigma: float, weight_decay: float
) -> Float64[np.ndarray, "d"]:
    """(s − λ/ρ)_+/(s + σ²) for each eigenvalue s of S_k: the limit of the block's gains (BR Cor. 3.3, corrected).

    Raises `ValueError` for a negative eigenvalue or a mixing weight outside (0, 1].
    """
    spectrum = validation.real_array(spectrum, "spectrum", ndim=1)
    mixing = validation.positive(mixing, "mixing")
    sigma = validation.nonnegative(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    if spectrum.size and spectrum.min() < 0:
        raise ValueError(f"spectrum must be >= 0, got {float(spectrum.min())!r}")
    if mixing > 1:
        raise ValueError(f"mixing must be <= 1, got {mixing!r}")
    kept = spectrum > weight_decay / mixing
    values = np.zeros_like(spectrum)
    values[kept] = _limiting_gain(spectrum[kept], mixing, sigma, weight_decay)
    return values
