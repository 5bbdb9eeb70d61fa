"""How many samples of Gaussian data can be stored one-hot, n against d: gates learnt by descent, one for each sample.

A code is one-hot where one unit fires at x_j and at no other sample. Gate j learns that by descent on

    Σ_i [1 − s_i wᵀx̂_i]_+²,   s_j = 1, all other s_i = −1,   x̂ = x/‖x‖,

which is zero exactly if such a unit exists. Both answers come with their certificate: either s_i wᵀx̂_i > 0 at all i,
which is the unit itself, or the errors a_i = [1 − s_i wᵀx̂_i]_+ have Σ a_i s_i x̂_i = 0 (the gradient), and x_j is in the
cone of the others (Gordan). A gate is undecided where descent ends at neither. The predicted share is Wendel's 2^{1−n}
Σ_{k<d} C(n − 1, k).

Momentum steps (Nesterov, restarted where the loss rises) on all gates of all data sets of a cell's size together.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from numerics.sweep_declaration import Cell, Sweep
from theory.gating import isolable

STEPS, CHECK = 200_000, 100
# Relative size of the gradient from which errors that stay certify that no unit exists.
TOLERANCE = 1e-9
FIRES, CANNOT, UNDECIDED = 1, 0, -1


def samples(d: int, n: int, seed: int) -> Float64[np.ndarray, "n d"]:
    """n independent standard Gaussian samples in R^d."""
    return np.random.default_rng([seed, d, n]).standard_normal((n, d))


def learn_gates(X: Float64[np.ndarray, "B n d"], device: str = "cpu", steps: int = STEPS) -> Int64[np.ndarray, "B n"]:
    """Whether descent finds a unit that fires on sample j alone: FIRES, CANNOT (certified), or UNDECIDED."""
    B, n, d = X.shape
    directions = X / np.linalg.norm(X, axis=2, keepdims=True)
    signs = 2 * np.eye(n) - 1
    U = torch.from_numpy((signs[None, :, :, None] * directions[:, None, :, :]).reshape(B * n, n, d)).to(device)
    verdict = np.full(B * n, UNDECIDED)
    left = np.arange(B * n)
    w = torch.zeros(B * n, d, dtype=torch.float64, device=device)
    ahead, age = w.clone(), torch.zeros(B * n, 1, dtype=torch.float64, device=device)
    # Half the gradient is ΣUᵀ[…]_+, which changes by at most ‖U‖² times a step.
    rate = 1 / torch.linalg.matrix_norm(U, 2)[:, None] ** 2
    for step in range(1, steps + 1):
        w, ahead, age = _step(U, w, ahead, age, rate)
        if step % CHECK == 0:
            fires, cannot = (each.cpu().numpy() for each in _certified(U, w))
            verdict[left[fires]], verdict[left[cannot]] = FIRES, CANNOT
            keep = ~(fires | cannot)
            left = left[keep]
            if not len(left):
                break
            where = torch.from_numpy(keep).to(device)
            U, w, ahead, age, rate = (each[where] for each in (U, w, ahead, age, rate))
    return verdict.reshape(B, n)


def _step(U: Tensor, w: Tensor, ahead: Tensor, age: Tensor, rate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    errors = torch.clamp(1 - (U @ ahead[:, :, None]).squeeze(2), min=0)
    downhill = (errors[:, None, :] @ U).squeeze(1)
    new = ahead + rate * downhill
    # A step against the slope means that the momentum has overshot: it starts again.
    age = torch.where((downhill * (new - w)).sum(1, keepdim=True) < 0, 0.0, age + 1)
    return new, new + age / (age + 3) * (new - w), age


def _certified(U: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Which gates fire on their sample alone, and which have errors that prove that none can."""
    heights = (U @ w[:, :, None]).squeeze(2)
    errors = torch.clamp(1 - heights, min=0)
    gradient = (errors[:, None, :] @ U).squeeze(1).norm(dim=1)
    fires = (heights > 0).all(dim=1)
    return fires, ~fires & (gradient <= TOLERANCE * errors.sum(dim=1))


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Of the n samples of each cell: how many gates fire on theirs alone, cannot, and are undecided.

    isolable: how many samples a unit can fire on alone by least distances (`theory.gating.isolable`); disagree: on how
    many of the decided ones the two differ.
    """
    d, n = int(cells[0]["d"]), round(cells[0]["ratio"] * cells[0]["d"])
    X = np.stack([samples(d, n, int(cell["seed"])) for cell in cells])
    learnt, exact = learn_gates(X, device), np.stack([isolable(rows) for rows in X])
    return {
        "n": np.full(len(cells), n),
        "alone": (learnt == FIRES).sum(axis=1),
        "undecided": (learnt == UNDECIDED).sum(axis=1),
        "isolable": exact.sum(axis=1),
        "disagree": ((learnt != UNDECIDED) & (learnt != exact)).sum(axis=1),
    }


SWEEP = Sweep(
    name="isolation",
    question="On what share of n Gaussian samples in R^d can a unit learn to fire alone?",
    grid={
        "d": (2, 4, 8, 16, 32),
        "ratio": (0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 4.0),
        "seed": tuple(range(200)),
    },
    quick={"d": (2, 4, 8), "ratio": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0), "seed": tuple(range(120))},
    together=("d", "ratio"),
    chunk=200,
    measure=measure,
)
