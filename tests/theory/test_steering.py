"""Steering: affine answers, the strengths at which gates switch, and where sampling turns to the other sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import networks, rotations, seeds
from theory.block_minimizer import memorizing_weights
from theory.sampling_flow import flow_limit, gate_strengths, memorizing_denoiser
from theory.steering import (
    FIRST,
    LEVEL,
    OPPOSITION,
    SECOND,
    STRENGTH,
    STRENGTH_FROM,
    STRENGTH_TOWARDS,
    gate_crossings,
    steered,
    switching_strength,
)


@given(st.data(), st.integers(1, 4), st.integers(0, 5), st.floats(-3.0, 3.0), seeds())
def test_the_answer_is_the_decoded_sum(data, d, p, strength, seed):
    W1, W2 = data.draw(networks(d, p))
    rng = np.random.default_rng(seed)
    y, v = rng.standard_normal((2, d)), rng.standard_normal(p)
    found = steered(W1, W2, y, v, strength)
    for row, point in zip(found, y, strict=True):
        expected = sum((W2[:, a] * (max(W1[:, a] @ point, 0.0) + strength * v[a]) for a in range(p)), start=np.zeros(d))
        assert np.allclose(row, expected, atol=1e-12)


@given(st.data(), st.integers(1, 4), st.integers(1, 5), seeds())
def test_gates_switch_at_their_crossing_and_nowhere_else(data, d, p, seed):
    W1, W2 = data.draw(networks(d, p))
    rng = np.random.default_rng(seed)
    y, v = rng.standard_normal((3, d)), rng.standard_normal(p)
    crossings = gate_crossings(W1, W2, y, v)
    assert crossings.shape == (3, p)
    assert (crossings > 0).all()
    for point, row in zip(y[:, None], crossings, strict=True):

        def responses(strength, point=point):
            return (steered(W1, W2, point, v, strength) @ W1)[0]

        for unit in range(p):
            at = row[unit]
            if np.isfinite(at):
                before, after = responses(0.999 * at)[unit], responses(1.001 * at)[unit]
                assert before * after <= 0
                assert abs(responses(at)[unit]) <= 1e-9 * (1 + at + np.abs(responses(0.0)).max())
            else:
                assert np.sign(responses(0.0)[unit]) * responses(50.0)[unit] >= -1e-9


def test_crossings_by_hand():
    eye = np.eye(2)
    W = np.array([[1.0, -1.0], [0.0, 1.0]])
    # f = W[Wᵀy]_+: at (1, 0) it is (1, 0); the push W(0, 1) = (−1, 1) has responses −1 and 2 against 1 and −1.
    found = gate_crossings(W, W, np.array([[1.0, 0.0]]), np.array([0.0, 1.0]))
    assert np.array_equal(found, [[1.0, 0.5]])
    assert np.array_equal(gate_crossings(eye, eye, np.ones((1, 2)), np.array([0.0, -0.5])), [[np.inf, 2.0]])
    assert np.array_equal(gate_crossings(eye, eye, -np.ones((1, 2)), np.array([1.0, 1.0])), [[np.inf, np.inf]])


@settings(max_examples=60)
@given(st.floats(0.55, 0.95), st.floats(0.5, 2.0), st.floats(0.5, 2.0), st.floats(0.1, 3.0), st.data())
def test_sampling_turns_at_the_switch(angle, first, second, sigma, data):
    X = np.array([[first, 0.0, 0.0], [second * np.cos(np.pi * angle), second * np.sin(np.pi * angle), 0.0]])
    X = X @ data.draw(rotations(3))
    clean = memorizing_denoiser(X, X, sigma, 0.0)
    switch = switching_strength(X, sigma)
    W = memorizing_weights(X, sigma, 0.0)
    code = np.maximum(X[1] @ W, 0.0)
    for share, winner in ((0.999, 0), (1.001, 1)):
        start = steered(W, W, X[:1], code, share * switch)
        assert np.allclose(start, clean[:1] + share * switch * clean[1:], rtol=1e-9, atol=1e-12)
        end = flow_limit(start, X, sigma)[0]
        assert end @ X[winner] > 0
        assert np.linalg.norm(np.outer(end, X[winner]) - np.outer(X[winner], end)) <= 1e-9 * np.linalg.norm(X)
    at_switch = np.linalg.norm(flow_limit(clean[:1] + switch * clean[1:], X, sigma))
    assert at_switch <= 1e-6 * np.linalg.norm(clean[0])


def test_the_switch_by_hand():
    # Equal lengths: by symmetry at strength one.
    assert switching_strength(np.array([[2.0, 0.0], [-1.0, 3**0.5]]), 0.7) == pytest.approx(1.0, rel=1e-14)
    # N = 3 and 8, C = 3, T = 1, D = 2 and 3, g = 3/4 and 8/9: (3/4)(9 + 6)/((8/9)(16 + 9)).
    X = np.array([[3**0.5, 0.0], [-(3**0.5), 5**0.5]])
    assert switching_strength(X, 1.0) == pytest.approx(0.50625, rel=1e-14)


def test_the_symbols_are_the_strengths_at_the_start():
    X, sigma, strength = np.array([[1.0, 0.5], [-1.0, 1.0]]), 0.75, 0.9
    values = {FIRST: X[0] @ X[0], SECOND: X[1] @ X[1], OPPOSITION: -X[0] @ X[1], LEVEL: sigma, STRENGTH: strength}
    clean = memorizing_denoiser(X, X, sigma, 0.0)
    expected = gate_strengths(clean[:1] + strength * clean[1:], X, sigma)[0]
    assert expected.min() > 0
    assert np.allclose([float(q.subs(values)) for q in (STRENGTH_FROM, STRENGTH_TOWARDS)], expected, rtol=1e-12)
