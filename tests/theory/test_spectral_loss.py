"""Population gains and losses against matrices, exact fractions and fresh samples."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import noise_levels, rotations, seeds
from theory import linear_autoencoder as la
from theory.spectral_loss import (
    CLUSTER_SIZE,
    DIRECTION_TEST_LOSS,
    LIMITING_GAIN,
    MIXING,
    MOMENT,
    SIGMA,
    TEST_LOSS_AT_GAIN,
    WEIGHT_DECAY,
    direction_test_loss,
    limiting_gains,
)

MOMENTS = st.lists(st.just(0.0) | st.floats(1e-3, 20.0), max_size=6)


@given(MOMENTS, st.floats(0.01, 1.0), noise_levels(), st.just(0.0) | st.floats(1e-3, 5.0))
def test_limiting_gains_are_the_soft_threshold_in_exact_fractions(moments, mixing, sigma, weight_decay):
    found = limiting_gains(np.array(moments), mixing, sigma, weight_decay)
    assert found.shape == (len(moments),)
    threshold = Fraction(weight_decay) / Fraction(mixing)
    for s, gain in zip(moments, found, strict=True):
        exact = (Fraction(s) - threshold) / (Fraction(s) + Fraction(sigma) ** 2) if s > threshold else Fraction(0)
        assert gain == pytest.approx(float(exact), rel=1e-9, abs=1e-13)


@given(st.integers(1, 5), st.data(), seeds(), st.floats(0.1, 1.0), st.floats(0.05, 1.0))
def test_a_large_cluster_has_the_limiting_gains(d, data, seed, mixing, sigma):
    """A cluster whose Gram matrix is n_k·S exactly, in a data set of n_k/ρ samples, in Lemma D.1."""
    spectrum = np.random.default_rng(seed).uniform(0.5, 3.0, d)
    Q = data.draw(rotations(d))
    members = np.sqrt(d * spectrum)[:, None] * Q.T
    weight_decay = 0.3 * spectrum.min() * mixing
    # d samples of the cluster; the decay of the whole objective is nλ with n = d/ρ.
    denoiser = la.optimal_weights(members, d, sigma, weight_decay / mixing)
    found = limiting_gains(spectrum, mixing, sigma, weight_decay)
    assert np.allclose(np.linalg.eigvalsh(denoiser @ denoiser.T), np.sort(found), atol=1e-9)


@given(MOMENTS, noise_levels())
def test_the_loss_of_a_direction_is_the_least_over_all_gains(moments, sigma):
    losses = direction_test_loss(np.array(moments), sigma)
    assert losses.shape == (len(moments),)
    for s, loss in zip(moments, losses, strict=True):
        if s == 0:
            assert loss == 0
        else:
            cost = lambda a, s=s: (1 - a) ** 2 * s + a**2 * sigma**2  # noqa: E731
            best = scipy.optimize.minimize_scalar(cost, bounds=(-0.5, 1.5), options={"xatol": 1e-10}).fun
            assert loss == pytest.approx(best, rel=1e-8, abs=1e-12)


def test_the_loss_of_a_direction_keeps_the_shape_of_its_argument():
    moments = np.array([[1.0, 0.0, 3.0], [0.5, 2.0, 0.0]])
    assert np.allclose(direction_test_loss(moments, 2.0), [[0.8, 0, 12 / 7], [2 / 4.5, 8 / 6, 0]], rtol=1e-15)


def test_the_error_of_a_gain_is_what_fresh_samples_show():
    """Mean of (a(x + σε) − x)² over 10^6 draws, x² of mean s: |z| < 5, false alarms 6e-7; the seed is fixed."""
    s, sigma, gain = 1.7, 0.6, 0.55
    rng = np.random.default_rng(11)
    x, noise = np.sqrt(s) * rng.standard_normal(10**6), sigma * rng.standard_normal(10**6)
    errors = (gain * (x + noise) - x) ** 2
    exact = float(TEST_LOSS_AT_GAIN.subs({MOMENT: s, SIGMA: sigma, la.GAIN_SYMBOL: gain}))
    assert abs(errors.mean() - exact) < 5 * errors.std() / 1e3
    # Five standard errors are far less than either term alone.
    assert 5 * errors.std() / 1e3 < 0.02 * gain**2 * sigma**2 / 0.3


def test_the_symbols_agree_with_one_another():
    best = sp.solve(sp.diff(TEST_LOSS_AT_GAIN, la.GAIN_SYMBOL), la.GAIN_SYMBOL)
    assert best == [sp.simplify(LIMITING_GAIN.subs(WEIGHT_DECAY, 0))]
    assert sp.simplify(TEST_LOSS_AT_GAIN.subs(la.GAIN_SYMBOL, best[0]) - DIRECTION_TEST_LOSS) == 0
    assert not LIMITING_GAIN.has(CLUSTER_SIZE)
    assert LIMITING_GAIN.subs({MOMENT: 3, MIXING: sp.Rational(1, 2), SIGMA: 2, WEIGHT_DECAY: 1}) == sp.Rational(1, 7)
