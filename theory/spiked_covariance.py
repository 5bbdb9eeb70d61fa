"""A block as wide as the number of spikes: what it keeps of directions that stand out of isotropic noise.

S = vI + Σ_j (ℓ_j − v)u_ju_jᵀ with a fixed number of spikes ℓ_j ≥ v; a mean μ across the spikes is a spike ‖μ‖² + v of
the second moment (no centring). As d, n → ∞ with d/n → c, the sample Gram matrix/n shows the spike at ŝ, and its
eigenvector û keeps the squared overlap ω with u, where (Baik–Ben Arous–Péché, Paul)

    ŝ = ℓ(1 + cv/(ℓ − v)),  ω = (1 − cv²/(ℓ − v)²)/(1 + cv/(ℓ − v))    if ℓ > v(1 + √c);   ŝ = v(1 + √c)², ω = 0 if not.

A fresh sample has in û the second moment s = ûᵀSû = v + (ℓ − v)ω, which is ℓ²/ŝ: training overrates the direction by
the factor by which it misses. The block of the spikes keeps û with the gain a = (ŝ − λ)_+/(ŝ + σ²), so it saves
(ŝ − λ)_+²/(ŝ + σ²) of the train loss and s − (1 − a)²s − a²σ² of the test loss. Spikes are of order one in a loss of
order d: per dimension a full-rank block does not see them (`theory.proportional_limit`), a narrow block sees nothing
else. λ here is the weight decay over the cluster's share, λ/ρ_k.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float, Float64

from . import validation
from .linear_autoencoder import GAIN_SYMBOL, gains, savings
from .proportional_limit import RATIO, VARIANCE
from .spectral_loss import MOMENT, SIGMA, TEST_LOSS_AT_GAIN

SPIKE = sp.Symbol("l", positive=True)
"""ℓ, an eigenvalue of S above the bulk's v (the symbol of an isotropic cluster's variance)."""

LOCATION = SPIKE * (1 + RATIO * VARIANCE / (SPIKE - VARIANCE))
"""ŝ, where the sample shows the spike."""

OVERLAP = (1 - RATIO * VARIANCE**2 / (SPIKE - VARIANCE) ** 2) / (1 + RATIO * VARIANCE / (SPIKE - VARIANCE))
"""ω, squared cosine between sample and population direction."""

ENERGY = SPIKE**2 / LOCATION
"""s = ûᵀSû, the second moment of a fresh sample along the sample's direction."""

_location, _overlap, _energy = (
    sp.lambdify((SPIKE, RATIO, VARIANCE), formula, "numpy") for formula in (LOCATION, OVERLAP, ENERGY)
)
_test_loss = sp.lambdify((GAIN_SYMBOL, MOMENT, SIGMA), TEST_LOSS_AT_GAIN, "numpy")


class Spikes(NamedTuple):
    """For each spike: where the sample shows it (units of S), squared overlap, second moment along its direction."""

    location: Float64[np.ndarray, " k"]
    overlap: Float64[np.ndarray, " k"]
    energy: Float64[np.ndarray, " k"]


class Losses(NamedTuple):
    """Train and test loss, in the units of S."""

    train: float
    test: float


def spike_threshold(ratio: float, bulk: float) -> float:
    """v(1 + √c): a spike of S below it leaves no trace in the leading sample directions."""
    ratio, bulk = validation.positive(ratio, "ratio"), validation.positive(bulk, "bulk")
    return bulk * (1 + float(np.sqrt(ratio)))


def sample_spikes(spikes: Float[Any, "k"], ratio: float, bulk: float) -> Spikes:
    """Locations, overlaps and energies of spikes ℓ (k,) ≥ v = `bulk` > 0 at d/n → c = `ratio` > 0.

    Raises `ValueError` for a spike below the bulk or other bad input.
    """
    ell = validation.real_array(spikes, "spikes", ndim=1)
    ratio, bulk = validation.positive(ratio, "ratio"), validation.positive(bulk, "bulk")
    threshold = spike_threshold(ratio, bulk)
    if ell.size and ell.min() < bulk:
        raise ValueError(f"spikes must be >= bulk = {bulk!r}, got {float(ell.min())!r}")
    found = Spikes(np.full_like(ell, threshold**2 / bulk), np.zeros_like(ell), np.full_like(ell, bulk))
    seen = ell > threshold
    for values, formula in zip(found, (_location, _overlap, _energy), strict=True):
        values[seen] = formula(ell[seen], ratio, bulk)
    return found


def spike_gains(
    spikes: Float[Any, "k"], ratio: float, sigma: float, bulk: float, weight_decay: float
) -> Float64[np.ndarray, "k"]:
    """Gain of the block in each spike's sample direction, (ŝ − λ)_+/(ŝ + σ²). Arguments as `spiked_losses`."""
    location = sample_spikes(spikes, ratio, bulk).location
    sigma, weight_decay = validation.positive(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    return gains(location, sigma**2, weight_decay)


def spiked_losses(
    spikes: Float[Any, "k"], d: int, ratio: float, sigma: float, bulk: float, weight_decay: float = 0.0
) -> Losses:
    """Train loss (decay term included) and test loss of the block of width k, one unit for each spike.

    tr S less what each direction saves, tr S = Σℓ + (d − k)v; σ > 0, λ ≥ 0. Right up to a train fluctuation
    of tr Ŝ, of mean zero, and terms that vanish with 1/√n. Raises `ValueError` unless d ≥ k.
    """
    location, _, energy = sample_spikes(spikes, ratio, bulk)
    gain = spike_gains(spikes, ratio, sigma, bulk, weight_decay)
    d = validation.whole(d, "d", least=1)
    ell = validation.real_array(spikes, "spikes", ndim=1)
    if d < len(ell):
        raise ValueError(f"d must be >= the number of spikes = {len(ell)}, got {d}")
    total = float(ell.sum()) + (d - len(ell)) * float(bulk)
    saved = savings(location, float(sigma) ** 2, float(weight_decay)).sum()
    saved_of_fresh = (energy - _test_loss(gain, energy, sigma)).sum()
    return Losses(float(total - saved), float(total - saved_of_fresh))
