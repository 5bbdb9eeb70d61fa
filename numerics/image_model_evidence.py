"""How near the samples of the models that ship are to their training images, kept as evidence.

    python -m numerics.image_model_evidence --samples DIR [--evidence DIR]

DIR holds NAME.samples.npz of `numerics.image_training_run` for every model. Kept are, for each model, the squared ratio
of the distances to the nearest and second nearest training image of all samples, whether the nearest stands more than
once in the training set, and the first eight samples beside their nearest; the same ratio of the held-out images.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from numerics import store
from numerics.image_models import find_recipe, shipped
from numerics.image_sets import ImageSet, held_out, image_set
from numerics.model_card import nearest_two

EVIDENCE = Path(__file__).parent / "evidence"
NAME, SHOWN = "image-models", 8


def nearness(grey: np.ndarray, training: ImageSet, unseen: ImageSet) -> dict[str, np.ndarray]:
    """What is kept of one model, from its samples (m, 1, 28, 28), grey levels 0 … 255."""
    near, which = nearest_two(torch.from_numpy(grey / 127.5 - 1), training)
    far, _ = nearest_two(torch.from_numpy(unseen.images), training)
    nearest = training.images[which[:SHOWN, 0], 0]
    return {
        "ratio": _squared(near),
        "repeated": training.repetition[which[:, 0]] > 1,
        "unseen_ratio": _squared(far),
        "samples": grey[:SHOWN, 0],
        "nearest": ((nearest + 1) * 127.5).round().astype(np.uint8),
    }


def _squared(near: np.ndarray) -> np.ndarray:
    return ((near[:, 0] / near[:, 1]) ** 2).astype(np.float32)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command of this module."""
    parser = argparse.ArgumentParser(prog="numerics.image_model_evidence", description="Keep how near samples are.")
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--evidence", type=Path, default=EVIDENCE)
    given = parser.parse_args(arguments)
    arrays = {}
    for name in shipped():
        recipe = find_recipe(name)
        with np.load(given.samples / f"{name}.samples.npz", allow_pickle=False) as archive:
            grey = archive["samples"]
        found = nearness(grey, image_set(recipe.data, recipe.regime), held_out(recipe.data))
        arrays |= {f"{name}/{key}": values for key, values in found.items()}
    store.save(given.evidence / NAME, arrays, {"models": list(shipped()), "provenance": store.provenance()})


if __name__ == "__main__":
    main()
