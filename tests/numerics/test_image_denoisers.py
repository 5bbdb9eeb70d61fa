"""Image denoisers: preconditioning against the printed formulas, null class, limits, gradients, hooks, sizes."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.image_denoisers import ARCHITECTURES, build, rebuild
from numerics.image_models import recipes
from numerics.preconditioning import NoiseFeatures

SIZES = {
    "relu": {"units": 7},
    "unet": {"widths": [8, 16], "heads": 2},
    "transformer": {"patch": 2, "width": 8, "depth": 2, "heads": 2},
}
each = pytest.mark.parametrize("architecture", ARCHITECTURES)


def random_denoiser(architecture, shape=(1, 8, 8), classes=3, seed=0, **size):
    """With every weight random, so that nothing is hidden by a layer that starts at zero."""
    denoiser = build(architecture, shape=shape, classes=classes, seed=seed, **{**SIZES[architecture], **size})
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in denoiser.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return denoiser


def images(shape, count=3, seed=1, dtype=torch.float32):
    return torch.randn((count, *shape), generator=torch.Generator().manual_seed(seed), dtype=dtype)


@each
@settings(max_examples=5)
@given(channels=st.integers(1, 3), rows=st.integers(1, 3), columns=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_the_formulas_of_edm_around_any_network(architecture, channels, rows, columns, seed):
    """x_0 estimate = c_skip x + c_out F(c_in x; c_noise), Karras et al. table 1, written out anew in numpy."""
    shape = (channels, 4 * rows, 4 * columns)
    sigma_data = 0.1 + seed % 7
    denoiser = random_denoiser(architecture, shape, seed=seed, sigma_data=sigma_data)
    x, sigma = images(shape, seed=seed), np.array([1e-2, 1.0, 30.0], dtype=np.float32)
    seen = {}

    def spy(scaled, noise, label):
        seen["x"], seen["noise"], seen["label"] = scaled.numpy(), noise.numpy(), label.numpy()
        seen["out"] = type(denoiser).raw(denoiser, scaled, noise, label)
        return seen["out"]

    denoiser.raw = spy
    with torch.no_grad():
        found = denoiser(x, torch.from_numpy(sigma), torch.tensor([0, 2, 1])).numpy()
    over = sigma[:, None, None, None]
    norm = np.sqrt(over**2 + sigma_data**2)
    np.testing.assert_allclose(seen["x"], x.numpy() / norm, rtol=1e-5)
    np.testing.assert_allclose(seen["noise"], np.log(sigma) / 4, rtol=1e-5)
    assert seen["label"].tolist() == [0, 2, 1]
    expected = (sigma_data / norm) ** 2 * x.numpy() + over * sigma_data / norm * seen["out"].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert found.shape == (3, *shape)


@each
def test_the_limits_of_the_noise_level(architecture):
    denoiser = random_denoiser(architecture)
    x = images(denoiser.shape)
    with torch.no_grad():
        assert torch.equal(denoiser(x, torch.zeros(3)), x)
        assert not torch.allclose(denoiser(x, torch.ones(3)), x, atol=1e-3)
        sigma = 1e4
        noise = torch.full((3,), float(np.log(sigma) / 4))
        alone = denoiser.raw(x, noise, torch.full((3,), 3))
        far = denoiser(sigma * x, torch.full((3,), sigma))
    # Nothing of the noisy image is left over but what the network makes of it, σ_d F(x/σ).
    torch.testing.assert_close(far, denoiser.sigma_data * alone, rtol=1e-3, atol=1e-3)


@each
def test_no_label_is_the_null_class_and_labels_count(architecture):
    denoiser = random_denoiser(architecture)
    x, sigma = images(denoiser.shape), torch.ones(3)
    with torch.no_grad():
        null = denoiser(x, sigma)
        assert torch.equal(null, denoiser(x, sigma, torch.full((3,), denoiser.classes)))
        labelled = denoiser(x, sigma, torch.tensor([0, 1, 2]))
    # The autoencoder has no conditioning.
    assert torch.equal(null, labelled) == (architecture == "relu")


@each
def test_every_weight_has_a_gradient(architecture):
    denoiser = random_denoiser(architecture)
    denoiser(images(denoiser.shape), torch.tensor([0.1, 1, 10]), torch.tensor([0, 1, 3])).square().sum().backward()
    for name, weight in denoiser.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


@each
def test_a_seed_gives_its_weights_and_leaves_the_generator_alone(architecture):
    def weights(seed):
        denoiser = build(architecture, shape=(1, 8, 8), classes=3, seed=seed, **SIZES[architecture])
        return torch.cat([weight.detach().flatten() for weight in denoiser.parameters()])

    before = torch.get_rng_state()
    first = weights(5)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, weights(5))
    assert not torch.equal(first, weights(6))


@each
def test_a_configuration_rebuilds_the_network(architecture):
    denoiser = random_denoiser(architecture, shape=(2, 4, 8), sigma_data=0.7)
    again = rebuild(json.loads(json.dumps(denoiser.configuration)))
    again.load_state_dict(denoiser.state_dict())
    x = images((2, 4, 8))
    assert torch.equal(again(x, torch.ones(3)), denoiser(x, torch.ones(3)))
    assert (again.shape, again.classes, again.configuration) == ((2, 4, 8), 3, denoiser.configuration)


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_answer_has_the_precision_of_the_image(architecture, dtype):
    denoiser = random_denoiser(architecture)
    x = images(denoiser.shape, dtype=torch.float64)
    with torch.no_grad():
        whole = denoiser(x, torch.ones(3, dtype=torch.float64))
        # In double precision both the state and the network; else a network of that precision.
        other = (denoiser if dtype is torch.float64 else denoiser.to(dtype))(x.to(dtype), torch.ones(3, dtype=dtype))
    assert other.dtype == dtype
    torch.testing.assert_close(other.double(), whole, rtol=0.1, atol=0.1)


def test_the_autoencoder_is_tied_relu_units_with_positive_gains_and_homogeneous():
    denoiser = random_denoiser("relu").double()
    x, sigma = images((1, 8, 8), dtype=torch.float64), torch.tensor([0.3, 1.0, 4.0], dtype=torch.float64)
    with torch.no_grad():
        gain = denoiser.log_gain(sigma.log() / 4).exp().numpy()
        found = denoiser(x, sigma).flatten(1).numpy()
        W, skip = denoiser.encoder.weight.T.numpy(), float(denoiser.skip)
        torch.testing.assert_close(denoiser(3 * x, sigma), 3 * denoiser(x, sigma))
    flat, s2, d2 = x.flatten(1).numpy(), sigma.numpy()[:, None] ** 2, denoiser.sigma_data**2
    units = np.maximum(flat @ W, 0)
    expected = d2 / (s2 + d2) * flat + np.sqrt(s2 * d2) / (s2 + d2) * (skip * flat + gain * units @ W.T)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert gain.min() > 0
    assert gain.shape == (3, 7)


@pytest.mark.parametrize(
    ("architecture", "module", "shape"),
    [
        ("relu", "code", (3, 7)),
        ("unet", "fine", (3, 8, 4, 2)),
        ("unet", "coarse", (3, 16, 2, 1)),
        ("unet", "middle", (3, 16, 2, 1)),
        ("unet", "coarse_up", (3, 16, 2, 1)),
        ("unet", "fine_up", (3, 8, 4, 2)),
        ("transformer", "blocks.0", (3, 8, 8)),
        ("transformer", "blocks.1", (3, 8, 8)),
        ("transformer", "features", (3, 8)),
    ],
)
def test_representations_leave_the_modules_that_the_docstrings_name(architecture, module, shape):
    denoiser = random_denoiser(architecture, shape=(1, 8, 4))
    seen = []
    dict(denoiser.named_modules())[module].register_forward_hook(lambda _m, _i, out: seen.append(tuple(out.shape)))
    denoiser(images((1, 8, 4)), torch.ones(3))
    assert seen == [shape]


def test_what_ships_is_small_enough_in_half_precision():
    sizes = []
    for recipe in recipes().values():
        classes = 10 if recipe.data == "digits" else 1
        denoiser = build(recipe.architecture, shape=recipe.shape, classes=classes, seed=0, **recipe.size)
        sizes.append(2 * sum(weight.numel() for weight in denoiser.parameters()))
    assert max(sizes) < 2e6
    assert sum(sizes) < 18e6
    assert len(sizes) == 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"architecture": "mlp"}, "architecture must be one of"),
        ({"classes": 0}, "classes must be >= 1"),
        ({"shape": (1, 0, 8)}, "shape must be >= 1"),
        ({"shape": (1, 6, 8)}, "shape must have H and W divisible by 4"),
        ({"sigma_data": 0.0}, "sigma_data must be > 0"),
        ({"units": 3}, "size must be among"),
        ({"widths": [8, 12]}, "widths must be two multiples of 8"),
        ({"widths": [8]}, "widths must be two multiples of 8"),
        ({"heads": 3}, "heads must divide"),
        ({"seed": -1}, "seed must be >= 0"),
        ({"architecture": "transformer", "width": 9, "heads": 2}, "heads must divide"),
        ({"architecture": "transformer", "patch": 3}, "divisible by the patch"),
        ({"architecture": "transformer", "depth": 0}, "depth must be >= 1"),
        ({"architecture": "relu", "units": 0}, "units must be >= 1"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(arguments, words):
    good = {"architecture": "unet", "shape": (1, 8, 8), "classes": 3, "seed": 0}
    with pytest.raises(ValueError, match=words):
        inspect.unwrap(build)(**{**good, **arguments})


@pytest.mark.parametrize(
    "configuration", [None, {}, {"architecture": "relu", "shape": 3, "classes": 1}, {"shape": [1, 4, 4], "classes": 1}]
)
def test_configurations_without_the_names_are_refused(configuration):
    with pytest.raises(ValueError, match="configuration must"):
        inspect.unwrap(rebuild)(configuration)


@pytest.mark.parametrize(
    ("x", "sigma", "label", "words"),
    [
        ((2, 1, 8, 4), (2,), None, "x must have shape"),
        ((2, 1, 8, 8), (3,), None, "sigma must hold one level"),
        ((2, 1, 8, 8), (2,), torch.zeros(3, dtype=torch.int64), "label must be int64"),
    ],
)
def test_arguments_that_do_not_match_are_refused(x, sigma, label, words):
    denoiser = random_denoiser("relu")
    with pytest.raises(ValueError, match=words):
        inspect.unwrap(type(denoiser).forward)(denoiser, torch.zeros(x), torch.ones(sigma), label)


def test_noise_levels_are_told_by_waves_of_evenly_spaced_octaves():
    """Half a radian per unit of c_noise for the slowest wave, 12 for the fastest, a common ratio between."""
    levels = torch.tensor([-1.5, 0.0, 0.3, 1.0], dtype=torch.float64)
    found = NoiseFeatures(4).double()(levels).numpy()
    frequencies = np.array([0.5, 0.5 * 24 ** (1 / 3), 0.5 * 24 ** (2 / 3), 12.0])
    angles = np.outer(levels.numpy(), frequencies)
    np.testing.assert_allclose(found, np.concatenate([np.cos(angles), np.sin(angles)], axis=1), atol=1e-5)
