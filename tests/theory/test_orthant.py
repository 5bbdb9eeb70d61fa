"""Admissible turns: exact values for few units, samples of the sphere, and the growth with the width."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.orthant import admissible_share, admissible_share_bound, largest_margin, mean_margin


def test_two_units_by_hand():
    """On the circle the margin min(cos, sin) is positive on a quarter, with mean (4/π)(1 − 1/√2)."""
    assert admissible_share(2) == 0.25
    assert largest_margin(2) == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert mean_margin(2) == pytest.approx(4 / math.pi * (1 - math.sqrt(0.5)), rel=1e-12)


def test_one_unit_has_all_the_margin_on_half_of_the_turns():
    assert admissible_share(1) == 0.5
    assert largest_margin(1) == 1.0
    assert mean_margin(1) == pytest.approx(1.0, rel=1e-12)
    assert admissible_share_bound(1, 0.99) == 0.5
    assert admissible_share_bound(1, 1.0) == 0.0


def test_the_mean_margin_of_wide_blocks():
    """Laplace's method: √(π/2)·p^{−3/2} up to a relative error of order 1/p."""
    for width in (1000, 10_000):
        assert mean_margin(width) * width**1.5 == pytest.approx(math.sqrt(math.pi / 2), rel=3 / width)
    assert mean_margin(1000) != mean_margin(1001)


@given(st.integers(2, 60))
def test_margins_fall_with_the_width_and_the_mean_stays_below_the_best(width):
    assert admissible_share(width) == pytest.approx(math.exp(-width * math.log(2)), rel=1e-12)
    assert largest_margin(width) ** 2 * width == pytest.approx(1.0, rel=1e-14)
    assert mean_margin(width) < largest_margin(width)
    assert mean_margin(width) < mean_margin(width - 1)


@pytest.mark.parametrize(("width", "spread"), [(2, 0.3), (2, 0.6), (3, 0.35), (4, 0.2)])
def test_the_share_for_a_ball_is_below_its_bound(width, spread):
    """10^6 points of the sphere, more than ten standard errors below."""
    g = np.random.default_rng(7).standard_normal((10**6, width))
    found = (g.min(axis=1) > spread * np.linalg.norm(g, axis=1)).mean()
    bound = admissible_share_bound(width, spread)
    assert 0 < found < bound - 0.01
    assert bound == pytest.approx(2.0**-width * min(1.0, mean_margin(width) / spread), rel=1e-14)


def test_the_bound_at_no_spread_and_at_the_limit():
    assert admissible_share_bound(4, 0.0) == 1 / 16
    assert admissible_share_bound(4, 0.01) == 1 / 16
    assert admissible_share_bound(4, 0.5) == 0.0
    assert admissible_share_bound(4, 0.499) > 0
