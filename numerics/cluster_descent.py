"""Descent on samples of separated clusters, from near the block minimiser or from random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numerics.descent import descend
from numerics.optimizers import Optimizer
from numerics.separated_clusters import Clusters, draw, draw_exact, end, separated_clusters
from numerics.sweep_declaration import Cell
from theory.block_minimizer import block_weights

CHECK = 50
# Units of absent clusters, and fresh samples of a cluster for each dimension.
ABSENT, FRESH = -1, 4


@dataclass(frozen=True)
class Setting:
    """What the cells of a sweep share: noise, population, units a cluster for (d, n_k), start and descent.

    near: deviation of a weight from the block minimiser at the start, or, where `at_random`, from zero. tolerance: of
    the exact gradient norm, over the mean square of the samples. most: clusters of a cell at most.
    """

    sigma: float
    length: float
    spikes: tuple[float, ...]
    bulk: float
    units: Callable[[int, int], int]
    near: float
    rate: float
    steps: int
    tolerance: float
    most: int
    at_random: bool = False

    def clusters(self, cell: Cell) -> Clusters:
        """The population of a cell {"d", "clusters", "samples", "seed"}."""
        return separated_clusters(int(cell["clusters"]), self.length, np.array(self.spikes), self.bulk, int(cell["d"]))

    def samples(self, cell: Cell) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Training samples (M·n_k, d), n_k = `samples`, their labels, and fresh samples without fluctuation."""
        d, n = int(cell["d"]), int(cell["samples"])
        rng = np.random.default_rng([int(cell["seed"]), d, int(cell["clusters"]), n])
        return *draw(self.clusters(cell), n, rng), draw_exact(self.clusters(cell), FRESH * d, rng)[0]

    def measure(self, cells: list[Cell], device: str) -> dict[str, np.ndarray]:
        """What the networks of cells of equal d, clusters and samples have become (`separated_clusters.End`)."""
        d, count, n = (int(cells[0][key]) for key in ("d", "clusters", "samples"))
        units = self.units(d, n)
        shape = d, units * count
        drawn = [self.samples(cell) for cell in cells]
        starts = []
        for cell, (X, labels, _) in zip(cells, drawn, strict=True):
            moved = self.near * np.random.default_rng(int(cell["seed"])).standard_normal((2, *shape))
            block = 0.0 if self.at_random else block_weights(X, labels, [units] * count, self.sigma, 0.0)
            starts.append(block + moved)
        found = descend(
            np.stack([X for X, _, _ in drawn]),
            units * count,
            self.sigma,
            0.0,
            seeds=[int(cell["seed"]) for cell in cells],
            optimizer=Optimizer("adam", self.rate),
            start=tuple(np.stack(starts, axis=1)),
            steps=self.steps,
            tolerance=self.tolerance,
            check_every=CHECK,
            device=device,
        )
        ends = [end(W1, W2, *known, sigma=self.sigma) for W1, W2, known in zip(found.W1, found.W2, drawn, strict=True)]
        opened = np.full((len(cells), self.most), ABSENT)
        opened[:, :count] = [stop.open_units for stop in ends]
        return {
            "train_loss": np.array([stop.train for stop in ends]),
            "test_loss": np.array([stop.test for stop in ends]),
            "block_loss": np.array([stop.block for stop in ends]),
            "mixed_units": np.array([stop.mixed for stop in ends]),
            "open_units": opened,
            "gradient": found.gradient_norm / np.array([(X**2).sum(axis=1).mean() for X, _, _ in drawn]),
            "steps": found.steps,
            "converged": found.converged,
        }
