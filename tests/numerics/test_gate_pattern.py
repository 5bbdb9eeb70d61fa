"""Gates, regions and the allocation of units: by loops, by hand, and against the map the network computes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.gate_pattern import (
    DEAD,
    SHARED,
    block_allocation,
    gate_pattern,
    live_units,
    regions,
    settled_share,
)
from tests.strategies import networks, rotations, sample_arrays, seeds, separable_problems
from theory.block_minimizer import block_weights, gate_margin
from theory.jacobian import network_jacobian


@st.composite
def networks_on_samples(draw):
    X = draw(sample_arrays())
    return *draw(networks(X.shape[1], draw(st.integers(0, 5)))), X


@given(networks_on_samples())
def test_gates_patterns_and_regions_by_loops(drawn):
    W1, W2, X = drawn
    found = regions(W1, W2, X)
    on = [[float(np.dot(w, x)) > 0 for w in W1.T] for x in X]
    acting = [[gate for gate, v in zip(row, W2.T, strict=True) if v.any()] for row in on]
    near = np.abs(X @ W1) < 1e-12
    assert (found.on == np.reshape(on, found.on.shape))[~near].all()
    if not near[:, W1.any(axis=0)].any():
        assert found.patterns == len(set(map(tuple, on)))
        assert found.regions == len(set(map(tuple, acting)))
    assert found.regions <= found.patterns <= len(X)
    for i in range(len(X)):
        assert ((found.on == found.on[i]).all(axis=1) == (found.pattern == found.pattern[i])).all()


@given(networks_on_samples())
def test_samples_of_a_region_share_the_jacobian_and_of_different_ones_generically_do_not(drawn):
    W1, W2, X = drawn
    found, J = regions(W1, W2, X), network_jacobian(W1, W2, X)
    for i in range(len(X)):
        same = found.region == found.region[i]
        assert np.allclose(J[same], J[i], rtol=1e-12, atol=1e-12)
        # Generic decoders and encoders: another set of at most five rank-one maps has another sum.
        assert (np.abs(J[~same] - J[i]).max(axis=(1, 2), initial=0) > 1e-9).all()


def test_patterns_that_only_units_without_effect_tell_apart_are_one_region():
    X, W1 = np.array([[1.0, 1.0], [1.0, -1.0]]), np.eye(2)
    assert (regions(W1, W1, X).patterns, regions(W1, W1, X).regions) == (2, 2)
    found = regions(W1, np.array([[1.0, 0.0], [0.0, 0.0]]), X)
    assert (found.patterns, found.regions) == (2, 1)


@given(networks_on_samples(), st.just(0.0) | st.floats(0.01, 3), st.floats(0, 4))
def test_the_settled_share_by_loops(drawn, sigma, deviations):
    W1, _, X = drawn
    pairs = [(abs(float(w @ x)), float(np.sqrt(w @ w))) for x in X for w in W1.T if w.any()]
    close = sum(abs(size - deviations * sigma * length) < 1e-9 for size, length in pairs)
    expected = sum(size > deviations * sigma * length for size, length in pairs)
    found = settled_share(W1, X, sigma, deviations)
    assert abs(found * len(pairs) - expected) <= close + 1e-9 if pairs else found == 1


def test_settled_and_gates_of_a_stack_are_those_of_each():
    rng = np.random.default_rng(0)
    W1, X = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((6, 4))
    W1[1, 2, :, :] = 0
    shares, gates = settled_share(W1, X, 0.5), gate_pattern(W1, X)
    assert shares.shape == (2, 3)
    assert gates.shape == (2, 3, 6, 5)
    for place in np.ndindex(2, 3):
        assert shares[place] == settled_share(W1[place], X, 0.5)
        assert (gates[place] == gate_pattern(W1[place], X)).all()
    assert shares[1, 2] == 1


def test_the_settled_share_by_hand():
    """|w·x|/‖w‖ = 3, 1, 4: over three deviations of 1 only the last, over two the first and the last."""
    X, W1 = np.array([[3.0, 1.0, -4.0]]), np.diag([2.0, 0.5, 1.0])
    assert settled_share(W1, X, 1.0) == pytest.approx(1 / 3)
    assert settled_share(W1, X, 1.0, 2.0) == pytest.approx(2 / 3)


@settings(max_examples=50)
@given(separable_problems(), st.integers(0, 3), st.data())
def test_predicted_blocks_are_found_whatever_the_order_and_dead_units_are_told(problem, dead, data):
    X, labels, widths, _, _ = problem
    W = block_weights(*problem)
    d, p = W.shape
    if gate_margin(W, X, labels, widths) <= 1e-9:
        return
    tiny = 1e-5 * np.sqrt((W**2).sum()) * data.draw(rotations(d))[:, :1] * np.ones(dead)
    order = np.array(data.draw(st.permutations(range(p + dead))), dtype=int)
    scales = np.random.default_rng(data.draw(seeds())).uniform(0.5, 2, p + dead)
    W1, W2 = (np.hstack([W, tiny])[:, order] * each for each in (scales, 1 / scales))
    owner = np.concatenate([np.repeat(np.arange(len(widths)), widths), np.full(dead, DEAD)])[order]
    found = block_allocation(W1, W2, X, labels)
    assert (found.cluster == owner).all()
    assert (found.full == (owner >= 0)).all()
    assert found.widths.tolist() == list(widths)
    assert (found.shared, found.dead) == (0, dead)


@given(networks_on_samples(), st.data())
def test_the_allocation_by_loops(drawn, data):
    W1, W2, X = drawn
    M = data.draw(st.integers(1, len(X)))
    labels = np.array(
        [*range(M), *data.draw(st.lists(st.integers(0, M - 1), min_size=len(X) - M, max_size=len(X) - M))]
    )
    found = block_allocation(W1, W2, X, labels, negligible=0.0)
    on = gate_pattern(W1, X)
    for a in range(W1.shape[1]):
        reached = {int(k) for k, gate in zip(labels, on[:, a], strict=True) if gate}
        expected = SHARED if len(reached) > 1 else DEAD
        if len(reached) == 1:
            expected = reached.pop()
        if not W2[:, a].any():
            expected = DEAD
        assert found.cluster[a] == expected
        assert found.full[a] == (expected >= 0 and on[labels == expected, a].all())
    assert found.widths.tolist() == [(found.cluster == k).sum() for k in range(M)]
    assert found.shared + found.dead + found.widths.sum() == W1.shape[1]


def test_a_live_unit_has_more_than_its_share_of_the_mass():
    """Masses 6, 2, 0: shares 3/4, 1/4, 0."""
    W1, W2 = np.diag([2.0, 1.0, 5.0]), np.diag([3.0, 2.0, 0.0])
    assert live_units(W1, W2).tolist() == [True, True, False]
    assert live_units(W1, W2, 0.2499).tolist() == [True, True, False]
    assert live_units(W1, W2, 0.25).tolist() == [True, False, False]
    assert not live_units(0 * W1, W2, 0.0).any()
    assert live_units(np.stack([W1, 0 * W1]), np.stack([W2, W2])).tolist() == [[True, True, False], [False] * 3]
