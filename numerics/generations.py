"""Loops of generations, batched over independent replicates: a model is fitted to a training set, and draws the next.

What the training set of a later generation is made of, n points a generation:

    replace               the n points that the last model drew
    fresh                 of n, a fixed number real and new, the others drawn by the last model
    accumulate            all points ever, the real ones of the start among them
    accumulate-subsample  n of all points ever, drawn without replacement

A model is any pair of functions: Gaussians (`numerics.refit_simulation`), mixtures (`numerics.mixture_loop`), linear
denoisers (`numerics.flow_simulation`), ReLU autoencoders (`numerics.autoencoder_chain`), or none at all: `MEMORISER`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from theory import validation

POLICIES = ("replace", "fresh", "accumulate", "accumulate-subsample")

Points = np.ndarray
"""Points of all replicates: (replicates, n, d)."""


class Model(NamedTuple):
    """`fit(points, rng)` to the training sets (replicates, N, d) of all replicates; `draw(fit, n, rng)` n points of
    each fit, (replicates, n, d)."""

    fit: Callable[[Points, np.random.Generator], Any]
    draw: Callable[[Any, int, np.random.Generator], Points]


class Generation(NamedTuple):
    """One generation: the training sets, what was fitted to them, and all points that were known by then."""

    training: Points
    fit: Any
    pool: Points


def _drawn_again(points: Points, n: int, rng: np.random.Generator) -> Points:
    chosen = rng.integers(points.shape[1], size=(len(points), n))
    return np.take_along_axis(points, chosen[:, :, None], axis=1)


MEMORISER = Model(lambda points, rng: points, _drawn_again)
"""The model that is its training set, and draws from it with replacement."""


def generations(
    real: Callable[[int, np.random.Generator], Points],
    model: Model,
    policy: str,
    n: int,
    count: int,
    rng: np.random.Generator,
    *,
    fresh: int = 0,
) -> Iterator[Generation]:
    """Generations 0 … `count`, the first fitted to `real(n, rng)`: n real points of each replicate, (replicates, n, d).

    `policy` is one of POLICIES; `fresh`, for "fresh" alone, is how many of the n points of a later generation are real
    and new, 0 <= fresh <= n. Raises `ValueError` for bad input, before any point is drawn.
    """
    if policy not in POLICIES:
        raise ValueError(f"policy must be one of {', '.join(POLICIES)}, got {policy!r}")
    n, count = validation.whole(n, "n", 1), validation.whole(count, "count", 0)
    fresh = validation.whole(fresh, "fresh", 0)
    if fresh > n:
        raise ValueError(f"fresh must be <= n = {n}, got {fresh}")
    if fresh and policy != "fresh":
        raise ValueError(f"fresh must be 0 where policy is {policy!r}, got {fresh}")
    return _run(real, model, policy, n, count, rng, fresh)


def _run(
    real: Callable[[int, np.random.Generator], Points],
    model: Model,
    policy: str,
    n: int,
    count: int,
    rng: np.random.Generator,
    fresh: int,
) -> Iterator[Generation]:
    grows = policy.startswith("accumulate")
    training = pool = real(n, rng)
    for g in range(count + 1):
        fit = model.fit(training, rng)
        yield Generation(training, fit, pool)
        if g == count:
            return
        # A model is asked for no points that are not used.
        parts = [model.draw(fit, n - fresh, rng)] if fresh < n else []
        training = np.concatenate([*parts, real(fresh, rng)], axis=1) if fresh else parts[0]
        pool = np.concatenate([pool, training], axis=1) if grows else training
        if grows:
            training = _without_replacement(pool, n, rng) if policy == "accumulate-subsample" else pool


def _without_replacement(pool: Points, n: int, rng: np.random.Generator) -> Points:
    order = np.tile(np.arange(pool.shape[1]), (len(pool), 1))
    return np.take_along_axis(pool, rng.permuted(order, axis=1)[:, :n, None], axis=1)
