"""The printed protocol of arXiv 2508.17689: Adam on the denoising loss with noise and levels drawn anew at each step.

Full batch, t uniform on the grid, 100 draws a sample and step, 50,000 steps whose rate rises linearly from 0 to 1e-3 in
the first tenth and falls linearly to 1e-6, from samples with s² = 1e-6. How the print warms up and whether it moves s²
or its logarithm is not said; here it is the logarithm. The noise drawn is relieved of what one component alone would
make of it (`numerics.mixture_loss`), which changes no expectation.

It is here for comparison. The first gradients in log s² are so large that Adam's memory of them holds s² down for tens
of thousands of steps: with N = 12, d = 10, K = 3, M = 9 and 4 draws, all 50,000 steps end at s² = .055, with a gradient
of .4 of the loss, where `numerics.mixture_training` finds .257 within 200 steps and EM of the likelihood the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from numerics.mixture_fit import MixtureFit, checked_problems, distances_to_components, starting_mixtures
from numerics.mixture_loss import Points, drawn_loss
from numerics.mixture_slope import measured_slope
from numerics.mixture_training import loss_levels
from numerics.optimizers import Optimizer, memory, step_
from theory import validation

# The last rate as a share of the largest, and the share of the steps before that.
LAST, WARMING = 1e-3, 0.1
_ADAM = Optimizer("adam")


def train_by_adam(
    X: Any,
    components: Any,
    *,
    seeds: Sequence[int],
    weighting: Any = "snr",
    grid: Any = None,
    start: Any = "samples",
    start_variance: Any = None,
    tolerance: float = 1e-3,
    steps: int = 50_000,
    draws: int = 100,
    rate: float = 1e-3,
    device: str = "cpu",
) -> MixtureFit:
    """Train B = len(seeds) mixtures for all of the steps; arguments else as of `numerics.mixture_training.train`.

    rate: the largest, which falls to a thousandth. converged is measured at the end, as there, and stops nothing.
    ValueError on bad input, before any step.
    """
    problems = checked_problems(X, components, seeds)
    levels = loss_levels(weighting, grid, device)
    tolerance, steps = validation.positive(tolerance, "tolerance"), validation.whole(steps, "steps", 0)
    draws, rate = validation.whole(draws, "draws", 1), validation.positive(rate, "rate")
    mixtures = starting_mixtures(problems, start, start_variance, device)
    B, N, d = mixtures.X.shape
    generator = torch.Generator(device).manual_seed(
        int(np.random.SeedSequence(problems.seeds.tolist()).generate_state(1)[0])
    )
    logarithm = mixtures.variance.log()[:, None, None]
    past, past_logarithm = memory(mixtures.means), memory(logarithm)
    sample = torch.arange(N, device=device).repeat(draws).expand(B, -1)
    for step in range(steps):
        level = torch.randint(len(levels.sigma), sample.shape, generator=generator, device=device)
        points = Points(sample, level, levels.share[level] * len(levels.sigma) / (N * draws))
        noise = torch.randn(*sample.shape, d, generator=generator, dtype=torch.float64, device=device)
        nearest = distances_to_components(mixtures).argmin(2)
        gradient = drawn_loss(mixtures, levels, nearest, points, noise)
        now = mixtures.variance.new_full((B, 1, 1), rate * _share_of_rate(step / steps))
        step_(_ADAM, mixtures.means, gradient.means, past, now)
        step_(_ADAM, logarithm, (gradient.variance * mixtures.variance)[:, None, None], past_logarithm, now)
        mixtures = mixtures._replace(variance=logarithm[:, 0, 0].exp())
    slope = measured_slope(mixtures, levels, tolerance, generator)
    limit = tolerance * slope.loss
    loss = slope.loss.cpu().numpy()
    return MixtureFit(
        means=mixtures.means.cpu().numpy(),
        components=problems.components,
        variance=mixtures.variance.cpu().numpy(),
        loss=loss,
        gradient_norm=slope.norm.cpu().numpy(),
        gradient_error=slope.error.cpu().numpy(),
        converged=((slope.norm <= limit) & (slope.error <= limit)).cpu().numpy(),
        collapsed=np.zeros(B, dtype=bool),
        steps=np.full(B, steps),
        history=loss[None],
        seeds=problems.seeds,
    )


def _share_of_rate(passed: float) -> float:
    """The rate over its largest, after a share `passed` of the steps."""
    return passed / WARMING if passed < WARMING else 1 - (1 - LAST) * (passed - WARMING) / (1 - WARMING)
