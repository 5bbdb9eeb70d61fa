"""Norms of the frozen Hessian against automatic differentiation of the frozen objective, and the factors of splits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import noise_levels, seeds
from theory.block_minimizer import memorizing_weights
from theory.smoothness import row_sum_norms, split_factors


def frozen_hessian(X, W1, W2, sigma, weight_decay):
    """Hessian in W1 of (1/n) Σ_i [‖A_ix_i − x_i‖² + σ²‖A_i‖²] + λ‖W1‖², A_i of the columns listed under sample i."""
    X, decoder = torch.from_numpy(X), [torch.from_numpy(w) for w in W2]
    shape = [w.shape for w in W1]
    flat = torch.from_numpy(np.concatenate([w.ravel() for w in W1]))

    def objective(flat):
        total, start = weight_decay * flat.square().sum(), 0
        for x, v, (d, m) in zip(X, decoder, shape, strict=True):
            A = v @ flat[start : start + d * m].reshape(d, m).T
            start += d * m
            total = total + ((A @ x - x).square().sum() + sigma**2 * A.square().sum()) / len(X)
        return total

    return torch.autograd.functional.hessian(objective, flat).numpy()


@given(st.integers(1, 3), st.integers(1, 3), seeds(), noise_levels(), st.floats(0.0, 0.9), st.data())
def test_norms_are_those_of_the_frozen_objective(n, d, seed, sigma, fraction, data):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) + 0.1
    X /= np.abs(X).max()
    weight_decay = fraction * float((X**2).sum(axis=1).min()) / n
    shares = []
    for _ in range(n):
        t = np.abs(rng.standard_normal(data.draw(st.integers(1, 3))))
        shares.append(t / np.linalg.norm(t))
    columns = memorizing_weights(X, sigma, weight_decay)
    blocks = [column[:, None] * t for column, t in zip(columns.T, shares, strict=True)]
    hessian = np.abs(frozen_hessian(X, blocks, blocks, sigma, weight_decay))
    norms = row_sum_norms(X, sigma, weight_decay)
    assert norms.shape == (n,)
    ends = np.cumsum([0, *(block.size for block in blocks)])
    for i, t in enumerate(shares):
        own = slice(ends[i], ends[i + 1])
        part, entries = norms[i] - 2 * weight_decay, hessian[own, own].sum() - 2 * weight_decay * blocks[i].size
        assert hessian[own].sum(axis=1).max() == pytest.approx(split_factors(t)[0] * part + 2 * weight_decay, rel=1e-9)
        whole = 2 * columns[:, i] @ columns[:, i] / n * (np.abs(X[i]).sum() ** 2 + d * sigma**2)
        assert entries == pytest.approx(split_factors(t)[1] * whole, rel=1e-9, abs=1e-12)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6).filter(any))
def test_factors_are_one_exactly_where_they_should_be(sizes):
    t = np.array(sizes) / np.linalg.norm(sizes)
    rows, entries = split_factors(t)
    used = t[t > 0]
    assert rows >= 1 - 1e-12
    assert entries >= rows - 1e-12
    assert (rows < 1 + 1e-9) == bool(np.allclose(used, used[0], atol=1e-8))
    assert (entries < 1 + 1e-9) == (len(used) == 1)
    # Cauchy and Schwarz: the largest factors of m shares.
    assert rows <= (1 + np.sqrt(len(used))) / 2 + 1e-12
    assert entries <= len(used) + 1e-12


def test_the_bound_on_the_row_factor_is_attained():
    m = 9
    angle = np.arctan(np.sqrt(m - 1)) / 2
    shares = np.concatenate([[np.cos(angle)], np.full(m - 1, np.sin(angle) / np.sqrt(m - 1))])
    assert split_factors(shares)[0] == pytest.approx((1 + 3) / 2, rel=1e-12)
