"""Steering a ReLU autoencoder at every noise level of a sampler: what comes out, as a function of the strength a.

At level i the network is f_i(y) = s_i y + W2_i[W1_iᵀy]_+ and is steered to f_i(y) + aW2_i v_i; a step of the sampler
(BR eq. 1) is y → f + r_i(y − f), r_i = σ_{i+1}/σ_i. With gates G_i = diag(1{W1_iᵀy > 0}) that hold, an infinitesimal
push t = dy/da of the point goes on as

    t → (1 − r_i){s_i t + W2_i(G_i W1_iᵀt + v_i)} + r_i t,

so the end is affine in a until the first gate of all levels switches, at a − u/u̇ for a pre-activation u = w·y moving at
u̇ = w·t. The whole answer is piecewise affine, and continuous: each step is a continuous function of (y, a).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from . import validation
from .sampling_flow import falling_levels

# A piece is left by at least this share of the strengths asked for: where many gates switch at once, rounding decides.
_LEAST_STEP = 1e-12


class Level(NamedTuple):
    """The network and the push of one noise level: skip s, W1 and W2 (d, p), v (p,)."""

    skip: float
    W1: Float64[np.ndarray, "d p"]
    W2: Float64[np.ndarray, "d p"]
    v: Float64[np.ndarray, "p"]


class Piece(NamedTuple):
    """Strengths `low` … `high` between which no gate switches, the end (d,) at one of them, `at`, and d end/da (d,)."""

    low: float
    high: float
    at: float
    end: Float64[np.ndarray, "d"]
    slope: Float64[np.ndarray, "d"]

    def ending(self, strength: float) -> Float64[np.ndarray, "d"]:
        """The end at a strength of this piece."""
        return self.end + (strength - self.at) * self.slope


def piece(networks: Sequence[Any], levels: Float[Any, "steps"], start: Float[Any, "d"], strength: float) -> Piece:
    """The piece that holds `strength`, sampling from `start` (d,) at the first of falling `levels`, the last ≥ 0.

    `networks` holds a `Level`, or a tuple like it, for each level but the last. Raises `ValueError` for bad input.
    """
    return _piece(*_checked(networks, levels, start), validation.real_number(strength, "strength"))


def pieces(
    networks: Sequence[Any], levels: Float[Any, "steps"], start: Float[Any, "d"], largest: float
) -> tuple[Piece, ...]:
    """All pieces from strength 0 to `largest` > 0, in order; arguments and errors as `piece`."""
    networks, levels, y = _checked(networks, levels, start)
    return tuple(_walk(networks, levels, y, validation.positive(largest, "largest")))


def _walk(networks: list[Level], levels: np.ndarray, start: np.ndarray, largest: float) -> Iterator[Piece]:
    low = 0.0
    while low < largest:
        found = _piece(networks, levels, start, low + _LEAST_STEP * largest)
        high = min(max(found.high, low + 2 * _LEAST_STEP * largest), largest)
        yield found._replace(low=low, high=high)
        low = high


def _piece(networks: list[Level], levels: np.ndarray, start: np.ndarray, strength: float) -> Piece:
    y, moving = start, np.zeros_like(start)
    low, high = -np.inf, np.inf
    for network, kept in zip(networks, levels[1:] / levels[:-1], strict=True):
        u, du = y @ network.W1, moving @ network.W1
        # Where a pre-activation that moves is 0.
        switches = strength - np.divide(u, du, out=np.full_like(u, np.inf), where=du != 0)
        low = max(low, switches[switches < strength].max(initial=-np.inf))
        high = min(high, switches[switches > strength].min(initial=np.inf))
        clean = network.skip * y + network.W2 @ (np.maximum(u, 0.0) + strength * network.v)
        push = network.skip * moving + network.W2 @ (np.where(u > 0, du, 0.0) + network.v)
        y, moving = clean + kept * (y - clean), push + kept * (moving - push)
    return Piece(float(low), float(high), strength, y, moving)


def _checked(networks: Sequence[Any], levels: Any, start: Any) -> tuple[list[Level], np.ndarray, np.ndarray]:
    levels = falling_levels(levels)
    y = validation.real_array(start, "start", ndim=1)
    if len(networks) != len(levels) - 1 or not len(networks):
        raise ValueError(f"networks must be one for each of {len(levels)} levels but the last, got {len(networks)}")
    found = []
    for number, (skip, W1, W2, v) in enumerate(networks):
        W1, W2 = validation.network(W1, W2, len(y))
        v = validation.real_array(v, f"networks[{number}].v", ndim=1)
        if len(v) != W1.shape[1]:
            raise ValueError(f"networks[{number}].v must hold {W1.shape[1]} numbers, one a unit, got {len(v)}")
        found.append(Level(validation.real_number(skip, f"networks[{number}].skip"), W1, W2, v))
    return found, levels, y
