"""Real images: what descent makes of a few faces or digits, and of many, at several widths and noise levels.

Images are centred, pixels in [−1, 1] before; the first n of a fixed shuffle are trained on, the last HELD_OUT are kept
back. λ is DECAY times the mean square of the training images. Fresh noise brings a network near, the exact objective
finishes. Losses are E‖f(x + σε) − x‖² a pixel, without decay.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from numerics.data import digits, faces
from numerics.descent import Descent, descend
from numerics.loss_ratio import train_test_losses
from numerics.optimizers import Optimizer
from numerics.stored_samples import stored_fraction
from numerics.sweep_declaration import Cell, Sweep

HELD_OUT = 20
DECAY = 1e-3
# Encoder and decoder columns within this cosine of a sample store it.
STORED = 0.95
START, RATE, NEAR_STEPS, STEPS, TOLERANCE = 0.03, 3e-3, 2000, 6000, 1e-4


def chosen_images(name: str, n: int) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "20 d"]]:
    """The first n and the last 20 images of "faces" or "digits" in a fixed order, centred."""
    images = faces("centred") if name == "faces" else digits("centred")
    images = images[np.random.default_rng(0).permutation(len(images))]
    return images[:n], images[-HELD_OUT:]


def trained(X: Float64[np.ndarray, "n d"], cells: list[Cell], device: str) -> Descent:
    """Networks of the cells' widths, noise levels and seeds on the samples X, as far as descent brings them."""
    widths, levels = (np.array([cell[key] for cell in cells]) for key in ("width", "sigma"))
    seeds, decay = [int(cell["seed"]) for cell in cells], DECAY * float((X**2).sum(axis=1).mean())
    rule = Optimizer("adam", RATE)
    near = descend(
        X, widths, levels, decay, seeds=seeds, optimizer=rule, start=START, objective="fresh", steps=NEAR_STEPS,
        check_every=NEAR_STEPS, tolerance=TOLERANCE, device=device,
    )  # fmt: skip
    return descend(
        X, widths, levels, decay, seeds=seeds, optimizer=rule, start=(near.W1, near.W2), steps=STEPS,
        tolerance=TOLERANCE, check_every=50, device=device,
    )  # fmt: skip


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Train and test loss a pixel, share of the training images stored, and the end of each descent."""
    X, held_out = chosen_images(str(cells[0]["images"]), int(cells[0]["n"]))
    found = trained(X, cells, device)
    losses, stored = [], []
    for k, cell in enumerate(cells):
        W1, W2 = found.W1[k], found.W2[k]
        train, test, _ = train_test_losses(W1, W2, X, held_out, float(cell["sigma"]))
        losses.append((float(train) / X.shape[1], float(test) / X.shape[1]))
        stored.append(float(stored_fraction(W1, W2, X, STORED)))
    train, test = np.array(losses).T
    return {
        "train": train,
        "test": test,
        "stored": np.array(stored),
        "gradient": found.gradient_norm,
        "converged": found.converged,
        "steps": found.steps,
    }


SWEEP = Sweep(
    name="real-images",
    question="How many faces or digits does a network of given width store, and when does it treat new ones as well?",
    grid={
        "images": ("digits", "faces"),
        "n": (2, 4, 8, 16, 32, 80),
        "width": (4, 16, 64),
        "sigma": (0.1, 0.2, 0.5),
        "seed": tuple(range(4)),
    },
    quick={
        "images": ("digits", "faces"),
        "n": (2, 8, 32, 80),
        "width": (4, 16),
        "sigma": (0.2, 0.5),
        "seed": (0,),
    },
    together=("images", "n"),
    chunk=12,
    measure=measure,
)
