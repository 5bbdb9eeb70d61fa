"""Training: the loss by its other form, the average by its recursion, interruption, limits, and what is refused."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from numerics.denoiser_training import LOG_LEVEL, train
from numerics.denoising_gradient import DenoisingGradient, denoising_loss
from numerics.image_denoisers import build
from tests.numerics.test_image_denoisers import SIZES, random_denoiser

IMAGES = np.random.default_rng(0).uniform(-1, 1, (6, 1, 4, 4))
LABELS = np.array([0, 1, 2, 0, 1, 2])
GOOD = {"steps": 3, "batch": 4, "learning_rate": 0.01, "seed": 5}


def small(architecture="transformer"):
    return build(architecture, shape=(1, 4, 4), classes=3, seed=1, **SIZES[architecture])


def weights(denoiser):
    return {name: weight.detach().clone() for name, weight in denoiser.named_parameters()}


def same(left, right):
    return all(torch.equal(left[name], right[name]) for name in left)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), sigma_data=st.floats(0.1, 2))
def test_the_loss_weighs_the_errors_of_the_network_itself_equally(seed, sigma_data):
    """λ‖D − x_0‖² = ‖F − (x_0 − c_skip x)/c_out‖² (Karras et al. eq. 8), here by the right side."""
    generator = torch.Generator().manual_seed(seed)
    denoiser = random_denoiser("relu", seed=seed, sigma_data=sigma_data).double()
    clean, noise = torch.randn((2, 5, 1, 8, 8), generator=generator, dtype=torch.float64)
    sigma, label = (torch.randn(5, generator=generator).double()).exp(), torch.zeros(5, dtype=torch.int64)
    over = sigma[:, None, None, None]
    norm = (over**2 + sigma_data**2).sqrt()
    x = clean + over * noise
    with torch.no_grad():
        out = denoiser.raw(x / norm, sigma.log() / 4, label)
        target = (clean - (sigma_data / norm) ** 2 * x) / (over * sigma_data / norm)
        torch.testing.assert_close(denoising_loss(denoiser, clean, sigma, noise, label), (out - target).square().mean())


def test_the_gradient_is_that_of_the_loss_and_of_one_batch_alone():
    denoiser = random_denoiser("unet")
    step = DenoisingGradient(denoiser, 2, torch.device("cpu"))
    draws = [(torch.randn(2, 1, 8, 8), torch.ones(2), torch.randn(2, 1, 8, 8), torch.tensor([0, 3])) for _ in range(2)]
    for draw in draws:
        loss = step(*draw)
    found = [weight.grad.clone() for weight in denoiser.parameters()]
    expected = denoising_loss(denoiser, *draws[-1])
    torch.testing.assert_close(loss, expected.detach())
    for gradient, other in zip(found, torch.autograd.grad(expected, list(denoiser.parameters())), strict=True):
        torch.testing.assert_close(gradient, other)


def test_training_lowers_the_loss_and_leaves_images_learnt():
    """Two flat images: knowing them, the error at a small noise level is far below that of the start."""
    images = np.stack([np.full((1, 4, 4), value) for value in (-0.8, 0.8)])
    denoiser = small("relu")
    heard = []
    history = train(
        denoiser,
        images,
        [0, 1],
        steps=300,
        batch=16,
        learning_rate=0.01,
        seed=0,
        progress=lambda *news: heard.append(news),
    )
    assert history.marks.tolist() == [100, 200, 300] == [step for step, _ in heard]
    assert (history.steps, history.device) == (300, "cpu")
    # At levels from which no network can tell the images apart, the loss cannot fall far.
    assert history.losses[-1] < history.losses[0]
    clean = torch.from_numpy(images).float().repeat(50, 1, 1, 1)
    noisy = clean + 0.5 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        error = (denoiser(noisy, torch.full((100,), 0.5)) - clean).square().mean()
    # The best linear denoiser of pixels one by one has 0.25 · 0.64/0.89 = 0.18, one told the two images nearly 0.
    assert error < 0.05


def test_the_average_follows_its_recursion(tmp_path):
    """Raw weights w_1, w_2, w_3 of runs of one, two and three steps, averaged by hand."""
    mean, ends = weights(small()), []
    for steps in (1, 2, 3):
        denoiser = small()
        train(denoiser, IMAGES, LABELS, **{**GOOD, "steps": steps}, checkpoint=tmp_path / f"{steps}")
        ends.append(weights(denoiser))
        raw = load_file(tmp_path / f"{steps}")
        kept = (1 + steps) / (10 + steps)
        mean = {name: kept * old + (1 - kept) * raw[f"weight/{name}"] for name, old in mean.items()}
    for name, value in ends[-1].items():
        torch.testing.assert_close(value, mean[name])
    assert not same(ends[0], ends[1])


@pytest.mark.parametrize("architecture", SIZES)
def test_an_interrupted_run_goes_on_to_the_same_weights(tmp_path, architecture):
    whole = small(architecture)
    through = train(whole, IMAGES, LABELS, **{**GOOD, "steps": 5})
    broken = small(architecture)
    train(broken, IMAGES, LABELS, **{**GOOD, "steps": 2}, checkpoint=tmp_path / "state")
    assert not same(weights(broken), weights(whole))
    # A new process has the network at its start, whatever that is.
    again = random_denoiser(architecture, shape=(1, 4, 4))
    resumed = train(again, IMAGES, LABELS, **{**GOOD, "steps": 5}, checkpoint=tmp_path / "state")
    assert same(weights(again), weights(whole))
    assert (resumed.steps, resumed.marks.tolist()) == (5, [2, 5])
    assert through.losses[0] == pytest.approx((2 * resumed.losses[0] + 3 * resumed.losses[1]) / 5, rel=1e-5)
    other = small(architecture)
    train(other, IMAGES, LABELS, **{**GOOD, "steps": 5, "seed": 6})
    assert not same(weights(other), weights(whole))


def test_only_a_state_of_the_same_run_is_gone_on_with(tmp_path):
    state = tmp_path / "state"
    train(small(), IMAGES, LABELS, **GOOD, checkpoint=state)
    for changed in ({"seed": 4}, {"batch": 3}, {"learning_rate": 0.02}, {"null_share": 0.5}):
        with pytest.raises(ValueError, match=f"checkpoint must be of a run with {next(iter(changed))}"):
            train(small(), IMAGES, LABELS, **{**GOOD, **changed}, checkpoint=state)
    with pytest.raises(ValueError, match="of a run with data"):
        train(small(), IMAGES[::-1].copy(), LABELS, **GOOD, checkpoint=state)
    with pytest.raises(ValueError, match="of a run with configuration"):
        train(small("relu"), IMAGES, LABELS, **GOOD, checkpoint=state)
    for content in (b"", b"\x80\x04K\x01.", state.read_bytes()[:-5]):
        state.write_bytes(content)
        with pytest.raises(ValueError, match="must be the state of a training run"):
            train(small(), IMAGES, LABELS, **GOOD, checkpoint=state)


def test_labels_are_hidden_as_often_as_asked():
    for share, trained in ((1.0, [False, True]), (0.0, [True, False])):
        denoiser = random_denoiser("transformer", shape=(1, 4, 4))
        before = denoiser.label.weight.detach().clone()
        train(denoiser, IMAGES, LABELS, **{**GOOD, "batch": 64}, null_share=share)
        moved = (denoiser.label.weight.detach() != before).any(dim=1)
        assert [bool(moved[:3].all()), bool(moved[3])] == trained


def test_noise_levels_are_log_normal(monkeypatch):
    seen = []
    monkeypatch.setattr(
        DenoisingGradient, "__call__", lambda self, clean, sigma, *rest: seen.append(sigma) or sigma.sum()
    )
    train(small(), IMAGES, LABELS, **{**GOOD, "steps": 1, "batch": 100_000})
    logs = seen[0].log()
    # Five standard errors: false alarms below 1e-6.
    assert abs(float(logs.mean()) - LOG_LEVEL[0]) < 5 * LOG_LEVEL[1] / 100_000**0.5
    assert abs(float(logs.std()) - LOG_LEVEL[1]) < 5 * LOG_LEVEL[1] / 200_000**0.5


def test_seconds_end_a_run():
    history = train(small("relu"), IMAGES, LABELS, **{**GOOD, "steps": 10**9}, seconds=1e-6)
    assert history.steps == 1
    assert len(history.losses) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"steps": 0}, "steps must be >= 1"),
        ({"batch": 0}, "batch must be >= 1"),
        ({"learning_rate": 0.0}, "learning_rate must be > 0"),
        ({"learning_rate": 1e30}, "learning_rate must keep the loss finite"),
        ({"null_share": 1.5}, "null_share must be at most 1"),
        ({"null_share": -0.1}, "null_share must be >= 0"),
        ({"seconds": 0.0}, "seconds must be > 0"),
        ({"seed": -1}, "seed must be >= 0"),
        ({"images": IMAGES[:, :, :3]}, "images must have shape"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "images must have shape"),
        ({"images": IMAGES * np.nan}, "images must be finite"),
        ({"labels": LABELS[:5]}, "labels must be one of 0 … 2 for each image"),
        ({"labels": LABELS + 1}, "labels must be one of 0 … 2"),
    ],
)
def test_bad_arguments_are_refused(changed, words):
    arguments = {"images": IMAGES, "labels": LABELS, **GOOD, **changed}
    with pytest.raises(ValueError, match=words):
        inspect.unwrap(train)(small("relu"), **arguments)
