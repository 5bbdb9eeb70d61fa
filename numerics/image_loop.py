"""A loop of generations on images: a model is trained from scratch on a set, what it draws goes into the next set.

Generation g trains on D_g, N images, and draws G_g; D_0 is real. Replace: D_{g+1} is G_g, or N chosen of 2N drawn.
Accumulate: D_{g+1} is N of the pool of D_0, G_0, …, G_g, in equal shares at random, or chosen. Choosing is greedy or by
the threshold decay filter (MC), on distances of pixels. Several sets go side by side through one loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from numerics.selection import greedy_select, threshold_decay_select

# MC's fall of the threshold. It begins above every distance, as in MC's settings.
FALL = {"replace": 0.95, "accumulate": 0.8}


# Trains on each of some sets (sets, n, d) from scratch, and draws as many samples of each: (sets, draws, d), by a seed.
Learner = Callable[[np.ndarray, int, int], np.ndarray]


@dataclass(frozen=True)
class Policy:
    """What the next training set is taken from, and how."""

    keeps: Literal["replace", "accumulate"]
    selects: Literal["random", "greedy", "filter"] = "random"

    def draws(self, n: int) -> int:
        """How many a generation draws for training sets of n."""
        return 2 * n if self.keeps == "replace" and self.selects != "random" else n


POLICIES = {
    "replace": Policy("replace"),
    "accumulate": Policy("accumulate"),
    "replace-greedy": Policy("replace", "greedy"),
    "accumulate-greedy": Policy("accumulate", "greedy"),
    "replace-filter": Policy("replace", "filter"),
    "accumulate-filter": Policy("accumulate", "filter"),
}


@dataclass(frozen=True, eq=False)
class Generation:
    """Training sets (sets, n, d) and what their models drew (sets, draws, d)."""

    training: Float64[np.ndarray, "sets n d"]
    generated: Float64[np.ndarray, "sets draws d"]


def generations(
    real: Float64[np.ndarray, "sets n d"], learner: Learner, policy: Policy, seed: int
) -> Iterator[Generation]:
    """Generation 0, 1, … without end, from the sets `real`, which are not checked.

    Raises `ValueError` for a learner that draws another number of images, or numbers that are not finite.
    """
    sets, n, d = real.shape
    training, draws = real, policy.draws(n)
    pools = [training]
    number = 0
    while True:
        generated = learner(training, draws, int(np.random.SeedSequence([seed, number]).generate_state(1)[0]))
        if generated.shape != (sets, draws, d) or not np.isfinite(generated).all():
            raise ValueError(f"learner must draw finite images of shape {(sets, draws, d)}, got {generated.shape}")
        yield Generation(training, generated)
        pools = [generated] if policy.keeps == "replace" else [*pools, generated]
        # A stream of its own for each set.
        rngs = [np.random.default_rng([seed, number, place]) for place in range(sets)]
        training = np.stack([_next([pool[place] for pool in pools], n, policy, rng) for place, rng in enumerate(rngs)])
        number += 1


def _next(pools: list[np.ndarray], n: int, policy: Policy, rng: np.random.Generator) -> np.ndarray:
    points = np.concatenate(pools)
    if policy.selects == "random":
        return points[_equal_shares([len(pool) for pool in pools], n, rng)]
    seed = int(rng.integers(2**31))
    if policy.selects == "greedy":
        return points[greedy_select(points, n, seed)]
    above = 2 * float(np.linalg.norm(points - points.mean(axis=0), axis=1).max())
    if not above:
        raise ValueError(f"learner must draw images that differ, got {len(points)} copies of one")
    return points[threshold_decay_select(points, n, above, FALL[policy.keeps], seed)]


def _equal_shares(sizes: list[int], n: int, rng: np.random.Generator) -> np.ndarray:
    """Places of n points of pools one after the other, as many from each; what is left over from pools at random."""
    counts = np.full(len(sizes), n // len(sizes))
    counts[rng.permutation(len(sizes))[: n % len(sizes)]] += 1
    starts = np.cumsum([0, *sizes[:-1]])
    chosen = [start + rng.permutation(size)[:count] for start, size, count in zip(starts, sizes, counts, strict=True)]
    return np.concatenate(chosen)
