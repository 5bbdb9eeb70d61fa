"""Enclosures of the homogeneity floor against closed forms, the fast route, and networks at their minima."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb

from numerics.minimize import minimize
from proofs_check.balls import precision
from proofs_check.floor_balls import floor_share_ball
from theory.homogeneity import loss_floor


@pytest.mark.parametrize(
    ("ratio", "d"),
    [(Fraction(1, 1000), 1), (6, 1), (Fraction(1, 100), 3), (8, 5), (2, 40), (12, 3), (Fraction(1, 2), 100)],
)
def test_the_floor_lies_in_its_enclosure(ratio, d):
    enclosed = floor_share_ball(ratio, d)
    assert enclosed.rad() < 1e-20
    assert loss_floor(float(ratio), d, 1.0) / float(ratio) ** 2 == pytest.approx(float(enclosed.mid()), rel=1e-12)


def test_no_noise_dominates_in_one_dimension():
    """a → 0, d = 1: f = c|y| is best, and leaves 1 − E|ε|² = 1 − 2/π."""
    with precision():
        assert abs(floor_share_ball(0, 1) - (1 - 2 / arb.pi())) < 1e-30
        # In R²: Var(ρ)/E[ρ²] of a Rayleigh length, 1 − π/4.
        assert abs(floor_share_ball(0, 2) - (1 - arb.pi() / 4)) < 1e-20


@pytest.mark.parametrize("number", range(10))
def test_no_minimiser_falls_below_the_floor(number):
    rng = np.random.default_rng([number, 2718])
    n, d = (int(v) for v in rng.integers(1, 3, size=2))
    p, sigma = int(rng.integers(1, 2 * n + 1)), float(rng.uniform(0.2, 2.0))
    X = rng.standard_normal((n, d))
    W1, W2 = rng.standard_normal((2, d, p))
    end = minimize(X, W1, W2, sigma, 0.0 if number % 2 else 0.1)
    assert end.loss >= np.mean([loss_floor(float(np.linalg.norm(x)), d, sigma) for x in X])


@pytest.mark.parametrize("sigma", [0.3, 1.0, 3.0])
def test_one_unit_for_each_ray_attains_it_in_one_dimension(sigma):
    W1 = np.array([[1.0, -1.0]])
    end = minimize(np.array([[1.0]]), W1, np.abs(W1) / 2, sigma, 0.0)
    assert end.loss == pytest.approx(loss_floor(1.0, 1, sigma), rel=1e-12)
