"""Samples in coordinates of their own span, as balls: the objective sees nothing else of them (own-span-reduction).

Equal rows become one row that counts several times. If their rank r (decided in whole numbers) is below d, the
coordinates are those of the Gram–Schmidt basis of the first r independent rows; otherwise they are the given ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpz_mat

from theory import validation


@dataclass(frozen=True)
class ReducedSamples:
    """Rows (u of them, in r coordinates) with their multiplicities, and the basis that they are written in.

    `basis` has r orthonormal rows in R^d; `index[i]` is the row that stands for sample i; n = Σ multiplicities;
    `transverse` is d − r, the number of directions orthogonal to all coordinates.
    """

    rows: list[list[arb]]
    multiplicities: list[int]
    index: np.ndarray
    basis: arb_mat
    transverse: int

    @property
    def count(self) -> int:
        """Number of samples n."""
        return sum(self.multiplicities)

    @property
    def dimension(self) -> int:
        """Number of coordinates r."""
        return len(self.rows[0])

    def coordinates(self, W: np.ndarray) -> np.ndarray:
        """Weights (d, p) in the reduced coordinates, to rounding: (r, p)."""
        basis = np.array([[float(entry.mid()) for entry in row] for row in self.basis.tolist()])
        return basis @ W


def reduced_samples(X: Any) -> ReducedSamples:
    """The samples X (n, d), taken as exact numbers, in coordinates of their span.

    Raises `ValueError` for bad samples, and for samples that are all zero.
    """
    X = validation.samples(X)
    if not X.any():
        raise ValueError(f"X must hold a sample that is not zero, got {len(X)} zeros")
    _, first, index, multiplicities = np.unique(X, axis=0, return_index=True, return_inverse=True, return_counts=True)
    # np.unique sorts; the order of first appearance keeps the coordinates easy to read.
    order = np.argsort(first)
    position = np.argsort(order)
    different = X[first[order]]
    exact, d = arb_mat(different.tolist()), X.shape[1]
    independent = _independent_rows(different)
    if len(independent) == d:
        basis = arb_mat([[arb(int(i == j)) for j in range(d)] for i in range(d)])
    else:
        basis = _orthonormal(arb_mat([different[i].tolist() for i in independent]))
    rows = (exact * basis.transpose()).tolist()
    counts = [int(m) for m in multiplicities[order]]
    return ReducedSamples(rows, counts, position[index.ravel()], basis, d - len(independent))


def _independent_rows(rows: np.ndarray) -> list[int]:
    """The first rows that span all of them, by exact elimination on the Gram matrix in whole numbers."""
    exponent = max(float(value).as_integer_ratio()[1] for value in rows.ravel())
    whole = fmpz_mat([[int(Fraction(float(value)) * exponent) for value in row] for row in rows])
    reduced, _, rank = (whole * whole.transpose()).rref()
    table = reduced.tolist()
    return [next(j for j, value in enumerate(table[i]) if value != 0) for i in range(rank)]


def _orthonormal(rows: arb_mat) -> arb_mat:
    """Gram–Schmidt: R⁻¹·rows for the Cholesky factor R of their Gram matrix."""
    gram, size = rows * rows.transpose(), rows.nrows()
    factor = arb_mat(size, size)
    for i in range(size):
        for j in range(i + 1):
            rest = gram[i, j] - sum((factor[i, k] * factor[j, k] for k in range(j)), arb(0))
            factor[i, j] = rest.sqrt() if i == j else rest / factor[j, j]
    return factor.solve(rows)
