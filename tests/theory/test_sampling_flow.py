"""The flow of the memorising weights: its laws against integration by SciPy, by hand, and their symmetries."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from tests.strategies import rotations, seeds
from theory.block_minimizer import memorizing_weights
from theory.sampling_flow import (
    falling_levels,
    flow_limit,
    gate_strengths,
    lone_factor,
    lone_factor_in_steps,
    memorizing_denoiser,
)
from theory.separability import regular_simplex


def integrated(y, X, start, end, weight_decay):
    """One start followed by an adaptive integrator in log σ, with f written out sample by sample."""

    def slope(log_sigma, point):
        squared, n = np.exp(2 * log_sigma), len(X)
        denoised = np.zeros_like(point)
        for x in X:
            norm = x @ x
            denoised += x * max(x @ point, 0.0) * (1 - n * weight_decay / norm) / (norm + squared)
        return point - denoised

    return solve_ivp(slope, (np.log(start), np.log(end)), y, rtol=1e-13, atol=1e-15, method="DOP853").y[:, -1]


@st.composite
def simplices(draw):
    """Opposed samples of unequal norms in any dimension."""
    M = draw(st.integers(2, 4))
    d = draw(st.integers(M - 1, 5))
    norms = np.array(draw(st.lists(st.floats(0.5, 2.0), min_size=M, max_size=M)))
    return norms[:, None] * regular_simplex(M, d) @ draw(rotations(d))


@given(simplices(), st.floats(0.0, 2.0), st.floats(0.0, 0.99), seeds())
def test_the_denoiser_is_the_network_of_the_level(X, sigma, share, seed):
    weight_decay = share * (X**2).sum(axis=1).min() / len(X)
    y = np.random.default_rng(seed).standard_normal((3, X.shape[1]))
    W = memorizing_weights(X, sigma, weight_decay)
    found = memorizing_denoiser(y, X, sigma, weight_decay)
    for row, point in zip(found, y, strict=True):
        assert np.allclose(row, sum(w * max(w @ point, 0.0) for w in W.T), atol=1e-13)


@settings(max_examples=20)
@given(st.floats(0.3, 2.0), st.integers(1, 3), st.floats(0.2, 3.0), st.floats(0.05, 0.9), st.floats(0.0, 0.9))
def test_a_lone_gate_follows_its_law(norm, d, start, share, decay_share):
    """One sample, so that its gate is alone; across it the flow goes with σ."""
    X, end, weight_decay = norm * np.eye(1, d), share * start, decay_share * norm**2
    y = np.full(d, 0.7)
    found = integrated(y, X, start, end, weight_decay)
    assert found[0] == pytest.approx(0.7 * lone_factor(norm**2, start, end, 1, weight_decay), rel=1e-9)
    assert np.allclose(found[1:], 0.7 * end / start, rtol=1e-9)


@given(st.floats(0.3, 2.0), st.floats(0.2, 3.0), st.integers(1, 5))
def test_the_factor_at_the_ends_of_its_range(norm, start, n):
    assert lone_factor(norm**2, start, start, n, 0.01) == 1
    assert lone_factor(norm**2, start, 0.0, n, 0.0) == pytest.approx(norm / np.hypot(norm, start), rel=1e-13)
    assert lone_factor(norm**2, start, 0.0, n, 0.01) == 0
    # The decay counts by n·λ alone.
    assert lone_factor(norm**2, start, 0.1, n, 0.01) == pytest.approx(
        lone_factor(norm**2, start, 0.1, 1, 0.01 * n), rel=1e-13
    )


@given(st.floats(0.3, 2.0), st.floats(0.2, 3.0), st.floats(0.0, 0.9), st.integers(1, 4))
def test_steps_multiply_and_tend_to_the_flow(norm, start, share, n):
    weight_decay = share * norm**2 / n
    levels = np.array([start, 0.5 * start, 0.2 * start, 0.0])
    by_hand = 1.0
    for high, low in ((1.0, 0.5), (0.5, 0.2), (0.2, 0.0)):
        gain = (norm**2 - n * weight_decay) / (norm**2 + (high * start) ** 2)
        by_hand *= gain + low / high * (1 - gain)
    found = lone_factor_in_steps(norm**2, levels, n, weight_decay)
    assert found == pytest.approx(by_hand, rel=1e-13)
    if weight_decay == 0:
        assert found < lone_factor(norm**2, start, 0.0, n, 0.0)
    fine = np.geomspace(start, 0.1 * start, 5000)
    flow = lone_factor(norm**2, start, 0.1 * start, n, weight_decay)
    assert lone_factor_in_steps(norm**2, fine, n, weight_decay) == pytest.approx(flow, rel=1e-3)
    assert lone_factor_in_steps(norm**2, np.array([start]), n, weight_decay) == 1


@settings(max_examples=25)
@given(st.floats(0.55, 0.95), st.floats(0.5, 2.0), st.floats(0.5, 2.0), st.floats(0.3, 3.0), seeds())
def test_two_samples_against_integration(angle, first, second, sigma, seed):
    X = np.array([[first, 0.0, 0.0], [second * np.cos(np.pi * angle), second * np.sin(np.pi * angle), 0.0]])
    y = sigma * np.random.default_rng(seed).standard_normal(3)
    q = gate_strengths(y[None], X, sigma)[0]
    assume(abs(q[0] - q[1]) >= 0.2 * q.sum())
    end = integrated(y, X, sigma, 1e-8 * sigma, 0.0)
    assert np.allclose(end, flow_limit(y[None], X, sigma)[0], atol=1e-6 * (1 + np.linalg.norm(y)))


@given(simplices(), st.floats(0.3, 3.0), st.floats(0.1, 9.0), seeds())
def test_the_limit_keeps_rays_and_turns_with_the_samples(X, sigma, factor, seed):
    rng = np.random.default_rng(seed)
    y = sigma * rng.standard_normal((4, X.shape[1]))
    y = y[(gate_strengths(y, X, sigma) > 0).sum(axis=1) <= 2]
    assume(len(y))
    turn = np.linalg.qr(rng.standard_normal((X.shape[1],) * 2))[0]
    limit = flow_limit(y, X, sigma)
    assert np.allclose(flow_limit(factor * y, X, sigma), factor * limit, rtol=1e-7, atol=1e-7)
    assert np.allclose(flow_limit(y @ turn, X @ turn, sigma), limit @ turn, atol=1e-7 * np.abs(y).max())


def test_limits_by_hand():
    X = np.array([[3.0, 0.0], [-4.0, 3.0]])
    # σ² = 16: x_1·y/5 and x_2·y/√41.
    y = np.array([[5.0, 0.0], [-1.0, -2.0], [0.0, 1.0], [5.0, 7.0]])
    assert np.allclose(gate_strengths(y, X, 4.0), [[3, 0], [0, 0], [0, 3 / 41**0.5], [3, 1 / 41**0.5]], rtol=1e-14)
    expected = [[3.0, 0.0], [0.0, 0.0], np.array([-4.0, 3.0]) * 0.6 / 41**0.5, [(9 - 1 / 41) ** 0.5, 0.0]]
    assert np.allclose(flow_limit(y, X, 4.0), expected, rtol=1e-13)


def test_equal_strengths_return_nothing():
    X = np.array([[2.0, 1.0], [-2.0, 1.0]])
    assert (flow_limit(np.array([[0.0, 1.0]]), X, 1.0) == 0).all()


def test_one_sample_is_returned_in_half_the_space():
    assert np.array_equal(flow_limit(np.array([[2.0], [-2.0]]), np.array([[4.0]]), 3.0), [[8 / 5], [0.0]])


def test_three_open_gates_have_no_closed_form():
    X = 1.1 * np.eye(3) - 0.1
    with pytest.raises(ValueError, match=r"y must open at most two gates, got 3 opened by y\[1\]"):
        flow_limit(np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]), X, 1.0)


def test_levels_fall_to_zero_at_most():
    assert falling_levels(np.array([3.0, 1.0, 0.0])).tolist() == [3.0, 1.0, 0.0]
    assert falling_levels(np.array([2.0])).tolist() == [2.0]
