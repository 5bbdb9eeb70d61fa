"""Which samples count as stored one-hot: planted units, a unit that two samples share, and dead ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numerics.sweeps import one_hot_storage as sweep
from theory.separability import regular_simplex


@given(st.integers(3, 6), st.integers(0, 10**6))
def test_units_at_obtuse_samples_store_them_and_a_shared_unit_undoes_two(n, seed):
    rng = np.random.default_rng(seed)
    X = regular_simplex(n, n) * rng.uniform(0.5, 2, (n, 1)) @ np.linalg.qr(rng.standard_normal((n, n)))[0]
    # Beside the units at the samples one with a negligible mass and one that is zero, which change nothing.
    for more in (X.T, np.column_stack([X.T, 1e-9 * X[0], np.zeros(n)])):
        own, one_hot = sweep.codes_alone(more, more, X)
        assert own.all()
        assert one_hot.all()
    heights = np.linalg.norm(X, axis=1) * np.r_[1.0, 1.0, np.full(n - 2, -2.0 / (n - 2))]
    shared = np.linalg.lstsq(X, heights, rcond=None)[0]
    both = np.column_stack([X.T, shared])
    own, one_hot = sweep.codes_alone(both, both, X)
    assert own.all()
    assert one_hot.tolist() == [False, False] + [True] * (n - 2)


@given(st.integers(2, 6))
def test_without_a_unit_of_its_own_a_sample_is_not_stored(n):
    X = regular_simplex(n, n)
    own, one_hot = sweep.codes_alone(X.T[:, 1:], X.T[:, 1:], X)
    assert own.tolist() == one_hot.tolist() == [False] + [True] * (n - 1)
