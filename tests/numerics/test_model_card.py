"""What a card says about errors and copies, on images so few or so small that it is known."""

import numpy as np
import pytest
import torch

from numerics.image_sets import ImageSet
from numerics.model_card import LEVELS, copies, mean_squared_errors
from numerics.preconditioning import ImageDenoiser


def training(repetition):
    """Images of one grey each, −1, 0 and 1."""
    images = np.linspace(-1, 1, 3, dtype=np.float32).reshape(3, 1, 1, 1).repeat(28, axis=2).repeat(28, axis=3)
    which = np.arange(3)
    return ImageSet(images, np.zeros(3, dtype=np.int64), which, np.array(repetition), 1)


def grey(*levels):
    return torch.tensor(levels).reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28)


@pytest.mark.parametrize(
    ("repetition", "expected"),
    [
        ([1, 1, 1], {"copies": 0.75}),
        ([1, 2, 1], {"copies": 0.75, "copies_of_repeated": 0.5}),
        ([3, 1, 1], {"copies": 0.75, "copies_of_repeated": 0.25}),
    ],
)
def test_a_copy_is_three_times_as_near_to_one_image_as_to_any_other(repetition, expected):
    # 0.24 and 0.26 lie on both sides of a quarter of the way from 0 to 1, where the distances are as 1 to 3.
    samples = grey(0.24, 0.26, -1.0, 0.0)
    assert copies(samples, training(repetition)) == expected


@pytest.mark.parametrize(("images", "used"), [(3, 3), (500, 500), (1200, 500)])
def test_errors_are_means_over_at_most_500_images_with_one_draw_each(images, used):
    batches = []

    class Nothing(ImageDenoiser):
        architecture = "nothing"

        def forward(self, x, sigma, label=None):
            batches.append((len(x), sorted(set(sigma.tolist())), label.tolist()))
            return torch.zeros_like(x)

    values = np.arange(images, dtype=np.float32).reshape(images, 1, 1, 1)
    found = mean_squared_errors(Nothing((1, 1, 1), images, 1.0, {}), values, np.arange(images), 0)
    assert [size for size, _, _ in batches] == [used] * 4
    assert [levels for _, levels, _ in batches] == [[pytest.approx(level)] for level in LEVELS]
    chosen = batches[0][2]
    assert (chosen[0], chosen[-1]) == (0, images - 1)
    assert found == pytest.approx([np.mean(np.square(np.array(chosen, dtype=float)))] * 4, rel=1e-6)
