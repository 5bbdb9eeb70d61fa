"""The exact counterexample against the float objective, and its two data sets side by side."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from numerics.objective import loss_and_gradient
from proofs_check.crossing_member import ACROSS, TOWARDS, alike, not_critical
from theory.block_minimizer import block_weights, gate_margin
from theory.separability import alpha_beta

LABELS, WIDTHS = np.array([0, 0, 1]), [1, 1]


def samples(spread, alpha):
    mean, step = np.array([1.0, 0.0, 0.0]), float(alpha) * np.array(spread, dtype=float)
    return np.array([mean + step, mean - step, [-7 / 25, 24 / 25, 0.0]])


@pytest.mark.parametrize("spread", [ACROSS, TOWARDS])
@pytest.mark.parametrize("alpha", [Fraction(1, 3), Fraction(1, 4), Fraction(2, 5)])
def test_the_exact_slope_is_that_of_the_objective_for_all_signs(spread, alpha):
    X = samples(spread, alpha)
    W = block_weights(X, LABELS, WIDTHS, 0.0, 1 / 30)
    slopes = []
    for signs in product((1.0, -1.0), repeat=2):
        turned = W * signs
        slopes.append((loss_and_gradient(turned, turned, X, 0.0, 1 / 30)[2] ** 2).sum())
    found = not_critical(spread, alpha)
    exact = Fraction(found.margin.split("≥ ")[1])
    assert min(slopes) == pytest.approx(float(exact), rel=1e-10, abs=1e-28)
    assert found.ok == (spread == TOWARDS and alpha > Fraction(7, 24))
    assert found.ok == (gate_margin(W, X, LABELS, WIDTHS) < 0)


def test_the_two_data_sets_share_what_the_theorem_looks_at():
    third = Fraction(1, 3)
    found = [alpha_beta(samples(spread, third), LABELS) for spread in (ACROSS, TOWARDS)]
    assert found[0] == pytest.approx(found[1])
    assert found[0] == pytest.approx((1 / 3, -7 / 25))
    assert alike((ACROSS, TOWARDS), (third, third)).ok
    assert not alike((ACROSS, TOWARDS), (third, Fraction(1, 4))).ok
    # The appendix margin is zero or less for a spread of √18/19 and more.
    assert alike((ACROSS, TOWARDS), (Fraction(97, 100),) * 2).ok
    assert not alike((ACROSS, TOWARDS), (Fraction(98, 100),) * 2).ok
