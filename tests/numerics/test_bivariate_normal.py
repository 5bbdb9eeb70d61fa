"""The orthant probability against balls of another integral, exact limits and identities, down to 1e-280."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from flint import acb, arb, ctx
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from numerics import bivariate_normal
from numerics.bivariate_normal import orthant_probability

BITS = 256
# Beyond 60 deviations lies less than 1e-780.
FAR = 60

gates = st.floats(-40, 40) | st.sampled_from([0.0, -0.0, math.inf, -math.inf, 1e-300, 37.0, -37.0])
correlations = st.floats(-1, 1) | st.sampled_from([-1.0, 1.0, 0.0, 1 - 1e-12, -1 + 1e-12])


def distribution_ball(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def density_ball(x: arb) -> arb:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def orthant_ball(alpha: float, beta: float, rho: float) -> arb:
    """∫_{−α}^∞ φ(u) Φ((β + ρu)/τ) du in balls: conditioning on one gate, where the code integrates over ρ."""
    before, ctx.prec = ctx.prec, BITS
    a, b, r = arb(alpha), arb(beta), arb(rho)
    if abs(rho) == 1:
        # 3,000 bits bear the cancellation of Φ(β) − Φ(−α).
        ctx.prec = 3000
        value = distribution_ball(a.min(b)) if rho == 1 else (distribution_ball(b) - distribution_ball(-a)).max(arb(0))
        ctx.prec = before
        return value
    tau = ((1 - r) * (1 + r)).sqrt()

    def integrand(u: acb, _: bool) -> acb:
        return (-u * u / 2).exp() * (-(b + r * u) / (tau * arb(2).sqrt())).erfc() / 2

    # Cut at 0 and around the place where the other gate turns, over the width of that turn.
    ends = [-a, arb(0), arb(FAR)]
    if rho:
        turn = -b / r
        ends += [turn, turn - 20 * tau / abs(r), turn + 20 * tau / abs(r)]
    ends = sorted((end for end in ends if not end < -a and not end > FAR), key=float)
    total = arb(0)
    for low, high in itertools.pairwise(ends):
        piece = acb.integral(
            integrand,
            acb(low),
            acb(high),
            rel_tol=arb(2) ** -80,
            abs_tol=arb(2) ** -1100,
            eval_limit=200_000,
            depth_limit=2000,
        )
        total += piece.real
    value = total / (2 * arb.pi()).sqrt()
    ctx.prec = before
    return value


def stratified(seed: int, count: int, least: float = 1.0) -> np.ndarray:
    """Rows (α, β, ρ): six kinds of ρ, six sizes of the gates, half with β within 1e-12 to 3 of sign(ρ)α."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(count):
        gap = 10 ** rng.uniform(-16, -1)
        rho = [rng.uniform(-1, 1), 1 - gap, -1 + gap, 1.0, -1.0, np.tanh(2 * rng.standard_normal())][k % 6]
        size = least * [0.01, 1, 3, 8, 20, 36][k // 6 % 6]
        alpha, beta = rng.uniform(-size, size, 2)
        if k // 36 % 2:
            beta = math.copysign(1.0, rho) * alpha + 10 ** rng.uniform(-12, 0.5) * rng.choice([-1, 1])
        rows.append((alpha, beta, rho))
    return np.array(rows)


@pytest.mark.parametrize(
    ("seed", "count"),
    [(0, 144), (int(np.random.SeedSequence().generate_state(1)[0]), 72)],
    ids=["fixed", "fresh"],
)
def test_every_probability_has_its_digits(seed, count):
    cases = stratified(seed, count)
    found = orthant_probability(*cases.T)
    tails = 0
    for case, value in zip(cases, found, strict=True):
        ball = orthant_ball(*map(float, case))
        exact = float(ball.mid())
        assert float(ball.rad()) <= 1e-15 * exact + 1e-285, (seed, case)
        assert abs(value - exact) <= min(2e-15, 1e-12 * exact) + 1e-290, (seed, case)
        tails += 1e-280 < exact < 1e-40
    if seed == 0:
        assert tails > 10


def test_the_comparison_rejects_a_correlation_or_a_gate_moved_in_the_eleventh_digit():
    alpha, beta, rho = -6.0, -5.0, 0.5
    exact = float(orthant_ball(alpha, beta, rho).mid())
    assert abs(orthant_probability(alpha, beta, rho) - exact) <= 1e-12 * exact
    for moved in ((alpha * (1 + 1e-12), beta, rho), (alpha, beta * (1 + 1e-12), rho), (alpha, beta, rho * (1 + 1e-12))):
        assert abs(orthant_probability(*moved) - exact) > 1e-12 * exact


@pytest.mark.parametrize("distance", [1e-1, 1e-3, 1e-6, 1e-10, 1e-14, 2.0**-53])
def test_nearly_parallel_and_opposite_gates(distance):
    for rho in (1 - distance, -1 + distance):
        for alpha in (0.0, 1e-8, -0.7, 3.0, -12.0):
            for shift in (0.0, 1e-8, -1e-3):
                beta = math.copysign(1.0, rho) * alpha + shift
                exact = float(orthant_ball(alpha, beta, rho).mid())
                assert abs(orthant_probability(alpha, beta, rho) - exact) <= min(2e-15, 1e-12 * exact) + 1e-290


@given(
    p=st.floats(-12, 3).map(lambda x: 10**x) | st.just(0.0),
    q=st.floats(-12, 3).map(lambda x: 10**x) | st.just(0.0),
    end=st.floats(0, 36).map(math.exp) | st.just(math.inf),
)
def test_the_window_holds_what_is_within_the_drop_and_no_more(p, q, end):
    low, high = (
        float(v[0]) for v in bivariate_normal._window(*(torch.from_numpy(np.array([float(v)])) for v in (p, q, end)))
    )
    drop, last = bivariate_normal._DROP, math.log(end) / 2

    def exponent(y):
        return p * math.exp(-2 * y) + (q * math.exp(2 * y) if q else 0.0)

    # Convex in y: its least value by ternary search, up to 60, where both terms have gone or grown.
    left, right = 0.0, min(last, 60.0)
    for _ in range(200):
        third = (right - left) / 3
        inside = exponent(left + third) < exponent(right - third)
        left, right = (left, right - third) if inside else (left + third, right)
    least = exponent(left)
    assert 0 <= low <= high <= last
    assert low == 0 or exponent(low) == pytest.approx(least + drop, rel=1e-9)
    assert exponent(0.0) <= (least + drop) * (1 + 1e-9) or low > 0
    assert high == last or exponent(high) == pytest.approx(least + drop, rel=1e-9)


def test_at_the_origin_it_is_the_arcsine_law():
    rho = np.concatenate([np.linspace(-1, 1, 101), [1 - 1e-10, -1 + 1e-10, 1 - 1e-15, -1 + 1e-15]])
    # ½ − arccos(ρ)/2π without the loss of digits at the ends.
    expected = np.arctan2(np.sqrt(1 + rho), np.sqrt(1 - rho)) / np.pi
    np.testing.assert_allclose(orthant_probability(0.0, 0.0, rho), expected, rtol=1e-13, atol=0)


@given(alpha=gates, beta=gates, rho=correlations)
def test_orthants_add_up_to_half_planes_and_commute(alpha, beta, rho):
    value = orthant_probability(alpha, beta, rho)
    assert abs(value + orthant_probability(alpha, -beta, -rho) - ndtr(alpha)) <= 1e-14
    assert abs(value - orthant_probability(beta, alpha, rho)) <= 1e-12 * value + 1e-290
    assert 0 <= value <= min(ndtr(alpha), ndtr(beta)) * (1 + 1e-12) + 1e-290
    assert value >= (ndtr(alpha) * ndtr(beta) if rho >= 0 else 0) * (1 - 1e-12) - 1e-290


@given(alpha=gates, rho=correlations)
def test_infinite_gates_leave_the_other_alone(alpha, rho):
    assert abs(orthant_probability(alpha, math.inf, rho) - ndtr(alpha)) <= 1e-12 * ndtr(alpha) + 1e-290
    assert orthant_probability(-math.inf, alpha, rho) == 0
    assert orthant_probability(math.inf, 1e300, rho) == 1


def test_shapes_kinds_and_pieces(monkeypatch):
    assert isinstance(orthant_probability(0.5, -1, 0.25), np.float64)
    grid = orthant_probability(np.linspace(-3, 3, 5)[:, None], np.linspace(-2, 2, 4), [[[0.5]], [[-0.9]]])
    assert isinstance(grid, np.ndarray)
    assert grid.shape == (2, 5, 4)
    assert grid[1, 2, 3] == orthant_probability(0.0, 2.0, -0.9)
    assert orthant_probability(np.zeros(0), 1.0, 0.5).shape == (0,)
    rho = torch.linspace(-1, 1, 7, dtype=torch.float64, requires_grad=True)
    tensor = orthant_probability(1.0, [0.5], rho)
    assert isinstance(tensor, torch.Tensor)
    assert not tensor.requires_grad
    np.testing.assert_array_equal(tensor.numpy(), orthant_probability(1.0, 0.5, rho.detach().numpy()))
    assert orthant_probability(torch.tensor(1.0), 2, 0).shape == ()
    assert orthant_probability(10**18, [-(10**18), 10**18], -1).tolist() == [0, 1]
    monkeypatch.setattr(bivariate_normal, "_AT_ONCE", 3)
    pieces = orthant_probability(np.linspace(-3, 3, 5)[:, None], np.linspace(-2, 2, 4), [[[0.5]], [[-0.9]]])
    np.testing.assert_array_equal(pieces, grid)


def test_arrays_are_left_as_they_were():
    alpha = np.array([100.0, -100.0, 1.0])
    alpha.flags.writeable = False
    rho = np.array([0.5, 0.25, -1.0])[::-1]
    assert orthant_probability(alpha[::-1], torch.tensor([100.0, 1.0, 2.0]), rho).shape == (3,)
    np.testing.assert_array_equal(alpha, [100, -100, 1])
