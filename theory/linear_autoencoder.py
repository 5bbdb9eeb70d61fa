"""The regularised linear denoising autoencoder (BR Lemma D.1): its global minimum, direction by direction.

    minimise ‖W2 W1ᵀXᵀ − Xᵀ‖² + nσ²‖W2 W1ᵀ‖² + nλ(‖W1‖² + ‖W2‖²) over W1, W2 ∈ R^{d×p}

In an eigen-direction of the Gram matrix XᵀX with eigenvalue Λ, the gain a of the denoiser W2 W1ᵀ costs
(1 − a)²Λ + nσ²a² + 2nλ|a| at best, least at the soft threshold a = (Λ − nλ)_+/(Λ + nσ²); the p directions with the
largest Λ are kept. `proofs_check.balanced_representation.lemma_d1` proves it for all n, d, p.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation

EIGENVALUE, NOISE_ENERGY, DECAY, GAIN_SYMBOL = sp.symbols("Lambda kappa nu a", positive=True)
"""Λ, κ = nσ², ν = nλ and the gain a of one direction."""

DIRECTION_LOSS = (1 - GAIN_SYMBOL) ** 2 * EIGENVALUE + NOISE_ENERGY * GAIN_SYMBOL**2 + 2 * DECAY * GAIN_SYMBOL
"""Cost of the gain a in a direction whose encoder and decoder share it equally."""

GAIN = (EIGENVALUE - DECAY) / (EIGENVALUE + NOISE_ENERGY)
"""The best gain where Λ > nλ; below the threshold it is zero."""

SAVING = (EIGENVALUE - DECAY) ** 2 / (EIGENVALUE + NOISE_ENERGY)
"""By how much the best gain lowers the cost Λ of a direction left out."""

_gain = sp.lambdify((EIGENVALUE, NOISE_ENERGY, DECAY), GAIN, "numpy")
_saving = sp.lambdify((EIGENVALUE, NOISE_ENERGY, DECAY), SAVING, "numpy")


def gains(
    eigenvalues: Float64[np.ndarray, "directions"], noise_energy: float, decay: float
) -> Float64[np.ndarray, "directions"]:
    """Best gain of each direction, (Λ − nλ)_+/(Λ + nσ²), for `noise_energy` = nσ² and `decay` = nλ."""
    return _where_kept(_gain, eigenvalues, noise_energy, decay)


def savings(
    eigenvalues: Float64[np.ndarray, "directions"], noise_energy: float, decay: float
) -> Float64[np.ndarray, "directions"]:
    """How much of the loss each direction saves when kept, (Λ − nλ)_+²/(Λ + nσ²)."""
    return _where_kept(_saving, eigenvalues, noise_energy, decay)


def _where_kept(formula: Any, eigenvalues: np.ndarray, noise_energy: float, decay: float) -> np.ndarray:
    kept = eigenvalues > decay
    values = np.zeros_like(eigenvalues)
    values[kept] = formula(eigenvalues[kept], noise_energy, decay)
    return values


def gram_spectrum(
    X: Float64[np.ndarray, "n d"],
) -> tuple[Float64[np.ndarray, "r"], Float64[np.ndarray, "d r"]]:
    """Nonzero part of XᵀX = UΛUᵀ, largest first: eigenvalues (r,) and directions (d, r), r = min(n, d).

    Eigenvalues within rounding of zero are returned as exact zeros.
    """
    _, singular, directions = np.linalg.svd(X, full_matrices=False)
    rounding = max(X.shape) * np.finfo(np.float64).eps * (singular[0] if singular.size else 0.0)
    singular = np.where(singular > rounding, singular, 0.0)
    return singular**2, directions.T


def optimal_weights(
    X: Float[Any, "n d"], width: int, sigma: float, weight_decay: float
) -> Float64[np.ndarray, "d width"]:
    """A global minimiser W1 = W2 of Lemma D.1's objective, O = I (columns scaled principal directions).

    X: samples in rows, any units; sigma ≥ 0 in the units of X; weight_decay λ ≥ 0 in those units squared.
    Directions under the threshold, and columns beyond the rank, are zero. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    width = validation.whole(width, "width", 0)
    noise_energy, decay = _energies(len(X), sigma, weight_decay)
    eigenvalues, directions = gram_spectrum(X)
    kept = min(width, len(eigenvalues))
    weights = np.zeros((X.shape[1], width))
    weights[:, :kept] = directions[:, :kept] * np.sqrt(gains(eigenvalues[:kept], noise_energy, decay))
    return weights


def optimal_value(X: Float[Any, "n d"], width: int, sigma: float, weight_decay: float) -> float:
    """The global minimum of Lemma D.1's objective: ΣΛ minus the savings of the `width` leading directions."""
    X = validation.samples(X)
    width = validation.whole(width, "width", 0)
    noise_energy, decay = _energies(len(X), sigma, weight_decay)
    eigenvalues, _ = gram_spectrum(X)
    return float(eigenvalues.sum() - savings(eigenvalues[:width], noise_energy, decay).sum())


def regularised_loss(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> float:
    """Lemma D.1's objective ‖W2 W1ᵀXᵀ − Xᵀ‖² + nσ²‖W2 W1ᵀ‖² + nλ(‖W1‖² + ‖W2‖²)."""
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    noise_energy, decay = _energies(len(X), sigma, weight_decay)
    denoiser = W2 @ W1.T
    misfit = ((X @ denoiser.T - X) ** 2).sum()
    return float(misfit + noise_energy * (denoiser**2).sum() + decay * ((W1**2).sum() + (W2**2).sum()))


def _energies(n: int, sigma: float, weight_decay: float) -> tuple[float, float]:
    return (
        n * validation.nonnegative(sigma, "sigma") ** 2,
        n * validation.nonnegative(weight_decay, "weight_decay"),
    )
