"""Blocks learnt from random training sets of a cluster with known second moment: their losses and distances.

The cluster is Gaussian with independent coordinates, x_i of variance `spectrum`[i] about `mean`[i]; any other
covariance is a rotation of it. Losses are measured on the training set and on the population's second moment S, not
taken from a closed form of the spectrum of the sample.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from theory import validation
from theory.linear_autoencoder import gains


class Draws(NamedTuple):
    """Pairs of blocks from disjoint training sets: train and test loss of both, and how far apart they are.

    `energy` is the mean squared norm of the training samples, which moves the train loss but not what a block saves.
    `weights` ‖D̂₁ − D̂₂‖²_F; `answers` E‖(D̂₁ − D̂₂)(x + σε)‖² over fresh samples. All in total, not per dimension.
    """

    energy: Float64[np.ndarray, "pairs 2"]
    train: Float64[np.ndarray, "pairs 2"]
    test: Float64[np.ndarray, "pairs 2"]
    weights: Float64[np.ndarray, " pairs"]
    answers: Float64[np.ndarray, " pairs"]


class _Block(NamedTuple):
    directions: Float64[np.ndarray, "d k"]
    gain: Float64[np.ndarray, " k"]

    def denoiser(self) -> Float64[np.ndarray, "d d"]:
        return (self.directions * self.gain) @ self.directions.T


def draw_blocks(
    spectrum: Float[Any, "d"],
    mean: Float[Any, "d"],
    n: int,
    width: int,
    sigma: float,
    weight_decay: float,
    pairs: int,
    seed: int,
) -> Draws:
    """`pairs` pairs of Lemma D.1's blocks of `width` ≤ d units, each from n ≥ 1 samples of its own.

    sigma ≥ 0 and the standard deviations √spectrum in the units of the mean; λ ≥ 0 per sample, for a cluster that is
    alone. Raises `ValueError` for bad input.
    """
    variances, centre = validation.real_array(spectrum, "spectrum", ndim=1), validation.real_array(mean, "mean", ndim=1)
    if not variances.size:
        raise ValueError(f"spectrum must hold at least one variance, got shape {variances.shape}")
    if variances.min() < 0:
        raise ValueError(f"spectrum must be >= 0, got {float(variances.min())!r}")
    if centre.shape != variances.shape:
        raise ValueError(f"mean must have the shape of spectrum {variances.shape}, got {centre.shape}")
    n, pairs, seed = (
        validation.whole(number, name, least)
        for number, name, least in ((n, "n", 1), (pairs, "pairs", 1), (seed, "seed", 0))
    )
    width = validation.whole(width, "width", 0)
    if width > len(variances):
        raise ValueError(f"width must be <= d = {len(variances)}, got {width}")
    sigma, decay = validation.nonnegative(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    rng = np.random.default_rng(seed)
    energy, train, test, distances = (np.zeros((pairs, 2)) for _ in range(4))
    for pair in range(pairs):
        blocks = []
        for half in range(2):
            X = centre + np.sqrt(variances) * rng.standard_normal((n, len(variances)))
            block = _learn(X, width, sigma, decay)
            energy[pair, half] = (X**2).sum() / n
            train[pair, half] = _train_loss(block, X, sigma, decay)
            test[pair, half] = _test_loss(block, variances, centre, sigma)
            blocks.append(block.denoiser())
        apart = blocks[0] - blocks[1]
        answers = ((variances + sigma**2) * (apart**2).sum(axis=1)).sum() + ((apart @ centre) ** 2).sum()
        distances[pair] = (apart**2).sum(), answers
    return Draws(energy, train, test, distances[:, 0], distances[:, 1])


def _learn(X: Float64[np.ndarray, "n d"], width: int, sigma: float, decay: float) -> _Block:
    """The `width` leading directions of the samples with Lemma D.1's gains, from the smaller of the Gram matrices."""
    n, d = X.shape
    eigenvalues, vectors = np.linalg.eigh(X.T @ X if d <= n else X @ X.T)
    kept = np.flatnonzero(eigenvalues > max(n, d) * np.finfo(np.float64).eps * eigenvalues[-1])[::-1][:width]
    directions = vectors[:, kept] if d <= n else X.T @ vectors[:, kept] / np.sqrt(eigenvalues[kept])
    return _Block(directions, gains(eigenvalues[kept], n * sigma**2, n * decay))


def _train_loss(block: _Block, X: Float64[np.ndarray, "n d"], sigma: float, decay: float) -> float:
    missed = X - ((X @ block.directions) * block.gain) @ block.directions.T
    return float((missed**2).sum() / len(X) + (sigma**2 * block.gain**2 + 2 * decay * block.gain).sum())


def _test_loss(
    block: _Block, variances: Float64[np.ndarray, "d"], mean: Float64[np.ndarray, "d"], sigma: float
) -> float:
    moments = variances @ block.directions**2 + (mean @ block.directions) ** 2
    total = variances.sum() + (mean**2).sum()
    return float(total - ((2 - block.gain) * block.gain * moments).sum() + sigma**2 * (block.gain**2).sum())
