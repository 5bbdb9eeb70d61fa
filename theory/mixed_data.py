"""Refit loops whose training set keeps real data: how much of the variance is left, on average and for ever.

n points a generation, fits by maximum likelihood, divisor the number of points; true in every dimension for E Σ, of any
law of the real data and any generator with the fitted mean and covariance. V is the variance of the pool.

Growing pool of T batches, all used: a new batch has mean square V about the pool's mean, and its own mean is off by
V/n, so E V_{T+1} = (1 − 1/(n(T+1)²))V_T, and V_1 = (1 − 1/n)σ². By Euler's product V → σ² sin(π/√n)/(π/√n).

Growing pool, n of its nT points drawn for each fit: the new batch again has mean square V, but its mean is off by
u_T V, u_T = 1/n + (T−1)(n−1)/(n(nT−1)), for the drawn points' mean is. So E V_{T+1} = (1 − u_T/(T+1)²)V_T.

pn fresh points a generation, q = 1 − p from the last fit (m, v): mean squares, v + m² → pσ² + q(v + m²), and m² → q²m²
+ (pσ² + qv)/n. Both converge, with rates q and q(q − 1/n), to v = pcσ²/(1 − qc), c = 1 − 1/(n(2 − p)). Half of the
variance is kept as soon as about half a point in a generation is fresh.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from jaxtyping import Float64

from . import validation

SAMPLES, BATCHES = sp.symbols("n T", integer=True, positive=True)
FRESH, VARIANCE = sp.symbols("p sigma2", positive=True)
"""Points n a generation, batches T of the pool, share p of fresh points, variance σ² of the real data."""

ACCUMULATED_FACTOR = 1 - 1 / (SAMPLES * (BATCHES + 1) ** 2)
"""E V_{T+1}/V_T, all of the pool used."""

MEAN_ERROR = 1 / SAMPLES + (BATCHES - 1) * (SAMPLES - 1) / (SAMPLES * (SAMPLES * BATCHES - 1))
"""u_T: mean square of the new batch's mean about the pool's, over V."""

SUBSAMPLED_FACTOR = 1 - MEAN_ERROR / (BATCHES + 1) ** 2
"""E V_{T+1}/V_T, n points of the pool used."""

CONTRACTION = 1 - 1 / (SAMPLES * (2 - FRESH))
FRESH_VARIANCE = FRESH * CONTRACTION * VARIANCE / (1 - (1 - FRESH) * CONTRACTION)
"""c, and the limit of E v with a share p of fresh points."""

_accumulated = sp.lambdify((SAMPLES, BATCHES), ACCUMULATED_FACTOR, "numpy")
_subsampled = sp.lambdify((SAMPLES, BATCHES), SUBSAMPLED_FACTOR, "numpy")
_fresh = sp.lambdify((SAMPLES, FRESH), FRESH_VARIANCE / VARIANCE, "math")


def accumulated_variance(n: int, generations: int) -> float:
    """E V/σ² of the pool after `generations` >= 0 batches beside the real one, all used; no unit.

    `n` >= 1 points a batch. Raises `ValueError` for bad input.
    """
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    return (1 - 1 / n) * float(_accumulated(n, np.arange(1.0, generations + 1)).prod())


def accumulated_limit(n: int) -> float:
    """Limit of `accumulated_variance`: sin(π/√n)/(π/√n), `n` >= 1. Raises `ValueError` for bad input."""
    n = validation.whole(n, "n", 1)
    # Exactly nothing at n = 1, where the sine of the rounded π is not.
    return float(np.sinc(1 / np.sqrt(n))) if n > 1 else 0.0


def subsampled_variance(n: int, generations: int) -> float:
    """As `accumulated_variance` where each fit uses n points of the pool, drawn without replacement."""
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    if n == 1:
        return 0.0
    return (1 - 1 / n) * float(_subsampled(n, np.arange(1.0, generations + 1)).prod())


def fresh_variance(n: int, fresh: int) -> float:
    """Limit of E v/σ² with `fresh` of the n >= 1 points a generation from the real law, 0 <= fresh <= n; no unit.

    Raises `ValueError` for bad input.
    """
    n, fresh = _points(n, fresh)
    # At n = 1 both vanish for no fresh point, and a single point has no variance.
    return float(_fresh(n, fresh / n)) if fresh else 0.0


def fresh_variances(n: int, fresh: int, generations: int) -> Float64[np.ndarray, "generations"]:
    """E v/σ² of the fits 0 … `generations` − 1, fit 0 to n real points. Arguments as `fresh_variance`."""
    n, fresh = _points(n, fresh)
    generations = validation.whole(generations, "generations", 1)
    share = fresh / n
    variances, offset = np.empty(generations), 1 / n
    variances[0] = 1 - 1 / n
    for g in range(1, generations):
        one = share + (1 - share) * variances[g - 1]
        mean_square = one + (1 - share) * offset
        offset = (1 - share) ** 2 * offset + one / n
        variances[g] = mean_square - offset
    return variances


def _points(n: int, fresh: int) -> tuple[int, int]:
    n, fresh = validation.whole(n, "n", 1), validation.whole(fresh, "fresh", 0)
    if fresh > n:
        raise ValueError(f"fresh must be <= n = {n}, got {fresh}")
    return n, fresh
