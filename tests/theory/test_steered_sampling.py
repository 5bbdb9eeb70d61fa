"""Steering through a sampler: ends step by step, slopes by differences, pieces that join, a switch by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import seeds
from theory.steered_sampling import Level, piece, pieces
from theory.steering import gate_crossings, steered


def drawn(seed, d, p, steps):
    rng = np.random.default_rng(seed)
    levels = np.sort(rng.uniform(0.1, 2.0, size=steps + 1))[::-1]
    levels[-1] = rng.choice([0.0, levels[-1]])
    networks = [Level(rng.uniform(0, 1), *rng.standard_normal((2, d, p)), rng.standard_normal(p)) for _ in range(steps)]
    return networks, levels, rng.standard_normal(d)


def sampled(networks, levels, start, strength):
    y = start
    for (skip, W1, W2, v), high, low in zip(networks, levels[:-1], levels[1:], strict=True):
        clean = skip * y + sum((max(W1[:, k] @ y, 0.0) + strength * v[k]) * W2[:, k] for k in range(len(v)))
        y = clean + (low / high) * (y - clean)
    return y


shapes = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4))


@settings(max_examples=40)
@given(seeds(), shapes, st.floats(-2, 2))
def test_the_end_is_what_the_sampler_gives_anywhere_in_the_piece(seed, shape, strength):
    problem = drawn(seed, *shape)
    found = piece(*problem, strength)
    scale = 1 + np.abs(found.end).max()
    assert np.allclose(found.end, sampled(*problem, strength), atol=1e-10 * scale)
    assert found.low <= strength <= found.high
    low, high = max(found.low, strength - 1), min(found.high, strength + 1)
    for share in (0.01, 0.5, 0.99):
        at = low + share * (high - low)
        assert np.allclose(found.ending(at), sampled(*problem, at), atol=1e-9 * (scale + np.abs(found.slope).max()))


@settings(max_examples=40)
@given(seeds(), shapes)
def test_a_piece_ends_where_a_gate_switches(seed, shape):
    problem = drawn(seed, *shape)
    found = piece(*problem, 0.5)
    assume(np.isfinite(found.high) and found.high < 1e3)

    def gates(strength):
        y, seen = problem[2], []
        for (skip, W1, W2, v), kept in zip(problem[0], problem[1][1:] / problem[1][:-1], strict=True):
            seen.append(y @ W1 > 0)
            clean = skip * y + W2 @ (np.maximum(y @ W1, 0) + strength * v)
            y = clean + kept * (y - clean)
        return np.concatenate(seen)

    step = 1e-6 * (1 + found.high)
    assert (gates(found.high - step) != gates(found.high + step)).any()


@settings(max_examples=20)
@given(seeds(), shapes)
def test_pieces_cover_the_strengths_and_join(seed, shape):
    problem = drawn(seed, *shape)
    walked = list(pieces(*problem, 2.0))
    assert (walked[0].low, walked[-1].high) == (0.0, 2.0)
    for before, after in pairwise(walked):
        assert before.high == after.low
        scale = 1 + np.abs(after.end).max() + np.abs(after.slope).max() + np.abs(before.slope).max()
        assert np.allclose(before.ending(after.low), after.ending(after.low), atol=1e-8 * scale)
    assert np.allclose(walked[-1].ending(2.0), sampled(*problem, 2.0), atol=1e-8 * (1 + np.abs(walked[-1].end).max()))


@settings(max_examples=30)
@given(seeds(), st.integers(1, 4), st.integers(1, 5))
def test_decoded_and_encoded_again_is_the_closed_form(seed, d, p):
    # One network without skip at two levels, of which the second takes nothing over: steered twice.
    networks, _, y = drawn(seed, d, p, 1)
    _, W1, W2, v = networks[0]
    v = np.abs(v)
    twice = [Level(0.0, W1, W2, v), Level(0.0, W1, W2, 0 * v)]
    levels = np.array([1.0, 1e-300, 0.0])
    found = piece(twice, levels, y, 1e-9)
    crossings = gate_crossings(W1, W2, y[None], v)[0]
    later = crossings[crossings > 1e-9]
    assert np.isclose(found.high, later.min(initial=np.inf), rtol=1e-6)
    again = np.maximum(steered(W1, W2, y[None], v, 1e-9) @ W1, 0) @ W2.T
    assert np.allclose(found.end, again[0], atol=1e-9 * (1 + np.abs(again).max()))


def test_a_switch_by_hand():
    # f(y) = [y]_+ at both levels; pushed by v = −1 from y = 2, half of which is kept: (2 − a + 2)/2 closes at a = 4.
    unit = np.ones((1, 1))
    networks = [Level(0.0, unit, unit, -np.ones(1)), Level(0.0, unit, unit, np.zeros(1))]
    found = piece(networks, np.array([2.0, 1.0, 0.0]), np.array([2.0]), 1.0)
    assert (found.low, found.high) == (-np.inf, 4.0)
    assert np.allclose([found.end[0], found.slope[0]], [1.5, -0.5])
    after = piece(networks, np.array([2.0, 1.0, 0.0]), np.array([2.0]), 5.0)
    assert (after.low, after.high) == (4.0, np.inf)
    assert (after.end[0], after.slope[0]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": np.array([0.5, 1.0, 2.0])}, "levels must fall"),
        ({"levels": np.array([1.0, 0.5])}, "networks must be one for each of 2 levels but the last, got 2"),
        ({"networks": [], "levels": np.array([1.0])}, "networks must be one for each of 1 levels but the last, got 0"),
    ],
)
def test_bad_problems_are_named(change, message):
    networks, levels, start = drawn(0, 2, 3, 2)
    with pytest.raises(ValueError, match=message):
        piece(**{**{"networks": networks, "levels": levels, "start": start, "strength": 0.0}, **change})
