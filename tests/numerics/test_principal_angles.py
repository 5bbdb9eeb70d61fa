"""Principal angles: exact cases, tiny angles, SciPy's as a second route, and the blocks of the theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import subspace_angles

from numerics.principal_angles import block_angles, principal_angles, principal_directions
from tests.strategies import rotations, sample_arrays, seeds, separable_problems
from theory.block_minimizer import block_weights


@settings(max_examples=60)
@given(st.integers(1, 6), st.data())
def test_generic_spans_have_the_angles_that_scipy_finds(d, data):
    p, q = data.draw(st.integers(1, d)), data.draw(st.integers(1, d))
    rng = np.random.default_rng(data.draw(seeds()))
    first, second = rng.standard_normal((d, p)), rng.standard_normal((d, q))
    if max(np.linalg.cond(first), np.linalg.cond(second)) > 1e3:
        return
    found = principal_angles(first, second)
    assert found.shape == (min(p, q),)
    # Where angles lie on both sides of 45°, SciPy takes the small ones from the arc cosine.
    assert found == pytest.approx(subspace_angles(first, second)[::-1], abs=1e-6)
    assert found == pytest.approx(principal_angles(second, first), abs=1e-12)
    # What is repeated, mixed or zero in a span does not count.
    mixed = np.hstack([first, first @ rng.standard_normal((p, 2)), np.zeros((d, 1))])
    assert principal_angles(mixed, second) == pytest.approx(found, abs=1e-9)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([0.0, 1e-15, 1e-12, 1e-8, 1e-4, 0.3, 0.78, 0.79, 1.2, 1.57, np.pi / 2]), max_size=4),
    st.data(),
)
def test_planted_angles_come_back_to_rounding(angles, data):
    q, extra = len(angles), data.draw(st.integers(0, 2))
    d = 2 * q + extra + 1
    turn = data.draw(rotations(d))
    first = turn[:, : q + extra]
    second = first[:, :q] * np.cos(angles) + turn[:, q + extra : 2 * q + extra] * np.sin(angles)
    mix = data.draw(rotations(q)) if q else np.zeros((0, 0))
    for found in (principal_angles(first, second @ mix), principal_angles(second, first)):
        assert found.shape == (q,)
        assert np.abs(found - np.sort(angles)).max(initial=0) < 5e-14


def test_angles_by_hand():
    e = np.eye(3)
    assert principal_angles(e[:, :1], e[:, :1] + e[:, 1:2]) == pytest.approx([np.pi / 4], abs=1e-15)
    assert principal_angles(e[:, :2], e[:, 1:]) == pytest.approx([0, np.pi / 2], abs=1e-15)
    assert principal_angles(e[:, :2], -e[:, :2]) == pytest.approx([0, 0], abs=1e-15)
    assert principal_angles(np.array([[2.0]]), np.array([[-3.0, 1.0]])).tolist() == [0]
    assert principal_angles(e[:, :0], e).shape == principal_angles(0 * e, e).shape == (0,)


@given(sample_arrays(), st.data())
def test_principal_directions_take_the_most_of_the_samples_one_after_the_other(X, data):
    rank = np.linalg.matrix_rank(X)
    width = data.draw(st.integers(0, int(rank)))
    V = principal_directions(X, width)
    assert V.shape == (X.shape[1], width)
    assert np.allclose(V.T @ V, np.eye(width), atol=1e-12)
    moment = np.mean([np.outer(x, x) for x in X], axis=0)
    values = np.linalg.eigvalsh(moment)[::-1]
    scale = values[0] + 1e-300
    assert np.allclose(moment @ V, V * values[:width], atol=1e-10 * scale)


@settings(max_examples=50)
@given(separable_problems(), st.data())
def test_predicted_blocks_span_the_local_principal_components_and_a_turned_one_does_not(problem, data):
    X, labels, widths, _, _ = problem
    W = block_weights(*problem)
    edges = np.cumsum([0, *widths])
    for k, width in enumerate(widths):
        cluster, block = X[labels == k], W[:, edges[k] : edges[k + 1]]
        singular = np.linalg.svd(cluster, compute_uv=False)
        # The span is defined as far as its eigenvalue keeps from the next one; columns near zero do not count.
        gap = singular[width - 1] ** 2 - (singular[width] ** 2 if width < len(singular) else 0.0)
        sizes = np.linalg.svd(block, compute_uv=False)
        if gap < 1e-6 * singular[0] ** 2 or sizes[-1] < 1e-4 * sizes[0]:
            continue
        found = block_angles(block, cluster)
        assert found.shape == (width,)
        assert found.max() < 1e-7
        split = block @ np.kron(np.eye(width), [[0.6, 0.8]])
        assert block_angles(split, cluster).max() < 1e-7
        if len(block) > width:
            turn = data.draw(rotations(len(block)))
            expected = subspace_angles(turn @ block, principal_directions(cluster, width))[::-1]
            assert block_angles(turn @ block, cluster) == pytest.approx(expected, abs=1e-6)


def test_a_block_wider_than_its_cluster_is_at_right_angles_in_what_is_left():
    X = np.array([[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    assert block_angles(np.eye(3)[:, :2], X) == pytest.approx([0, np.pi / 2], abs=1e-15)
    assert block_angles(np.eye(3), np.zeros((2, 3))) == pytest.approx([np.pi / 2] * 3)
    assert block_angles(np.zeros((3, 2)), X).shape == (0,)


def test_the_mean_of_a_cluster_counts():
    """The leading direction of two samples is their mean, not their difference."""
    X = np.array([[3.0, 1.0], [3.0, -1.0]])
    assert block_angles(np.array([[1.0], [0.0]]), X) == pytest.approx([0], abs=1e-15)
