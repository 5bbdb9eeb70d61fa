"""The gradient of the denoising loss of mixtures, measured with fresh noise until it can be told from nothing.

What training calls stationary: the gradient in μ/√(s² + t²), t the smallest level, and log s², with its standard error.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from numerics.mixture_fit import Mixtures
from numerics.mixture_loss import Levels, LossGradient, Points, certain_loss, drawn_loss, identify

# Draws of all noise at a check: at first, and at most.
CHECK_DRAWS, MOST_DRAWS = 16, 4096
# Numbers in the largest array: more would leave the cache of a CPU; on a GPU fewer would take less time than their
# launch.
CHUNK = {"cpu": 2**19, "cuda": 2**25}


class Slope(NamedTuple):
    """Loss and gradient norm measured with fresh noise, the norm's share of noise taken off, and its standard error."""

    loss: Float[Tensor, " B"]
    norm: Float[Tensor, " B"]
    error: Float[Tensor, " B"]


def measured_slope(mixtures: Mixtures, levels: Levels, tolerance: float, generator: torch.Generator) -> Slope:
    """Draw noise for each mixture until the standard error of its gradient is at most `tolerance` times its loss.

    Or until its norm is beyond that by three standard errors, or draws are spent.
    """
    identified = identify(mixtures, levels)
    points = Points.of(levels, identified.certain)
    exact = certain_loss(mixtures, levels, identified)
    nearest, state = identified.nearest, _Measured.none(mixtures)
    found = Slope(*(torch.zeros_like(mixtures.variance) for _ in range(3)))
    left = torch.arange(len(mixtures.X), device=mixtures.X.device)
    most = MOST_DRAWS if points.sample.numel() else CHECK_DRAWS
    while True:
        more = max(CHECK_DRAWS, state.count)
        state = state.with_draws(more, mixtures, levels, nearest, points, exact, generator)
        now = state.slope()
        for values, measured in zip(found, now, strict=True):
            values[left] = measured
        undecided = (now.error > tolerance * now.loss) & (now.norm <= tolerance * now.loss + 3 * now.error)
        if state.count >= most or not bool(undecided.any()):
            return found
        left, mixtures, state = left[undecided], mixtures.at(undecided), state.at(undecided)
        exact = LossGradient(*(values[undecided] for values in exact))
        points = Points(*(values[undecided] for values in points))
        nearest = nearest[undecided]


class _Measured(NamedTuple):
    """Sums over `count` draws of the loss, of the slope in the units of a step, and of its squares."""

    count: int
    loss: Float[Tensor, " B"]
    sums: Float[Tensor, "B coordinates"]
    squares: Float[Tensor, "B coordinates"]

    @classmethod
    def none(cls, mixtures: Mixtures) -> _Measured:
        B, M, d = mixtures.means.shape
        return cls(0, mixtures.X.new_zeros(B), *(mixtures.X.new_zeros(B, M * d + 1) for _ in range(2)))

    def at(self, where: Tensor) -> _Measured:
        return _Measured(self.count, *(values[where] for values in self[1:]))

    def with_draws(
        self,
        more: int,
        mixtures: Mixtures,
        levels: Levels,
        nearest: Tensor,
        points: Points,
        exact: LossGradient,
        generator: torch.Generator,
    ) -> _Measured:
        """After at least so many further draws of all noise at the points."""
        B, M = mixtures.means.shape[:2]
        unit = (mixtures.variance + levels.sigma.min() ** 2).sqrt()[:, None, None]
        # Small problems are drawn many times at once, as if they were as many mixtures.
        largest = max(points.sample.numel() * M, mixtures.X.numel())
        at_once = max(1, min(more, CHUNK[unit.device.type] // largest))
        copies = torch.arange(B, device=unit.device).repeat(at_once)
        many, places = mixtures.at(copies), Points(*(values[copies] for values in points))
        count, loss, sums, squares = self
        for _ in range(-(-more // at_once)):
            drawn = drawn_loss(many, levels, nearest[copies], places, fresh_noise(many, places, generator))
            means = exact.means + drawn.means.unflatten(0, (at_once, B))
            slope = (exact.variance + drawn.variance.unflatten(0, (at_once, B))) * mixtures.variance
            slope = torch.cat([(means * unit).flatten(2), slope[..., None]], dim=2)
            loss = loss + at_once * exact.loss + drawn.loss.unflatten(0, (at_once, B)).sum(0)
            sums, squares = sums + slope.sum(0), squares + slope.square().sum(0)
            count += at_once
        return _Measured(count, loss, sums, squares)

    def slope(self) -> Slope:
        loss, mean = self.loss / self.count, self.sums / self.count
        spread = ((self.squares / self.count - mean.square()).clamp(min=0) / (self.count - 1)).sum(1)
        return Slope(loss, (mean.square().sum(1) - spread).clamp(min=0).sqrt(), spread.sqrt())


def fresh_noise(mixtures: Mixtures, points: Points, generator: torch.Generator) -> Float[Tensor, "B P d"]:
    """One draw of standard normal noise for every point."""
    shape = (*points.sample.shape, mixtures.X.shape[2])
    return torch.randn(shape, generator=generator, dtype=mixtures.X.dtype, device=mixtures.X.device)
