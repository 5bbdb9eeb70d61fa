"""The loop of linear denoisers: closed form against one generation at a time in fractions, limits, isotropy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from theory import flow_loop
from theory.flow_loop import flow_variances

VARIANCES = st.lists(st.floats(0.0, 1e3).filter(lambda s: s == 0 or s > 1e-9), min_size=1, max_size=4)


@given(VARIANCES, st.integers(0, 8), st.floats(0.01, 100.0), st.floats(0.0, 0.99))
@example([1.0], 1, 1.5, 5e-324)
def test_generations_one_by_one(spectrum, generations, sigma_max, share):
    sigma_min = share * sigma_max
    top, low = Fraction(sigma_max) ** 2, Fraction(sigma_min) ** 2
    expected = [Fraction(s) for s in spectrum]
    for _ in range(generations):
        expected = [top * (s + low) / (s + top) for s in expected]
    found = flow_variances(np.array(spectrum), generations, sigma_max, sigma_min)
    np.testing.assert_allclose(found, [float(s) for s in expected], rtol=1e-9, atol=1e-13 * sigma_max**2)


@given(st.floats(0.01, 9.0), st.floats(0.1, 5.0), st.floats(0.05, 0.9))
def test_the_formulas_are_one_generation_its_fixed_point_and_rate(s, top, share):
    at = {flow_loop.SPREAD: s, flow_loop.LARGEST: top, flow_loop.LEAST: share * top}
    following, fixed, rate = (float(each.subs(at)) for each in (flow_loop.NEXT, flow_loop.FIXED, flow_loop.RATE))
    assert following == pytest.approx(float(flow_variances(np.array(s), 1, top, share * top)), rel=1e-9)
    assert fixed == pytest.approx(float(flow_variances(np.array(fixed), 5, top, share * top)), rel=1e-9)
    assert (following - fixed) / (following + fixed) == pytest.approx(rate * (s - fixed) / (s + fixed), abs=1e-9)


@given(VARIANCES, st.floats(0.01, 100.0), st.floats(0.05, 0.9))
def test_every_direction_ends_at_the_same_variance(spectrum, sigma_max, share):
    found = flow_variances(np.array(spectrum), 1000, sigma_max, share * sigma_max)
    np.testing.assert_allclose(found, share * sigma_max**2, rtol=1e-9)


@given(VARIANCES, st.floats(0.1, 10.0))
def test_without_a_least_noise_the_variance_falls_like_one_over_g(spectrum, sigma_max):
    found = flow_variances(np.array(spectrum), 10**9, sigma_max) * 1e9
    np.testing.assert_allclose(found[np.array(spectrum) > 1e-3], sigma_max**2, rtol=1e-3)
    assert (found <= sigma_max**2).all()
    assert flow_variances(np.array(2.0), 3, 2.0) == pytest.approx(1 / (1 / 2 + 3 / 4))
