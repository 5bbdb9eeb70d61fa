"""How much better a network denoises what it was trained on than new samples: the sign of memorisation.

Both losses are BR eq. 6 without weight decay, (1/n)Σ_i E_ε‖f(x_i + σε) − x_i‖², with the noise integrated. A network
that generalises has a ratio train/test near 1, one that memorises near 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from numerics.objective import expected_loss
from theory import validation


class Losses(NamedTuple):
    """The exact denoising loss on training and on held-out samples, and train/test (∞ for x/0, 1 for 0/0)."""

    train: float | Float64[np.ndarray, "*b"]
    test: float | Float64[np.ndarray, "*b"]
    ratio: float | Float64[np.ndarray, "*b"]


def train_test_losses(
    W1: Float[Any, "*b d p"], W2: Float[Any, "*b d p"], train: Float[Any, "n d"], test: Float[Any, "m d"], sigma: float
) -> Losses:
    """`Losses` of networks (…, d, p) on samples (n, d) and (m, d), sigma ≥ 0: numbers, or arrays over leading axes.

    Raises `ValueError` for bad input.
    """
    train, test = validation.samples(train, "train"), validation.samples(test, "test")
    if test.shape[1] != train.shape[1]:
        raise ValueError(f"test must have the {train.shape[1]} coordinates of train, got shape {test.shape}")
    W1, W2 = validation.weights(W1, W2, train.shape[1])
    sigma = validation.nonnegative(sigma, "sigma")
    seen, new = (np.asarray(expected_loss(W1, W2, X, sigma, 0.0)) for X in (train, test))
    ratio = np.divide(seen, new, out=np.where(seen > 0, np.inf, 1.0), where=new > 0)
    return Losses(*(values if values.ndim else float(values) for values in (seen, new, ratio)))
