"""How many turns O of a block of p units are admissible, and how much margin they leave.

v ≠ 0 is the response of the block to its cluster mean before the turn; all units are active exactly when Ov lies in
the positive orthant. For O uniform on O(p), Ov = ‖v‖u with u uniform on the sphere. A standard normal vector is R·u
with an independent chi-distributed radius R, so the margin min_k u_k, given that it is positive, has mean E min|g_k|/E
R.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.special import erfc, gammaln

from . import validation


def admissible_share(width: int) -> float:
    """2^{−p}: the share of all orthogonal matrices that make every one of p = `width` ≥ 1 units active on the mean."""
    return 2.0 ** -validation.whole(width, "width", 1)


def largest_margin(width: int) -> float:
    """1/√p: the most that the least of p units can respond, over ‖v‖; every unit then responds alike."""
    return validation.whole(width, "width", 1) ** -0.5


def mean_margin(width: int) -> float:
    """Mean over admissible turns of the least unit's response over ‖v‖: ∫_0^∞ erfc(t/√2)^p dt/E R.

    E R = √2Γ((p + 1)/2)/Γ(p/2). It is about √(π/2)·p^{−3/2}.
    """
    width = validation.whole(width, "width", 1)
    # In s = pt the integrand keeps its shape for all widths.
    least = quad(lambda s: erfc(s / width / np.sqrt(2)) ** width, 0, np.inf)[0] / width
    log_radius = gammaln((width + 1) / 2) - gammaln(width / 2)
    return float(least / (np.sqrt(2) * np.exp(log_radius)))


def admissible_share_bound(width: int, spread: float) -> float:
    """Upper bound on the share of turns that keep all units active on the whole ball of radius `spread`·‖v‖ around v.

    2^{−p}·min(1, mean_margin/spread), by Markov's inequality, and 0 from spread 1/√p on, where there is none.
    """
    share, mean = admissible_share(width), mean_margin(width)
    spread = validation.nonnegative(spread, "spread")
    if spread >= largest_margin(width):
        return 0.0
    return share * min(1.0, mean / spread) if spread else share
