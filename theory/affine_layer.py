"""A ReLU layer with biases, f(y) = W2[W1ᵀy + b]_+ + c, and a network of it that stores any distinct samples.

Project the samples onto a line on which no two coincide, t_1 < … < t_n in their order there. Between neighbours, g_k
apart, a ramp of two units rises from 0 to 1 on the middle part ρg_k of the gap, and moves the output from sample k to
sample k + 1. Noise does no harm at all until it carries a sample to the nearest ramp, (1 − ρ)g_k/2 away.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from scipy.special import ndtr

from . import validation


class AffineLayer(NamedTuple):
    """f(y) = W2[W1ᵀy + b]_+ + c: encoder W1 and decoder W2 (d, p), encoder bias b (p,), output bias c (d,)."""

    W1: Float64[np.ndarray, "d p"]
    b: Float64[np.ndarray, "p"]
    W2: Float64[np.ndarray, "d p"]
    c: Float64[np.ndarray, "d"]


def line_memorizer(X: Float[Any, "n d"], direction: Float[Any, "d"], ramp: float) -> AffineLayer:
    """A layer of 2(n − 1) units that maps a neighbourhood of each sample of X (n, d) to the sample itself.

    `direction` (d,), of any length, is the line on which the samples must be distinct; `ramp` in (0, 1) is the share
    ρ of each gap over which the output moves. Raises `ValueError` otherwise.
    """
    X, unit, ramp = _checked(X, direction, ramp)
    order = np.argsort(X @ unit)
    along, ordered = (X @ unit)[order], X[order]
    middles, gaps = (along[1:] + along[:-1]) / 2, np.diff(along)
    steps = np.diff(ordered, axis=0).T / (ramp * gaps)
    offsets = np.concatenate([middles - ramp * gaps / 2, middles + ramp * gaps / 2])
    return AffineLayer(
        np.tile(unit[:, None], (1, len(offsets))), -offsets, np.concatenate([steps, -steps], axis=1), ordered[0]
    )


def line_memorizer_bound(X: Float[Any, "n d"], direction: Float[Any, "d"], ramp: float, sigma: float) -> float:
    """Upper bound on the denoising error of `line_memorizer` at noise level sigma > 0, in the units of X squared.

    (1/n) Σ_i Δ_i²·(chance that noise reaches a ramp beside sample i), Δ_i the distance of the farthest sample and the
    chance a sum of Φ(−(1 − ρ)g/2σ) over the one or two gaps beside it. With two samples and ρ → 0 it is attained.
    """
    X, unit, ramp = _checked(X, direction, ramp)
    sigma = validation.positive(sigma, "sigma")
    order = np.argsort(X @ unit)
    reached = ndtr(-(1 - ramp) * np.diff((X @ unit)[order]) / (2 * sigma))
    chances = np.append(reached, 0.0) + np.append(0.0, reached)
    farthest = ((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=2).max(axis=1)
    return float((farthest[order] * chances).mean())


def _checked(X: Any, direction: Any, ramp: Any) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "d"], float]:
    """X, the direction at length one, and the ramp."""
    X = validation.samples(X)
    direction = validation.real_array(direction, "direction", ndim=1)
    if direction.shape != X.shape[1:]:
        raise ValueError(f"direction must have shape ({X.shape[1]},) to match X, got {direction.shape}")
    if not direction.any():
        raise ValueError(f"direction must not be zero, got {direction.tolist()}")
    ramp = validation.real_number(ramp, "ramp")
    if not 0 < ramp < 1:
        raise ValueError(f"ramp must lie in (0, 1), got {ramp!r}")
    unit = direction / np.linalg.norm(direction)
    least = float(np.diff(np.sort(X @ unit)).min(initial=np.inf))
    if not least > 0:
        raise ValueError(f"direction must give every sample of X a place of its own, got a gap of {least!r}")
    return X, unit, ramp
