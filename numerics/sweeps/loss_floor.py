"""Loss against the floor of positively homogeneous functions: one sample, several widths and noise levels.

`length` is ‖x‖ over σ, the sample has length 1, and descent on the exact objective starts at random weights. A network
without bias cannot lose less than the floor, whatever its width; with width it comes near.
"""

from __future__ import annotations

import numpy as np

from numerics.descent import descend
from numerics.objective import expected_loss
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep

FAR = 0.3
STEPS, RATE, CHECK, TOLERANCE = 1500, 0.03, 50, 1e-3


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Losses of the ends over ‖x‖²."""
    d = int(cells[0]["d"])
    x = np.eye(d)[:1]
    levels = np.array([1 / float(cell["length"]) for cell in cells])
    found = descend(
        x,
        np.array([int(cell["width"]) for cell in cells]),
        levels,
        0.0,
        seeds=[int(cell["seed"]) for cell in cells],
        optimizer=Optimizer("adam", RATE),
        start=FAR,
        steps=STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    losses = [
        float(expected_loss(W1, W2, x, float(level), 0.0))
        for W1, W2, level in zip(found.W1, found.W2, levels, strict=True)
    ]
    return {
        "loss": np.array(losses),
        "gradient": found.gradient_norm,
        "steps": found.steps,
        "converged": found.converged,
    }


SWEEP = Sweep(
    name="loss-floor",
    question="How near does a network without bias come to the least loss of homogeneous functions as it grows wider?",
    grid={
        "d": (2, 4, 8, 16, 32),
        "length": (0.5, 1.0, 2.0, 4.0, 8.0),
        "width": (1, 2, 4, 8, 16, 32, 64),
        "seed": tuple(range(8)),
    },
    quick={"d": (2, 4, 8), "length": (0.5, 1.0, 2.0, 4.0), "width": (1, 2, 4, 8, 16), "seed": (0, 1)},
    together=("d",),
    chunk=40,
    measure=measure,
)
