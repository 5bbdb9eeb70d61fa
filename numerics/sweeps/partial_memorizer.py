"""What the memoriser of M of N samples loses against the memoriser of all, at one signal-to-noise ratio: the C of EM.

Data of a cell: N samples, each of a random one of K clusters N(μ_k, I), means uniform on the sphere of radius √d. Every
sample is noised once, y = αx + σz. Measured in units of (1 − M/N)d: `excess`, the mean over samples of ‖x̄_pmem(y) −
x̄_mem(y)‖², which is the difference of the two losses (orthogonality); and `left_out`, ‖x̄_pmem(y) − x‖² summed over the
left-out samples only.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from scipy.special import softmax

from numerics.sphere_mixture import means_on_sphere
from numerics.sweep_declaration import Cell, Sweep

N, K = 200, 4


def clusters(d: int, seed: int) -> Float64[np.ndarray, "N d"]:
    """N samples of the mixture in R^d, in random order; σ⋆ = 1."""
    rng = np.random.default_rng([seed, d])
    means = means_on_sphere(rng, K, d)
    return means[rng.integers(K, size=N)] + rng.standard_normal((N, d))


def losses(X: Float64[np.ndarray, "N d"], kept: int, snr: float, seed: int) -> tuple[float, float]:
    """`excess` and `left_out` with the first `kept` < N samples kept, one noise for every sample."""
    count, d = X.shape
    noisy = X + np.random.default_rng([seed, d, kept]).standard_normal(X.shape) / np.sqrt(snr)
    energies = snr * (noisy @ X.T - (X**2).sum(axis=1) / 2)
    partial, whole = (softmax(energies[:, :size], axis=1) @ X[:size] for size in (kept, count))
    unit = (count - kept) * d
    return ((partial - whole) ** 2).sum() / unit, ((partial[kept:] - X[kept:]) ** 2).sum() / unit


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """`excess` and `left_out` of each cell; always on the CPU."""
    del device
    found = [
        losses(clusters(int(c["d"]), int(c["seed"])), int(c["kept"]), float(c["snr"]), int(c["seed"])) for c in cells
    ]
    excess, left_out = np.array(found).T
    return {"excess": excess, "left_out": left_out}


SWEEP = Sweep(
    name="partial-memorizer",
    question="What constant C does the excess loss of a memoriser of M of N samples have?",
    grid={
        "d": (8, 16, 32, 64, 128, 256, 512, 1024, 2048),
        "kept": (2, 20, 100, 160),
        "snr": (0.01, 0.1, 1.0, 10.0),
        "seed": tuple(range(12)),
    },
    quick={"d": (8, 32, 128, 512), "kept": (2, 160), "snr": (0.1, 1.0), "seed": tuple(range(6))},
    together=("d",),
    chunk=600,
    measure=measure,
)
