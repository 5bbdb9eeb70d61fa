"""Gates that learn to fire alone: against linear programming, by their own certificates, and undecided in time."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.sweeps import isolation
from theory.gating import is_isolable


@settings(max_examples=12)
@given(st.integers(1, 5), st.integers(1, 9), st.integers(0, 10**6))
def test_gates_decide_as_linear_programming_does(d, n, seed):
    X = np.random.default_rng(seed).standard_normal((2, n, d))
    learnt = isolation.learn_gates(X, steps=2000)
    assert learnt.shape == (2, n)
    for rows, found in zip(X, learnt, strict=True):
        for j in np.flatnonzero(found != isolation.UNDECIDED):
            assert bool(found[j]) == is_isolable(rows, int(j))
    if n <= d:
        assert (learnt != isolation.CANNOT).all()


@settings(max_examples=10)
@given(st.integers(2, 6), st.integers(0, 10**6))
def test_lengths_do_not_matter_and_a_sum_of_others_cannot_fire_alone(d, seed):
    rng = np.random.default_rng(seed)
    X = np.eye(d)[None] * rng.uniform(0.5, 2, (1, d, 1))
    assert (isolation.learn_gates(X) == isolation.FIRES).all()
    X = np.concatenate([X, X.mean(axis=1, keepdims=True)], axis=1)
    X[0] /= np.linalg.norm(X[0], axis=1, keepdims=True)
    assert isolation.learn_gates(X)[0].tolist() == [isolation.FIRES] * d + [isolation.CANNOT]


def test_no_steps_decide_nothing():
    X = isolation.samples(3, 5, 0)[None]
    assert (isolation.learn_gates(X, steps=0) == isolation.UNDECIDED).all()


def test_a_cell_counts_its_samples():
    cells = [{"d": 2, "ratio": 1.5, "seed": seed} for seed in range(8)]
    found = isolation.measure(cells, "cpu")
    for row, seed in enumerate(range(8)):
        X = isolation.samples(2, 3, seed)
        assert found["n"][row] == 3
        assert found["isolable"][row] == sum(is_isolable(X, j) for j in range(3))
        assert abs(found["alone"][row] - found["isolable"][row]) <= found["undecided"][row]
    assert not found["disagree"].any()
