"""Train and test loss of a full-rank generalising block when dimension and sample size grow together.

A cluster has n samples x with second moment E[xxᵀ] = S (d × d); c = d/n. At λ → 0 the block is D̂ = Ŝ(Ŝ + σ²)⁻¹,
Ŝ = (1/n) Σ xxᵀ, and D̂ = I − σ²R with the resolvent R = (Ŝ + σ²)⁻¹. Exactly, for every n and d,

    train loss = σ² tr D̂,    test loss = train loss + σ⁴ tr((S − Ŝ)R²).

As d, n → ∞ (Silverstein's equation, for samples S^{1/2}z with independent standard entries z) σ²R acts like κ(S + κ)⁻¹:
the block is the population's denoiser at the larger noise κ that solves κ = σ² + cκF₁(κ), with the normalised traces
F₁ = (1/d) tr S(S + κ)⁻¹ and F₂ = (1/d) tr (S(S + κ)⁻¹)². Everything below is per dimension, with κ' = dκ/dσ² =
1/(1 − cF₂). `proofs_check.extensions.proportional_limit` derives it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .spectral_loss import SIGMA

RATIO, EFFECTIVE, FIRST, SECOND, VARIANCE = sp.symbols("c kappa F_1 F_2 v", positive=True)
"""c = d/n, κ, F₁, F₂, and the variance v of an isotropic cluster S = vI."""

SLOPE = 1 / (1 - RATIO * SECOND)
"""κ' = dκ/dσ²."""

TRAIN_LOSS = SIGMA**2 * FIRST
"""Train loss per dimension, σ² tr D̂/d."""

GAP = SLOPE * (FIRST - SECOND) * (EFFECTIVE**2 - SIGMA**4) / EFFECTIVE
"""Test loss less train loss per dimension, σ⁴ tr((S − Ŝ)R²)/d."""

SCATTER = RATIO * SLOPE * (FIRST - SECOND) ** 2
"""Variance of the weights per dimension, E‖D̂ − E D̂‖²_F/d; then tr D̂²/d → F₂ + this."""

OUTPUT_SCATTER = RATIO * SLOPE * (FIRST - SECOND) * (EFFECTIVE * SECOND + SIGMA**2 * (FIRST - SECOND))
"""Variance of the answers per dimension, E‖(D̂ − E D̂)y‖²/d over fresh y = x + σε."""

_shift = SIGMA**2 + RATIO * VARIANCE - VARIANCE
ISOTROPIC_NOISE = (_shift + sp.sqrt(_shift**2 + 4 * SIGMA**2 * VARIANCE)) / 2
"""κ for S = vI (Marchenko–Pastur)."""

_gap, _scatter, _output_scatter = (
    sp.lambdify((RATIO, EFFECTIVE, FIRST, SECOND, SIGMA), formula, "numpy")
    for formula in (GAP, SCATTER, OUTPUT_SCATTER)
)


class Equivalent(NamedTuple):
    """The population denoiser that the block acts like: its noise κ (a variance), F₁ and F₂ (no units)."""

    noise: float
    first: float
    second: float


def equivalent(spectrum: Float[Any, "m"], ratio: float, sigma: float) -> Equivalent:
    """κ, F₁ and F₂ for eigenvalues of S (m,) ≥ 0, each standing for the same share of the directions.

    `ratio` c = d/n > 0; σ > 0 in the units of √S. [v] is an isotropic cluster; d eigenvalues with c = d/n give what
    best approximates that finite d and n. Raises `ValueError` for bad input.
    """
    moments = validation.real_array(spectrum, "spectrum", ndim=1)
    if not moments.size:
        raise ValueError(f"spectrum must hold at least one eigenvalue, got shape {moments.shape}")
    if moments.min() < 0:
        raise ValueError(f"spectrum must be >= 0, got {float(moments.min())!r}")
    ratio = validation.positive(ratio, "ratio")
    floor = validation.positive(sigma, "sigma") ** 2
    noise = _largest_root(moments, ratio, floor)
    shares = moments / (moments + noise)
    return Equivalent(noise, float(shares.mean()), float((shares**2).mean()))


def train_loss_limit(spectrum: Float[Any, "m"], ratio: float, sigma: float) -> float:
    """Train loss of the full-rank block per dimension, λ → 0, in the units of S. Arguments as `equivalent`."""
    found = equivalent(spectrum, ratio, sigma)
    return float(sigma) ** 2 * found.first


def test_loss_limit(spectrum: Float[Any, "m"], ratio: float, sigma: float) -> float:
    """Loss of the full-rank block on fresh samples per dimension, λ → 0. Arguments as `equivalent`."""
    found = equivalent(spectrum, ratio, sigma)
    return float(sigma) ** 2 * found.first + float(_gap(ratio, *found, sigma))


def scatter_limit(spectrum: Float[Any, "m"], ratio: float, sigma: float) -> tuple[float, float]:
    """Variances per dimension of weights, E‖D̂ − E D̂‖²_F/d, and answers, E‖(D̂ − E D̂)y‖²/d.

    Arguments as `equivalent`.
    """
    found = equivalent(spectrum, ratio, sigma)
    return float(_scatter(ratio, *found, sigma)), float(_output_scatter(ratio, *found, sigma))


def _largest_root(moments: Float64[np.ndarray, "m"], ratio: float, floor: float) -> float:
    """The positive root of g(κ) = κ − σ² − cκF₁(κ), convex with g(0) < 0: Newton falls to it from the right."""
    noise = floor + ratio * float(moments.mean())
    while True:
        shares = moments / (moments + noise)
        excess = noise - floor - ratio * noise * shares.mean()
        lower = float(noise - excess / (1 - ratio * (shares**2).mean()))
        if not lower < noise:
            return noise
        noise = lower
