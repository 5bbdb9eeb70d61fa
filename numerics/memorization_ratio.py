"""Which generated samples are copies of training samples: the nearest against the second nearest (EM's criterion).

A sample y is memorised at the threshold c when its squared distance to the nearest training sample is at most c times
that to the second nearest; the memorisation ratio is the share of such samples. Copies among the training samples are
one: otherwise an exact copy of a duplicated sample would count as new.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation
from theory.clustering import distinct_samples

# Squared distances held at once, in numbers of 8 bytes.
_BLOCK = 2**23


def two_nearest(samples: Float[Any, "*b m d"], X: Float[Any, "n d"]) -> Float64[np.ndarray, "*b m 2"]:
    """Squared distances from each of `samples` to the nearest and the second nearest distinct row of X (n, d).

    Raises `ValueError` for bad input and for X of fewer than two distinct samples.
    """
    rows = distinct_samples(X).rows
    points = validation.real_array(samples, "samples")
    if points.ndim < 2 or points.shape[-1] != rows.shape[1]:
        raise ValueError(f"samples must have shape (…, m, {rows.shape[1]}) to match X, got {points.shape}")
    if len(rows) < 2:
        raise ValueError(f"X must hold at least two distinct samples, got {len(rows)}")
    flat = points.reshape(-1, points.shape[-1])
    return two_nearest_rows(flat, rows).reshape(*points.shape[:-1], 2)


def two_nearest_rows(
    points: Float64[np.ndarray, "m d"], rows: Float64[np.ndarray, "n d"]
) -> Float64[np.ndarray, "m 2"]:
    """As `two_nearest`, for n >= 2 `rows` that are known to be distinct; neither argument is checked."""
    # Near the origin products lose less; what is returned is taken from differences.
    centre = rows.mean(axis=0)
    rows, points = rows - centre, points - centre
    half = (rows**2).sum(axis=1) / 2
    found = np.empty((len(points), 2))
    at_once = max(1, _BLOCK // len(rows))
    for start in range(0, len(points), at_once):
        block = points[start : start + at_once]
        nearest = np.argpartition(half - block @ rows.T, 1, axis=1)[:, :2]
        found[start : start + at_once] = ((block[:, None] - rows[nearest]) ** 2).sum(axis=-1)
    return np.sort(found, axis=1)


def memorization_ratio(
    samples: Float[Any, "*b m d"], X: Float[Any, "n d"], c: Any
) -> float | Float64[np.ndarray, "..."]:
    """The share of `samples` memorised at the threshold c in (0, 1): one number, or (*b, *thresholds).

    `c` is one threshold or an array of them, all decided on the same distances. Raises `ValueError` for bad input.
    """
    thresholds = validation.real_array(c, "c")
    if ((thresholds <= 0) | (thresholds >= 1)).any():
        raise ValueError(f"c must lie in (0, 1), got {c!r}")
    near = two_nearest(samples, X)
    if near.shape[-2] == 0:
        raise ValueError(f"samples must hold at least one point, got shape {np.shape(samples)}")
    flat = thresholds.reshape(-1)
    shares = [(near[..., 0] <= value * near[..., 1]).mean(axis=-1) for value in flat.tolist()]
    ratio = np.stack(shares, axis=-1).reshape((*near.shape[:-2], *thresholds.shape))
    return ratio if ratio.ndim else float(ratio)
