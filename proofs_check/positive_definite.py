"""Certified positive definiteness of symmetric matrices of balls, by elimination."""

from __future__ import annotations

from flint import arb, arb_mat


def positive_definite_above(matrix: arb_mat, bound: arb) -> bool:
    """Whether every symmetric matrix inside `matrix` certainly has all its eigenvalues above `bound`.

    Gaussian elimination of matrix − bound·I without exchanges: the matrix is positive definite exactly when all pivots
    are positive (Sylvester), and balls around the pivots hold those of every matrix inside. Only the lower triangle is
    read. False may mean that the balls are too wide.
    """
    size = matrix.nrows()
    rows = [[matrix[i, j] - bound if i == j else matrix[i, j] for j in range(i + 1)] for i in range(size)]
    for k in range(size):
        pivot = rows[k][k]
        if not pivot > 0:
            return False
        inverse = 1 / pivot
        for i in range(k + 1, size):
            factor = rows[i][k] * inverse
            row = rows[i]
            for j in range(k + 1, i + 1):
                row[j] -= factor * rows[j][k]
    return True
