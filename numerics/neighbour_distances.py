"""Distances to the k-th neighbour: a tree in few dimensions, blocks of products in many."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.spatial import cKDTree

from theory import validation

# Above this a tree visits nearly every point.
_TREE_DIMENSIONS = 12
# Numbers of a block of squared distances held at once: 64 MiB.
_BLOCK = 2**23


def neighbour_distances(points: Any, k: int = 1) -> Float64[np.ndarray, "n"]:
    """Euclidean distance of each of n > k `points` (n, d) to its `k`-th neighbour among the others; 0 for a copy.

    In more than 12 dimensions neighbours are found by products, to 1e-14 d times the largest squared distance from the
    first point, and their distances then taken from differences; 64 MiB beside the points and a copy of them. Raises
    `ValueError` for bad input.
    """
    points, k = validation.samples(points, "points"), validation.whole(k, "k", 1)
    n, d = points.shape
    if n <= k:
        raise ValueError(f"k must be < {n}, the number of points, got {k}")
    if d <= _TREE_DIMENSIONS:
        return cKDTree(points).query(points, k=[k + 1])[0][:, 0]
    centred = points - points[0]
    halves = (centred**2).sum(axis=1) / 2
    found = np.empty(n)
    rows = max(1, _BLOCK // n)
    held = np.empty((min(rows, n), n))
    for start in range(0, n, rows):
        own = np.arange(start, min(start + rows, n))
        # Half the squared distance less what is common to a row.
        away = np.matmul(centred[own], centred.T, out=held[: len(own)])
        np.subtract(halves, away, out=away)
        here = np.arange(len(own))
        away[here, own] = np.inf
        squared = np.empty((len(own), k))
        for number in range(k):
            nearest = away.argmin(axis=1)
            away[here, nearest] = np.inf
            squared[:, number] = ((points[own] - points[nearest]) ** 2).sum(axis=1)
        found[own] = np.sqrt(squared.max(axis=1))
    return found
