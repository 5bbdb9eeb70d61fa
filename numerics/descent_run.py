"""The state of a batch of descents: which networks still move, at which rate, and what is known of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from numerics.objective import evaluate
from numerics.optimizers import Memory, Optimizer, memory
from numerics.problem import Stack

# Bytes at once for the exact objective.
MEMORY = 2 * 2**30
# A loss above this multiple of the one at the start has diverged.
_DIVERGED = 1e6
# The learning rate is halved at most so often before a network is given up.
_HALVINGS = 40
# A check that lowers the loss by a smaller share does not count as a fall.
_FALL = 1e-12
# Checks without a fall after which the learning rate is halved.
_PATIENCE = 2


@dataclass(frozen=True)
class Descent:
    """Where a batch of B descents ended. Columns beyond a network's width are zero.

    W1, W2 (B, d, p) with p the largest width; widths, seeds, steps (B,); loss and gradient_norm (B,), exact, of BR
    eq. 6 at the end (of the one shared matrix where tied); history (checks, B): the exact loss at each check, NaN after
    a network has been taken out. converged: gradient_norm ≤ tolerance · mean‖x‖². diverged: the loss left every bound
    or is not finite. Only converged runs are evidence of what descent finds.
    """

    W1: Float64[np.ndarray, "B d p"]
    W2: Float64[np.ndarray, "B d p"]
    widths: Int64[np.ndarray, " B"]
    loss: Float64[np.ndarray, " B"]
    gradient_norm: Float64[np.ndarray, " B"]
    converged: Bool[np.ndarray, " B"]
    diverged: Bool[np.ndarray, " B"]
    steps: Int64[np.ndarray, " B"]
    history: Float64[np.ndarray, "checks B"]
    seeds: Int64[np.ndarray, " B"]


class Active(NamedTuple):
    """The networks that still move, with their problems, in the precision of the steps."""

    W1: Tensor
    W2: Tensor
    stack: Stack
    past1: Memory
    past2: Memory
    rate: Float[Tensor, "B 1 1"]

    def at(self, where: Tensor) -> Active:
        """Some of the networks."""
        return Active(
            self.W1[where],
            self.W2[where],
            self.stack.at(where),
            self.past1.at(where),
            self.past2.at(where),
            self.rate[where],
        )


def activate(
    W1: np.ndarray, W2: np.ndarray, stack: Stack, optimizer: Optimizer, device: str, dtype: torch.dtype
) -> Active:
    """Networks at their start, on the device and in the precision of the steps, each at its first learning rate."""
    first, second = (torch.from_numpy(W.copy()).to(device, dtype) for W in (W1, W2))
    problems = stack.to(device, dtype)
    rate = torch.full_like(problems.sigma, optimizer.learning_rate)
    if optimizer.name == "sgd":
        rate /= problems.X.square().sum(2).mean(1)[:, None, None].clamp(min=torch.finfo(dtype).tiny)
    return Active(first, second, problems, memory(first), memory(second), rate)


class Run:
    """The state of a batch: which networks still move, and what is known of the others."""

    def __init__(self, active: Active, exact: Stack, limits: np.ndarray, tied: bool) -> None:
        B = len(active.W1)
        self.active, self._exact, self._tied = active, exact.to(active.W1.device), tied
        self._limits = limits
        # Places of the active networks in the batch, and which of them still count.
        self._place, self._moving = np.arange(B), np.ones(B, dtype=bool)
        self._W = np.zeros((2, *active.W1.shape))
        self._loss, self._norm = np.full((2, B), np.nan)
        self._best, self._first = np.full((2, B), np.inf)
        self._idle, self._halved, self._steps = np.zeros((3, B), dtype=np.int64)
        self._history: list[np.ndarray] = []

    def open(self) -> bool:
        """Whether any network still moves."""
        return bool(self._moving.any())

    def share_open(self) -> float:
        """Networks that still count, as a share of those that are moved."""
        return float(self._moving.mean())

    def check(self, taken: int) -> bool:
        """Measure the networks that still move; halve rates, take out what is done. True if any was taken out."""
        moving = torch.from_numpy(np.flatnonzero(self._moving)).to(self.active.W1.device)
        place = self._place[self._moving]
        W1, W2 = (W[moving].double() for W in (self.active.W1, self.active.W2))
        loss, *gradients = evaluate(W1, W2, self._exact.at(moving), MEMORY)
        gradient = sum(gradients) if self._tied else torch.cat(gradients, dim=1)
        loss, norm = (values.cpu().numpy() for values in (loss, torch.linalg.vector_norm(gradient, dim=(1, 2))))
        self._W[0, place], self._W[1, place] = W1.cpu().numpy(), W2.cpu().numpy()
        self._loss[place], self._norm[place], self._steps[place] = loss, norm, taken
        if not self._history:
            self._first[place] = loss
        row = np.full(len(self._loss), np.nan)
        row[place] = loss
        self._history.append(row)
        self._idle[place] = np.where(loss > self._best[place] * (1 - _FALL), self._idle[place] + 1, 0)
        self._best[place] = np.fmin(self._best[place], loss)
        stalled = self._idle[place] >= _PATIENCE
        self._idle[place[stalled]] = 0
        self._halved[place] += stalled
        self.active.rate[moving[torch.from_numpy(stalled).to(moving.device)]] *= 0.5
        lost = ~(loss <= _DIVERGED * (self._first[place] + 1))
        done = lost | (norm <= self._limits[place]) | (self._halved[place] > _HALVINGS)
        self._moving[np.flatnonzero(self._moving)[done]] = False
        return bool(done.any())

    def compact(self) -> None:
        """Move on with those networks alone that still count."""
        if self.open():
            kept = torch.from_numpy(np.flatnonzero(self._moving)).to(self.active.W1.device)
            self.active, self._exact = self.active.at(kept), self._exact.at(kept)
            self._place, self._moving = self._place[self._moving], self._moving[self._moving]

    def result(self, widths: np.ndarray, seeds: np.ndarray) -> Descent:
        """The end of every network, as last measured."""
        finite = np.isfinite(self._loss) & np.isfinite(self._norm)
        diverged = ~(finite & (self._loss <= _DIVERGED * (self._first + 1)))
        converged = ~diverged & (self._norm <= self._limits)
        return Descent(
            *self._W,
            widths=widths,
            loss=self._loss,
            gradient_norm=self._norm,
            converged=converged,
            diverged=diverged,
            steps=self._steps,
            history=np.array(self._history),
            seeds=seeds,
        )
