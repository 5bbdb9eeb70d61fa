"""Rank of generated points among the nearest distances of a training set: small for copies, whatever the scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64
from scipy.spatial.distance import cdist

from theory import validation

# Numbers of a block of squared distances held at once: 64 MiB.
_BLOCK = 2**23


def neighbour_ranks(generated: Any, training: Any) -> Float64[np.ndarray, "m"]:
    """M = (R − ½)/(n + 1) of each of `generated` (m, d), by `theory.neighbour_rank`, beside `training` (n, d).

    R is the mid-rank of the point's distance to its nearest training point among the nearest distances of all n + 1
    points; no unit, mean ½ for points of the law of the training set, 1/(n + 1) for a copy where the training points
    are distinct. Ties count as such where squared differences are exact, as for grey levels. Takes (m + n)nd steps.
    Raises `ValueError` for bad input.
    """
    generated, training = _checked(generated, training)
    own = _within(training)
    found = np.empty(len(generated))
    rows = max(1, _BLOCK // len(training))
    for start in range(0, len(generated), rows):
        apart = cdist(generated[start : start + rows], training, "sqeuclidean")
        nearest = apart.min(axis=1, keepdims=True)
        # The new point may be nearer to a training point than all others are.
        np.minimum(apart, own, out=apart)
        less, equal = (apart < nearest).sum(axis=1), (apart == nearest).sum(axis=1)
        found[start : start + rows] = (less + (equal + 1) / 2) / (len(training) + 1)
    return found


def in_closest_pair(generated: Any, training: Any) -> Bool[np.ndarray, "m"]:
    """Whether each of `generated` (m, d) is as near to one of `training` (n, d) as any two of these are.

    Chance 2/(n + 1) for a point of the law of the training set if all distances differ. Raises `ValueError` for bad
    input.
    """
    generated, training = _checked(generated, training)
    closest = _within(training).min()
    rows = max(1, _BLOCK // len(training))
    blocks = (generated[start : start + rows] for start in range(0, len(generated), rows))
    return np.concatenate([cdist(block, training, "sqeuclidean").min(axis=1) <= closest for block in blocks])


def _within(training: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n"]:
    """Squared distance of each training point to the nearest other one."""
    found = np.empty(len(training))
    rows = max(1, _BLOCK // len(training))
    for start in range(0, len(training), rows):
        apart = cdist(training[start : start + rows], training, "sqeuclidean")
        apart[np.arange(len(apart)), np.arange(start, start + len(apart))] = np.inf
        found[start : start + rows] = apart.min(axis=1)
    return found


def _checked(generated: Any, training: Any) -> tuple[np.ndarray, np.ndarray]:
    generated, training = validation.samples(generated, "generated"), validation.samples(training, "training")
    if generated.shape[1] != training.shape[1]:
        raise ValueError(f"generated must have {training.shape[1]} columns as training, got {generated.shape[1]}")
    return generated, training
