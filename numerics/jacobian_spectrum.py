"""Singular values of a network's Jacobian, at points and averaged over noise.

At y the Jacobian of f(y) = W2[W1ᵀy]_+ is `theory.jacobian.network_jacobian`. Over noise ε ~ N(0, I) the gate of unit a
is open with probability Φ(w_aᵀx/(σ‖w_a‖)) at y = x + σε, so E J = W2 diag(Φ) W1ᵀ, which by Stein's lemma is the
derivative of E f(x + σε) in x and E[f(x + σε)εᵀ]/σ. A memorising network has rank one at its samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64
from scipy.special import ndtr

from theory import validation
from theory.gaussian_relu import standardised
from theory.jacobian import network_jacobian


def jacobian_spectrum(W1: Float[Any, "d p"], W2: Float[Any, "d p"], y: Float[Any, "m d"]) -> Float64[np.ndarray, "m d"]:
    """Singular values, largest first, of the Jacobian of one network (d, p) at each row of y (m, d).

    Raises `ValueError` for bad input.
    """
    return np.linalg.svd(network_jacobian(W1, W2, y), compute_uv=False)


def mean_jacobian(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float
) -> Float64[np.ndarray, "n d d"]:
    """E J(x_i + σε) = W2 diag(Φ(w_aᵀx_i/(σ‖w_a‖))) W1ᵀ for each row of X (n, d), sigma ≥ 0 (0: J(x_i)).

    Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    deviations = validation.nonnegative(sigma, "sigma") * np.linalg.norm(W1, axis=0)
    return (W2 * ndtr(standardised(X @ W1, deviations))[:, None, :]) @ W1.T


def mean_jacobian_spectrum(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float
) -> Float64[np.ndarray, "n d"]:
    """Singular values, largest first, of `mean_jacobian` at each sample. Raises `ValueError` for bad input."""
    return np.linalg.svd(mean_jacobian(W1, W2, X, sigma), compute_uv=False)
