"""The Jacobian W2 diag(gate) W1ᵀ of a network without biases, and the local dimension that detectors read from it.

Within a gate cell f is linear, so J is constant there and f(y) = J(y)y. FLIPD, an estimate of the dimension of the data
near y, is tr J + ‖f(y) − y‖²/σ². In a direction of gain a and second moment s it counts a + (1 − a)²s/σ², which at the
gain s/(s + σ²) is 1 − σ⁴/(s + σ²)².
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .block_minimizer import COUNT, SIGMA, SQUARED_NORM, WEIGHT_DECAY
from .linear_autoencoder import GAIN_SYMBOL
from .residual import UNIT_GAIN
from .spectral_loss import MOMENT, limiting_gains

DIRECTION_COUNT = GAIN_SYMBOL + (1 - GAIN_SYMBOL) ** 2 * MOMENT / SIGMA**2
"""What one direction of gain a and second moment s adds to FLIPD on average."""

STORED_DIMENSION = sp.together(DIRECTION_COUNT.subs({GAIN_SYMBOL: UNIT_GAIN, MOMENT: SQUARED_NORM}))
"""FLIPD at a stored sample, where its gate alone is open."""

_direction_count = sp.lambdify((GAIN_SYMBOL, MOMENT, SIGMA), DIRECTION_COUNT, "numpy")
_stored_dimension = sp.lambdify((SQUARED_NORM, SIGMA, COUNT, WEIGHT_DECAY), STORED_DIMENSION, "numpy")


def network_jacobian(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], y: Float[Any, "m d"]
) -> Float64[np.ndarray, "m d d"]:
    """W2 diag(W1ᵀy > 0) W1ᵀ for each row of y: the derivative of f wherever no pre-activation is zero.

    Raises `ValueError` for bad input.
    """
    y = validation.samples(y, "y")
    W1, W2 = validation.network(W1, W2, y.shape[1])
    return (W2 * (y @ W1 > 0)[:, None, :]) @ W1.T


def local_dimension(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], y: Float[Any, "m d"], sigma: float
) -> Float64[np.ndarray, "m"]:
    """FLIPD of the network at each row of y: tr J + ‖f(y) − y‖²/σ², sigma > 0. Raises `ValueError` for bad input."""
    sigma = validation.positive(sigma, "sigma")
    jacobian = network_jacobian(W1, W2, y)
    y = validation.samples(y, "y")
    misfit = np.einsum("mij,mj->mi", jacobian, y) - y
    return np.trace(jacobian, axis1=1, axis2=2) + (misfit**2).sum(axis=1) / sigma**2


def stored_dimension(squared_norm: float, sigma: float, n: int, weight_decay: float) -> float:
    """FLIPD of the memorising weights at a stored sample of ‖x‖² = `squared_norm`, its gate alone open.

    1 − σ⁴/(N + σ²)² at λ = 0; above one exactly where σ⁴ < nλN. Raises `ValueError` unless σ > 0 and nλ < N.
    """
    squared_norm, sigma = validation.positive(squared_norm, "squared_norm"), validation.positive(sigma, "sigma")
    n, weight_decay = validation.whole(n, "n", 1), validation.nonnegative(weight_decay, "weight_decay")
    if not n * weight_decay < squared_norm:
        raise ValueError(
            f"weight_decay must satisfy n·weight_decay < squared_norm = {squared_norm!r}, got {weight_decay!r} "
            f"with n = {n}"
        )
    return float(_stored_dimension(squared_norm, sigma, n, weight_decay))


def block_dimension(spectrum: Float[Any, "d"], width: int, mixing: float, sigma: float, weight_decay: float) -> float:
    """Mean FLIPD over the members of a cluster whose block of `width` units is alone open on all of them.

    spectrum: eigenvalues s of the cluster's mean of xxᵀ, in any order; mixing = n_k/n; sigma > 0. Kept directions count
    a + (1 − a)²s/σ², a = (s − λ/mixing)_+/(s + σ²), the others s/σ². Raises `ValueError` for bad input.
    """
    sigma = validation.positive(sigma, "sigma")
    ordered = -np.sort(-validation.real_array(spectrum, "spectrum", ndim=1))
    width = validation.whole(width, "width", 0)
    if width > len(ordered):
        raise ValueError(f"width must be <= the {len(ordered)} entries of spectrum, got {width}")
    gains = limiting_gains(ordered, mixing, sigma, weight_decay)
    gains[width:] = 0.0
    return float(_direction_count(gains, ordered, sigma).sum())
