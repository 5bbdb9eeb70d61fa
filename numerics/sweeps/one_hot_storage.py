"""How many of n Gaussian samples in R^d a denoising autoencoder stores one-hot from a random start, n against d.

A sample is stored one-hot if a unit is on at it and at no other sample, and no unit is on at it beside such ones. That
needs a unit that can fire on it alone, so the share is at most that of `numerics.sweeps.isolation`, whose mean is
Wendel's, sample by sample; nothing says that descent on BR eq. 6 reaches it. Networks of 2n units, small σ and λ, exact
objective.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from numerics.descent import descend
from numerics.gate_pattern import gate_pattern, live_units
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep
from numerics.sweeps.isolation import samples
from theory.gating import isolable

SIGMA, DECAY = 0.05, 1e-3
# Deviation of a weight at the start, times √d.
START = 0.3
RATE, STEPS, CHECK, TOLERANCE = 0.02, 3000, 50, 1e-4


def codes_alone(W1: np.ndarray, W2: np.ndarray, X: np.ndarray) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """At which samples (n, d) a live unit of a network (d, p) is on alone, and at which of them no other one is."""
    on = gate_pattern(W1, X) & live_units(W1, W2)
    exclusive = on.sum(axis=0) == 1
    has = (on & exclusive).any(axis=1)
    return has, has & ~(on & ~exclusive).any(axis=1)


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Of the n samples of each cell: how many have a unit of their own, are stored one-hot, and are isolable.

    beyond: how many are stored one-hot but not isolable.
    """
    d, n = int(cells[0]["d"]), round(cells[0]["ratio"] * cells[0]["d"])
    seeds = [int(cell["seed"]) for cell in cells]
    X = np.stack([samples(d, n, seed) for seed in seeds])
    found = descend(
        X,
        2 * n,
        SIGMA,
        DECAY,
        seeds=seeds,
        optimizer=Optimizer("adam", RATE),
        start=START / d**0.5,
        steps=STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    own, one_hot = np.array([codes_alone(*end) for end in zip(found.W1, found.W2, X, strict=True)]).swapaxes(0, 1)
    able = np.stack([isolable(rows) for rows in X])
    return {
        "n": np.full(len(cells), n),
        "own": own.sum(axis=1),
        "one_hot": one_hot.sum(axis=1),
        "isolable": able.sum(axis=1),
        "beyond": (one_hot & ~able).sum(axis=1),
        "converged": found.converged,
    }


SWEEP = Sweep(
    name="one-hot-storage",
    question="What share of n Gaussian samples in R^d does an autoencoder store one-hot from a random start?",
    grid={"d": (2, 4, 8, 16), "ratio": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0), "seed": tuple(range(100))},
    quick={"d": (2, 3), "ratio": (1.0, 2.0, 3.0), "seed": tuple(range(12))},
    together=("d", "ratio"),
    chunk=100,
    measure=measure,
)
