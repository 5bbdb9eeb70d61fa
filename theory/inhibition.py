"""Memorising weights for generic data: one unit a sample, made silent on the other samples by lateral inhibition.

BR Corollary 3.2 needs pairwise negative inner products, else the unit along x_j also answers other samples. Let unit j
have an encoder with w_j·x_j = 1 and w_j·x_i ≤ 0 for i ≠ j, and decode to x_j. With gates settled, scales free and decay
split evenly between the layers, sample j costs

    N − (N − nλt)_+²/(N + σ²t²),     N = ‖x_j‖²,     t = ‖x_j‖‖w_j‖ ≥ 1,

Lemma D.1's saving with noise and decay amplified by t. The shortest such encoder is w_j = r/‖r‖², r what is left of
x_j by its best approximation with nonnegative multiples of the other samples: x_j minus some of the samples it would
answer, none of the others. So t = ‖x_j‖/dist(x_j, cone of the others), which is one exactly if no other sample has a
positive inner product with x_j, and then this is Corollary 3.2. `proofs_check.extensions.generic_memorizer` proves it,
and that no network with settled gates and one unit a sample does better.

Unsettled gates can do better: noise that leaks through them may cancel noise of the sample's own unit (`leaky_gates`);
and two units a sample reach the loss of Corollary 3.2 whatever the inner products (`paired_units`).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64
from scipy.optimize import minimize_scalar, nnls

from . import validation
from .gating import RESOLUTION
from .gaussian_relu import cross_moment, mean
from .linear_autoencoder import DECAY, EIGENVALUE, GAIN, NOISE_ENERGY, SAVING

SQUARED_NORM, TILT, SIGMA = sp.symbols("N t sigma", positive=True)
"""N = ‖x_j‖², t = ‖x_j‖‖w_j‖ for w_j·x_j = 1 (one over the cosine between them), and σ; nλ is Lemma D.1's `DECAY`."""

_AMPLIFIED = {EIGENVALUE: SQUARED_NORM, NOISE_ENERGY: SIGMA**2 * TILT**2, DECAY: DECAY * TILT}
TILTED_GAIN = GAIN.xreplace(_AMPLIFIED)
"""The share of its sample that a tilted unit gives back, at best, where N > nλt."""

TILTED_SAVING = SAVING.xreplace(_AMPLIFIED)
"""By how much it lowers the cost N of a sample that is not stored."""

_gain = sp.lambdify((SQUARED_NORM, TILT, SIGMA, DECAY), TILTED_GAIN, "numpy")
_saving = sp.lambdify((SQUARED_NORM, TILT, SIGMA, DECAY), TILTED_SAVING, "numpy")

# Distances of gates from the other samples that are tried, in standard deviations: negative if mostly open there.
DEVIATIONS = (-3.0, 8.0)


class Memorizer(NamedTuple):
    """Encoder and decoder (d, n), unit j for sample j; `deviations` of the gates, at least, from the other samples; and
    the exact objective.
    """

    W1: Float64[np.ndarray, "d n"]
    W2: Float64[np.ndarray, "d n"]
    deviations: float
    loss: float


def inhibition(X: Float[Any, "n d"], margin: float = 0.0) -> Float64[np.ndarray, "d n"]:
    """The shortest encoders w_j with w_j·x_j = 1 and w_j·x_i ≤ −margin for all i ≠ j, in columns, in units of 1/X.

    A negative margin lets other samples through. Raises `ValueError` for a sample at the origin, or for which there
    is no such encoder: at margin 0 a nonnegative combination of the others, to within an angle of 1e-7.
    """
    X = validation.samples(X)
    found = _encoders(X, _norms(X), np.full(len(X), validation.real_number(margin, "margin")))
    missing = ~np.isfinite(found).all(axis=0)
    if missing.any():
        raise ValueError(
            f"X must hold no sample that its own unit cannot separate from the others by margin = {margin!r}, got "
            f"sample {int(missing.argmax())}"
        )
    return found


def tilts(X: Float[Any, "n d"]) -> Float64[np.ndarray, "n"]:
    """t_j = ‖x_j‖/dist(x_j, cone of the other samples) ≥ 1: what silence on them costs unit j. Infinite in the cone.

    Raises `ValueError` for a sample at the origin.
    """
    X = validation.samples(X)
    norms = _norms(X)
    found = np.linalg.norm(_encoders(X, norms, np.zeros(len(X))), axis=0) * norms
    return np.where(np.isnan(found), np.inf, found)


def mean_squared_tilt(n: int, d: int) -> Fraction:
    """E t² = 2^{−m} Σ_k C(m, k)(d − 2)/(d − k − 2), m = n − 1, for n standard Gaussian samples in R^d: exact.

    About d/(d − n/2) for large n and d. Raises `ValueError` for n < 1 and for n > d − 2, where the mean is infinite.
    """
    n = validation.whole(n, "n", 1)
    d = validation.whole(d, "d", 3)
    if n > d - 2:
        raise ValueError(f"n must be <= d - 2 = {d - 2}, got {n}")
    terms = (Fraction(math.comb(n - 1, k) * (d - 2), d - k - 2) for k in range(n))
    return sum(terms, Fraction(0)) / 2 ** (n - 1)


def memorizer_loss(X: Float[Any, "n d"], sigma: float, weight_decay: float) -> float:
    """The objective of the best network with one unit a sample and settled gates: (1/n) Σ N − (N − nλt)_+²/(N + σ²t²).

    In the units of X squared. A sample with N ≤ nλt, or in the cone of the others, is not stored and costs N.
    """
    X = validation.samples(X)
    sigma = validation.nonnegative(sigma, "sigma")
    decay = len(X) * validation.nonnegative(weight_decay, "weight_decay")
    squared_norms, tilt = (X**2).sum(axis=1), tilts(X)
    apart = np.isfinite(tilt)
    stored = apart & (squared_norms > decay * np.where(apart, tilt, 1.0))
    saved = _saving(squared_norms[stored], tilt[stored], sigma, decay)
    return float((squared_norms.sum() - saved.sum()) / len(X))


def memorizer(X: Float[Any, "n d"], sigma: float, weight_decay: float, deviations: float | None = None) -> Memorizer:
    """One unit a sample: inhibited encoders, the exactly best decoder for them, and the exact objective.

    Gates stay about `deviations`·σ or more from the other samples (by default the number with the lowest objective
    between −3 and 8). Columns of samples that decay empties (N ≤ nλt) are zero. Raises `ValueError` for σ = 0, for
    deviations that leave a sample no encoder, and as `inhibition`.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    decay = len(X) * validation.nonnegative(weight_decay, "weight_decay")
    norms = _norms(X)
    lengths = np.linalg.norm(inhibition(X), axis=0)

    def at(distance: float) -> Memorizer:
        encoders = _encoders(X, norms, distance * sigma * lengths)
        if not np.isfinite(encoders).all():
            return Memorizer(np.zeros_like(X.T), np.zeros_like(X.T), distance, np.inf)
        tilt = norms * np.linalg.norm(encoders, axis=0)
        gain = np.where(norms**2 > decay * tilt, _gain(norms**2, tilt, sigma, decay), 0.0)
        return _decoded(X, encoders * norms * np.sqrt(gain / tilt), distance, sigma, decay)

    if deviations is not None:
        found = at(validation.real_number(deviations, "deviations"))
        if not np.isfinite(found.loss):
            raise ValueError(f"deviations must leave every sample an encoder, got {deviations!r}")
        return found
    # The objective may have several minima in the distance: the lowest of a grid, and what is lower beside it.
    low, high = DEVIATIONS
    best = min((at(float(distance)) for distance in np.arange(low, high + 1)), key=_loss)
    beside = max(low, best.deviations - 1), min(high, best.deviations + 1)
    return min(best, at(float(minimize_scalar(lambda d: at(d).loss, bounds=beside, method="bounded").x)), key=_loss)


def _loss(found: Memorizer) -> float:
    return found.loss


def _norms(X: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n"]:
    norms = np.linalg.norm(X, axis=1)
    if not norms.min() > 0:
        raise ValueError(f"X must hold no sample at the origin, got ‖X[{norms.argmin()}]‖ = 0")
    return norms


def _encoders(
    X: Float64[np.ndarray, "n d"], norms: Float64[np.ndarray, "n"], margins: Float64[np.ndarray, "n"]
) -> Float64[np.ndarray, "d n"]:
    """Shortest w_j with w_j·x_j = 1 and w_j·x_i ≤ −margins[j]; NaN where there is none."""
    units = X / norms[:, None]
    cosines = units @ units.T
    found = np.empty_like(X.T)
    for j, unit in enumerate(units):
        others = np.arange(len(X)) != j
        across = units[others] - np.outer(cosines[others, j], unit)
        bounds = cosines[others, j] + margins[j] * norms[j] / norms[others]
        found[:, j] = (unit + _least_distance(-across, bounds)) / norms[j]
    return found


def _least_distance(rows: Float64[np.ndarray, "m d"], bounds: Float64[np.ndarray, "m"]) -> Float64[np.ndarray, "d"]:
    """The shortest u with rows·u ≥ bounds, NaN if there is none (Lawson and Hanson 1974, chapter 23).

    What nonnegative combinations of (row, bound) leave of the last unit vector is (−u, 1)/(1 + ‖u‖²), zero if none.
    """
    target = np.append(np.zeros(rows.shape[1]), 1.0)
    lifted = np.vstack([rows.T, bounds])
    left = target - lifted @ nnls(lifted, target)[0] if len(rows) else target
    return -left[:-1] / left[-1] if np.linalg.norm(left) > RESOLUTION else np.full(rows.shape[1], np.nan)


def _decoded(
    X: Float64[np.ndarray, "n d"], W1: Float64[np.ndarray, "d n"], deviations: float, sigma: float, decay: float
) -> Memorizer:
    """The decoder with the least objective, a ridge regression on the exact moments of the code, and that objective."""
    lengths = np.linalg.norm(W1, axis=0)
    first = np.asarray(mean(X @ W1, sigma * lengths))
    second = _second_moments(X @ W1, W1, sigma * lengths)
    kept = lengths > 0
    W2, n = np.zeros_like(W1), len(X)
    target = X.T @ first[:, kept]
    W2[:, kept] = np.linalg.solve(second[np.ix_(kept, kept)] + decay * np.eye(int(kept.sum())), target.T).T
    loss = ((X**2).sum() - (W2[:, kept] * target).sum() + decay * (W1**2).sum()) / n
    return Memorizer(W1, W2, deviations, float(loss))


def _second_moments(
    mu: Float64[np.ndarray, "n p"], W1: Float64[np.ndarray, "d p"], s: Float64[np.ndarray, "p"]
) -> Float64[np.ndarray, "p p"]:
    """Σ_i E[h_ia h_ib] for pre-activations of means mu and deviations s."""
    lengths = np.linalg.norm(W1, axis=0)
    units = W1 / np.where(lengths > 0, lengths, 1.0)
    a, b = np.triu_indices(W1.shape[1])
    cosines = np.where(a == b, 1.0, np.clip(units.T @ units, -1.0, 1.0)[a, b])
    table = np.zeros((W1.shape[1],) * 2)
    table[a, b] = np.asarray(cross_moment(mu[:, a], mu[:, b], s[a], s[b], cosines)).sum(axis=0)
    return table + np.triu(table, 1).T
