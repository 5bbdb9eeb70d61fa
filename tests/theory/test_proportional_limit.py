"""Losses of full-rank blocks as d/n → c: the fixed point, its derivative, resolvents, and simulated blocks."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numerics.block_draws import draw_blocks
from theory import proportional_limit as pl
from theory.spectral_loss import SIGMA, direction_test_loss

SPECTRA = st.lists(st.just(0.0) | st.floats(0.01, 20.0), min_size=1, max_size=6).map(np.array)
RATIOS, SIGMAS = st.floats(0.02, 30.0), st.floats(0.05, 4.0)


@given(SPECTRA, RATIOS, SIGMAS)
def test_the_noise_solves_its_equation_and_the_shares_are_its_own(spectrum, ratio, sigma):
    noise, first, second = pl.equivalent(spectrum, ratio, sigma)
    shares = [s / (s + noise) for s in spectrum]
    assert first == pytest.approx(np.mean(shares), rel=1e-12)
    assert second == pytest.approx(np.mean(np.square(shares)), rel=1e-12)
    assert noise == pytest.approx(sigma**2 + ratio * noise * first, rel=1e-11)
    assert noise >= sigma**2


@given(RATIOS, SIGMAS, st.floats(0.01, 20.0))
def test_an_isotropic_cluster_has_the_root_of_a_quadratic(ratio, sigma, variance):
    values = {pl.RATIO: sp.Rational(ratio), SIGMA: sp.Rational(sigma), pl.VARIANCE: sp.Rational(variance)}
    exact = float(pl.ISOTROPIC_NOISE.xreplace(values).evalf(40))
    assert pl.equivalent(np.full(3, variance), ratio, sigma).noise == pytest.approx(exact, rel=1e-11)


@given(SPECTRA, RATIOS, SIGMAS)
def test_losses_are_traces_of_a_resolvent_and_its_derivative(spectrum, ratio, sigma):
    """tr(A R²) = −∂ tr(A R)/∂σ² by differences of the fixed point, A = I and S; R acts like κ/(σ²(S + κ))."""
    S, tau = spectrum, sigma**2

    def traces(t):
        kappa = pl.equivalent(spectrum, ratio, float(np.sqrt(t))).noise
        resolvent = kappa / (t * (S + kappa))
        return np.array([resolvent.mean(), (S * resolvent).mean()])

    h = 1e-4 * tau
    low, high = traces(tau - h), traces(tau + h)
    wide = (traces(tau + 2 * h) - traces(tau - 2 * h)) / (4 * h)
    squared = -(4 * (high - low) / (2 * h) - wide) / 3
    plain = traces(tau)
    weights = 1 - 2 * tau * plain[0] + tau**2 * squared[0]
    size = 1 + S.mean()
    assert pl.train_loss_limit(spectrum, ratio, sigma) == pytest.approx(tau * (1 - tau * plain[0]), abs=1e-7 * size)
    loss = tau**2 * squared[1] + tau * weights
    assert pl.test_loss_limit(spectrum, ratio, sigma) == pytest.approx(loss, abs=1e-7 * size)
    # E D̂ acts like S/(S + κ); D̂² = I − 2σ²R + σ⁴R².
    kept = S / (S + pl.equivalent(spectrum, ratio, sigma).noise)
    answers = S.mean() - 2 * tau * plain[1] + tau**2 * squared[1] + tau * weights
    found = pl.scatter_limit(spectrum, ratio, sigma)
    assert found[0] == pytest.approx(weights - (kept**2).mean(), abs=1e-7)
    assert found[1] == pytest.approx(answers - ((S + tau) * kept**2).mean(), abs=1e-7 * size * (1 + tau))


@given(SPECTRA, RATIOS, SIGMAS, st.floats(0.1, 10.0))
def test_losses_follow_the_unit_of_length(spectrum, ratio, sigma, unit):
    scaled = unit**2 * spectrum
    for loss in (pl.train_loss_limit, pl.test_loss_limit):
        assert loss(scaled, ratio, unit * sigma) == pytest.approx(unit**2 * loss(spectrum, ratio, sigma), rel=1e-9)
    before, after = pl.scatter_limit(spectrum, ratio, sigma), pl.scatter_limit(scaled, ratio, unit * sigma)
    assert after == pytest.approx((before[0], unit**2 * before[1]), rel=1e-8, abs=1e-13)


@given(SPECTRA, SIGMAS)
def test_many_samples_give_the_population_loss_and_the_scatter_of_one_over_n(spectrum, sigma):
    S, tau, ratio = spectrum, sigma**2, 1e-6
    optimum = direction_test_loss(S, sigma).mean()
    assert pl.train_loss_limit(spectrum, ratio, sigma) == pytest.approx(optimum, abs=1e-5 * S.max() + 1e-12)
    assert pl.test_loss_limit(spectrum, ratio, sigma) == pytest.approx(optimum, abs=1e-5 * S.max() + 1e-12)
    assert pl.test_loss_limit(spectrum, ratio, sigma) >= pl.train_loss_limit(spectrum, ratio, sigma)
    leading = ratio * (S * tau / (S + tau) ** 2).mean() ** 2
    assert pl.scatter_limit(spectrum, ratio, sigma)[0] == pytest.approx(leading, rel=1e-3 * (1 + S.max() / tau))


def test_few_samples_leave_the_population_variance():
    """n = 1 sample in many dimensions: the block keeps one direction in d; train loss nothing, test loss all of S."""
    assert pl.train_loss_limit(np.array([2.0]), 1e6, 0.5) < 1e-6
    assert pl.test_loss_limit(np.array([2.0]), 1e6, 0.5) == pytest.approx(2.0, rel=1e-5)


def test_an_empty_cluster_costs_nothing():
    assert pl.equivalent(np.zeros(2), 0.5, 0.5) == (0.25, 0.0, 0.0)
    assert pl.train_loss_limit(np.zeros(1), 0.5, 0.5) == pl.test_loss_limit(np.zeros(1), 0.5, 0.5) == 0
    assert pl.scatter_limit(np.zeros(1), 0.5, 0.5) == (0, 0)


@pytest.mark.parametrize("ratio", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("spectrum", [np.ones(256), np.r_[30.0, 20.0, 10.0, np.ones(253)], np.linspace(0.1, 3.0, 256)])
def test_simulated_blocks_have_these_losses(ratio, spectrum):
    """Within 0.5 % at d = 256, standard errors of 20 draws below 0.3 %; ten per cent more of c is told apart."""
    sigma = 0.7
    found = draw_blocks(spectrum, np.zeros(256), int(256 / ratio), 256, sigma, 0.0, 10, seed=4)
    train, test = (pl.train_loss_limit(spectrum, ratio, sigma), pl.test_loss_limit(spectrum, ratio, sigma))
    for values in (found.train, found.test):
        assert values.std(ddof=1) / 20**0.5 < 3e-3 * values.mean()
    assert found.train.mean() / 256 == pytest.approx(train, rel=5e-3)
    assert found.test.mean() / 256 == pytest.approx(test, rel=3e-3)
    assert abs(pl.test_loss_limit(spectrum, 1.1 * ratio, sigma) / test - 1) > 3e-3
    weights, answers = pl.scatter_limit(spectrum, ratio, sigma)
    assert found.weights.mean() / 512 == pytest.approx(weights, rel=0.04)
    assert found.answers.mean() / 512 == pytest.approx(answers, rel=0.04)
