"""What one more unit gains: whether zero columns beside the memorising weights of BR Corollary 3.2 stay zero.

Add to a network f one unit (w, u) = (av, bu), v and u unit vectors, y_i = x_i + σε. The objective (BR eq. 6) changes by

    λ(a² + b²) − 2ab u·g(v) + a²b²S(v),   g(v) = (1/n) Σ_i E[(x_i − f(y_i))[v·y_i]_+],   S(v) = (1/n) Σ_i E[v·y_i]_+²

exactly: at best by −(m(v) − λ)²/S(v), m = ‖g‖, and never by less than 0 where m(v) ≤ λ. A zero column beside f is
unstable if m(v) > λ for some v; if f is critical and m ≤ λ for all v, f is the best network of any width, and the
column stays zero (proofs_check, BR-cor-3.2-zero-columns).

At the memorising weights f = Σ_j r_j²x_j[x_j·y]_+ with r_j² affine in λ. Hence g = g_0 + λg_1, m is convex in λ, and a
direction gains exactly while λ is below the first root of ‖g_0 + λg_1‖ = λ. `critical_weight_decay` is the largest of
these roots over directions whose gate passes near a sample. Elsewhere noise hardly ever crosses the new gate, and m(v)
exceeds λ, if at all, by what the weights themselves lack of being critical, which is exponentially small.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
from jaxtyping import Float, Float64
from scipy.special import ndtr

from . import validation
from .block_minimizer import memorizing_weights, one_hot_failure
from .gaussian_relu import cross_moment, mean, pair_moments
from .normal_tails import density

Directions = Float64[np.ndarray, "k d"]

# How many σ the samples must keep from the gates of others, for the weights to be critical up to e^-8.
SETTLED = 4.0
# A new gate is near a sample if it passes it at less than this share of the least distance of the stored gates.
NEAR = 0.5
# Random directions among the starts of the search, and how many of the best starts are followed.
_RANDOM, _FOLLOWED = 8, 12
# Deviations by which a start opens or shuts a gate a little, and beyond which a sample is far from the gate.
_OPENING, _FAR = 3.0, 8.0
# Directions shorter than this vanish but for rounding.
_PARALLEL = 1e-6


def pull(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], v: Float[Any, "*k d"], sigma: float
) -> Float64[np.ndarray, "*k d"]:
    """g(v) = (1/n) Σ_i E[(x_i − f(y_i))[v·y_i]_+] of the network f(y) = W2[W1ᵀy]_+, exact, for any network and data.

    v: a direction or a stack of them, unit vectors; sigma ≥ 0. In the units of X squared. Raises `ValueError` for bad
    input. The decoder of a new unit with encoder direction v gains most along g(v).
    """
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    v = _unit_vectors(v, X.shape[1])
    return _pull(W1, W2, X, v, validation.nonnegative(sigma, "sigma"))


def new_unit_gain(
    X: Float[Any, "n d"], v: Float[Any, "*k d"], sigma: float, weight_decay: float
) -> float | Float64[np.ndarray, "*k"]:
    """m(v) = ‖g(v)‖ at the memorising weights: a unit ε(v, u) changes eq. 6 by 2ε²(λ − m(v)) + O(ε⁴) at the best u.

    X: any samples in rows; v: a unit vector (d,) or a stack of them (…, d); sigma ≥ 0 in the units of X; weight_decay λ
    with nλ < min‖x_i‖². Raises `ValueError` otherwise. In the units of X squared, exact: no gate is frozen.
    """
    W = memorizing_weights(X, sigma, weight_decay)
    gain = np.linalg.norm(pull(W, W, X, v, sigma), axis=-1)
    return gain if gain.ndim else float(gain)


def frozen_gain(
    X: Float[Any, "n d"], v: Float[Any, "*k d"], sigma: float, weight_decay: float
) -> float | Float64[np.ndarray, "*k"]:
    """m(v) if each sample's own gate is always open and those of the others are shut; the new gate is free.

    ‖(1/n) Σ_i x̂_i{nλ c_iΦ(s_i) + (σ² + nλ)σ‖x_i‖φ(s_i)/(‖x_i‖² + σ²)}‖, c_i = cos(v, x_i), s_i = ‖x_i‖c_i/σ. Arguments
    as `new_unit_gain`, with sigma > 0. Where the samples have pairwise negative inner products it differs from that by
    what is exponentially small in (distance of the gates/σ)².
    """
    sigma, weight_decay = validation.positive(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    # It refuses what leaves a sample out.
    memorizing_weights(X, sigma, weight_decay)
    X = validation.samples(X)
    v = _unit_vectors(v, X.shape[1])
    base, drift = _frozen_parts(X, v.reshape(-1, X.shape[1]), sigma)
    gain = np.linalg.norm(base + weight_decay * drift, axis=-1).reshape(v.shape[:-1])
    return gain if gain.ndim else float(gain)


def critical_weight_decay(X: Float[Any, "n d"], sigma: float) -> float:
    """λ_c: below it a zero column beside `memorizing_weights` grows, above it the column stays zero.

    The largest λ at which m(v) reaches λ for a new direction v, one whose gate v·y = 0 passes some sample at less than
    half the least distance min |x_i·x_j|/‖x_j‖ of the stored gates. In the units of X squared; 0 in one dimension, and
    rounding of 0 for two opposite samples, where m(v) = λ|cos| exactly. Samples must have pairwise negative inner
    products, and 0 < sigma ≤ a quarter of that distance, or the weights are not near a minimiser; `ValueError`
    otherwise. The threshold of the minimiser itself differs by what is exponentially small in (distance/σ)².
    """
    X = validation.samples(X)
    # It refuses samples whose gates are not apart.
    one_hot_failure(X, sigma)
    sigma = validation.positive(sigma, "sigma")
    distance = float(np.abs(X @ X.T / np.linalg.norm(X, axis=1)).min())
    if not SETTLED * sigma <= distance:
        raise ValueError(f"sigma must be <= a quarter of min |x_i·x_j|/‖x_j‖ = {distance!r}, got {sigma!r}")
    plane = _span_and_one_more(X)
    if plane.shape[1] == 1:
        return 0.0
    search = _Search(X @ plane, memorizing_weights(X @ plane, sigma, 0.0), sigma, NEAR * distance)
    return max(search.climb(start) for start in search.starts()[:_FOLLOWED])


class _Search(NamedTuple):
    """The memorising weights without decay, in coordinates of the span, and how near a new gate must pass a sample."""

    X: Float64[np.ndarray, "n d"]
    W: Float64[np.ndarray, "d n"]
    sigma: float
    reach: float

    def starts(self) -> Directions:
        """Unit vectors across one sample or two, the best for each way in which its gate parts the samples.

        Towards and away from the other samples and at random; and from where all gates close, or all pass, a little
        towards each of those, so that some gates are open and others closed.
        """
        n, d = self.X.shape
        closing = -np.linalg.pinv(self.X).sum(axis=1, keepdims=True).T
        random = np.random.default_rng(0).standard_normal((_RANDOM, d))
        towards = _unit(np.concatenate([self.X, -self.X, random]))
        bases = _unit(np.concatenate([closing, np.eye(d)[-1:]]))
        little = _OPENING * self.sigma / np.linalg.norm(self.X, axis=1).max()
        mixed = (bases[:, None] + little * towards).reshape(-1, d)
        found = []
        for some in [*combinations(range(n), 1), *combinations(range(n), 2)]:
            plane = np.linalg.qr(self.X[list(some)].T)[0]
            across = np.concatenate([towards, bases, mixed])
            across = across - across @ plane @ plane.T
            found.append(_unit(across[np.linalg.norm(across, axis=1) > _PARALLEL]))
        directions = np.concatenate(found)
        directions = directions[np.argsort(-_first_crossing(*_frozen_parts(self.X, directions, self.sigma)))]
        # On which side of the gate the samples are, and whether within σ of it, near it or far away.
        deviations = directions @ self.X.T / self.sigma
        sides = np.sign(np.trunc(deviations)) + np.sign(np.trunc(deviations / _FAR))
        best = np.unique(sides, axis=0, return_index=True)[1]
        return directions[np.sort(best)]

    def _affine(self, means: np.ndarray, replies: np.ndarray) -> tuple[Directions, Directions]:
        """g_0 and g_1: r_j² is its value without decay times 1 − nλ/‖x_j‖²."""
        base = (means @ self.X - replies @ self.W.T) / len(self.X)
        return base, replies / (self.X**2).sum(axis=1) @ self.W.T

    def climb(self, start: Float64[np.ndarray, " d"]) -> float:
        """The largest threshold uphill of a start, among directions with a gate near a sample."""
        # A gate moves across a sample's noise while it turns by σ/‖x‖; the threshold is of the order of σ³/‖x‖.
        turn = self.sigma / np.linalg.norm(self.X, axis=1).max()
        unit = turn * self.sigma**2

        def descent(step: np.ndarray) -> tuple[float, np.ndarray]:
            z = start + turn * step
            length = np.linalg.norm(z)
            threshold, slope = self._threshold_and_slope(z / length)
            return -threshold / unit, -slope / unit * turn / length

        return -unit * float(scipy.optimize.minimize(descent, np.zeros_like(start), jac=True, method="BFGS").fun)

    def _threshold_and_slope(self, v: Float64[np.ndarray, " d"]) -> tuple[float, Float64[np.ndarray, " d"]]:
        along = self.X @ v
        nothing = 0.0, np.zeros_like(v)
        if np.abs(along).min() > self.reach:
            return nothing
        norms = np.linalg.norm(self.X, axis=1)
        units, scales = self.X / norms[:, None], self.sigma * np.linalg.norm(self.W, axis=0)
        pair = pair_moments(along[:, None], self.X @ self.W, self.sigma, scales, units @ v)
        parts = self._affine(np.asarray(mean(along, self.sigma))[None], np.asarray(pair.cross).sum(axis=0)[None])
        base, drift = parts[0][0], parts[1][0]
        threshold = float(_first_crossing(base, drift))
        if threshold == 0:
            return nothing
        decoder = (base + threshold * drift) / threshold
        heights = decoder @ self.W * (1 - len(self.X) * threshold / norms**2)
        # Slopes of E[v·y]_+ and of the cross moments on the sphere: in the mean along x_i, in ρ along x_j/‖x_j‖.
        by_sample = ndtr(along / self.sigma) * (self.X @ decoder) - pair.gate_a @ heights
        by_unit = self.sigma * scales * heights * np.asarray(pair.orthant).sum(axis=0)
        slope = (by_sample @ self.X - by_unit @ units) / len(self.X)
        return threshold, (slope - v * (v @ slope)) / (1 - decoder @ drift)


def _unit(directions: Directions) -> Directions:
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _first_crossing(base: Float64[np.ndarray, "*k d"], drift: Float64[np.ndarray, "*k d"]) -> np.ndarray:
    """The least λ ≥ 0 with ‖base + λ drift‖ = λ, for a drift shorter than 1."""
    square, mixed = (base**2).sum(-1), (base * drift).sum(-1)
    slack = np.sqrt(mixed**2 + square * (1 - (drift**2).sum(-1))) - mixed
    return np.divide(square, slack, out=np.zeros_like(square), where=square > 0)


def _frozen_parts(X: Float64[np.ndarray, "n d"], v: Directions, sigma: float) -> tuple[Directions, Directions]:
    """g_0 and g_1 with the gates of the memorising weights frozen."""
    squared_norms = (X**2).sum(axis=1)
    norms = np.sqrt(squared_norms)
    cosines = v @ X.T / norms
    crossing = np.asarray(density(norms * cosines / sigma)) * sigma * norms / (squared_norms + sigma**2)
    passing = cosines * ndtr(norms * cosines / sigma)
    units = X / norms[:, None]
    return sigma**2 / len(X) * crossing @ units, (passing + crossing) @ units


def _pull(W1: np.ndarray, W2: np.ndarray, X: np.ndarray, v: np.ndarray, sigma: float) -> np.ndarray:
    means, replies = _moments(W1, X, v.reshape(-1, X.shape[1]), sigma)
    return ((means @ X - replies @ W2.T) / len(X)).reshape(v.shape)


def _moments(
    W1: Float64[np.ndarray, "d p"], X: Float64[np.ndarray, "n d"], v: Directions, sigma: float
) -> tuple[Float64[np.ndarray, "k n"], Float64[np.ndarray, "k p"]]:
    """E[v·y_i]_+ per sample, and Σ_i E[[v·y_i]_+ h_j(y_i)] per unit."""
    norms = np.linalg.norm(W1, axis=0)
    units = np.divide(W1, norms, out=np.zeros_like(W1), where=norms > 0)
    along = v @ X.T
    cross = cross_moment(
        along[:, :, None], (X @ W1)[None], sigma, sigma * norms, np.clip(v @ units, -1.0, 1.0)[:, None, :]
    )
    return np.asarray(mean(along, sigma)), np.asarray(cross).sum(axis=1)


def _unit_vectors(v: Any, d: int) -> Float64[np.ndarray, "*k d"]:
    v = validation.real_array(v, "v")
    if v.ndim == 0 or v.shape[-1] != d:
        raise ValueError(f"v must have {d} coordinates to match X, got shape {v.shape}")
    lengths = np.linalg.norm(v, axis=-1)
    wrong = np.abs(lengths - 1) > 1e-9
    if wrong.any():
        raise ValueError(f"v must have length 1, got {float(lengths[wrong][0])!r}")
    return v


def _span_and_one_more(X: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "d r"]:
    """Orthonormal basis of the span of the samples and of one direction orthogonal to it, where there is one."""
    _, singular, directions = np.linalg.svd(X, full_matrices=True)
    rank = int((singular > 1e-12 * singular[0]).sum())
    return directions[: rank + 1].T
