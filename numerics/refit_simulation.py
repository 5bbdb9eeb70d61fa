"""Loops of generations with Gaussian refits, sampled point by point and batched over independent replicates.

A fit is the mean and covariance of the points (divisor their number); the next points are drawn from it. What differs
is the training set: the last points alone (replace), all points ever (accumulate), as many as a generation drawn from
all points ever (accumulate and subsample), or partly points of the real law N(0, Σ_0) (fresh).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation

# Points of all replicates that are held at once: 256 MiB.
_MOST_NUMBERS = 2**25


def replace(
    covariance: Float[Any, "d d"], n: int, generations: int, replicates: int, seed: int
) -> Float64[np.ndarray, "fits replicates d d"]:
    """Covariances of the fits 0 … `generations`, fit 0 the real law Σ_0 = `covariance`, fit g + 1 to n points of fit g.

    Σ_0 symmetric positive definite; `n` >= 1 points a generation; squared units of the points. For n near d the least
    eigenvalue falls below the rounding of the largest (n = d + 1: one fit in thousands within five generations), and
    the determinant is lost. Raises `ValueError` for bad input and for more points at once than fit in 256 MiB.
    """
    start, n, generations, replicates, rng = _checked(covariance, n, generations, replicates, seed, batches=1)
    fits = np.empty((generations + 1, replicates, *start.shape))
    fits[0] = start
    # Covariances do not depend on the mean, beside which a small spread would be lost to rounding.
    centre = np.zeros((replicates, len(start)))
    for g in range(generations):
        fits[g + 1] = _fit(_draw(rng, centre, fits[g], n))[1]
    return fits


def with_fresh(
    covariance: Float[Any, "d d"], n: int, fresh: int, generations: int, replicates: int, seed: int
) -> Float64[np.ndarray, "fits replicates d d"]:
    """Covariances of the fits to n points each: to real ones, then to `fresh` real ones and n − fresh of the last fit.

    0 <= `fresh` <= n, `generations` >= 0 fits after the first. Other arguments and errors as `replace`.
    """
    start, n, generations, replicates, rng = _checked(covariance, n, generations, replicates, seed, batches=1)
    fresh = validation.whole(fresh, "fresh", 0)
    if fresh > n:
        raise ValueError(f"fresh must be <= n = {n}, got {fresh}")
    real_mean, real = np.zeros((replicates, len(start))), np.broadcast_to(start, (replicates, *start.shape))
    fits = np.empty((generations + 1, replicates, *start.shape))
    means, fits[0] = _fit(_draw(rng, real_mean, real, n))
    for g in range(generations):
        old, new = _draw(rng, means, fits[g], n - fresh), _draw(rng, real_mean, real, fresh)
        means, fits[g + 1] = _fit(np.concatenate([old, new], axis=1))
    return fits


def accumulate(
    covariance: Float[Any, "d d"], n: int, generations: int, replicates: int, seed: int, *, subsample: bool = False
) -> Float64[np.ndarray, "pools replicates d d"]:
    """Covariances of the growing pool: of n real points, then with `generations` >= 0 batches of n generated ones.

    Each batch is drawn from the fit to the whole pool, or to n of its points where `subsample`, drawn without
    replacement. Other arguments and errors as `replace`.
    """
    start, n, generations, replicates, rng = _checked(
        covariance, n, generations, replicates, seed, batches=validation.whole(generations, "generations", 0) + 1
    )
    real = np.broadcast_to(start, (replicates, *start.shape))
    pool = np.empty((replicates, n * (generations + 1), len(start)))
    pool[:, :n] = _draw(rng, np.zeros((replicates, len(start))), real, n)
    found = np.empty((generations + 1, replicates, *start.shape))
    found[0] = _fit(pool[:, :n])[1]
    for g in range(generations):
        known = pool[:, : n * (g + 1)]
        if subsample:
            chosen = rng.permuted(np.tile(np.arange(n * (g + 1)), (replicates, 1)), axis=1)[:, :n]
            means, fit = _fit(np.take_along_axis(known, chosen[:, :, None], axis=1))
        else:
            means, fit = _fit(known)
        pool[:, n * (g + 1) : n * (g + 2)] = _draw(rng, means, fit, n)
        found[g + 1] = _fit(pool[:, : n * (g + 2)])[1]
    return found


def log_determinants(covariances: Float[Any, "... d d"]) -> Float64[np.ndarray, "..."]:
    """log det of covariances, any number of them; −∞ where it is zero. Raises `ValueError` where it is negative."""
    matrices = validation.real_array(covariances, "covariances")
    if matrices.ndim < 2 or matrices.shape[-2] != matrices.shape[-1]:
        raise ValueError(f"covariances must be square in their last two axes, got shape {matrices.shape}")
    signs, values = np.linalg.slogdet(matrices)
    if (signs < 0).any():
        raise ValueError(f"covariances must have determinants >= 0, got one of sign -1 among {signs.size}")
    return np.asarray(values)


def _checked(
    covariance: Any, n: int, generations: int, replicates: int, seed: int, batches: int
) -> tuple[np.ndarray, int, int, int, np.random.Generator]:
    start = validation.real_array(covariance, "covariance", ndim=2)
    if start.shape[0] != start.shape[1] or not start.size:
        raise ValueError(f"covariance must be square, got shape {start.shape}")
    if not np.array_equal(start, start.T):
        raise ValueError(f"covariance must be symmetric, got {start.tolist()}")
    if np.linalg.eigvalsh(start)[0] <= 0:
        raise ValueError(f"covariance must be positive definite, got {start.tolist()}")
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    replicates, seed = validation.whole(replicates, "replicates", 1), validation.whole(seed, "seed", 0)
    numbers = replicates * n * len(start) * batches
    if numbers > _MOST_NUMBERS:
        raise ValueError(f"replicates must keep their points under {_MOST_NUMBERS} numbers, got {numbers}")
    return start, n, generations, replicates, np.random.default_rng(seed)


def _draw(rng: np.random.Generator, means: np.ndarray, covariances: np.ndarray, n: int) -> np.ndarray:
    """n points for each replicate. The root is symmetric, for a fit of fewer points than dimensions is singular."""
    values, vectors = np.linalg.eigh(covariances)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    noise = rng.standard_normal((len(means), n, means.shape[1]))
    return means[:, None, :] + noise @ root.mT


def _fit(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    means = points.mean(axis=1)
    centred = points - means[:, None, :]
    return means, centred.mT @ centred / points.shape[1]
