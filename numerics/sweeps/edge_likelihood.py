"""The rival without diffusion: memorisation by mixtures that maximum likelihood fits, measured as EM measures it.

EM trains mixtures of M components on N samples by denoising, at σ⋆² = 1, generates by 26 deterministic steps, and calls
memorised what is nearer by the factor c = 1/9 to one sample than to the next. Here the same mixtures are fitted by
plain EM of their likelihood, while σ⋆², the start, the sampler, c and (N, d, K) vary. All samplers and thresholds are
applied to one model, and data sets of one seed differ in σ⋆ by the size of their clusters alone.

Measured of each model, besides its variance: the memorised share by sampler and threshold; its singleton mass and the
tests of its exact draws against fresh ones (`numerics.memorization_criteria`); and at each level of the printed grid
the loss of the model on its samples and on fresh ones, and those of the memoriser of M of the samples and of the
data's own mixture on the samples.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from numerics.level_losses import level_losses
from numerics.memorization_criteria import against_fresh, singleton_mass
from numerics.memorization_ratio import memorization_ratio
from numerics.mixture_fit import MixtureFit
from numerics.mixture_likelihood import maximum_likelihood
from numerics.mixture_sampling import ddim, exact_draws
from numerics.sphere_mixture import SphereMixture, draw_mixture
from numerics.sweep_declaration import Cell, Sweep
from theory.crossover import printed_grid

SAMPLERS = ("ddim 26", "ddim fine", "exact")
THRESHOLDS = (1 / 16, 1 / 9, 1 / 6, 1 / 4)
# Points generated of each model by each sampler, fresh draws, noise draws a sample and level, level of the tests.
GENERATED, FRESH, DRAWS, LEVEL = 400, 2000, 8, 0.05
FINE = 150
TOLERANCE = 1e-6


class Size(NamedTuple):
    """N samples in R^d of K clusters."""

    N: int
    d: int
    K: int


def size(setting: str) -> Size:
    """The size that a setting names: "50-30-6" is N = 50, d = 30, K = 6."""
    return Size(*map(int, setting.split("-")))


def components(cell: Cell) -> int:
    """M of a cell, from the fraction M/N."""
    return round(cell["fraction"] * size(cell["setting"]).N)


def sampling_times(sampler: str) -> Float64[np.ndarray, "times"]:
    """The falling noise levels of "ddim 26", the printed grid, or of "ddim fine"."""
    grid = printed_grid()[::-1]
    return {"ddim 26": grid, "ddim fine": np.linspace(grid[0], grid[-1], FINE)}[sampler]


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Fit the mixtures of cells of one size and start together, and measure each."""
    sets = data_sets(cells)
    counts, seeds = [components(cell) for cell in cells], [int(cell["seed"]) for cell in cells]
    X = np.stack([each.X for each in sets])
    fit = maximum_likelihood(X, counts, seeds=seeds, start=cells[0]["start"], tolerance=TOLERANCE, device=device)
    return measure_fit(cells, sets, fit, device)


def data_sets(cells: list[Cell]) -> list[SphereMixture]:
    """The data set of each cell."""
    return [draw_mixture(*size(cell["setting"]), cell["data_variance"], int(cell["seed"]), FRESH) for cell in cells]


def measure_fit(cells: list[Cell], sets: list[SphereMixture], fit: MixtureFit, device: str) -> dict[str, np.ndarray]:
    """What is measured of a fit to the data sets of the cells."""
    rows = [_measured(fit, number, *each, device) for number, each in enumerate(zip(sets, cells, strict=True))]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _measured(fit: MixtureFit, number: int, data: SphereMixture, cell: Cell, device: str) -> dict[str, object]:
    X, M, seed = data.X, components(cell), int(cell["seed"])
    means, variance = fit.means[number, :M], float(fit.variance[number])
    rng = np.random.default_rng([seed, M])
    noise = rng.standard_normal((GENERATED, X.shape[1]))
    drawn = exact_draws(means, variance, GENERATED, int(rng.integers(2**31)))
    generated = [ddim(means, variance, sampling_times(each), noise, device=device) for each in SAMPLERS[:2]]
    tests = against_fresh(drawn, data.fresh, X, LEVEL)
    kept = X[rng.permutation(len(X))[:M]]
    return {
        "variance": variance,
        "loss": float(fit.loss[number]),
        "gradient": float(fit.gradient_norm[number]),
        "converged": bool(fit.converged[number]),
        "steps": int(fit.steps[number]),
        "ratio": memorization_ratio(np.stack([*generated, drawn]), X, np.array(THRESHOLDS)),
        "singletons": singleton_mass(means, variance, X),
        "nearer": tests.nearer,
        "clearer": tests.clearer,
        "calibrated": tests.threshold,
        "rank": tests.rank,
        "model_losses": _losses(means, variance, X, DRAWS, seed),
        "model_test_losses": _losses(means, variance, data.fresh[: DRAWS * len(X)], 1, seed),
        "memoriser_losses": _losses(kept, 0.0, X, DRAWS, seed),
        "nominal_losses": _losses(data.means, cell["data_variance"], X, DRAWS, seed),
    }


def _losses(means: np.ndarray, variance: float, X: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """By level; sampled to a few percent, so that seven digits are kept."""
    return level_losses(means, variance, X, printed_grid(), draws, seed).astype(np.float32)


SWEEP = Sweep(
    name="edge-likelihood",
    question="From which number of components on do mixtures fitted by maximum likelihood memorise?",
    grid={
        "setting": ("50-30-6", "50-50-3", "100-30-12", "100-50-6", "200-50-12", "200-100-3"),
        "data_variance": (0.04, 0.25, 1.0, 4.0),
        "start": ("samples", "elsewhere"),
        "fraction": (0.52, 0.56, 0.6, 0.64, 0.68, 0.72, 0.76, 0.8, 0.84, 0.88, 0.92, 0.96, 1.0),
        "seed": tuple(range(20)),
    },
    quick={
        "setting": ("50-30-6", "50-50-3", "100-30-12", "100-50-6", "200-50-12"),
        "data_variance": (0.04, 0.25, 1.0, 4.0),
        "start": ("samples", "elsewhere"),
        "fraction": (0.52, 0.6, 0.66, 0.7, 0.74, 0.78, 0.82, 0.86, 0.9, 0.96),
        "seed": (0, 1, 2, 3),
    },
    together=("setting", "start"),
    chunk=40,
    measure=measure,
)
