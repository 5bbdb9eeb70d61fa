"""How far a generalising denoiser learnt from n_k samples is from its population limit (BR Corollary D.5).

f_p(S) keeps the p leading eigen-directions of a second moment S, each with the gain s/(s + σ²) (λ → 0). The learnt
denoiser is f_p(Ŝ), Ŝ = (1/n) Σ_j x_jx_jᵀ. Entry (i, j) of the difference in the eigenvectors û_i of Ŝ and u_j of S is
that of Ŝ − S times a divided difference of f_p at (ŝ_i, s_j), so two facts carry everything: the size of these
quotients, and the second moment of the entries of Ŝ − S.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .spectral_loss import MOMENT, SIGMA

OTHER_MOMENT, MEAN, OTHER_MEAN = sp.symbols("t m l", positive=True)
"""A second eigenvalue t, and the coordinates m, l of the cluster mean along the eigenvectors of s and t."""

LIMIT_GAIN = MOMENT / (MOMENT + SIGMA**2)
"""f(s)."""

BOTH_KEPT = SIGMA**2 / ((MOMENT + SIGMA**2) * (OTHER_MOMENT + SIGMA**2))
"""(f(s) − f(t))/(s − t): the divided difference of two kept directions."""

ONE_KEPT = MOMENT / ((MOMENT + SIGMA**2) * (MOMENT - OTHER_MOMENT))
"""(f(s) − 0)/(s − t): s is kept and t is not."""

CROSS_VARIANCE = MOMENT * OTHER_MOMENT - 2 * MEAN**2 * OTHER_MEAN**2
"""n·Var(Ŝ_ij), i ≠ j, of n Gaussian samples in the eigenbasis of S, where s, t are S_ii, S_jj."""

OWN_VARIANCE = 2 * MOMENT**2 - 2 * MEAN**4
"""n·Var(Ŝ_ii)."""

_cross, _own = (
    sp.lambdify((MOMENT, OTHER_MOMENT, MEAN, OTHER_MEAN), variance, "numpy")
    for variance in (CROSS_VARIANCE, OWN_VARIANCE)
)
_both_kept, _one_kept = (
    sp.lambdify((MOMENT, OTHER_MOMENT, SIGMA), quotient, "numpy") for quotient in (BOTH_KEPT, ONE_KEPT)
)
_gain = sp.lambdify((MOMENT, SIGMA), LIMIT_GAIN, "numpy")


def truncated_denoiser(S: Float[Any, "d d"], width: int, sigma: float) -> Float64[np.ndarray, "d d"]:
    """f_p(S): the `width` leading eigen-directions of the second moment S, each with its gain s/(s + σ²).

    S symmetric with eigenvalues ≥ 0 up to rounding, σ > 0 in the units of √S. Where the width-th eigenvalue is not
    above the next, the directions kept are those that LAPACK finds. Raises `ValueError` for other S or width > d.
    """
    S = validation.real_array(S, "S", ndim=2)
    sigma = validation.positive(sigma, "sigma")
    if S.shape[0] != S.shape[1] or S.size == 0:
        raise ValueError(f"S must be square and not empty, got shape {S.shape}")
    rounding = 1e-12 * np.abs(S).max()
    if np.abs(S - S.T).max() > rounding:
        raise ValueError(f"S must be symmetric, got |S − Sᵀ| up to {float(np.abs(S - S.T).max())!r}")
    width = _width(width, len(S))
    eigenvalues, vectors = np.linalg.eigh(S)
    if eigenvalues[0] < -len(S) * rounding:
        raise ValueError(f"S must have no negative eigenvalue, got {float(eigenvalues[0])!r}")
    first = len(S) - width
    kept = vectors[:, first:]
    return (kept * _gain(np.maximum(eigenvalues[first:], 0.0), sigma)) @ kept.T


def estimation_bound(spectrum: Float[Any, "d"], width: int, distance: float) -> float:
    """2√(2p)·‖Ŝ − S‖/δ_p ≥ ‖f_p(Ŝ) − f_p(S)‖_F, whatever σ (BR Cor. D.5, corrected).

    `spectrum`: eigenvalues ≥ 0 of S in any order; `distance` = ‖Ŝ − S‖ (operator norm); δ_p = s_p − s_{p+1}, with
    s_{d+1} = 0. Raises `ValueError` when there is no gap.
    """
    ordered = _descending(spectrum)
    width = _width(width, len(ordered))
    distance = validation.nonnegative(distance, "distance")
    gap = _gap(ordered, width)
    return float(2 * np.sqrt(2 * width) * distance / gap)


def second_moment_error(spectrum: Float[Any, "d"], mean: Float[Any, "d"]) -> float:
    """n·E‖Ŝ − S‖_F² = (tr S)² + tr S² − 2‖μ‖⁴ for n samples of N(μ, S − μμᵀ), at every n.

    `spectrum`: eigenvalues of S; `mean`: coordinates of μ along their eigenvectors. Raises `ValueError` unless
    S − μμᵀ is a covariance.
    """
    variances = _entry_variances(*_cluster(spectrum, mean))
    return float(variances.sum())


def denoiser_fluctuation(spectrum: Float[Any, "d"], mean: Float[Any, "d"], width: int, sigma: float) -> float:
    """lim n·E‖f_p(Ŝ) − f_p(S)‖_F² for n samples of N(μ, S − μμᵀ): Σ_ij n·Var(Ŝ_ij)·(divided difference of f_p)².

    Arguments as `second_moment_error`, σ > 0. Raises `ValueError` also when S has no gap below its width-th
    eigenvalue.
    """
    moments, along = _cluster(spectrum, mean)
    sigma = validation.positive(sigma, "sigma")
    width = _width(width, len(moments))
    _gap(moments, width)
    kept, left_out = moments[:width, None], moments[None, width:]
    quotients = np.zeros((len(moments), len(moments)))
    quotients[:width, :width] = _both_kept(kept, kept.T, sigma)
    quotients[:width, width:] = _one_kept(kept, left_out, sigma)
    quotients[width:, :width] = quotients[:width, width:].T
    return float((_entry_variances(moments, along) * quotients**2).sum())


def _entry_variances(moments: Float64[np.ndarray, "d"], along: Float64[np.ndarray, "d"]) -> Float64[np.ndarray, "d d"]:
    variances = _cross(moments[:, None], moments[None, :], along[:, None], along[None, :])
    np.fill_diagonal(variances, _own(moments, moments, along, along))
    return variances


def _cluster(spectrum: Any, mean: Any) -> tuple[Float64[np.ndarray, "d"], Float64[np.ndarray, "d"]]:
    """Eigenvalues, largest first, with the coordinates of the mean in the same order."""
    moments = validation.real_array(spectrum, "spectrum", ndim=1)
    ordered = _descending(moments)
    along = validation.real_array(mean, "mean", ndim=1)
    if along.shape != moments.shape:
        raise ValueError(f"mean must have one coordinate for each of the {len(moments)} directions, got {along.shape}")
    along = along[np.argsort(-moments, kind="stable")]
    least = float(np.linalg.eigvalsh(np.diag(ordered) - np.outer(along, along))[0])
    if least < -1e-12 * ordered.sum():
        raise ValueError(f"mean must leave a covariance S − μμᵀ without negative eigenvalue, got {least!r}")
    return ordered, along


def _descending(spectrum: Any) -> Float64[np.ndarray, "d"]:
    moments = validation.real_array(spectrum, "spectrum", ndim=1)
    if not moments.size:
        raise ValueError(f"spectrum must hold at least one eigenvalue, got shape {moments.shape}")
    if moments.min() < 0:
        raise ValueError(f"spectrum must be >= 0, got {float(moments.min())!r}")
    return -np.sort(-moments)


def _width(width: Any, d: int) -> int:
    width = validation.whole(width, "width", 1)
    if width > d:
        raise ValueError(f"width must be <= d = {d}, got {width}")
    return width


def _gap(ordered: Float64[np.ndarray, "d"], width: int) -> float:
    """δ_p = s_p − s_{p+1}, s_{d+1} = 0."""
    gap = float(np.append(ordered, 0.0)[width - 1] - np.append(ordered, 0.0)[width])
    if not gap > 0:
        raise ValueError(f"spectrum must have a gap below its width-th eigenvalue, got {gap!r} at width = {width}")
    return gap
