"""The constant of EM Theorem 3.2: excess loss C(1 − M/N)dσ⋆² of the denoiser that memorises M of N samples.

C is the mean of ‖x̄_pmem − x‖²/(dσ⋆²) over the samples x left out (the kept ones, and the memoriser itself, lose nothing
to leading order). If x's cluster holds n of the M kept samples x_j = μ + σ⋆ε_j, the posterior weights at
signal-to-noise ψ are w_j ∝ e^{g_j}, independent over j given x = μ + σ⋆e and the noise z:

    g_j = −q‖ε_j‖²/2 + ε_j·(qe + √q z),   q = ψσ⋆²,   variance V = dq(1 + q) + dq²/2,

to leading order Gaussian: Derrida's random energy model. With Y_k = Σ_j w_j^k the squared error is ‖e‖² − 2Σw_jε_j·e +
‖Σw_jε_j‖². All ε_j are nearly orthogonal, so C → 1 + E Y_2. Stein's identity gives the tilt of the weights towards x:

    C = 1 + E Y_2 − 2q(1 − E Y_3) + q(1 + q) E[1 − Y_2 − 6Y_3 + 6Y_2²] + O(1/d).

C is 1 + 1/n for V → 0, when all n samples are mixed, and 2 for V → ∞, when one wins; for n → ∞ it is 1 below
V = 2 log n, and 2 − √(2 log n/V) above. A cluster with no kept sample costs the distance to another one: 2 + 2/σ⋆².
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float64
from scipy import interpolate, special

from . import validation

CLUSTERS, VARIANCE, DIMENSION = sp.symbols("K v d", positive=True)
"""K, σ⋆² in units in which the means have length √d, and d."""

ONE_KEPT = 2 + 2 * (1 - 1 / CLUSTERS) / VARIANCE
"""C for M = 1 and every t: all left-out samples are at their full distance from the one that is kept."""

UNCOVERED = 2 + 2 / VARIANCE
"""C of samples whose cluster has no kept sample, one winner in another cluster, as d → ∞."""

_uncovered = sp.lambdify(VARIANCE, UNCOVERED, "math")

_STEP, _TAIL, _RARE, _NODES = 0.2, 8.0, 1e-7, 5


class Participation(NamedTuple):
    """E Y_2, E Y_3 and E Y_2² of the weights."""

    second: float
    third: float
    second_squared: float


def participation(count: float, energy_variance: float) -> Participation:
    """Means of Σw², Σw³ and (Σw²)² for weights w_j ∝ e^{g_j} of `count` n >= 1 independent g_j ~ N(0, V), V >= 0.

    From 1/(Σe^g)^k = ∫λ^{k−1}e^{−λΣe^g}dλ/Γ(k), as integrals over log λ. `count` need not be whole. Raises `ValueError`
    for bad input.
    """
    n = validation.positive(count, "count")
    if n < 1:
        raise ValueError(f"count must be >= 1, got {n!r}")
    spread = float(np.sqrt(validation.nonnegative(energy_variance, "energy_variance")))
    # log λ is around minus the largest energy, about √(2 log n) standard deviations, which varies by less than one.
    largest = np.sqrt(2 * np.log(n))
    scale = max(1.0, spread / max(1.0, largest))
    s = np.arange(-(_TAIL + largest) * spread - np.log(n) - 20, _TAIL * spread + 8, _STEP * scale)
    second, third, fourth, some = _moments(s, spread, n)
    rest = np.log1p(-np.minimum(some, 1 - 1e-16))
    one, two = np.exp((n - 1) * rest), np.exp((n - 2) * rest)
    step = _STEP * scale
    y4 = n / 6 * float(fourth @ one) * step
    pairs = n * (n - 1) / 6 * float((second**2) @ two) * step
    return Participation(n * float(second @ one) * step, n / 2 * float(third @ one) * step, y4 + pairs)


def constant_of_cluster(d: int, count: float, snr: float, data_variance: float) -> float:
    """C for a sample whose cluster holds `count` n >= 1 kept samples, to first order in 1/√d; no unit.

    `snr` ψ >= 0; `data_variance` σ⋆² > 0 in units of 1/ψ. Other clusters must be too far to matter.
    """
    d = validation.whole(d, "d", 1)
    q = validation.nonnegative(snr, "snr") * validation.positive(data_variance, "data_variance")
    second, third, squared = participation(count, d * q * (1 + 1.5 * q))
    return 1 + second - 2 * q * (1 - third) + q * (1 + q) * (1 - second - 6 * third + 6 * squared)


def partial_memorizer_constant(d: int, kept: int, K: int, snr: float, data_variance: float) -> float:
    """C of EM Theorem 3.2 averaged over data: `kept` M >= 1 samples fall into K clusters at random; no unit.

    σ⋆² = `data_variance` in units in which the means have length √d; other arguments as `constant_of_cluster`.
    """
    M, K = validation.whole(kept, "kept", 1), validation.whole(K, "K", 1)
    variance = validation.positive(data_variance, "data_variance")
    counts = np.arange(M + 1)
    ways = special.gammaln(M + 1) - special.gammaln(counts + 1) - special.gammaln(M - counts + 1)
    chances = np.exp(ways + special.xlogy(counts, 1 / K) + special.xlogy(M - counts, 1 - 1 / K))
    covered = chances[1:] > _RARE
    counts, weights = counts[1:][covered], chances[1:][covered]
    # C is smooth in log n: few values tell the others.
    nodes = np.unique(np.geomspace(counts[0], counts[-1], _NODES))
    values = np.array([constant_of_cluster(d, float(n), snr, variance) for n in nodes])
    if len(nodes) > 1:
        values = interpolate.make_interp_spline(np.log(nodes), values, k=min(3, len(nodes) - 1))(np.log(counts))
    return float(chances[0] * _uncovered(variance) + values @ weights)


def covered_twice(d: int, K: int) -> float:
    """(1 + log d)K log K: how many kept samples EM's proof of Theorem 3.2 needs, its statement does not say."""
    d, K = validation.whole(d, "d", 1), validation.whole(K, "K", 1)
    return float((1 + np.log(d)) * K * np.log(K))


def _moments(s: Float64[np.ndarray, "s"], spread: float, n: float) -> list[Float64[np.ndarray, "s"]]:
    """E[y^k e^{−y}] for k = 2, 3, 4, and 1 − E e^{−y}, at log y = s + N(0, spread²), to less than 1/n."""
    if spread < 1:
        h = np.arange(-_TAIL, _TAIL + _STEP / 2, _STEP)
        weights = np.exp(-(h**2) / 2)
        weights /= weights.sum()
        y = np.exp(np.minimum(s[:, None] + spread * h, 50.0))
        return [*((y**k * np.exp(-y)) @ weights for k in (2, 3, 4)), -np.expm1(-y) @ weights]
    # Where the law of log y is wide the other factor is narrow: integrate over it instead.
    w = np.arange(-20.0 - np.log(n), 5.0, _STEP)
    y = np.exp(w)
    level = (w - s[:, None]) / spread
    density = np.exp(-(level**2) / 2) / (np.sqrt(2 * np.pi) * spread)
    found = [density @ (y**k * np.exp(-y)) * _STEP for k in (2, 3, 4)]
    return [*found, special.ndtr(-level) @ (y * np.exp(-y)) * _STEP]
