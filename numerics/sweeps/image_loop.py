"""Digits of 8 × 8 pixels and faces of 25 × 25 in a loop of generations, small denoisers trained from scratch each time.

Training sets of different seeds are different digits, but the same faces, all that are not held out; they are the same
for all policies. Seeds go side by side through a loop and share its stream of noise, each taking other numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from numerics.data import digits, faces
from numerics.denoiser_batch import DenoiserBatch
from numerics.generation_curves import generation_curves
from numerics.image_loop import POLICIES
from numerics.sweep_declaration import Cell, Sweep

GENERATIONS = 7
# One stream of noise for a loop.
SEED = 2509


class Setting(NamedTuple):
    """Images of a training set, images held out, and how denoisers are trained."""

    n: int
    held_out: int
    width: int
    steps: int
    batch: int


SETTINGS = {
    "128 digits": Setting(128, 500, 128, 800, 64),
    "70 faces": Setting(70, 30, 128, 500, 32),
}
CHOSEN = ("replace", "accumulate", "replace-greedy", "accumulate-greedy", "replace-filter")


def chosen_images(name: str, seeds: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Training sets (seeds, n, d) and held-out images (m, d) of a setting."""
    setting = SETTINGS[name]
    images = faces("unit") if name.endswith("faces") else digits("unit")
    images = images[np.random.default_rng(0).permutation(len(images))]
    rest = images[: len(images) - setting.held_out]
    sets = [rest[np.random.default_rng([1, seed]).permutation(len(rest))[: setting.n]] for seed in seeds]
    return np.stack(sets), images[-setting.held_out :]


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Curves over the generations of the cells' loops (`generation_curves`), pictures padded to 625 pixels."""
    name, policy = str(cells[0]["images"]), POLICIES[str(cells[0]["policy"])]
    setting = SETTINGS[name]
    real, held_out = chosen_images(name, [int(cell["seed"]) for cell in cells])
    learner = DenoiserBatch(setting.width, 2, setting.steps, setting.batch, device=device)
    found = generation_curves(real, held_out, learner, policy, SEED, count=GENERATIONS)
    missing = 625 - found["pictures"].shape[3]
    return {**found, "pictures": np.pad(found["pictures"], [(0, 0)] * 3 + [(0, missing)])}


SWEEP = Sweep(
    name="image-loop",
    question="Do denoisers trained on their own images collapse, what keeps real images, and does selection help?",
    grid={"images": tuple(SETTINGS), "policy": CHOSEN, "seed": tuple(range(5))},
    quick={"images": ("128 digits",), "policy": ("replace", "accumulate"), "seed": (0, 1)},
    together=("images", "policy"),
    chunk=5,
    measure=measure,
)
