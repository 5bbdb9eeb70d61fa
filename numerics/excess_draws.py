"""Training losses of the true parameters and of the memoriser, sampled: many sets of N samples, many noises a set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from theory import validation
from theory.mixture_denoiser import posterior_mean, signal


class LossDraws(NamedTuple):
    """Losses averaged over the draws of one data set, summed over the d coordinates; one number for each data set."""

    generaliser: Float64[np.ndarray, "sets"]
    memoriser: Float64[np.ndarray, "sets"]


def loss_draws(
    means: Float[np.ndarray, "K d"],
    samples: int,
    t: float,
    data_variance: float,
    *,
    sets: int,
    draws: int,
    seed: int,
) -> LossDraws:
    """‖x̄(t, α_tx_i + σ_tZ) − x_i‖² of `sets` data sets of N = `samples`, at `draws` pairs of a sample and a noise each.

    `means` (K, d) and `data_variance` σ⋆² ≥ 0 make the data, (1/K) Σ_k N(μ_k, σ⋆²I), and x̄⋆; both denoisers see the
    same points. Raises `ValueError` for bad input.
    """
    means = validation.samples(means, "means")
    samples, sets = validation.whole(samples, "samples", 1), validation.whole(sets, "sets", 1)
    draws = validation.whole(draws, "draws", 1)
    variance, alpha = validation.nonnegative(data_variance, "data_variance"), signal(t)
    rng = np.random.default_rng(validation.whole(seed, "seed", 0))
    losses = np.empty((2, sets))
    for number in range(sets):
        X = means[rng.integers(len(means), size=samples)]
        X = X + np.sqrt(variance) * rng.standard_normal(X.shape)
        clean = X[rng.integers(samples, size=draws)]
        points = alpha * clean + t * rng.standard_normal(clean.shape)
        for which, (centres, spread) in enumerate(((means, variance), (X, 0.0))):
            apart = posterior_mean(points, t, centres, spread) - clean
            losses[which, number] = (apart**2).sum(axis=1).mean()
    return LossDraws(*losses)
