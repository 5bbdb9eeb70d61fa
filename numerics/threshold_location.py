"""Where an order parameter vanishes as weight decay grows, from measurements at a few decays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from theory import validation


class Location(NamedTuple):
    """`zero`: where the line through the last two decays with something left meets zero; `low`: the last decay at which
    any run has something left; `high`: the first at which none has."""

    zero: float
    low: float
    high: float


def locate(weight_decay: Float[Any, "runs"], order: Float[Any, "measured"], cut: float) -> Location:
    """Locate the threshold of `order` ≥ 0, which counts as nothing below `cut` > 0; runs in any order.

    At each decay the mean over runs with something left counts, so that runs that miss what could be had do not move
    the line. Raises `ValueError` for bad shapes, fewer than two decays with something left, or none beyond them.
    """
    weight_decay = validation.real_array(weight_decay, "weight_decay", ndim=1)
    order = validation.real_array(order, "order", ndim=1)
    cut = validation.positive(cut, "cut")
    if order.shape != weight_decay.shape:
        raise ValueError(f"order must have one value a run, {weight_decay.size}, got {order.size}")
    left = order >= cut
    decays = np.unique(weight_decay[left])
    if len(decays) < 2:
        raise ValueError(f"order must reach {cut!r} at two decays at least, got {len(decays)}")
    beyond = weight_decay[weight_decay > decays[-1]]
    if not beyond.size:
        raise ValueError(
            f"weight_decay must go beyond where order stays below {cut!r}, got {float(decays[-1])!r} at most"
        )
    first, last = (float(order[left & (weight_decay == decay)].mean()) for decay in decays[-2:])
    if not first > last:
        raise ValueError(f"order must fall towards its threshold, got {first!r} and then {last!r}")
    zero = float(decays[-1]) + last * float(decays[-1] - decays[-2]) / (first - last)
    return Location(zero, float(decays[-1]), float(beyond.min()))
