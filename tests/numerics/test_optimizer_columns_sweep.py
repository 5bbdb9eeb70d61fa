"""Sparse and split columns: the data, planted splits with known shares, and one descent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.sweeps import optimizer_columns as sweep
from theory.block_minimizer import memorizing_weights

problems = st.integers(2, 6), st.integers(0, 10**6)


@given(*problems)
def test_samples_have_negative_inner_products(n, seed):
    X = sweep.samples(n, seed)
    assert X.shape == (n, n + 1)
    assert (X @ X.T)[np.triu_indices(n, 1)].max() < 0
    lengths = np.linalg.norm(X, axis=1)
    assert lengths.min() >= 0.8 - 1e-12
    assert lengths.max() <= 1.25 + 1e-12


@given(*problems, st.integers(1, 4), st.floats(0.05, 0.95))
def test_planted_shares_come_back(n, seed, parts, largest):
    X = sweep.samples(n, seed)
    rng = np.random.default_rng(seed)
    W = memorizing_weights(X, sweep.SIGMA, sweep.DECAY)
    q = np.append(largest, np.full(parts - 1, (1 - largest) / max(parts - 1, 1))) if parts > 1 else np.ones(1)
    split = np.column_stack([W[:, :1] * np.sqrt(q), W[:, 1:], np.zeros((n + 1, 2))])
    size = rng.uniform(0.5, 2, split.shape[1])
    order = rng.permutation(split.shape[1])
    W1, W2 = (split * size)[:, order], (split / size)[:, order]
    assert np.sort(sweep.shares(W1, W2, X)[0]) == pytest.approx(np.sort(q))
    found = sweep.columns(W1, W2, X)
    assert found["stored"] == n
    assert found["sparse"] == n - (parts > 1)
    assert found["units"] == pytest.approx((n - 1 + parts) / n)
    assert found["effective"] == pytest.approx((n - 1 + 1 / (q**2).sum()) / n)
    assert found["factor"] == pytest.approx((n - 1 + np.sqrt(q.max()) * np.sqrt(q).sum()) / n)


def test_a_share_of_99_percent_is_sparse_and_less_is_not():
    X = sweep.samples(2, 0)
    W = memorizing_weights(X, sweep.SIGMA, sweep.DECAY)
    for largest, sparse in ((0.991, 2), (0.989, 1)):
        split = np.column_stack([W[:, :1] * np.sqrt([largest, 1 - largest]), W[:, 1:]])
        assert sweep.columns(split, split, X)["sparse"] == sparse


def test_a_network_without_units_stores_nothing():
    zero = np.zeros((3, 4))
    assert set(sweep.columns(zero, zero, sweep.samples(2, 0)).values()) == {0.0}
