"""The block formula of BR Theorem 3.1 in balls, and how far given weights are from the nearest of its members.

The members differ by orthogonal O_k. With B = U(gains)^{1/2} for one block, min over O of ‖W1 − BOᵀ‖² + ‖W2 − BOᵀ‖² is
attained at the orthogonal polar factor of (W1 + W2)ᵀB, which is elementary for one or two units.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from flint import arb, arb_mat

from theory.linear_autoencoder import DECAY, EIGENVALUE, GAIN, NOISE_ENERGY

from .balls import enclose, euclidean_norm
from .reduced_samples import ReducedSamples

MOST_UNITS = 2


def block_formula_distance(
    samples: ReducedSamples,
    labels: np.ndarray,
    widths: Iterable[Any],
    sigma: arb,
    weight_decay: arb,
    W1: arb_mat,
    W2: arb_mat,
) -> arb:
    """√Σ_k min_{O_k}(‖W1_k − B_kO_kᵀ‖² + ‖W2_k − B_kO_kᵀ‖²), blocks in the order of the labels, weights (r, p).

    Raises `ValueError` for a block of more than two units, or eigenvalues of a cluster that the balls do not separate.
    """
    decay = samples.count * weight_decay
    distances, first = [], 0
    for k, width in enumerate(int(width) for width in widths):
        if width > MOST_UNITS:
            raise ValueError(f"widths must be <= {MOST_UNITS} for a certified distance, got widths[{k}] = {width}")
        if width:
            block = _block(samples, np.flatnonzero(labels == k), width, sigma, decay)
            own1, own2 = (_columns(W, first, width) for W in (W1, W2))
            turned = block * _polar_factor((own1 + own2).transpose() * block).transpose()
            distances.append(euclidean_norm(own1 - turned, own2 - turned))
        first += width
    return euclidean_norm(arb_mat([distances]))


def _columns(W: arb_mat, first: int, count: int) -> arb_mat:
    return arb_mat([row[first : first + count] for row in W.tolist()])


def _block(samples: ReducedSamples, members: np.ndarray, width: int, sigma: arb, decay: arb) -> arb_mat:
    """U(gains)^{1/2} of one cluster, (r, width)."""
    rows, copies = np.unique(samples.index[members], return_counts=True)
    weighted = arb_mat([[arb(int(m)).sqrt() * v for v in samples.rows[i]] for i, m in zip(rows, copies, strict=True)])
    noise = len(members) * sigma**2
    columns = []
    for eigenvalue, vector in _eigenpairs(weighted * weighted.transpose())[:width]:
        gain = enclose(GAIN, {EIGENVALUE: eigenvalue, NOISE_ENERGY: noise, DECAY: decay})
        along = (weighted.transpose() * vector) * (gain / eigenvalue).sqrt()
        columns.append([along[j, 0] for j in range(along.nrows())])
    return arb_mat(columns).transpose()


def _eigenpairs(gram: arb_mat) -> list[tuple[arb, arb_mat]]:
    """Eigenvalues of a symmetric matrix, largest first, with unit eigenvectors."""
    if gram.nrows() == 1:
        return [(gram[0, 0], arb_mat([[1]]))]
    values, vectors = gram.eig(right=True)
    order = sorted(range(len(values)), key=lambda j: -float(values[j].real.mid()))
    pairs = []
    for j in order:
        column = [vectors[i, j] for i in range(gram.nrows())]
        # The eigenvector is real up to a complex factor, which goes away with the largest entry.
        largest = max(column, key=lambda entry: float(abs(entry).mid()))
        real = [(entry / largest).real for entry in column]
        pairs.append((values[j].real, (1 / euclidean_norm(arb_mat([real]))) * arb_mat([real]).transpose()))
    return pairs


def _polar_factor(A: arb_mat) -> arb_mat:
    """The orthogonal O that maximises tr(OᵀA), for one or two units.

    For two units the best rotation and the best reflection compete; either is orthogonal whatever the balls.
    """
    if A.nrows() == 1:
        return arb_mat([[A[0, 0].sgn()]])
    determinant = A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
    if determinant.contains(0):
        raise ValueError(
            f"weights must be near the block formula to tell the nearest O_k, got determinant {determinant}"
        )
    sign = determinant.sgn()
    cos, sin = A[0, 0] + sign * A[1, 1], A[1, 0] - sign * A[0, 1]
    size = (cos * cos + sin * sin).sqrt()
    cos, sin = cos / size, sin / size
    return arb_mat([[cos, -sign * sin], [sin, sign * cos]])
