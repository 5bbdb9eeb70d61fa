"""How far the minimiser stands from the memorising weights (BR Theorem 3.1, residual R): leading law as σ → 0.

At W1 = W2 = (r_1x_1 … r_nx_n) of Corollary 3.2 the objective with frozen gates has no slope. What slope the true one
has comes from noise that opens the gate j of another sample i, with probability Q(t_ij/σ), t_ij = |cos(x_i, x_j)|‖x_i‖.
The formulas below are its contributions, with unit i on and no other gate wrong. On that half-space y = x_i + σε has

    y·û_j = ζ > 0,  E[1] = q = Q(t/σ),  E[ζ_+] = m₁ = σI₁(t/σ),  E[ζ_+²] = m₂ = 2σ²I₂(t/σ)

(û_j = x_j/‖x_j‖, I_k the repeated tails), independent of the rest of y. Relative to the whole, what is left out is
Q(‖x_i‖/σ)/q (own gate closed) and the probability of a second wrong gate. Dividing by the curvatures of the frozen
objective gives the minimiser to first order: R = −H⁻¹G. No formula subtracts nearly equal numbers, except where one
sample is almost opposite to another, so R keeps its relative accuracy far below the smallest gradient that can be
measured in double precision.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .block_minimizer import COUNT, SIGMA, SQUARED_NORM, WEIGHT_DECAY, memorizing_weights
from .normal_tails import tails

COSINE, NORM, OWN_GAIN, GAIN = sp.symbols("c b g_i g_j", positive=True)
"""c = −cos(x_i, x_j) > 0, b = ‖x_i‖, gains r²‖x‖² of the sample's own unit and of the unit whose gate is wrong."""

OPEN, HEIGHT, SQUARE = sp.symbols("q m_1 m_2", positive=True)
"""q, m₁ and m₂ of the module docstring."""

_decay = COUNT * WEIGHT_DECAY
_sine_squared = (1 - COSINE) * (1 + COSINE)
# 1 − g_i sin², where 1 − g_i = (σ² + nλ)/(N_i + σ²).
_missing = (SIGMA**2 + _decay) / (NORM**2 + SIGMA**2) + OWN_GAIN * COSINE**2
_overlap = _sine_squared * NORM * HEIGHT - COSINE * SQUARE

OTHER_RADIAL = sp.sqrt(GAIN) * ((OWN_GAIN * COSINE**2 + GAIN) * SQUARE + COSINE * NORM * HEIGHT * _missing)
"""(n/2) × gradient in w_j, and in v_j, along û_j."""
OTHER_ENCODER = sp.sqrt(GAIN) * (
    COSINE * OPEN * (_decay + OWN_GAIN * COSINE**2 * NORM**2) + NORM * (OWN_GAIN * COSINE**2 + GAIN) * HEIGHT
)
"""(n/2) × gradient in w_j, coefficient of û_i + cû_j, which is orthogonal to û_j."""
OTHER_DECODER = -sp.sqrt(GAIN) * (OWN_GAIN * COSINE * SQUARE + NORM * HEIGHT * _missing)
"""(n/2) × gradient in v_j, coefficient of û_i + cû_j."""
OWN_RADIAL = -sp.sqrt(OWN_GAIN) * GAIN * COSINE * _overlap
"""(n/2) × gradient in w_i, and in v_i, along û_i."""
OWN_ENCODER = -sp.sqrt(OWN_GAIN) * GAIN * COSINE * (NORM * COSINE * HEIGHT + SQUARE)
"""(n/2) × gradient in w_i, coefficient of û_j + cû_i, which is orthogonal to û_i."""
OWN_DECODER = sp.sqrt(OWN_GAIN) * GAIN * _overlap
"""(n/2) × gradient in v_i, coefficient of û_j + cû_i."""

UNIT_GAIN = (SQUARED_NORM - _decay) / (SQUARED_NORM + SIGMA**2)
"""r²‖x‖² of a stored sample."""
ENCODER_CURVATURE = 2 * SQUARED_NORM * (SIGMA**2 + _decay) / (COUNT * (SQUARED_NORM + SIGMA**2))
"""Frozen curvature in w_j orthogonal to x_j: (2/n)(gσ² + nλ)."""
DECODER_CURVATURE = 2 * SQUARED_NORM / COUNT
"""Frozen curvature in v_j orthogonal to x_j."""
SIZE_CURVATURE = 4 * (SQUARED_NORM - _decay) / COUNT
"""Frozen slope along û_j, in w_j and in v_j, per unit by which both columns grow; zero at the decay limit."""

_pair = sp.lambdify(
    (COSINE, NORM, OWN_GAIN, GAIN, OPEN, HEIGHT, SQUARE, SIGMA, COUNT, WEIGHT_DECAY),
    [OTHER_RADIAL, OTHER_ENCODER, OTHER_DECODER, OWN_RADIAL, OWN_ENCODER, OWN_DECODER],
    "numpy",
)
_unit = sp.lambdify(
    (SQUARED_NORM, SIGMA, COUNT, WEIGHT_DECAY),
    [UNIT_GAIN, ENCODER_CURVATURE, DECODER_CURVATURE, SIZE_CURVATURE],
    "numpy",
)


class _Leak(NamedTuple):
    """The gradient in parts, columns by unit: along its own sample (equal for both layers), and across it."""

    radial: Float64[np.ndarray, "d n"]
    encoder: Float64[np.ndarray, "d n"]
    decoder: Float64[np.ndarray, "d n"]


def gate_leak_gradient(
    X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> tuple[Float64[np.ndarray, "d n"], Float64[np.ndarray, "d n"]]:
    """Gradient (G1, G2) of the objective (BR eq. 6) at `memorizing_weights`, one wrong gate at a time.

    X: samples in rows, pairwise negative inner products; sigma > 0 in the units of X; weight_decay λ ≥ 0 with
    nλ < min‖x_i‖². Raises `ValueError` otherwise. The true gradient over this tends to 1 as σ → 0 unless two samples
    are opposite. Accurate to about 1e-12 relative where t_ij < 38σ; gates farther away contribute nothing.
    """
    radial, encoder, decoder = _leak(*_checked(X, sigma, weight_decay))
    return radial + encoder, radial + decoder


def predicted_residual(
    X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> tuple[Float64[np.ndarray, "d n"], Float64[np.ndarray, "d n"]]:
    """Leading residual (R1, R2): the local minimiser near `memorizing_weights` is (W + R1, W + R2)(1 + o(1)) as σ → 0.

    Arguments and errors as `gate_leak_gradient`, of which it is the first-order response. At λ = 0 it is the
    minimiser with ‖w_j‖ = ‖v_j‖ among those that differ by rescaling.
    """
    X, sigma, weight_decay = _checked(X, sigma, weight_decay)
    radial, encoder, decoder = _leak(X, sigma, weight_decay)
    _, stiff_encoder, stiff_decoder, stiff_size = _unit((X**2).sum(axis=1), sigma, len(X), weight_decay)
    size = radial / stiff_size
    return -(size + encoder / stiff_encoder), -(size + decoder / stiff_decoder)


def _checked(X: Any, sigma: Any, weight_decay: Any) -> tuple[Float64[np.ndarray, "n d"], float, float]:
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    largest = float((X @ X.T)[np.triu_indices(len(X), 1)].max(initial=-np.inf))
    if not largest < 0:
        raise ValueError(f"X must have pairwise negative inner products, got {largest!r}")
    # The weights exist: refused here, where the message can name the decay and its limit.
    memorizing_weights(X, sigma, weight_decay)
    return X, sigma, weight_decay


def _leak(X: Float64[np.ndarray, "n d"], sigma: float, weight_decay: float) -> _Leak:
    n = len(X)
    squared_norms = (X**2).sum(axis=1)
    norms = np.sqrt(squared_norms)
    directions = X / norms[:, None]
    cosines = -(directions @ directions.T)
    gains = _unit(squared_norms, sigma, n, weight_decay)[0]
    # Rows are samples, columns the gates; no gate of its own sample leaks.
    chances = tails(np.abs(cosines) * norms[:, None] / sigma)
    moments = np.array(chances) * np.array([1.0, sigma, 2 * sigma**2])[:, None, None]
    moments[:, np.arange(n), np.arange(n)] = 0.0
    parts = _pair(cosines, norms[:, None], gains[:, None], gains, *moments, sigma, n, weight_decay)
    other_radial, other_encoder, other_decoder, own_radial, own_encoder, own_decoder = 2 / n * np.array(parts)

    def across(other: np.ndarray, own: np.ndarray) -> np.ndarray:
        coefficients = other + own.T
        return directions.T @ coefficients + directions.T * (cosines * coefficients).sum(axis=0)

    return _Leak(
        directions.T * (other_radial.sum(axis=0) + own_radial.sum(axis=1)),
        across(other_encoder, own_encoder),
        across(other_decoder, own_decoder),
    )
