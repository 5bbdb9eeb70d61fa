"""Distances between blocks of disjoint training sets: two routes, limits at both ends, simulated pairs."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.block_draws import draw_blocks
from theory import proportional_limit as pl
from theory import reproducibility as rp
from theory.marchenko_pastur import isotropic_losses
from theory.reproducibility import full_rank_distance, isotropic_distance, spiked_distance
from theory.spectral_loss import direction_test_loss
from theory.spiked_covariance import sample_spikes, spike_gains, spiked_losses

SPECTRA = st.lists(st.floats(0.05, 10.0), min_size=1, max_size=5).map(np.array)
RATIOS, SIGMAS, VARIANCES = st.floats(0.05, 20.0), st.floats(0.1, 3.0), st.floats(0.1, 5.0)


@settings(max_examples=40)
@given(RATIOS, SIGMAS, VARIANCES)
def test_isotropic_clusters_by_moments_of_the_gain_and_by_the_fixed_point(ratio, sigma, variance):
    by_moments = isotropic_distance(ratio, sigma, variance)
    assert by_moments == pytest.approx(full_rank_distance(np.array([variance]), ratio, sigma), rel=1e-5, abs=1e-9)
    assert by_moments.answers == pytest.approx((variance + sigma**2) * by_moments.weights, rel=1e-12)


@given(SPECTRA, RATIOS, SIGMAS)
def test_answers_differ_by_twice_what_the_mean_denoiser_would_gain(spectrum, ratio, sigma):
    """Loss of D̂ less that of E D̂ = S(S + κ)⁻¹; never more than twice the excess over the best denoiser."""
    found = full_rank_distance(spectrum, ratio, sigma)
    kept = spectrum / (spectrum + pl.equivalent(spectrum, ratio, sigma).noise)
    loss, of_mean = pl.test_loss_limit(spectrum, ratio, sigma), ((1 - kept) ** 2 * spectrum + sigma**2 * kept**2).mean()
    assert found.answers == pytest.approx(2 * (loss - of_mean), rel=1e-6, abs=1e-10 * spectrum.max())
    best = direction_test_loss(spectrum, sigma).mean()
    assert found.answers <= 2 * (loss - best) * (1 + 1e-9) + 1e-10 * spectrum.max()
    weights, answers = pl.scatter_limit(spectrum, ratio, sigma)
    assert (found.weights, found.answers) == (2 * weights, 2 * answers)
    assert found.relative == pytest.approx(2 * weights / ((kept**2).mean() + weights), rel=1e-9)


@given(SPECTRA, SIGMAS)
def test_halves_agree_with_many_samples_and_share_nothing_with_few(spectrum, sigma):
    assert full_rank_distance(spectrum, 1e-7, sigma).relative < 1e-3
    assert full_rank_distance(spectrum, 1e9, sigma).relative == pytest.approx(2, rel=1e-3)


def test_nothing_learnt_is_reproduced():
    assert full_rank_distance(np.zeros(2), 0.5, 1.0) == (0, 0, 0)
    assert isotropic_distance(0.5, 1.0, 1.0, 0.0, 0.0) == (0, 0, 0)
    assert spiked_distance(np.zeros(0), 0.5, 1.0, 1.0) == (0, 0, 0)
    assert spiked_distance(np.array([4.0]), 0.5, 1.0, 1.0, 100.0) == (0, 0, 0)


@given(RATIOS, SIGMAS, st.floats(1.1, 20.0), st.floats(0.0, 1.0))
def test_spikes_by_two_directions_in_a_plane(ratio, sigma, excess, decay):
    """û_i = √ω u + √(1 − ω) e_i with e_1, e_2 perpendicular, in R³: the matrices written out."""
    ell = 1 + excess * ratio**0.5
    spikes = np.array([ell, 1 + 0.5 * ratio**0.5])
    found = sample_spikes(spikes, ratio, 1.0)
    gain = spike_gains(spikes, ratio, sigma, 1.0, decay)
    weights = answers = 0.0
    for a, omega, s in zip(gain, found.overlap, spikes, strict=True):
        first, second = np.sqrt([omega, 1 - omega, 0]), np.sqrt([omega, 0, 1 - omega])
        apart = a * (np.outer(first, first) - np.outer(second, second))
        weights += (apart**2).sum()
        answers += np.trace(apart @ (np.diag([s, 1, 1]) + sigma**2 * np.eye(3)) @ apart)
    distance = spiked_distance(spikes, ratio, sigma, 1.0, decay)
    assert distance.weights == pytest.approx(weights, rel=1e-9, abs=1e-12)
    assert distance.answers == pytest.approx(answers, rel=1e-9, abs=1e-12)
    assert distance.relative == pytest.approx(weights / (gain**2).sum(), rel=1e-9)
    if decay == 0:
        assert spiked_distance(spikes, ratio, sigma, 1.0) == distance


@pytest.mark.parametrize("ratio", [0.25, 1.0])
def test_simulated_pairs_on_a_spike(ratio):
    """20 pairs at d = 256, within five standard errors and 2 %."""
    d, sigma = 256, 1.0
    spectrum = np.r_[20.0, np.ones(d - 1)]
    found = draw_blocks(spectrum, np.zeros(d), int(d / ratio), 1, sigma, 0.0, 20, seed=1)
    distance = spiked_distance(np.array([20.0]), ratio, sigma, 1.0)
    for values, predicted in ((found.weights, distance.weights), (found.answers, distance.answers)):
        assert values.mean() == pytest.approx(predicted, abs=5 * values.std(ddof=1) / 20**0.5 + 0.02 * predicted)


@pytest.mark.parametrize(("ratio", "decay", "fraction"), [(0.5, 0.0, 0.25), (2.0, 0.6, 1.0)])
def test_simulated_pairs_of_isotropic_clusters(ratio, decay, fraction):
    d, sigma = 200, 0.8
    found = draw_blocks(np.ones(d), np.zeros(d), int(d / ratio), int(fraction * d), sigma, decay, 4, seed=3)
    distance = isotropic_distance(ratio, sigma, 1.0, decay, fraction)
    assert found.weights.mean() / d == pytest.approx(distance.weights, rel=0.03)
    assert found.answers.mean() / d == pytest.approx(distance.answers, rel=0.03)


def test_a_block_at_its_least_loss_need_not_be_reproduced():
    """Rank-one blocks of many samples of an isotropic cluster: the best loss of rank one, directions unrelated."""
    loss = spiked_losses(np.array([1.0]), 50, 1e-8, 0.5, 1.0)
    assert loss.test == pytest.approx(49 + 0.25 / 1.25, rel=1e-5)
    assert spiked_distance(np.array([1.0]), 1e-8, 0.5, 1.0).relative == 2
    assert isotropic_losses(1e-4, 0.5, 1.0).test == pytest.approx(0.2, rel=1e-3)


@pytest.mark.parametrize(("n", "z"), [(1, 0.4), (2, 3.0), (9, 2.5)])
def test_one_direction_is_twice_the_variance_of_its_gain(n, z):
    """mpmath's quadrature over the Gamma density against the formula in its exponential integral."""
    density = lambda u: 2 * u ** (n - 1) * mpmath.exp(-u * u) / mpmath.gamma(n / 2)  # noqa: E731
    mean, square = (mpmath.quad(lambda u, k=k: (u * u / (u * u + z)) ** k * density(u), [0, 1, 3, 10]) for k in (1, 2))
    values = {rp.SHAPE: n / 2, rp.SCALED_NOISE: z, rp.MEAN_RESOLVENT: mpmath.exp(z) * mpmath.expint(n / 2, z)}
    assert float(rp.ONE_DIRECTION_WEIGHTS.subs(values)) == pytest.approx(float(2 * (square - mean**2)), rel=1e-9)
