"""Random problems for the claims: generic samples, and separable clusters in any dimension."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.linear_autoencoder import gram_spectrum
from theory.separability import regular_simplex

# The span of the directions that a block keeps is known to rounding over the gap, in shares of the largest eigenvalue,
# to the first that it drops: here to 1e-11.
LEAST_GAP = 3e-5


@dataclass(frozen=True)
class Problem:
    """Samples in clusters with the widths of their blocks, a noise level and a weight decay below its limit."""

    X: np.ndarray
    labels: np.ndarray
    widths: tuple[int, ...]
    sigma: float
    weight_decay: float


def random_samples(rng: np.random.Generator, most: int = 6) -> np.ndarray:
    """n ≤ most generic samples in R^d, d ≤ most, of random scale."""
    n, d = rng.integers(1, most + 1, size=2)
    return rng.uniform(0.5, 2.0) * rng.standard_normal((n, d))


def random_noise_level(rng: np.random.Generator) -> float:
    """σ between 0 and 1, exactly zero one time in eight."""
    return float(rng.uniform(0.05, 1.0)) * float(rng.random() > 0.125)


def random_rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    """An orthogonal d × d matrix."""
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


def separable_problem(
    rng: np.random.Generator,
    *,
    most_clusters: int = 4,
    most_members: int = 4,
    most_width: int = 2,
    sigma_over_margin: float = 0.1,
    spread: float = 0.05,
) -> Problem:
    """Tight clusters around the scaled vertices of a regular simplex, turned at random.

    Clusters are single samples, duplicates or spread-out members; widths never exceed a cluster's rank, and end where
    the next eigenvalue is smaller by `LEAST_GAP` of the largest; σ is at most `sigma_over_margin` times the least
    distance of a centre from another's gate.
    """
    M = int(rng.integers(1, most_clusters + 1))
    d = int(rng.integers(max(M - 1, 1), M + 4))
    centres = regular_simplex(M, d) if M > 1 else np.eye(1, d)
    centres = centres * rng.uniform(0.7, 2.0, size=(M, 1))
    members, labels, widths = [], [], []
    for k, centre in enumerate(centres):
        count = int(rng.integers(1, most_members + 1))
        kind = rng.choice(["single", "duplicated", "spread"])
        if kind == "single" or count == 1:
            block = centre[None, :]
        elif kind == "duplicated":
            block = np.repeat(centre[None, :], count, axis=0)
        else:
            noise = rng.standard_normal((count, d))
            block = (
                centre + spread * np.linalg.norm(centre) / (M * np.linalg.norm(noise, axis=1, keepdims=True)) * noise
            )
        values = np.append(gram_spectrum(block)[0], 0.0)
        rank = int((values > 1e-9).sum())
        members.append(block)
        labels += [k] * len(block)
        # One unit per cluster keeps the gates right on any tight cluster; wider blocks must be checked by their margin.
        width = int(rng.integers(1, min(rank, most_width) + 1))
        while width > 1 and values[width - 1] - values[width] < LEAST_GAP * values[0]:
            width -= 1
        widths.append(width)
    X = np.concatenate(members) @ random_rotation(rng, d).T
    labels_array = np.array(labels)
    limit = min(gram_spectrum(X[labels_array == k])[0][width - 1] for k, width in enumerate(widths)) / len(X)
    margin = np.linalg.norm(centres, axis=1).min() / max(M - 1, 1)
    sigma = float(rng.uniform(0.3, 1.0) * sigma_over_margin * margin) * float(rng.random() > 0.125)
    return Problem(X, labels_array, tuple(widths), sigma, float(rng.uniform(0.05, 0.9) * limit))
