"""A statistic that tells memorising from shrinking: the rank of a generated point among nearest distances.

x is generated, D are N training points, S = D ∪ {x}; ε(s) is the distance from s to the nearest other point of S, R the
mid-rank of ε(x) among the N + 1 values (equal ones share their mean rank), and M = (R − ½)/(N + 1), between 0 and 1.

1. Mid-ranks of N + 1 values add up to (N + 1)(N + 2)/2. So Σ_s M = (N + 1)/2 for every finite S, and E M = ½ whenever x
   is as good as a further training point (exchangeable with D): for every law, scale, spectrum, dimension and N.
2. If x is a copy of one of N distinct points, they are the closest pair and M = (3/2 − ½)/(N + 1) = 1/(N + 1). With a
   share c of copies E M = ½ − c(½ − 1/(N + 1)), which estimates c without bias.
3. A model refitted to D is not exchangeable with it. But M is in [0, 1], so E M moves by at most the mean total
   variation between the fit and the law of D, at most √(E KL/2) (Pinsker, Jensen), which no affine map changes. For
   Gaussians fitted by maximum likelihood E KL = −Δ/2 (theory.refit_loop): |E M − ½| ≤ ½√(−Δ) ≈ √(P/(4N)), P = d(d+3)/2,
   in every generation of a refit loop, however far the cloud has shrunk and into whatever shape. For N well over P
   that parts it from 2.
4. One point: if all distances differ, x is one of the closest pair of S with chance 2/(N + 1) when exchangeable, and
   always when it is a copy. The rule "one of n generated points is" has false alarms in at most 2n/(N + 1) and misses a
   share c of copies with chance (1 − c)^n.

D must be reduced to distinct points first: a training set of copies has ε = 0 itself. In a memorising loop M is then
1/(K + 1), K the number of survivors (theory.lineage), which must still be many: at K = 1 it is ½ too.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from . import validation
from .refit_loop import gaussian_log_det_drift

SAMPLES, SHARE = sp.symbols("N c", positive=True)
"""Distinct training points N, share c of copies among the generated points."""

COPIED = 1 / (SAMPLES + 1)
"""M of a copy."""

MEAN = sp.Rational(1, 2) - SHARE * (sp.Rational(1, 2) - COPIED)
"""E M with a share c of copies, the rest exchangeable."""


def mean_rank(n: int, share: float) -> float:
    """E M for `n` >= 1 distinct training points and a `share` 0 <= c <= 1 of copies, the rest exchangeable.

    Raises `ValueError` for bad input.
    """
    n = validation.whole(n, "n", 1)
    return 0.5 - _share(share) * (0.5 - 1 / (n + 1))


def copy_share(mean: float, n: int) -> float:
    """Unbiased estimate of the share c from the `mean` of M, `n` >= 2 distinct training points; may leave [0, 1].

    Raises `ValueError` for bad input.
    """
    n = validation.whole(n, "n", 2)
    return float((0.5 - validation.real_number(mean, "mean")) / (0.5 - 1 / (n + 1)))


def refit_bound(n: int, d: int) -> float:
    """½√(−Δ): largest |E M − ½| for draws from a Gaussian fitted to `n` > `d` >= 1 points of a Gaussian.

    At every generation of a loop of such fits, whatever its covariance. Raises `ValueError` for bad input.
    """
    d = validation.whole(d, "d", 1)
    return float(np.sqrt(-gaussian_log_det_drift(validation.whole(n, "n", d + 1), d)) / 2)


def points_needed(share: float, error: float) -> tuple[int, int]:
    """Generated and training points (n, N) for which rule 4 has both its errors at most `error`, 0 < error < 1.

    `share` 0 < c <= 1 of copies; n = ⌈log error/log(1 − c)⌉ and N = ⌈2n/error⌉ − 1. Raises `ValueError` for bad input.
    """
    share, error = _share(validation.positive(share, "share")), validation.positive(error, "error")
    if error >= 1:
        raise ValueError(f"error must be < 1, got {error!r}")
    generated = 1 if share == 1 else max(1, int(np.ceil(np.log(error) / np.log1p(-share))))
    return generated, int(np.ceil(2 * generated / error)) - 1


def _share(share: float) -> float:
    value = validation.nonnegative(share, "share")
    if value > 1:
        raise ValueError(f"share must be <= 1, got {value!r}")
    return value
