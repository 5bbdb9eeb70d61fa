"""Crossovers by EM eq. 21 and by nearest neighbours: exact rationals, closed forms, limits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory import crossover

LEVELS = st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(0.0, 1e6)), min_size=1, max_size=8)
POSITIVE = st.floats(1e-3, 1e3)


@given(LEVELS.filter(lambda rows: any(weight > 1e-9 for weight, _ in rows)), POSITIVE, st.floats(0.5, 3.0))
def test_the_fraction_is_where_exact_surrogates_are_equal(levels, variance, constant):
    """In fractions, at the returned M/N, weighted: dσ²/(ψσ² + 1) = C(1 − M/N)dσ²."""
    weighting, snr = np.array(levels).T
    found = Fraction(crossover.crossover_fraction(weighting, snr, variance, constant))
    rows = [(Fraction(weight), Fraction(snr)) for weight, snr in levels]
    total = sum(weight for weight, _ in rows)
    nominal = sum(weight / (snr * Fraction(variance) + 1) for weight, snr in rows) / total
    assert float(Fraction(constant) * (1 - found) - nominal) == pytest.approx(0.0, abs=1e-12)


@given(st.floats(0.0, 1.0, exclude_min=True).filter(lambda t: t > 1e-150))
def test_signal_to_noise_is_its_formula(t):
    exact = (1 - Fraction(t) ** 2) / Fraction(t) ** 2
    assert crossover.SNR.subs(crossover.NOISE, sp.Rational(Fraction(t))) == sp.Rational(exact)
    assert crossover.signal_to_noise(np.array([t]))[0] == pytest.approx(float(exact), rel=1e-14)


def test_the_grid_is_even_and_the_weights_stand_in_its_order():
    grid, weights = crossover.printed_grid(), crossover.fitted_weights()
    assert grid.shape == weights.shape == (26,)
    assert (grid[0], grid[-1]) == (0.001, 0.999)
    np.testing.assert_allclose(np.diff(grid), 0.998 / 25, rtol=1e-12)
    # The same numbers in thousandths, from .999 to .001: a slip in one list is seen beside the other.
    printed = "384 400 420 445 477 517 569 638 724 817 873 817 689 565 466 392 337 296 265 241 223 209 199 192 188 187"
    assert weights[::-1].tolist() == [int(number) / 1000 for number in printed.split()]


@pytest.mark.parametrize(("constant", "expected"), [(2.0, 0.800), (1.0, 0.600)])
def test_fitted_weights_put_the_printed_number(constant, expected):
    snr = crossover.signal_to_noise(crossover.printed_grid())
    found = crossover.crossover_fraction(crossover.fitted_weights(), snr, 1.0, constant)
    assert found == pytest.approx(expected, abs=5e-4)


@given(st.floats(0.5, 3.0))
def test_equal_weights_on_a_fine_grid_reach_the_closed_form(constant):
    levels = (np.arange(20_000) + 0.5) / 20_000
    found = crossover.crossover_fraction(np.ones(20_000), crossover.signal_to_noise(levels), 1.0, constant)
    exact = float(crossover.CROSSOVER_OF_ONE.subs(crossover.CONSTANT, sp.Rational(constant)))
    assert found == pytest.approx(exact, abs=1e-9)


def test_the_weighting_trained_with_has_no_crossing_below_n():
    """λ = ψ: 1 − M⋆/N falls like ε as the grid starts at ε."""
    for least in (1e-2, 1e-4):
        levels = np.linspace(least, 1.0, 50)
        snr = crossover.signal_to_noise(levels)
        missing = 1 - crossover.crossover_fraction(snr, snr, 1.0, 1.0)
        assert 0 < missing < 100 * least**2 * len(levels)


@given(st.floats(1e-6, 1 / 3))
def test_at_the_rivals_crossing_the_ratio_of_distances_is_the_threshold(c):
    fraction = sp.Rational(crossover.nearest_neighbour_crossover(c))
    ratio = crossover.OWN_RATIO.subs(crossover.FRACTION, fraction)
    assert float(ratio) == pytest.approx(c, rel=1e-9)


def test_printed_threshold_crosses_at_three_quarters():
    assert crossover.nearest_neighbour_crossover(1 / 9) == pytest.approx(0.75, rel=1e-14)
