"""Growth under selection: closed forms against integrals, limits, and plain selections on a line."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from theory import selection_growth as sg

RATIOS = st.floats(1.01, 50.0)
DIMENSIONS = st.integers(1, 30)


def test_two_of_three_by_the_angle():
    """About their mean three normal points have an even direction: E V and E log V are integrals over it."""
    range_ = lambda x: 2 * np.cos(x) ** 2  # noqa: E731
    gap = lambda x: 2 * np.sin(np.pi / 6 + x) ** 2  # noqa: E731

    def mean(f) -> float:
        return integrate.quad(f, 0, np.pi / 6, epsabs=1e-13)[0] * 6 / np.pi

    square = 2 / 3 * mean(range_) + mean(gap) / 3
    assert float(sg.TWO_OF_THREE) == pytest.approx(2 * square / 4, rel=1e-12)
    logs = 2 / 3 * mean(lambda x: np.log(range_(x))) + mean(lambda x: np.log(gap(x))) / 3
    assert pytest.approx(np.log(2) - np.euler_gamma + logs - np.log(4), rel=1e-12) == sg.TWO_OF_THREE_LOG


def test_the_constant_is_clausens():
    assert pytest.approx(float(mpmath.clsin(2, mpmath.pi / 3)), rel=1e-15) == sg._CLAUSEN


@settings(max_examples=20)
@given(RATIOS)
def test_the_density_on_the_line_solves_its_equations(ratio):
    def mass(crowding: float, power: int) -> float:
        kept = lambda x: 2 * ratio * x**power * stats.norm._pdf(x) / (1 + crowding * stats.norm._pdf(x))  # noqa: E731
        return integrate.quad(kept, 0, 14, epsrel=1e-10, limit=200)[0]

    crowding = optimize.brentq(lambda c: mass(c, 0) - 1, 0, 1e9, xtol=1e-12, rtol=1e-14)
    assert sg.spread_factor(ratio, 1) == pytest.approx(mass(crowding, 2), rel=1e-6)


@settings(max_examples=20)
@given(RATIOS, DIMENSIONS)
def test_the_factor_is_between_one_and_the_ratio_and_balances(ratio, d):
    found = sg.spread_factor(ratio, d)
    # No selection keeps more moment than the farthest points have.
    cut = stats.chi2.isf(1 / ratio, d)
    assert 1 < found < ratio * stats.chi2.sf(cut, d + 2)
    assert sg.balancing_contraction(ratio, d) ** 2 * found == pytest.approx(1)
    assert found < sg.spread_factor(1.1 * ratio, d)
    assert found > sg.spread_factor(ratio, d + 1)


def test_without_a_choice_nothing_changes():
    assert sg.spread_factor(1.0, 3) == pytest.approx(1)
    assert sg.spread_bounds(1.0) == pytest.approx((1, 1))
    assert sg.largest_factor(7, 7) == pytest.approx(1 - 1 / 7)


def test_a_large_pool_on_the_line_grows_like_two_thirds_of_its_logarithm():
    steps = [sg.spread_factor(10.0**k, 1) for k in (4, 5, 6)]
    assert np.diff(steps) == pytest.approx(2 / 3 * np.log(10), rel=0.06)


@settings(max_examples=15)
@given(RATIOS)
def test_the_bounds_hold_the_factor_and_open_with_the_ratio(ratio):
    low, high = sg.spread_bounds(ratio)
    assert 1 < low < sg.spread_factor(ratio, 1) < high < ratio
    wider = sg.spread_bounds(1.2 * ratio)
    assert low < wider[0]
    assert high < wider[1]


@settings(max_examples=10)
@given(st.floats(1.1, 10), st.floats(0.55, 0.95), st.integers(0, 2**32 - 1))
def test_no_allowed_density_is_outside_the_bounds(ratio, share, seed):
    """Random even densities between the two of one t."""
    x = np.linspace(-9, 9, 4001)
    phi = stats.norm.pdf(x) * (x[1] - x[0])
    height = np.exp(-(x**2) / 2)
    crowding = np.exp(optimize.brentq(lambda t: (ratio * phi / (1 + np.exp(t) * height)).sum() - 1, -40, 60))
    level = share * crowding
    fewest, most = ratio * phi / (1 + 2 * level * height), ratio * phi / (1 + level * height)
    tilt = np.random.default_rng(seed).normal(size=4) @ np.array([np.ones_like(x), x**2 / 4, np.cos(x), np.cos(3 * x)])

    def mixed(shift: float) -> np.ndarray:
        return fewest + (most - fewest) / (1 + np.exp(-np.clip(tilt + shift, -300, 300)))

    density = mixed(optimize.brentq(lambda shift: mixed(shift).sum() - 1, -400, 400))
    low, high = sg.spread_bounds(ratio)
    assert low - 1e-3 <= (x**2 * density).sum() <= high + 1e-3


@given(st.integers(2, 40), st.floats(0.1, 5))
def test_equal_steps_reach_the_least_trace(kept, separation):
    points = separation * np.arange(kept)
    assert sg.least_trace(kept, 1, separation) == pytest.approx(points.var())


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_whole_levels_are_a_grid(levels):
    assert sg.halved_factor(levels) == pytest.approx(np.linspace(-1, 1, 2**levels + 1).var())


@given(st.integers(1, 20), st.integers(0, 20))
def test_the_largest_factor_keeps_all_of_the_moment(kept, more):
    pool = kept + more
    assert sg.largest_factor(pool, kept) == pytest.approx((pool - 1) / kept)
