"""The four moments of a pair of gates against balls, their rules, and correlations of nearly parallel columns."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from numerics import gate_pairs
from numerics.bivariate_normal import orthant_probability
from numerics.gate_pairs import Correlation, between_columns, gate, pair_excess, pair_moments, residual, rules
from tests.numerics.test_bivariate_normal import BITS, density_ball, distribution_ball, stratified


def tensor(values) -> torch.Tensor:
    return torch.tensor(np.asarray(values, dtype=np.float64))


def correlated(rho) -> Correlation:
    """Correlations (k, 1), exact functions of rho."""
    rho = tensor(rho).reshape(-1, 1)
    return Correlation(rho, 1 - rho.abs(), torch.sqrt((1 - rho) * (1 + rho)))


def moments(alpha, beta, rho) -> np.ndarray:
    """(4, k)"""
    found = pair_moments(gate(tensor(alpha)[:, None]), gate(tensor(beta)[:, None]), correlated(rho))
    return torch.stack(tuple(found))[:, :, 0].numpy()


def edges_and_corner(alpha: float, beta: float, rho: float) -> list[float]:
    """φ(α)Φ(κ_{b|a}), φ(β)Φ(κ_{a|b}) and τφ(α)φ(κ_{b|a}) in balls, for |ρ| < 1 or κ ≠ 0/0."""
    before, ctx.prec = ctx.prec, BITS
    a, b, r = arb(alpha), arb(beta), arb(rho)
    tau = ((1 - r) * (1 + r)).sqrt()

    def share(first: arb, second: arb) -> arb:
        excess = second - r * first
        if abs(rho) == 1:
            return arb(1 if excess > 0 else 0)
        return distribution_ball(excess / tau)

    corner = arb(0) if abs(rho) == 1 else tau * density_ball(a) * density_ball((b - r * a) / tau)
    values = [float(v) for v in (density_ball(a) * share(a, b), density_ball(b) * share(b, a), corner)]
    ctx.prec = before
    return values


@pytest.mark.parametrize("seed", range(3))
def test_moments_of_every_kind_of_pair(seed):
    """The orthant by its other route, accurate in itself; edges and corner in balls."""
    cases = stratified(seed, 3000, least=0.5)
    found = moments(*cases.T)
    orthant = orthant_probability(*cases.T)
    np.testing.assert_allclose(found[0], orthant, rtol=0, atol=1e-15)
    for case, value in zip(cases[:: 4 + seed], found.T[:: 4 + seed], strict=True):
        # At 1 − |ρ| = 1e-16 the last place of β − ρα moves Φ(κ) by 1e-8 of itself; the input is exact.
        np.testing.assert_allclose(value[1:], edges_and_corner(*map(float, case)), rtol=0, atol=6e-16)


def test_gates_that_meet_exactly():
    alpha = np.array([-2.0, 0.0, 0.7])
    half = np.exp(-(alpha**2) / 2) / np.sqrt(2 * np.pi) / 2
    np.testing.assert_allclose(moments(alpha, alpha, [1.0] * 3)[1:], [half, half, 0 * half], rtol=1e-15, atol=0)
    np.testing.assert_allclose(moments(alpha, -alpha, [-1.0] * 3)[1:], [half, half, 0 * half], rtol=1e-15, atol=0)
    np.testing.assert_allclose(moments(alpha, -alpha, [-1.0] * 3)[0], 0, atol=1e-16)


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.3, 0.6, 0.9, -0.95, 1 - 1e-12, 1.0, -1.0])
def test_gates_at_the_origin(rho):
    found = moments([0.0, -0.0], [0.0, 0.0], [rho, rho])
    expected = math.atan2(math.sqrt(1 + rho), math.sqrt(1 - rho)) / math.pi
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=3e-16)
    np.testing.assert_allclose(found[1:3], 0.5 / math.sqrt(2 * math.pi), rtol=1e-15)
    np.testing.assert_allclose(found[3], math.sqrt((1 - rho) * (1 + rho)) / (2 * math.pi), rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("rho", [0.2, -0.4, 0.7, 0.95, -0.95, 1.0, -1.0])
def test_settled_gates_have_nothing_beyond_first_order(rho):
    settled = gate_pairs.SETTLED
    far = tensor([settled, -settled, 20.0, -20.0, 1e200, -1e200, math.inf, -math.inf]).repeat_interleave(5)[None]
    near = tensor([0.0, -1.0, 3.0, -8.0, 60.0]).repeat(8)[None]
    nodes = next(rules(tensor([rho])))[1]
    for pair in ((far, near), (near, far)):
        excess = pair_excess(*map(gate, pair), correlated(rho), nodes)
        for part in excess:
            # 1e-17 for the tail of a gate at 9 deviations, times φ; the rest is rounding of the lean of the other.
            assert float(part.abs().max()) < 1e-16


def test_zero_correlation_has_nothing_beyond_first_order():
    alpha = tensor(np.linspace(-8, 8, 33))[None]
    excess = pair_excess(gate(alpha), gate(alpha.flip(1)), correlated(0.0), gate_pairs._RULES[0][1])
    assert max(float(part.abs().max()) for part in excess) < 1e-16


def test_rules_share_out_all_pairs_by_the_size_of_the_correlation():
    rho = tensor(np.concatenate([np.linspace(-1, 1, 401), [0.3, -0.5, 0.8]]))
    seen = torch.zeros(len(rho), dtype=torch.int64)
    limits = {nodes: limit for limit, nodes in gate_pairs._RULES}
    for members, nodes in rules(rho):
        seen[members] += 1
        if nodes:
            assert float(rho[members].abs().max()) <= limits[nodes]
        else:
            assert float(rho[members].abs().min()) > max(limits.values())
    assert (seen == 1).all()
    assert list(rules(tensor([]))) == []


def largest_error(rho: float, nodes: int) -> float:
    points = np.linspace(-8.5, 8.5, 120)
    alpha, beta = (tensor(v.ravel()[None]) for v in np.meshgrid(points, points))
    errors = []
    for sign in (1, -1):
        excess = pair_excess(gate(alpha), gate(beta), correlated(sign * rho), nodes).orthant[0].numpy()
        first, second = (gate(v).lean[0].numpy() + 0.5 for v in (alpha, beta))
        exact = orthant_probability(alpha[0].numpy(), beta[0].numpy(), sign * rho)
        errors.append(np.abs(excess + first * second - exact).max())
    return max(errors)


@pytest.mark.parametrize(("limit", "nodes"), gate_pairs._RULES)
def test_each_rule_is_the_smallest_that_is_accurate_enough(limit, nodes):
    assert largest_error(limit, nodes) < 7e-16
    assert largest_error(limit, nodes - 1) > 1e-15


def test_the_rule_of_owens_function_is_the_smallest_that_is_accurate_enough(monkeypatch):
    nodes = gate_pairs._OWEN_NODES
    for rho in (0.81, 0.9, 0.99, 0.9999, 1 - 1e-8):
        assert largest_error(rho, 0) < 7e-16
    monkeypatch.setattr(gate_pairs, "_OWEN_NODES", nodes - 1)
    assert largest_error(0.9, 0) > 1e-15


@pytest.mark.parametrize("count", [1, 2, 5, 6, 13, 20, 40])
def test_nodes_and_weights_are_those_of_balls_to_the_last_place(count):
    nodes, weights = gate_pairs.gauss_legendre(count)
    before, ctx.prec = ctx.prec, BITS
    exact = [arb.legendre_p_root(count, count - 1 - k, weight=True) for k in range(count)]
    ctx.prec = before
    for found, balls in zip(zip(nodes, weights, strict=True), exact, strict=True):
        for value, ball in zip(found, balls, strict=True):
            assert abs(value - float(ball.mid())) <= 4.5e-16 * abs(value)


def exact_gap(v, w) -> arb:
    """1 − |cos| of two columns of floats, in balls."""
    dot, square_v, square_w = (
        sum((Fraction(float(p)) * Fraction(float(q)) for p, q in zip(left, right, strict=True)), Fraction(0))
        for left, right in ((v, w), (v, v), (w, w))
    )
    # 1 − c = (1 − c²)/(1 + c), the numerator exact.
    rest = 1 - dot * dot / (square_v * square_w)
    cosine = (arb(dot.numerator) / arb(dot.denominator)) ** 2 * square_w.denominator * square_v.denominator
    cosine = (cosine / (square_v.numerator * arb(square_w.numerator))).sqrt()
    return arb(rest.numerator) / arb(rest.denominator) / (1 + cosine)


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 6), power=st.integers(0, 12), sign=st.sampled_from([1, -1]))
def test_cosines_keep_the_gap_and_the_sine_of_nearly_parallel_columns(seed, d, power, sign):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal(d)
    w = sign * v * rng.uniform(0.5, 2) + 10.0**-power * rng.standard_normal(d)
    columns = tensor(np.array([v, w]).T)
    found = between_columns(columns / torch.linalg.vector_norm(columns, dim=0))
    before, ctx.prec = ctx.prec, BITS
    gap = float(exact_gap(v, w))
    ctx.prec = before
    # Rounding a unit vector moves a length by 4e-16: the gap, half its square, by the root of the gap times that.
    slack = 1e-15 * math.sqrt(2 * gap) + 1e-30
    assert abs(float(found.gap[0, 1]) - gap) <= slack
    assert abs(float(found.tau[0, 1]) - math.sqrt(gap * (2 - gap))) <= 1e-15
    assert abs(float(found.rho[0, 1]) - math.copysign(1 - gap, float(v @ w))) <= 1e-15
    for part in found:
        assert torch.equal(part, part.mT)


def test_cosines_of_equal_opposite_orthogonal_and_zero_columns():
    v = tensor([0.6, 0.8])
    units = torch.stack([v, v, -v, tensor([-0.8, 0.6]), torch.zeros(2, dtype=torch.float64)], dim=1)
    rho, gap, tau = between_columns(units)
    assert rho[0].tolist() == pytest.approx([1, 1, -1, 0, 0], abs=1e-15)
    assert gap[0, :3].tolist() == [0, 0, 0]
    assert tau[0, :3].tolist() == [0, 0, 0]
    assert float(rho.abs().max()) <= 1
    assert rho[4].tolist() == [0] * 5
    stack = between_columns(torch.stack([units, -units]))
    assert torch.equal(stack.rho, torch.stack([rho, rho]))
    assert between_columns(torch.zeros(3, 4, 0, dtype=torch.float64)).rho.shape == (3, 0, 0)


@given(
    first=st.floats(-9, 9),
    shift=st.floats(-1, 1) | st.floats(-1e-12, 1e-12),
    rho=st.floats(-1, 1) | st.integers(1, 15).map(lambda k: 1 - 10.0**-k),
    flip=st.booleans(),
)
def test_residuals_do_not_cancel(first, shift, rho, flip):
    rho = -rho if flip else rho
    second = math.copysign(1.0, rho) * first + shift
    exact = Fraction(second) - Fraction(rho) * Fraction(first)
    found = residual(tensor([first]), tensor([second]), Correlation(*(v[0] for v in correlated(rho))))
    # Of the difference of the two and of the gap, each rounded once, not of the numbers themselves.
    scale = abs(second - math.copysign(1.0, rho) * first) + (1 - abs(rho)) * abs(first)
    assert abs(Fraction(float(found[0])) - exact) <= Fraction(4e-16) * Fraction(scale) + Fraction(1e-300)
