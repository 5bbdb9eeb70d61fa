"""Loops of generations with linear denoisers and their probability flow, batched over independent replicates.

The training set's mean m and covariance S give its optimal linear denoiser at every noise level, m + S(S + σ²I)⁻¹(x −
m); its flow from σ_max to σ_min multiplies x − m by √((s + σ_min²)/(s + σ_max²)) along each eigenvector of S
(`theory.flow_loop`), and is followed exactly from N(0, σ_max²I). Given m and S, the ends have the covariance s_{g+1}(S)
of that loop, so that their own, over n points, has the mean (1 − 1/n)s_{g+1}(S).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from numerics.generations import Model, Points
from numerics.generations import generations as run_generations
from theory import validation


class _Linear(NamedTuple):
    """Means (replicates, d), eigenvalues and eigenvectors of the covariances."""

    means: np.ndarray
    spectra: np.ndarray
    vectors: np.ndarray


def linear_flows(
    covariance: Float[Any, "d d"],
    n: int,
    generations: int,
    replicates: int,
    seed: int,
    sigma_max: float,
    sigma_min: float = 0.0,
    *,
    policy: str = "replace",
    fresh: int = 0,
) -> Float64[np.ndarray, "fits replicates d d"]:
    """Covariances, divisor their number, of the training sets 0 … `generations`, set 0 of n points of N(0, Σ_0).

    Σ_0 = `covariance` symmetric positive semidefinite; 0 <= `sigma_min` < `sigma_max`, in the units of the points;
    `policy` and `fresh` as of `numerics.generations.generations`. Raises `ValueError` for bad input.
    """
    start = validation.symmetric(covariance, "covariance")
    spectrum, basis = np.linalg.eigh(start)
    if spectrum[0] < -1e-12 * spectrum[-1]:
        raise ValueError(f"covariance must be positive semidefinite, got the eigenvalue {float(spectrum[0])!r}")
    count, replicates = validation.whole(generations, "generations", 0), validation.whole(replicates, "replicates", 1)
    rng = np.random.default_rng(validation.whole(seed, "seed", 0))
    largest, least = validation.positive(sigma_max, "sigma_max"), validation.nonnegative(sigma_min, "sigma_min")
    if least >= largest:
        raise ValueError(f"sigma_min must be < sigma_max = {largest!r}, got {least!r}")
    root = basis * np.sqrt(np.maximum(spectrum, 0.0))

    def real(number: int, rng: np.random.Generator) -> Points:
        return rng.standard_normal((replicates, number, len(start))) @ root.T

    def draw(fit: _Linear, number: int, rng: np.random.Generator) -> Points:
        return _ends(fit, largest * rng.standard_normal((replicates, number, len(start))), largest, least)

    found = run_generations(real, Model(_fit, draw), policy, n, count, rng, fresh=fresh)
    return np.array([(fit.vectors * fit.spectra[:, None]) @ fit.vectors.mT for _, fit, _ in found])


def _ends(fit: _Linear, noise: Points, largest: float, least: float) -> Points:
    """Where the flow takes points at the level `largest`."""
    kept = np.sqrt((fit.spectra + least**2) / (fit.spectra + largest**2))
    along = (noise - fit.means[:, None]) @ fit.vectors * kept[:, None]
    return fit.means[:, None] + along @ fit.vectors.mT


def _fit(points: Points, rng: np.random.Generator) -> _Linear:
    means = points.mean(axis=1)
    centred = points - means[:, None]
    spectra, vectors = np.linalg.eigh(centred.mT @ centred / points.shape[1])
    # A direction without points has no variance, up to rounding.
    return _Linear(means, np.maximum(spectra, 0.0), vectors)
