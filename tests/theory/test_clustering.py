"""Copies are found whatever the order and the scale; the hierarchy merges all samples, step by step, at least price."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.clustering import distinct_samples, hierarchy
from theory.linear_autoencoder import optimal_value

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.integers(1, 6), st.integers(1, 4), st.sampled_from([1e-8, 1.0, 1e8]))
def test_distinct_samples_undo_copying_and_shuffling(seed, u, d, scale):
    rng = np.random.default_rng(seed)
    rows = scale * rng.standard_normal((u, d))
    choice = rng.permutation(np.repeat(np.arange(u), rng.integers(1, 4, u)))
    X = rows[choice]
    found = distinct_samples(X)
    assert np.array_equal(found.rows[found.index], X)
    assert len(found.rows) == u
    assert np.array_equal(found.multiplicities, np.bincount(found.index))
    # In order of first appearance.
    assert np.array_equal(
        np.unique(found.index, return_index=True)[1], np.sort(np.unique(choice, return_index=True)[1])
    )


@pytest.mark.parametrize(("gap", "different"), [(0.0, 1), (0.9e-9, 1), (1.1e-9, 2)])
def test_rows_nearer_than_rounding_are_copies(gap, different):
    X = 3.0 * np.array([[1.0, 0.0], [1.0, gap]])
    assert len(distinct_samples(X).rows) == different


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 6), st.integers(1, 4), st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 0.02, 10.0]))
def test_every_step_merges_two_clusters_at_the_least_price(seed, u, d, sigma, decay):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((u, d))[np.repeat(np.arange(u), rng.integers(1, 3, u))]
    n = len(X)
    steps = hierarchy(X, sigma, decay)
    assert [labels.max() + 1 for labels in steps] == list(range(u, 0, -1))
    assert np.array_equal(steps[0], distinct_samples(X).index)

    def missed(members):
        return optimal_value(X[members], 1, sigma, n * decay / members.sum())

    for before, after in pairwise(steps):
        parts = [after == k for k in range(after.max() + 1)]
        old = [before == k for k in range(before.max() + 1)]
        merged = [part for part in parts if not any(np.array_equal(part, each) for each in old)]
        assert len(merged) == 1
        price = {
            pair: missed(old[pair[0]] | old[pair[1]]) - missed(old[pair[0]]) - missed(old[pair[1]])
            for pair in combinations(range(len(old)), 2)
        }
        [made] = [pair for pair in price if np.array_equal(old[pair[0]] | old[pair[1]], merged[0])]
        assert price[made] <= min(price.values()) + 1e-9


def test_clusters_on_perpendicular_axes_are_found():
    rng = np.random.default_rng(0)
    owner = np.array([0, 1, 2, 0, 1, 2, 0])
    X = 4 * np.eye(3)[owner] + 0.1 * rng.standard_normal((7, 3))
    labels = hierarchy(X, 0.1, 0.01)[-3]
    assert len({(int(a), int(b)) for a, b in zip(labels, owner, strict=True)}) == 3


def test_decay_that_empties_everything_merges_in_order_and_ends():
    assert len(hierarchy(np.eye(4), 0.1, 7.0)) == 4
