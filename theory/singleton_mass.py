"""Memorisation without diffusion: maximum likelihood from training samples, and what its draws are close to.

N samples of K clusters N(μ_k, σ⋆²I), means uniform on the sphere of radius √d; M components with a common variance s²
start at M of the samples. In many dimensions responsibilities are 0 or 1, and each of the U = N − M samples that no
component started at joins the component of the nearest that one did: almost no sample moves again. So

- a component that started at a sample at squared distance r² from its mean keeps it alone with chance (1 − a(r))^U,
  a(r) the chance that this is the nearest of the M for one of the U;
- s² is the scatter within components per sample and coordinate. k samples that join at squared distances δ², with inner
  products g, add k(kδ² − (k − 1)g)/(k + 1);
- a draw Y = x + sz from a component that kept x alone is at squared distance A = s²χ²_d from x. It is memorised, A ≤ c
  times the squared distance to the next sample, if none of the others lies in the ball of squared radius A/c about Y.
  Those at which components started are independent of this; the others must in addition not have joined x.

A draw from a component that merged is about as far from one of its samples as from another, and not memorised. All
this is an expectation over data sets and starts, as integrals over radii and angles (trapezoidal rule in coordinates in
which they are normal, for which its error falls exponentially). Two approximations: distances to the means of other
clusters are independent between samples, and the coordinate of y − x along z is independent of its length.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy import optimize, special

from . import validation

# Steps of the rule, how far it reaches, and the number of levels for other clusters.
_FINE, _COARSE, _REACH, _LEVELS = 0.5, 0.9, 4.5, 5
_SURE = 1 - 1e-15


class SingletonMass(NamedTuple):
    """Expectations at given M: s² over σ⋆², share of components on one sample, memorised share of draws. No units."""

    variance: float
    singletons: float
    memorized: float


Sampler = Callable[[float], float]
"""From s² to the variance per coordinate of draws about the mean of their component, both in units of σ⋆²'s."""


def predicted_ratio(
    N: int, d: int, K: int, data_variance: float, c: float, M: float, sampler: Sampler | None = None
) -> float:
    """Expected share of draws that are memorised, squared distance to the nearest sample ≤ c times that to the second.

    `N` samples in R^`d` (d >= 2) in `K` clusters of variance `data_variance` σ⋆² > 0 per coordinate, in units in which
    the means have length √d; 0 < `c` < 1; 1 <= `M` <= N components, whole or not; `sampler` of the draws, exact if
    None. Raises `ValueError` for bad input.
    """
    return singleton_mass(N, d, K, data_variance, c, M, sampler).memorized


def predicted_crossing(N: int, d: int, K: int, data_variance: float, c: float, level: float = 0.5) -> float:
    """M/N at which `predicted_ratio` is `level`, 0 < level < 1, to 2e-4. Other arguments as there."""
    level = validation.positive(level, "level")
    if level >= 1:
        raise ValueError(f"level must be < 1, got {level!r}")

    def excess(fraction: float) -> float:
        return predicted_ratio(N, d, K, data_variance, c, fraction * N) - level

    low = 1 / validation.whole(N, "N", 2)
    # One component keeps no sample alone, and at M = N every draw is its sample.
    return float(optimize.brentq(excess, low, 1.0, xtol=2e-4))


def singleton_mass(
    N: int, d: int, K: int, data_variance: float, c: float, M: float, sampler: Sampler | None = None
) -> SingletonMass:
    """All expectations at once. Arguments as `predicted_ratio`."""
    N, d, K = validation.whole(N, "N", 2), validation.whole(d, "d", 2), validation.whole(K, "K", 1)
    variance, c = validation.positive(data_variance, "data_variance"), validation.positive(c, "c")
    if c >= 1:
        raise ValueError(f"c must be < 1, got {c!r}")
    M = validation.positive(M, "M")
    if not 1 <= M <= N:
        raise ValueError(f"M must be in [1, N = {N}], got {M!r}")
    if M == N:
        return SingletonMass(0.0, 1.0, 1.0)
    # Lengths in units of σ⋆: the means then have squared length d/σ⋆².
    between = 2 * d / variance
    start = _start(d, K, between, M)
    learnt = _learnt_variance(N, d, M, start)
    alone = (1 - start.joins) ** (N - M)
    singletons = float(start.weight @ alone)
    drawn = learnt if sampler is None else sampler(learnt * variance) / variance
    memorized = _memorized(N, d, K, between, c, M, drawn, start)
    return SingletonMass(learnt, singletons, memorized)


def predicted_singletons(N: int, d: int, K: int, data_variance: float, M: float) -> float:
    """Expected share of components that keep one sample alone. Arguments as `predicted_ratio`."""
    N, d, K = validation.whole(N, "N", 2), validation.whole(d, "d", 2), validation.whole(K, "K", 1)
    variance, M = validation.positive(data_variance, "data_variance"), validation.positive(M, "M")
    if not 1 <= M <= N:
        raise ValueError(f"M must be in [1, N = {N}], got {M!r}")
    start = _start(d, K, 2 * d / variance, M)
    return float(start.weight @ (1 - start.joins) ** (N - M))


class _Start(NamedTuple):
    """A component's sample at radius r (nodes, weights), and another sample y seen from it: all cases, last axis.

    `joins` a(r); `share` weights of the cases, summing to 1; `squared` δ²; `elsewhere` chance that y joins another;
    `along` component of y − x towards the mean of y's cluster; `offset` variance across of that mean.
    """

    radius: Float64[np.ndarray, "r"]
    weight: Float64[np.ndarray, "r"]
    joins: Float64[np.ndarray, "r"]
    share: Float64[np.ndarray, "cases"]
    squared: Float64[np.ndarray, "r cases"]
    elsewhere: Float64[np.ndarray, "r cases"]
    along: Float64[np.ndarray, "r cases"]
    offset: Float64[np.ndarray, "cases"]


def _start(d: int, K: int, between: float, M: float) -> _Start:
    radius, weight = _radii(d)
    angle, angle_weight = _angles(d, _FINE)
    kind_weight = _kinds(K)[1]
    # Axes: r, kind of y's cluster, radius ρ of y about its mean, angle between the two as seen from that mean.
    seen = np.sqrt(_from_means(radius**2, d, K, between))[:, :, None, None]
    rho = radius[:, None]
    squared = np.maximum(seen**2 + rho**2 - 2 * seen * rho * angle, 0.0)
    inside = _inside(squared, rho**2, d, K, between)
    joins = np.exp((M - 1) * np.log1p(-np.minimum(inside, _SURE)))
    share = kind_weight[:, None, None] * weight[:, None] * angle_weight
    offset = np.full_like(share, between / d)
    offset[0] = 0.0
    flat = (len(radius), -1)
    return _Start(
        radius=radius,
        weight=weight,
        joins=np.clip(joins.reshape(flat) @ share.ravel(), 1e-300, _SURE),
        share=share.ravel(),
        squared=squared.reshape(flat),
        elsewhere=1 - joins.reshape(flat),
        along=(seen - rho * angle).reshape(flat),
        offset=offset.ravel(),
    )


def _learnt_variance(N: int, d: int, M: float, start: _Start) -> float:
    """s²/σ⋆² from the scatter of components with k joined samples, k binomial given r."""
    U = N - M
    joined = (1 - start.elsewhere) * start.share
    a = start.joins
    squared = (joined * start.squared).sum(axis=1) / a
    inner = ((joined * start.along).sum(axis=1) / a) ** 2
    # E[1/(k + 1)]; k²/(k + 1) = k − 1 + 1/(k + 1) and k(k − 1)/(k + 1) = k − 2 + 2/(k + 1).
    inverse = -np.expm1((U + 1) * np.log1p(-a)) / ((U + 1) * a)
    scatter = squared * (U * a - 1 + inverse) - inner * (U * a - 2 + 2 * inverse)
    return float(M * (start.weight @ scatter) / (N * d))


def _memorized(N: int, d: int, K: int, between: float, c: float, M: float, drawn: float, start: _Start) -> float:
    length, length_weight = _radii(d)
    angle, angle_weight = _angles(d, _COARSE)
    across = start.radius[:, None] * angle
    total = 0.0
    for own, own_weight in zip(drawn * length**2, length_weight, strict=True):
        turned = 2 * np.sqrt(own) * across
        far = 1 - _inside(np.array(own / c), start.radius[:, None] ** 2 + own + turned, d, K, between)
        # y is outside the ball about Y = x + sz when its coordinate along z is small enough for its distance to x.
        spread = 2 * np.sqrt(own * (1 + start.offset))
        least = (start.squared[:, None, :] + own - own / c + turned[:, :, None]) / spread
        away = (special.ndtr(least) * start.elsewhere[:, None, :]) @ start.share
        total += own_weight * float(start.weight @ (far ** (M - 1) * away ** (N - M)) @ angle_weight)
    return float(total)


def _inside(squared: np.ndarray, radius2: np.ndarray, d: int, K: int, between: float) -> np.ndarray:
    """Chance that a fresh sample is within √`squared` of a point at squared distance `radius2` from its mean."""
    chance = special.chndtr(squared[..., None], d, _from_means(radius2, d, K, between))
    return chance @ _kinds(K)[1]


def _from_means(radius2: np.ndarray, d: int, K: int, between: float) -> np.ndarray:
    """Squared distances of a point from the means: its own, then, along a last axis, others at spread quantiles."""
    levels = _kinds(K)[0]
    # The squared distance between means varies by between/√d, and the angle with the point's radius adds the rest.
    spread = np.sqrt((between**2 + 4 * between * radius2) / d)
    others = np.maximum(radius2[..., None] + between + spread[..., None] * levels, 0.0)
    return np.concatenate([radius2[..., None], others], axis=-1)


@cache
def _kinds(K: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal levels for other clusters (none where K = 1), and the weights of the own cluster and of each level."""
    if K == 1:
        return np.zeros(0), np.ones(1)
    levels, weights = special.roots_hermitenorm(_LEVELS)
    return levels, np.r_[1 / K, (1 - 1 / K) * weights / weights.sum()]


def _normal(step: float) -> tuple[np.ndarray, np.ndarray]:
    nodes = step * np.arange(-round(_REACH / step), round(_REACH / step) + 1)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, weights / weights.sum()


@cache
def _radii(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for the length of a standard normal vector in R^d."""
    nodes, weights = _normal(_COARSE)
    tail = special.ndtr(-np.abs(nodes))
    halves = np.where(nodes > 0, special.gammainccinv(d / 2, tail), special.gammaincinv(d / 2, tail))
    return np.sqrt(2 * halves), weights


@cache
def _angles(d: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for a coordinate of a uniform unit vector in R^d, d >= 2."""
    nodes, weights = _normal(step)
    beyond = 2 * special.ndtr(-np.abs(nodes))
    return np.sign(nodes) * np.sqrt(1 - special.betaincinv((d - 1) / 2, 0.5, beyond)), weights
