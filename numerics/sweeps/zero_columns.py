"""Zero columns beside the memorising weights: below which weight decay they grow (BR Corollary 3.2, p > n).

Samples have pairwise negative inner products. Small columns beside the memorising weights should grow exactly while
λ < λ_c(σ) of `theory.dead_units`. Networks of width n + 4 descend on the exact objective from the memorising weights
and four small columns orthogonal to samples in turn ("beside"), or from a Gaussian start ("random"). What is measured
is the mass Σ‖w_a‖‖v_a‖ of the columns away from all samples; those along a sample are one stored column, split.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from numerics.descent import descend
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep
from theory.block_minimizer import memorizing_weights
from theory.dead_units import critical_weight_decay

FURTHER = 4
# Length of a small column, and the deviation of what turns it, in units of σ.
LENGTH, TURN = 0.03, 0.3
# Deviation of a weight at a random start, times √d.
RANDOM = 0.7
# Columns of a smaller cosine to every sample are away from all.
AWAY = 0.99
RATE, STEPS, CHECK, TOLERANCE = 0.002, 5000, 100, 2e-8


class Setting(NamedTuple):
    """n samples of length 1 in R^d, cosine −opening between any two, and σ."""

    n: int
    d: int
    opening: float
    sigma: float


SETTINGS = {
    "one": Setting(1, 2, 1.0, 0.25),
    "one-quiet": Setting(1, 2, 1.0, 0.12),
    "one-in-four": Setting(1, 4, 1.0, 0.2),
    "pair-wide": Setting(2, 2, 0.9, 0.2),
    "pair-in-three": Setting(2, 3, 0.6, 0.15),
    "pair-close": Setting(2, 2, 0.3, 0.075),
    "three": Setting(3, 3, 0.45, 0.11),
    "five": Setting(5, 8, 0.2, 0.05),
}


def samples(name: str) -> Float64[np.ndarray, "n d"]:
    """The samples of a setting: rows whose Gram matrix is 1 on the diagonal and −opening elsewhere."""
    n, d, opening, _ = SETTINGS[name]
    values, vectors = np.linalg.eigh((1 + opening) * np.eye(n) - opening)
    rows = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.pad(rows, ((0, 0), (0, max(0, d - n))))[:, :d] if d >= n else rows[:, n - d :]


@cache
def predicted_threshold(name: str) -> float:
    """λ_c(σ) of a setting."""
    return critical_weight_decay(samples(name), SETTINGS[name].sigma)


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Where the networks of cells of one setting end: mass of the columns away from all samples, and the exact
    gradient norm."""
    name = cells[0]["setting"]
    setting, X = SETTINGS[name], samples(name)
    decays = np.array([cell["decay"] for cell in cells]) * predicted_threshold(name)
    starts = np.stack(
        [
            _start(name, float(decay), cell["start"], int(cell["seed"]))
            for cell, decay in zip(cells, decays, strict=True)
        ]
    )
    found = descend(
        X,
        starts.shape[2],
        setting.sigma,
        decays,
        seeds=[int(cell["seed"]) for cell in cells],
        start=(starts, starts),
        optimizer=Optimizer("adam", RATE),
        steps=STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    lengths = np.linalg.norm(found.W1, axis=1)
    cosines = (X @ found.W1 / np.where(lengths > 0, lengths, 1.0)[:, None]).max(axis=1)
    masses = lengths * np.linalg.norm(found.W2, axis=1)
    return {
        "weight_decay": decays,
        "away": np.where(cosines < AWAY, masses, 0.0).sum(axis=1),
        "gradient": found.gradient_norm,
        "converged": found.converged,
    }


def _start(name: str, weight_decay: float, kind: str, seed: int) -> Float64[np.ndarray, "d p"]:
    (n, d, _, sigma), X = SETTINGS[name], samples(name)
    rng = np.random.default_rng(seed)
    if kind == "random":
        return RANDOM / np.sqrt(d) * rng.standard_normal((d, n + FURTHER))
    columns = []
    for number in range(FURTHER):
        x, sign = X[number // 2 % n], 1 - 2 * (number % 2)
        # In the plane the two directions across a sample, elsewhere random ones.
        across = np.array([-x[1], x[0]]) if d == 2 else rng.standard_normal(d)
        across = sign * (across - across @ x * x)
        column = across / np.linalg.norm(across) + TURN * sigma * rng.standard_normal(d)
        columns.append(LENGTH * column)
    return np.column_stack([memorizing_weights(X, sigma, weight_decay), *columns])


SWEEP = Sweep(
    name="zero-columns",
    question="Below which weight decay do zero columns beside the memorising weights grow?",
    grid={
        "setting": tuple(SETTINGS),
        "decay": (0.8, 0.85, 0.9, 0.94, 0.96, 0.98, 1.02, 1.04, 1.06, 1.1, 1.15, 1.25),
        "start": ("beside", "random"),
        "seed": tuple(range(16)),
    },
    quick={
        "setting": tuple(name for name in SETTINGS if name != "five"),
        "decay": (0.85, 0.9, 0.94, 0.97, 1.03, 1.06, 1.12),
        "start": ("beside", "random"),
        "seed": (0, 1),
    },
    together=("setting",),
    chunk=512,
    measure=measure,
)
