"""Scale and slopes: the isotropic drift against χ² draws and integrals, limits of the slopes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import scaling_identity as si
from theory.refit_loop import entropy_drift, gaussian_log_det_drift


@given(st.integers(2, 10**5), st.integers(1, 300))
def test_the_isotropic_drift_is_its_formula_and_below_the_parameters_bound(n, d):
    with mpmath.workdps(40):
        expected = mpmath.digamma(mpmath.mpf(d * (n - 1)) / 2) - mpmath.log(mpmath.mpf(d * n) / 2)
    found = si.isotropic_drift(n, d)
    assert found == pytest.approx(float(expected), rel=1e-12)
    # d means and a variance; entropy (d/2) log s².
    assert d / 2 * found <= entropy_drift(n, d + 1) * (1 - 1e-12)


@settings(max_examples=10)
@given(st.integers(2, 12), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_the_isotropic_drift_is_that_of_refits(n, d, seed):
    """Within five standard errors: false alarms 6e-7."""
    points = np.random.default_rng(seed).standard_normal((8000, n, d))
    logs = np.log(((points - points.mean(axis=1, keepdims=True)) ** 2).mean(axis=(1, 2)))
    assert abs(logs.mean() - si.isotropic_drift(n, d)) < 5 * logs.std() / np.sqrt(len(logs))


def test_the_isotropic_formula_is_the_library():
    found = si.ISOTROPIC_DRIFT.subs({si.SAMPLES: 7, si.DIMENSION: 3})
    assert si.isotropic_drift(7, 3) == pytest.approx(float(found), rel=1e-13)


def test_in_one_dimension_both_loops_are_one():
    for n in (2, 3, 50):
        assert si.isotropic_drift(n, 1) == pytest.approx(gaussian_log_det_drift(n, 1), rel=1e-13)
    assert si.isotropic_drift(1, 4) == -np.inf


@given(st.integers(1, 8), st.integers(1, 2))
def test_the_late_slope_tends_to_its_leading_value_and_is_below_the_early_one(d, power):
    leading = float(si.LATE_SLOPE.subs({si.POWER: power, si.DIMENSION: d}))
    assert si.late_slope(10**6, d, power) == pytest.approx(leading, rel=1e-4)
    early = si.scaling_slope(d, power)
    assert early == power / d
    for n in (d + 1, d + 5, 1000):
        late = si.late_slope(n, d, power)
        assert late == pytest.approx(early, rel=1e-12) if d == 1 else 0 < late < early
