"""The constant of EM Theorem 3.2: participation ratios, limits, and simulated posteriors."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.sweeps.partial_memorizer import losses
from theory import partial_memorizer as pm


@pytest.mark.parametrize(("n", "V"), [(2, 0.5), (7, 3.0), (12, 40.0), (40, 0.9)])
def test_participation_is_the_mean_of_simulated_weights(n, V):
    """Within five standard errors of 20,000 draws: 6e-7 for each of 12 numbers."""
    g = np.sqrt(V) * np.random.default_rng([n, 5]).standard_normal((20_000, n))
    w = np.exp(g - g.max(axis=1, keepdims=True))
    w /= w.sum(axis=1, keepdims=True)
    squares = (w**2).sum(axis=1)
    for values, expected in zip((squares, (w**3).sum(axis=1), squares**2), pm.participation(float(n), V), strict=True):
        assert abs(values.mean() - expected) <= 5 * values.std() / np.sqrt(20_000)


@settings(max_examples=20)
@given(st.floats(1.0, 100.0), st.floats(0.0, 1e4))
def test_participation_lies_between_all_and_one(n, V):
    second, third, squared = pm.participation(n, V)
    assert 1 / n - 1e-9 <= second <= 1 + 1e-9
    assert second**2 - 1e-9 <= min(third, squared)
    assert squared <= third + 1e-9 <= second + 2e-9


@settings(max_examples=20)
@given(st.floats(1.0, 100.0))
def test_participation_without_energy_and_where_the_two_quadratures_meet(n):
    assert pm.participation(n, 0.0) == pytest.approx((1 / n, 1 / n**2, 1 / n**2), abs=1e-9)
    below, above = (np.array(pm.participation(n, V)) for V in (1 - 1e-9, 1.0))
    np.testing.assert_allclose(below, above, atol=1e-8)


def test_many_weights_freeze_at_twice_the_logarithm():
    """Y_2 → 0 below V = 2 log n and 1 − √(2 log n/V) above it (the random energy model), slowly."""
    n = 1e40
    assert pm.participation(n, 0.5 * np.log(n)).second < 1e-6
    for excess in (4.0, 16.0):
        found = pm.participation(n, excess * 2 * np.log(n)).second
        assert found == pytest.approx(1 - excess**-0.5, abs=0.02)


@pytest.mark.parametrize(("d", "n", "snr"), [(64, 10, 5.0), (256, 40, 0.02), (256, 3, 0.5), (1024, 20, 1.0)])
def test_constant_is_the_loss_of_simulated_posteriors(d, n, snr):
    """One cluster; five standard errors over 40 data sets (6e-7 each) and the 2/d that is left out."""
    rng = np.random.default_rng([d, n])
    found = [losses(rng.standard_normal((n + 40, d)), n, snr, seed)[1] for seed in range(40)]
    error = np.std(found, ddof=1) / np.sqrt(40)
    predicted = pm.constant_of_cluster(d, float(n), snr, 1.0)
    assert abs(np.mean(found) - predicted) <= 5 * error + 2 / d
    # The leading term alone would be noticed where samples differ by more than it.
    assert abs(np.mean(found) - 2.0) > 5 * error + 2 / d


@settings(max_examples=10)
@given(st.integers(10, 10**6), st.floats(1.0, 50.0), st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_constant_depends_on_the_product_of_snr_and_variance_and_tends_to_two(d, n, snr, variance):
    assert pm.constant_of_cluster(d, n, snr, variance) == pytest.approx(
        pm.constant_of_cluster(d, n, snr * variance, 1.0), abs=1e-6
    )
    assert pm.constant_of_cluster(10**9, n, snr, variance) == pytest.approx(2.0, abs=2e-2)


def test_no_signal_mixes_the_cluster():
    assert pm.constant_of_cluster(50, 8.0, 0.0, 1.0) == pytest.approx(1 + 1 / 8, abs=1e-9)


def test_average_over_clusters():
    """Few kept samples: all of M = 1's left-out samples but those of its cluster (1/K) are uncovered."""
    found = pm.partial_memorizer_constant(100, 1, 4, 1.0, 0.5)
    exact = pm.ONE_KEPT.subs({pm.CLUSTERS: 4, pm.VARIANCE: sp.Rational(1, 2)})
    assert found == pytest.approx(float(exact), abs=1e-9)
    # Many kept samples in one cluster are the cluster itself.
    assert pm.partial_memorizer_constant(60, 9, 1, 1.0, 2.0) == pm.constant_of_cluster(60, 9.0, 1.0, 2.0)


def test_samples_that_the_proof_needs_in_the_printed_experiment():
    assert pm.covered_twice(50, 12) == pytest.approx(146.5, abs=0.05)
