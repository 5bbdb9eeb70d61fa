"""Two units a sample: the loss of BR Corollary 3.2 on any samples that units can fire on alone.

With g·x_j = 1 and g·x_i < 0 for all i ≠ j, both g and g + ηx_j/N fire on x_j alone if η > 0 is small, N = ‖x_j‖². Their
difference answers a(g + ηx_j/N)·y/η − a(g·y)/η = a(x_j·y)/N near x_j, as the one unit along x_j of Corollary 3.2 would,
and nothing near the other samples. So with a = N/(N + σ²) sample j costs Nσ²/(N + σ²) ≤ σ², but for gates that noise
turns wrong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from . import validation
from .gating import isolating_direction
from .linear_autoencoder import gains


class Network(NamedTuple):
    """Encoder and decoder, (d, p) each."""

    W1: Float64[np.ndarray, "d p"]
    W2: Float64[np.ndarray, "d p"]


def paired_memorizer(X: Float[Any, "n d"], sigma: float) -> Network:
    """The network of 2n units, those of sample j in columns 2j and 2j + 1; X (n, d) and σ in the same units.

    g stays as far from all samples as it can, and η ≤ 1 halves its response to another sample at most. Layers share the
    scale of each unit evenly. Raises `ValueError` for a sample that no unit can fire on alone.
    """
    X = validation.samples(X)
    sigma = validation.nonnegative(sigma, "sigma")
    squared_norms = (X**2).sum(axis=1)
    W1, W2 = np.empty((X.shape[1], 2 * len(X))), np.empty((X.shape[1], 2 * len(X)))
    for j, (x, squared_norm) in enumerate(zip(X, squared_norms, strict=True)):
        direction, margin = isolating_direction(X, j)
        if not margin > 0:
            raise ValueError(f"X must hold only samples that a unit can fire on alone, sample {j} is none")
        g = direction / (direction @ x)
        answers, overlaps = X @ g, X @ x / squared_norm
        near = overlaps > 0
        near[j] = False
        step = float((-answers[near] / (2 * overlaps[near])).min(initial=1.0))
        gain = gains(np.array([squared_norm]), sigma**2, 0.0)[0]
        encoders = np.stack([g + step * x / squared_norm, g], axis=1)
        decoders = gain / step * np.outer(x, [1.0, -1.0])
        scale = np.sqrt(np.linalg.norm(decoders, axis=0) / np.linalg.norm(encoders, axis=0))
        W1[:, 2 * j : 2 * j + 2], W2[:, 2 * j : 2 * j + 2] = encoders * scale, decoders / scale
    return Network(W1, W2)
