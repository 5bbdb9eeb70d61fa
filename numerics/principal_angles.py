"""Principal angles between subspaces, and between a block's columns and the principal directions of its cluster.

Orthonormal bases Q, R of the subspaces have cos θ_j as the singular values of QᵀR, and sin θ_j as those of the part of
R outside Q (Björck and Golub 1973, the smaller subspace as R). Each angle is taken from the one of the two that is
smaller there, so angles near 0 are accurate to rounding, which the arc cosine alone is not: it loses half the digits.

BR Theorem 3.1: the columns of the block of cluster k span its leading p_k principal directions, the top eigenvectors of
its second moment (1/n_k)Σxxᵀ (no mean is taken off).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation
from theory.linear_autoencoder import gram_spectrum

# Directions in which columns have less than this share of their largest singular value do not count.
RANK = 1e-6


def principal_angles(first: Float[Any, "d p"], second: Float[Any, "d q"]) -> Float64[np.ndarray, " r"]:
    """Angles between the spans of the columns of `first` and `second`, radians in [0, π/2], smallest first.

    There are r = min of the two ranks; directions under 1e-6 of the largest singular value do not count to the rank.
    Absolute error about 1e-15 times the condition of the columns. Raises `ValueError` for bad input.
    """
    first, second = validation.real_array(first, "first", ndim=2), validation.real_array(second, "second", ndim=2)
    if len(first) != len(second):
        raise ValueError(f"second must have the {len(first)} rows of first, got shape {second.shape}")
    return _angles(_basis(first), _basis(second))


def principal_directions(X: Float[Any, "n d"], width: int) -> Float64[np.ndarray, "d width"]:
    """Orthonormal top eigenvectors of XᵀX/n, largest eigenvalue first; width at most the rank of X.

    Not unique where the last eigenvalue equals the next one. Raises `ValueError` for bad input.
    """
    X, width = validation.samples(X), validation.whole(width, "width", 0)
    eigenvalues, directions = gram_spectrum(X)
    rank = int((eigenvalues > 0).sum())
    if width > rank:
        raise ValueError(f"width must be <= the rank {rank} of X, got {width}")
    return directions[:, :width]


def block_angles(columns: Float[Any, "d p"], X: Float[Any, "n d"]) -> Float64[np.ndarray, " r"]:
    """Angles of the span of a block's `columns` (d, p), of rank r, with as many principal directions of X (n, d).

    Radians, smallest first. Split columns do not count twice. What r exceeds the rank of the cluster X by is at π/2:
    those directions are none of its. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    columns = validation.real_array(columns, "columns", ndim=2)
    if len(columns) != X.shape[1]:
        raise ValueError(f"columns must have shape ({X.shape[1]}, p) to match X, got {columns.shape}")
    basis = _basis(columns)
    eigenvalues, directions = gram_spectrum(X)
    width = min(basis.shape[1], int((eigenvalues > 0).sum()))
    found = _angles(basis, directions[:, :width])
    return np.concatenate([found, np.full(basis.shape[1] - width, np.pi / 2)])


def _basis(columns: Float64[np.ndarray, "d p"]) -> Float64[np.ndarray, "d r"]:
    """An orthonormal basis of the span of the columns."""
    if not columns.size:
        return np.zeros((len(columns), 0))
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, (singular > RANK * singular[0])]


def _angles(Q: Float64[np.ndarray, "d p"], R: Float64[np.ndarray, "d q"]) -> Float64[np.ndarray, " r"]:
    """Principal angles of orthonormal bases, smallest first."""
    if Q.shape[1] < R.shape[1]:
        Q, R = R, Q
    if not R.shape[1]:
        return np.zeros(0)
    overlap = Q.T @ R
    cosines = np.linalg.svd(overlap, compute_uv=False)
    sines = np.linalg.svd(R - Q @ overlap, compute_uv=False)
    # Cosines fall and sines rise with the angle; those of R outside Q may lack zeros when d < 2q.
    sines = np.sort(np.pad(sines, (0, R.shape[1] - len(sines))))
    return np.where(cosines**2 > 0.5, np.arcsin(np.minimum(sines, 1.0)), np.arccos(np.minimum(cosines, 1.0)))
