"""Which samples a single ReLU unit can fire on alone, and how often that is possible.

A bias-free unit fires on x_j and on no other sample exactly when some w has wᵀx_j > 0 > wᵀx_i for all i ≠ j: the
vectors x_j and −x_i lie in an open half-space. By Gordan's alternative there is no such w exactly when a nonnegative
combination, not all zero, has a_jx_j = Σ_{i≠j} a_ix_i: x_j lies in the cone of the others, or the others alone
combine to zero. A unit with a bias is a bias-free unit on the lifted samples (x, 1), where the last coordinate turns
the combination into a convex one: x_j must not lie in the hull of the others.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64
from scipy.optimize import linprog

from . import validation
from .convex_hull import nearest_to_origin

# Sine of the least angle between a sample and the hyperplane of its best unit that is told from zero.
RESOLUTION = 1e-7


def isolation_probability(n: int, d: int) -> Fraction:
    """Chance that a bias-free unit can fire on one given sample of n in R^d alone (Wendel 1962): exact.

    2^{1−n} Σ_{k<d} C(n − 1, k), for samples in general position whose law is unchanged by the sign of each: one for
    n ≤ d, one half at n = 2d, and the chance that n − 1 fair coins show fewer than d heads. Raises `ValueError` for
    n < 1 or d < 1.
    """
    n = validation.whole(n, "n", least=1)
    d = validation.whole(d, "d", least=1)
    return Fraction(sum(math.comb(n - 1, k) for k in range(d)), 2 ** (n - 1))


def is_isolable(X: Float[Any, "n d"], j: int) -> bool:
    """Whether some w has wᵀx_j > 0 > wᵀx_i for all i ≠ j, for samples X (n, d): decided by linear programming.

    Unchanged by a positive scale of any sample. Strict: a duplicate or a positive multiple of x_j among the others,
    or any sample at the origin, makes it false, and so does a best unit whose hyperplane comes within an angle of
    1e-7 of a sample. Raises `ValueError` unless 0 ≤ j < n.
    """
    directions = _signed(validation.samples(X), j)
    m, d = directions.shape
    # The greatest t with w·u ≥ t for all u, over the box |w| ≤ 1: never infeasible, and bounded by the box.
    found = linprog(
        np.append(np.zeros(d), -1.0),
        A_ub=np.hstack([-directions, np.ones((m, 1))]),
        b_ub=np.zeros(m),
        bounds=[(-1.0, 1.0)] * d + [(None, None)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return _all_positive(directions, found.x[:d])


def isolable(X: Float[Any, "n d"]) -> Bool[np.ndarray, "n"]:
    """`is_isolable` for every sample of X (n, d), by least distances instead: some ten times as fast.

    The two agree but for best angles near the resolution of 1e-7.
    """
    X = validation.samples(X)
    signed = (_signed(X, j) for j in range(len(X)))
    return np.array([_all_positive(directions, nearest_to_origin(directions)) for directions in signed])


def extreme(X: Float[Any, "n d"]) -> Bool[np.ndarray, "n"]:
    """Which samples of X (n, d) a unit with a bias can fire on alone: those outside the hull of the others.

    The lifted samples (x − x̄, s)/s of `isolable`, s the largest distance from the mean x̄. Duplicates are not
    extreme; a sample that is alone is.
    """
    X = validation.samples(X)
    centred = X - X.mean(axis=0)
    size = float(np.abs(centred).max()) or 1.0
    return isolable(np.hstack([centred / size, np.ones((len(X), 1))]))


def least_extreme_chance(n: int, d: int) -> float:
    """1 − (n − 1)2^{−d/2−1}, or 0 if that is less: an independent Gaussian sample of n in R^d is extreme this often.

    For any mean and any covariance of rank d. Raises `ValueError` for n < 1 or d < 1.
    """
    n = validation.whole(n, "n", least=1)
    d = validation.whole(d, "d", least=1)
    return max(0.0, 1.0 - (n - 1) * 2.0 ** (-d / 2 - 1))


class Isolation(NamedTuple):
    """A unit vector w (d,) and min(wᵀx_j, −wᵀx_i), the least distance of a sample from its hyperplane, in units of X.

    Both are zero when no unit fires on the sample alone.
    """

    direction: Float64[np.ndarray, "d"]
    margin: float


def isolating_direction(X: Float[Any, "n d"], j: int) -> Isolation:
    """The unit on sample j of X (n, d) alone whose hyperplane stays farthest from all samples.

    w points to the nearest point of the hull of x_j and −x_i, or of these vectors at unit length where norms differ so
    much that rounding spoils the former. Raises `ValueError` unless 0 ≤ j < n.
    """
    X = validation.samples(X)
    directions = _signed(X, j)
    by_angle = nearest_to_origin(directions)
    if not _all_positive(directions, by_angle):
        return Isolation(np.zeros(X.shape[1]), 0.0)
    signed = np.where(np.arange(len(X)) == j, 1.0, -1.0)[:, None] * X
    # Near one before squaring, as below.
    found = [_unit(w) for w in (nearest_to_origin(signed / np.abs(X).max()), by_angle) if w.any()]
    best = max(found, key=lambda w: (signed @ w).min())
    return Isolation(best, float((signed @ best).min()))


def _unit(w: Float64[np.ndarray, "d"]) -> Float64[np.ndarray, "d"]:
    return w / np.linalg.norm(w)


def _signed(X: Float64[np.ndarray, "n d"], j: int) -> Float64[np.ndarray, "n d"]:
    """x_j and −x_i for i ≠ j, each of length one (a sample at the origin stays there)."""
    j = validation.whole(j, "j", least=0)
    if j >= len(X):
        raise ValueError(f"j must be < n = {len(X)}, got {j}")
    # Near one before squaring, so that no square overflows or vanishes.
    sizes = np.abs(X).max(axis=1, keepdims=True)
    rows = -X / np.where(sizes > 0, sizes, 1.0)
    rows[j] *= -1.0
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


def _all_positive(directions: Float64[np.ndarray, "n d"], w: Float64[np.ndarray, "d"]) -> bool:
    return bool((directions @ w).min() > RESOLUTION * np.linalg.norm(w))
