"""The exact denoising error of a ReLU layer with biases: moments of rectified Gaussians, without sampling.

L = (1/n)Σ_i E_ε‖W2[W1ᵀ(x_i + σε) + b]_+ + c − x_i‖² = (1/n)Σ_i[‖c − x_i‖² + 2Σ_a v_a·(c − x_i) E h_a
+ Σ_ab v_a·v_b E h_ah_b], where the pre-activations are Gaussian with means W1ᵀx_i + b, deviations σ‖w_a‖ and
correlations cos(w_a, w_b).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from theory import gaussian_relu, validation


def affine_loss(W1: Any, b: Any, W2: Any, c: Any, X: Any, sigma: float) -> float:
    """L for one network, W1 and W2 (d, p), b (p,), c (d,), on samples X (n, d) with noise sigma ≥ 0; no decay.

    Accurate to about 1e-13 of the largest term of the sum. Needs n·p² numbers at once. Raises `ValueError` for shapes
    that do not match.
    """
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    b = _vector(b, "b", W1.shape[1])
    c = _vector(c, "c", X.shape[1])
    sigma = validation.nonnegative(sigma, "sigma")
    lengths = np.linalg.norm(W1, axis=0)
    units = W1 / np.where(lengths > 0, lengths, 1.0)
    means, deviations = X @ W1 + b, sigma * lengths
    first = gaussian_relu.mean(means, deviations)
    second = gaussian_relu.cross_moment(
        means[:, :, None],
        means[:, None, :],
        deviations[:, None],
        deviations[None, :],
        np.clip(units.T @ units, -1.0, 1.0),
    )
    away = c - X
    per_sample = (away**2).sum(axis=1) + 2 * (first * (away @ W2)).sum(axis=1) + (second * (W2.T @ W2)).sum(axis=(1, 2))
    return float(per_sample.mean())


def _vector(values: Any, name: str, length: int) -> np.ndarray:
    vector = validation.real_array(values, name, ndim=1)
    if vector.shape != (length,):
        raise ValueError(f"{name} must have shape ({length},) to match the weights, got {vector.shape}")
    return vector
