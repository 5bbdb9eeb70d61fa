"""Distances by all pairs against those by trees, for many sets at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from proofs_check.novelty import novelty, to_neighbour
from tests.strategies import seeds


@settings(max_examples=25)
@given(st.integers(1, 3), st.integers(1, 6), st.integers(2, 6), st.integers(1, 4), st.sampled_from([1, 2]), seeds())
def test_distances_are_those_of_a_tree(sets, generated, training, d, power, seed):
    rng = np.random.default_rng(seed)
    G, D = rng.standard_normal((sets, generated, d)), rng.standard_normal((sets, training, d))
    found, near = novelty(G, D, power), to_neighbour(D)
    assert (found.shape, near.shape) == ((sets, generated), (sets, training))
    for k in range(sets):
        tree = cKDTree(D[k])
        assert np.allclose(found[k], tree.query(G[k])[0] ** power, rtol=1e-12)
        assert np.allclose(near[k], tree.query(D[k], k=[2])[0][:, 0], rtol=1e-12)


def test_a_copy_is_at_no_distance():
    points = np.array([[1.0, 2.0], [1.0, 2.0], [4.0, 6.0]])
    assert to_neighbour(points).tolist() == [0.0, 0.0, 5.0]
    assert novelty(points, points, 2).tolist() == [0.0, 0.0, 0.0]
