"""Bad input of detectors, their baselines, the truth they are judged by, and the measures they are judged with."""

from __future__ import annotations

import numpy as np
import torch

from tests.bad_values import ARRAY, NONNEGATIVE, POSITIVE, SAMPLES, VECTOR, bad, nan, of, whole
from tests.numerics.small_denoisers import Autoencoder, Linear

NETWORK = Autoencoder(torch.tensor([[1.0, -0.5], [0.5, 2.0], [0.0, 1.0]]).double(), torch.ones(3, 2).double())
CLASSED = Linear(torch.tensor([[0.5, 0.0, 0.0], [0.1, 0.5, 0.0], [0.0, 0.0, 0.25]]).double())
X = [[1.0, 0.5, 0.0], [1.0, -0.5, 1.0]]

_NETWORKS = [
    bad("none", None, "must be a torch module", "NoneType"),
    bad("a function", np.tanh, "must be a torch module", "ufunc"),
]
_X = [
    *ARRAY,
    bad("one row", [1.0, 2.0], "must hold at least one sample of at least one coordinate", "(2,)"),
    bad("no samples", np.zeros((0, 3)), "must hold at least one sample", "(0, 3)"),
    bad("no coordinates", np.zeros((3, 0)), "must hold at least one sample", "(3, 0)"),
    bad("a tensor of nan", torch.tensor([[nan]]), "must be finite", "nan"),
]
_LABELS = [
    *VECTOR,
    bad("too short", [0], "must hold one number for each of the 2 samples of x", "(1,)"),
    bad("a half", [0, 0.5], "must be whole numbers >= 0", "0.5"),
    bad("negative", [0, -1], "must be whole numbers >= 0", "-1"),
]
_DRAWN = {"draws": (2, whole(1)), "seed": (0, whole(0)), "at_once": (8, whole(1))}
_SCORES = ([0.5, 0.25, 2.0, 1.0], VECTOR)
_TRUTH = (
    np.array([True, False, True, False]),
    [
        bad("numbers", [1, 0, 1, 0], "must be booleans", "int64"),
        bad("too short", np.array([True, False]), "one for each of 4 scores", "(2,)"),
        bad("one kind", np.array([True] * 4), "must hold both kinds of sample", "4 of 4"),
    ],
)
_RATE = [*NONNEGATIVE, bad("over 1", 1.5, "must be <= 1", "1.5")]
_BOOTSTRAP = {
    "clusters": (
        [0, 1, 0, 2],
        [*VECTOR[1:], bad("too short", [0, 1], "must hold one number for each of 4 scores", "(2,)")],
    ),
    "draws": (20, whole(1)),
    "seed": (0, whole(0)),
}

FUNCTIONS = {
    "numerics.detection.memorization_score": of(
        denoiser=(NETWORK, _NETWORKS),
        x=(X, _X),
        sigma=(0.1, POSITIVE),
        statistic=("std", [bad("unknown", "variance", "must be one of", "'variance'")]),
        layer=("code", [bad("missing", "coda", "must name a module", "'coda'", "near it are code")]),
        pool=("mean", [bad("unknown", "max", "must be one of", "'max'")]),
        **_DRAWN,
    ),
    "numerics.detection.jacobian_dimension": of(
        denoiser=(NETWORK, _NETWORKS), x=(X, _X), sigma=(0.1, POSITIVE), seed=(0, whole(0))
    ),
    "numerics.detection_baselines.score_difference": of(
        denoiser=(CLASSED, _NETWORKS), x=(X, _X), sigma=(0.1, POSITIVE), labels=([0, 1], _LABELS), **_DRAWN
    ),
    "numerics.detection_baselines.flipd": of(
        denoiser=(NETWORK, _NETWORKS),
        x=(X, _X),
        sigma=(0.1, POSITIVE),
        probes=(2, whole(1)),
        seed=(0, whole(0)),
        at_once=(8, whole(1)),
    ),
    "numerics.detection_baselines.normal_bundle_dimension": of(
        denoiser=(NETWORK, _NETWORKS),
        x=(X, _X),
        sigma=(0.1, POSITIVE),
        points=(
            12,
            [
                *[value for value in whole(1) if value.label != "none"],
                bad("too few", 2, "must be at least the 3 coordinates of x", "got 2"),
            ],
        ),
        seed=(0, whole(0)),
        at_once=(8, whole(1)),
    ),
    "numerics.detection_baselines.repetition_density": of(
        x=(X, _X),
        generations=(
            [[1.0, 0.5, 0.0], [1.0, -0.5, 1.0], [0.0, 0.0, 1.0], [2.0, 0.0, 1.0]],
            [
                *_X,
                bad("other coordinates", np.ones((4, 2)), "must have the 3 coordinates of x", "got 2"),
                bad("too few", np.ones((2, 3)), "must hold 2 others", "2 in all"),
            ],
        ),
        own=([0, 1], [*_LABELS[1:], bad("beyond", [0, 4], "must be rows of the 4 generations", "got 4")]),
        neighbours=(2, whole(1)),
    ),
    "numerics.detection_metrics.auroc": of(scores=_SCORES, memorised=_TRUTH),
    "numerics.detection_metrics.tpr_at_fpr": of(scores=_SCORES, memorised=_TRUTH, fpr=(0.5, _RATE)),
    "numerics.detection_metrics.separation": of(scores=_SCORES, memorised=_TRUTH, **_BOOTSTRAP),
    "numerics.detection_metrics.roc": of(
        scores=_SCORES,
        memorised=_TRUTH,
        fpr=([0.0, 0.5], [*VECTOR, bad("over 1", [0.5, 1.5], "must lie in [0, 1]", "1.5")]),
        **_BOOTSTRAP,
    ),
    "numerics.detection_truth.ground_truth": of(
        samples=([[1.0, 0.0], [0.5, 0.5]], SAMPLES),
        training=(
            [[1.0, 0.0], [0.0, 0.5], [3.0, 0.5]],
            [
                *SAMPLES,
                bad("other coordinates", np.ones((3, 3)), "samples must have the 3 coordinates of training", "got 2"),
                bad("one image", np.ones((3, 2)), "must hold at least two distinct images", "got 1"),
            ],
        ),
        repeated=(
            np.array([True, False, False]),
            [
                bad("numbers", [1, 0, 0], "must be booleans", "int64"),
                bad("too short", np.array([True]), "one for each of 3 images", "(1,)"),
            ],
        ),
    ),
}

NAMED_INSTEAD = {
    ("numerics.detection_truth.ground_truth", "training", "other coordinates"): "samples",
}

# What these are given comes from the functions above, from the evaluation itself, or from files, whose own tests give
# them bad ones.
TAKES_CHECKED_ARRAYS = {
    *(f"numerics.activations.{name}" for name in ("module_names", "recorded", "pooled", "codes", "middle_layer")),
    *(f"numerics.activation_statistics.{name}" for name in ("std", "l4_over_l2", "participation_ratio", "max_over_l2")),
    *(f"numerics.denoiser_pass.{name}" for name in ("samples_of", "module_of", "on_device", "run")),
    *(f"numerics.denoiser_jacobian.{name}" for name in ("trace", "leading_singular_values")),
    *(f"numerics.detection.{name}" for name in ("statistic_grid", "representation_layer")),
    *(f"numerics.detection_metrics.{name}" for name in ("interval", "checked")),
    *(
        f"numerics.detection_table.{name}"
        for name in ("kept", "networks", "row", "between", "reduced", "table", "main")
    ),
    *(f"numerics.detection_files.{name}" for name in ("read_images", "detect", "detection_dict", "detection_lines")),
    *(
        f"numerics.detection_evaluation.{name}"
        for name in (
            *("as_bytes", "as_images", "layers_of", "repeated_images", "generate", "score", "score_bundles", "main"),
        )
    ),
}
