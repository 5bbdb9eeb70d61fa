"""How much more training loss the true parameters have than the memoriser (EM, Theorem 3.1), with explicit errors.

N samples of (1/K) Σ_k N(μ_k, σ⋆²I) in R^d, ψ = α²/t², c = α²σ⋆² + t². The excess E[L(x̄⋆) − L(x̄_mem)] has three parts:

    excess = A + V/(1 + ψσ⋆²)² − E L(x̄_mem),   A = dσ⋆²/(1 + ψσ⋆²).

A is the loss with the component known. V is what the component's mean, seen in αμ_k + √c Z, keeps uncertain. With
posterior probabilities p, V = ½ E Σ_{k,l} p_kp_lD_kl², D_kl = ‖μ_k − μ_l‖; E p_kp_l = (1/K)∫φ_kφ_l/Σφ is at most
(1/2K)∫(φ_kφ_l)^{1/2} = (1/2K) exp(−α²D_kl²/8c). The memoriser's loss is the same with the samples for the means, t² for
c and N for K; the mean over the samples of D² exp(−ψD²/8), D² the squared length of a Gaussian vector, is explicit.

Neither part exceeds what remains without any signal: the variance of the means, and the loss of the samples' mean. The
memoriser minimises the training loss, so the excess is at least zero.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from jaxtyping import Float

from . import validation
from .mixture_denoiser import signal

DIMENSION, SAMPLES, COMPONENTS = sp.symbols("d N K", positive=True)
SNR, DATA_VARIANCE = sp.symbols("psi v", positive=True)
DISTANCE = sp.Symbol("Delta", nonnegative=True)
"""d, N and K; ψ and σ⋆²; a squared distance between two means."""

LEADING = DIMENSION * DATA_VARIANCE / (1 + SNR * DATA_VARIANCE)
"""A: the leading term."""

OVERLAP = 1 + SNR * DATA_VARIANCE / 2
"""h: E exp(−ψD²/8) = h^(−d/2) exp(−ψΔ/8h) for the distance D of two samples whose means are √Δ apart."""

PAIR_LOSS = (
    (2 * DIMENSION * DATA_VARIANCE / OVERLAP + DISTANCE / OVERLAP**2)
    / 4
    * sp.exp(-DIMENSION / 2 * sp.log(OVERLAP) - SNR * DISTANCE / (8 * OVERLAP))
)
"""¼E D² exp(−ψD²/8): one other sample adds at most this to the loss of the memoriser."""

PAIR_UNCERTAINTY = DISTANCE / 4 * sp.exp(-SNR * DISTANCE / (8 * (1 + SNR * DATA_VARIANCE)))
"""One other component adds at most this to V."""

MEMORISER_SHARE = (
    (SAMPLES - 1) * (1 + DISTANCE / (4 * DIMENSION * DATA_VARIANCE)) * sp.exp(-DIMENSION / 2 * sp.log(OVERLAP))
)
LABEL_SHARE = (COMPONENTS - 1) * PAIR_UNCERTAINTY / (DIMENSION * DATA_VARIANCE * (1 + SNR * DATA_VARIANCE))
"""Relative errors of A: below it with Δ the largest squared distance; above it, the largest over the distances."""


class ExcessBounds(NamedTuple):
    """Lower bound, leading term and upper bound of the excess, in squared units of the data, summed over d."""

    lower: float
    leading: float
    upper: float


def leading_excess(d: int, t: float, data_variance: float) -> float:
    """dσ⋆²t²/(α²σ⋆² + t²), at t > 0 the printed dσ⋆²/(ψσ⋆² + 1); 0 at t = 0. Raises `ValueError` for bad input."""
    d, variance = validation.whole(d, "d", 1), validation.nonnegative(data_variance, "data_variance")
    alpha = signal(t)
    seen = alpha**2 * variance + t**2
    return d * variance * t**2 / seen if seen > 0 else 0.0


def label_excess_bound(means: Float[Any, "K d"], t: float, data_variance: float) -> float:
    """Upper bound on the loss of x̄⋆ beyond A, V/(1 + ψσ⋆²)²: what not knowing the component costs.

    `means` (K, d), t in [0, 1], `data_variance` σ⋆² ≥ 0. Raises `ValueError` for bad input.
    """
    squares = _squared_distances(means)
    variance, alpha = validation.nonnegative(data_variance, "data_variance"), signal(t)
    seen = alpha**2 * variance + t**2
    if seen == 0:
        return 0.0
    K = len(squares)
    # Where the exponent overflows nothing is left.
    with np.errstate(over="ignore"):
        overlaps = np.exp(-(alpha**2) * squares / (8 * seen))
    uncertainty = min((squares * overlaps).sum() / (4 * K), _spread(squares))
    return float((t**2 / seen) ** 2 * uncertainty)


def memoriser_loss_bound(means: Float[Any, "K d"], samples: int, t: float, data_variance: float) -> float:
    """Upper bound on E L(x̄_mem), the loss of the memoriser of `samples` = N random samples, averaged over them.

    Arguments and errors as `label_excess_bound`.
    """
    squares = _squared_distances(means)
    samples, variance = validation.whole(samples, "samples", 1), validation.nonnegative(data_variance, "data_variance")
    alpha, d = signal(t), np.shape(means)[1]
    both = alpha**2 * variance + 2 * t**2
    if both == 0:
        return 0.0
    # 1/h; it may be as small as 0 at t = 0, where the bound is 0.
    share = 2 * t**2 / both
    if share == 0:
        return 0.0
    with np.errstate(over="ignore"):
        decay = np.exp(0.5 * d * math.log(share) - alpha**2 * squares / (4 * both))
    pairs = float(((2 * d * variance * share + squares * share**2) * decay).mean()) / 4
    return min((samples - 1) * pairs, (1 - 1 / samples) * (d * variance + _spread(squares)))


def excess_bounds(means: Float[Any, "K d"], samples: int, t: float, data_variance: float) -> ExcessBounds:
    """Bounds on E[L(x̄⋆) − L(x̄_mem)] over N = `samples` samples, and the leading term. Errors as its parts."""
    means = validation.samples(means, "means")
    leading = leading_excess(means.shape[1], t, data_variance)
    lower = max(0.0, leading - memoriser_loss_bound(means, samples, t, data_variance))
    return ExcessBounds(lower, leading, leading + label_excess_bound(means, t, data_variance))


def excess_without_signal(means: Float[Any, "K d"], samples: int, data_variance: float) -> float:
    """The excess at t = 1, exactly: a share 1/N of dσ⋆² + (1/K) Σ_k ‖μ_k − μ̄‖². Errors as `memoriser_loss_bound`."""
    squares = _squared_distances(means)
    samples, variance = validation.whole(samples, "samples", 1), validation.nonnegative(data_variance, "data_variance")
    return (np.shape(means)[1] * variance + _spread(squares)) / samples


def _squared_distances(means: Any) -> np.ndarray:
    means = validation.samples(means, "means")
    return np.array([((means - mean) ** 2).sum(axis=1) for mean in means])


def _spread(squares: np.ndarray) -> float:
    """(1/K) Σ_k ‖μ_k − μ̄‖² from the squared distances of all pairs."""
    return float(squares.mean() / 2)
