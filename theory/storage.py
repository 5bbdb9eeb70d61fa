"""What it means that a network stores a sample: the sample comes back through units of its own.

At sample i unit a answers with E h_ia = E[w_aᵀ(x_i + σε)]_+ on average and adds E h_ia (v_aᵀx_i)/‖x_i‖² to the gain of
x_i, the share of it that comes back. The unit is x_i's own if it answers every other distinct sample with less than a
quarter of that. Stored is a sample of which something comes back, and at least half of it through own units. Copies of
a sample are one sample. Where all of it passes own units and the other units are silent, the Jacobian at x_i has rank
one and its output is parallel to x_i (BR Corollary 3.2).

All of this is unchanged by the scale of the data, the order of the units, splitting a column into parallel ones, and
rescaling (w, v) to (tw, v/t).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64

from . import validation
from .clustering import distinct_samples
from .gaussian_relu import mean

# An own unit answers no other sample with more than this share of its answer.
LEAK = 0.25
# Less than this share of a sample coming back counts as nothing.
LOST = 0.01
# Stored samples get at least this share of what comes back from units of their own.
MOST = 0.5


class Storage(NamedTuple):
    """For each sample: the gain (share of it that comes back, on average), and the share of that through own units.

    The own share is 0 where less than 1 % comes back.
    """

    gain: Float64[np.ndarray, " n"]
    own_share: Float64[np.ndarray, " n"]

    @property
    def stored(self) -> Bool[np.ndarray, " n"]:
        """Whether each sample is stored: at least half of it that comes back passes through units of its own."""
        return self.own_share >= MOST


def responses(W1: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float) -> Float64[np.ndarray, "n p"]:
    """E[w_aᵀ(x_i + σε)]_+ for every sample and unit. Raises `ValueError` for bad input."""
    X = validation.samples(X)
    W1, _ = validation.network(W1, W1, X.shape[1])
    sigma = validation.nonnegative(sigma, "sigma")
    return np.reshape(mean(X @ W1, sigma * np.linalg.norm(W1, axis=0)), (len(X), W1.shape[1]))


def storage(W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], sigma: float) -> Storage:
    """What the network f(y) = W2[W1ᵀy]_+ stores of the samples X (n, d) at noise level sigma ≥ 0.

    A sample at the origin is never stored. Raises `ValueError` for bad input.
    """
    rows, _, index = distinct_samples(X)
    W1, W2 = validation.network(W1, W2, rows.shape[1])
    answers = responses(W1, rows, sigma)
    squared_norms = (rows**2).sum(axis=1)
    away = squared_norms > 0
    towards = np.zeros_like(answers)
    towards[away] = answers[away] * (rows[away] @ W2) / squared_norms[away, None]
    gain = towards.sum(axis=1)
    other = np.array([np.delete(answers, i, axis=0).max(axis=0, initial=0.0) for i in range(len(rows))])
    through_own = (towards * (other < LEAK * answers)).sum(axis=1)
    share = np.zeros_like(gain)
    back = gain > LOST
    share[back] = through_own[back] / gain[back]
    return Storage(gain[index], share[index])
