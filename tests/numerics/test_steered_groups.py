"""Samples to be steered: copies by a network that stores, none by one that blurs, targets among the other classes."""

import numpy as np
import torch
from torch import nn

from numerics.data import digit_labels, digits
from numerics.denoiser_sampling import noise_levels
from numerics.digit_classifier import DigitClassifier
from numerics.steered_groups import class_probabilities, draw_samples
from numerics.steering import Steering

IMAGES = digits("unit")[:300]
CLASSIFIER = DigitClassifier(IMAGES, digit_labels()[:300])


class Stores(nn.Module):
    """The exact denoiser of the stored images, or of a Gaussian with their moments."""

    def __init__(self, images: torch.Tensor, blurs: bool) -> None:
        super().__init__()
        self.through, self.images, self.blurs = nn.Identity(), images.flatten(1), blurs

    def forward(self, x, sigma, label):
        y = self.through(x.flatten(1))
        if self.blurs:
            share = 0.25 / (0.25 + sigma[:, None] ** 2)
            return (share * y + (1 - share) * self.images.mean(dim=0)).reshape(x.shape)
        away = -(torch.cdist(y, self.images) ** 2) / (2 * sigma[:, None] ** 2)
        return (away.softmax(dim=1) @ self.images).reshape(x.shape)


def test_copies_and_blurs_are_told_apart():
    images = IMAGES[:12].reshape(-1, 1, 8, 8).astype(np.float32)
    stored, often = torch.tensor(images), np.arange(12) < 11
    levels = noise_levels(12, 0.05, 20.0, 7.0).numpy()
    for blurs in (False, True):
        steering = Steering(Stores(stored, blurs), "through", {0: stored})
        found = draw_samples(steering, levels, images, often, CLASSIFIER, 40, 3, "cpu")
        memorised, generalised = found.groups()
        if blurs:
            assert len(memorised) == 0
            assert len(generalised) > 10
        else:
            # An image that did not come often is no stored one, and nothing is decided about its copies.
            assert set(memorised) == set(np.flatnonzero(found.origin < 11))
            assert len(generalised) == 0
        assert (found.target != found.source).all()
        assert set(found.target) <= set(CLASSIFIER.classes)
        assert len(set(found.target)) > 4
        if not blurs:
            assert np.allclose(found.end, IMAGES[found.origin].reshape(-1, 1, 8, 8), atol=0.05)
        both = found.chosen(np.array([0, 2])).followed_by(found.chosen(np.array([1])))
        assert np.array_equal(both.ratio, found.ratio[[0, 2, 1]])
        assert np.array_equal(both.noise, found.noise[[0, 2, 1]])


def test_nothing_is_seen_in_an_image_that_overflowed():
    images = torch.tensor(IMAGES[:3].reshape(-1, 1, 8, 8)) * 2
    expected = CLASSIFIER.probabilities(np.clip(2 * IMAGES[:3], -1, 1))
    images[1, 0, 0, 0] = torch.nan
    found = class_probabilities(CLASSIFIER, images)
    assert np.allclose(found[[0, 2]], expected[[0, 2]])
    assert (found[1] == 0).all()
