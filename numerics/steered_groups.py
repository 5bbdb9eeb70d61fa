"""Memorised and generalised samples of one denoiser, told apart by its training images alone, to be steered.

A sample is drawn without a label from starting noise through the levels of the steered sampler. It is memorised if its
nearest training image is less than a third as far as the second nearest distinct one, and generalised otherwise. Its
class is what a classifier of real images sees in it, its target another class drawn at random.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from torch import Tensor

from numerics.denoiser_sampling import starting_noise
from numerics.digit_classifier import DigitClassifier
from numerics.steering import Steering, response

# Nearest over second nearest distance below which a sample is memorised.
MEMORISED = 1 / 3


class Samples(NamedTuple):
    """Samples (m of them): starting noise of unit size and end (m, C, H, W), nearest over second nearest distance,
    index of the nearest training image, class seen in it, class it is steered to."""

    noise: Float32[np.ndarray, "m C H W"]
    end: Float32[np.ndarray, "m C H W"]
    ratio: Float64[np.ndarray, " m"]
    origin: Int64[np.ndarray, " m"]
    source: Int64[np.ndarray, " m"]
    target: Int64[np.ndarray, " m"]

    @property
    def memorised(self) -> Bool[np.ndarray, " m"]:
        """Which are copies of a training image."""
        return self.ratio < MEMORISED

    def chosen(self, rows: Int64[np.ndarray, " k"]) -> Samples:
        """The samples of these row numbers."""
        return Samples(*[values[rows] for values in self])

    def followed_by(self, others: Samples) -> Samples:
        """These samples, then the others."""
        return Samples(*[np.concatenate(pair) for pair in zip(self, others, strict=True)])


def nearest_two(points: Tensor, images: Tensor) -> tuple[Float64[np.ndarray, "m 2"], Int64[np.ndarray, " m"]]:
    """Distances of points (m, …) to the two nearest of distinct images (n, …), n > 1, and which image is nearest.

    Candidates are found by products, their distances then taken from differences.
    """
    flat, rows = points.flatten(1).double(), images.flatten(1).double()
    found = torch.cdist(flat, rows, compute_mode="use_mm_for_euclid_dist").topk(2, largest=False).indices
    distances = (flat[:, None] - rows[found]).norm(dim=2)
    order = distances.argsort(dim=1)
    return distances.gather(1, order).cpu().numpy(), found.gather(1, order)[:, 0].cpu().numpy()


def draw_samples(
    steering: Steering, levels: Any, training: Tensor, classifier: DigitClassifier, count: int, seed: int
) -> Samples:
    """`count` unsteered samples of a denoiser with these distinct `training` images (n, C, H, W), on their device."""
    noise = starting_noise((count, *training.shape[1:]), seed).to(training)
    first = np.full(count, classifier.classes[0])
    end = response(steering, float(levels[0]) * noise, levels, [0.0], first)[:, 0]
    distances, origin = nearest_two(end, training)
    source = np.array(classifier.classes)[class_probabilities(classifier, end).argmax(axis=1)]
    others = np.random.default_rng([seed, 1]).integers(1, len(classifier.classes), size=count)
    places = np.searchsorted(classifier.classes, source)
    target = np.array(classifier.classes)[(places + others) % len(classifier.classes)]
    ratio = distances[:, 0] / distances[:, 1]
    return Samples(noise.cpu().numpy(), end.cpu().numpy(), ratio, origin, source, target)


def class_probabilities(classifier: DigitClassifier, images: Tensor) -> Float64[np.ndarray, "m classes"]:
    """What the classifier sees in images (m, C, H, W), cut to the range of pixels."""
    return classifier.probabilities(images.clamp(-1, 1).flatten(1).double().cpu().numpy())
