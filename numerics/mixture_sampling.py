"""Sampling from learned Gaussian mixtures: the deterministic steps of DDIM, and exact draws.

A model is an equal-weight mixture of M Gaussians with means μ_i in R^d and one variance s². Its noised version at time
t has means α_tμ_i and variance v_t = α_t²s² + σ_t², where α_t² = 1 − t² and σ_t = t. With x̄ the posterior mean of the
clean point, a step from t to t' is

    x' = α_t'x̄ + σ_t'(x − α_tx̄)/σ_t.

Steps are taken through a given grid of falling times; the first-order error is part of what such a sampler is, and
`exact_draws` has none. Models of a batch may have different numbers of components.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from theory import validation

# Distances of points to means held at once, in numbers of 8 bytes.
_BLOCK = 2**24


def ddim(
    means: Float[Any, "*b M d"],
    variance: Any,
    grid: Float[Any, "times"],
    noise: Float[Any, "*b m d"],
    *,
    components: Any = None,
    device: str = "cpu",
) -> Float64[np.ndarray, "*b m d"]:
    """Follow `noise`, points at the time grid[0], through the falling times of `grid` in [0, 1] to its last.

    `variance` s² >= 0 is one number or one a model; so is `components`, how many of the M means count (by default
    all). A last time of 0 returns posterior means. Raises `ValueError` for bad input.
    """
    means, variance, components = _models(means, variance, components)
    times = _falling_times(grid)
    points = validation.real_array(noise, "noise")
    if points.ndim != means.ndim or points.shape[:-2] != means.shape[:-2] or points.shape[-1] != means.shape[-1]:
        raise ValueError(f"noise must have shape (…, m, d) to match means {means.shape}, got {points.shape}")
    batch = math.prod(means.shape[:-2])
    models = [
        torch.as_tensor(array.reshape(batch, *array.shape[means.ndim - 2 :]), device=device)
        for array in (means, variance, components)
    ]
    x = torch.as_tensor(points.reshape(batch, *points.shape[-2:]), device=device).clone()
    at_once = max(1, _BLOCK // max(1, means.shape[-2] * batch))
    for block in x.split(at_once, dim=1):
        for high, low in pairwise(times.tolist()):
            block.copy_(_step(block, high, low, *models))
    return x.cpu().numpy().reshape(points.shape)


def exact_draws(
    means: Float[Any, "*b M d"], variance: Any, count: int, seed: int, *, components: Any = None
) -> Float64[np.ndarray, "*b m d"]:
    """`count` independent draws from each mixture; arguments as for `ddim`. Raises `ValueError` for bad input."""
    means, variance, components = _models(means, variance, components)
    count, seed = validation.whole(count, "count", 1), validation.whole(seed, "seed", 0)
    rng = np.random.default_rng(seed)
    chosen = rng.integers(components[..., None], size=(*components.shape, count))
    centres = np.take_along_axis(means, chosen[..., None], axis=-2)
    return centres + np.sqrt(variance)[..., None, None] * rng.standard_normal(centres.shape)


def _models(means: Any, variance: Any, components: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    means = validation.real_array(means, "means")
    if means.ndim < 2 or 0 in means.shape:
        raise ValueError(f"means must have shape (…, M, d) with at least one of each, got {means.shape}")
    variance = validation.real_array(variance, "variance")
    if variance.size and variance.min() < 0:
        raise ValueError(f"variance must be >= 0, got {float(variance.min())!r}")
    M = means.shape[-2]
    number = validation.real_array(M if components is None else components, "components")
    if (number != np.floor(number)).any() or (number < 1).any() or (number > M).any():
        raise ValueError(f"components must be whole numbers from 1 to M = {M}, got {components!r}")
    return means, _of_each(variance, "variance", means), _of_each(number, "components", means).astype(np.int64)


def _of_each(values: np.ndarray, name: str, means: np.ndarray) -> np.ndarray:
    if values.ndim and values.shape != means.shape[:-2]:
        raise ValueError(f"{name} must be one number or have shape {means.shape[:-2]}, got {values.shape}")
    return np.broadcast_to(values, means.shape[:-2]).copy()


def _falling_times(grid: Any) -> np.ndarray:
    times = validation.real_array(grid, "grid", ndim=1)
    if len(times) == 0 or (np.diff(times) >= 0).any() or times[0] > 1 or times[-1] < 0:
        raise ValueError(f"grid must hold falling times in [0, 1], got {times.tolist()}")
    return times


def _step(x: Tensor, high: float, low: float, means: Tensor, variance: Tensor, components: Tensor) -> Tensor:
    """One step from the time `high` > 0 to `low` of points (B, m, d)."""
    alpha = math.sqrt((1 - high) * (1 + high))
    noised = (alpha**2 * variance + high**2)[:, None, None]
    # −‖x − αμ‖²/(2v) up to what all components share.
    logits = (alpha * x @ means.mT - alpha**2 / 2 * (means**2).sum(dim=-1)[:, None]) / noised
    unused = torch.arange(means.shape[1], device=x.device) >= components[:, None]
    centre = torch.softmax(logits.masked_fill(unused[:, None], -math.inf), dim=-1) @ means
    clean = (alpha * variance[:, None, None] * x + high**2 * centre) / noised
    # (x − αx̄)/σ without the cancellation at small σ.
    noise = high * (x - alpha * centre) / noised
    return math.sqrt((1 - low) * (1 + low)) * clean + low * noise
