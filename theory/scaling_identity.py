"""Why log GS is linear in entropy: both follow the scale of the cloud, with slope q/d, memorised or not.

GS = (1/N) Σ_{x∈G} min_{z∈D} ‖x − z‖^q (MC: q = 2, mean squared error, or q = 1, distance), and the estimator of the
training set's entropy is Ĥ = ψ(N) − ψ(γ) + log c_d + (d/N) Σ_{z∈D} log ε_γ(z). Three facts.

1. Any sets D, G, scaled by a: log GS moves by q log a, Ĥ (and the true entropy) by d log a. Slope q/d.
2. A generator whose draws have the law of the training points, whatever that is: by exchange of the N + 1 points,
   E log min_z‖x − z‖ = E log ε_1 among N + 1 points. With GS_geo the geometric mean over x in place of the arithmetic,
   E log GS_geo = (q/d)(E Ĥ_1(N + 1 points) − ψ(N + 1) + ψ(1) − log c_d): GS is the entropy estimate.
3. The isotropic loop, N(m, s²I) refitted to N points of its own in R^d: D_g = m_g + s_g z_g, z_g standard normal, and
   GS_g = s_g^q F(z_g, z_{g+1}) with F free of g. s²_{g+1}/s²_g = χ²_{d(N−1)}/(dN), independent of the past, so log s_g²
   drifts by ψ(d(N−1)/2) − log(dN/2) a generation: GS falls exponentially, though GS/s_g^q keeps its law for ever.

In a loop that refits the whole covariance the directions shrink at different rates (`theory.refit_loop`). GS follows
the largest, λ_1, and the entropy all of them: its late slope in the entropy is qλ_1/Δ, for d ≪ N 4q/(d(d+3)), not q/d.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from . import validation
from .refit_loop import digamma_excess, lyapunov_rates

POWER, SCALE, DIMENSION = sp.symbols("q a d", positive=True)
SAMPLES = sp.Symbol("N", positive=True)
"""Power q of the distance in GS, scale a of the cloud, dimension d, samples N."""

SLOPE = POWER / DIMENSION
"""d log GS/dĤ while only the scale changes."""

LATE_SLOPE = 4 * POWER / (DIMENSION * (DIMENSION + 3))
"""The slope late in a loop that refits the whole covariance, to leading order in d/N."""

ISOTROPIC_DRIFT = sp.polygamma(0, DIMENSION * (SAMPLES - 1) / 2) - sp.log(DIMENSION * SAMPLES / 2)
"""Mean change of log s² a generation."""


def isotropic_drift(n: int, d: int) -> float:
    """Mean change of log s² a generation of the isotropic loop; −∞ for n = 1.

    `n` >= 1 samples a generation in R^`d`, d >= 1. Raises `ValueError` for bad input.
    """
    n, d = validation.whole(n, "n", 1), validation.whole(d, "d", 1)
    return float(digamma_excess(np.array(d * (n - 1) / 2)) + np.log1p(-1 / n)) if n > 1 else -np.inf


def scaling_slope(d: int, power: int) -> float:
    """q/d: slope of log GS in the entropy (per nat) while only the scale changes.

    `d` >= 1; `power` q >= 1 of the distance in GS, 1 or 2 in MC. Raises `ValueError` for bad input.
    """
    return validation.whole(power, "power", 1) / validation.whole(d, "d", 1)


def late_slope(n: int, d: int, power: int) -> float:
    """qλ_1/Δ: slope of log GS in the entropy (per nat) late in a loop of `n` > d samples with a full covariance.

    `d` >= 1, `power` as in `scaling_slope`. Raises `ValueError` for bad input.
    """
    power, d = validation.whole(power, "power", 1), validation.whole(d, "d", 1)
    rates = lyapunov_rates(validation.whole(n, "n", d + 1), d)
    # log GS falls by qλ_1/2 a generation, the entropy by Σλ_i/2.
    return float(power * rates[0] / rates.sum())
