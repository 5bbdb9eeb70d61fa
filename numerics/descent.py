"""Gradient descent on many two-layer ReLU denoising autoencoders as one program (BR eq. 6).

Networks of a batch may differ in data, width, noise level, weight decay and seed. Narrow ones are padded with zero
columns, which have no gradient and stay zero. Every `check_every` steps the exact loss and the norm of its exact
gradient are measured in double precision, whatever is descended: networks whose gradient is small enough are taken out
as converged, others whose loss no longer falls get half their learning rate. A network that ends at the largest number
of steps, or whose rate has fallen to nothing, has not converged and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from numerics.descent_run import MEMORY, Active, Descent, Run, activate
from numerics.noisy_gradient import noisy_gradient
from numerics.objective import evaluate
from numerics.optimizers import Memory, Optimizer, step_
from numerics.problem import Stack
from numerics.replay import Replay
from theory import validation

ADAM = Optimizer("adam")
OBJECTIVES = ("exact", "fresh")
DTYPES = {"float64": torch.float64, "float32": torch.float32}
# On CUDA a smaller stack is captured anew only where it has shrunk to this share.
_SHRUNK = 0.5


def descend(
    X: Any,
    width: Any,
    sigma: Any,
    weight_decay: Any,
    *,
    seeds: Sequence[int],
    optimizer: Optimizer = ADAM,
    objective: str = "exact",
    tied: bool = False,
    start: Any = 0.1,
    steps: int = 20_000,
    tolerance: float = 1e-6,
    check_every: int = 100,
    draws: int = 1,
    device: str = "cpu",
    dtype: str = "float64",
) -> Descent:
    """Train B = len(seeds) networks on BR eq. 6.

    X: samples (n, d) for all or (B, n, d); width, sigma, weight_decay: one for all or B of them. objective: "exact"
    (noise integrated) or "fresh" (noise drawn anew at each step, `draws` a sample). tied: one matrix W1 = W2, moved by
    the sum of both gradients. start: deviation of a Gaussian start, drawn from each network's own seed, or a pair of
    arrays (d, p) or (B, d, p). device and dtype ("float64"; "float32" for fresh noise) are those of the steps. Fresh
    noise is drawn from one stream for all seeds together. ValueError on bad input, before any step.
    """
    chosen = _seeds(seeds)
    B = len(chosen)
    samples, widths, stack = _problems(X, width, sigma, weight_decay, B)
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}")
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    if objective == "exact" and dtype != "float64":
        raise ValueError(f"dtype must be float64 where the objective is exact, got {dtype!r}")
    steps, check_every = validation.whole(steps, "steps", 0), validation.whole(check_every, "check_every", 1)
    draws = validation.whole(draws, "draws", 1)
    W1, W2 = _start(start, chosen, widths, samples.shape[-1])
    if tied and not np.array_equal(W1, W2):
        raise ValueError("start must have W1 equal to W2 where tied is True, got two that differ")
    limits = validation.positive(tolerance, "tolerance") * (samples**2).sum(axis=-1).mean(axis=-1)
    run = Run(activate(W1, W2, stack, optimizer, device, DTYPES[dtype]), stack, limits, tied)
    generator = torch.Generator(device).manual_seed(int(np.random.SeedSequence(chosen.tolist()).generate_state(1)[0]))
    how = _How(optimizer, objective, tied, draws, generator)
    replay = Replay(device, capture=objective == "fresh")
    taken = 0
    run.check(taken)
    while taken < steps and run.open():
        span = min(check_every, steps - taken)
        replay(partial(_step, run.active, how), span, generator)
        taken += span
        if run.check(taken) and (device == "cpu" or run.share_open() <= _SHRUNK):
            run.compact()
            replay = Replay(device, capture=objective == "fresh")
    return run.result(widths, chosen)


class _How(NamedTuple):
    """What a step needs to know beside the networks."""

    optimizer: Optimizer
    objective: str
    tied: bool
    draws: int
    generator: torch.Generator


def _step(active: Active, how: _How) -> None:
    """One step of every active network, in place."""
    W1, W2, stack, past1, past2, rate = active
    decay = stack.weight_decay
    if how.objective == "exact":
        gradient1, gradient2 = evaluate(W1, W2, Stack(stack.X, stack.sigma, 0 * stack.weight_decay), MEMORY)[1:]
    else:
        _, n, d = stack.X.shape
        noise = torch.empty(len(W1), how.draws * n, d, dtype=W1.dtype, device=W1.device)
        noise.normal_(generator=how.generator).mul_(stack.sigma)
        gradient1, gradient2 = noisy_gradient(W1, W2, stack.X, noise)
    if how.tied:
        gradient1 = gradient1 + gradient2
        _move(W1, gradient1, past1, rate, decay * 2, how.optimizer)
        W2.copy_(W1)
    else:
        _move(W1, gradient1, past1, rate, decay, how.optimizer)
        _move(W2, gradient2, past2, rate, decay, how.optimizer)


def _move(W: Tensor, gradient: Tensor, past: Memory, rate: Tensor, decay: Tensor, optimizer: Optimizer) -> None:
    if optimizer.decoupled:
        W.mul_(1 - 2 * rate * decay)
    else:
        gradient = gradient + 2 * decay * W
    step_(optimizer, W, gradient, past, rate)


def _seeds(seeds: Any) -> Int64[np.ndarray, " B"]:
    array = np.asarray(seeds)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iu" or (array < 0).any():
        raise ValueError(f"seeds must be whole numbers >= 0, at least one, got {seeds!r}")
    return array.astype(np.int64)


def _problems(X: Any, width: Any, sigma: Any, weight_decay: Any, B: int) -> tuple[np.ndarray, np.ndarray, Stack]:
    """Samples (B, n, d), widths (B,), and the stack, checked."""
    samples = validation.real_array(X, "X")
    if samples.ndim not in (2, 3) or 0 in samples.shape or (samples.ndim == 3 and len(samples) != B):
        raise ValueError(f"X must have shape (n, d) or ({B}, n, d), nowhere empty, got {samples.shape}")
    samples = np.broadcast_to(samples, (B, *samples.shape[-2:])).copy()
    numbers = []
    for values, name in ((width, "width"), (sigma, "sigma"), (weight_decay, "weight_decay")):
        array = validation.real_array(values, name)
        if array.shape not in ((), (B,)):
            raise ValueError(f"{name} must be a number or {B} numbers, one for each seed, got shape {array.shape}")
        if (array < 0).any():
            raise ValueError(f"{name} must be >= 0, got {float(array.min())!r}")
        numbers.append(np.broadcast_to(array, B).copy())
    widths, levels, decays = numbers
    if (widths != np.floor(widths)).any():
        raise ValueError(f"width must be a whole number, got {float(widths[widths != np.floor(widths)][0])!r}")
    level, decay = (torch.from_numpy(values[:, None, None]) for values in (levels, decays))
    return samples, widths.astype(np.int64), Stack(torch.from_numpy(samples), level, decay)


def _start(start: Any, seeds: np.ndarray, widths: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights (B, d, p) at the start; zero beyond each width."""
    shape = (len(seeds), d, int(widths.max()))
    if isinstance(start, tuple | list):
        if len(start) != 2:
            raise ValueError(f"start must be a deviation or a pair of weights, got {len(start)} arrays")
        W1, W2 = validation.weights(start[0], start[1], d)
        if W1.shape not in (shape, shape[1:]):
            raise ValueError(f"start must hold weights of shape {shape[1:]} or {shape}, got {W1.shape}")
        W1, W2 = (np.broadcast_to(W, shape).copy() for W in (W1, W2))
    else:
        deviation = validation.nonnegative(start, "start")
        W1, W2 = np.zeros((2, *shape))
        for k, (seed, width) in enumerate(zip(seeds.tolist(), widths.tolist(), strict=True)):
            W1[k, :, :width], W2[k, :, :width] = deviation * np.random.default_rng(seed).standard_normal((2, d, width))
    unused = np.arange(shape[2]) >= widths[:, None, None]
    return np.where(unused, 0.0, W1), np.where(unused, 0.0, W2)
