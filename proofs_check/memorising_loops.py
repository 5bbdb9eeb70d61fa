"""Loops that draw n points with replacement, again and again: all tables of draws, or random ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np


def all_ends(size: int, rounds: int) -> Iterator[list[int]]:
    """The originals of the points at the end, for each of the n^{ng} tables of draws."""
    maps = list(product(range(size), repeat=size))
    for table in product(maps, repeat=rounds):
        points = list(range(size))
        for draw in table:
            points = [points[j] for j in draw]
        yield points


def copies(
    rng: np.random.Generator, size: int, rounds: int, loops: int = 2000, start: np.ndarray | None = None
) -> np.ndarray:
    """(loops, n) copies of each original after some rounds of random loops, from `start` or one of each."""
    counts = np.ones((loops, size), dtype=np.int64) if start is None else start
    for _ in range(rounds):
        counts = rng.multinomial(size, counts / size)
    return counts
