"""Norms of the Hessian in W1 at the memorising weights, and what splitting a column does to them (BR Corollary D.4).

With gates frozen the objective is quadratic in W1. A stored sample's column meets the block (2g/n)(xxᵀ + σ²I) + 2λI, g
= (‖x‖² − nλ)/(‖x‖² + σ²), a zero column 2λI. Columns (t_k w, t_k v) with Σt_k² = 1 in place of (w, v) have the blocks
(2g/n)t_kt_l(xxᵀ + σ²I) + 2λδ_kl I.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .block_minimizer import COUNT, MEMORIZING_SQUARED_SCALE, SIGMA, SQUARED_NORM, WEIGHT_DECAY, memorizing_weights

STEEPNESS = sp.Symbol("q", positive=True)
"""‖x‖_∞‖x‖_1, the largest absolute row sum of xxᵀ."""

ROW_SUM = 2 * MEMORIZING_SQUARED_SCALE * SQUARED_NORM / COUNT * (STEEPNESS + SIGMA**2)
"""Largest absolute row sum of a stored sample's block, without the 2λ of the decay."""

_row_sum = sp.lambdify((SQUARED_NORM, STEEPNESS, SIGMA, COUNT, WEIGHT_DECAY), ROW_SUM, "numpy")


def row_sum_norms(X: Float[Any, "n d"], sigma: float, weight_decay: float) -> Float64[np.ndarray, "n"]:
    """∞→∞ norm of each stored sample's block of the Hessian in W1, gates frozen: (2g/n)(‖x‖_∞‖x‖_1 + σ²) + 2λ.

    Their maximum is the norm of the Hessian. Arguments and errors as `theory.block_minimizer.memorizing_weights`.
    """
    memorizing_weights(X, sigma, weight_decay)
    X = validation.samples(X)
    sigma, weight_decay = validation.nonnegative(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    sizes = np.abs(X)
    steepness = sizes.max(axis=1) * sizes.sum(axis=1)
    return _row_sum((X**2).sum(axis=1), steepness, sigma, len(X), weight_decay) + 2 * weight_decay


def split_factors(shares: Float[Any, "m"]) -> tuple[float, float]:
    """What splitting a column into shares t_k ≥ 0, Σt_k² = 1, multiplies its part of the Hessian in W1 by.

    (t_max‖t‖_1, ‖t‖_1²): for the ∞→∞ norm and for the sum of all entries (the ∞→1 norm), the decay apart. Raises
    `ValueError` for other shares.
    """
    shares = validation.real_array(shares, "shares", ndim=1)
    if shares.size == 0 or shares.min() < 0 or abs((shares**2).sum() - 1) > 1e-9:
        raise ValueError(f"shares must be >= 0 with squares that sum to 1, got {shares.tolist()}")
    return float(shares.max() * shares.sum()), float(shares.sum() ** 2)
