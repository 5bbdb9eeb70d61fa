"""The radial law against parabolic cylinder functions in mpmath, in every branch of the computation."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.radial_law import radial_law


def integral(power, b):
    """∫ρ^power exp(bρ − ρ²/2) dρ = Γ(power + 1) exp(b²/4) U(power + 1/2, −b) (DLMF 12.5.1)."""
    b, power = mpmath.mpf(b), mpmath.mpf(power)
    return mpmath.gamma(power + 1) * mpmath.exp(b * b / 4) * mpmath.pcfu(power + mpmath.mpf(1) / 2, -b)


def by_mpmath(b, d):
    with mpmath.workdps(40 + int(b * b / 2 + d / 4)):
        lower, middle, upper = (integral(k, b) for k in (d - 1, d, d + 1))
        mean = middle / lower
        return [float(v) for v in (mpmath.log(lower) - mpmath.mpf(b) ** 2 / 2, mean, upper / lower - mean**2)]


@settings(max_examples=40)
@given(st.integers(1, 100), st.floats(-10, 10))
def test_mass_mean_and_variance(d, b):
    found = radial_law(np.array([b]), d)
    log_mass, mean, variance = by_mpmath(b, d)
    assert found.log_mass[0] == pytest.approx(log_mass, rel=1e-14, abs=1e-13)
    assert found.mean[0] == pytest.approx(mean, rel=1e-14)
    # Below 64 dimensions the variance is a difference of numbers of size d, for b < 0 of size (b² + d) times larger.
    assert found.variance[0] == pytest.approx(variance, rel=2e-15 * (d + b * b))


@pytest.mark.parametrize("d", [1, 2, 3, 17, 63, 64, 200])
@pytest.mark.parametrize("b", [-10.0, -1.0, 0.0, 1.0, 12.0])
def test_every_branch_and_the_seam_between_them(b, d):
    found = radial_law(np.array([b]), d)
    log_mass, mean, variance = by_mpmath(b, d)
    assert found.log_mass[0] == pytest.approx(log_mass, rel=1e-14, abs=1e-13)
    assert found.mean[0] == pytest.approx(mean, rel=1e-14)
    assert found.variance[0] == pytest.approx(variance, rel=3e-13 if d < 64 else 2e-15)


@given(st.integers(1, 5000), st.lists(st.floats(-9, 9), min_size=1, max_size=4))
def test_the_recurrence_joins_neighbouring_dimensions(d, b):
    b = np.array(b)
    here, after = radial_law(b, d), radial_law(b, d + 1)
    assert np.allclose(after.mean, b + d / here.mean, rtol=1e-12)
    assert np.allclose(here.variance, here.mean * (after.mean - here.mean), rtol=1e-11 * (1 + d))
    assert np.allclose(after.log_mass, here.log_mass + np.log(here.mean), rtol=1e-14, atol=1e-11)


@given(st.integers(1, 4000))
def test_far_out_the_length_is_the_projection(d):
    """r_d = b + (d − 1)/b − (d − 1)(d − 2)/b³ + …, and its derivative is the variance."""
    b = 1e5
    found = radial_law(np.array([b]), d)
    assert found.mean[0] == pytest.approx(b + (d - 1) / b - (d - 1) * (d - 2) / b**3, rel=1e-15)
    assert found.variance[0] == pytest.approx(1 - (d - 1) / b**2, rel=1e-11)
