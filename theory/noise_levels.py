"""One network at many noise levels: what the weights of one level cost at another, and gains that carry blocks along.

In an eigen-direction Λ of a cluster's Gram matrix the gain (Λ − nλ)/(Λ + n_kσ²) is all that depends on σ. The frozen
objective is quadratic in it with curvature Λ + n_kσ², so weights of another level σ_0 cost

    (Λ − nλ)²(n_kσ² − n_kσ_0²)²/((Λ + n_kσ_0²)²(Λ + n_kσ²))

more than the best, over n. A unit of its own has its gain scaled by (Λ + n_kσ_0²)/(Λ + n_kσ²); the p directions of a
block take 2p − 1 units, U_1 and U_1 ± s_iU_i, to follow all levels with fixed columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64, Int

from . import validation
from .block_minimizer import block_weights, block_widths
from .linear_autoencoder import DECAY, EIGENVALUE, GAIN, NOISE_ENERGY, gram_spectrum

TRAINED_ENERGY = sp.Symbol("kappa_0", positive=True)
"""κ_0 = n_kσ_0², the noise energy of the level that the weights were made for."""

TRANSFER_EXCESS = (
    (EIGENVALUE - DECAY) ** 2
    * (NOISE_ENERGY - TRAINED_ENERGY) ** 2
    / ((EIGENVALUE + TRAINED_ENERGY) ** 2 * (EIGENVALUE + NOISE_ENERGY))
)
"""n times what one direction costs more with the gain of another level."""

GAIN_RATIO = sp.cancel(GAIN / GAIN.subs(NOISE_ENERGY, TRAINED_ENERGY))
"""Gain of a direction at one level over its gain at another."""

_excess = sp.lambdify((EIGENVALUE, NOISE_ENERGY, TRAINED_ENERGY, DECAY), TRANSFER_EXCESS, "numpy")
_ratio = sp.lambdify((EIGENVALUE, NOISE_ENERGY, TRAINED_ENERGY), GAIN_RATIO, "numpy")


def transfer_excess(
    X: Float[Any, "n d"],
    labels: Int[Any, "n"],
    widths: Sequence[int] | Int[Any, "M"],
    trained_sigma: float,
    sigma: float,
    weight_decay: float,
) -> float:
    """How much the block weights of the level trained_sigma ≥ 0 cost at sigma ≥ 0 over those of sigma, gates frozen.

    In the units of X squared. Arguments and errors as `theory.block_minimizer.block_weights`.
    """
    trained_sigma = validation.nonnegative(trained_sigma, "trained_sigma")
    # It refuses what has no block weights.
    block_weights(X, labels, widths, sigma, weight_decay)
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    total = 0.0
    for k, width in enumerate(block_widths(widths, int(labels.max()) + 1)):
        members = X[labels == k]
        energies = (len(members) * level**2 for level in (float(sigma), trained_sigma))
        total += float(_excess(gram_spectrum(members)[0][:width], *energies, len(X) * weight_decay).sum())
    return total / len(X)


def stored_gain_ratios(X: Float[Any, "n d"], trained_sigma: float, sigma: float) -> Float64[np.ndarray, "n"]:
    """(‖x_j‖² + σ_0²)/(‖x_j‖² + σ²): gains that turn the memorising weights of σ_0 > 0 into those of σ, at any decay.

    f_σ(y) = W diag(ratios) [Wᵀy]_+ with W of the level trained_sigma. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    levels = (validation.nonnegative(sigma, "sigma"), validation.positive(trained_sigma, "trained_sigma"))
    energy, trained = (level**2 for level in levels)
    return _ratio((X**2).sum(axis=1), energy, trained)


def shared_units(
    gains: Float[Any, "levels p"],
) -> tuple[Float64[np.ndarray, "p q"], Float64[np.ndarray, "levels q"]]:
    """Columns M, (p, 2p − 1), and unit gains e ≥ 0 with M diag(e[l]) Mᵀ = diag(gains[l]) at every level l.

    The columns, in coordinates of the p directions, are (1, 0 …) and (1, ±s_i at place i): a block W = U_kM keeps its
    gates on a cluster whose first coordinates are positive and above s_i times the others. s_i² is (p − 1) times the
    largest ratio of the i-th to the first gain. Σ e‖column‖² = Σ gains: it costs no more decay. Raises `ValueError`
    unless all gains are > 0.
    """
    gains = validation.samples(gains, "gains")
    if not gains.min() > 0:
        raise ValueError(f"gains must be > 0, got {float(gains.min())!r}")
    p = gains.shape[1]
    squares = (p - 1) * (gains[:, 1:] / gains[:, :1]).max(axis=0)
    arms = np.diag(np.sqrt(squares))
    columns = np.ones((p, 2 * p - 1))
    columns[1:] = np.concatenate([np.zeros((p - 1, 1)), arms, -arms], axis=1)
    halves = gains[:, 1:] / (2 * squares)
    # Not below zero but for rounding: each gains_i / s_i² is at most gains_1/(p − 1).
    stem = np.maximum(gains[:, :1] - 2 * halves.sum(axis=1, keepdims=True), 0.0)
    return columns, np.concatenate([stem, halves, halves], axis=1)
