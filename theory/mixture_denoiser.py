"""The posterior mean of an equal-weight Gaussian mixture under variance-preserving noise (EM, the denoiser class).

X_0 ~ (1/M) Σ_i N(μ_i, Σ_i) in R^d is seen as X_t = α_tX_0 + σ_tZ, α_t = √(1 − t²), σ_t = t. Given the component i, X_t
is N(α_tμ_i, C_i) with C_i = α_t²Σ_i + σ_t²I, and E[X_0 | X_t = x, i] = μ_i + α_tΣ_iC_i⁻¹(x − α_tμ_i): this form of the
paper's lemma needs no division by α_t and holds at t = 1 too. The denoiser averages these means over the posterior
probabilities of the components. Shared variance: Σ_i = s²I; low rank: Σ_i = F_iF_iᵀ + s²I, where the inverse of C_i
(Woodbury) is diagonal in the left singular vectors of F_i.

Where a variance of C_i vanishes (t = 0 and a singular Σ_i) the value is the limit t → 0 at the same x. The
exponents −½(x − α_tμ_i)'C_i⁻¹(x − α_tμ_i) are then decided by the squared distance to the support μ_i + range Σ_i over
t², next by the number of directions without variance, and last by what stays finite, α_t ≈ 1 − t²/2 included.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import softmax

from . import validation

POINT, MEAN = sp.symbols("x m", real=True)
SIGNAL, NOISE = sp.symbols("alpha sigma", positive=True)
VARIANCE = sp.Symbol("v", nonnegative=True)
"""One coordinate of x and of Σ_i μ_i softmax(w)_i, the factors α_t and σ_t, and the shared variance s²."""

SHARED_DENOISER = (SIGNAL * VARIANCE * POINT + NOISE**2 * MEAN) / (SIGNAL**2 * VARIANCE + NOISE**2)
"""One coordinate of the posterior mean with a shared variance, as printed."""

# Rows are taken together as long as a table of rows by components by coordinates has at most as many numbers.
_NUMBERS_AT_ONCE = 2**21
# Squared distances to two supports that differ by less than this share of ‖x‖² + max‖μ_i‖² count as equal.
_EQUAL_DISTANCES = 1e-12

Matrix = NDArray[np.float64]


def signal(t: float) -> float:
    """α_t = √(1 − t²), accurate near t = 1. Raises `ValueError` unless t is a number in [0, 1]."""
    t = _time(t)
    return math.sqrt((1 - t) * (1 + t))


def responsibilities(
    x: Float[Any, "*batch d"], t: float, means: Float[Any, "M d"], variance: float
) -> Float64[np.ndarray, "*batch M"]:
    """Posterior probabilities of the M components given X_t = x, Σ_i = s²I: softmax of −‖α_tμ_i − x‖²/2(α_t²s² + t²).

    `variance` is s² ≥ 0, in squared units of the means; t in [0, 1]. At t = s² = 0 the limit t → 0: the nearest mean.
    Raises `ValueError` for bad input.
    """
    points, means, shape = _points_and_means(x, means)
    t, variance = _time(t), validation.nonnegative(variance, "variance")
    return _shared_weights(points, t, means, variance).reshape(*shape, len(means))


def posterior_mean(
    x: Float[Any, "*batch d"], t: float, means: Float[Any, "M d"], variance: float
) -> Float64[np.ndarray, "*batch d"]:
    """E[X_0 | X_t = x] of the mixture with shared variance s²: (α_ts²x + t²Σ_i μ_i softmax(w)_i)/(α_t²s² + t²).

    Arguments and errors as `responsibilities`. With s² = 0 this is the memoriser of the means; at t = 0 it is x (the
    nearest mean if s² = 0) and at t = 1 the average of the means.
    """
    points, means, shape = _points_and_means(x, means)
    t, variance = _time(t), validation.nonnegative(variance, "variance")
    alpha = signal(t)
    seen = alpha**2 * variance + t**2
    average = _shared_weights(points, t, means, variance) @ means
    if seen > 0:
        average = (alpha * variance / seen) * points + (t**2 / seen) * average
    return average.reshape(*shape, means.shape[1])


def posterior_mean_general(
    x: Float[Any, "*batch d"], t: float, means: Float[Any, "M d"], covariances: Float[Any, "M d d"]
) -> Float64[np.ndarray, "*batch d"]:
    """E[X_0 | X_t = x] of the mixture with a covariance Σ_i for each component: symmetric, no negative eigenvalue.

    Eigenvalues within rounding of zero count as zero. t in [0, 1]. Raises `ValueError` for bad input.
    """
    points, means, shape = _points_and_means(x, means)
    t = _time(t)
    M, d = means.shape
    covariances = validation.real_array(covariances, "covariances", ndim=3)
    if covariances.shape != (M, d, d):
        raise ValueError(f"covariances must have shape {(M, d, d)} to match means, got {covariances.shape}")
    size = np.abs(covariances).max()
    skew = np.abs(covariances - covariances.transpose(0, 2, 1)).max()
    if skew > 1e-12 * size:
        raise ValueError(f"covariances must be symmetric, got entries that differ by {float(skew)!r}")
    spectra, bases = np.linalg.eigh(covariances)
    spectra[np.abs(spectra) <= 16 * d * np.finfo(float).eps * size] = 0.0
    if spectra.min() < 0:
        raise ValueError(f"covariances must have no negative eigenvalue, got {float(spectra.min())!r}")
    return _in_bases(points, t, means, bases, spectra, 0.0).reshape(*shape, d)


def posterior_mean_low_rank(
    x: Float[Any, "*batch d"],
    t: float,
    means: Float[Any, "M d"],
    factors: Float[Any, "M d r"],
    variance: float,
) -> Float64[np.ndarray, "*batch d"]:
    """E[X_0 | X_t = x] of the mixture with covariances Σ_i = F_iF_iᵀ + s²I, F_i = factors[i], by Woodbury's formula.

    The cost grows with d·r for each component; r = 0 is allowed. `variance` is s² ≥ 0, t in [0, 1]. Raises `ValueError`
    for bad input.
    """
    points, means, shape = _points_and_means(x, means)
    t, variance = _time(t), validation.nonnegative(variance, "variance")
    M, d = means.shape
    factors = validation.real_array(factors, "factors", ndim=3)
    if factors.shape[:2] != (M, d):
        raise ValueError(f"factors must have shape {(M, d)} + (r,) to match means, got {factors.shape}")
    bases, lengths, _ = np.linalg.svd(factors, full_matrices=False)
    largest = lengths.max(axis=1, keepdims=True, initial=0.0)
    lengths[lengths <= 16 * max(factors.shape[1:]) * np.finfo(float).eps * largest] = 0.0
    return _in_bases(points, t, means, bases, lengths**2 + variance, variance).reshape(*shape, d)


def _time(t: Any) -> float:
    number = validation.real_number(t, "t")
    if not 0 <= number <= 1:
        raise ValueError(f"t must be in [0, 1], got {number!r}")
    return number


def _points_and_means(x: Any, means: Any) -> tuple[Matrix, Matrix, tuple[int, ...]]:
    means = validation.samples(means, "means")
    points = validation.real_array(x, "x")
    if points.ndim == 0 or points.shape[-1] != means.shape[1]:
        raise ValueError(f"x must have the {means.shape[1]} coordinates of means, got shape {points.shape}")
    return points.reshape(-1, means.shape[1]), means, points.shape[:-1]


def _shared_weights(points: Matrix, t: float, means: Matrix, variance: float) -> Matrix:
    alpha = signal(t)
    seen = alpha**2 * variance + t**2
    squares = cdist(points, alpha * means, "sqeuclidean")
    beyond = squares - squares.min(axis=1, keepdims=True)
    if seen > 0:
        # Far beyond the nearest mean the weight is zero, also where the exponent overflows.
        with np.errstate(over="ignore"):
            return softmax(-beyond / (2 * seen), axis=1)
    # Of equally near means one farther out gains by α_t < 1: its exponent is ½μ'(μ − x), ¼μ'μ up to a common term.
    return softmax(np.where(beyond == 0, (means**2).sum(axis=1) / 4, -np.inf), axis=1)


def _in_bases(points: Matrix, t: float, means: Matrix, bases: Matrix, spectra: Matrix, rest: float) -> Matrix:
    """Posterior means for covariances with eigenvalues `spectra` (M, r) along `bases` (M, d, r) and `rest` across."""
    rows = max(1, _NUMBERS_AT_ONCE // means.size)
    blocks = [points[start : start + rows] for start in range(0, len(points), rows)]
    found = [_block_in_bases(block, t, means, bases, spectra, rest) for block in blocks]
    return np.concatenate(found) if found else np.zeros_like(points)


def _block_in_bases(points: Matrix, t: float, means: Matrix, bases: Matrix, spectra: Matrix, rest: float) -> Matrix:
    alpha = signal(t)
    apart = points[:, None, :] - alpha * means
    along = np.einsum("nmd,mdr->nmr", apart, bases)
    across = apart - np.einsum("nmr,mdr->nmd", along, bases)
    others = means.shape[1] - bases.shape[2]
    seen, seen_rest = alpha**2 * spectra + t**2, alpha**2 * rest + t**2
    # A direction without variance adds nothing to the mean; its exponent is settled by `_limit_weights`.
    kept = np.divide(alpha * spectra, seen, out=np.zeros_like(seen), where=seen > 0)
    kept_rest = alpha * rest / seen_rest if seen_rest > 0 else 0.0
    component_means = means + np.einsum("mr,nmr,mdr->nmd", kept, along, bases) + kept_rest * across

    positive = np.where(seen > 0, seen, 1.0)
    exponents = -0.5 * (np.where(seen > 0, along**2, 0.0) / positive + np.log(positive)).sum(axis=2)
    if others and seen_rest > 0:
        exponents = exponents - 0.5 * ((across**2).sum(axis=2) / seen_rest + others * math.log(seen_rest))
    flat = (seen == 0).sum(axis=1) + (others if seen_rest == 0 else 0)
    if flat.any():
        towards = np.einsum("md,mdr->mr", means, bases)
        flat_along = np.where(seen == 0, along, 0.0)
        squares = (flat_along**2).sum(axis=2)
        finite = (flat_along * towards).sum(axis=2)
        if others and seen_rest == 0:
            squares = squares + (across**2).sum(axis=2)
            finite = finite + (across * means).sum(axis=2)
        scale = (points**2).sum(axis=1) + (means**2).sum(axis=1).max()
        exponents = _limit_exponents(exponents - 0.5 * finite, squares, scale, flat)
    return np.einsum("nm,nmd->nd", softmax(exponents, axis=1), component_means)


def _limit_exponents(exponents: Matrix, squares: Matrix, scale: Matrix, flat: NDArray[np.int_]) -> Matrix:
    """The exponents of the components that keep weight as t → 0, and −∞ for the others."""
    nearest = squares <= squares.min(axis=1, keepdims=True) + _EQUAL_DISTANCES * scale[:, None]
    thinnest = np.where(nearest, flat, -1)
    return np.where(thinnest == thinnest.max(axis=1, keepdims=True), exponents, -np.inf)
