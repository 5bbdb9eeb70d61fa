"""Does a denoising autoencoder memorise the samples of a mixture from a width on, as a mixture model does?

Networks of two layers with p ReLU units descend on BR eq. 6, exact noise, small σ and λ, from small random starts, on N
samples of the mixtures of arXiv 2508.17689. Counted are samples that are stored one-hot (a unit is on at it alone, and
no unit is on at it that is on at others); those that BR Corollary 3.2 speaks of, a largest set of pairwise negative
cosines; those at which a unit can be on alone at all, by their position among the others; and samples with a unit of
their own along them, encoder and decoder (`numerics.stored_samples`), beside as many fresh ones. The loss of training
samples and of fresh ones is without decay.
"""

from __future__ import annotations

import numpy as np

from numerics.descent import descend
from numerics.objective import expected_loss
from numerics.optimizers import Optimizer
from numerics.sphere_mixture import draw_mixture
from numerics.stored_samples import stored_samples
from numerics.sweep_declaration import Cell, Sweep
from numerics.sweeps.edge_likelihood import size
from numerics.sweeps.one_hot_storage import codes_alone
from theory.gating import isolable
from theory.separability import separable_subset

SIGMA, DECAY = 0.1, 1e-3
# Deviation of a weight at the start, times √d.
START = 0.3
# Least cosine of encoder and decoder with a sample that a unit is along.
COSINE = 0.9
RATE, STEPS, CHECK, TOLERANCE = 0.02, 2000, 50, 1e-3


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Shares of the N samples of each cell: stored one-hot, separable, isolable, one-hot but not isolable, with a unit
    of their own, and that share of N fresh samples.
    """
    N, d, K = size(cells[0]["setting"])
    seeds = [int(cell["seed"]) for cell in cells]
    sets = [draw_mixture(N, d, K, cell["data_variance"], int(cell["seed"]), N) for cell in cells]
    X = np.stack([each.X for each in sets])
    found = descend(
        X,
        round(cells[0]["width"] * N),
        SIGMA,
        DECAY,
        seeds=seeds,
        optimizer=Optimizer("adam", RATE),
        start=START / d**0.5,
        steps=STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    ends = list(zip(found.W1, found.W2, sets, strict=True))
    own = [[stored_samples(W1, W2, rows, COSINE).fraction for rows in (each.X, each.fresh)] for W1, W2, each in ends]
    one_hot = np.array([codes_alone(W1, W2, each.X)[1] for W1, W2, each in ends])
    losses = [[expected_loss(W1, W2, rows, SIGMA, 0.0) for rows in (each.X, each.fresh)] for W1, W2, each in ends]
    able = np.stack([isolable(rows) for rows in X])
    apart = np.array([len(separable_subset(rows)) for rows in X])
    return {
        "one_hot": one_hot.mean(axis=1),
        "isolable": able.mean(axis=1),
        "separable": apart / N,
        "own": np.array(own)[:, 0],
        "own_fresh": np.array(own)[:, 1],
        "beyond": (one_hot & ~able).mean(axis=1),
        **dict(zip(("train_loss", "test_loss"), np.array(losses, dtype=np.float64).T, strict=True)),
        "gradient": found.gradient_norm,
        "converged": found.converged,
    }


SWEEP = Sweep(
    name="edge-autoencoder",
    question="From which width on does an autoencoder store the samples of a mixture of clusters?",
    grid={
        "setting": ("12-6-3", "12-24-3", "48-12-4", "24-48-4"),
        "data_variance": (0.04, 0.25, 1.0, 4.0),
        "width": (0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
        "seed": tuple(range(20)),
    },
    quick={
        "setting": ("12-6-3", "12-24-3"),
        "data_variance": (0.25, 4.0),
        "width": (0.5, 1.0, 2.0),
        "seed": (0, 1, 2, 3),
    },
    together=("setting", "width"),
    chunk=8,
    measure=measure,
)
