"""Generic data: train and test loss over width and number of samples, for the boundary of memorisation.

Samples are standard normal in R^d, their number and the width multiples of d. A network descends on noise drawn afresh,
from a small random start, and then on the exact objective until its gradient is small. Both losses are exact and
without decay; the test loss is a mean over fresh samples.
"""

from __future__ import annotations

import numpy as np

from numerics.descent import descend
from numerics.objective import expected_loss
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep

WEIGHT_DECAY = 1e-4
# Start: standard deviation of a weight, as a share of d^(−1/2).
START = 0.8
FRESH_SAMPLES = 1000
FRESH_STEPS, FRESH_RATE, DRAWS, FRESH_CHECK = 1500, 0.02, 4, 100
EXACT_STEPS, EXACT_RATE, EXACT_CHECK = 1000, 0.002, 20
# Exact gradient norm over the mean square of the samples. Descending on from there to 1e-5 lowers the train loss by a
# percent or two, which is less than what seeds differ by.
TOLERANCE = 1e-3


def sizes(cell: Cell) -> tuple[int, int, int]:
    """Dimension d, width p and number of samples n of a cell."""
    d = int(cell["d"])
    return d, round(cell["width_ratio"] * d), round(cell["sample_ratio"] * d)


def samples(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Training samples (n, d) and fresh ones (1000, d) of a cell; networks that differ in σ or are tied share them."""
    d, width, n = sizes(cell)
    rows = np.random.default_rng([int(cell["seed"]), d, width, n]).standard_normal((n + FRESH_SAMPLES, d))
    return rows[:n], rows[n:]


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Losses where the networks of the cells end, and the exact gradient norm there (over the mean square of X)."""
    d, width, _ = sizes(cells[0])
    tied = bool(cells[0]["tied"])
    seeds = [int(cell["seed"]) for cell in cells]
    pairs = [samples(cell) for cell in cells]
    X = np.stack([train for train, _ in pairs])
    problem = X, width, np.array([float(cell["sigma"]) for cell in cells]), WEIGHT_DECAY
    shared = {"seeds": seeds, "tied": tied, "tolerance": TOLERANCE, "device": device}
    start = [START / d**0.5 * np.random.default_rng(seed).standard_normal((2, d, width)) for seed in seeds]
    W1, W2 = np.swapaxes(start, 0, 1)
    found = descend(
        *problem,
        **shared,
        optimizer=Optimizer("adam", FRESH_RATE),
        objective="fresh",
        draws=DRAWS,
        start=(W1, W1 if tied else W2),
        steps=FRESH_STEPS,
        check_every=FRESH_CHECK,
        dtype="float32",
    )
    found = descend(
        *problem,
        **shared,
        optimizer=Optimizer("adam", EXACT_RATE),
        start=(found.W1, found.W2),
        steps=EXACT_STEPS,
        check_every=EXACT_CHECK,
    )
    losses = [
        [float(expected_loss(W1, W2, rows, float(cell["sigma"]), 0.0)) for rows in pair]
        for W1, W2, pair, cell in zip(found.W1, found.W2, pairs, cells, strict=True)
    ]
    return {
        **dict(zip(("train_loss", "test_loss"), np.array(losses).T, strict=True)),
        "gradient": found.gradient_norm / (X**2).sum(axis=2).mean(axis=1),
        "converged": found.converged,
    }


SWEEP = Sweep(
    name="generic-boundary",
    question="Up to how many samples of generic data does a network of given width memorise?",
    grid={
        "d": (8, 16, 32, 64),
        "width_ratio": (0.25, 0.5, 1.0, 1.5, 2.0),
        "sample_ratio": (1.0, 2.0, 4.0, 8.0, 16.0),
        "tied": (False, True),
        "sigma": (0.1, 0.2, 0.4),
        "seed": (0, 1, 2),
    },
    quick={
        "d": (4, 6),
        "width_ratio": (0.5, 1.0, 1.5, 2.0, 3.0),
        "sample_ratio": (1.5, 3.0, 6.0, 11.0, 20.0),
        "tied": (False, True),
        "sigma": (0.1, 0.2, 0.4),
        "seed": (0, 1),
    },
    together=("d", "width_ratio", "sample_ratio", "tied"),
    chunk=30,
    measure=measure,
)
