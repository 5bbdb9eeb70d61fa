"""Candidates for the minimiser: block structures of all partitions, relaxed where gates leak.

For every partition of a hierarchy (`clustering`), from each distinct sample alone to all together, the blocks of
Theorem 3.1 with the widths that save most (`structures`) are a start. Where all gates are right they are minimisers and
their closed-form loss stands. On data that miss the hypotheses gates leak, units learn to be silent on other samples
(lateral inhibition), clusters share units: each start, spare units added, is relaxed on the mean-field objective
(`mean_field`), a little for all of them and to the end for the best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64

from . import validation
from .clustering import hierarchy
from .mean_field import Relaxed, relax
from .structures import Structure, block_structure

# Partitions tried, at most; quasi-Newton steps for each of them; how many go on, and for how many steps at most.
PARTITIONS, FIRST_STEPS, FINALISTS, LAST_STEPS = 40, 40, 4, 2000
# Length of spare columns, and of the noise that lifts a start off saddles, against the other columns.
SPARE, NUDGE = 0.3, 1e-3


class Candidate(NamedTuple):
    """A block structure and the network it relaxes to."""

    structure: Structure
    network: Relaxed


def candidates(
    X: Float[Any, "n d"],
    sigma: float,
    weight_decay: float,
    width: int,
    on_step: Callable[[str], object] = lambda _: None,
) -> tuple[Candidate, ...]:
    """Candidates of exactly `width` ≥ 1 units for samples X (n, d) at σ > 0, λ ≥ 0: the lowest mean-field loss first.

    The first four are relaxed to the end. At most 40 partitions are tried, their numbers of clusters spread evenly in
    ratio. Deterministic. `on_step` is told, in words, of every relaxation before it runs. Raises `ValueError` for bad
    input.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    width = validation.whole(width, "width", 1)
    if not X.any():
        raise ValueError(f"X must hold a sample that is not zero, got {len(X)} zeros")
    rng = np.random.default_rng(0)
    found = []
    for labels in _spread(hierarchy(X, sigma, weight_decay)):
        on_step(f"{labels.max() + 1} clusters")
        structure = block_structure(X, labels, width, sigma, weight_decay)
        start = _filled(structure.W, width, rng)
        found.append(Candidate(structure, relax(X, start, sigma, weight_decay, FIRST_STEPS)))
    found.sort(key=_loss)
    for rank, (structure, network) in enumerate(found[:FINALISTS]):
        on_step(f"finalist {rank + 1}, {structure.labels.max() + 1} clusters")
        found[rank] = Candidate(structure, relax(X, network.W1, sigma, weight_decay, LAST_STEPS))
    return tuple(sorted(found, key=_loss))


def _loss(candidate: Candidate) -> float:
    return candidate.network.loss


def _spread(partitions: list[Int64[np.ndarray, " n"]]) -> list[Int64[np.ndarray, " n"]]:
    counts = np.unique(np.geomspace(1, len(partitions), PARTITIONS).round().astype(int))
    return [partitions[len(partitions) - count] for count in counts]


def _filled(W: Float64[np.ndarray, "d q"], width: int, rng: np.random.Generator) -> Float64[np.ndarray, "d p"]:
    """The columns of W and spare ones in random directions, all nudged."""
    d, used = W.shape
    size = float(np.linalg.norm(W, axis=0).mean()) if used else 1.0
    spare = rng.standard_normal((d, width - used))
    spare *= SPARE * size / np.linalg.norm(spare, axis=0)
    return np.concatenate([W, spare], axis=1) + NUDGE * size * rng.standard_normal((d, width))
