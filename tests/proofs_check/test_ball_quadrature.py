"""Gaussian integrals in balls: against mpmath's quadrature, closed forms and exact special cases."""

from __future__ import annotations

import mpmath
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.ball_quadrature import moment_integral_ball, orthant_integral_ball
from proofs_check.balls import precision, relative_radius

DIGITS = 50


def contains(enclosure: arb, value: mpmath.mpf, digits: int = 45) -> bool:
    with precision():
        slack = arb(mpmath.nstr(abs(value) * mpmath.mpf(10) ** -digits + mpmath.mpf(10) ** -190, 5))
        return abs(enclosure - arb(mpmath.nstr(value, DIGITS)).mid()) <= slack + arb(enclosure.rad()) * 2


def density(u):
    return mpmath.exp(-u * u / 2) / mpmath.sqrt(2 * mpmath.pi)


def moment(alpha, power: int):
    """Closed form of the moments, in mpmath."""
    with mpmath.workdps(250):
        a = mpmath.mpf(alpha)
        mass = mpmath.erfc(-a / mpmath.sqrt(2)) / 2
        return a * mass + density(a) if power == 1 else (1 + a * a) * mass + a * density(a)


@settings(max_examples=40)
@given(st.floats(-8, 8), st.sampled_from([1, 2]))
def test_moments_are_their_closed_forms(alpha, power):
    found = moment_integral_ball(arb(alpha), power)
    assert contains(found, moment(alpha, power))
    assert relative_radius(found) < 1e-30


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("alpha", [-20.0, 0.0, 20.0])
def test_moments_far_out(alpha, power):
    assert contains(moment_integral_ball(arb(alpha), power), moment(alpha, power), digits=30)


@pytest.mark.parametrize("power", [1, 2])
def test_moments_are_the_integral_that_they_claim_to_be(power):
    alpha = mpmath.mpf("0.75")
    with mpmath.workdps(40):
        direct = mpmath.quad(lambda u: (alpha + u) ** power * density(u), [-alpha, 0, 2, 6, 12, 30])
    assert contains(moment_integral_ball(arb(0.75), power), direct, digits=30)


def test_an_inexact_argument_widens_the_moment():
    wide = moment_integral_ball(arb(1, 0.01), 1)
    for inside in (0.99, 1.0, 1.01):
        assert contains(wide, moment(inside, 1))


@pytest.mark.parametrize("power", [0, 3, -1])
def test_other_powers_are_refused(power):
    with pytest.raises(ValueError, match=f"power must be 1 or 2, got {power}"):
        moment_integral_ball(arb(0), power)


def probability(alpha, beta, rho):
    """P(a + α > 0, b + β > 0) by integrating over the first."""
    with mpmath.workdps(30):
        a, b, r = mpmath.mpf(alpha), mpmath.mpf(beta), mpmath.mpf(rho)
        tau = mpmath.sqrt(1 - r * r)
        pieces = sorted({-a, *(p for p in (-b / r if r else 0, 0, 3, 8) if p > -a), mpmath.mpf(14)})
        return mpmath.quad(lambda u: density(u) * mpmath.erfc(-(b + r * u) / (tau * mpmath.sqrt(2))) / 2, pieces)


@settings(max_examples=12)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-0.9, 0.9))
def test_orthants_are_their_probability(alpha, beta, rho):
    found = orthant_integral_ball(arb(alpha), arb(beta), arb(rho))
    with mpmath.workdps(30):
        assert abs(mpmath.mpf(found.mid().str(30, radius=False)) - probability(alpha, beta, rho)) < mpmath.mpf("1e-18")
    assert float(found.rad()) < 1e-30


@pytest.mark.parametrize("rho", [-0.99, -0.5, 0.0, 0.25, 0.99])
def test_orthants_at_the_origin_are_an_angle(rho):
    with mpmath.workdps(60):
        angle = mpmath.mpf(1) / 4 + mpmath.asin(mpmath.mpf(rho)) / (2 * mpmath.pi)
        assert contains(orthant_integral_ball(arb(0), arb(0), arb(rho)), angle)


@settings(max_examples=15)
@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-0.95, 0.95))
def test_orthants_add_up(alpha, beta, rho):
    with precision():
        here = orthant_integral_ball(arb(alpha), arb(beta), arb(rho))
        there = orthant_integral_ball(arb(alpha), -arb(beta), -arb(rho))
        alone = (-arb(alpha) / arb(2).sqrt()).erfc() / 2
        assert (here + there).overlaps(alone)
        assert here.overlaps(orthant_integral_ball(arb(beta), arb(alpha), arb(rho)))


@pytest.mark.parametrize("rho", [arb(1), arb(-1), arb(2), arb(0.9, 0.2), arb("nan")])
def test_correlations_not_surely_inside_are_refused(rho):
    with pytest.raises(ValueError, match=r"rho must lie in \(-1, 1\)"):
        orthant_integral_ball(arb(0), arb(0), rho)
