"""Copies among the samples, and partitions of them into clusters: from every distinct sample alone to all together.

A cluster that owns one unit saves s(Λ) of the loss, Λ the largest eigenvalue of its Gram matrix (Lemma D.1). Two
clusters merged into one that owns one unit save less than both by s(Λ_a) + s(Λ_b) − s(Λ_ab), the price of a unit; the
hierarchy merges the cheapest pair first. Copies are one sample with a multiplicity and never part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from . import validation
from .linear_autoencoder import savings

# Samples nearer than this share of the largest norm are copies: what a change of coordinates rounds.
COPY = 1e-9


class DistinctSamples(NamedTuple):
    """The u different samples in order of first appearance, how often each occurs, and which one each sample is."""

    rows: Float64[np.ndarray, "u d"]
    multiplicities: Int64[np.ndarray, " u"]
    index: Int64[np.ndarray, " n"]


def distinct_samples(X: Float[Any, "n d"]) -> DistinctSamples:
    """The different rows of X (n, d); rows within 1e-9 of the largest norm of each other are copies.

    Raises `ValueError` for bad samples.
    """
    X = validation.samples(X)
    near = cdist(X, X) <= COPY * np.linalg.norm(X, axis=1).max()
    count, found = connected_components(near, directed=False)
    first = np.array([np.flatnonzero(found == k)[0] for k in range(count)])
    rank = np.argsort(np.argsort(first))
    index = rank[found].astype(np.int64)
    return DistinctSamples(X[np.sort(first)], np.bincount(index).astype(np.int64), index)


def hierarchy(X: Float[Any, "n d"], sigma: float, weight_decay: float) -> list[Int64[np.ndarray, " n"]]:
    """Labels (n,) of u partitions of the samples, u the number of distinct ones, into u, u − 1, …, 1 clusters.

    Each comes from the one before by the merger that saves least less when every cluster owns one unit. sigma ≥ 0 in
    the units of X, weight_decay λ ≥ 0. Raises `ValueError` for bad input.
    """
    rows, multiplicities, index = distinct_samples(X)
    noise = validation.nonnegative(sigma, "sigma") ** 2
    decay = len(index) * validation.nonnegative(weight_decay, "weight_decay")
    weighted = rows * np.sqrt(multiplicities)[:, None]
    gram = weighted @ weighted.T

    def saved(members: list[int]) -> float:
        largest = np.linalg.eigvalsh(gram[np.ix_(members, members)])[-1:]
        return float(savings(largest, multiplicities[members].sum() * noise, decay)[0])

    clusters = {k: [k] for k in range(len(rows))}
    alone = {k: saved(members) for k, members in clusters.items()}

    def price(a: int, b: int) -> float:
        return alone[a] + alone[b] - saved(clusters[a] + clusters[b])

    prices = {(a, b): price(a, b) for b in clusters for a in range(b)}
    partitions = [index]
    while prices:
        kept, gone = min(prices, key=prices.__getitem__)
        clusters[kept] = clusters[kept] + clusters.pop(gone)
        alone[kept] = saved(clusters[kept])
        prices = {pair: cost for pair, cost in prices.items() if gone not in pair}
        prices |= {pair: price(*pair) for pair in prices if kept in pair}
        label = np.empty(len(rows), dtype=np.int64)
        for number, members in enumerate(clusters.values()):
            label[members] = number
        partitions.append(label[index])
    return partitions
