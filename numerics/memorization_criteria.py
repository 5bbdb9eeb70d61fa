"""Memorisation without a threshold chosen by hand: what a mixture's components sit on, and tests against fresh draws.

The share of a mixture that is copies is its singleton mass: the weight of components that average one training sample
alone. What a user can test without the mixture: generated samples are compared with fresh draws of the data's law, by
a statistic for which small means near to the training set, at the level at which the fresh draws hold `level` of the
time. A generator of the data's own law is found memorising with just that probability.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp
from scipy.stats import mannwhitneyu

from numerics.memorization_ratio import two_nearest
from theory import validation
from theory.clustering import distinct_samples

# Weights of an average are near 1, ½, ⅓ where clusters are apart: this lies between the first two.
_ALONE = 0.75


class Calibrated(NamedTuple):
    """Shares of generated samples that fresh draws would reach with probability `level`, and the rank statistic.

    nearer: by the distance to the nearest training sample; clearer: by the ratio of the squared distances to the
    nearest and the second nearest; threshold: that ratio's quantile among fresh draws, the calibrated c; rank: chance
    that a generated sample is nearer than a fresh draw, ½ for the data's own law.
    """

    nearer: float
    clearer: float
    threshold: float
    rank: float


def singleton_mass(means: Float[Any, "M d"], variance: float, X: Float[Any, "N d"]) -> float:
    """The share of M components whose mean is, to more than ¾, one distinct sample of X: by EM's weights in X.

    Component k weighs sample i by its posterior probability of k over the sum of these; copies add up. variance
    s² >= 0; at 0, and for components that no sample is near, the weights are the limits. ValueError for bad input.
    """
    rows, copies, _ = distinct_samples(X)
    means = validation.samples(means, "means")
    if means.shape[1] != rows.shape[1]:
        raise ValueError(f"means must have the {rows.shape[1]} coordinates of X, got shape {means.shape}")
    variance = validation.nonnegative(variance, "variance")
    squared = ((rows**2).sum(axis=1)[:, None] + (means**2).sum(axis=1) - 2 * rows @ means.T).clip(min=0)
    # Of rounding's size: far below it nothing can be told apart.
    spread = max(variance, 1e-12 * float((rows**2).sum(axis=1).max()), np.finfo(np.float64).tiny)
    exponents = -squared / (2 * spread)
    posterior = exponents - logsumexp(exponents, axis=1, keepdims=True) + np.log(copies)[:, None]
    weights = np.exp(posterior - logsumexp(posterior, axis=0, keepdims=True))
    return float((weights.max(axis=0) > _ALONE).mean())


def against_fresh(
    samples: Float[Any, "m d"], fresh: Float[Any, "f d"], X: Float[Any, "N d"], level: float
) -> Calibrated:
    """Generated `samples` against `fresh` draws of the data's law, both by their distances to X; 0 < level < 1.

    Raises `ValueError` for bad input.
    """
    samples, fresh = validation.samples(samples, "samples"), validation.samples(fresh, "fresh")
    X = validation.samples(X)
    for points, name in ((samples, "samples"), (fresh, "fresh")):
        if points.shape[1] != X.shape[1]:
            raise ValueError(f"{name} must have the {X.shape[1]} coordinates of X, got shape {points.shape}")
    level = validation.positive(level, "level")
    if level >= 1:
        raise ValueError(f"level must be < 1, got {level!r}")
    generated, reference = two_nearest(samples, X), two_nearest(fresh, X)
    shares = [_ratio(generated), _ratio(reference)]
    threshold = float(np.quantile(shares[1], level))
    near = float(np.quantile(reference[:, 0], level))
    rank = mannwhitneyu(reference[:, 0], generated[:, 0]).statistic / (len(fresh) * len(samples))
    return Calibrated(
        float((generated[:, 0] <= near).mean()), float((shares[0] <= threshold).mean()), threshold, float(rank)
    )


def _ratio(near: np.ndarray) -> np.ndarray:
    return near[:, 0] / near[:, 1]
