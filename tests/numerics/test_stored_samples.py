"""Stored samples: the assignment by brute force, by hand, and blind to copies, splits, orders and scales."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from numerics.stored_samples import stored_fraction, stored_samples
from tests.strategies import rotations, seeds, separable_problems
from theory.block_minimizer import memorizing_weights


def directions(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane, as rows."""
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)


@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(0, 4), st.floats(0.05, 0.95), seeds())
def test_as_many_as_any_assignment_and_then_the_largest_cosines(d, n, p, threshold, seed):
    rng = np.random.default_rng(seed)
    X, W1 = rng.standard_normal((n, d)), rng.standard_normal((d, p))
    if d == 1:
        # On a line all units on one side are one unit.
        W1 = W1[:, :1]
    W2 = W1 + 0.5 * rng.standard_normal(W1.shape)
    p = W1.shape[1]
    columns = W1 / np.linalg.norm(W1, axis=0)
    # Columns nearly parallel are one split unit.
    assume(np.triu(columns.T @ columns, 1).max(initial=0) < 1 - 1e-3)
    cosine = np.zeros((2, n, p))
    for layer, i, a in np.ndindex(2, n, p):
        w = (W1, W2)[layer][:, a]
        cosine[layer, i, a] = w @ X[i] / np.sqrt((w @ w) * (X[i] @ X[i]))
    least = cosine.min(axis=0)
    best = (0, 0.0)
    for units in itertools.product([None, *range(p)], repeat=n):
        used = [(i, a) for i, a in enumerate(units) if a is not None]
        if len({a for _, a in used}) == len(used) and all(least[i, a] >= threshold for i, a in used):
            best = max(best, (len(used), sum(least[i, a] for i, a in used)))
    found = stored_samples(W1, W2, X, threshold)
    assert found.stored.sum() == best[0]
    assert (found.units.sum(axis=1) == found.stored).all()
    assert (found.units.sum(axis=0) <= 1).all()
    assert least[found.units].sum() == pytest.approx(best[1], abs=1e-12)
    for i in range(n):
        if found.stored[i]:
            a = found.units[i].argmax()
        elif p:
            a = least[i].argmax()
        else:
            assert found.encoder_cosine[i] == found.decoder_cosine[i] == 0
            continue
        assert (found.encoder_cosine[i], found.decoder_cosine[i]) == pytest.approx(cosine[:, i, a], abs=1e-12)


def test_more_matches_are_worth_more_than_larger_cosines():
    """Unit 0 lies on sample 0 but is the only match of sample 1; unit 1 matches sample 0 only, badly."""
    X, W = directions(0, 30), directions(0, -35).T
    found = stored_samples(W, W, X, 0.8)
    assert found.units.tolist() == [[False, True], [True, False]]
    assert found.encoder_cosine == pytest.approx(np.cos(np.radians([35, 30])))
    alone = stored_samples(W, W, X, 0.84)
    assert alone.stored.tolist() == [True, False]
    assert alone.encoder_cosine == pytest.approx([1, np.cos(np.radians(30))])


def test_both_layers_must_point_to_the_sample():
    X, W, off = directions(0, 90), directions(0, 90).T, directions(60, 90).T
    assert stored_fraction(W, W, X, 0.9) == 1
    assert stored_fraction(W, off, X, 0.9) == stored_fraction(off, W, X, 0.9) == 0.5
    assert stored_samples(W, off, X, 0.9).decoder_cosine == pytest.approx([0.5, 1])
    assert stored_fraction(-W, -W, X, 0.1) == 0


def test_a_split_unit_stores_one_sample_and_two_units_two():
    X = directions(-5, 5)
    one = directions(0).T @ np.array([[0.6, 0.3, 0.2]])
    found = stored_samples(one, one, X, 0.9)
    assert found.stored.sum() == 1
    assert found.units[found.stored].all()
    assert found.fraction == 0.5
    assert stored_fraction(directions(-1, 1).T, directions(-1, 1).T, X, 0.9) == 1


def test_nothing_is_stored_by_dead_units_or_at_the_origin_or_without_units():
    X = directions(0, 90)
    W = np.array([[1.0, 0.0], [0.0, 1e-4]])
    assert stored_samples(W, W, X, 0.5).stored.tolist() == [True, False]
    assert stored_fraction(0 * W, 0 * W, X, 0.5) == 0
    assert stored_fraction(np.zeros((2, 0)), np.zeros((2, 0)), X, 0.5) == 0
    origin = stored_samples(np.eye(2), np.eye(2), np.array([[0.0, 0.0], [1.0, 0.0]]), 1e-9)
    assert origin.stored.tolist() == [False, True]
    assert origin.encoder_cosine.tolist() == [0, 1]


@settings(max_examples=50)
@given(separable_problems(sizes=st.just(1)), st.data())
def test_memorising_weights_store_every_sample_copies_splits_orders_and_scales_aside(problem, data):
    X, _, _, sigma, weight_decay = problem
    W = memorizing_weights(X, sigma, weight_decay)
    n, p = W.shape[1], W.shape[1]
    copies = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))
    times = data.draw(st.lists(st.integers(1, 3), min_size=p, max_size=p))
    group = np.array(data.draw(st.permutations(np.repeat(np.arange(p), times).tolist())))
    rng = np.random.default_rng(data.draw(seeds()))
    shares = rng.uniform(0.2, 1, len(group))
    scale = 10.0 ** data.draw(st.integers(-6, 6))
    many = np.repeat(np.arange(n), copies)
    turn = data.draw(rotations(X.shape[1]))
    W1, W2 = turn @ W[:, group] * shares * scale, turn @ W[:, group] * shares
    found = stored_samples(W1, W2, scale * X[many] @ turn.T, 0.999)
    assert found.fraction == 1
    assert (found.units == (many[:, None] == group)).all()
    # Without the units of the first sample it alone is lost.
    rest = group != 0
    fewer = stored_samples(W1[:, rest], W2[:, rest], scale * X[many] @ turn.T, 0.999)
    assert (fewer.stored == (many != 0)).all()
    assert fewer.fraction == pytest.approx((n - 1) / n)


def test_fractions_of_a_stack_are_those_of_each():
    rng = np.random.default_rng(3)
    W, X = rng.standard_normal((2, 3, 2, 4)), rng.standard_normal((5, 2))
    found = stored_fraction(W, W, X, 0.8)
    assert found.shape == (2, 3)
    assert len(np.unique(found)) > 1
    for place in np.ndindex(2, 3):
        assert found[place] == stored_samples(W[place], W[place], X, 0.8).fraction
