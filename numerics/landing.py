"""How far a trained network is from predicted weights, up to the symmetries that truly exist.

Units can be listed in any order. A block of one unit has no other freedom at λ > 0; a wider block can be turned by any
rotation that keeps its gates, so wider blocks are compared through their denoisers W2_kW1_kᵀ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from theory import validation


def column_distance(W: Float[Any, "d p"], predicted: Float[Any, "d p"]) -> float:
    """‖W − predicted‖_F / ‖predicted‖_F for the best order of W's columns.

    Raises `ValueError` for shapes that differ or a prediction of zero.
    """
    W, predicted = validation.real_array(W, "W", ndim=2), validation.real_array(predicted, "predicted", ndim=2)
    if predicted.shape != W.shape:
        raise ValueError(f"predicted must have the shape of W {W.shape}, got {predicted.shape}")
    size = float(np.linalg.norm(predicted))
    if not size > 0:
        raise ValueError(f"predicted must not be zero, got norm {size!r}")
    squared = ((W[:, :, None] - predicted[:, None, :]) ** 2).sum(axis=0)
    rows, columns = linear_sum_assignment(squared)
    return float(np.sqrt(squared[rows, columns].sum()) / size)


def block_distance(
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    predicted: Float[Any, "d q"],
    X: Float[Any, "n d"],
    labels: Int[Any, "n"],
) -> float:
    """√Σ_k‖A_k − A*_k‖² / √Σ_k‖A*_k‖² over clusters, A_k = W2_kW1_kᵀ the part of the network that fires on mean k.

    A*_k is the same for W1 = W2 = predicted. Raises `ValueError` for bad shapes or a prediction of zero.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    W1, W2 = validation.network(W1, W2, X.shape[1])
    predicted = validation.real_array(predicted, "predicted", ndim=2)
    if len(predicted) != X.shape[1]:
        raise ValueError(f"predicted must have shape ({X.shape[1]}, p) to match X, got {predicted.shape}")
    difference = size = 0.0
    for k in range(int(labels.max()) + 1):
        mean = X[labels == k].mean(axis=0)
        fires, should = mean @ W1 > 0, mean @ predicted > 0
        target = predicted[:, should] @ predicted[:, should].T
        difference += float(((W2[:, fires] @ W1[:, fires].T - target) ** 2).sum())
        size += float((target**2).sum())
    if not size > 0:
        raise ValueError(f"predicted must not be zero, got blocks of squared norm {size!r}")
    return float(np.sqrt(difference / size))
