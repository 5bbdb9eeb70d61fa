"""What the tests are drawn from: data sets, networks and rotations in any dimension, degenerate ones too.

Structure (dimensions, ranks, multiplicities) is drawn by Hypothesis, so failures shrink to small cases; the
generic real numbers inside come from a drawn seed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from theory.separability import regular_simplex

# Members stay within this relative distance of their centre.  Two centres of at most five on a regular
# simplex make an angle of at least 104.4 degrees, and each mean turns by at most asin(0.1) = 5.8 degrees:
# always β < 0.
LARGEST_SPREAD = 0.1
# Gram eigenvalues below this fraction of the largest count as zero when a width is drawn: none is ill-posed.
RANK_CUT = 1e-6

SIDES = st.integers(1, 8)
DIMENSIONS = st.integers(1, 12)
CLUSTER_SIZES = st.integers(1, 6)


class Problem(NamedTuple):
    """One (α, β < 0)-separable training problem that satisfies every hypothesis of the block theorem."""

    X: np.ndarray  # (n, d)
    labels: np.ndarray  # (n,), values 0 … M - 1
    widths: list[int]  # M values, 1 ≤ p_k ≤ rank of cluster k
    sigma: float  # ≥ 0
    weight_decay: float  # n λ < p_k-th largest eigenvalue of every cluster's Gram matrix


def seeds() -> st.SearchStrategy[int]:
    """Seeds for `np.random.default_rng`."""
    return st.integers(0, 2**32 - 1)


def rotations(d: int) -> st.SearchStrategy[np.ndarray]:
    """Orthogonal (d, d) matrices, reflections included."""

    def build(seed: int) -> np.ndarray:
        Q, R = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))
        return Q * np.where(np.diag(R) < 0, -1.0, 1.0)

    return seeds().map(build)


def noise_levels() -> st.SearchStrategy[float]:
    """σ: exactly zero, or a value whose square is far from underflow."""
    return st.just(0.0) | st.floats(0.01, 3.0)


@st.composite
def sample_arrays(draw, n=SIDES, d=SIDES) -> np.ndarray:
    """Any (n, d) samples: small quarters (zero rows, duplicates, right angles) or generic of any rank."""
    rows, columns = draw(n), draw(d)
    if draw(st.booleans()):
        return draw(hnp.arrays(np.int64, (rows, columns), elements=st.integers(-8, 8))) / 4.0
    rank = draw(st.integers(1, min(rows, columns)))
    rng = np.random.default_rng(draw(seeds()))
    return rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns))


@st.composite
def networks(draw, d: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Encoder and decoder, each (d, p): generic columns, some zero in one layer or in both; p = 0 allowed."""
    rng = np.random.default_rng(draw(seeds()))
    layers = []
    for _ in range(2):
        alive = np.array(draw(st.lists(st.booleans(), min_size=p, max_size=p)), dtype=float)
        layers.append(rng.standard_normal((d, p)) * alive)
    return layers[0], layers[1]


def gram_eigenvalues(X: np.ndarray) -> np.ndarray:
    """Eigenvalues of Σ_j x_j x_jᵀ, largest first, without the d − min(n, d) trivial zeros."""
    return np.linalg.svd(X, compute_uv=False) ** 2


@st.composite
def separable_problems(draw, dimensions=DIMENSIONS, most_clusters: int = 5, sizes=CLUSTER_SIZES) -> Problem:
    """Clusters around rotated simplex vertices, of norms within a factor 3, each spread over a subspace.

    A spread of dimension 0 is a duplicated sample (Gram of rank one); the smallest case is one sample in R^1.
    """
    d = draw(dimensions)
    M = draw(st.integers(1, min(d + 1, most_clusters, 5)))
    counts = draw(st.lists(sizes, min_size=M, max_size=M))
    directions = (np.eye(1, d) if M == 1 else regular_simplex(M, d)) @ draw(rotations(d))
    rng = np.random.default_rng(draw(seeds()))
    clusters, widths, limits = [], [], []
    for direction, count in zip(directions, counts, strict=True):
        centre = draw(st.floats(1.0, 3.0)) * direction
        spread = draw(st.integers(0, min(count, d)))
        steps = rng.standard_normal((count, spread)) @ rng.standard_normal((spread, d))
        reach = LARGEST_SPREAD * np.linalg.norm(centre) / max(1e-300, np.linalg.norm(steps, axis=1).max())
        cluster = centre + rng.uniform(0.1, 1.0) * reach * steps
        eigenvalues = gram_eigenvalues(cluster)
        widths.append(draw(st.integers(1, int((eigenvalues > RANK_CUT * eigenvalues[0]).sum()))))
        limits.append(eigenvalues[widths[-1] - 1])
        clusters.append(cluster)
    X, labels = np.concatenate(clusters), np.repeat(np.arange(M), counts)
    if draw(st.booleans()):
        order = rng.permutation(len(X))
        X, labels = X[order], labels[order]
    fraction = draw(st.just(0.0) | st.floats(0.01, 0.95))
    return Problem(X, labels, widths, draw(noise_levels()), float(fraction * min(limits) / len(X)))
