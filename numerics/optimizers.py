"""First-order optimisers of a stack of networks: one step moves every network, each at its own learning rate.

A step from the gradient g, all operations element by element (t counts from 1):

    sgd      v ← momentum·v + g,                                   w ← w − η v
    adam     m ← β₁m + (1 − β₁)g,  s ← β₂s + (1 − β₂)g²,           w ← w − η m̂/(√ŝ + 1e-8),  m̂ = m/(1 − β₁^t), ŝ alike
    adamw    w ← (1 − 2ηλ)w before an Adam step on the data alone (decay decoupled: it does not minimise BR eq. 6)
    rmsprop  s ← .99 s + .01 g²,  v ← momentum·v + g/(√s + 1e-8),  w ← w − η v

as in torch.optim, which has one learning rate for all networks. Counters live on the device, so that a step can be
captured and replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from theory import validation

NAMES = ("sgd", "adam", "adamw", "rmsprop")
_BETAS = 0.9, 0.999
_SMOOTHING = 0.99
_FLOOR = 1e-8

Weights = Float[Tensor, "B d p"]


@dataclass(frozen=True)
class Optimizer:
    """A first-order optimiser: `name` in {"sgd", "adam", "adamw", "rmsprop"}, learning_rate η > 0, 0 ≤ momentum < 1.

    The rate of SGD is in units of 1/mean‖x‖², that of the others in units of the weights, which have none; momentum is
    read by SGD and RMSprop. Raises `ValueError` otherwise.
    """

    name: str
    learning_rate: float = 0.01
    momentum: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"name must be one of {', '.join(NAMES)}, got {self.name!r}")
        validation.positive(self.learning_rate, "learning_rate")
        if not validation.nonnegative(self.momentum, "momentum") < 1:
            raise ValueError(f"momentum must be < 1, got {self.momentum!r}")

    @property
    def decoupled(self) -> bool:
        """Whether weight decay acts on the weights and not through the gradient."""
        return self.name == "adamw"


class Memory(NamedTuple):
    """What an optimiser remembers of one stack of weights: running first and second moments, and the steps taken."""

    first: Weights
    second: Weights
    steps: Float[Tensor, ""]

    def at(self, where: Any) -> Memory:
        """The memory of some of the networks."""
        return Memory(self.first[where], self.second[where], self.steps.clone())


def memory(W: Weights) -> Memory:
    """That of an optimiser that has taken no step."""
    return Memory(torch.zeros_like(W), torch.zeros_like(W), W.new_zeros(()))


def step_(optimizer: Optimizer, W: Weights, gradient: Weights, past: Memory, rate: Float[Tensor, "B 1 1"]) -> None:
    """Move W against its gradient in place, and update `past` in place; `rate` is η of each network."""
    past.steps.add_(1)
    if optimizer.name == "sgd":
        W.sub_(rate * past.first.mul_(optimizer.momentum).add_(gradient))
    elif optimizer.name == "rmsprop":
        past.second.mul_(_SMOOTHING).addcmul_(gradient, gradient, value=1 - _SMOOTHING)
        W.sub_(rate * past.first.mul_(optimizer.momentum).add_(gradient / (past.second.sqrt() + _FLOOR)))
    else:
        past.first.lerp_(gradient, 1 - _BETAS[0])
        past.second.mul_(_BETAS[1]).addcmul_(gradient, gradient, value=1 - _BETAS[1])
        first, second = (1 - torch.pow(beta, past.steps) for beta in _BETAS)
        W.sub_(rate / first * past.first / ((past.second / second).sqrt() + _FLOOR))
