"""Error of the neighbour estimate of entropy on normal points, from one dimension to those of image features.

384 is the dimension of the features in which a released estimate of the entropy of image sets is taken.
"""

from __future__ import annotations

import math

import numpy as np

from numerics.neighbour_distances import neighbour_distances
from numerics.sweep_declaration import Cell, Sweep
from theory.entropy import gaussian_entropy, neighbour_entropy

SETS = 60


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Mean of Ĥ − H over independent sets with its standard error, nats."""
    del device
    rows = []
    for cell in cells:
        n, d, k = int(cell["N"]), int(cell["d"]), int(cell["k"])
        rng = np.random.default_rng([n, d, k, int(cell["seed"])])
        found = [neighbour_entropy(neighbour_distances(rng.standard_normal((n, d)), k), d, k) for _ in range(SETS)]
        errors = np.array(found) - gaussian_entropy(d)
        rows.append((errors.mean(), errors.std(ddof=1) / math.sqrt(SETS)))
    values = np.array(rows)
    return {"bias": values[:, 0], "bias_error": values[:, 1]}


SWEEP = Sweep(
    name="entropy-bias",
    question="By how much is the neighbour estimate of entropy wrong on normal points, by dimension, number and k?",
    grid={"d": (1, 2, 3, 4, 6, 8, 10, 15, 20, 64, 384), "N": (30, 100, 300, 1000), "k": (1, 3, 5), "seed": (0,)},
    quick={"d": (1, 4, 20), "N": (30, 100), "k": (1, 3), "seed": (0,)},
    together=("d",),
    chunk=12,
    measure=measure,
)
