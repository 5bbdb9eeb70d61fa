"""The reduction to the span, spectrum by spectrum: the Hessian in all d dimensions and what it is made of."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.objective import loss_and_gradient
from proofs_check.extensions.span_reduction import _blocks


def hessian(X, W1, W2, sigma, weight_decay):
    """By central differences of the gradient, entry by entry."""
    point, step, rows = np.concatenate([W1.ravel(), W2.ravel()]), 2.0**-24, []
    for k in range(len(point)):
        ends = []
        for sign in (step, -step):
            moved = point.copy()
            moved[k] += sign
            layers = moved.reshape(2, *W1.shape)
            ends.append(np.stack(loss_and_gradient(layers[0], layers[1], X, sigma, weight_decay)[1:]).ravel())
        rows.append((ends[0] - ends[1]) / (2 * step))
    return (np.array(rows) + np.array(rows).T) / 2


@pytest.mark.parametrize(("n", "width", "outside"), [(1, 1, 1), (1, 3, 2), (2, 2, 1), (3, 2, 3)])
def test_the_spectrum_is_that_of_the_span_and_of_the_transverse_blocks_repeated(n, width, outside):
    rng = np.random.default_rng([n, width, outside])
    reduced, W1, W2 = rng.standard_normal((n, n)), *rng.standard_normal((2, n, width))
    basis = np.linalg.qr(rng.standard_normal((n + outside, n)))[0]
    sigma, weight_decay = 0.5, 0.05
    T1, T2 = _blocks(reduced, W1, W2, sigma, weight_decay)
    inside = np.linalg.eigvalsh(hessian(reduced, W1, W2, sigma, weight_decay))
    across = np.concatenate([np.linalg.eigvalsh(T1), np.linalg.eigvalsh(T2)])
    full = np.linalg.eigvalsh(hessian(reduced @ basis.T, basis @ W1, basis @ W2, sigma, weight_decay))
    expected = np.sort(np.concatenate([inside, *[across] * outside]))
    assert np.allclose(full, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    assert np.linalg.eigvalsh(T2).min() >= 2 * weight_decay * (1 - 1e-12)
