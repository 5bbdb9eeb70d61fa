"""Sparse or split columns: how each optimiser shares a stored sample out among the columns of a wide network.

Samples near the vertices of a regular simplex have negative inner products; a network with more units than samples
stores each of them at BR Corollary 3.2's weights, in one column or split into several parallel ones, at equal loss. λ
is far above the critical weight decay, so that zero columns are stable as well: nothing but the path decides. All
optimisers start from the same random weights. Measured are the shares q_a of the mass ‖w_a‖‖v_a‖ that the columns on at
a sample alone have: the sample is sparse if one has at least 0.99 of it, else split, into 1/Σq² columns effectively.
Shares t² = q multiply its part of the ∞→∞ norm of the Hessian by t_max‖t‖₁ (`theory.smoothness`).

SGD, Adam and RMSprop descend on the exact objective, and converge as everywhere, by its exact gradient. AdamW takes the
decay out of its gradient and does not minimise BR eq. 6, whose gradient does not vanish where it ends: its runs are
counted by a rule of their own, a gradient of the data's part alone below 1e-3 mean‖x‖².
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from numerics.descent import descend
from numerics.gate_pattern import block_allocation
from numerics.objective import loss_and_gradient
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep
from theory.separability import regular_simplex
from theory.smoothness import split_factors

OPTIMIZERS = {
    "sgd": Optimizer("sgd", 0.1, 0.9),
    "adam": Optimizer("adam", 0.02),
    "adamw": Optimizer("adamw", 0.02),
    "rmsprop": Optimizer("rmsprop", 0.005),
}
# The largest share of a sample's mass from which it counts as sparse.
SPARSE = 0.99
SIGMA, DECAY = 0.05, 0.005
# Deviation of a weight at the start, times √d.
START = 0.3
STEPS, CHECK, TOLERANCE = 3000, 50, 1e-5
# AdamW's own rule: steps taken, and the largest gradient of the data's part over mean‖x‖².
STEPS_DECOUPLED, TOLERANCE_DECOUPLED = 1000, 1e-3


def samples(n: int, seed: int) -> Float64[np.ndarray, "n d"]:
    """n samples in R^{n+1} with negative inner products, of lengths 0.8 to 1.25."""
    rng = np.random.default_rng([seed, n])
    while True:
        directions = regular_simplex(n, n + 1) + 0.3 / (n - 1) * rng.standard_normal((n, n + 1)) / np.sqrt(n + 1)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        if (directions @ directions.T)[np.triu_indices(n, 1)].max() < -0.5 / (n - 1):
            return rng.uniform(0.8, 1.25, (n, 1)) * directions @ np.linalg.qr(rng.standard_normal((n + 1, n + 1)))[0]


def shares(
    W1: Float64[np.ndarray, "d p"], W2: Float64[np.ndarray, "d p"], X: Float64[np.ndarray, "n d"]
) -> list[Float64[np.ndarray, " m"]]:
    """Of each sample that has columns on at it alone: what share of their mass ‖w‖‖v‖ each of these has."""
    serves = block_allocation(W1, W2, X, np.arange(len(X))).cluster
    mass = np.linalg.norm(W1, axis=0) * np.linalg.norm(W2, axis=0)
    groups = [mass[serves == k] for k in range(len(X)) if (serves == k).any()]
    return [group / group.sum() for group in groups]


def columns(W1: np.ndarray, W2: np.ndarray, X: np.ndarray) -> dict[str, float]:
    """Of one network (d, p): samples stored, how many of them sparse, and means of what `measure` says over them."""
    found = shares(W1, W2, X)
    rows = [(len(q), 1 / float((q**2).sum()), split_factors(np.sqrt(q))[0]) for q in found]
    units, effective, factor = np.mean(rows, axis=0).tolist() if rows else (0.0, 0.0, 0.0)
    return {
        "stored": float(len(found)),
        "sparse": float(sum(q.max() >= SPARSE for q in found)),
        "units": units,
        "effective": effective,
        "factor": factor,
    }


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """How the networks of cells of one optimiser and one n end.

    stored: how many samples have columns of their own. sparse: how many of these one column has. units, effective,
    factor: means over the stored samples of the number of columns, of 1/Σq² and of t_max‖t‖₁. gradient: the exact
    gradient by which the run counts as converged, over mean‖x‖².
    """
    n, optimizer = int(cells[0]["samples"]), OPTIMIZERS[cells[0]["optimizer"]]
    seeds = [int(cell["seed"]) for cell in cells]
    X = np.stack([samples(n, seed) for seed in seeds])
    size = (X**2).sum(axis=-1).mean(axis=-1)
    found = descend(
        X,
        [round(cell["ratio"] * n) for cell in cells],
        SIGMA,
        DECAY,
        seeds=seeds,
        optimizer=optimizer,
        start=START / (n + 1) ** 0.5,
        steps=STEPS_DECOUPLED if optimizer.decoupled else STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    gradient, converged = found.gradient_norm, found.converged
    if optimizer.decoupled:
        ends = zip(found.W1, found.W2, X, strict=True)
        gradient = np.array([_data_gradient(*end) for end in ends])
        converged = gradient <= TOLERANCE_DECOUPLED * size
    rows = [columns(*end) for end in zip(found.W1, found.W2, X, strict=True)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} | {
        "gradient": gradient / size,
        "converged": converged,
    }


def _data_gradient(W1: np.ndarray, W2: np.ndarray, X: np.ndarray) -> float:
    """Norm of the exact gradient of BR eq. 6 without weight decay."""
    _, first, second = loss_and_gradient(W1, W2, X, SIGMA, 0.0)
    return float(np.hypot(np.linalg.norm(first), np.linalg.norm(second)))


SWEEP = Sweep(
    name="optimizer-columns",
    question="Does an optimiser end in one column for a stored sample, or in a split of it?",
    grid={
        "optimizer": tuple(OPTIMIZERS),
        "samples": (3, 5, 8),
        "ratio": (2.0, 4.0),
        "seed": tuple(range(100)),
    },
    quick={"optimizer": tuple(OPTIMIZERS), "samples": (3, 5), "ratio": (2.0, 4.0), "seed": tuple(range(30))},
    together=("optimizer", "samples"),
    chunk=200,
    measure=measure,
)
