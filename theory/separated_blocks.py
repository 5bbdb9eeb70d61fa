"""Blocks of BR's Theorem 3.1 in a layer with biases: hyperplanes take the place of obtuse angles (β < 0).

Cluster k, of mean m_k, is split from all other samples by g_k(y) = u_kᵀy − t_k: at least γ_k on the cluster, at most
−γ_k elsewhere. With r in (0, 1), R_k the largest distance of a sample from m_k, κ = rγ_k/R_k, and W the p_k columns of
Lemma D.1 for the centred cluster, the block has the units

    g_k + κW_aᵀ(y − m_k) with decoder W_a/κ,   and   g_k ± rγ_k with decoder −ΣW_a/2κ ± (m_k − c)/2rγ_k,

p_k + 2 in all. Where all are open they add up to WWᵀ(y − m_k) + m_k − c; where all are closed, to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int

from . import validation
from .affine_layer import AffineLayer
from .block_minimizer import block_widths
from .convex_hull import nearest_to_origin
from .linear_autoencoder import optimal_value, optimal_weights

# The share r of the margin given to ramps and tilts: the gates keep (1 − r)/(1 + r/2) = 4/7 of γ_k.
TILT = 1 / 3


class Hyperplane(NamedTuple):
    """uᵀy = t with ‖u‖ = 1; the cluster on its positive side and the rest both at least `margin` γ away."""

    normal: Float64[np.ndarray, "d"]
    offset: float
    margin: float


def separating_hyperplane(X: Float[Any, "n d"], labels: Int[Any, "n"], k: int) -> Hyperplane:
    """The hyperplane that splits cluster k of X (n, d) from all other samples with the largest margin.

    Half way between the nearest points of the two hulls. Raises `ValueError` if there is no other cluster, no cluster
    k, or no such hyperplane.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    k = validation.whole(k, "k", least=0)
    clusters = int(labels.max()) + 1
    if clusters < 2:
        raise ValueError(f"labels must give at least two clusters, got {clusters}")
    if k >= clusters:
        raise ValueError(f"k must be < the number of clusters {clusters}, got {k}")
    own, other = X[labels == k], X[labels != k]
    nearest = nearest_to_origin((own[:, None, :] - other[None, :, :]).reshape(-1, X.shape[1]))
    normal = nearest / (np.linalg.norm(nearest) or 1.0)
    inner, outer = float((own @ normal).min()), float((other @ normal).max())
    if not inner - outer > 1e-9 * np.abs(X).max():
        raise ValueError(f"labels must give clusters that hyperplanes split from the rest, got none for cluster {k}")
    return Hyperplane(normal, (inner + outer) / 2, (inner - outer) / 2)


def separated_blocks(
    X: Float[Any, "n d"], labels: Int[Any, "n"], widths: Sequence[int] | Int[Any, "M"], sigma: float
) -> AffineLayer:
    """A layer of Σ(p_k + 2) units that denoises each cluster about its own mean, p_k = widths[k] ≥ 0 directions kept.

    Cluster k takes the columns of its p_k + 2 units in turn, tilted units first; c is the mean of X. No weight decay.
    Raises `ValueError` as `separating_hyperplane` does.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    widths = block_widths(widths, int(labels.max()) + 1)
    c = X.mean(axis=0)
    blocks = [_block(X, labels, k, width, sigma, c) for k, width in enumerate(widths)]
    W1, b, W2 = (np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True))
    return AffineLayer(W1, b, W2, c)


def _block(
    X: Float64[np.ndarray, "n d"], labels: np.ndarray, k: int, width: int, sigma: float, c: Float64[np.ndarray, "d"]
) -> tuple[Float64[np.ndarray, "d p"], Float64[np.ndarray, "p"], Float64[np.ndarray, "d p"]]:
    normal, offset, margin = separating_hyperplane(X, labels, k)
    mean = X[labels == k].mean(axis=0)
    W = optimal_weights(X[labels == k] - mean, width, sigma, 0.0)
    tilt = TILT * margin / float(np.linalg.norm(X - mean, axis=1).max())
    shift = TILT * margin
    W1 = normal[:, None] + np.hstack([tilt * W, np.zeros((len(c), 2))])
    b = np.append(-offset - tilt * (mean @ W), [-offset + shift, -offset - shift])
    spread, step = W.sum(axis=1) / (2 * tilt), (mean - c) / (2 * shift)
    return W1, b, np.hstack([W / tilt, np.stack([step - spread, -step - spread], axis=1)])


def separated_loss(
    X: Float[Any, "n d"], labels: Int[Any, "n"], widths: Sequence[int] | Int[Any, "M"], sigma: float
) -> float:
    """Denoising error of `separated_blocks` were all gates right: Lemma D.1's minima of the centred clusters over n.

    (1/n)Σ_k[Σ_{j≤p_k} Λ_jn_kσ²/(Λ_j + n_kσ²) + Σ_{j>p_k} Λ_j] with Λ the spectrum of Σ_j(x_kj − m_k)(x_kj − m_k)ᵀ.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    total = 0.0
    for k, width in enumerate(block_widths(widths, int(labels.max()) + 1)):
        members = X[labels == k]
        total += optimal_value(members - members.mean(axis=0), width, sigma, 0.0)
    return total / len(X)


def separated_loss_gap(
    X: Float[Any, "n d"], labels: Int[Any, "n"], widths: Sequence[int] | Int[Any, "M"], sigma: float
) -> float:
    """Bound on |√L − √(separated_loss)|, L the exact denoising error of `separated_blocks`, for sigma > 0.

    (Σ_a ‖v_a‖‖w_a‖σ e^{−t_ia²/4σ²}/√2, root mean square over i), v_a and w_a the columns of W2 and W1, t_ia the
    distance of sample i from gate a, which is at least (1 − r)/(1 + r/2)·γ_k.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    W1, b, W2, _ = separated_blocks(X, labels, widths, sigma)
    lengths = np.linalg.norm(W1, axis=0)
    distances = np.abs(X @ W1 + b) / lengths
    wrong = np.linalg.norm(W2, axis=0) * lengths * sigma / np.sqrt(2) * np.exp(-((distances / (2 * sigma)) ** 2))
    return float(np.sqrt((wrong.sum(axis=1) ** 2).mean()))
