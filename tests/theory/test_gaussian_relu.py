"""Moments of rectified Gaussians against rigorous enclosures, exact limits and exact identities."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from proofs_check.ball_integrals import cross_moment_ball, mean_ball, second_moment_ball
from theory.gaussian_relu import (
    cross_moment,
    mean,
    orthant_probability,
    pair_moments,
    second_moment,
)
from theory.normal_tails import density

numbers = st.floats(-30, 30).map(lambda x: float(np.float32(x)))
scales = st.floats(0.0625, 16, width=32)
correlations = st.floats(-1, 1) | st.sampled_from([-1.0, 1.0, 0.0, 1 - 1e-12, -1 + 1e-12])


def cross_moment_cases(seed: int = 20260714) -> np.ndarray:
    """2,000 rows (μ_a, μ_b, s_a, s_b, ρ): every regime of ρ with every size of the means, half near the kink."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(2000):
        gap = 10 ** rng.uniform(-16, -9)
        regime = k % 6
        wide = [rng.uniform(-1, 1), 1.0, -1.0, 1 - gap, -1 + gap, np.tanh(4 * rng.standard_normal())]
        rho = wide[regime]
        size = [1, 3, 6, 30][k // 6 % 4]
        alpha, beta = rng.uniform(-size, size, 2)
        if k // 24 % 2:
            # β ≈ sign(ρ) α puts the kink of the conditional mean where the mass is: all scales down to 1e-12.
            beta = np.copysign(1.0, rho) * alpha + 10 ** rng.uniform(-12, 0.5) * rng.choice([-1, 1])
        s_a, s_b = np.exp(rng.standard_normal(2))
        rows.append([alpha * s_a, beta * s_b, s_a, s_b, rho])
    return np.array(rows)


@pytest.fixture(scope="module")
def enclosed():
    """The cases, the midpoints of their enclosures and the radii."""
    cases = cross_moment_cases()
    balls = [cross_moment_ball(*map(float, row)) for row in cases]
    return cases, np.array([float(b.mid()) for b in balls]), np.array([float(b.rad()) for b in balls])


def tolerance(value: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """1e-13 relative above 1e-8 s_a s_b, 1e-9 relative down to 1e-30 s_a s_b, 1e-30 s_a s_b below."""
    scaled = value / unit
    return unit * np.where(scaled > 1e-8, 1e-13 * scaled, np.where(scaled > 1e-30, 1e-9 * scaled, 1e-30))


def usual_closed_form(cases: np.ndarray, factors: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)) -> np.ndarray:
    """The textbook closed form, which cancels in the tails; the factors multiply its four terms."""
    mu_a, mu_b, s_a, s_b, rho = cases.T
    alpha, beta = mu_a / s_a, mu_b / s_b
    tau = np.sqrt((1 - rho) * (1 + rho))
    joint = np.exp(-(alpha**2 - 2 * rho * alpha * beta + beta**2) / (2 * tau**2)) / (2 * np.pi * tau)
    terms = (
        (alpha * beta + rho) * orthant_probability(alpha, beta, rho),
        beta * density(alpha) * ndtr((beta - rho * alpha) / tau),
        alpha * density(beta) * ndtr((alpha - rho * beta) / tau),
        tau**2 * joint,
    )
    return s_a * s_b * sum(f * term for f, term in zip(factors, terms, strict=True))


def test_cross_moment_lies_within_its_tolerance_of_every_enclosure(enclosed):
    cases, value, radius = enclosed
    unit = cases[:, 2] * cases[:, 3]
    allowed = tolerance(value, unit)
    assert (radius < 1e-3 * allowed).all()
    assert (np.abs(cross_moment(*cases.T) - value) <= allowed).all()


def test_every_band_and_regime_of_the_comparison_is_populated(enclosed):
    cases, value, _ = enclosed
    scaled, rho = value / (cases[:, 2] * cases[:, 3]), cases[:, 4]
    large, tail, nothing = scaled > 1e-8, (scaled <= 1e-8) & (scaled > 1e-30), scaled <= 1e-30
    regimes = (
        rho == 1,
        rho == -1,
        (rho > 1 - 1e-8) & (rho < 1),
        (rho < -1 + 1e-8) & (rho > -1),
        abs(rho) < 0.999,
    )
    assert [int(band.sum()) > least for band, least in ((large, 1000), (tail, 150), (nothing, 300))] == [True] * 3
    for regime in regimes:
        assert regime.sum() > 250
        assert (regime & large).sum() > 80
        assert (regime & tail).sum() > 10
        assert (regime & nothing).sum() > 10


def test_control_the_same_comparison_accepts_the_closed_form_and_rejects_each_mutated_factor(enclosed):
    cases, value, _ = enclosed
    # Where the closed form keeps its digits: moderate means and correlations.
    easy = (np.abs(cases[:, :2] / cases[:, 2:4]) < 2).all(1) & (np.abs(cases[:, 4]) < 0.9)
    easy &= value > 0.1 * cases[:, 2] * cases[:, 3]
    assert easy.sum() > 30
    allowed = tolerance(value[easy], cases[easy, 2] * cases[easy, 3])
    assert (np.abs(usual_closed_form(cases[easy]) - value[easy]) <= allowed).all()
    for term in range(4):
        for factor in (1 + 1e-9, -1.0, 0.5):
            factors = tuple(factor if k == term else 1.0 for k in range(4))
            wrong = np.abs(usual_closed_form(cases[easy], factors) - value[easy]) > allowed
            assert wrong.mean() > 0.9


def test_one_unit_moments_lie_within_rounding_of_their_enclosures():
    rng = np.random.default_rng(5)
    alpha = np.concatenate([rng.uniform(-38, 38, 150), rng.uniform(-3, 3, 150), [0.0, 1e6, -1e6, 2.0, -2.0]])
    s = np.exp(rng.standard_normal(alpha.size))
    mu = alpha * s
    # The quotient μ/s is rounded once, which moves a tail by α² units in the last place.
    allowed = 3e-14 + 4e-16 * np.minimum(mu / s, 0) ** 2
    for moment, ball in ((mean, mean_ball), (second_moment, second_moment_ball)):
        value = np.array([float(ball(float(m), float(scale))) for m, scale in zip(mu, s, strict=True)])
        assert (np.abs(moment(mu, s) - value) <= allowed * value + 1e-305).all()


def test_gates_and_orthant_are_the_derivatives_of_the_enclosure():
    """∂C/∂μ_a, ∂C/∂μ_b and ∂C/∂ρ (Price) by central differences in balls: step 2^-60, error about 1e-26."""
    rng = np.random.default_rng(11)
    before, ctx.prec = ctx.prec, 192
    step = arb(2) ** -60
    for k in range(40):
        rho = [rng.uniform(-1, 1), 1 - 10 ** rng.uniform(-9, -3), -1 + 10 ** rng.uniform(-9, -3)][k % 3]
        alpha = rng.uniform(-4, 4)
        beta = np.sign(rho) * alpha + rng.normal() * [1, 1e-3][k // 3 % 2]
        s = np.exp(rng.standard_normal(2))
        point = [alpha * s[0], beta * s[1], s[0], s[1], rho]
        found = pair_moments(*point)
        unit = {0: s[1], 1: s[0], 4: s[0] * s[1]}
        for argument, value in ((0, found.gate_a), (1, found.gate_b), (4, s[0] * s[1] * found.orthant)):
            ends = []
            for sign in (1, -1):
                moved = [arb(float(coordinate)) for coordinate in point]
                moved[argument] += sign * step
                ends.append(cross_moment_ball(*moved))
            slope = float((ends[0] - ends[1]) / (2 * step))
            # At 1 − |ρ| = 1e-9 a rounding of α moves the conditional probabilities by 1e-16/τ = 1e-12.
            rounding = 1e-13 + 1e-15 / np.sqrt(1 - abs(rho))
            assert abs(value - slope) <= unit[argument] * rounding * (1 + abs(alpha) + abs(beta))
    ctx.prec = before


def test_gates_at_equal_and_opposite_units():
    # z_a = z_b: E[1 z_+] = E[z_+]; z_b = −z_a: never both on.
    mu, s = np.array([-2.0, -0.3, 0.0, 0.7, 3.0]), 1.5
    same = pair_moments(mu, mu, s, s, 1.0)
    np.testing.assert_allclose(same.gate_a, mean(mu, s), rtol=1e-14)
    np.testing.assert_allclose(same.gate_b, mean(mu, s), rtol=1e-14)
    np.testing.assert_allclose(same.orthant, ndtr(mu / s), rtol=1e-14)
    np.testing.assert_allclose(same.cross, second_moment(mu, s), rtol=1e-13)
    opposite = pair_moments(mu, -mu, s, s, -1.0)
    for moment in opposite:
        np.testing.assert_allclose(moment, 0, atol=1e-16)
    np.testing.assert_array_equal(opposite.cross < 1e-30, True)


def test_orthant_probability_at_the_origin_is_the_arcsine_law():
    rho = np.concatenate([np.linspace(-1, 1, 101), [1 - 1e-10, -1 + 1e-10, 1 - 1e-15]])
    # arcsin loses digits at ±1; ½ arccos(ρ) = arctan2(√(1−ρ), √(1+ρ)) does not.
    expected = 0.5 - np.arctan2(np.sqrt(1 - rho), np.sqrt(1 + rho)) / np.pi
    np.testing.assert_allclose(orthant_probability(0, 0, rho), expected, rtol=0, atol=2e-15)
    positive = expected > 1e-12
    np.testing.assert_allclose(orthant_probability(0, 0, rho)[positive], expected[positive], rtol=1e-10)


@given(alpha=numbers, beta=numbers, rho=correlations)
def test_orthants_add_up_to_the_half_planes(alpha, beta, rho):
    total = orthant_probability(alpha, beta, rho) + orthant_probability(alpha, -beta, -rho)
    assert abs(total - ndtr(alpha)) < 1e-14


@given(mu_a=numbers, mu_b=numbers, s_a=scales, s_b=scales, rho=correlations, power=st.integers(-20, 20))
def test_cross_moment_is_symmetric_and_homogeneous(mu_a, mu_b, s_a, s_b, rho, power):
    value = cross_moment(mu_a, mu_b, s_a, s_b, rho)
    bound = 1e-13 * value + 1e-30 * s_a * s_b
    assert abs(cross_moment(mu_b, mu_a, s_b, s_a, rho) - value) <= 2 * (
        bound if value > 1e-8 * s_a * s_b else 1e4 * bound
    )
    # Powers of two are exact, above the subnormal numbers.
    t = 2.0**power
    assert abs(cross_moment(t * mu_a, mu_b, t * s_a, s_b, rho) - t * value) <= 1e-300


@given(mu_a=numbers, mu_b=numbers, s_a=scales, s_b=scales, rho=correlations, other=correlations)
def test_cross_moment_grows_with_the_correlation_within_cauchy_schwarz(mu_a, mu_b, s_a, s_b, rho, other):
    low, high = (cross_moment(mu_a, mu_b, s_a, s_b, r) for r in sorted((rho, other)))
    slack = 1e-12 * high + 1e-30 * s_a * s_b
    assert 0 <= low <= high + slack
    assert high <= np.sqrt(second_moment(mu_a, s_a) * second_moment(mu_b, s_b)) + slack


@given(mu_a=numbers, mu_b=numbers, s_a=scales, s_b=scales)
def test_independent_units_factorise_and_equal_units_square(mu_a, mu_b, s_a, s_b):
    product = mean(mu_a, s_a) * mean(mu_b, s_b)
    assert abs(cross_moment(mu_a, mu_b, s_a, s_b, 0.0) - product) <= 1e-13 * product + 1e-30 * s_a * s_b
    square = second_moment(mu_a, s_a)
    bound = 1e-13 if square > 1e-8 * s_a**2 else 1e-9
    assert abs(cross_moment(mu_a, mu_a, s_a, s_a, 1.0) - square) <= bound * square + 1e-30 * s_a**2


@given(mu_a=numbers, mu_b=numbers, s=scales, rho=correlations)
def test_without_noise_everything_is_exact(mu_a, mu_b, s, rho):
    on_a, on_b = max(mu_a, 0.0), max(mu_b, 0.0)
    assert mean(mu_a, 0) == on_a
    assert second_moment(mu_a, 0) == on_a**2
    both = pair_moments(mu_a, mu_b, 0, 0, rho)
    assert both == (on_a * on_b, (mu_a > 0) * (mu_b > 0), (mu_a > 0) * on_b, on_a * (mu_b > 0))
    one = pair_moments(mu_a, mu_b, 0, s, rho)
    assert one.cross == on_a * mean(mu_b, s)
    assert one.gate_a == (mu_a > 0) * mean(mu_b, s)
    assert one.orthant == (mu_a > 0) * ndtr(mu_b / s)
    assert one == pair_moments(mu_b, mu_a, s, 0, rho)._replace(gate_a=one.gate_a, gate_b=one.gate_b)
    swapped = pair_moments(mu_b, mu_a, s, 0, rho)
    assert (swapped.gate_a, swapped.gate_b) == (one.gate_b, one.gate_a)


@pytest.mark.parametrize("far", [40.0, 1e3, 1e6, 1e150])
def test_a_unit_that_is_certainly_on_is_linear(far):
    mu_b, s_b, rho = np.array([-30.0, -3.0, 0.0, 2.0, far]), 1.25, -0.75
    found = pair_moments(far, mu_b, 1.0, s_b, rho)
    linear = far * mean(mu_b, s_b) + rho * s_b * ndtr(mu_b / s_b)
    np.testing.assert_allclose(found.cross, linear, rtol=1e-14)
    np.testing.assert_allclose(found.gate_a, mean(mu_b, s_b), rtol=1e-14)
    np.testing.assert_allclose(found.gate_b, far * ndtr(mu_b / s_b) + rho * density(mu_b / s_b), rtol=1e-14)
    np.testing.assert_allclose(found.orthant, ndtr(mu_b / s_b), rtol=1e-14)
    assert pair_moments(-far, far, 1.0, 1.0, rho) == (0, 0, 0, 0)
    assert mean(far, 1) == far
    assert mean(-far, 1) == 0
    assert mean(1.0, 1e-320) == 1


def test_no_jump_where_a_unit_becomes_certain():
    for mu_b in (-5.0, 0.0, 5.0, 39.0):
        for rho in (-1.0, -0.5, 0.5, 1.0):
            left, right = (pair_moments(far, mu_b, 1, 1, rho) for far in (np.nextafter(40.0, 0), 40.0))
            assert abs(left.cross - right.cross) <= 1e-13 * right.cross
            # The gates are differences of larger terms: only their absolute error is small.
            np.testing.assert_allclose(left[1:], right[1:], rtol=1e-13, atol=1e-15)


def test_arguments_broadcast_and_scalars_give_scalars():
    value = cross_moment(1.0, 2.0, 1.0, 1.0, 0.5)
    assert isinstance(value, np.float64)
    assert isinstance(mean(1, 1), np.float64)
    assert isinstance(second_moment(-1, 1), np.float64)
    grid = cross_moment(np.ones((3, 1)), np.full(4, 2.0), 1.0, np.ones((2, 1, 1)), 0.5)
    assert grid.shape == (2, 3, 4)
    np.testing.assert_array_equal(grid, value)
    assert cross_moment(np.zeros(0), 1, 1, 1, 0.5).shape == (0,)
    # More rows than one chunk of the quadrature holds.
    rho = np.linspace(-0.9, 0.9, 30_001)
    many = cross_moment(0.5, -0.25, 1, 1, rho)
    np.testing.assert_allclose(many[::5000], [cross_moment(0.5, -0.25, 1, 1, r) for r in rho[::5000]], rtol=1e-14)
