"""Ground truth for steering: nearest images one by one, copies by a network that stores, none by one that blurs."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from numerics.data import digit_labels, digits
from numerics.denoiser_sampling import noise_levels
from numerics.digit_classifier import DigitClassifier
from numerics.steered_groups import draw_samples, nearest_two
from numerics.steering import Steering
from tests.strategies import seeds

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


@settings(max_examples=20)
@given(seeds(), st.integers(2, 9), st.floats(0.0, 1e4))
def test_the_two_nearest_are_found_one_by_one(seed, count, far):
    rng = np.random.default_rng(seed)
    images, points = far + rng.standard_normal((count, 2, 3)), far + rng.standard_normal((5, 2, 3))
    distances, nearest = nearest_two(torch.tensor(points), torch.tensor(images))
    every = np.sqrt(((points[:, None] - images) ** 2).sum(axis=(2, 3)))
    assert np.allclose(distances, np.sort(every, axis=1)[:, :2], rtol=1e-9)
    assert np.array_equal(nearest, every.argmin(axis=1))


def test_copies_and_blurs_are_told_apart():
    images = torch.tensor(IMAGES[:12].reshape(-1, 1, 8, 8), dtype=torch.float32)
    levels = noise_levels(12, 0.05, 20.0, 7.0).numpy()
    for blurs in (False, True):
        steering = Steering(Stores(images, blurs), "through", {0: images})
        found = draw_samples(steering, levels, images, CLASSIFIER, count=40, seed=3)
        assert found.memorised.mean() == (0.0 if blurs else 1.0)
        assert (found.target != found.source).all()
        assert set(found.target) <= set(CLASSIFIER.classes)
        assert len(set(found.target)) > 4
        if not blurs:
            assert np.allclose(found.end, IMAGES[found.origin].reshape(-1, 1, 8, 8), atol=0.05)
        both = found.chosen(np.array([0, 2])).followed_by(found.chosen(np.array([1])))
        assert np.array_equal(both.ratio, found.ratio[[0, 2, 1]])
        assert np.array_equal(both.noise, found.noise[[0, 2, 1]])
