"""Where the partial memoriser starts to beat the nominal denoiser: EM eq. 21, and the rival without diffusion.

EM compares two surrogates of a trained M-component model by their leading excess losses over the full memoriser at
noise level t, ψ = (1 − t²)/t² its signal-to-noise ratio: the nominal mixture loses dσ⋆²/(ψσ⋆² + 1), the memoriser of M
of the N samples C(1 − M/N)dσ⋆². Weighted by λ(t) and averaged over t they are equal at

    M⋆/N = 1 − E[λ/(ψσ⋆² + 1)]/(C E[λ]).

The rival: maximum likelihood of the same mixture learns the variance (1 − M/N)σ⋆² as d → ∞, and a draw from a component
that sits on one sample has squared distances in the ratio (1 − m)/(3 − m), m = M/N, to its own and to the next sample.
That is c at m = (1 − 3c)/(1 − c).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation

NOISE, FRACTION, THRESHOLD, CONSTANT = sp.symbols("t m c C", positive=True)
"""Noise level t in (0, 1), M/N, threshold c of the ratio of squared distances, constant C of EM Theorem 3.2."""

SNR = (1 - NOISE**2) / NOISE**2
"""ψ = α²/σ² of the variance preserving process, α² = 1 − t², σ = t."""

CROSSOVER_OF_ONE = 1 - 1 / (3 * CONSTANT)
"""M⋆/N for λ = 1, σ⋆² = 1 and t uniform on [0, 1]."""

OWN_RATIO = (1 - FRACTION) / (3 - FRACTION)
"""Limit of the ratio of squared distances from a draw of a component on one sample: own sample over any other."""

NEIGHBOUR_CROSSOVER = (1 - 3 * THRESHOLD) / (1 - THRESHOLD)
"""M/N at which OWN_RATIO is c."""

_neighbour_crossover = sp.lambdify(THRESHOLD, NEIGHBOUR_CROSSOVER, "math")

GRID_SIZE, GRID_ENDS = 26, (0.001, 0.999)

# EM, released experiments: from t = .999 down to .001, rounded there to three digits.
_FITTED = (
    *(0.384, 0.400, 0.420, 0.445, 0.477, 0.517, 0.569, 0.638, 0.724, 0.817, 0.873, 0.817, 0.689),
    *(0.565, 0.466, 0.392, 0.337, 0.296, 0.265, 0.241, 0.223, 0.209, 0.199, 0.192, 0.188, 0.187),
)


def printed_grid() -> Float64[np.ndarray, "26"]:
    """The noise levels of EM's training and sampling, no unit: evenly spaced from .001 to .999, ascending."""
    return np.linspace(*GRID_ENDS, GRID_SIZE)


def fitted_weights() -> Float64[np.ndarray, "26"]:
    """The weights λ that EM fitted to its measured transitions, on `printed_grid`, ascending in t; no unit."""
    return np.array(_FITTED[::-1])


def signal_to_noise(t: Float[Any, "..."]) -> Float64[np.ndarray, "..."]:
    """ψ = (1 − t²)/t² at noise levels t in (0, 1], any shape; no unit. Raises `ValueError` outside."""
    levels = validation.real_array(t, "t")
    outside = ~((levels > 0) & (levels <= 1))
    if outside.any():
        raise ValueError(f"t must lie in (0, 1], got {float(levels[outside][0])!r}")
    # (1 − t)(1 + t), for 1 − t² loses digits near 1.
    return (1 - levels) * (1 + levels) / levels**2


def crossover_fraction(
    weighting: Float[Any, "levels"], snr: Float[Any, "levels"], data_variance: float, constant: float
) -> float:
    """M⋆/N by EM eq. 21: the mean over equally likely noise levels of λ (`weighting`) and of λ/(ψσ⋆² + 1).

    `weighting` λ >= 0, not all zero, and `snr` ψ >= 0, one for each level; `data_variance` σ⋆² > 0 in the units of 1/ψ;
    `constant` C > 0. Negative where the nominal denoiser never pays. Raises `ValueError` for bad input.
    """
    weights = validation.real_array(weighting, "weighting", ndim=1)
    ratios = validation.real_array(snr, "snr", ndim=1)
    if not weights.size:
        raise ValueError(f"weighting must hold at least one level, got shape {weights.shape}")
    if ratios.shape != weights.shape:
        raise ValueError(f"snr must have the shape of weighting {weights.shape}, got {ratios.shape}")
    for values, name in ((weights, "weighting"), (ratios, "snr")):
        if values.min() < 0:
            raise ValueError(f"{name} must be >= 0, got {float(values.min())!r}")
    if not weights.max() > 0:
        raise ValueError(f"weighting must not vanish everywhere, got {weights.tolist()}")
    variance = validation.positive(data_variance, "data_variance")
    constant = validation.positive(constant, "constant")
    shares = weights / weights.max()
    return float(1 - (shares / (ratios * variance + 1)).sum() / (constant * shares.sum()))


def nearest_neighbour_crossover(c: float) -> float:
    """M/N = (1 − 3c)/(1 − c), the rival's transition as d → ∞ where it is above 2/3, so for c < 1/7.

    `c` in (0, 1/3]. Raises `ValueError` outside, where no M/N >= 0 has this ratio.
    """
    threshold = validation.positive(c, "c")
    if threshold > 1 / 3:
        raise ValueError(f"c must be <= 1/3, got {threshold!r}")
    return float(_neighbour_crossover(threshold))
