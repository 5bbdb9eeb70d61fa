"""Bad input to clustering, storage, the mean field and predictions."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np

from tests.bad_values import (
    CLUSTERS,
    DECAY,
    LABELS,
    NETWORK,
    NOISE,
    NONNEGATIVE,
    ONE_ENCODER,
    POSITIVE,
    SAMPLES,
    W,
    X,
    bad,
    of,
    whole,
)
from theory.structures import block_structure

ZEROS = bad("all zero", np.zeros((4, 3)), "must hold a sample that is not zero", "4 zeros")
COPIES = bad("copies of one", np.ones((4, 3)), "must hold at least two distinct samples", "4 copies of one")
SHARP = (0.1, POSITIVE)
LONE = (W, [each for each in ONE_ENCODER if each.label != "not as wide as W2"])
ANYTHING: list = []
STRUCTURE = block_structure(np.array(X), np.array(LABELS), 3, 0.1, 0.01)
FOLDER = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, FOLDER)


def saved(name: str, array: np.ndarray) -> str:
    np.save(FOLDER / name, array)
    return str(FOLDER / name)


FILES = [
    bad("no array", __file__, "must lead to an array of numbers in .npy format", "prediction.py"),
    bad("one row", saved("row.npy", np.ones(3)), "must lead to samples (n, d) or images (n, h, w[, c])", "(3,)"),
    bad("text in it", saved("text.npy", np.array([["a"]])), "must hold real numbers", "<U1"),
    bad("nan in it", saved("nan.npy", np.array([[np.nan]])), "must be finite", "nan"),
]

FUNCTIONS = {
    "theory.clustering.distinct_samples": of(X=(X, SAMPLES)),
    "theory.clustering.hierarchy": of(X=(X, SAMPLES), sigma=NOISE, weight_decay=DECAY),
    "theory.storage.responses": of(W1=LONE, X=(X, SAMPLES), sigma=NOISE),
    "theory.storage.storage": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE),
    "theory.mean_field.mean_field_errors": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE),
    "theory.mean_field.mean_field_loss": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE, weight_decay=DECAY),
    "theory.mean_field.relax": of(X=(X, SAMPLES), W1=LONE, sigma=NOISE, weight_decay=DECAY, steps=(2, whole(0))),
    "theory.structures.block_structure": of(
        X=(X, SAMPLES), labels=(LABELS, CLUSTERS), width=(3, whole(0)), sigma=NOISE, weight_decay=DECAY
    ),
    "theory.structures.left_out_loss": of(
        members=(X, [*SAMPLES, COPIES]), width=(2, whole(0)), sigma=NOISE, decay=(0.1, NONNEGATIVE)
    ),
    "theory.hypotheses.largest_cosine": of(X=(X, SAMPLES)),
    "theory.hypotheses.hypotheses": of(
        X=(X, [*SAMPLES, ZEROS]),
        structure=(STRUCTURE, ANYTHING),
        sigma=SHARP,
        weight_decay=DECAY,
        width=(3, whole(1)),
    ),
    "theory.candidates.candidates": of(
        X=(X, [*SAMPLES, ZEROS]), sigma=SHARP, weight_decay=DECAY, width=(2, whole(1)), on_step=(len, ANYTHING)
    ),
    "theory.prediction.predict": of(
        X=(X, [*SAMPLES, ZEROS]), sigma=SHARP, weight_decay=DECAY, width=(2, whole(1)), on_step=(len, ANYTHING)
    ),
    "numerics.outcome.outcome": of(
        X=(X, [*SAMPLES, ZEROS]),
        **NETWORK,
        sigma=SHARP,
        weight_decay=DECAY,
        starts=(1, whole(1)),
        seed=(0, whole(0)),
        on_step=(len, ANYTHING),
    ),
    "numerics.sample_file.read_samples": of(path=(saved("good.npy", np.array(X)), FILES)),
}

NAMED_INSTEAD = {
    ("numerics.sample_file.read_samples", "path", label): "samples" for label in ("text in it", "nan in it")
}
