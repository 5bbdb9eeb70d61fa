"""What no bias-free network can beat: the least denoising loss of a positively homogeneous f (BR Cor. 3.2, remarks).

[Wᵀcy]_+ = c[Wᵀy]_+ for c > 0, so a network without bias is f(y) = ‖y‖g(y/‖y‖): it chooses g on the sphere, not f.
Let y = x + σε, u = y/‖y‖ and ρ = ‖y‖/σ. Given u the loss is E[‖σρg − x‖² | u], least at g = (x/σ)E[ρ|u]/E[ρ²|u], where
it is ‖x‖²F, F = Var(ρ|u)/E[ρ²|u]. Only the angle θ between y and x matters: F depends on b = a cos θ, a = ‖x‖/σ
(`theory.radial_law`), and θ has density ∝ sin^(d−2)θ exp(−a²/2) I_{d−1}(b). Hence the floor ‖x‖² E_θ[F], which no
width, weight decay or knowledge of the sample's index can pass.

A two-layer network is bound further: [z]_+ = (z + |z|)/2 makes f(y) − f(−y) = W2W1ᵀy, linear. Its even part can come
near any even homogeneous function as the width grows. So at θ and π − θ the gains g must differ by 2c cos θ with one c
for all θ; what that costs is a weighted least-squares residual.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from . import validation
from .normal_tails import Array
from .radial_law import RadialLaw, radial_law

RATIO, DIMENSION = sp.Symbol("a", positive=True), sp.Symbol("d", integer=True, positive=True)
"""a = ‖x‖/σ and the dimension d."""

LOWER_SHARE = 1 / (RATIO**2 + 2 * DIMENSION + 1)
"""The floor is at least this share of ‖x‖²."""

_spread = RATIO**2 + 2 * DIMENSION
UPPER_SHARE = (1 + 2 * DIMENSION * RATIO**2 / (_spread * (DIMENSION - 1) * (_spread - 1))) / (_spread - 1)
"""The floor is at most this share of ‖x‖² for d ≥ 2, and at most 1/(a² + 1) for any d."""

EXPANDED_SHARE = 1 / _spread + (RATIO**4 + 2 * RATIO**2 * DIMENSION - 2 * DIMENSION**2) / _spread**4
"""Floor over ‖x‖² up to a relative error of order (a² + 2d)⁻²: for σ → 0 and for d → ∞ alike."""

# Mass beyond ten standard deviations of one coordinate or of a length is below 1e-21.
_REACH = 10
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
# At most this small, σ/‖x‖·√(2d − 1) is lost beside 1 when squared.
_NEGLIGIBLE = np.sqrt(np.finfo(np.float64).eps)


def loss_floor(norm: float, d: int, sigma: float) -> float:
    """Least E‖f(x + σε) − x‖² over positively homogeneous f, for one sample with ‖x‖ = norm in R^d.

    In squared units of norm and sigma, both ≥ 0; relative accuracy 1e-12. The mean over samples bounds BR eq. 6 from
    below at any width and weight decay. Attained for d = 1, approached by the memorising weights as sigma → 0. Raises
    `ValueError` for bad input.
    """
    return _floor_and_surcharge(norm, d, sigma)[0]


def two_layer_surcharge(norm: float, d: int, sigma: float) -> float:
    """What two-layer ReLU networks without bias miss beyond `loss_floor`, at any width; arguments as there.

    `loss_floor + two_layer_surcharge` is the infimum of their loss on one sample. Zero for d = 1; positive for d ≥ 2
    and norm, sigma > 0, but below 4e-7 of the floor, and given as zero for norm ≥ 10 sigma, where it is below 1e-20.
    """
    return _floor_and_surcharge(norm, d, sigma)[1]


def _floor_and_surcharge(norm: float, d: int, sigma: float) -> tuple[float, float]:
    """The homogeneous floor, and what a linear odd part costs on top of it."""
    norm, sigma = validation.nonnegative(norm, "norm"), validation.nonnegative(sigma, "sigma")
    d = validation.whole(d, "d", 1)
    if sigma * np.sqrt(2 * d - 1) <= _NEGLIGIBLE * norm:
        return sigma**2, 0.0
    a = norm / sigma
    angles, log_weights, behind = _angles(a, d)
    cosines = np.cos(angles)
    ahead = radial_law(a * cosines, d)
    exponent = log_weights + ahead.log_mass - (a * np.sin(angles)) ** 2 / 2
    density = np.exp(exponent - exponent.max())
    if not behind:
        return norm**2 * float(np.average(_missed(ahead), weights=density)), 0.0
    back = radial_law(-a * cosines, d)
    mirrored = density * np.exp(back.log_mass - ahead.log_mass)
    total = (density + mirrored).sum()
    floor = (density * _missed(ahead) + mirrored * _missed(back)).sum() / total
    # Excess over the floor at one pair of opposite rays: H(difference of the best gains − 2c cos θ)².
    squares, back_squares = density * _mean_square(ahead), mirrored * _mean_square(back)
    # sin^(d−2)θ may underflow at the end of the range, and H with it.
    H = squares * back_squares / np.maximum(squares + back_squares, np.finfo(np.float64).tiny)
    difference = ahead.mean / _mean_square(ahead) - back.mean / _mean_square(back)
    slope = (H * cosines * difference).sum() / (H * cosines**2).sum()
    surcharge = (H * (difference - slope * cosines) ** 2).sum() / total
    return norm**2 * float(floor), norm**2 * float(surcharge)


def _angles(a: float, d: int) -> tuple[Array, Array, bool]:
    """θ in [0, π/2], logarithms of weights that include sin^(d−2)θ, and whether mass worth counting lies behind π/2."""
    if d == 1:
        return np.zeros(1), np.zeros(1), a < _REACH
    nearest = max(0.0, np.sqrt(d - 1) - _REACH)
    farthest = np.sqrt(d - 1) + _REACH
    low = np.arctan2(nearest, a + _REACH)
    high = np.arctan2(farthest, max(0.0, a - _REACH))
    angles = (low + high) / 2 + (high - low) / 2 * _NODES
    return angles, np.log(_WEIGHTS) + (d - 2) * np.log(np.sin(angles)), a < _REACH


def _mean_square(law: RadialLaw) -> Array:
    return law.mean**2 + law.variance


def _missed(law: RadialLaw) -> Array:
    """F, the share of ‖x‖² that no gain recovers on one ray."""
    return law.variance / _mean_square(law)
