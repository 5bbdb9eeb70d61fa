"""Batches of mixtures to be fitted: M equal-weight components with means μ_i and one shared variance s² in R^d.

What maximum likelihood and training on the denoising loss have in common: the checked problem, the start, the result.
Mixtures of a batch may differ in data, number of components and seed; those with few components are padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from theory import validation

STARTS = ("samples", "elsewhere")
# The variance at a start from samples, in the printed experiment of arXiv 2508.17689.
PRINTED_VARIANCE = 1e-6


@dataclass(frozen=True)
class MixtureFit:
    """Where a batch of B fits ended.

    means (B, M_max, d), zero beyond each mixture's `components`; variance (B,), s² ≥ 0; loss (B,) and gradient_norm
    (B,) of what was minimised, its gradient taken in the coordinates μ_i/s and log s², with the standard error
    gradient_error (B,), zero where nothing was drawn; steps (B,); history (checks, B): the loss at each check, NaN
    after a mixture has been taken out. converged: the gradient fell within the tolerance asked for. collapsed: s² fell
    to nothing, where the means sit on all samples; then loss and gradient are infinite. Only converged fits are
    evidence of what a method finds.
    """

    means: Float64[np.ndarray, "B M d"]
    components: Int64[np.ndarray, " B"]
    variance: Float64[np.ndarray, " B"]
    loss: Float64[np.ndarray, " B"]
    gradient_norm: Float64[np.ndarray, " B"]
    gradient_error: Float64[np.ndarray, " B"]
    converged: Bool[np.ndarray, " B"]
    collapsed: Bool[np.ndarray, " B"]
    steps: Int64[np.ndarray, " B"]
    history: Float64[np.ndarray, "checks B"]
    seeds: Int64[np.ndarray, " B"]


class Mixtures(NamedTuple):
    """Mixtures that still move, with their samples. `used` is False at padding."""

    X: Float[Tensor, "B N d"]
    means: Float[Tensor, "B M d"]
    variance: Float[Tensor, " B"]
    used: Bool[Tensor, "B M"]

    def at(self, where: Tensor) -> Mixtures:
        """Some of the mixtures."""
        return Mixtures(*(values[where] for values in self))

    def trimmed(self, most: int) -> Mixtures:
        """The same with room for at most so many components, the number that the largest has."""
        return self._replace(means=self.means[:, :most].contiguous(), used=self.used[:, :most].contiguous())


class Problems(NamedTuple):
    """Checked arguments of a fit."""

    X: Float64[np.ndarray, "B N d"]
    components: Int64[np.ndarray, " B"]
    seeds: Int64[np.ndarray, " B"]


def checked_problems(X: Any, components: Any, seeds: Sequence[int]) -> Problems:
    """Samples (N, d) for all or (B, N, d), components 1 ≤ M ≤ N for all or (B,), B seeds. ValueError for others."""
    chosen = np.asarray(seeds)
    if chosen.ndim != 1 or not chosen.size or chosen.dtype.kind not in "iu" or (chosen < 0).any():
        raise ValueError(f"seeds must be whole numbers >= 0, at least one, got {seeds!r}")
    B = len(chosen)
    samples = validation.real_array(X, "X")
    if samples.ndim not in (2, 3) or 0 in samples.shape or (samples.ndim == 3 and len(samples) != B):
        raise ValueError(f"X must have shape (N, d) or ({B}, N, d), nowhere empty, got {samples.shape}")
    counts = validation.real_array(components, "components")
    if counts.shape not in ((), (B,)):
        raise ValueError(f"components must be a number or {B} numbers, one for each seed, got shape {counts.shape}")
    wrong = (counts != np.floor(counts)) | (counts < 1) | (counts > samples.shape[-2])
    if wrong.any():
        raise ValueError(
            f"components must be whole numbers from 1 to the number of samples {samples.shape[-2]}, "
            f"got {float(counts[wrong].flat[0])!r}"
        )
    samples = np.broadcast_to(samples, (B, *samples.shape[-2:])).copy()
    return Problems(samples, np.broadcast_to(counts, B).astype(np.int64), chosen.astype(np.int64))


def starting_mixtures(problems: Problems, start: Any, start_variance: Any, device: str) -> Mixtures:
    """The mixtures at their start, on the device.

    start: "samples": M samples drawn without replacement by each seed, and s² = 1e-6; "elsewhere": means from a normal
    law with the samples' own mean and covariance, and s² their mean variance a coordinate; or an array of means
    (M, d) or (B, M, d), M the largest number of components, with s² as of "elsewhere". start_variance: s² > 0
    instead, one for all or (B,). ValueError for others.
    """
    X, counts, seeds = problems
    B, N, d = X.shape
    M = int(counts.max())
    used = np.arange(M) < counts[:, None]
    centred = X - X.mean(axis=1, keepdims=True)
    variance = np.maximum((centred**2).mean(axis=(1, 2)), np.finfo(np.float64).tiny)
    means = np.zeros((B, M, d))
    if isinstance(start, str):
        if start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)} or an array of means, got {start!r}")
        for k, (seed, count) in enumerate(zip(seeds.tolist(), counts.tolist(), strict=True)):
            rng = np.random.default_rng(seed)
            if start == "samples":
                means[k, :count] = X[k, rng.permutation(N)[:count]]
            else:
                means[k, :count] = X[k].mean(axis=0) + rng.standard_normal((count, N)) @ centred[k] / np.sqrt(N)
        if start == "samples":
            variance = np.full(B, PRINTED_VARIANCE)
    else:
        given = validation.real_array(start, "start")
        if given.shape not in ((M, d), (B, M, d)):
            raise ValueError(f"start must hold means of shape {(M, d)} or {(B, M, d)}, got {given.shape}")
        means = np.where(used[..., None], given, 0.0)
    if start_variance is not None:
        values = validation.real_array(start_variance, "start_variance")
        if values.shape not in ((), (B,)):
            raise ValueError(f"start_variance must be a number or {B} numbers, got shape {values.shape}")
        if (values <= 0).any():
            raise ValueError(f"start_variance must be > 0, got {float(values.min())!r}")
        variance = np.broadcast_to(values, B).copy()
    return Mixtures(*(torch.from_numpy(values).to(device) for values in (X, means, variance, used)))


def squared_distances(
    points: Float[Tensor, "*batch n d"], centres: Float[Tensor, "*batch m d"]
) -> Float[Tensor, "*batch n m"]:
    """‖x − c‖² of every point and centre by one product of matrices; rounding, of the size of ε‖x‖², never below 0."""
    squares = points.square().sum(-1)[..., :, None] + centres.square().sum(-1)[..., None, :]
    return (squares - 2 * points @ centres.mT).clamp(min=0)


def distances_to_components(mixtures: Mixtures) -> Float[Tensor, "B N M"]:
    """Squared distances of the samples to the means; infinite at padding."""
    return squared_distances(mixtures.X, mixtures.means).masked_fill(~mixtures.used[:, None, :], torch.inf)
