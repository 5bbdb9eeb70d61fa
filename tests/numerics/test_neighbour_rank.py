"""The rank among nearest distances, against a plain loop with ties and copies; its sum over a set; scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import neighbour_rank
from numerics.neighbour_rank import in_closest_pair, neighbour_ranks
from tests.strategies import seeds


def _plain(x: np.ndarray, training: np.ndarray) -> float:
    points = [*training.tolist(), x.tolist()]
    near = [
        min(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for j, q in enumerate(points) if j != k)
        for k, p in enumerate(points)
    ]
    places = [k + 1 for k, value in enumerate(sorted(near)) if value == near[-1]]
    return (np.mean(places) - 0.5) / len(points)


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.booleans(), seeds())
def test_ranks_are_those_of_a_plain_loop(n, m, d, whole, seed):
    rng = np.random.default_rng(seed)
    draw = (lambda shape: rng.integers(0, 3, size=shape) / 4) if whole else rng.standard_normal
    training, generated = draw((n, d)), draw((m, d))
    expected = [_plain(x, training) for x in generated]
    np.testing.assert_allclose(neighbour_ranks(generated, training), expected, rtol=1e-12)


@settings(max_examples=40)
@given(st.integers(2, 12), st.integers(1, 4), seeds())
def test_over_any_set_the_mean_is_one_half_and_two_points_are_the_closest_pair(n, d, seed):
    points = np.random.default_rng(seed).standard_normal((n, d))
    others = [np.delete(points, k, axis=0) for k in range(n)]
    ranks = [neighbour_ranks(points[[k]], others[k])[0] for k in range(n)]
    assert np.mean(ranks) == pytest.approx(0.5, rel=1e-12)
    assert sum(bool(in_closest_pair(points[[k]], others[k])[0]) for k in range(n)) == 2


@given(st.integers(1, 20), st.integers(1, 3), seeds())
def test_a_copy_has_the_least_value_and_scale_makes_no_difference(n, d, seed):
    rng = np.random.default_rng(seed)
    training, generated = rng.standard_normal((n, d)), rng.standard_normal((4, d))
    np.testing.assert_allclose(neighbour_ranks(training, training), 1 / (n + 1), rtol=1e-12)
    assert in_closest_pair(training, training).all()
    # By a power of two: no distance is rounded differently.
    np.testing.assert_array_equal(
        neighbour_ranks(generated / 1024, training / 1024), neighbour_ranks(generated, training)
    )
    np.testing.assert_array_equal(
        in_closest_pair(generated / 1024, training / 1024), in_closest_pair(generated, training)
    )


def test_blocks_make_no_difference(monkeypatch):
    rng = np.random.default_rng(5)
    training, generated = rng.standard_normal((17, 3)), rng.standard_normal((11, 3))
    whole = neighbour_ranks(generated, training), in_closest_pair(generated, training)
    monkeypatch.setattr(neighbour_rank, "_BLOCK", 60)
    np.testing.assert_array_equal(neighbour_ranks(generated, training), whole[0])
    np.testing.assert_array_equal(in_closest_pair(generated, training), whole[1])
