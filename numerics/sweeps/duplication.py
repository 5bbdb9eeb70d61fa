"""Duplication against weight decay: up to which λ a sample that occurs m times among n is stored (BR Corollary 3.4).

Distinct samples have pairwise negative inner products; the first, x, is the one that decay removes first: it should be
stored exactly while nλ < m‖x‖². Networks have two units a distinct sample and descend on the exact objective, from
units at the samples ("planted") and from a Gaussian start ("random"). What is measured is the gain x·f(x)/‖x‖² of the
network f, which asks nothing of how units are shared out; at the memorising weights it is

    (m‖x‖² − nλ)_+/(m‖x‖² + mσ²).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from numerics.descent import descend
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep
from theory.block_minimizer import COUNT, DUPLICATED_GAIN, MULTIPLICITY, SIGMA, SQUARED_NORM, WEIGHT_DECAY
from theory.separability import regular_simplex

# Length of a planted unit, and the deviation of what is added to it; in units of which a stored sample has about one.
PLANTED, SPREAD = 0.5, 0.1
# Deviation of a weight at a random start, times √d.
RANDOM = 0.7
RATE, STEPS, CHECK, TOLERANCE = 0.01, 6000, 100, 1e-6


class Setting(NamedTuple):
    """Lengths and copies of the distinct samples in R^d, the first the one at stake, how far they are from regular
    simplex directions, and σ."""

    d: int
    lengths: tuple[float, ...]
    copies: tuple[int, ...]
    uneven: float
    sigma: float


SETTINGS = {
    "single": Setting(3, (1.0, 1.5, 1.5), (1, 1, 1), 0.0, 0.1),
    "pair": Setting(2, (1.0, 1.3), (2, 3), 0.3, 0.2),
    "triple": Setting(3, (1.0, 1.3, 1.5), (3, 2, 2), 0.0, 0.1),
    "small": Setting(4, (0.5, 1.0, 0.8), (3, 2, 2), 0.1, 0.05),
    "four": Setting(6, (1.0, 1.2, 1.6, 1.9), (2, 2, 1, 1), 0.1, 0.05),
    "large": Setting(8, (3.0, 4.0, 3.5, 4.5), (2, 2, 2, 2), 0.1, 0.2),
    "noisy": Setting(3, (1.0, 1.4, 1.5), (2, 2, 2), 0.0, 0.35),
    "many": Setting(32, tuple(np.linspace(1.0, 1.6, 16).tolist()), (4,) * 16, 0.02, 0.01),
}


def samples(name: str) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "M d"]]:
    """All samples of a setting with their copies, and the distinct ones; the first is the one at stake."""
    setting = SETTINGS[name]
    rng = np.random.default_rng([*name.encode()])
    directions = regular_simplex(len(setting.lengths), setting.d)
    directions = directions + setting.uneven / len(directions) * rng.standard_normal(directions.shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    turn = np.linalg.qr(rng.standard_normal((setting.d, setting.d)))[0]
    distinct = np.array(setting.lengths)[:, None] * directions @ turn
    return np.repeat(distinct, setting.copies, axis=0), distinct


def predicted_threshold(name: str) -> float:
    """λ* = m‖x‖²/n of a setting."""
    setting = SETTINGS[name]
    return setting.copies[0] * setting.lengths[0] ** 2 / sum(setting.copies)


def predicted_gain(name: str, weight_decay: float) -> float:
    """x·f(x)/‖x‖² at the memorising weights: 0 beyond the threshold."""
    setting = SETTINGS[name]
    if weight_decay >= predicted_threshold(name):
        return 0.0
    values = {
        SQUARED_NORM: setting.lengths[0] ** 2,
        MULTIPLICITY: setting.copies[0],
        COUNT: sum(setting.copies),
        SIGMA: setting.sigma,
        WEIGHT_DECAY: weight_decay,
    }
    return float(DUPLICATED_GAIN.subs(values))


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Where the networks of cells of one setting end: λ, the gain at the sample at stake, exact gradient norm."""
    name = cells[0]["setting"]
    X, distinct = samples(name)
    decays = np.array([cell["decay"] for cell in cells]) * predicted_threshold(name)
    starts = np.stack([_start(distinct, cell["start"], int(cell["seed"])) for cell in cells])
    found = descend(
        X,
        2 * len(distinct),
        SETTINGS[name].sigma,
        decays,
        seeds=[int(cell["seed"]) for cell in cells],
        start=(starts, starts),
        optimizer=Optimizer("adam", RATE),
        steps=STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    x = distinct[0]
    replies = np.einsum("bdp,bp->bd", found.W2, np.maximum(x @ found.W1, 0.0))
    return {
        "weight_decay": decays,
        "gain": replies @ x / (x @ x),
        "gradient": found.gradient_norm / (X**2).sum(axis=1).mean(),
        "converged": found.converged,
    }


def _start(distinct: Float64[np.ndarray, "M d"], kind: str, seed: int) -> Float64[np.ndarray, "d p"]:
    M, d = distinct.shape
    noise = np.random.default_rng(seed).standard_normal((d, 2 * M)) / np.sqrt(d)
    if kind == "random":
        return RANDOM * noise
    directions = (distinct / np.linalg.norm(distinct, axis=1, keepdims=True)).T
    return PLANTED * np.hstack([directions, directions]) + SPREAD * noise


SWEEP = Sweep(
    name="duplication",
    question="Up to which weight decay is a sample that occurs several times stored?",
    grid={
        "setting": tuple(SETTINGS),
        "decay": (0.8, 0.85, 0.9, 0.94, 0.96, 0.98, 1.02, 1.04, 1.06, 1.1, 1.15, 1.25),
        "start": ("planted", "random"),
        "seed": tuple(range(16)),
    },
    quick={
        "setting": tuple(name for name in SETTINGS if name != "many"),
        "decay": (0.8, 0.85, 0.9, 0.94, 0.97, 1.03, 1.06, 1.1, 1.2),
        "start": ("planted", "random"),
        "seed": (0, 1, 2),
    },
    together=("setting",),
    chunk=512,
    measure=measure,
)
