"""Spikes: the secular equation solved on the Marchenko–Pastur law, the threshold, exact savings, simulated blocks."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.block_draws import draw_blocks
from tests.theory.test_marchenko_pastur import by_density
from theory.marchenko_pastur import bulk_edges
from theory.spiked_covariance import sample_spikes, spike_gains, spike_threshold, spiked_losses

RATIOS, BULKS, EXCESS = st.floats(0.05, 10.0), st.floats(0.2, 5.0), st.floats(1.1, 20.0)


@settings(max_examples=20)
@given(RATIOS, BULKS, EXCESS)
def test_a_seen_spike_solves_the_secular_equation(ratio, bulk, excess):
    """ŝ > edge with 1 = ŝ(θ/ℓ) uᵀ(ŝ − W)⁻¹u, û ∝ S^{-1/2}(ŝ − W)⁻¹u, W isotropic: the law replaces the forms in u."""
    ell = bulk * (1 + excess * np.sqrt(ratio))
    found = sample_spikes(np.array([ell]), ratio, bulk)
    x, l = mpmath.mpf(found.location[0] / bulk), mpmath.mpf(ell / bulk)  # noqa: E741
    zeros = max(0, 1 - 1 / ratio)
    first = by_density(ratio, 0, lambda t: 1 / (x - t)) + zeros / x
    second = by_density(ratio, 0, lambda t: 1 / (x - t) ** 2) + zeros / x**2
    assert x > bulk_edges(ratio)[1]
    assert float(x * (l - 1) / l * first) == pytest.approx(1, abs=1e-7)
    assert found.overlap[0] == pytest.approx(float(first**2 / (l * second - (l - 1) * first**2)), rel=1e-6)
    assert found.energy[0] == pytest.approx(bulk + (ell - bulk) * found.overlap[0], rel=1e-12)


@given(RATIOS, BULKS)
def test_at_the_threshold_the_spike_leaves_the_bulk_and_below_it_is_not_seen(ratio, bulk):
    threshold = spike_threshold(ratio, bulk)
    assert threshold == pytest.approx(bulk * (1 + ratio**0.5), rel=1e-14)
    edge = bulk * bulk_edges(ratio)[1]
    below = sample_spikes(np.array([bulk, (bulk + threshold) / 2, threshold]), ratio, bulk)
    assert below.location == pytest.approx(np.full(3, edge), rel=1e-12)
    assert below.overlap == pytest.approx(np.zeros(3), abs=0)
    assert below.energy == pytest.approx(np.full(3, bulk), abs=0)
    just = sample_spikes(np.array([threshold * (1 + 1e-9)]), ratio, bulk)
    assert just.location[0] == pytest.approx(edge, rel=1e-6)
    assert 0 < just.overlap[0] < 1e-6
    assert just.energy[0] == pytest.approx(bulk, rel=1e-6)


@given(RATIOS, BULKS, EXCESS, st.floats(0.1, 3.0), st.floats(0.0, 3.0))
def test_losses_are_those_of_the_directions_and_the_rest(ratio, bulk, excess, sigma, decay):
    spikes = bulk * (1 + np.array([excess, 0.5]) * np.sqrt(ratio))
    found = sample_spikes(spikes, ratio, bulk)
    gain = spike_gains(spikes, ratio, sigma, bulk, decay)
    shown = np.maximum(found.location - decay, 0) / (found.location + sigma**2)
    assert gain == pytest.approx(shown, rel=1e-12)
    losses = spiked_losses(spikes, 7, ratio, sigma, bulk, decay)
    total = spikes.sum() + 5 * bulk
    noise = sigma**2 * gain**2
    train = total - found.location.sum() + ((1 - gain) ** 2 * found.location + noise + 2 * decay * gain).sum()
    test = total - found.energy.sum() + ((1 - gain) ** 2 * found.energy + noise).sum()
    assert losses == pytest.approx((train, test), rel=1e-9)
    plain, at_zero = spiked_losses(spikes, 7, ratio, sigma, bulk), spiked_losses(spikes, 7, ratio, sigma, bulk, 0.0)
    assert plain == at_zero


def test_no_spikes_and_as_many_as_directions():
    assert spiked_losses(np.zeros(0), 1, 1.0, 0.5, 2.0) == (2.0, 2.0)
    assert spiked_losses(np.zeros(0), 4, 1.0, 0.5, 2.0) == (8.0, 8.0)
    assert spiked_losses(np.array([50.0, 40.0]), 2, 1e-9, 0.5, 2.0).test == pytest.approx(
        sum(s * 0.25 / (s + 0.25) for s in (50, 40)), rel=1e-6
    )


@pytest.mark.parametrize("ratio", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("centred", [True, False])
def test_simulated_blocks_on_their_spikes(ratio, centred):
    """40 blocks at d = 256, the spike in the covariance or in the mean: within five standard errors and 1/n."""
    d, n, sigma, bulk, ell = 256, int(256 / ratio), 2.0, 0.5, 20.0
    spectrum, mean = np.full(d, bulk), np.zeros(d)
    if centred:
        spectrum[0] = ell
    else:
        mean[3] = np.sqrt(ell - bulk)
    found = draw_blocks(spectrum, mean, n, 1, sigma, 0.3, 20, seed=8)
    losses = spiked_losses(np.array([ell]), d, ratio, sigma, bulk, 0.3)
    for values, predicted in ((found.train, losses.train), (found.test, losses.test)):
        assert values.mean() == pytest.approx(predicted, abs=5 * values.std(ddof=1) / 40**0.5 + 5 / n)
