"""Distances from generated points to the nearest training point, and the generalisation score made of them."""

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


def training_distances(generated: Any, training: Any) -> Float64[np.ndarray, "m"]:
    """Euclidean distance of each of `generated` (m, d) to the nearest of `training` (n, d); 0 for a copy.

    In more than 12 dimensions the nearest is found by products, to 1e-14 d times the largest squared distance from the
    first training point, and its distance then taken from differences. Raises `ValueError` for bad input.
    """
    generated, training = validation.samples(generated, "generated"), validation.samples(training, "training")
    if generated.shape[1] != training.shape[1]:
        raise ValueError(f"generated must have {training.shape[1]} columns as training, got {generated.shape[1]}")
    if training.shape[1] <= _TREE_DIMENSIONS:
        return np.asarray(cKDTree(training).query(generated)[0])
    centred, moved = training - training[0], generated - training[0]
    halves = (centred**2).sum(axis=1) / 2
    nearest = np.empty(len(moved), dtype=np.int64)
    rows = max(1, _BLOCK // len(training))
    for start in range(0, len(moved), rows):
        # Half the squared distance less what is common to a row.
        nearest[start : start + rows] = (halves - moved[start : start + rows] @ centred.T).argmin(axis=1)
    return np.sqrt(((generated - training[nearest]) ** 2).sum(axis=1))


def generalisation_score(generated: Any, training: Any, power: int = 2) -> float:
    """GS: mean over `generated` (m, d) of min_z ‖x − z‖^q, z in `training` (n, d), q = `power` >= 1.

    In units of a length to the power q; MC's mean squared error per pixel is this over d, q = 2. Raises `ValueError`
    for bad input.
    """
    return float((training_distances(generated, training) ** validation.whole(power, "power", 1)).mean())


def log_score(generated: Any, training: Any) -> float:
    """Mean of log min_z ‖x − z‖ over `generated` (m, d), z in `training` (n, d): log of the geometric GS, q = 1.

    −∞ if a generated point is a copy. Raises `ValueError` for bad input.
    """
    distances = training_distances(generated, training)
    return float(np.log(distances).mean()) if distances.all() else -float("inf")
