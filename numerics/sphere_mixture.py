"""EM's data: an equal mixture of K spherical Gaussians in R^d whose means are uniform on the sphere of radius √d.

A data set is drawn from its seed alone: means, labels and standard normal offsets do not depend on σ⋆², so that data
sets of one seed differ in σ⋆ only by the size of their clusters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from theory import validation


class SphereMixture(NamedTuple):
    """Samples X (N, d), fresh draws of the same law (fresh, d), the means (K, d), and which mean each of X is about."""

    X: Float64[np.ndarray, "N d"]
    fresh: Float64[np.ndarray, "m d"]
    means: Float64[np.ndarray, "K d"]
    labels: Int64[np.ndarray, " N"]


def draw_mixture(N: int, d: int, K: int, data_variance: float, seed: int, fresh: int = 0) -> SphereMixture:
    """N samples and `fresh` more, K means, variance σ⋆² >= 0 a coordinate. Raises `ValueError` for bad input."""
    N, d, K = validation.whole(N, "N", 1), validation.whole(d, "d", 1), validation.whole(K, "K", 1)
    deviation = np.sqrt(validation.nonnegative(data_variance, "data_variance"))
    fresh, seed = validation.whole(fresh, "fresh", 0), validation.whole(seed, "seed", 0)
    # Streams of their own, so that the number of fresh draws changes nothing else.
    first, second = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(2))
    means = means_on_sphere(first, K, d)
    labels = first.integers(K, size=N)
    X = means[labels] + deviation * first.standard_normal((N, d))
    others = means[second.integers(K, size=fresh)] + deviation * second.standard_normal((fresh, d))
    return SphereMixture(X, others, means, labels)


def means_on_sphere(rng: np.random.Generator, K: int, d: int) -> Float64[np.ndarray, "K d"]:
    """K points uniform on the sphere of radius √d in R^d. Raises `ValueError` for bad input."""
    K, d = validation.whole(K, "K", 1), validation.whole(d, "d", 1)
    means = rng.standard_normal((K, d))
    return means * (np.sqrt(d) / np.linalg.norm(means, axis=1, keepdims=True))
