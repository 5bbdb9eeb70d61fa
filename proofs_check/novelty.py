"""Distances from generated points to a training set and within one, many sets at once, by all pairs."""

from __future__ import annotations

import numpy as np


def novelty(generated: np.ndarray, training: np.ndarray, power: int) -> np.ndarray:
    """(…, m) distances of `generated` (…, m, d) to the nearest of `training` (…, n, d), to the power."""
    return np.sqrt(((generated[..., :, None, :] - training[..., None, :, :]) ** 2).sum(axis=-1)).min(axis=-1) ** power


def to_neighbour(points: np.ndarray) -> np.ndarray:
    """(…, n) distances of `points` (…, n, d) to the nearest other one."""
    squares = ((points[..., :, None, :] - points[..., None, :, :]) ** 2).sum(axis=-1)
    at = np.arange(points.shape[-2])
    squares[..., at, at] = np.inf
    return np.sqrt(squares.min(axis=-1))
