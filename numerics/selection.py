"""Subsets that are spread out, by farthest points or by a falling threshold, and entropy by neighbours.

Both selections take a point for its distance to those taken before. Distances only fall as points are taken, so an old
distance is an upper bound: most points need no look at most steps, and what they missed is made up in blocks, as
products of matrices. The results are those of the plain loops, up to the rounding of these products (1e-15 d times the
largest squared distance from the first point taken). Memory beside the points: a copy, and 64 MiB.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from theory import validation
from theory.entropy import TRUSTED_BIAS, gaussian_bias, neighbour_entropy

from .neighbour_distances import neighbour_distances

# Candidates that are followed step by step, and numbers of a block of squared distances.
_POOL, _BLOCK = 1024, 2**22


class UntrustedEntropyWarning(UserWarning):
    """The neighbour estimate should not be read as a differential entropy."""


def greedy_select(points: Any, m: int, seed: int) -> Int64[np.ndarray, "m"]:
    """Indices of m of n `points` (n, d) in the order taken: a random one, then always the farthest from those taken.

    Of several the first. Any two points taken are at least half the best possible least distance apart. Raises
    `ValueError` for bad input, m > n included.
    """
    points, m = _points_and_number(points, m)
    start = int(np.random.default_rng(validation.whole(seed, "seed", 0)).integers(len(points)))
    cloud = _Cloud(points - points[start])
    nearest = np.full(len(points), np.inf)
    taken = [start]
    caught_up = 0
    while len(taken) < m:
        cloud.approach(nearest, np.arange(len(points)), np.array(taken[caught_up:]))
        nearest[taken] = -np.inf
        caught_up = len(taken)
        size = min(_POOL, len(points) - 1)
        split = np.argpartition(nearest, -size)
        pool, outside = np.sort(split[-size:]), float(nearest[split[:-size]].max())
        now, coordinates, squares = nearest[pool], cloud.points[pool], cloud.squares[pool]
        # All distances are up to date for the first one; others must beat what those outside had.
        best = int(nearest.argmax())
        while len(taken) < m:
            taken.append(best)
            step = squares + cloud.squares[best] - 2 * (coordinates @ cloud.points[best])
            np.minimum(now, step, out=now)
            now[pool == best] = -np.inf
            place = int(now.argmax())
            if not now[place] > outside:
                break
            best = int(pool[place])
    return np.array(taken, dtype=np.int64)


def threshold_decay_select(points: Any, m: int, threshold: float, decay: float, seed: int) -> Int64[np.ndarray, "m"]:
    """Indices of m of n `points` (n, d) in the order taken by the threshold decay filter.

    Points are scanned in a random order; one is taken if its distance to all taken before is more than the threshold,
    first `threshold` > 0. After each scan it is multiplied by `decay`, 0 < decay < 1, until m points are taken. (To
    wait for a scan that takes none, as printed, takes the same points.) Thresholds at which a scan would take none are
    skipped. Copies of points taken exceed no threshold, so a plain loop never ends on them: they come last, in the
    order of the scan. Raises `ValueError` for bad input, m > n included.
    """
    points, m = _points_and_number(points, m)
    threshold, decay = validation.positive(threshold, "threshold"), validation.positive(decay, "decay")
    if decay >= 1:
        raise ValueError(f"decay must be < 1, got {decay!r}")
    left = np.random.default_rng(validation.whole(seed, "seed", 0)).permutation(len(points))
    cloud = _Cloud(points - points[left[0]])
    nearest = np.full(len(points), np.inf)
    taken = [int(left[0])]
    left = left[1:]
    cloud.approach(nearest, left, np.array(taken))
    while len(taken) < m:
        farthest = float(np.sqrt(max(nearest[left].max(), 0.0)))
        if farthest == 0:
            return np.array([*taken, *left[: m - len(taken)].tolist()], dtype=np.int64)
        threshold = _below(threshold, farthest, decay)
        taken += _scan(cloud, nearest, left, threshold, m - len(taken))
        left = left[nearest[left] > -np.inf]
        # Where the threshold was not under the farthest, the next is the product again.
        threshold *= decay
    return np.array(taken, dtype=np.int64)


def knn_entropy(points: Any, k: int = 1) -> float:
    """Kozachenko–Leonenko entropy of `points` (n, d), nats, by the distances to the `k`-th neighbours, k < n.

    Warns with `UntrustedEntropyWarning` where points have k copies or more (the estimate is −∞), or where the bias for
    a normal sample of this n, d and k is over 0.1 nats: in more than about ten dimensions, always. Raises `ValueError`
    for bad input.
    """
    distances = neighbour_distances(points, k)
    n, d = np.shape(points)
    copies = int((distances == 0).sum())
    if copies:
        message = f"{copies} of {n} points have {k} copies or more: there is no density, and the estimate is −∞"
        warnings.warn(message, UntrustedEntropyWarning, stacklevel=2)
    elif abs(bias := gaussian_bias(n, d, k)) > TRUSTED_BIAS:
        message = f"the estimate is {bias:+.2f} nats off for {n} normal points in {d} dimensions, k = {k}"
        warnings.warn(message, UntrustedEntropyWarning, stacklevel=2)
    return neighbour_entropy(distances, d, k)


class _Cloud:
    """Points with their squared lengths, for squared distances by products."""

    def __init__(self, points: Float64[np.ndarray, "n d"]) -> None:
        self.points = points
        self.squares = (points**2).sum(axis=1)

    def between(self, rows: np.ndarray, others: np.ndarray) -> Float64[np.ndarray, "rows others"]:
        """Squared distances."""
        products = self.points[rows] @ self.points[others].T
        products *= -2
        products += self.squares[rows][:, None]
        products += self.squares[others]
        return products

    def approach(self, nearest: np.ndarray, rows: np.ndarray, taken: np.ndarray) -> None:
        """Lower `nearest` at `rows` to the least squared distance to `taken`."""
        if not len(taken):
            return
        size = max(1, _BLOCK // max(len(taken), self.points.shape[1]))
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            nearest[block] = np.minimum(nearest[block], self.between(block, taken).min(axis=1))


def _scan(cloud: _Cloud, nearest: np.ndarray, order: np.ndarray, threshold: float, wanted: int) -> list[int]:
    """One scan in `order`; `nearest` ends up to date with what it takes, and at −∞ for that."""
    taken: list[int] = []
    limit = threshold * threshold
    candidates = order[nearest[order] > limit]
    for start in range(0, len(candidates), _POOL):
        block = candidates[start : start + _POOL]
        cloud.approach(nearest, block, np.array(taken, dtype=np.int64))
        block = block[nearest[block] > limit]
        now, between = nearest[block], cloud.between(block, block)
        place = 0
        while len(taken) < wanted and len(ahead := np.flatnonzero(now[place:] > limit)):
            place += int(ahead[0])
            taken.append(int(block[place]))
            np.minimum(now, between[place], out=now)
            place += 1
        if len(taken) == wanted:
            return taken
    cloud.approach(nearest, order, np.array(taken, dtype=np.int64))
    nearest[taken] = -np.inf
    return taken


def _below(threshold: float, farthest: float, decay: float) -> float:
    """The first of threshold, threshold·decay, … that is under `farthest`."""
    if threshold < farthest:
        return threshold
    # One step short by logarithms, then by products, which rounding may hold up where decay is next to 1.
    threshold *= decay ** max(np.floor(np.log(farthest / threshold) / np.log(decay)) - 1, 0)
    for _ in range(4):
        if threshold < farthest:
            return threshold
        threshold *= decay
    return float(np.nextafter(farthest, 0))


def _points_and_number(points: Any, m: int) -> tuple[Float64[np.ndarray, "n d"], int]:
    points, m = validation.samples(points, "points"), validation.whole(m, "m", 1)
    if m > len(points):
        raise ValueError(f"m must be <= {len(points)}, the number of points, got {m}")
    return points, m
