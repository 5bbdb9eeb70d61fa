"""Soft threshold: which eigen-directions of a cluster a network keeps as weight decay grows (BR Lemma D.1, Thm 3.1).

Samples of a cluster lie about its mean; means have negative inner products. Direction j of cluster k, of eigenvalue Λ
of the cluster's own Gram matrix, should be kept exactly while nλ < Λ, with the gain (Λ − nλ)_+/(Λ + n_kσ²). What is
measured is u_jᵀA_k u_j and ‖A_k − A_k*‖, A_k the Jacobian of the network averaged over the samples of the cluster and
A_k* = Σ_j gain_j u_ju_jᵀ. Networks descend on the exact objective from units beside the cluster means ("planted"), as
many for each cluster, and, with the same width, from a Gaussian start ("random").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from numerics.descent import descend
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep
from theory.linear_autoencoder import gains, gram_spectrum
from theory.separability import regular_simplex

# Length of a planted unit along its mean, and the deviation of what is added to it.
PLANTED, SPREAD = 0.5, 0.15
# Deviation of a weight at a random start, times √d.
RANDOM = 0.7
RATE, STEPS, CHECK, TOLERANCE = 0.01, 5000, 100, 1e-6


class Setting(NamedTuple):
    """Sizes n_k of the clusters in R^d, the deviations of their samples from means of length 1 along coordinates in
    turn, the cluster and the direction (from 0) at stake, units a cluster, and σ."""

    d: int
    sizes: tuple[int, ...]
    deviations: tuple[float, ...]
    cluster: int
    direction: int
    units: int
    sigma: float


SETTINGS = {
    "one-second": Setting(3, (6,), (0.4, 0.2), 0, 1, 4, 0.15),
    "one-third": Setting(3, (6,), (0.3, 0.25), 0, 2, 3, 0.06),
    "two-second": Setting(4, (4, 4), (0.4, 0.15), 0, 1, 3, 0.1),
    "two-smaller": Setting(4, (5, 3), (0.4, 0.2), 1, 1, 3, 0.15),
    "three-second": Setting(4, (3, 3, 2), (0.2, 0.2), 0, 1, 2, 0.06),
    "two-first": Setting(3, (6, 2), (0.2, 0.1), 1, 0, 2, 0.2),
    # So spread that, with three units, the gates of the prediction pass within a deviation of a sample.
    "crossed": Setting(3, (5,), (0.5, 0.35), 0, 2, 3, 0.1),
    "wide": Setting(8, (8,), (0.5, 0.4, 0.3, 0.1), 0, 1, 6, 0.2),
    "many": Setting(16, (32, 16), (0.4, 0.3, 0.2, 0.1, 0.1), 0, 2, 8, 0.1),
}


def samples(name: str) -> tuple[Float64[np.ndarray, "n d"], Int64[np.ndarray, " n"]]:
    """Samples of a setting, and their clusters."""
    setting = SETTINGS[name]
    rng = np.random.default_rng([*name.encode()])
    M = len(setting.sizes)
    labels = np.repeat(np.arange(M), setting.sizes)
    means = np.eye(1, setting.d) if M == 1 else regular_simplex(M, setting.d)
    free = np.linalg.svd(means)[2][max(M - 1, 1) :]
    X = means[labels]
    for direction, deviation in zip(free, setting.deviations, strict=False):
        for k, size in enumerate(setting.sizes):
            # Coordinates of a cluster: of mean 0 and of this deviation, exactly.
            drawn = rng.standard_normal(size)
            drawn -= drawn.mean()
            X[labels == k] += np.outer(deviation * drawn / drawn.std(), direction)
    return X @ np.linalg.qr(rng.standard_normal((setting.d, setting.d)))[0], labels


def spectrum(name: str) -> tuple[Float64[np.ndarray, " r"], Float64[np.ndarray, "d r"]]:
    """Gram eigenvalues and directions of the cluster at stake."""
    X, labels = samples(name)
    return gram_spectrum(X[labels == SETTINGS[name].cluster])


def predicted_threshold(name: str) -> float:
    """λ* = Λ_kj/n of a setting."""
    return float(spectrum(name)[0][SETTINGS[name].direction]) / sum(SETTINGS[name].sizes)


def predicted_gains(name: str, weight_decay: float) -> Float64[np.ndarray, " r"]:
    """(Λ − nλ)_+/(Λ + n_kσ²) of each direction of the cluster at stake, all units granted."""
    setting = SETTINGS[name]
    noise_energy = setting.sizes[setting.cluster] * setting.sigma**2
    return gains(spectrum(name)[0], noise_energy, sum(setting.sizes) * weight_decay)


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Where the networks of cells of one setting end: gain in the direction at stake, distance of the Jacobian, and the
    exact gradient norm over the mean square of the samples."""
    name = cells[0]["setting"]
    setting, (X, labels) = SETTINGS[name], samples(name)
    starts = np.stack([_start(name, cell["start"], int(cell["seed"])) for cell in cells])
    decays = np.array([cell["decay"] for cell in cells]) * predicted_threshold(name)
    found = descend(
        X,
        starts.shape[2],
        setting.sigma,
        decays,
        seeds=[int(cell["seed"]) for cell in cells],
        start=(starts, starts),
        optimizer=Optimizer("adam", RATE),
        steps=STEPS,
        tolerance=TOLERANCE,
        check_every=CHECK,
        device=device,
    )
    members, directions = X[labels == setting.cluster], spectrum(name)[1]
    active = (members @ found.W1 > 0).mean(axis=1)
    blocks = np.einsum("bdp,bp,bep->bde", found.W2, active, found.W1)
    predicted = [directions * predicted_gains(name, decay) @ directions.T for decay in decays]
    size = [np.linalg.norm(block) for block in predicted]
    u = directions[:, setting.direction]
    return {
        "weight_decay": decays,
        "gain": blocks @ u @ u,
        "apart": np.linalg.norm(blocks - predicted, axis=(1, 2)),
        "size": np.array(size),
        "gradient": found.gradient_norm / (X**2).sum(axis=1).mean(),
        "converged": found.converged,
    }


def _start(name: str, kind: str, seed: int) -> Float64[np.ndarray, "d p"]:
    setting, (X, labels) = SETTINGS[name], samples(name)
    M = len(setting.sizes)
    noise = np.random.default_rng(seed).standard_normal((setting.d, M * setting.units)) / np.sqrt(setting.d)
    if kind == "random":
        return RANDOM * noise
    means = np.stack([X[labels == k].mean(axis=0) for k in range(M)], axis=1)
    return PLANTED * np.repeat(means, setting.units, axis=1) + SPREAD * noise


SWEEP = Sweep(
    name="soft-threshold",
    question="Which eigen-directions of a cluster does a network keep as the weight decay grows?",
    grid={
        "setting": tuple(SETTINGS),
        "decay": (0.8, 0.85, 0.9, 0.94, 0.96, 0.98, 1.02, 1.04, 1.06, 1.1, 1.15, 1.25),
        "start": ("planted", "random"),
        "seed": tuple(range(16)),
    },
    quick={
        "setting": tuple(name for name in SETTINGS if name not in ("wide", "many")),
        "decay": (0.8, 0.88, 0.94, 0.97, 1.03, 1.06, 1.12),
        "start": ("planted", "random"),
        "seed": (0, 1),
    },
    together=("setting",),
    chunk=512,
    measure=measure,
)
