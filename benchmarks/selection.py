"""Selection and neighbour entropy: seconds and memory against plain loops and scikit-learn's neighbours.

    python -m benchmarks.selection [--points 50000] [--dimension 64] [--share 0.5] [--loop 200] [--seed 0]

Normal points. Half of them are selected, as in the loops that keep N of 2N. Plain loops, one point at a time over all
points, are timed for `--loop` steps and scaled: for the threshold filter, a step is a look at half of the points that
are taken in the end, and there is one for each point in every scan. Memory is the largest numpy
allocation beside the points, as tracemalloc counts it in a run of its own.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from numerics.neighbour_distances import neighbour_distances
from numerics.selection import greedy_select, knn_entropy, threshold_decay_select


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result of one call."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak(work: Callable[[], Any]) -> float:
    """Largest allocation of one call, MiB."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


def plain_farthest(points: np.ndarray, steps: int, first: int) -> list[int]:
    """Farthest points with one pass over all points a step."""
    nearest, taken = np.full(len(points), np.inf), [first]
    while len(taken) < steps:
        nearest = np.minimum(nearest, ((points - points[taken[-1]]) ** 2).sum(axis=1))
        taken.append(int(nearest.argmax()))
    return taken


def plain_looks(points: np.ndarray, looks: int, taken: int) -> None:
    """The filter's look at a candidate, for some of them: its distances to all points taken."""
    for point in points[:looks]:
        (np.linalg.norm(points[:taken] - point, axis=1) > 0).all()


def main() -> None:
    """Print one line for each of the engines and its rivals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--loop", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    points = np.random.default_rng(given.seed).standard_normal((given.points, given.dimension))
    m = max(2, round(given.share * given.points))
    steps = min(given.loop, m)
    threshold, decay = 2.2 * np.sqrt(given.dimension), 0.95
    print(f"{given.points} points, d = {given.dimension}, {m} selected, {points.nbytes / 2**20:.0f} MiB of points")

    seconds, found = timed(lambda: greedy_select(points, m, given.seed))
    print(f"farthest points      {seconds:9.2f} s")
    seconds, plain = timed(lambda: plain_farthest(points, steps, int(found[0])))
    print(f"  plain loop         {seconds / steps * m:9.2f} s, from {steps} steps in {seconds:.2f} s")
    print(f"  the same points    {plain == found[:steps].tolist()}")

    seconds, found = timed(lambda: threshold_decay_select(points, m, threshold, decay, given.seed))
    print(f"threshold filter     {seconds:9.2f} s")
    seconds, _ = timed(lambda: plain_looks(points, steps, m // 2))
    print(f"  plain loop         {seconds / steps * len(points):9.2f} s a scan, from {steps} looks in {seconds:.2f} s")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, entropy = timed(lambda: knn_entropy(points, 1))
    print(f"neighbour entropy    {seconds:9.2f} s, {entropy:.3f} nats")
    seconds, (other, _) = timed(lambda: NearestNeighbors(n_neighbors=1, n_jobs=1).fit(points).kneighbors())
    print(f"  scikit-learn       {seconds:9.2f} s")
    ours = neighbour_distances(points, 1)
    print(f"  distances differ by at most {np.abs(ours / other[:, 0] - 1).max():.1e} of themselves")

    for name, work in {
        "farthest points": lambda: greedy_select(points, min(m, 2000), given.seed),
        "threshold filter": lambda: threshold_decay_select(points, min(m, 2000), threshold, decay, given.seed),
        "neighbour distances": lambda: neighbour_distances(points[: min(len(points), 10_000)], 1),
    }.items():
        print(f"memory, {name}: {peak(work):.0f} MiB, the copy of the points included")


if __name__ == "__main__":
    main()
