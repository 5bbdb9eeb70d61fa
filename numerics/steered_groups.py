"""Memorised and generalised samples of one denoiser, told apart by its training images alone, to be steered.

A sample is drawn without a label from starting noise through the levels of the steered sampler. Whether it is a copy is
decided as for detection (`numerics.detection_truth`). Its class is what a classifier of real images sees in it, its
target another class drawn at random.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int64
from torch import Tensor

from numerics.denoiser_sampling import starting_noise
from numerics.detection_truth import GENERALISED, MEMORISED, ground_truth
from numerics.digit_classifier import DigitClassifier
from numerics.steering import Steering, response


class Samples(NamedTuple):
    """Samples (m of them): starting noise of unit size and end (m, C, H, W), what it is, nearest over second nearest
    distance, index of the nearest training image, class seen in it, class it is steered to."""

    noise: Float32[np.ndarray, "m C H W"]
    end: Float32[np.ndarray, "m C H W"]
    kind: Int8[np.ndarray, " m"]
    ratio: Float64[np.ndarray, " m"]
    origin: Int64[np.ndarray, " m"]
    source: Int64[np.ndarray, " m"]
    target: Int64[np.ndarray, " m"]

    def groups(self) -> tuple[Int64[np.ndarray, " memorised"], Int64[np.ndarray, " generalised"]]:
        """Rows of memorised and of generalised samples; others are undecided."""
        return np.flatnonzero(self.kind == MEMORISED), np.flatnonzero(self.kind == GENERALISED)

    def chosen(self, rows: Int64[np.ndarray, " k"]) -> Samples:
        """The samples of these row numbers."""
        return Samples(*[values[rows] for values in self])

    def followed_by(self, others: Samples) -> Samples:
        """These samples, then the others."""
        return Samples(*[np.concatenate(pair) for pair in zip(self, others, strict=True)])


def draw_samples(
    steering: Steering,
    levels: Any,
    training: Float32[np.ndarray, "n C H W"],
    repeated: Bool[np.ndarray, " n"],
    classifier: DigitClassifier,
    count: int,
    seed: int,
    device: str,
) -> Samples:
    """`count` unsteered samples of a denoiser whose distinct `training` images came once or were `repeated`."""
    noise = starting_noise((count, *training.shape[1:]), seed).float().to(device)
    first = np.full(count, classifier.classes[0])
    end = response(steering, float(levels[0]) * noise, levels, [0.0], first)[:, 0]
    flat = end.flatten(1).double().cpu().numpy()
    truth = ground_truth(flat, training.reshape(len(training), -1), repeated)
    source = np.array(classifier.classes)[class_probabilities(classifier, end).argmax(axis=1)]
    others = np.random.default_rng([seed, 1]).integers(1, len(classifier.classes), size=count)
    places = np.searchsorted(classifier.classes, source)
    target = np.array(classifier.classes)[(places + others) % len(classifier.classes)]
    images = noise.cpu().numpy(), end.cpu().numpy()
    return Samples(*images, truth.kind, truth.ratio, truth.origin, source, target)


def class_probabilities(classifier: DigitClassifier, images: Tensor) -> Float64[np.ndarray, "m classes"]:
    """What the classifier sees in images (m, C, H, W), cut to the range of pixels; 0 for one that overflowed."""
    flat = images.clamp(-1, 1).flatten(1).double().cpu().numpy()
    whole = np.isfinite(flat).all(axis=1, keepdims=True)
    return whole * classifier.probabilities(np.where(whole, flat, 0.0))
