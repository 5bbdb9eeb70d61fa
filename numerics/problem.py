"""A training problem as the objective and its curvature see it: checked tensors, and pieces that fit into a budget."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from numerics import gate_pairs
from numerics.gate_pairs import Correlation
from theory import validation

Weights = Float64[Tensor, "B d p"]
PairTable = Float64[Tensor, "B p p"]

# Numbers in one array: the caches of a CPU hold a few such arrays; on a GPU they hide the start of a kernel.
_AT_ONCE, _AT_ONCE_CUDA = 1 << 17, 1 << 22
# Arrays of that size that live at the same time, at most.
ARRAYS = 70
# Tables of samples may be so many times longer: few are alive, and not while those of pairs are.
_WIDER = 8


class Network(NamedTuple):
    """A stack of networks: unit columns of W1, their deviations, correlations and the products of W2's columns."""

    W1: Weights
    W2: Weights
    units: Weights
    scales: Float64[Tensor, "B p 1"]
    correlation: Correlation
    overlaps: PairTable


class Stack(NamedTuple):
    """Problems to be solved as one: a network each; samples, noise level and weight decay each, or one for all."""

    X: Float[Tensor, "*B n d"]
    sigma: Float[Tensor, "B 1 1"]
    weight_decay: Float[Tensor, "B 1 1"]

    def to(self, *to: Any) -> Stack:
        """The same problems on another device or in another precision."""
        return Stack(*(part.to(*to) for part in (self.X, self.sigma, self.weight_decay)))

    def at(self, where: Any) -> Stack:
        """The problems at an index of the stack; samples and numbers for all stay as they are."""
        X = self.X if self.X.ndim == 2 else self.X[where]
        return Stack(X, *(values if len(values) == 1 else values[where] for values in (self.sigma, self.weight_decay)))


class Problem(NamedTuple):
    """Validated arguments as tensors on one device; `as_torch` says whether W1 came as a tensor."""

    W1: Float64[Tensor, "*b d p"]
    W2: Float64[Tensor, "*b d p"]
    X: Float64[Tensor, "n d"]
    sigma: float
    weight_decay: float
    as_torch: bool

    def stack(self) -> Stack:
        """The samples, noise level and weight decay, the same for each network of a stack."""
        sigma, weight_decay = (self.X.new_full((1, 1, 1), value) for value in (self.sigma, self.weight_decay))
        return Stack(self.X, sigma, weight_decay)


def checked(W1: Any, W2: Any, X: Any, sigma: Any, weight_decay: Any) -> Problem:
    """The arguments of `expected_loss`, on the device of W1; ValueError as there."""
    samples = validation.samples(X)
    encoder, decoder = validation.weights(W1, W2, samples.shape[1])
    numbers = validation.nonnegative(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    as_torch = isinstance(W1, Tensor)
    device = W1.device if as_torch else torch.device("cpu")
    # Views of negative strides are no tensors.
    arrays = [array.copy() for array in (encoder, decoder, samples)]
    encoder, decoder, samples = (torch.from_numpy(array).to(device) for array in arrays)
    return Problem(encoder, decoder, samples, *numbers, as_torch)


def describe(W1: Weights, W2: Weights, sigma: float | Float64[Tensor, "#B 1 1"]) -> Network:
    """What the objective needs of a stack of networks, apart from the samples."""
    norms = torch.linalg.vector_norm(W1, dim=1, keepdim=True)
    units = torch.where(norms > 0, W1 / norms, 0.0)
    return Network(W1, W2, units, sigma * norms.mT, gate_pairs.between_columns(units), W2.mT @ W2)


def pieces(batch: int, n: int, p: int, limit: int) -> Iterator[tuple[slice, slice]]:
    """Slices of problems and of samples, at most `limit` numbers in a table if that can be.

    Tables are of (problem, sample, unit) and of (problem, unit, unit).
    """
    problems, rows = piece_sizes(n, p, limit, 1)
    yield from product(spans(batch, problems), spans(n, rows))


def piece_sizes(n: int, p: int, limit: int, d: int) -> tuple[int, int]:
    """Numbers of problems and of samples in a piece; the few tables of (problem, sample, one of d) may be larger."""
    width = max(1, p, d // _WIDER)
    rows = max(1, min(n, limit // width))
    return max(1, limit // max(rows * width, p * p)), rows


def spans(total: int, step: int) -> list[slice]:
    """Slices of `step` that cover range(total)."""
    return [slice(first, first + step) for first in range(0, total, step)]


def numbers_at_once(device: str, budget: int) -> int:
    """The length of the longest arrays that keep the work within a budget of bytes."""
    return max(1, min(_AT_ONCE_CUDA if device == "cuda" else _AT_ONCE, budget // (8 * ARRAYS)))
