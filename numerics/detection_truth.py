"""Which samples are memorised, from the training set alone: a copy of one image that was repeated in training.

A sample is memorised when its nearest training image was repeated, and is at most a third as far as the second nearest
distinct one; a sample is generalised when its nearest is more than half as far as the second. Between the two, and for
near copies of images that were not repeated, nothing is decided, and such samples are left out and counted. The
thresholds were fixed before any network was scored: a third is EM's c = 1/9 in squared distance, and one half leaves a
gap. No score of any detector enters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int8, Int64

from theory import validation

MEMORISED, GENERALISED, UNDECIDED = 1, 0, -1
COPY, NEW = 1 / 3, 1 / 2
_AT_ONCE = 2048


@dataclass(frozen=True)
class Truth:
    """Of m samples: `kind` is `MEMORISED`, `GENERALISED` or `UNDECIDED`; `ratio` the nearest over the second nearest
    distance; `origin` the row of the nearest training image.
    """

    kind: Int8[np.ndarray, " m"]
    ratio: Float64[np.ndarray, " m"]
    origin: Int64[np.ndarray, " m"]


def ground_truth(samples: Any, training: Any, repeated: Any) -> Truth:
    """The truth about samples (m, d) of a network trained on images (n, d), of which `repeated` (n,) came often.

    Rows of `training` that are equal are one image, repeated if any of them is said to be. The ratio is 1 where both
    distances are 0. Raises `ValueError` for bad input and for fewer than two distinct images.
    """
    points, images = validation.samples(samples, "samples"), validation.samples(training, "training")
    if points.shape[1] != images.shape[1]:
        raise ValueError(f"samples must have the {images.shape[1]} coordinates of training, got {points.shape[1]}")
    marked = np.asarray(repeated)
    if marked.dtype != np.bool_ or marked.shape != (len(images),):
        raise ValueError(
            f"repeated must be booleans, one for each of {len(images)} images, got {marked.dtype} {marked.shape}"
        )
    rows, first, same = np.unique(images, axis=0, return_index=True, return_inverse=True)
    if len(rows) < 2:
        raise ValueError(f"training must hold at least two distinct images, got {len(rows)}")
    often = np.zeros(len(rows), dtype=bool)
    np.logical_or.at(often, same.reshape(-1), marked)
    distances, nearest = _nearest_two(points, rows)
    ratio = np.divide(distances[:, 0], distances[:, 1], out=np.ones(len(points)), where=distances[:, 1] > 0)
    kind = np.full(len(points), UNDECIDED, dtype=np.int8)
    kind[ratio > NEW] = GENERALISED
    kind[(ratio <= COPY) & often[nearest]] = MEMORISED
    return Truth(kind, ratio, first[nearest].astype(np.int64))


def _nearest_two(
    points: Float64[np.ndarray, "m d"], rows: Float64[np.ndarray, "n d"]
) -> tuple[Float64[np.ndarray, "m 2"], Int64[np.ndarray, " m"]]:
    """Distances to the nearest two of the rows, and which is nearest."""
    centre = rows.mean(axis=0)
    moved = torch.from_numpy(rows - centre)
    halves = moved.square().sum(dim=1) / 2
    distances, nearest = np.empty((len(points), 2)), np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), _AT_ONCE):
        part = torch.from_numpy(points[start : start + _AT_ONCE] - centre)
        # Candidates by products; their distances from differences, which lose less near a copy.
        found = (halves - part @ moved.T).topk(2, largest=False).indices
        apart, order = (part[:, None] - moved[found]).norm(dim=2).sort(dim=1)
        distances[start : start + len(part)] = apart.numpy()
        nearest[start : start + len(part)] = found.gather(1, order)[:, 0].numpy()
    return distances, nearest
