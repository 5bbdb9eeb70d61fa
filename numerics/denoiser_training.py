"""Training of image denoisers: EDM's loss at log-normal noise levels, Adam, and a moving average of the weights."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from numerics.denoising_gradient import DenoisingGradient
from numerics.preconditioning import ImageDenoiser
from numerics.training_state import TrainingState, read_state, write_state
from theory import validation

# log σ of the training noise is normal with this mean and standard deviation: EDM's, a level higher and wider, since
# which image is generated is decided at σ near 1 in 28 × 28 pixels, and so that a fiftieth of it is above the σ = 20
# from which images are sampled.
LOG_LEVEL = (-0.3, 1.6)
# Weights average over about the last 1,000 steps, and over a share of the steps taken as long as those are fewer.
_AVERAGE, _FIRST_AVERAGE = 0.999, 10
# Steps over which the learning rate rises, steps between marks of the history, seconds between checkpoints.
_RISE, _MARK, _CHECKPOINT = 200, 100, 60.0
# Longer gradients are scaled to this length: rare batches at extreme levels have very long ones.
_LONGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class History:
    """Mean EDM loss between marks, at the steps of the marks; all steps taken, seconds they took, and the device."""

    marks: Int64[np.ndarray, " marks"]
    losses: Float64[np.ndarray, " marks"]
    steps: int
    seconds: float
    device: str


def train(
    denoiser: ImageDenoiser,
    images: Any,
    labels: Any,
    *,
    steps: int,
    batch: int,
    learning_rate: float,
    seed: int,
    device: str = "cpu",
    null_share: float = 0.1,
    seconds: float | None = None,
    checkpoint: Path | None = None,
    eager: bool = False,
    progress: Callable[[int, float], object] = lambda step, loss: None,
) -> History:
    """Train on images (n, C, H, W), drawn uniformly with replacement, with labels (n,) in 0 … classes − 1.

    The denoiser, moved to the device meanwhile, is left on the CPU with the averaged weights. `null_share` of the
    labels are replaced by the null class. It ends after `steps` steps or `seconds` seconds, whichever comes first;
    `checkpoint`: a file to go on from if it exists, written every minute and at the end. On one device and version of
    torch's CPU kernels, a run that was interrupted gives the weights of one that was not. `eager`: no CUDA graph.
    `progress` hears the step and mean loss at every mark. Raises `ValueError` for bad input, a loss that is not finite,
    or another run's checkpoint.
    """
    data = _checked(images, labels, denoiser)
    steps, batch = validation.whole(steps, "steps", least=1), validation.whole(batch, "batch", least=1)
    rate, share = validation.positive(learning_rate, "learning_rate"), validation.nonnegative(null_share, "null_share")
    if share > 1:
        raise ValueError(f"null_share must be at most 1, got {null_share!r}")
    limit = np.inf if seconds is None else validation.positive(seconds, "seconds")
    begun = time.monotonic()
    place = torch.device(device)
    state = _started(denoiser, rate, validation.whole(seed, "seed", least=0), place)
    settings = {
        "batch": batch,
        "learning_rate": rate,
        "seed": seed,
        "null_share": share,
        "device": place.type,
        "configuration": denoiser.configuration,
        "data": hashlib.sha256(data[0].numpy().tobytes() + data[1].numpy().tobytes()).hexdigest(),
    }
    gradient = DenoisingGradient(denoiser, batch, place, eager)
    if checkpoint is not None and checkpoint.exists():
        read_state(checkpoint, state, settings)
    earlier = state.seconds
    where = tuple(part.to(place) for part in data)
    total, saved = torch.zeros((), device=place), time.monotonic()
    while state.step < steps:
        loss = gradient(*_draw(where, batch, share, denoiser.classes, state.generator))
        total += loss
        _move(state, rate)
        over = time.monotonic() - begun >= limit
        if state.step % _MARK == 0 or state.step == steps or over:
            taken = state.step - (state.marks[-1] if state.marks else 0)
            state.marks.append(state.step)
            # This waits for the device, so that the clock is right.
            state.losses.append(total.item() / taken)
            total.zero_()
            state.seconds = earlier + time.monotonic() - begun
            if not np.isfinite(state.losses[-1]):
                raise ValueError(f"learning_rate must keep the loss finite, got {rate} with loss {state.losses[-1]}")
            progress(state.step, state.losses[-1])
            if checkpoint is not None and time.monotonic() - saved > _CHECKPOINT:
                write_state(checkpoint, state, settings)
                saved = time.monotonic()
        if over:
            break
    if checkpoint is not None:
        write_state(checkpoint, state, settings)
    with torch.no_grad():
        for weight, mean in zip(denoiser.parameters(), state.average, strict=True):
            weight.copy_(mean)
    denoiser.zero_grad(set_to_none=True)
    denoiser.to("cpu")
    return History(np.array(state.marks), np.array(state.losses), state.step, state.seconds, device)


def _checked(images: Any, labels: Any, denoiser: ImageDenoiser) -> tuple[Tensor, Tensor]:
    pixels = validation.real_array(images, "images")
    if pixels.ndim != 4 or pixels.shape[1:] != denoiser.shape or not len(pixels):
        raise ValueError(f"images must have shape (n, {', '.join(map(str, denoiser.shape))}), got {pixels.shape}")
    classes = validation.real_array(labels, "labels", ndim=1)
    if classes.shape != (len(pixels),) or not np.isin(classes, np.arange(denoiser.classes)).all():
        raise ValueError(f"labels must be one of 0 … {denoiser.classes - 1} for each image, got {labels!r}")
    return torch.from_numpy(pixels).float(), torch.from_numpy(classes).long()


def _started(denoiser: ImageDenoiser, rate: float, seed: int, place: torch.device) -> TrainingState:
    denoiser.to(place).train().requires_grad_(True)
    return TrainingState(
        denoiser,
        torch.optim.Adam(denoiser.parameters(), lr=rate, fused=place.type == "cuda"),
        [weight.detach().clone() for weight in denoiser.parameters()],
        torch.Generator(place).manual_seed(seed),
    )


def _draw(
    data: tuple[Tensor, ...], batch: int, null_share: float, classes: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Clean images, noise levels, noise and labels of one batch."""
    images, labels = data
    place = images.device
    chosen = torch.randint(len(images), (batch,), generator=generator, device=place)
    mean, spread = LOG_LEVEL
    sigma = (mean + spread * torch.randn(batch, generator=generator, device=place)).exp()
    noise = torch.randn((batch, *images.shape[1:]), generator=generator, device=place)
    hidden = torch.rand(batch, generator=generator, device=place) < null_share
    return images[chosen], sigma, noise, labels[chosen].masked_fill(hidden, classes)


@torch.no_grad()
def _move(state: TrainingState, rate: float) -> None:
    """One step of Adam along the gradient, and of the average."""
    torch.nn.utils.clip_grad_norm_(state.denoiser.parameters(), _LONGEST_GRADIENT)
    for group in state.optimizer.param_groups:
        group["lr"] = rate * min(1.0, (state.step + 1) / _RISE)
    state.optimizer.step()
    state.step += 1
    kept = min(_AVERAGE, (1 + state.step) / (_FIRST_AVERAGE + state.step))
    get_ema_multi_avg_fn(kept)(state.average, list(state.denoiser.parameters()), state.step)
