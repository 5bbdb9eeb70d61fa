"""What moves the generalisation score, what moves the entropy of a training set, and what moves both.

GS = mean over generated x of min_z ‖x − z‖^q, z in the training set D of N points of R^d; Ĥ_1 = ψ(N) − ψ(1) + log c_d +
(d/N) Σ log ε(z), ε the distance to the nearest other point of D. Interventions:

    scale a (D and G)                  log GS moves by q log a, Ĥ_1 and the entropy by d log a (theory.scaling_identity)
    each coordinate r times            GS per coordinate (q = 2) stays, Ĥ_1 moves by any amount, the entropy is −∞
    N − K of N points moved to within  GS (q = 1) falls by δ at most, Ĥ_1 below any bound as δ → 0:
      δ of the K others                  Ĥ_1 ≤ ψ(N) − ψ(1) + log c_d + d((1 − K/N) log δ + (K/N) log diameter)
    a share c of G copied from D       GS falls to (1 − c)GS, Ĥ_1 stays
    spectrum, N(m, Σ)                  g(N) tr Σ ≤ E GS ≤ 2 tr Σ (q = 2): GS follows the total variance up to a factor
                                         of N alone, whatever the entropy ½ log det Σ + const is

Here g(N) = E min_{i ≤ N} (x − z_i)² for standard normals on the line: the least of sums over coordinates is at least
the sum of the least. If G has the law of D, no intervention on that law (its spectrum, say) parts GS from Ĥ_1:
q·E log min_z‖x − z‖ = (q/d)(E Ĥ_1 of N + 1 points − ψ(N + 1) + ψ(1) − log c_d) (theory.scaling_identity).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from . import validation
from .entropy import ball_log_volume, gaussian_bias, gaussian_entropy

# Nodes for x, of deviation one, up to the farthest, and for the distance from it.
_PLACES, _FARTHEST, _DISTANCES = 401, 10.0, 1200


def repeated_entropy_change(d: int, times: int, mean_log: float) -> float:
    """Change of Ĥ_1, nats, when each of `d` >= 1 coordinates is repeated `times` = r >= 1 times.

    `mean_log`: mean of log ε before, log of a length. log c_{rd} − log c_d + (r − 1)d·mean + (rd/2) log r. Raises
    `ValueError` for bad input.
    """
    d, times = validation.whole(d, "d", 1), validation.whole(times, "times", 1)
    mean_log = validation.real_number(mean_log, "mean_log")
    lengths = (times - 1) * d * mean_log + times * d / 2 * np.log(times)
    return float(ball_log_volume(times * d) - ball_log_volume(d) + lengths)


def near_copies_bound(n: int, kept: int, d: int, distance: float, diameter: float) -> float:
    """Upper bound of Ĥ_1, nats, of `n` points of R^d of which n − `kept` are within `distance` δ of one of the others.

    1 <= `kept` < n, `d` >= 1, 0 < δ <= `diameter` of the cloud. Raises `ValueError` for bad input.
    """
    n, d = validation.whole(n, "n", 2), validation.whole(d, "d", 1)
    kept = validation.whole(kept, "kept", 1)
    if kept >= n:
        raise ValueError(f"kept must be < n = {n}, got {kept}")
    diameter, distance = validation.positive(diameter, "diameter"), validation.positive(distance, "distance")
    if distance > diameter:
        raise ValueError(f"distance must be <= diameter = {diameter!r}, got {distance!r}")
    lengths = (1 - kept / n) * np.log(distance) + kept / n * np.log(diameter)
    return float(special.psi(n) - special.psi(1) + ball_log_volume(d) + d * lengths)


def gaussian_log_score(n: int, d: int, power: int) -> float:
    """q·E log min_z‖x − z‖ for x and `n` >= 1 training points of N(0, I) in R^`d`, d >= 1, q = `power` >= 1.

    For N(m, s²I) add q log s. To 1e-9. Raises `ValueError` for bad input.
    """
    n, d = validation.whole(n, "n", 1), validation.whole(d, "d", 1)
    power = validation.whole(power, "power", 1)
    estimate = gaussian_bias(n + 1, d) + gaussian_entropy(d)
    return float(power / d * (estimate - special.psi(n + 1) + special.psi(1) - ball_log_volume(d)))


def line_score(n: int) -> float:
    """g(N) = E min_{i ≤ N} (x − z_i)² for standard normals, N = `n` >= 1: E GS/tr Σ is between this and 2.

    To 1e-8 of itself for n up to 10,000. Raises `ValueError` for bad input.
    """
    return _line_score(validation.whole(n, "n", 1))


@lru_cache(maxsize=256)
def _line_score(n: int) -> float:
    # Few points near x matter where x is far out, so that the tails are gone through finely.
    places = np.linspace(-_FARTHEST, _FARTHEST, _PLACES)
    weights = np.exp(-(places**2) / 2)
    # ∫ 2t² P(no point within t of x) du, t = e^u, from far below one gap to beyond all points.
    logs = np.linspace(np.log(1e-5 / n), np.log(2 * _FARTHEST), _DISTANCES)
    reach = np.exp(logs)
    inside = special.ndtr(places[:, None] + reach) - special.ndtr(places[:, None] - reach)
    empty = np.exp(n * np.log1p(-np.minimum(inside, 1 - 1e-16)))
    scores = 2 * np.trapezoid(reach**2 * empty, logs, axis=1)
    return float(weights @ scores / weights.sum())
