"""The Gaussian refit loop: fit N(m, S) by maximum likelihood to N samples, draw N new ones from the fit, and again.

From a fit with covariance Σ the next is W/N, W the scatter of N samples: Wishart, N − 1 degrees of freedom. Row by row
(Gram and Schmidt) det W = det Σ · Π χ²_{N−i}, i = 1 … d, independent, and E log χ²_k = ψ(k/2) + log 2. So for N > d

    Δ = E log det Σ_{g+1} − log det Σ_g = Σ_{i=1}^d ψ((N − i)/2) − d log(N/2),

exactly, and the entropy (d/2) log 2πe + ½ log det Σ drifts by Δ/2. With log x − 1/2x − 1/12x² < ψ(x) < log x − 1/2x

    −d(d+1)(2d+7)/(12N(N−d)) − d/(3(N−d)²) ≤ Δ + d(d+3)/(2N) ≤ 0:

the entropy falls by at least P/(2N) a generation, P = d(d+3)/2 the number of parameters. As d/N → c < 1, Δ/d → −1 −
((1−c)/c) log(1−c). Σ_g is a product of independent matrices: the volume spanned by the k leading directions changes by
Π_{i≤k} χ²_{N−i}/N whatever they are, so log λ_i(Σ_g)/g → ψ((N−i)/2) − log(N/2), distinct and all negative.

For N ≤ d the first fit has rank N − 1 and every later one too: log det is −∞ after one generation, and within the
affine hull of the samples the loop goes on with d = N − 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64
from scipy import special

from . import validation

SAMPLES, DIMENSION = sp.symbols("N d", integer=True, positive=True)
ROW = sp.Symbol("i", integer=True, positive=True)
RATIO = sp.Symbol("c", positive=True)
"""Samples N a generation, dimension d, row i of the triangular factor, c = d/N."""

RATE = sp.polygamma(0, (SAMPLES - ROW) / 2) - sp.log(SAMPLES) + sp.log(2)
"""Mean change of log λ_i a generation."""

PARAMETERS = DIMENSION * (DIMENSION + 3) / 2
"""P: d means and d(d+1)/2 covariances."""

LEADING = -PARAMETERS / SAMPLES
"""Δ to leading order in 1/N, and never below it."""

SHORTFALL = DIMENSION * (DIMENSION + 1) * (2 * DIMENSION + 7) / (12 * SAMPLES * (SAMPLES - DIMENSION)) + DIMENSION / (
    3 * (SAMPLES - DIMENSION) ** 2
)
"""LEADING − Δ is at most this."""

_leading, _shortfall = (sp.lambdify((SAMPLES, DIMENSION), bound, "math") for bound in (LEADING, SHORTFALL))

PROPORTIONAL = -1 - (1 - RATIO) / RATIO * sp.log(1 - RATIO)
"""Limit of Δ/d as d/N → c."""

# From here on the next term of the series for ψ(x) − log x is below rounding.
_SERIES_FROM = 30.0
# B_2k/(2k) for k = 1 … 6.
_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760)


def digamma_excess(x: Float[Any, "..."]) -> Float64[np.ndarray, "..."]:
    """ψ(x) − log x for x > 0, any shape, to rounding also where the two nearly cancel. `ValueError` for bad input."""
    values = validation.real_array(x, "x")
    if not (values > 0).all():
        raise ValueError(f"x must be > 0, got {float(values[~(values > 0)][0])!r}")
    squared = np.maximum(values, _SERIES_FROM) ** -2.0
    series = np.zeros_like(values)
    for coefficient in reversed(_SERIES):
        series = squared * (coefficient + series)
    return np.where(values < _SERIES_FROM, special.digamma(values) - np.log(values), -0.5 / values - series)


def lyapunov_rates(n: int, d: int, *, unbiased: bool = False) -> Float64[np.ndarray, "d"]:
    """Limits of log λ_i(Σ_g)/g, largest first, per generation: shape (d,), −∞ from i = n on.

    `n` >= 1 samples a generation in `d` >= 1 dimensions; `unbiased` refits divide by n − 1, not by n. Raises
    `ValueError` for bad input.
    """
    n, d = validation.whole(n, "n", 1), validation.whole(d, "d", 1)
    rates = np.full(d, -np.inf)
    rows = np.arange(1, min(d, n - 1) + 1)
    # log((n − i)/n), from the ratio to one.
    shrunk = np.log1p((unbiased - rows) / (n - unbiased)) if len(rows) else np.zeros(0)
    rates[: len(rows)] = digamma_excess((n - rows) / 2) + shrunk
    return rates


def gaussian_log_det_drift(n: int, d: int, *, unbiased: bool = False) -> float:
    """Δ, the exact mean change of log det Σ a generation; −∞ for n <= d. Arguments as `lyapunov_rates`."""
    return float(lyapunov_rates(n, d, unbiased=unbiased).sum())


def log_det_variance(n: int, d: int) -> float:
    """Variance of the change of log det Σ a generation, Σψ'((n − i)/2), n > d >= 1. Raises `ValueError` otherwise."""
    d = validation.whole(d, "d", 1)
    n = validation.whole(n, "n", d + 1)
    return float(special.polygamma(1, (n - np.arange(1, d + 1)) / 2).sum())


def drift_bounds(n: int, d: int) -> tuple[float, float]:
    """Lower and upper bound of Δ in elementary terms, n > d >= 1. Raises `ValueError` otherwise."""
    d = validation.whole(d, "d", 1)
    n = validation.whole(n, "n", d + 1)
    upper = float(_leading(n, d))
    return upper - float(_shortfall(n, d)), upper


def entropy_drift(n: int, parameters: int) -> float:
    """−P/(2n): mean change of the entropy a generation, in nats, to leading order in 1/n.

    `n` >= 1 samples, P = `parameters` >= 0 free ones of an exponential family with constant carrier, refitted by
    maximum likelihood (d(d+3)/2 for a Gaussian). Raises `ValueError` for bad input.
    """
    n, parameters = validation.whole(n, "n", 1), validation.whole(parameters, "parameters", 0)
    return -parameters / (2 * n)


def proportional_drift(c: float) -> float:
    """Limit of Δ/d as d/N → c: −1 − ((1−c)/c) log(1−c), −1 at c = 1, −∞ beyond. c > 0, else `ValueError`."""
    ratio = validation.positive(c, "c")
    if ratio >= 1:
        return -1.0 if ratio == 1 else -np.inf
    if ratio < 1e-2:
        # −Σ c^k/(k(k+1)): the closed form loses digits.
        powers = np.arange(1, 10)
        return -float((ratio**powers / (powers * (powers + 1))).sum())
    return float(-1 - (1 - ratio) / ratio * np.log1p(-ratio))


def mean_covariance_factor(n: int, generations: int) -> float:
    """E Σ_g/Σ_0 = (1 − 1/n)^g for refits that divide by n >= 1 (by n − 1: 1). Raises `ValueError` for bad input."""
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    return float((1 - 1 / n) ** generations)


def refit_rank(n: int, d: int, generations: int) -> int:
    """Rank of Σ_g, almost surely, from a Σ_0 of full rank: d at g = 0, then min(d, n − 1). `ValueError` if bad."""
    n, d = validation.whole(n, "n", 1), validation.whole(d, "d", 1)
    return min(d, n - 1) if validation.whole(generations, "generations", 0) else d
