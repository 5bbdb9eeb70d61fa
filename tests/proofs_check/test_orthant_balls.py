"""Enclosures of the orthant probability: at points by another integral, over boxes, narrow, exact at the ends."""

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.ball_quadrature import orthant_integral_ball
from proofs_check.balls import precision
from proofs_check.orthant_balls import normal_density, normal_distribution, orthant_ball

finite = st.floats(-6, 6)
correlations = st.floats(-0.999, 0.999)


def test_the_normal_law_is_the_normal_law():
    with precision(128):
        # Φ(1) and φ(1) to 30 digits (Abramowitz and Stegun 26.2: .84134 47460 68543, .24197 07245 19143).
        assert normal_distribution(arb(1)).overlaps(arb("0.841344746068542948585232545632 +/- 1e-29"))
        assert normal_density(arb(1)).overlaps(arb("0.241970724519143349797830192936 +/- 1e-29"))
        assert normal_distribution(arb(-40)) > 0


@settings(max_examples=60)
@given(finite, finite, correlations, st.sampled_from([80, 128, 192]))
def test_at_points_it_is_the_integral_over_the_correlation(alpha, beta, rho, bits):
    with precision(bits):
        found = orthant_ball(arb(alpha), arb(beta), arb(rho))
        assert found.overlaps(orthant_integral_ball(arb(alpha), arb(beta), arb(rho)))
        assert float(found.rad()) < 2.0 ** (12 - bits)


@settings(max_examples=40)
@given(finite, finite, correlations, st.floats(1e-9, 1e-2), st.integers(0, 2**32 - 1))
def test_over_a_box_every_value_is_inside_and_the_ends_are_reached(alpha, beta, rho, radius, seed):
    rng = np.random.default_rng(seed)
    with precision(96):
        box = [arb(value, radius) for value in (alpha, beta, rho)]
        found = orthant_ball(*box)
        for corner in (-1.0, 1.0):
            inside = [arb(v) + corner * radius * (1 - 1e-9) for v in (alpha, beta, rho)]
            if abs(inside[2]) < 1:
                assert found.overlaps(orthant_ball(*inside))
        inside = [v + radius * rng.uniform(-0.99, 0.99) for v in (alpha, beta, rho)]
        if abs(inside[2]) < 1:
            assert found.contains(orthant_ball(*map(arb, inside)).mid())
        # No wider than the slopes allow: φ(α) ≤ 0.4 in both bounds, and the density φ₂ ≤ 1/(2πτ) in ρ.
        steepest = 1 / (2 * np.pi * np.sqrt(max(1e-12, 1 - (abs(rho) + radius) ** 2)))
        if abs(rho) + radius < 1:
            assert float(found.rad()) <= radius * (0.8 + steepest) * 1.01 + 1e-25


@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.5, 1.5), (-0.5, 0.25), (0.0, 0.0), (-1.0, 1.0), (-2.0, 0.5), (1.0, -0.25)]
)
def test_the_ends_of_the_correlation(alpha, beta):
    def lower(x: float) -> arb:
        return (-arb(x) / arb(2).sqrt()).erfc() / 2

    with precision(128):
        same, opposite = (orthant_ball(arb(alpha), arb(beta), arb(rho)) for rho in (1, -1))
        assert same.overlaps(lower(min(alpha, beta)))
        assert float(same.rad()) < 1e-35
        exact = lower(alpha) - lower(-beta) if alpha > -beta else arb(0)
        assert opposite.overlaps(exact)
        assert float(opposite.rad()) < 1e-35
        # A ball that reaches beyond the end counts as far as the end only.
        wide = orthant_ball(arb(alpha), arb(beta), arb(1, 1e-20))
        assert wide.overlaps(same)
        assert float(wide.rad()) < 1e-9


@pytest.mark.parametrize("bits", [80, 160])
@pytest.mark.parametrize("sign", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_settled_gates_agree_with_more_digits(bits, sign):
    """At these bounds one gate is settled for the smaller precision and not for the larger."""
    alpha, beta, rho = sign[0] * 1.35 * bits**0.5, sign[1] * 0.5, 0.4
    with precision(bits):
        rough = orthant_ball(arb(alpha), arb(beta), arb(rho))
        turned = orthant_ball(arb(beta), arb(alpha), arb(rho))
        assert float(rough.rad()) < 2.0 ** (8 - bits)
    with precision(4 * bits):
        sharp = orthant_ball(arb(alpha), arb(beta), arb(rho))
    assert rough.overlaps(sharp)
    assert turned.overlaps(sharp)
    assert ctx.prec < 80


def test_far_tails_keep_their_sign_and_order():
    with precision(128):
        assert orthant_ball(arb(-60), arb(5), arb("0.5")).contains(0)
        assert orthant_ball(arb(-60), arb(5), arb("0.5")) < arb(10) ** -700
        assert orthant_ball(arb(-9), arb(-8), arb("0.999")) > 0
