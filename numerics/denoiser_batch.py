"""Small denoisers trained from scratch, one for each of several training sets at once, and images drawn from them.

A residual perceptron in the preconditioning of EDM (arXiv 2206.00364, table 1), with s the root mean square of its own
training set about its mean m: D(x, σ) = m + c_skip(x − m) + c_out F(c_in(x − m), log σ/s), trained by Adam under a
falling rate on E‖F − target‖². Images are drawn along the probability flow by Heun's steps, from σ = 40s to 0, and cut
to the range of pixels. Matrices of all denoisers are multiplied together; none sees another's images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64

from theory import validation

# Mean and spread of log σ/s in training; EDM has −0.51 and 1.2, for images of more pixels.
_LOG_MEAN, _LOG_SPREAD = 0.0, 1.4
# Noise levels over s between which images are drawn, steps, and how they crowd at small noise.
_MOST, _LEAST, _DRAW_STEPS, _RHO = 40.0, 0.01, 18, 7.0
_FREQUENCIES = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class DenoiserBatch:
    """A recipe: `width` units in each of `blocks` residual blocks, `steps` of Adam on `batch` images at `rate`."""

    width: int
    blocks: int
    steps: int
    batch: int
    rate: float = 1e-2
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "steps", "batch"):
            validation.whole(getattr(self, name), name, 1)
        validation.positive(self.rate, "rate")

    def __call__(self, points: Float[Any, "sets n d"], draws: int, seed: int) -> Float64[np.ndarray, "sets draws d"]:
        """`draws` images from the denoiser of each of the `points`, pixels in [−1, 1].

        The sets share one stream of noise: the same sets and seed give the same images. Raises `ValueError` for bad
        input and for a set whose points are all the same.
        """
        points, draws = validation.real_array(points, "points", ndim=3), validation.whole(draws, "draws", 1)
        generator = torch.Generator(self.device).manual_seed(validation.whole(seed, "seed", 0))
        data = torch.tensor(points, dtype=torch.float32, device=self.device)
        mean = data.mean(dim=1, keepdim=True)
        centred = data - mean
        scale = centred.square().mean(dim=(1, 2), keepdim=True).sqrt()
        if not (scale > 0).all():
            raise ValueError(f"points must differ within each of the {len(points)} sets, got one that is all the same")
        weights = self._initial(len(points), points.shape[2], generator)
        self._train(weights, centred / scale, generator)
        with torch.no_grad():
            drawn = _flow(weights, (len(points), draws, points.shape[2]), generator)
        return (mean + scale * drawn).clamp(-1, 1).double().cpu().numpy()

    def _initial(self, sets: int, d: int, generator: torch.Generator) -> list[torch.Tensor]:
        """Matrices of the first layer, of the blocks, and of the last, which begins at zero."""
        features = 1 + 2 * len(_FREQUENCIES)
        shapes = [(d + features, self.width), *[(self.width + features, self.width)] * self.blocks]
        weights = [
            torch.randn((sets, *shape), generator=generator, device=self.device) / math.sqrt(shape[0])
            for shape in shapes
        ]
        weights.append(torch.zeros((sets, self.width, d), device=self.device))
        return [weight.requires_grad_() for weight in weights]

    def _train(self, weights: list[torch.Tensor], data: torch.Tensor, generator: torch.Generator) -> None:
        """`data` are of mean zero and unit root mean square."""
        rule = torch.optim.Adam(weights, lr=self.rate)
        rates = torch.optim.lr_scheduler.CosineAnnealingLR(rule, self.steps)
        sets, n = data.shape[:2]
        at = torch.arange(sets, device=self.device)[:, None]
        for _ in range(self.steps):
            chosen = torch.randint(n, (sets, self.batch), generator=generator, device=self.device)
            clean = data[at, chosen]
            logs = torch.randn((sets, self.batch, 1), generator=generator, device=self.device)
            logs = _LOG_MEAN + _LOG_SPREAD * logs
            sigma = logs.exp()
            noise = sigma * torch.randn(clean.shape, generator=generator, device=self.device)
            total = (1 + sigma**2).sqrt()
            target = (total / sigma) * (clean - (clean + noise) / total**2)
            # A sum over sets, so that each has the gradient it would have alone.
            loss = (_network(weights, (clean + noise) / total, logs) - target).square().mean(dim=(1, 2)).sum()
            rule.zero_grad()
            loss.backward()
            rule.step()
            rates.step()


def _network(weights: list[torch.Tensor], inputs: torch.Tensor, logs: torch.Tensor) -> torch.Tensor:
    turns = [turn for f in _FREQUENCIES for turn in (torch.sin(math.pi * f * logs), torch.cos(math.pi * f * logs))]
    features = torch.cat([torch.ones_like(logs), *turns], dim=2)
    hidden = torch.nn.functional.silu(torch.cat([inputs, features], dim=2) @ weights[0])
    for weight in weights[1:-1]:
        hidden = hidden + torch.nn.functional.silu(torch.cat([hidden, features], dim=2) @ weight)
    return hidden @ weights[-1]


def _denoised(weights: list[torch.Tensor], x: torch.Tensor, sigma: float) -> torch.Tensor:
    total = math.sqrt(1 + sigma**2)
    logs = torch.full((*x.shape[:2], 1), math.log(sigma), device=x.device)
    return x / total**2 + (sigma / total) * _network(weights, x / total, logs)


def _flow(weights: list[torch.Tensor], shape: tuple[int, int, int], generator: torch.Generator) -> torch.Tensor:
    levels = np.linspace(_MOST ** (1 / _RHO), _LEAST ** (1 / _RHO), _DRAW_STEPS) ** _RHO
    x = levels[0] * torch.randn(shape, generator=generator, device=weights[0].device)
    for sigma, after in zip(levels.tolist(), [*levels[1:].tolist(), 0.0], strict=True):
        slope = (x - _denoised(weights, x, sigma)) / sigma
        moved = x + (after - sigma) * slope
        if after > 0:
            slope = (slope + (moved - _denoised(weights, moved, after)) / after) / 2
            moved = x + (after - sigma) * slope
        x = moved
    return x
