"""Which block sizes p_k a fixed total width chooses (the widths of BR Theorem 3.1 are free there).

With frozen gates n times the objective is a sum over clusters, and by Lemma D.1 a block of p_k units saves its p_k
leading directions:

    n·L(p_1 … p_M) = Σ_k [Σ_j Λ_kj − Σ_{j ≤ p_k} s_kj],      s_kj = (Λ_kj − nλ)_+²/(Λ_kj + n_kσ²).

One more unit in block k gains s_{k,p_k+1}/n, whatever the other blocks hold. As s grows with Λ these gains fall along
each block, so the units that save most are the `width` largest gains of all clusters, and they are a prefix of each
block: handing units out one by one to the largest gain is optimal. Between two directions the order of gains can turn
once as σ grows, from Λ to Λ²/n_k, and once as λ grows. `proofs_check.extensions.allocation` proves it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64, Int, Int64

from . import validation
from .linear_autoencoder import gram_spectrum, savings

EIGENVALUES = sp.symbols("Lambda_a Lambda_b", positive=True)
SIZES = sp.symbols("n_a n_b", positive=True)
DECAY, SIGMA = sp.Symbol("nu", nonnegative=True), sp.Symbol("sigma", nonnegative=True)
"""Gram eigenvalues and cluster sizes of two directions, nλ and σ."""

_ABOVE = tuple(eigenvalue - DECAY for eigenvalue in EIGENVALUES)
NOISE_CROSSOVER = (_ABOVE[0] ** 2 * EIGENVALUES[1] - _ABOVE[1] ** 2 * EIGENVALUES[0]) / (
    _ABOVE[1] ** 2 * SIZES[0] - _ABOVE[0] ** 2 * SIZES[1]
)
"""σ² at which two directions above the decay gain the same."""

_ROOTS = tuple(sp.sqrt(eigenvalue + size * SIGMA**2) for eigenvalue, size in zip(EIGENVALUES, SIZES, strict=True))
DECAY_CROSSOVER = (EIGENVALUES[0] * _ROOTS[1] - EIGENVALUES[1] * _ROOTS[0]) / (_ROOTS[1] - _ROOTS[0])
"""nλ at which two directions gain the same."""

_noise_terms = sp.lambdify((EIGENVALUES, SIZES, DECAY), sp.fraction(NOISE_CROSSOVER), "math")
_decay_terms = sp.lambdify((EIGENVALUES, SIZES, SIGMA), sp.fraction(DECAY_CROSSOVER), "math")


def marginal_gains(
    X: Float[Any, "n d"], labels: Int[Any, "n"], sigma: float, weight_decay: float
) -> tuple[Float64[np.ndarray, "r"], ...]:
    """For each cluster, by how much its first, second … unit lowers the objective: (Λ − nλ)_+²/(Λ + n_kσ²)/n.

    X: samples in rows; σ in their units, λ and the gains in those units squared. Gains of a cluster fall, and there are
    r_k = min(n_k, d) of them; further units gain nothing. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    sigma = validation.nonnegative(sigma, "sigma")
    decay = len(X) * validation.nonnegative(weight_decay, "weight_decay")
    clusters = [X[labels == k] for k in range(int(labels.max()) + 1)]
    return tuple(savings(gram_spectrum(each)[0], len(each) * sigma**2, decay) / len(X) for each in clusters)


def allocate(
    X: Float[Any, "n d"], labels: Int[Any, "n"], width: int, sigma: float, weight_decay: float
) -> Int64[np.ndarray, "M"]:
    """The widths p_k, `width` in all at most, whose blocks have the least loss with frozen gates.

    No unit is handed out that would gain nothing (a direction that decay empties, or beyond a cluster's rank), so the
    sum may be smaller than `width`; a cluster may get none. Equal gains go to the cluster with the smaller label.
    Raises `ValueError` for bad input.
    """
    gains = marginal_gains(X, labels, sigma, weight_decay)
    width = validation.whole(width, "width", 0)
    owner = np.repeat(np.arange(len(gains)), [len(each) for each in gains])
    everything = np.concatenate(gains)
    chosen = np.argsort(-everything, kind="stable")[:width]
    return np.bincount(owner[chosen[everything[chosen] > 0]], minlength=len(gains)).astype(np.int64)


def noise_crossover(
    eigenvalues: Sequence[float] | Float[Any, "2"], sizes: Sequence[int] | Int[Any, "2"], decay: float
) -> float | None:
    """The σ > 0 at which two directions with these Gram eigenvalues, in clusters of these sizes, gain the same.

    `decay` is nλ. Below this σ the larger (Λ − nλ)²/Λ gains more, above it the larger (Λ − nλ)²/n_k. None where
    the order is the same for all σ (always in clusters of one size), where all σ are alike, and where decay empties a
    direction. Raises `ValueError` unless eigenvalues and sizes are positive.
    """
    eigenvalues, sizes = _pair(eigenvalues, "eigenvalues"), _pair(sizes, "sizes")
    decay = validation.nonnegative(decay, "decay")
    if min(eigenvalues) <= decay:
        return None
    above, below = _noise_terms(eigenvalues, sizes, decay)
    return math.sqrt(above / below) if above * below > 0 else None


def decay_crossover(
    eigenvalues: Sequence[float] | Float[Any, "2"], sizes: Sequence[int] | Int[Any, "2"], sigma: float
) -> float | None:
    """The nλ > 0, below both eigenvalues, at which two directions gain the same at noise level σ; arguments likewise.

    Above it the larger eigenvalue gains more. None where the order is the same for all λ, and where all λ are alike.
    """
    eigenvalues, sizes = _pair(eigenvalues, "eigenvalues"), _pair(sizes, "sizes")
    above, below = _decay_terms(eigenvalues, sizes, validation.nonnegative(sigma, "sigma"))
    # A root at equal eigenvalues, or beyond both, means nothing: the gains there are zero.
    if eigenvalues[0] == eigenvalues[1] or not above * below > 0 or above / below >= min(eigenvalues):
        return None
    return above / below


def _pair(values: Any, name: str) -> tuple[float, float]:
    array = validation.real_array(values, name, ndim=1)
    if array.shape != (2,) or not array.min() > 0:
        raise ValueError(f"{name} must be two numbers > 0, got {array.tolist()}")
    first, second = array.tolist()
    return first, second
