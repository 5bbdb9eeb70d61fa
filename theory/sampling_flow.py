"""Where sampling ends that follows the memorising weights: BR Corollary 3.2, "sampling acts as a power method".

The probability flow is dy/dσ = (y − f_σ(y))/σ from σ = T down to 0. With the memorising weights of every level

    f_σ(y) = Σ_j x_j [x_j·y]_+ (1 − nλ/N_j)/(N_j + σ²),  N_j = ‖x_j‖²,

and with z_j = x_j·y/‖x_j‖, gains a_j = (N_j − nλ)/(N_j + σ²) and cosines −b_ij < 0 between different samples,

    σ dz_j/dσ = z_j − a_j[z_j]_+ + Σ_{i≠j} b_ij a_i[z_i]_+.

Alone, gate j makes z_j follow σ^{nλ/N}(N + σ²)^{(1 − nλ/N)/2}. At λ = 0 the strengths q_j = x_j·y/√(N_j + σ²) of the
open gates obey σ dq_j/dσ = Σ b_ij√(a_ia_j) q_i, so with two open gates q_1² − q_2² is conserved: the larger strength
wins, and the end is s·x_1 with s‖x_1‖ = √(q_1² − q_2²). `proofs_check.balanced_representation.corollary_3_2_sampling`
has the proofs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .block_minimizer import COUNT, SIGMA, SQUARED_NORM, WEIGHT_DECAY, memorizing_weights, one_hot_failure
from .empirical_denoiser import NEXT_SIGMA
from .residual import UNIT_GAIN

_share = COUNT * WEIGHT_DECAY / SQUARED_NORM

LONE_COMPONENT = SIGMA**_share * (SQUARED_NORM + SIGMA**2) ** ((1 - _share) / 2)
"""The component of y along a stored sample, up to a factor, as long as that sample's gate alone is open."""

STEP_FACTOR = UNIT_GAIN + NEXT_SIGMA / SIGMA * (1 - UNIT_GAIN)
"""By how much one deterministic step from σ to σ' multiplies that component."""

_lone_component = sp.lambdify((SQUARED_NORM, SIGMA, COUNT, WEIGHT_DECAY), LONE_COMPONENT, "numpy")
_step_factor = sp.lambdify((SQUARED_NORM, SIGMA, NEXT_SIGMA, COUNT, WEIGHT_DECAY), STEP_FACTOR, "numpy")


def memorizing_denoiser(
    y: Float[Any, "m d"], X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> Float64[np.ndarray, "m d"]:
    """f_σ(y) = W[Wᵀy]_+ for each row of y, W = `memorizing_weights` of the level σ. Raises `ValueError` as it does."""
    weights = memorizing_weights(X, sigma, weight_decay)
    y = _points(y, len(weights))
    return np.maximum(y @ weights, 0.0) @ weights.T


def lone_factor(squared_norm: float, start: float, end: float, n: int, weight_decay: float) -> float:
    """By how much the flow from level `start` > 0 to `end` ≥ 0 multiplies the component along x_j, gate j alone open.

    √((N + end²)/(N + start²)) at λ = 0, where N = `squared_norm`; zero at end = 0 for every λ > 0. Raises `ValueError`
    unless nλ < N and end ≤ start.
    """
    squared_norm, n, weight_decay = _stored(squared_norm, n, weight_decay)
    start, end = validation.positive(start, "start"), validation.nonnegative(end, "end")
    if end > start:
        raise ValueError(f"end must be <= start = {start!r}, got {end!r}")
    before, after = (float(_lone_component(squared_norm, level, n, weight_decay)) for level in (start, end))
    return after / before


def lone_factor_in_steps(squared_norm: float, levels: Float[Any, "steps"], n: int, weight_decay: float) -> float:
    """The same for deterministic steps through the given levels: Π (a + (σ'/σ)(1 − a)). The last level may be 0.

    Raises `ValueError` unless nλ < N, and as `falling_levels`.
    """
    squared_norm, n, weight_decay = _stored(squared_norm, n, weight_decay)
    levels = falling_levels(levels)
    return float(np.prod(_step_factor(squared_norm, levels[:-1], levels[1:], n, weight_decay)))


def falling_levels(levels: Float[Any, "steps"]) -> Float64[np.ndarray, "steps"]:
    """Noise levels to sample through, as an array: at least one, each below the one before, the last ≥ 0.

    Raises `ValueError` otherwise.
    """
    levels = validation.real_array(levels, "levels", ndim=1)
    if not levels.size or levels[-1] < 0 or not (np.diff(levels) < 0).all():
        raise ValueError(f"levels must fall and stay >= 0, got {levels.tolist()}")
    return levels


def gate_strengths(y: Float[Any, "m d"], X: Float[Any, "n d"], sigma: float) -> Float64[np.ndarray, "m n"]:
    """q_j = [x_j·y]_+/√(‖x_j‖² + σ²) for each row of y and each sample; sigma > 0. In the units of X."""
    X = validation.samples(X)
    y = _points(y, X.shape[1])
    sigma = validation.positive(sigma, "sigma")
    return np.maximum(y @ X.T, 0.0) / np.sqrt((X**2).sum(axis=1) + sigma**2)


def flow_limit(y: Float[Any, "m d"], X: Float[Any, "n d"], sigma: float) -> Float64[np.ndarray, "m d"]:
    """Where the flow of the memorising weights at λ = 0 ends that starts in the rows of y at level sigma > 0.

    The strongest gate's sample times √(q_1² − q_2²)/‖x_1‖, q the `gate_strengths`; zero where no gate is open or two
    are equally strong. The samples may be many, in pairwise negative inner products, but no row may open more than
    two gates: there is no closed form then. Raises `ValueError` otherwise.
    """
    X = validation.samples(X)
    # It refuses samples at the origin and inner products that are not negative.
    one_hot_failure(X, sigma)
    strengths = gate_strengths(y, X, sigma)
    opened = (strengths > 0).sum(axis=1)
    if opened.max() > 2:
        raise ValueError(f"y must open at most two gates, got {opened.max()} opened by y[{opened.argmax()}]")
    largest, total = strengths.max(axis=1), strengths.sum(axis=1)
    # q_1² − q_2² = (q_1 − q_2)(q_1 + q_2), never negative in floats either.
    length = np.sqrt((2 * largest - total) * total)
    winner = X[strengths.argmax(axis=1)]
    return winner * (length / np.linalg.norm(winner, axis=1))[:, None]


def _points(y: Any, d: int) -> Float64[np.ndarray, "m d"]:
    y = validation.samples(y, "y")
    if y.shape[1] != d:
        raise ValueError(f"y must have the {d} coordinates of X, got shape {y.shape}")
    return y


def _stored(squared_norm: Any, n: Any, weight_decay: Any) -> tuple[float, int, float]:
    squared_norm = validation.positive(squared_norm, "squared_norm")
    n, weight_decay = validation.whole(n, "n", 1), validation.nonnegative(weight_decay, "weight_decay")
    if not n * weight_decay < squared_norm:
        raise ValueError(
            f"weight_decay must satisfy n·weight_decay < squared_norm = {squared_norm!r}, got {weight_decay!r} "
            f"with n = {n}"
        )
    return squared_norm, n, weight_decay
