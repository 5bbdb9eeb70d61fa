"""Where a map of losses crosses from memorisation to generalisation, column by column.

A column of the map holds the runs that differ in the number of samples and the seed alone. Its crossing n* is where the
mean over seeds of ln(test loss/train loss) falls through ln 2 for the last time, linear in ln n between two numbers of
samples. Runs that have not converged are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64

from numerics.sweep_declaration import Cell
from numerics.sweeps.generic_boundary import sizes

# A fresh sample costs twice what a training sample costs.
LEVEL = math.log(2)


class Column(NamedTuple):
    """The converged runs at one d, p, σ and tying: numbers of samples and ln(test loss/train loss)."""

    d: int
    width: int
    sigma: float
    tied: bool
    samples: Int64[np.ndarray, " runs"]
    log_ratio: Float64[np.ndarray, " runs"]

    @property
    def crossing(self) -> float:
        """n*: 0 if it is below all numbers of samples, inf if above."""
        present = np.unique(self.samples)
        means = np.array([self.log_ratio[self.samples == n].mean() for n in present])
        return last_crossing(present, means, LEVEL)


def columns(arrays: Mapping[str, np.ndarray]) -> list[Column]:
    """The columns of a merged sweep of `numerics.sweeps.generic_boundary`, in the order of its grid."""
    keys: tuple[str, ...] = ("d", "width_ratio", "sample_ratio", "sigma", "tied")
    runs: dict[tuple[int, int, float, bool], list[tuple[int, float]]] = {}
    for row, values in enumerate(zip(*(arrays[key].tolist() for key in keys), strict=True)):
        cell: Cell = dict(zip(keys, values, strict=True))
        d, width, n = sizes(cell)
        found = runs.setdefault((d, width, float(cell["sigma"]), bool(cell["tied"])), [])
        if arrays["converged"][row]:
            found.append((n, float(np.log(arrays["test_loss"][row] / arrays["train_loss"][row]))))
    return [
        Column(*key, np.array([n for n, _ in found], dtype=np.int64), np.array([value for _, value in found]))
        for key, found in runs.items()
        if found
    ]


def last_crossing(counts: Int64[np.ndarray, " m"], values: Float[np.ndarray, " m"], level: float) -> float:
    """Where `values` at increasing `counts` > 0 fall through `level` for the last time, linear in ln(count).

    0 where all values are below the level, inf where the last one is above it.
    """
    above = np.flatnonzero(values > level)
    if not above.size:
        return 0.0
    last = int(above[-1])
    if last == len(values) - 1:
        return math.inf
    share = (values[last] - level) / (values[last] - values[last + 1])
    return float(counts[last] * (counts[last + 1] / counts[last]) ** share)
