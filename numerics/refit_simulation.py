"""Loops of generations with Gaussian refits, sampled point by point and batched over independent replicates.

A fit is the mean and covariance of the points (divisor their number); the next points are drawn from it. What the
training sets are made of is in `numerics.generations`; real points are of the law N(0, Σ_0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from numerics.generations import Generation, Model, Points, generations
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
    loop = _loop(covariance, n, generations, replicates, seed)
    fits = np.empty((loop.count + 1, loop.replicates, *loop.start.shape))
    fits[0] = loop.start
    if loop.count:
        for g, found in enumerate(loop.run("replace", loop.count - 1, _CENTRED), start=1):
            fits[g] = found.fit.covariances
    return fits


def with_fresh(
    covariance: Float[Any, "d d"], n: int, fresh: int, generations: int, replicates: int, seed: int
) -> Float64[np.ndarray, "fits replicates d d"]:
    """Covariances of the fits to n points each: to real ones, then to `fresh` real ones and n − fresh of the last fit.

    0 <= `fresh` <= n, `generations` >= 0 fits after the first. Other arguments and errors as `replace`.
    """
    loop = _loop(covariance, n, generations, replicates, seed)
    return np.array([found.fit.covariances for found in loop.run("fresh", loop.count, GAUSSIAN, fresh)])


def accumulate(
    covariance: Float[Any, "d d"], n: int, generations: int, replicates: int, seed: int, *, subsample: bool = False
) -> Float64[np.ndarray, "pools replicates d d"]:
    """Covariances of the growing pool: of n real points, then with `generations` >= 0 batches of n generated ones.

    Each batch is drawn from the fit to the whole pool, or to n of its points where `subsample`, drawn without
    replacement. Other arguments and errors as `replace`.
    """
    count = validation.whole(generations, "generations", 0)
    loop = _loop(covariance, n, count, replicates, seed, batches=count + 1)
    policy = "accumulate-subsample" if subsample else "accumulate"
    return np.array([_fit_gaussians(found.pool).covariances for found in loop.run(policy, count, GAUSSIAN)])


def log_determinants(covariances: Float[Any, "... d d"]) -> Float64[np.ndarray, "..."]:
    """log det of covariances, any number of them; −∞ where it is zero. Raises `ValueError` where it is negative."""
    matrices = validation.real_array(covariances, "covariances")
    if matrices.ndim < 2 or matrices.shape[-2] != matrices.shape[-1]:
        raise ValueError(f"covariances must be square in their last two axes, got shape {matrices.shape}")
    signs, values = np.linalg.slogdet(matrices)
    if (signs < 0).any():
        raise ValueError(f"covariances must have determinants >= 0, got one of sign -1 among {signs.size}")
    return np.asarray(values)


class Gaussians(NamedTuple):
    """Fits of all replicates: means (replicates, d) and covariances (replicates, d, d)."""

    means: Float64[np.ndarray, "replicates d"]
    covariances: Float64[np.ndarray, "replicates d d"]


def _fit_gaussians(points: Float64[np.ndarray, "replicates n d"]) -> Gaussians:
    """Mean and covariance of the points of each replicate, the divisor their number."""
    means = points.mean(axis=1)
    centred = points - means[:, None, :]
    return Gaussians(means, centred.mT @ centred / points.shape[1])


def _draw_gaussians(fits: Gaussians, n: int, rng: np.random.Generator) -> Float64[np.ndarray, "replicates n d"]:
    """n points of each fit. The root is symmetric, for a fit of fewer points than dimensions is singular."""
    values, vectors = np.linalg.eigh(fits.covariances)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    noise = rng.standard_normal((len(fits.means), n, fits.means.shape[1]))
    return fits.means[:, None, :] + noise @ root.mT


GAUSSIAN = Model(lambda points, rng: _fit_gaussians(points), _draw_gaussians)
"""Refits of mean and covariance."""


def _fit_centred(points: Points, rng: np.random.Generator) -> Gaussians:
    """Covariances do not depend on the mean, beside which a small spread would be lost to rounding."""
    means, covariances = _fit_gaussians(points)
    return Gaussians(np.zeros_like(means), covariances)


_CENTRED = Model(_fit_centred, _draw_gaussians)


class _Loop(NamedTuple):
    """A checked loop: Σ_0, points and number of generations, replicates, and the stream that all is drawn from."""

    start: Float64[np.ndarray, "d d"]
    n: int
    count: int
    replicates: int
    rng: np.random.Generator

    def run(self, policy: str, count: int, model: Model, fresh: int = 0) -> Iterator[Generation]:
        """Generations 0 … count."""
        d = len(self.start)
        real = Gaussians(np.zeros((self.replicates, d)), np.broadcast_to(self.start, (self.replicates, d, d)))
        return generations(
            lambda n, rng: _draw_gaussians(real, n, rng), model, policy, self.n, count, self.rng, fresh=fresh
        )


def _loop(covariance: Any, n: int, generations: int, replicates: int, seed: int, batches: int = 1) -> _Loop:
    start = validation.positive_definite(covariance, "covariance")
    n, count = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    replicates, seed = validation.whole(replicates, "replicates", 1), validation.whole(seed, "seed", 0)
    numbers = replicates * n * len(start) * batches
    if numbers > _MOST_NUMBERS:
        raise ValueError(f"replicates must keep their points under {_MOST_NUMBERS} numbers, got {numbers}")
    return _Loop(start, n, count, replicates, np.random.default_rng(seed))
