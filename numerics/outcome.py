"""What training stores: the lowest minimum of the exact objective found from several starts, beside a prediction.

Descent from random starts ends in different local minima. The outcome is the one of lowest loss, found from random
starts and from the predicted network, and how often random starts agree with it is part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64

from numerics.minimize import Minimum, minimize
from theory import validation
from theory.linear_autoencoder import gram_spectrum
from theory.storage import Storage, storage

# Gradient norms count as zero below this share of the mean square of the samples.
SLOPE = 1e-5
# Lengths of the columns of random starts in the span of the samples, in turn, against 1/(root mean square sample).
SIZES = (0.3, 1.0)
# Losses that differ by less than this share are one.
SAME = 1e-6


@dataclass(frozen=True)
class Outcome:
    """The lowest minimum found and what it stores.

    `losses` are those of the random starts, `descended` is the minimum reached from the predicted network, and
    `agreement` which share of the samples the minima from random starts judge as the lowest does, on average.
    """

    minimum: Minimum
    storage: Storage
    losses: Float64[np.ndarray, " starts"]
    descended: Minimum
    agreement: float

    @property
    def stored(self) -> Bool[np.ndarray, " n"]:
        """Whether each sample is stored by the lowest minimum."""
        return self.storage.stored

    @property
    def only_from_prediction(self) -> bool:
        """Whether no random start reached a loss as low as the prediction did."""
        return bool(self.losses.min() > self.descended.loss * (1 + SAME))


def outcome(
    X: Float[Any, "n d"],
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    sigma: float,
    weight_decay: float,
    *,
    starts: int = 4,
    seed: int = 0,
    on_step: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Minimise the exact objective (BR eq. 6) from `starts` ≥ 1 random networks and from the predicted one (W1, W2).

    All have the width of W1. X may be of any scale but not zero; `on_step` is told of every descent before it runs.
    Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    starts, seed = validation.whole(starts, "starts", 1), validation.whole(seed, "seed", 0)
    sigma, weight_decay = validation.positive(sigma, "sigma"), validation.nonnegative(weight_decay, "weight_decay")
    square = float((X**2).sum() / len(X))
    if not square > 0:
        raise ValueError(f"X must hold a sample that is not zero, got {len(X)} zeros")
    eigenvalues, directions = gram_spectrum(X)
    basis = directions[:, eigenvalues > 0]
    rng = np.random.default_rng(seed)
    minima = []
    for k in range(starts + 1):
        on_step(f"descent from random start {k + 1} of {starts}" if k < starts else "descent from the prediction")
        start = W1, W2
        if k < starts:
            size = SIZES[k % len(SIZES)] / np.sqrt(square * basis.shape[1])
            start = tuple(basis @ rng.standard_normal((2, basis.shape[1], W1.shape[1])) * size)
        minima.append(minimize(X, start[0], start[1], sigma, weight_decay, gradient_tolerance=SLOPE * square))
    *random, predicted = minima
    lowest = min(minima, key=lambda each: each.loss)
    found = storage(lowest.W1, lowest.W2, X, sigma)
    agree = [np.mean(storage(each.W1, each.W2, X, sigma).stored == found.stored) for each in random]
    losses = np.array([each.loss for each in random])
    return Outcome(lowest, found, losses, predicted, float(np.mean(agree)))
