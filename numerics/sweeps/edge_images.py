"""Image-like data of low rank, trained with noise levels: are copies where the nearest two samples say they are?

Mixtures of isotropic components, as EM trains them, on clusters that fill a few dimensions (`numerics.image_like`) of
digits. Trained with λ = ψ from samples, and fitted by plain EM of the likelihood from the same samples. Measured of
each: s², the memorised share of exact draws, and the share of components whose draws the law of `EM-prop-images` calls
copies, a² + Ds² ≤ c(b² + Ds²).
"""

from __future__ import annotations

import numpy as np

from numerics.image_like import image_like
from numerics.memorization_ratio import memorization_ratio, two_nearest
from numerics.mixture_likelihood import maximum_likelihood
from numerics.mixture_sampling import exact_draws
from numerics.mixture_training import train
from numerics.sweep_declaration import Cell, Sweep

N, K, THRESHOLD = 50, 4, 1 / 9
GENERATED = 1000


def samples(cell: Cell) -> np.ndarray:
    """The data set (N, 64·rank) of a cell; those of one seed have templates and labels in common by chance alone."""
    return image_like(np.random.default_rng([int(cell["seed"]), int(cell["rank"])]), N, K, int(cell["rank"]), "digits")


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Fit the mixtures of cells of one rank and kind of fit together, and measure each."""
    X = np.stack([samples(cell) for cell in cells])
    seeds = [int(cell["seed"]) for cell in cells]
    counts = [round(cell["fraction"] * N) for cell in cells]
    method = {"likelihood": maximum_likelihood, "training": train}[cells[0]["fit"]]
    fit = method(X, counts, seeds=seeds, device=device)
    shares = []
    for k, (count, seed) in enumerate(zip(counts, seeds, strict=True)):
        means, variance = fit.means[k, :count], float(fit.variance[k])
        drawn = exact_draws(means, variance, GENERATED, seed)
        near, noise = two_nearest(means, X[k]), X.shape[2] * variance
        law = near[:, 0] + noise <= THRESHOLD * (near[:, 1] + noise)
        shares.append((memorization_ratio(drawn, X[k], THRESHOLD), law.mean()))
    return {
        "variance": fit.variance,
        "loss": fit.loss,
        "gradient": fit.gradient_norm,
        "converged": fit.converged,
        "steps": fit.steps,
        "ratio": np.array(shares)[:, 0],
        "law": np.array(shares)[:, 1],
    }


SWEEP = Sweep(
    name="edge-images",
    question="Do mixtures trained on low-rank image-like data memorise later, and where the nearest samples say so?",
    grid={
        "fit": ("likelihood", "training"),
        "rank": (1, 2, 4, 8),
        "fraction": (0.7, 0.76, 0.8, 0.84, 0.88, 0.92, 0.96),
        "seed": tuple(range(20)),
    },
    quick={
        "fit": ("likelihood", "training"),
        "rank": (1, 4),
        "fraction": (0.84, 0.92),
        "seed": (0, 1, 2, 3),
    },
    together=("fit", "rank"),
    chunk=8,
    measure=measure,
)
