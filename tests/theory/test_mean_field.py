"""The mean-field objective against the exact one where it is exact; its gradient, its decoder, where it relaxes to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from numerics.objective import expected_loss
from theory.block_minimizer import block_weights, frozen_loss, memorizing_weights
from theory.mean_field import _profile, mean_field_errors, mean_field_loss, relax
from theory.separability import regular_simplex

SEEDS = st.integers(0, 10_000)


def network(seed: int, n: int, d: int, p: int):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), *rng.standard_normal((2, d, p))


@given(SEEDS, st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.0, 0.3, 2.0]))
def test_exact_for_one_unit(seed, n, d, sigma):
    X, W1, W2 = network(seed, n, d, 1)
    assert mean_field_loss(W1, W2, X, sigma, 0.1) == pytest.approx(expected_loss(W1, W2, X, sigma, 0.1), rel=1e-10)


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 4), st.integers(2, 4), st.sampled_from([0.3, 2.0]))
def test_exact_for_perpendicular_units(seed, n, d, sigma):
    X, W1, W2 = network(seed, n, d, d)
    W1 = np.linalg.qr(W1)[0]
    assert mean_field_loss(W1, W2, X, sigma, 0.1) == pytest.approx(expected_loss(W1, W2, X, sigma, 0.1), rel=1e-10)


@given(SEEDS, st.integers(1, 4), st.integers(1, 3), st.integers(0, 4))
def test_exact_without_noise(seed, n, d, p):
    X, W1, W2 = network(seed, n, d, p)
    assert mean_field_loss(W1, W2, X, 0.0, 0.1) == pytest.approx(expected_loss(W1, W2, X, 0.0, 0.1), rel=1e-10)


def test_exact_for_blocks_with_settled_gates():
    rng = np.random.default_rng(3)
    X = np.repeat(regular_simplex(2, 3), 4, axis=0) + 0.1 * rng.standard_normal((8, 3))
    labels, widths = np.repeat([0, 1], 4), [2, 2]
    W = block_weights(X, labels, widths, 0.01, 1e-4)
    assert mean_field_loss(W, W, X, 0.01, 1e-4) == pytest.approx(frozen_loss(W, W, X, labels, widths, 0.01, 1e-4))


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 3), st.integers(2, 4))
def test_the_errors_differ_from_the_exact_ones_to_second_order_in_the_correlation(seed, n, p):
    X, W1, W2 = network(seed, n, p, p)
    Q = np.linalg.qr(W1)[0]
    apart, tilts = [], (2e-3, 1e-3)
    for tilt in tilts:
        tilted = Q + tilt * W2
        exact, close = expected_loss(tilted, W2, X, 0.7, 0.0), mean_field_errors(tilted, W2, X, 0.7).mean()
        apart.append(abs(exact - close))
    # The third order counts where the second happens to be small.  A first order would leave half of `apart[0]`.
    size = np.linalg.norm(W2)
    assert apart[1] <= 0.3 * apart[0] + (tilts[1] * size) ** 3 * size**2


def profiled(seed, n, d, p, weight_decay):
    """A random problem with copies, what `_profile` says of it per sample, and the decoder it finds."""
    X, W1, W2 = network(seed, n, d, p)
    counts = np.random.default_rng(seed).integers(1, 4, n)
    total, _, best = _profile(W1, X, counts[:, None].astype(float), 0.4, counts.sum() * weight_decay)
    return np.repeat(X, counts, axis=0), W1, W2, total / counts.sum(), best


@given(SEEDS, st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.sampled_from([0.01, 0.2]))
def test_profile_is_the_loss_at_a_decoder_that_no_other_beats(seed, n, d, p, weight_decay):
    X, W1, W2, value, best = profiled(seed, n, d, p, weight_decay)
    loss = mean_field_loss(W1, best, X, 0.4, weight_decay)
    assert value == pytest.approx(loss, rel=1e-9)
    for step in (W2, 1e-3 * W2, -1e-3 * W2):
        assert mean_field_loss(W1, best + step, X, 0.4, weight_decay) >= loss - 1e-12


@given(SEEDS, st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
def test_without_decay_units_told_apart_get_the_best_decoder(seed, n, d, p):
    X, W1, _, value, best = profiled(seed, n, d, p, 0.0)
    loss = mean_field_loss(W1, best, X, 0.4, 0.0)
    # Nearly equal units get large decoders that cancel, and the loss is rounded accordingly.
    rounding = 1e-14 * (best**2).sum() * (W1**2).sum() * ((X**2).sum(axis=1) + d * 0.4**2).max()
    assert value == pytest.approx(loss, rel=1e-9, abs=rounding)
    held_back = profiled(seed, n, d, p, 0.01)[-1]
    assert loss <= mean_field_loss(W1, held_back, X, 0.4, 0.0) + rounding + 1e-8 * (X**2).sum()


@given(SEEDS, st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.sampled_from([0.2, 1.0]))
def test_the_gradient_is_that_of_finite_differences(seed, n, d, p, sigma):
    X, W1, direction = network(seed, n, d, p)
    counts = np.random.default_rng(seed).integers(1, 4, n)[:, None].astype(float)
    slope = float((_profile(W1, X, counts, sigma, 0.5)[1] * direction).sum())
    high, low = (_profile(W1 + step * direction, X, counts, sigma, 0.5)[0] for step in (1e-5, -1e-5))
    assert (high - low) / 2e-5 == pytest.approx(slope, rel=1e-5, abs=1e-5 * float((counts * X**2).sum()))


def test_dead_units_have_no_slope_and_stay():
    X, W1, _ = network(0, 3, 2, 3)
    W1[:, 1] = 0.0
    _, slope, W2 = _profile(W1, X, np.ones((3, 1)), 0.3, 0.1)
    assert not slope[:, 1].any()
    np.testing.assert_allclose(W2[:, 1], 0.0, atol=1e-12)
    found = relax(X, W1, 0.3, 0.1, 5)
    assert not found.W1[:, 1].any()
    assert not found.W2[:, 1].any()


def test_separable_samples_relax_to_the_memorising_weights():
    X = np.array([1.0, 1.3, 0.8, 1.1])[:, None] * regular_simplex(4, 3)
    W = memorizing_weights(X, 0.02, 0.01)
    rng = np.random.default_rng(0)
    found = relax(X, W + 0.02 * rng.standard_normal(W.shape), 0.02, 0.01, 500)
    np.testing.assert_allclose(found.W1, W, atol=1e-4)
    np.testing.assert_allclose(found.W2, W, atol=1e-4)


# A unit of a thousandth of the others' length, whose decoder is as well known as theirs.
@example(955, 1, 1, 4, 0.0)
@settings(max_examples=40)
@given(SEEDS, st.integers(1, 5), st.integers(1, 3), st.integers(0, 4), st.sampled_from([0.0, 0.05]))
def test_relaxing_never_raises_the_loss_and_balances(seed, n, d, p, weight_decay):
    X, W1, _ = network(seed, n, d, p)
    X = X[np.arange(n) // 2]
    at_once, later = (relax(X, W1, 0.3, weight_decay, steps) for steps in (0, 20))
    assert later.loss <= at_once.loss + 1e-12
    for found in (at_once, later):
        assert found.loss == pytest.approx(mean_field_loss(found.W1, found.W2, X, 0.3, weight_decay), rel=1e-8)
        np.testing.assert_allclose(np.linalg.norm(found.W1, axis=0), np.linalg.norm(found.W2, axis=0), atol=1e-9)


def test_copies_weigh_as_often_as_they_occur():
    X, W1, _ = network(5, 3, 2, 3)
    once, often = relax(X, W1, 0.3, 0.05, 30), relax(np.repeat(X, 2, axis=0), W1, 0.3, 0.05, 30)
    assert once.loss == pytest.approx(often.loss, rel=1e-9)
