"""Maximum likelihood for mixtures of M equal-weight components with one shared variance, by EM: no diffusion.

A step moves every mean to the average of the samples weighted by their responsibilities, and s² to the responsible
mean square a coordinate. The likelihood never falls. Where the means can sit on all samples (M ≥ the number of
different samples) it is unbounded: s² → 0 there, and such a fit is reported as collapsed, with s² = 0 and loss −∞.
Other local maxima, with s² > 0, exist beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from numerics.mixture_fit import MixtureFit, Mixtures, checked_problems, squared_distances, starting_mixtures
from theory import validation

# Below this share of the samples' mean square, s² has collapsed: rounding of squared distances is not far.
_NOTHING = 1e-11


class LikelihoodStep(NamedTuple):
    """Minus the log likelihood a sample, the norm of its gradient in μ/s and log s², and where EM moves."""

    loss: Float[Tensor, " B"]
    gradient_norm: Float[Tensor, " B"]
    means: Float[Tensor, "B M d"]
    variance: Float[Tensor, " B"]


def maximum_likelihood(
    X: Any,
    components: Any,
    *,
    seeds: Sequence[int],
    start: Any = "samples",
    start_variance: Any = None,
    tolerance: float = 1e-8,
    steps: int = 20_000,
    device: str = "cpu",
) -> MixtureFit:
    """Fit B = len(seeds) mixtures by EM until the gradient norm is at most `tolerance`, or `steps` are spent.

    X: samples (N, d) for all or (B, N, d); components: M for all or (B,); start, start_variance: as of
    `numerics.mixture_fit.starting_mixtures`. The loss is minus the log likelihood a sample. Also required of a
    converged fit: no mean would move by more than N·tolerance in units of s, so that components which no sample is
    near do not pass for converged. ValueError on bad input, before any step.
    """
    problems = checked_problems(X, components, seeds)
    tolerance, steps = validation.positive(tolerance, "tolerance"), validation.whole(steps, "steps", 0)
    active = starting_mixtures(problems, start, start_variance, device)
    B, N, _ = problems.X.shape
    place = np.arange(B)
    means, variance = active.means.cpu().numpy().copy(), active.variance.cpu().numpy().copy()
    loss, norm, taken = np.full(B, np.inf), np.full(B, np.inf), np.zeros(B, dtype=np.int64)
    converged, collapsed = np.zeros((2, B), dtype=bool)
    history = []
    for step in range(steps + 1):
        found = likelihood_step(active)
        moved = (found.means - active.means).norm(dim=2).amax(1) / active.variance.sqrt()
        nothing = active.variance <= _NOTHING * active.X.square().mean(dim=(1, 2))
        settled = (found.gradient_norm <= tolerance) & (moved <= N * tolerance) & ~nothing
        done = settled | nothing
        rows = done if step < steps else torch.ones_like(done)
        row = np.full(B, np.nan)
        row[place] = torch.where(nothing, -torch.inf, found.loss).cpu().numpy()
        history.append(row)
        if bool(rows.any()):
            left = rows.cpu().numpy()
            ended = place[left]
            means[ended] = active.means[rows].cpu().numpy()
            variance[ended] = torch.where(nothing, 0.0, active.variance)[rows].cpu().numpy()
            loss[ended] = row[ended]
            norm[ended] = torch.where(nothing, torch.inf, found.gradient_norm)[rows].cpu().numpy()
            converged[ended], collapsed[ended] = settled.cpu().numpy()[left], nothing.cpu().numpy()[left]
            taken[ended] = step
            place = place[~left]
            if not place.size:
                break
            active, found = active.at(~rows), LikelihoodStep(*(values[~rows] for values in found))
        active = active._replace(means=found.means, variance=found.variance)
    return MixtureFit(
        means=means,
        components=problems.components,
        variance=variance,
        loss=loss,
        gradient_norm=norm,
        gradient_error=np.zeros(B),
        converged=converged,
        collapsed=collapsed,
        steps=taken,
        history=np.array(history),
        seeds=problems.seeds,
    )


def likelihood_step(mixtures: Mixtures) -> LikelihoodStep:
    """Loss, gradient norm and one step of EM for every mixture, all at the same point."""
    X, means, variance, used = mixtures
    N, d = X.shape[1:]
    distances = squared_distances(X, means)
    exponents = (-distances / (2 * variance[:, None, None])).masked_fill(~used[:, None, :], -torch.inf)
    evidence = torch.logsumexp(exponents, dim=2)
    logarithms = exponents - evidence[..., None]
    shares = logarithms.exp()
    square = (shares * distances).sum(dim=(1, 2)) / (N * d)
    loss = d / 2 * torch.log(2 * torch.pi * variance) + used.sum(1).double().log() - evidence.mean(1)
    held = shares.sum(1)
    gradient = (held[..., None] * means - shares.mT @ X) / (N * variance.sqrt()[:, None, None])
    of_variance = d / 2 * (1 - square / variance)
    norm = torch.sqrt(gradient.square().sum(dim=(1, 2)) + of_variance.square())
    # Normalised over the samples by their logarithms: a mean that no sample is near moves to the least remote.
    weights = torch.softmax(logarithms, dim=1).masked_fill(~used[:, None, :], 0.0)
    moved = weights.mT @ X
    # The mean square about the moved means is that about the old ones less what the moves take off.
    taken_off = (held * (moved - means).square().sum(2)).sum(1) / (N * d)
    return LikelihoodStep(loss, norm, moved, (square - taken_off).clamp(min=torch.finfo(square.dtype).tiny))
