"""From a start to a minimiser of the exact objective: quasi-Newton, then Newton with the exact Hessian.

The objective sees the ambient space only through inner products, so the descent runs in coordinates of the span of
samples and start; orthogonal to the samples only noise and weight decay pull, and the end lies in their span.
Flat directions (column splitting, rotations of a block whose gates are settled, rescaling W1D, W2D⁻¹ at λ = 0) are left
alone and counted at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.optimize
from jaxtyping import Float, Float64

from numerics.column_splitting import Merger
from numerics.newton import FLAT, HALVINGS, ROUNDING, Coordinates, Point, newton, truncated_newton
from theory import validation

# Points with at most this many coordinates have their whole Hessian decomposed.
WHOLE = 1024
# Slopes, as shares of the mean square of the samples, at which the descent leaves the span of the start, and at which
# Newton's method takes over.
LOOSE, CLOSE = 1e-3, 1e-5
# How far from parallel columns are merged, round after round: mass times (1 − cos θ), as a share of all mass.
SLACKS = (1e-4, 1e-6, 0.0, 0.0)


@dataclass(frozen=True)
class Minimum:
    """Where a descent ended. `converged` says whether the gradient norm fell below the tolerance asked for.

    In the span of the samples, `lowest_curvature` is the smallest eigenvalue of the Hessian, and `flat_directions` the
    number of eigenvalues within 1e-9 of the largest of 0: none at an isolated minimiser. A critical point with negative
    curvature is returned only where following it lowers the loss by less than rounding. Both are None where the Hessian
    has more than 1024 rows.
    """

    W1: Float64[np.ndarray, "d p"]
    W2: Float64[np.ndarray, "d p"]
    loss: float
    gradient_norm: float
    converged: bool
    flat_directions: int | None = None
    lowest_curvature: float | None = None


def minimize(
    X: Float[Any, "n d"],
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    sigma: float,
    weight_decay: float,
    *,
    gradient_tolerance: float = 1e-10,
) -> Minimum:
    """Minimise the exact objective (BR eq. 6) from the start (W1, W2) down to a gradient norm of `gradient_tolerance`.

    Works on data of any scale, but the tolerance is absolute, and rounding of the gradient is about 1e-15 of the mean
    square of the samples. Raises `ValueError` for bad input. A result that is not `converged` must not be read as
    evidence: the search ran out of steps, or at σ = 0 met a minimum on a kink (a gate through a sample), where no
    gradient vanishes.
    """
    X, W1, W2, sigma, weight_decay = _checked(X, W1, W2, sigma, weight_decay)
    gradient_tolerance = validation.positive(gradient_tolerance, "gradient_tolerance")
    basis = _span(np.concatenate([X.T, W1, W2], axis=1))
    coordinates = Coordinates(X @ basis, sigma, weight_decay, W1.shape[1])
    start = coordinates.join(basis.T @ W1, basis.T @ W2)
    point = _quasi_newton(coordinates, start, LOOSE)
    inside = _span(X.T)
    narrow = replace(coordinates, X=X @ inside)
    projected = narrow.join(*(inside.T @ basis @ W for W in coordinates.split(point)))
    # Nearly always lower: a decoder loses only what misses the samples. An encoder may lose a gate with it.
    if narrow.value(projected)[0] <= coordinates.value(start)[0]:
        basis, coordinates, point = inside, narrow, projected
    flat, lowest = 0, None
    if point.size:
        point, flat, lowest = _descend(coordinates, point, gradient_tolerance)
    loss, gradient = coordinates.value(point)
    norm = float(np.linalg.norm(gradient))
    W1, W2 = (basis @ W for W in coordinates.split(point))
    return Minimum(W1, W2, loss, norm, norm <= gradient_tolerance, flat, lowest)


def _descend(coordinates: Coordinates, point: Point, tolerance: float) -> tuple[Point, int | None, float | None]:
    """A critical point, and the number of flat directions and the lowest curvature there (None if too many to count).

    Each round merges columns that are parallel within a smaller slack. A merged minimiser may be a saddle of the whole
    network, where a column gains by splitting: then the next round starts down that slope.
    """
    flat = lowest = None
    for slack in SLACKS:
        point, merged = _merged_descent(coordinates, point, tolerance, slack)
        if coordinates.size > WHOLE:
            break
        _, gradient = coordinates.value(point)
        curvature, directions = np.linalg.eigh(coordinates.hessian(point))
        level = FLAT * float(np.abs(curvature).max())
        flat, lowest = int((np.abs(curvature) <= level).sum()), float(curvature[0])
        down = _down(coordinates, point, directions[:, 0]) if lowest < -level else None
        if down is not None:
            point = down
        elif np.linalg.norm(gradient) <= tolerance or not merged:
            break
    return point, flat, lowest


def _merged_descent(coordinates: Coordinates, point: Point, tolerance: float, slack: float) -> tuple[Point, bool]:
    """Where the network with merged columns ends, split again, unless its loss is higher; and whether any merged."""
    merger = Merger.of(*coordinates.split(point), slack)
    reduced = replace(coordinates, width=merger.W1.shape[1])
    end = _quasi_newton(reduced, reduced.join(merger.W1, merger.W2), CLOSE)
    end = (newton if reduced.size <= WHOLE else truncated_newton)(reduced, end, tolerance)
    end = coordinates.join(*merger.split(*reduced.split(end)))
    lower = coordinates.value(end)[0] <= coordinates.value(point)[0] + ROUNDING * coordinates.scale
    return end if lower else point, merger.found_any


def _down(coordinates: Coordinates, point: Point, direction: Point) -> Point | None:
    """The first point with a loss lower by more than rounding on the line, from a tenth of the point's norm inwards."""
    loss, _ = coordinates.value(point)
    length = 0.1 * float(np.linalg.norm(point))
    for halving in range(HALVINGS):
        for sign in (1, -1):
            trial = point + sign * length / 2**halving * direction
            if coordinates.value(trial)[0] < loss - ROUNDING * coordinates.scale:
                return trial
    return None


def curvatures(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float, weight_decay: float
) -> Float64[np.ndarray, "m"]:
    """Eigenvalues of the objective's exact Hessian, ascending.

    They are taken in the span of samples and weights and in one direction orthogonal to it (if there is one), which
    stands for all the others. Accurate to about 1e-14 of the largest. Raises `ValueError` for bad input.
    """
    X, W1, W2, sigma, weight_decay = _checked(X, W1, W2, sigma, weight_decay)
    span = _span(np.concatenate([X.T, W1, W2], axis=1))
    if span.shape[1] < X.shape[1]:
        outside = np.linalg.svd(span, full_matrices=True)[0][:, span.shape[1] :][:, :1]
        span = np.concatenate([span, outside], axis=1)
    coordinates = Coordinates(X @ span, sigma, weight_decay, W1.shape[1])
    return np.linalg.eigvalsh(coordinates.hessian(coordinates.join(span.T @ W1, span.T @ W2)))


def _quasi_newton(coordinates: Coordinates, point: Point, share: float) -> Point:
    """L-BFGS until no slope exceeds this share of the mean square of the samples."""
    if not point.size:
        return point
    found = scipy.optimize.minimize(
        coordinates.value,
        point,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 3000, "maxfun": 6000, "gtol": share * coordinates.scale, "ftol": 1e-16, "maxcor": 30},
    )
    return found.x


def _span(columns: Float64[np.ndarray, "d m"]) -> Float64[np.ndarray, "d r"]:
    """Orthonormal basis of the span of the columns (at least one direction)."""
    directions, singular, _ = np.linalg.svd(columns, full_matrices=False)
    kept = singular > 1e-13 * max(float(singular.max(initial=0.0)), np.finfo(np.float64).tiny)
    kept[:1] = True
    return directions[:, kept]


def _checked(X: Any, W1: Any, W2: Any, sigma: Any, weight_decay: Any):
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    return X, W1, W2, validation.nonnegative(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
