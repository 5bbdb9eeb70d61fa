"""The pull on a further unit beside one stored sample, in balls: against the closed form, and its slope."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.balls import precision
from proofs_check.one_sample import OneSample
from theory.dead_units import pull

FRACTIONS = st.fractions(Fraction(1, 8), Fraction(3), max_denominator=20)


@settings(max_examples=20)
@given(
    FRACTIONS, FRACTIONS, st.fractions(0, Fraction(1, 50), max_denominator=500), st.fractions(-1, 1, max_denominator=9)
)
def test_pull_is_that_of_the_closed_form(norm, sigma, weight_decay, cosine):
    with precision():
        for memory in (
            OneSample.critical(norm, sigma, weight_decay),
            OneSample.memorizing(norm, sigma, weight_decay),
        ):
            enclosed = memory.pull(arb(cosine.numerator) / cosine.denominator)
            gain = float(memory.gain)
            X = float(norm) * np.eye(1, 2)
            v = np.array([float(cosine), np.sqrt(1 - float(cosine) ** 2)])
            W2 = np.array([[gain], [0.0]])
            found = pull(np.eye(2)[:, :1], W2, X, v, float(sigma))
            assert found[0] == pytest.approx(float(enclosed), abs=1e-12)
            assert abs(found[1]) < 1e-14


@settings(max_examples=20)
@given(FRACTIONS, FRACTIONS, st.fractions(Fraction(-9, 10), Fraction(9, 10), max_denominator=10))
def test_slope_is_the_difference_quotient_and_enclosures_hold_the_points(norm, sigma, cosine):
    with precision():
        memory = OneSample.memorizing(norm, sigma, Fraction(1, 100))
        middle, step = arb(cosine.numerator) / cosine.denominator, arb(2) ** -40
        quotient = (memory.pull(middle + step) - memory.pull(middle - step)) / (2 * step)
        assert abs(float(quotient - memory.slope(middle))) < 1e-15 * (1 + 1 / float(sigma) ** 2)
        wide = middle + arb(0, 0.03)
        for at in (middle - arb(3) / 100, middle + arb(1) / 50):
            assert memory.pull(wide).contains(memory.pull(at))
            assert memory.slope(wide).contains(memory.slope(at))
        assert float(memory.pull(wide).rad()) < 0.1 * (1 + float(norm) ** 2)


def test_gains_of_the_two_networks():
    with precision():
        stored = OneSample.memorizing(2, 1, Fraction(1, 2))
        assert stored.gain.overlaps(arb(7) / 10)
        best = OneSample.critical(2, 1, Fraction(1, 2))
        assert float(best.pull(arb(1))) == pytest.approx(0.5, abs=1e-15)
        assert float(best.gain) > 0.7
