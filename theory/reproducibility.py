"""How far apart two denoisers are that were learnt from disjoint, independent training sets of one distribution.

For any learner, and any best denoiser f*, E‖f₁(y) − f₂(y)‖² = 2(excess loss of f − excess loss of E f), twice the
variance: at most twice the excess test loss, and zero for a learner that ignores its data. For the block D̂ of a
cluster the distance is that of the weights, E‖D̂₁ − D̂₂‖²_F = 2E‖D̂ − E D̂‖²_F, or of the answers E‖(D̂₁ − D̂₂)y‖² on
fresh y = x + σε. n is the size of one training set, so halves of 2n samples have c = d/n.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sympy as sp
from jaxtyping import Float

from . import validation
from .linear_autoencoder import GAIN_SYMBOL
from .marchenko_pastur import gain_moments
from .proportional_limit import equivalent, scatter_limit
from .spectral_loss import SIGMA
from .spiked_covariance import SPIKE, sample_spikes, spike_gains

OVERLAP_SYMBOL, ENERGY_SYMBOL = sp.symbols("omega s", positive=True)
"""ω and s of `theory.spiked_covariance`."""

SPIKE_WEIGHTS = 2 * GAIN_SYMBOL**2 * (1 - OVERLAP_SYMBOL**2)
"""What one spike adds to ‖D̂₁ − D̂₂‖²_F: the two sample directions have the squared overlap ω²."""

SPIKE_ANSWERS = 2 * GAIN_SYMBOL**2 * (ENERGY_SYMBOL + SIGMA**2 - OVERLAP_SYMBOL**2 * (SPIKE + SIGMA**2))
"""What one spike adds to E‖(D̂₁ − D̂₂)y‖²."""

SHAPE, SCALED_NOISE, MEAN_RESOLVENT = sp.symbols("k z g", positive=True)
"""In one direction: k = n/2, z = nσ²/(2s), and g = E 1/(G + z) = e^z E_k(z) for a Gamma variable G of shape k."""

ONE_DIRECTION_WEIGHTS = 2 * (
    SCALED_NOISE - SCALED_NOISE * (SHAPE - 1 + SCALED_NOISE) * MEAN_RESOLVENT - SCALED_NOISE**2 * MEAN_RESOLVENT**2
)
"""E(D̂₁ − D̂₂)² for d = 1 and n centred Gaussian samples, exactly."""

_spike_weights = sp.lambdify((GAIN_SYMBOL, OVERLAP_SYMBOL), SPIKE_WEIGHTS, "numpy")
_spike_answers = sp.lambdify((GAIN_SYMBOL, OVERLAP_SYMBOL, ENERGY_SYMBOL, SPIKE, SIGMA), SPIKE_ANSWERS, "numpy")


class Distance(NamedTuple):
    """E‖D̂₁ − D̂₂‖²_F (no units), that over E‖D̂‖²_F (0 the same, 2 unrelated), and E‖(D̂₁ − D̂₂)y‖² (units of S)."""

    weights: float
    relative: float
    answers: float


def full_rank_distance(spectrum: Float[Any, "m"], ratio: float, sigma: float) -> Distance:
    """Distance per dimension between full-rank blocks, λ → 0. Arguments as `theory.proportional_limit.equivalent`."""
    second = equivalent(spectrum, ratio, sigma).second
    weights, answers = scatter_limit(spectrum, ratio, sigma)
    squared = second + weights
    return Distance(2 * weights, 2 * weights / squared if squared else 0.0, 2 * answers)


def isotropic_distance(
    ratio: float, sigma: float, variance: float, weight_decay: float = 0.0, fraction: float = 1.0
) -> Distance:
    """Distance per dimension between blocks of an isotropic cluster that keep the share `fraction` of the directions.

    E D̂ = m₁I by rotations, so 2(m₂ − m₁²). Arguments as `theory.marchenko_pastur.gain_moments`.
    """
    first, second = gain_moments(ratio, sigma, variance, weight_decay, fraction)
    weights = 2 * (second - first**2)
    return Distance(weights, weights / second if second else 0.0, (variance + sigma**2) * weights)


def spiked_distance(
    spikes: Float[Any, "k"], ratio: float, sigma: float, bulk: float, weight_decay: float = 0.0
) -> Distance:
    """Distance, in total, between blocks of width k on k spikes. Arguments as `theory.spiked_covariance.spiked_losses`.

    A spike below v(1 + √c) counts as one whose two sample directions have nothing in common.
    """
    _, overlap, energy = sample_spikes(spikes, ratio, bulk)
    gain = spike_gains(spikes, ratio, sigma, bulk, weight_decay)
    weights = float(_spike_weights(gain, overlap).sum())
    squared = float((gain**2).sum())
    ell = validation.real_array(spikes, "spikes", ndim=1)
    answers = float(_spike_answers(gain, overlap, energy, ell, sigma).sum())
    return Distance(weights, weights / squared if squared else 0.0, answers)
