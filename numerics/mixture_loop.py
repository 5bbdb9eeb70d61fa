"""Loops of generations with refits of a Gaussian mixture: M equal components, one shared variance (EM's model class).

The real law is such a mixture. A fit is by maximum likelihood or by training on the denoising loss, from the real
means; points are drawn from the fit exactly, or by its posterior-mean denoiser along DDIM steps. What the training sets
are made of is in `numerics.generations`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64

from numerics.generations import Model, Points
from numerics.generations import generations as run_generations
from numerics.mixture_fit import MixtureFit
from numerics.mixture_likelihood import maximum_likelihood
from numerics.mixture_sampling import ddim, exact_draws
from numerics.mixture_training import train
from theory import validation

METHODS = {"likelihood": maximum_likelihood, "denoiser": train}
# Seeds of the draws of one generation.
_SEEDS = 2**31


class MixtureLoop(NamedTuple):
    """Fits 0 … g of all replicates, fit 0 to real points: their means and variances, and whether each fit converged.

    A fit that did not is what its method ended at, and the loop goes on from there.
    """

    means: Float64[np.ndarray, "fits replicates M d"]
    variance: Float64[np.ndarray, "fits replicates"]
    converged: Bool[np.ndarray, "fits replicates"]


def mixture_refits(
    means: Float[Any, "M d"],
    variance: float,
    n: int,
    generations: int,
    replicates: int,
    seed: int,
    *,
    policy: str = "replace",
    fresh: int = 0,
    method: str = "likelihood",
    grid: Any = None,
) -> MixtureLoop:
    """Fit 0 to `n` >= M points of the mixture with `means` and `variance` s² > 0, then `generations` >= 0 more.

    `policy`, `fresh`: as of `numerics.generations.generations`; method: "likelihood" or "denoiser"; grid: falling times
    from 1 for DDIM steps (None: exact draws). Raises `ValueError` for bad input.
    """
    centres, s2 = validation.samples(means, "means"), validation.positive(variance, "variance")
    n = validation.whole(n, "n", len(centres))
    count = validation.whole(generations, "generations", 0)
    replicates = validation.whole(replicates, "replicates", 1)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    # Bad times are refused here, before any fit.
    if grid is not None:
        ddim(centres, s2, grid, np.zeros((1, centres.shape[1])))
    rng = np.random.default_rng(validation.whole(seed, "seed", 0))

    def real(number: int, rng: np.random.Generator) -> Points:
        drawn = exact_draws(centres, s2, replicates * number, int(rng.integers(_SEEDS)))
        return drawn.reshape(replicates, number, -1)

    def fit(points: Points, rng: np.random.Generator) -> MixtureFit:
        seeds = rng.integers(_SEEDS, size=replicates).tolist()
        return METHODS[method](points, len(centres), seeds=seeds, start=centres, start_variance=s2)

    def draw(found: MixtureFit, number: int, rng: np.random.Generator) -> Points:
        if grid is None:
            return exact_draws(found.means, found.variance, number, int(rng.integers(_SEEDS)))
        noise = rng.standard_normal((replicates, number, centres.shape[1]))
        return ddim(found.means, found.variance, grid, noise)

    fits = [found.fit for found in run_generations(real, Model(fit, draw), policy, n, count, rng, fresh=fresh)]
    return MixtureLoop(*(np.array([getattr(each, name) for each in fits]) for name in MixtureLoop._fields))
