"""The Gaussian loop with selection, sampled: draw a pool from the fit, contract it, keep far points, refit to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from theory import validation

from .selection import greedy_select


def selected_fits(
    covariance: Float[Any, "d d"],
    kept: int,
    pool: int,
    generations: int,
    replicates: int,
    seed: int,
    *,
    contraction: float = 1.0,
    isotropic: bool = False,
) -> Float64[np.ndarray, "fits replicates d d"]:
    """Covariances of the fits 0 … `generations`: fit 0 is Σ_0 = `covariance`, fit g + 1 to `kept` points from fit g.

    A generation draws `pool` >= `kept` >= 1 points, moves them to `contraction` κ > 0 of their distance from the mean,
    and keeps those of `greedy_select`; the divisor is their number. Where `isotropic` the fits are multiples of I, with
    the mean variance. Σ_0 symmetric positive definite, squared units of the points. Raises `ValueError` for bad input.
    """
    start = validation.positive_definite(covariance, "covariance")
    kept, pool = validation.whole(kept, "kept", 1), validation.whole(pool, "pool", 1)
    if kept > pool:
        raise ValueError(f"kept must be <= pool = {pool}, got {kept}")
    generations, replicates = (
        validation.whole(generations, "generations", 0),
        validation.whole(replicates, "replicates", 1),
    )
    contraction = validation.positive(contraction, "contraction")
    rng = np.random.default_rng(validation.whole(seed, "seed", 0))
    fits = np.empty((generations + 1, replicates, *start.shape))
    fits[0] = start
    for replicate in range(replicates):
        for g in range(generations):
            values, axes = np.linalg.eigh(fits[g, replicate])
            # The mean of a fit moves nothing: covariances and choices are those of centred points.
            noise = rng.standard_normal((pool, len(start)))
            points = contraction * (noise * np.sqrt(np.maximum(values, 0.0))) @ axes.T
            chosen = points[greedy_select(points, kept, int(rng.integers(2**31)))]
            centred = chosen - chosen.mean(axis=0)
            fit = centred.T @ centred / kept
            fits[g + 1, replicate] = np.eye(len(fit)) * np.trace(fit) / len(fit) if isotropic else fit
    return fits
