"""The block-structured weights of BR Theorem 3.1 and Corollaries 3.2–3.4, and when their gates are right.

Each cluster k of n_k samples owns p_k units that solve Lemma D.1 on that cluster alone, with the noise energy
n_kσ² and the decay nλ of the whole objective:

    W_k = U_k (I + n_kσ²Λ_k⁻¹)^{−1/2} (I − nλΛ_k⁻¹)^{1/2} O_kᵀ.

O_k is not free: every unit must be active on its own cluster and silent on the others. `block_weights` turns the
block so that all its units respond equally to the cluster mean, which is possible whenever the mean has a
component in the block's directions; `gate_margin` says whether the gates then hold on every sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64, Int
from scipy.special import ndtr

from . import validation
from .linear_autoencoder import DECAY, EIGENVALUE, GAIN, NOISE_ENERGY, gains, gram_spectrum, regularised_loss
from .spectral_loss import direction_test_loss

SQUARED_NORM, SIGMA, WEIGHT_DECAY, COUNT, MULTIPLICITY = sp.symbols("N sigma lambda n m", positive=True)
"""N = ‖x‖², the noise level σ, the weight decay λ, the number of samples n, and copies m of one sample."""

DUPLICATED_GAIN = GAIN.subs(
    {
        EIGENVALUE: MULTIPLICITY * SQUARED_NORM,
        NOISE_ENERGY: MULTIPLICITY * SIGMA**2,
        DECAY: COUNT * WEIGHT_DECAY,
    }
)
"""Gain of the block of a sample that occurs m times: its Gram eigenvalue is m‖x‖² and it feels m draws of noise."""

MEMORIZING_SQUARED_SCALE = (SQUARED_NORM - COUNT * WEIGHT_DECAY) / (SQUARED_NORM**2 + SIGMA**2 * SQUARED_NORM)
"""r² of a stored sample's column r·x (eq. 9)."""

MEMORIZING_SAMPLE_LOSS = SIGMA**2 * SQUARED_NORM / (SIGMA**2 + SQUARED_NORM)
"""Denoising error at one stored sample as λ → 0, gates frozen."""

_squared_scale = sp.lambdify((SQUARED_NORM, SIGMA, COUNT, WEIGHT_DECAY), MEMORIZING_SQUARED_SCALE, "numpy")
_sample_loss = sp.lambdify((SQUARED_NORM, SIGMA), MEMORIZING_SAMPLE_LOSS, "numpy")


def memorizing_weights(X: Float[Any, "n d"], sigma: float, weight_decay: float) -> Float64[np.ndarray, "d n"]:
    """W1 = W2 = (r_1x_1 … r_nx_n) of BR Corollary 3.2, r_i² = (‖x_i‖² − nλ)/(‖x_i‖⁴ + σ²‖x_i‖²) (eq. 9).

    X: samples in rows; sigma ≥ 0 in the units of X; weight_decay λ ≥ 0 with nλ < min‖x_i‖². Raises `ValueError`
    otherwise. That the samples have negative inner products is the theorem's hypothesis, not checked here.
    """
    X = validation.samples(X)
    sigma = validation.nonnegative(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    squared_norms = (X**2).sum(axis=1)
    n, smallest = len(X), float(squared_norms.min())
    if not n * weight_decay < smallest:
        raise ValueError(
            f"weight_decay must satisfy n·weight_decay < min‖x_i‖² = {smallest!r}, got {weight_decay!r} with n = {n}"
        )
    return X.T * np.sqrt(_squared_scale(squared_norms, sigma, n, weight_decay))


def memorizing_loss(X: Float[Any, "n d"], sigma: float) -> float:
    """(1/n) Σ σ²‖x_i‖²/(σ² + ‖x_i‖²): the denoising error of `memorizing_weights` as λ → 0 (BR Cor. 3.2).

    In the units of X squared, summed over coordinates. It counts the gates as frozen; `memorizing_loss_gap` bounds
    what their errors add. Raises `ValueError` for a sample at the origin.
    """
    X = validation.samples(X)
    sigma = validation.nonnegative(sigma, "sigma")
    return float(np.mean(_sample_loss(_nonzero_squared_norms(X), sigma)))


def memorizing_loss_gap(X: Float[Any, "n d"], sigma: float) -> float:
    """Bound on |√L − √(memorizing_loss)|, L the exact denoising error of the memorising weights at λ = 0.

    (Σ_j σ e^{−t_ij²/4σ²}/√2, root mean square over i), t_ii = ‖x_i‖ and t_ij = |cos(x_i, x_j)|‖x_i‖ the distance of
    sample i from gate j. Needs pairwise negative inner products, else `ValueError`.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    distances = _gate_distances(X)
    per_sample = sigma / np.sqrt(2) * np.exp(-((distances / (2 * sigma)) ** 2)).sum(axis=1)
    return float(np.sqrt(np.mean(per_sample**2)))


def one_hot_failure(X: Float[Any, "n d"], sigma: float) -> Float64[np.ndarray, "n"]:
    """Upper bound on the probability that h(x_i + σε) of the memorising weights is not one-hot at unit i.

    Union bound Σ_j Φ(−t_ij/σ) over the gates, t as in `memorizing_loss_gap`. Raises `ValueError` likewise.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    return ndtr(-_gate_distances(X) / sigma).sum(axis=1)


def _nonzero_squared_norms(X: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n"]:
    squared_norms = (X**2).sum(axis=1)
    if not squared_norms.min() > 0:
        raise ValueError(f"X must hold no sample at the origin, got ‖X[{squared_norms.argmin()}]‖ = 0")
    return squared_norms


def _gate_distances(X: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n n"]:
    """Distance of sample i from the gate hyperplane of unit j, for samples with negative inner products."""
    norms = np.sqrt(_nonzero_squared_norms(X))
    along = X @ X.T / norms
    others = along[~np.eye(len(X), dtype=bool)]
    if others.size and not others.max() < 0:
        raise ValueError(f"X must have pairwise negative inner products, got a projection of {float(others.max())!r}")
    return np.abs(along)


def duplication_threshold(squared_norm: float, n: int, weight_decay: float) -> float:
    """m* = nλ/‖x‖²: a sample repeated m times among n enters the weights exactly when m > m* (BR Cor. 3.4)."""
    squared_norm = validation.positive(squared_norm, "squared_norm")
    return validation.whole(n, "n", 1) * validation.nonnegative(weight_decay, "weight_decay") / squared_norm


def block_weights(
    X: Float[Any, "n d"],
    labels: Int[Any, "n"],
    widths: Sequence[int] | Int[Any, "M"],
    sigma: float,
    weight_decay: float,
) -> Float64[np.ndarray, "d p"]:
    """W1 = W2 = (W_{X_1} … W_{X_M}) of BR Theorem 3.1 (eq. 7–8), cluster k in p_k = widths[k] columns.

    Each O_k takes the block's response to its cluster mean to equal positive entries. Raises `ValueError` when a width
    exceeds the rank of its cluster's samples, when nλ reaches the p_k-th eigenvalue of a cluster's Gram matrix (the
    decay would empty the block), or when a cluster's mean is orthogonal to its block, so that no O_k makes all units
    active.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    widths = block_widths(widths, int(labels.max()) + 1)
    sigma = validation.nonnegative(sigma, "sigma")
    decay = len(X) * validation.nonnegative(weight_decay, "weight_decay")
    blocks = [_block(X[labels == k], k, width, sigma, decay) for k, width in enumerate(widths)]
    return np.concatenate(blocks, axis=1)


def _block(members: np.ndarray, k: int, width: int, sigma: float, decay: float) -> np.ndarray:
    if width == 0:
        return np.zeros((members.shape[1], 0))
    eigenvalues, directions = gram_spectrum(members)
    rank = int(np.count_nonzero(eigenvalues))
    if width > rank:
        raise ValueError(f"widths must be <= the rank of each cluster, got widths[{k}] = {width} for rank {rank}")
    smallest = float(eigenvalues[width - 1])
    if not decay < smallest:
        raise ValueError(
            f"weight_decay must satisfy n·weight_decay < the width-th Gram eigenvalue of each cluster, got {decay!r} "
            f"against {smallest!r} for cluster {k} with widths[{k}] = {width}"
        )
    block = directions[:, :width] * np.sqrt(gains(eigenvalues[:width], len(members) * sigma**2, decay))
    response = block.T @ members.mean(axis=0)
    if not np.linalg.norm(response) > 1e-12 * np.sqrt(eigenvalues[0]):
        raise ValueError(
            f"labels must give clusters whose mean has a component in the block's directions, cluster {k} has none "
            f"for widths[{k}] = {width}: no rotation makes every unit active"
        )
    return block @ aligning_rotation(response).T


def block_widths(widths: Any, clusters: int) -> list[int]:
    """The widths p_k ≥ 0 as a list of `clusters` whole numbers, or `ValueError`."""
    array = validation.real_array(widths, "widths", ndim=1)
    if array.shape != (clusters,):
        raise ValueError(f"widths must hold one number for each of the {clusters} clusters, got shape {array.shape}")
    if not (np.equal(array, np.floor(array)) & (array >= 0)).all():
        raise ValueError(f"widths must be whole numbers >= 0, got {array.tolist()}")
    return [int(width) for width in array]


def aligning_rotation(response: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p p"]:
    """An orthogonal O with O·v = ‖v‖(1, …, 1)/√p for v = `response` ≠ 0: a reflection, or minus one.

    Of v ∓ target the longer one is the normal, so nothing cancels when v is nearly aligned already.
    """
    p = len(response)
    target = np.full(p, np.linalg.norm(response) / np.sqrt(p))
    sign = -1.0 if response.sum() > 0 else 1.0
    normal = response - sign * target
    return sign * (np.eye(p) - 2 * np.outer(normal, normal) / (normal @ normal))


def gate_margin(
    W1: Float[Any, "d p"], X: Float[Any, "n d"], labels: Int[Any, "n"], widths: Sequence[int] | Int[Any, "M"]
) -> float:
    """Least signed distance of a sample from a gate hyperplane: positive exactly when every unit is active on its
    own cluster and silent on all others. In the units of X; compare with σ. Infinite for a network without units.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    widths = block_widths(widths, int(labels.max()) + 1)
    W1, _ = validation.network(W1, W1, X.shape[1])
    _one_column_per_unit(W1, widths)
    norms = np.linalg.norm(W1, axis=0)
    if norms.size == 0:
        return float("inf")
    if not norms.min() > 0:
        raise ValueError(f"W1 must have no zero column, got ‖W1[:, {norms.argmin()}]‖ = 0")
    owner = np.repeat(np.arange(len(widths)), widths)
    sign = np.where(labels[:, None] == owner[None, :], 1.0, -1.0)
    return float((sign * (X @ (W1 / norms))).min())


def frozen_loss(
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    X: Float[Any, "n d"],
    labels: Int[Any, "n"],
    widths: Sequence[int] | Int[Any, "M"],
    sigma: float,
    weight_decay: float,
) -> float:
    """The objective with every unit held active on its own cluster and silent elsewhere: Lemma D.1 by clusters."""
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    widths = block_widths(widths, int(labels.max()) + 1)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    _one_column_per_unit(W1, widths)
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    edges = np.concatenate([[0], np.cumsum(widths)])
    fit = 0.0
    for k in range(len(widths)):
        own = slice(edges[k], edges[k + 1])
        fit += regularised_loss(W1[:, own], W2[:, own], X[labels == k], sigma, 0.0)
    return fit / len(X) + weight_decay * float((W1**2).sum() + (W2**2).sum())


def _one_column_per_unit(W1: np.ndarray, widths: list[int]) -> None:
    if W1.shape[-1] != sum(widths):
        raise ValueError(f"widths must add up to the {W1.shape[-1]} columns of W1, got {widths}")


def generalizing_loss(
    spectra: Float[Any, "M d"], mixing: Float[Any, "M"], widths: Sequence[int] | Int[Any, "M"], sigma: float
) -> float:
    """Population denoising error of the generalising blocks as n_k → ∞, λ → 0 (BR Cor. 3.3, corrected).

    Σ_k ρ_k [Σ_{j ≤ p_k} s_jσ²/(s_j + σ²) + Σ_{j > p_k} s_j] with spectra[k] the eigenvalues of μ_kμ_kᵀ + Σ_k, in any
    order, mixing[k] = ρ_k. Raises `ValueError` for a negative eigenvalue, mixing not summing to 1, or widths over d.
    """
    spectra = validation.samples(spectra, "spectra")
    mixing = validation.real_array(mixing, "mixing", ndim=1)
    widths = block_widths(widths, len(spectra))
    sigma = validation.nonnegative(sigma, "sigma")
    if spectra.min() < 0:
        raise ValueError(f"spectra must be >= 0, got {float(spectra.min())!r}")
    if mixing.shape != (len(spectra),):
        raise ValueError(
            f"mixing must hold one weight for each of the {len(spectra)} spectra, got shape {mixing.shape}"
        )
    if mixing.min() < 0 or abs(mixing.sum() - 1) > 1e-9:
        raise ValueError(f"mixing must be >= 0 and sum to 1, got {mixing.tolist()}")
    if max(widths) > spectra.shape[1]:
        raise ValueError(f"widths must be <= d = {spectra.shape[1]}, got {widths}")
    ordered = -np.sort(-spectra, axis=1)
    kept = np.arange(spectra.shape[1]) < np.array(widths)[:, None]
    return float(mixing @ np.where(kept, direction_test_loss(ordered, sigma), ordered).sum(axis=1))
