"""(α, β)-separability (BR, Definition 3.1): how many clusters it allows, and which samples can be separable.

Unit vectors with pairwise cosines ≤ β < 0 are few: 0 ≤ ‖Σ u_k‖² ≤ M + M(M − 1)β gives M ≤ 1 + 1/|β|, and
strictly negative cosines allow at most one vector more than the dimension (Rankin).  Finding a largest set of
such samples is a clique problem.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.linalg import helmert

from theory import validation
from theory.clique import largest_clique

# A few seconds for the digits (1797 samples in R^64).
NODE_BUDGET = 200_000


def alpha_beta(X: Float[Any, "n d"], labels: Any) -> tuple[float, float]:
    """Smallest (α, β) for which the clusters are separable (BR, Definition 3.1), both dimensionless.

    α = max_k max_j ‖x_kj − x̄_k‖ / ‖x̄_k‖ and β = max_{k≠ℓ} cos(x̄_k, x̄_ℓ), for X (n, d) and labels (n,)
    with values 0 … M − 1.  With one cluster β is a maximum over nothing: −1, the least value of a cosine.
    Raises `ValueError` if a cluster mean is zero, for then no α exists.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    alpha, directions = 0.0, []
    for k in range(labels.max() + 1):
        # Neither quantity depends on the scale of a cluster; near one, no square overflows.
        cluster = _near_one(X[labels == k])
        mean = cluster.mean(axis=0)
        norm = float(np.linalg.norm(mean))
        if norm == 0:
            raise ValueError(f"X must have nonzero cluster means, got mean 0 in cluster {k}")
        alpha = max(alpha, float(np.linalg.norm(cluster - mean, axis=1).max()) / norm)
        directions.append(mean / norm)
    cosines = np.array(directions) @ np.array(directions).T
    between = cosines[np.triu_indices(len(directions), 1)]
    return alpha, min(1.0, float(between.max(initial=-1.0)))


def max_clusters(beta: float, d: int) -> int:
    """The largest number of unit vectors in R^d with all pairwise cosines ≤ β, for −1 ≤ β ≤ 0 (Rankin 1955).

    min(⌊1 + 1/|β|⌋, d + 1) for β < 0, where a regular simplex attains it, and 2d at β = 0, where ± an
    orthonormal basis does.  The floor is exact for the float given: −0.2 is a little less than −1/5, so it
    allows 5 and not 6.
    Raises `ValueError` for β outside [−1, 0] (no formula is known for β > 0), and for d < 1.
    """
    beta = _cosine_bound(beta)
    d = validation.whole(d, "d", least=1)
    if beta == 0:
        return 2 * d
    return min(math.floor(1 + 1 / Fraction(-beta)), d + 1)


def regular_simplex(M: int, d: int) -> Float64[np.ndarray, "M d"]:
    """M unit vectors in R^d, in rows, all pairwise cosines −1/(M − 1): the extremal case of `max_clusters`.

    Raises `ValueError` unless 2 ≤ M ≤ d + 1.
    """
    M = validation.whole(M, "M", least=2)
    d = validation.whole(d, "d", least=1)
    if d + 1 < M:
        raise ValueError(f"M must be <= d + 1 = {d + 1}, got {M}")
    # The columns of an orthonormal basis of the complement of (1, …, 1) have Gram matrix I − 1/M.
    vertices = np.zeros((M, d))
    vertices[:, : M - 1] = math.sqrt(M / (M - 1)) * helmert(M).T
    return vertices


@dataclass(frozen=True)
class SeparableSubset:
    """Rows of a data set with pairwise cosines below a bound, and what is proved of their number."""

    indices: Int64[np.ndarray, " m"]
    is_optimal: bool
    upper_bound: int


def separable_subset(X: Float[Any, "n d"], beta: float = 0.0) -> Int64[np.ndarray, " m"]:
    """Increasing indices of rows of X (n, d) with pairwise cosines ≤ β: see `largest_separable_subset`."""
    return largest_separable_subset(X, beta).indices


def largest_separable_subset(
    X: Float[Any, "n d"], beta: float = 0.0, *, node_budget: int = NODE_BUDGET
) -> SeparableSubset:
    """As many rows of X (n, d) as can be found with pairwise cosines all ≤ β if β < 0, and all < 0 if β = 0.

    Comparisons are exact for the floats given.  A zero row has no cosine and is never a member; no other row
    can be added to the result, and no set has more than `upper_bound` rows.  `node_budget` limits the search:
    when it ends early, `is_optimal` is false and `upper_bound` exceeds the number of rows found.
    Raises `ValueError` for β outside [−1, 0] or a budget < 1.
    """
    X = validation.samples(X)
    beta = _cosine_bound(beta)
    candidates = np.flatnonzero(X.any(axis=1))
    rows = np.array([_near_one(X[i]) for i in candidates]).reshape(-1, X.shape[1])
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    # Strictly negative cosines: at most d + 1, whereas `max_clusters` at β = 0 counts right angles as well.
    ceiling = min(X.shape[1] + 1, max_clusters(beta, X.shape[1]))
    clique = largest_clique(_compatible(rows, units, beta), node_budget=node_budget, enough=ceiling)
    indices = candidates[clique.members].astype(np.int64)
    upper_bound = min(clique.upper_bound, ceiling)
    return SeparableSubset(indices, len(indices) == upper_bound, upper_bound)


def _cosine_bound(beta: float) -> float:
    beta = validation.real_number(beta, "beta")
    if not -1 <= beta <= 0:
        raise ValueError(f"beta must be in [-1, 0], got {beta!r}")
    return beta


def _near_one(values: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """`values` times a power of two, the largest magnitude in [1/2, 1), so that no square overflows."""
    _, exponent = np.frexp(np.abs(values).max())
    return np.ldexp(values, -exponent)


def _compatible(
    rows: Float64[np.ndarray, "m d"], units: Float64[np.ndarray, "m d"], beta: float
) -> Bool[np.ndarray, "m m"]:
    """Which pairs of rows have cosine ≤ β (< 0 when β = 0), in integers where rounding matters."""
    cosines = units @ units.T
    # Normalising the rows and summing d products loses at most d + 2 units of rounding, to first order.
    doubt = (rows.shape[1] + 8) * np.finfo(float).eps
    compatible = cosines < beta
    doubtful = np.argwhere(np.triu(np.abs(cosines - beta) <= doubt, 1))
    exact = {i: _integers(rows[i]) for i in np.unique(doubtful).tolist()}
    for i, j in doubtful.tolist():
        compatible[i, j] = compatible[j, i] = _cosine_at_most(exact[i], exact[j], Fraction(beta))
    np.fill_diagonal(compatible, False)
    return compatible


def _integers(row: Float64[np.ndarray, " d"]) -> list[int]:
    """The row times a positive power of two that makes it whole."""
    ratios = [value.as_integer_ratio() for value in row.tolist()]
    scale = max(denominator for _, denominator in ratios)
    return [numerator * (scale // denominator) for numerator, denominator in ratios]


def _cosine_at_most(a: list[int], b: list[int], beta: Fraction) -> bool:
    """cos(a, b) < 0 and cos(a, b) ≤ β, squared so that no root is taken."""
    inner = sum(x * y for x, y in zip(a, b, strict=True))
    if inner >= 0:
        return False
    squares = sum(x * x for x in a) * sum(y * y for y in b)
    return inner**2 * beta.denominator**2 >= beta.numerator**2 * squares
