"""What counts as stored: by hand on networks of one or two units, and unchanged by every symmetry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.block_minimizer import memorizing_weights
from theory.gaussian_relu import mean
from theory.separability import regular_simplex
from theory.storage import responses, storage

SEEDS = st.integers(0, 10_000)
X = np.eye(3)


def unit(*weights: float) -> np.ndarray:
    return np.array(weights, dtype=float)[:, None]


def test_the_memorising_weights_store_every_sample():
    samples = 2 * regular_simplex(4, 3)
    W = memorizing_weights(samples, 0.05, 0.01)
    found = storage(W, W, samples, 0.05)
    assert found.stored.all()
    assert found.own_share == pytest.approx(1.0, abs=1e-6)
    assert found.gain == pytest.approx((4 - 0.04) / (4 + 0.05**2), rel=1e-6)


def test_by_hand_without_noise():
    W1, W2 = np.hstack([unit(1, 0.2, 0), unit(0, 1, 1)]), np.hstack([unit(0.9, 0, 0), unit(0, 0.5, 0.5)])
    found = storage(W1, W2, X, 0.0)
    assert found.gain == pytest.approx([0.9, 0.5, 0.5])
    assert found.own_share == pytest.approx([1.0, 0.0, 0.0])
    assert found.stored.tolist() == [True, False, False]


@pytest.mark.parametrize(("leak", "own"), [(0.249, True), (0.251, False)])
def test_a_unit_is_own_while_no_other_sample_gets_a_quarter(leak, own):
    assert storage(unit(1, leak, 0), unit(1, 0, 0), X, 0.0).stored[0] == own


@pytest.mark.parametrize(("share", "stored"), [(0.51, True), (0.49, False)])
def test_most_of_what_comes_back_must_pass_own_units(share, stored):
    W1, W2 = np.hstack([unit(1, 0, 0), unit(1, 1, 1)]), np.hstack([unit(share, 0, 0), unit(1 - share, 0, 0)])
    found = storage(W1, W2, X, 0.0)
    assert found.own_share[0] == pytest.approx(share)
    assert found.stored.tolist() == [stored, False, False]


@pytest.mark.parametrize(("gain", "stored"), [(0.011, True), (0.009, False), (-0.5, False)])
def test_something_must_come_back(gain, stored):
    found = storage(unit(1, 0, 0), unit(gain, 0, 0), X, 0.0)
    assert found.gain[0] == pytest.approx(gain)
    assert found.stored.tolist() == [stored, False, False]
    assert found.own_share[0] == (1.0 if stored else 0.0)


def test_copies_are_one_sample():
    samples = X[[0, 0, 1, 2, 0]]
    found = storage(unit(1, -1, -1), unit(1, 0, 0), samples, 0.0)
    assert found.stored.tolist() == [True, True, False, False, True]


def test_a_sample_at_the_origin_and_an_empty_network_store_nothing():
    assert not storage(unit(1, 0, 0), unit(1, 0, 0), np.zeros((2, 3)), 0.3).stored.any()
    assert not storage(np.zeros((3, 0)), np.zeros((3, 0)), X, 0.1).stored.any()
    assert not storage(np.zeros((3, 2)), np.zeros((3, 2)), X, 0.1).stored.any()


def test_one_sample_alone_is_stored_by_any_unit_that_returns_it():
    assert storage(unit(1), unit(0.5), unit(2), 0.1).stored.tolist() == [True]


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 5), st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.1, 10.0]))
def test_symmetries_change_nothing(seed, n, d, p, scale):
    rng = np.random.default_rng(seed)
    samples, (W1, W2) = rng.standard_normal((n, d)), rng.standard_normal((2, d, p))
    sigma = float(rng.uniform(0, 0.5))
    found = storage(W1, W2, samples, sigma)
    t = rng.uniform(0.5, 2.0, p)
    order = rng.permutation(p)
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    split = np.repeat(np.arange(p), 2)
    for other in (
        storage(W1 * t, W2 / t, samples, sigma),
        storage(W1[:, order], W2[:, order], samples, sigma),
        storage(turn @ W1, turn @ W2, samples @ turn.T, sigma),
        storage(W1, W2, scale * samples, scale * sigma),
        storage(W1[:, split] * 0.5, W2[:, split], samples, sigma),
    ):
        np.testing.assert_allclose(other.gain, found.gain, atol=1e-9)
        np.testing.assert_allclose(other.own_share, found.own_share, atol=1e-6)


@settings(max_examples=20)
@given(SEEDS)
def test_responses_are_means_of_rectified_gaussians(seed):
    rng = np.random.default_rng(seed)
    samples, W = rng.standard_normal((3, 2)), rng.standard_normal((2, 4))
    expected = [[mean(float(x @ w), 0.3 * float(np.linalg.norm(w))) for w in W.T] for x in samples]
    np.testing.assert_allclose(responses(W, samples, 0.3), expected, rtol=1e-12)
