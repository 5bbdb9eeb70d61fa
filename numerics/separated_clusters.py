"""Well separated clusters with known moments, and what a network that ends on samples of them has become.

Cluster k is Gaussian about its mean, with independent coordinates. The means have one length and cosines −1/M.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64

from numerics.objective import expected_loss
from theory import validation
from theory.linear_autoencoder import optimal_value
from theory.separability import regular_simplex

# A gate is open on a cluster, or closed, if it is so by this many deviations of its noise on all training samples.
OPEN = 2.0


class Clusters(NamedTuple):
    """Means and variances of the coordinates, both (M, d)."""

    means: Float64[np.ndarray, "M d"]
    spectra: Float64[np.ndarray, "M d"]


class End(NamedTuple):
    """A network on samples of M clusters: exact losses without decay on its samples and on fresh ones.

    open_units: how many units are open on each cluster and closed on all others; mixed: units that are open on more
    than one, or on a part of one; block: the least train loss of that many linear units a cluster (Lemma D.1).
    """

    train: float
    test: float
    open_units: Int64[np.ndarray, " M"]
    mixed: int
    block: float


def separated_clusters(count: int, length: float, spikes: Float[Any, "k"], bulk: float, d: int) -> Clusters:
    """`count` clusters in R^d with means of this length, each with k spikes on coordinates of its own over `bulk`.

    spikes are variances; bulk ≥ 0 that of all other coordinates. ValueError unless count + k·count ≤ d.
    """
    count, d = validation.whole(count, "count", 1), validation.whole(d, "d", 1)
    length, bulk = validation.positive(length, "length"), validation.nonnegative(bulk, "bulk")
    variances = validation.real_array(spikes, "spikes", ndim=1)
    if variances.size and variances.min() < 0:
        raise ValueError(f"spikes must be >= 0, got {float(variances.min())!r}")
    if count * (1 + len(variances)) > d:
        raise ValueError(f"d must be >= count·(1 + the number of spikes) = {count * (1 + len(variances))}, got {d}")
    means, spectra = np.zeros((count, d)), np.full((count, d), bulk)
    means[:, :count] = length * regular_simplex(count + 1, count)[:count]
    for k, spectrum in enumerate(spectra):
        first = count + k * len(variances)
        spectrum[first : first + len(variances)] = variances
    return Clusters(means, spectra)


def draw(
    clusters: Clusters, n: int, rng: np.random.Generator
) -> tuple[Float64[np.ndarray, "samples d"], Int64[np.ndarray, " samples"]]:
    """n samples of each cluster, and their labels. n ≥ 1 is not checked here."""
    return _placed(clusters, rng.standard_normal((len(clusters.means), n, clusters.means.shape[1])))


def draw_exact(
    clusters: Clusters, n: int, rng: np.random.Generator
) -> tuple[Float64[np.ndarray, "samples d"], Int64[np.ndarray, " samples"]]:
    """n > d samples of each cluster whose mean and covariance are the cluster's own, without fluctuation.

    The mean loss of a network over them is that of the population wherever the network is linear on each cluster.
    """
    count, d = clusters.means.shape
    if n <= d:
        raise ValueError(f"n must be > d = {d}, got {n}")
    standard = rng.standard_normal((count, n, d))
    for k, part in enumerate(standard):
        standard[k] = np.sqrt(n) * np.linalg.qr(part - part.mean(axis=0))[0]
    return _placed(clusters, standard)


def end(
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    X: Float[Any, "n d"],
    labels: Int64[np.ndarray, " n"],
    fresh: Float[Any, "m d"],
    sigma: float,
) -> End:
    """What a network is on samples X (n, d) with labels and on fresh ones (m, d) at the noise sigma > 0.

    Weights and samples are those of a descent: only sigma and what the losses need is checked.
    """
    sigma = validation.positive(sigma, "sigma")
    lengths = sigma * np.linalg.norm(W1, axis=0)
    live = lengths > 0
    gates = (X @ W1)[:, live] / lengths[live]
    count = int(labels.max()) + 1
    lowest, highest = (np.array([f(gates[labels == k], axis=0) for k in range(count)]) for f in (np.min, np.max))
    opened, closed = lowest > OPEN, highest < -OPEN
    own = opened & ((opened | closed).all(axis=0) & (opened.sum(axis=0) == 1))
    mixed = int((~(closed.all(axis=0) | own.any(axis=0))).sum())
    open_units = own.sum(axis=1)
    block = sum(optimal_value(X[labels == k], int(width), sigma, 0.0) for k, width in enumerate(open_units)) / len(X)
    train, test = (float(expected_loss(W1, W2, samples, sigma, 0.0)) for samples in (X, fresh))
    return End(train, test, open_units, mixed, block)


def _placed(clusters: Clusters, standard: Float64[np.ndarray, "M n d"]):
    count, n, d = standard.shape
    X = clusters.means[:, None, :] + np.sqrt(clusters.spectra)[:, None, :] * standard
    return X.reshape(count * n, d), np.repeat(np.arange(count), n)
