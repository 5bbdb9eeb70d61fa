"""Excess training loss of the true parameters over the memoriser, against its leading term, from d = 8 to 2,048.

K = 12 means on the sphere of radius √d, σ⋆² = 1. `energy` is dψ_t, on which both error terms depend first of all.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from numerics.excess_draws import loss_draws
from numerics.sphere_mixture import means_on_sphere
from numerics.sweep_declaration import Cell, Sweep

COMPONENTS, DATA_VARIANCE = 12, 1.0
SETS, DRAWS = 40, 25


def means_of(d: int, seed: int) -> Float64[np.ndarray, "K d"]:
    """The means of the cells of one dimension and seed."""
    return means_on_sphere(np.random.default_rng([seed, 1]), COMPONENTS, d)


def time_of(d: int, energy: float) -> float:
    """t with d(1 − t²)/t² = energy."""
    return 1 / math.sqrt(1 + energy / d)


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Means over the data sets of both losses and of their difference, each with its standard error."""
    del device
    rows = []
    for cell in cells:
        d, seed = int(cell["d"]), int(cell["seed"])
        means, t = means_of(d, seed), time_of(d, float(cell["energy"]))
        # Every cell has draws of its own: errors of different cells are independent.
        own = int(np.random.SeedSequence([seed, d, int(cell["N"]), int(cell["energy"])]).generate_state(1)[0])
        found = loss_draws(means, int(cell["N"]), t, DATA_VARIANCE, sets=SETS, draws=DRAWS, seed=own)
        rows.append((found.generaliser, found.memoriser, found.generaliser - found.memoriser))
    values = np.array(rows)
    errors = values.std(axis=2, ddof=1) / math.sqrt(SETS)
    arrays = {}
    for number, name in enumerate(("generaliser", "memoriser", "excess")):
        arrays[name], arrays[f"{name}_error"] = values[:, number].mean(axis=1), errors[:, number]
    return arrays


SWEEP = Sweep(
    name="excess-loss",
    question="How much more training loss than the memoriser have the true parameters, and from which dψ as predicted?",
    grid={
        "d": (8, 16, 32, 64, 128, 256, 512, 1024, 2048),
        "N": (50, 200, 800),
        "energy": (2.0, 8.0, 16.0, 32.0, 64.0, 512.0),
        "seed": (0, 1),
    },
    quick={"d": (8, 32, 128), "N": (50, 200), "energy": (8.0, 64.0), "seed": (0,)},
    together=("d",),
    chunk=36,
    measure=measure,
)
