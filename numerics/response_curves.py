"""How far the answer to a push of growing strength is a threshold, how far a line: three statistics of one curve.

A curve holds the response at strengths a_k = kA/K, k = 0 … K. Written before any curve was measured:

* sharpness: largest increment over the mean increment (in size): 1 for a line, K if all happens between two strengths;
* width: the share of [0, A] in which the response rises from 10 to 90 % of its largest rise, read off the running
  maximum joined by lines: 0.8 for a line, 0.8/K for a step;
* preference: ln of the squared leave-one-out error of a line over that of a step (two levels, best place; a point
  left out at the place is predicted half-way). A line's is below 0, a step's above.

No rescaling of the response or of the strengths changes any of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation

RISES = (0.1, 0.9)
# Errors below this share of the curve's variance count as this share: a line has none at all.
FLOOR = 1e-6
# Strengths besides 0 from which a line and a step can be told apart with a point left out.
LEAST = 4


def sharpness(curves: Float[Any, "m strengths"]) -> Float64[np.ndarray, " m"]:
    """Largest over mean size of an increment of each curve (m, K + 1); NaN for a constant. `ValueError` for bad input.

    For steps of a path in many dimensions give the lengths added up.
    """
    sizes = np.abs(np.diff(_curves(curves), axis=1))
    mean = sizes.mean(axis=1)
    return np.divide(sizes.max(axis=1), mean, out=np.full(len(sizes), np.nan), where=mean > 0)


def width(curves: Float[Any, "m strengths"]) -> Float64[np.ndarray, " m"]:
    """Share of the strengths between 10 and 90 % of the largest rise of each curve (m, K + 1); NaN where none rises.

    Raises `ValueError` for bad input.
    """
    curves = _curves(curves)
    risen = np.maximum.accumulate(curves - curves[:, :1], axis=1)
    whole = risen[:, -1:]
    shares = np.divide(risen, whole, out=np.full_like(risen, np.nan), where=whole > 0)
    low, high = (_first_reach(shares, rise) for rise in RISES)
    return (high - low) / (curves.shape[1] - 1)


def preference(curves: Float[Any, "m strengths"]) -> Float64[np.ndarray, " m"]:
    """ln(squared leave-one-out error of a line / of a step) of each curve (m, K + 1): > 0 where a step fits better.

    Both errors are at least 1e-6 of the curve's squared deviations from its mean; NaN for a constant. Raises
    `ValueError` for bad input.
    """
    curves = _curves(curves)
    centred = curves - curves.mean(axis=1, keepdims=True)
    spread = (centred**2).sum(axis=1)
    scaled = np.divide(centred, np.sqrt(spread)[:, None], out=np.full_like(centred, np.nan), where=spread[:, None] > 0)
    line, step = (np.maximum((errors**2).sum(axis=1), FLOOR) for errors in (_line_errors(scaled), _step_errors(scaled)))
    return np.log(line / step)


def _curves(curves: Any) -> Float64[np.ndarray, "m strengths"]:
    curves = validation.samples(curves, "curves")
    if curves.shape[1] <= LEAST:
        raise ValueError(f"curves must hold at least {LEAST + 1} strengths, got shape {curves.shape}")
    return curves


def _first_reach(shares: np.ndarray, rise: float) -> np.ndarray:
    """Where each non-decreasing row of shares first reaches `rise`, in places along the row; NaN for a row of NaN."""
    at = np.argmax(shares >= rise, axis=1)
    rows = np.arange(len(shares))
    after, before = shares[rows, at], shares[rows, np.maximum(at - 1, 0)]
    known = ~np.isnan(shares[:, 0])
    back = np.divide(after - rise, after - before, out=np.full(len(shares), np.nan), where=known & (at > 0))
    return at - back


def _line_errors(curves: np.ndarray) -> np.ndarray:
    """Each point against the least-squares line through all others."""
    place = np.arange(curves.shape[1]) - (curves.shape[1] - 1) / 2
    design = np.stack([np.ones_like(place), place], axis=1)
    hat = design @ np.linalg.pinv(design)
    return (curves - curves @ hat) / (1 - np.diag(hat))


def _step_errors(curves: np.ndarray) -> np.ndarray:
    """Each point against the best step through all others."""
    points = curves.shape[1]
    errors = np.empty_like(curves)
    places = np.arange(1, points - 1)
    for left_out in range(points):
        rest = np.delete(curves, left_out, axis=1)
        below = rest.cumsum(axis=1)[:, :-1]
        above = rest.sum(axis=1, keepdims=True) - below
        low, high = below / places, above / (points - 1 - places)
        # The squares that a step explains are largest where its error is least.
        best = np.argmax(below * low + above * high, axis=1)
        rows = np.arange(len(curves))
        low, high, place = low[rows, best], high[rows, best], places[best]
        predicted = np.where(place > left_out, low, np.where(place < left_out, high, (low + high) / 2))
        errors[:, left_out] = curves[:, left_out] - predicted
    return errors
