"""What Theorem 3.1 of BR offers a network of fixed width: one block for each cluster of a partition, and its loss.

A block of width p_k solves Lemma D.1 on its cluster with noise energy n_kσ² and decay nλ. As long as gates are right
(`block_minimizer.gate_margin`) clusters do not see each other, the loss is what `allocation` adds up, and its greedy
widths are the best.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int, Int64

from . import validation
from .allocation import allocate, marginal_gains
from .block_minimizer import aligning_rotation
from .clustering import distinct_samples
from .linear_autoencoder import optimal_weights


class Structure(NamedTuple):
    """A partition of the samples, the width of each cluster's block, their columns in that order, and the loss if all
    gates are right.
    """

    labels: Int64[np.ndarray, " n"]
    widths: tuple[int, ...]
    W: Float64[np.ndarray, "d q"]
    frozen_loss: float


def block_structure(
    X: Float[Any, "n d"], labels: Int[Any, "n"], width: int, sigma: float, weight_decay: float
) -> Structure:
    """The blocks W_k = W1 = W2 of a partition with at most `width` units in all, none that saves nothing.

    Unlike `block_minimizer.block_weights` it takes any data: directions that decay empties get no unit, and a block
    across its cluster's mean stays unturned. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    decay = len(X) * validation.nonnegative(weight_decay, "weight_decay")
    widths = allocate(X, labels, width, sigma, weight_decay)
    blocks = [_block(X[labels == k], int(p), sigma, decay) for k, p in enumerate(widths)]
    gains = marginal_gains(X, labels, sigma, weight_decay)
    saved = sum(float(gain[:p].sum()) for gain, p in zip(gains, widths, strict=True))
    loss = float((X**2).sum() / len(X)) - saved
    return Structure(labels, tuple(widths.tolist()), np.concatenate(blocks, axis=1), loss)


def _block(members: Float64[np.ndarray, "m d"], width: int, sigma: float, decay: float) -> Float64[np.ndarray, "d p"]:
    # Lemma D.1 counts the decay per sample of its own.
    block = optimal_weights(members, width, sigma, decay / len(members))
    response = block.T @ members.mean(axis=0)
    return block @ aligning_rotation(response).T if np.linalg.norm(response) > 0 else block


def left_out_loss(members: Float[Any, "m d"], width: int, sigma: float, decay: float) -> float:
    """Loss of a block on a fresh sample of its cluster, estimated by leaving out one distinct sample at a time.

    The mean over `members` (m, d) of ‖x − Ax‖² + σ²‖A‖², A the denoiser of Lemma D.1 fitted to the members that differ
    from x with at most `width` directions, noise energy (their number)·σ² and decay nλ = `decay`. It takes the gates to
    be open. Raises `ValueError` for bad input or fewer than two distinct samples.
    """
    members = validation.samples(members, "members")
    width = validation.whole(width, "width", 0)
    sigma, decay = validation.nonnegative(sigma, "sigma"), validation.nonnegative(decay, "decay")
    index = distinct_samples(members).index
    if not index.any():
        raise ValueError(f"members must hold at least two distinct samples, got {len(members)} copies of one")
    total = 0.0
    for k in range(index.max() + 1):
        rest, left_out = members[index != k], members[index == k]
        W = optimal_weights(rest, width, sigma, decay / len(rest))
        denoiser = W @ W.T
        total += ((left_out - left_out @ denoiser) ** 2).sum() + len(left_out) * sigma**2 * (denoiser**2).sum()
    return float(total / len(members))
