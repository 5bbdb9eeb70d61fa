"""The ReLU image denoiser as matrices of one level, against the network, steered once and through a sampler."""

import numpy as np
import pytest
import torch

from numerics.image_denoisers import build
from numerics.relu_levels import relu_level
from numerics.steering import Steering, response
from theory.steered_sampling import piece


def network():
    """A small one, in double precision, all of whose weights count."""
    denoiser = build("relu", shape=(1, 4, 4), classes=2, seed=1, units=7).double()
    generator = torch.Generator().manual_seed(2)
    for weight in denoiser.parameters():
        weight.data += 0.3 * torch.randn(weight.shape, generator=generator, dtype=torch.float64)
    return denoiser


def images(seed: int, count: int) -> torch.Tensor:
    return torch.randn(count, 1, 4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("sigma", [0.05, 1.0, 20.0])
def test_one_pass_is_affine_with_these_matrices(sigma):
    denoiser, y = network(), images(0, 3)
    steering = Steering(denoiser, "code", {0: images(1, 4)})
    skip, W1, W2, v = relu_level(denoiser, sigma, steering.means(sigma)[0])
    found = response(steering, y, sigma, [0.0, 0.5, 2.0], [0, 0, 0]).flatten(2).numpy()
    flat = y.flatten(1).numpy()
    for column, strength in enumerate((0.0, 0.5, 2.0)):
        expected = skip * flat + (np.maximum(flat @ W1, 0) + strength * v) @ W2.T
        assert np.allclose(found[:, column], expected, atol=1e-5 * (1 + sigma))


def test_sampling_is_the_piecewise_affine_form():
    denoiser, y, levels = network(), images(0, 2), [5.0, 1.0, 0.3, 0.0]
    steering = Steering(denoiser, "code", {0: images(1, 4)})
    networks = [relu_level(denoiser, sigma, steering.means(sigma)[0]) for sigma in levels[:-1]]
    found = response(steering, y, levels, [0.0, 0.7], [0, 0]).flatten(2).numpy()
    for row in range(2):
        for column, strength in enumerate((0.0, 0.7)):
            expected = piece(networks, np.array(levels), y[row].flatten().numpy(), strength).end
            assert np.allclose(found[row, column], expected, atol=1e-5)


def test_bad_pushes_are_named():
    with pytest.raises(ValueError, match="push must hold one number for each of 7 units, got 2"):
        relu_level(network(), 1.0, [0.0, 1.0])
    with pytest.raises(ValueError, match="sigma must be > 0"):
        relu_level(network(), 0.0, np.zeros(7))
