"""Distances between networks: by hand, by brute force over orders, and blind to exactly the true symmetries."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.landing import block_distance, column_distance
from tests.strategies import rotations, seeds, separable_problems
from theory.block_minimizer import block_weights, gate_margin


@given(st.integers(1, 4), st.integers(1, 5), seeds())
def test_the_best_order_is_found(d, p, seed):
    W, predicted = np.random.default_rng(seed).standard_normal((2, d, p))
    orders = itertools.permutations(range(p))
    best = min(np.linalg.norm(W[:, order] - predicted) for order in map(list, orders))
    assert column_distance(W, predicted) == pytest.approx(best / np.linalg.norm(predicted), rel=1e-12)


@given(st.integers(1, 4), st.integers(1, 5), seeds(), st.data())
def test_order_does_not_count_but_signs_and_sizes_do(d, p, seed, data):
    W = np.random.default_rng(seed).standard_normal((d, p))
    order = data.draw(st.permutations(range(p)))
    assert column_distance(W[:, order], W) == 0
    assert column_distance(1.25 * W[:, order], W) <= 0.25 * (1 + 1e-12)
    # One unit turned round is never made good by another order when there is only one unit.
    assert column_distance(-W[:, :1], W[:, :1]) == pytest.approx(2, rel=1e-12)
    assert column_distance(W[:, :1], 2 * W[:, :1]) == pytest.approx(0.5, rel=1e-12)


def test_columns_by_hand():
    W, predicted = np.array([[0.0, 3.0], [5.0, 0.0]]), np.array([[3.0, 0.0], [0.0, 4.0]])
    assert column_distance(W, predicted) == pytest.approx(1 / 5)


def block_distance_by_loops(W1, W2, predicted, X, labels):
    top = bottom = 0.0
    for k in set(labels.tolist()):
        mean = sum(x for x, label in zip(X, labels, strict=True) if label == k)
        actual = target = np.zeros((X.shape[1], X.shape[1]))
        for encoder, decoder in zip(W1.T, W2.T, strict=True):
            actual = actual + np.outer(decoder, encoder) * float(encoder @ mean > 0)
        for column in predicted.T:
            target = target + np.outer(column, column) * float(column @ mean > 0)
        top, bottom = top + np.linalg.norm(actual - target) ** 2, bottom + np.linalg.norm(target) ** 2
    return np.sqrt(top / bottom)


@given(separable_problems(), st.integers(0, 4), seeds())
def test_blocks_are_compared_through_what_fires_on_their_mean(problem, p, seed):
    predicted = block_weights(*problem)
    W1, W2 = np.random.default_rng(seed).standard_normal((2, problem.X.shape[1], p))
    expected = block_distance_by_loops(W1, W2, predicted, problem.X, problem.labels)
    found = block_distance(W1, W2, predicted, problem.X, problem.labels)
    assert found == pytest.approx(expected, rel=1e-9)


@given(separable_problems(), st.data())
def test_turns_that_keep_the_gates_and_rescalings_are_not_seen(problem, data):
    X, labels, widths, _, _ = problem
    predicted = block_weights(*problem)
    order = data.draw(st.permutations(range(predicted.shape[1])))
    scales = np.random.default_rng(data.draw(seeds())).uniform(0.5, 2.0, predicted.shape[1])
    W1, W2 = (predicted * scales)[:, order], (predicted / scales)[:, order]
    if gate_margin(predicted, X, labels, widths) > 0:
        assert block_distance(W1, W2, predicted, X, labels) < 1e-12
    edges = np.concatenate([[0], np.cumsum(widths)])
    turned = predicted.copy()
    for first, last, width in zip(edges[:-1], edges[1:], widths, strict=True):
        # Near the identity, so that all units of the block still fire on their mean.
        turn = np.linalg.qr(np.eye(width) + 0.05 * (data.draw(rotations(width)) - np.eye(width)))[0]
        block = predicted[:, first:last] @ (turn * np.sign(np.diag(turn)))
        turned[:, first:last] = block
    means = [X[labels == k].mean(axis=0) for k in range(len(widths))]
    if (
        all(np.array_equal(m @ turned > 0, m @ predicted > 0) for m in means)
        and gate_margin(predicted, X, labels, widths) > 0
    ):
        assert block_distance(turned, turned, predicted, X, labels) < 1e-12
        wrong = 1.1 * predicted
        assert block_distance(wrong, wrong, predicted, X, labels) == pytest.approx(0.21, rel=1e-9)


def test_a_unit_on_the_boundary_does_not_fire():
    X, labels = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])
    predicted = np.eye(2)
    assert block_distance(predicted, predicted, predicted, X, labels) == 0
    # A third unit orthogonal to the first mean fires on the second alone.
    W1, W2 = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]])
    assert block_distance(W1, W2, predicted, X, labels) == pytest.approx(np.sqrt(2))
