"""Interventions on a cloud of points: its spectrum at a fixed determinant or trace, and copies in place of points."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float64

from theory import validation

Kept = Literal["determinant", "trace"]


def spectrum_map(points: Any, power: float, keep: Kept) -> Float64[np.ndarray, "d d"]:
    """Symmetric positive definite A: the covariance of Ax, x in `points` (n, d), has eigenvalues cλ_i^`power`.

    λ_i the eigenvalues before, on the same axes; c > 0 keeps the determinant or the trace as `keep` says. At power 1 A
    is the identity, at 0 all directions become alike. Raises `ValueError` for bad input, and if the points do not
    span R^d (λ_d < 1e-12 λ_1).
    """
    points, power = validation.samples(points, "points"), validation.real_number(power, "power")
    if keep not in get_args(Kept):
        raise ValueError(f"keep must be one of {get_args(Kept)}, got {keep!r}")
    centred = points - points.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred / len(points))
    if not values[0] > 1e-12 * values[-1]:
        raise ValueError(f"points must span all {points.shape[1]} dimensions, got a least variance of {values[0]:.3g}")
    # Relative to the largest: no overflow for any power.
    logs = power * np.log(values / values[-1])
    if keep == "determinant":
        logs += (np.log(values) - logs).mean()
    else:
        logs -= logs.max()
        logs += np.log(values.sum() / np.exp(logs).sum())
    root = axes * np.exp((logs - np.log(values)) / 4)
    return root @ root.T


def near_copies(points: Any, kept: int, distance: float, seed: int) -> Float64[np.ndarray, "n d"]:
    """`points` (n, d) with n − `kept` of them moved to `distance` >= 0 from one of the others, drawn at random.

    1 <= `kept` <= n; directions are uniform. Distance 0: copies, as when points are drawn again. Raises `ValueError`
    for bad input.
    """
    points, kept = validation.samples(points, "points"), validation.whole(kept, "kept", 1)
    if kept > len(points):
        raise ValueError(f"kept must be <= {len(points)}, the number of points, got {kept}")
    distance = validation.nonnegative(distance, "distance")
    rng = np.random.default_rng(validation.whole(seed, "seed", 0))
    order = rng.permutation(len(points))
    staying, moved = order[:kept], order[kept:]
    directions = rng.standard_normal((len(moved), points.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    changed = points.copy()
    changed[moved] = points[rng.choice(staying, size=len(moved))] + distance * directions
    return changed
