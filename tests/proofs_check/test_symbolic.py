"""Scalar decisions: true identities and inequalities are accepted, and nothing false ever is."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.mutation import mutants
from proofs_check.symbolic import (
    AtLeast,
    Identity,
    Phi,
    evaluate_at,
    phi,
    rational_points,
    refuse_floats,
    scalar_remainder,
)

x, y = sp.symbols("x y", real=True)
t, v = sp.symbols("t v", nonnegative=True)
s = sp.Symbol("s", positive=True)
u = sp.Symbol("u", real=True)
T, F = sp.Function("T"), sp.Function("F")

Pair = tuple[sp.Expr, sp.Expr]
fractions = st.fractions(-3, 3, max_denominator=5).map(lambda q: sp.Rational(q.numerator, q.denominator))
leaves = st.one_of(st.sampled_from([x, y, t, s]), fractions).map(lambda e: (e, e))


def turned(pair: Pair, swap: bool) -> Pair:
    return pair[::-1] if swap else pair


def distributed(a: Pair, b: Pair, c: Pair) -> Pair:
    return a[0] * (b[0] + c[0]), a[1] * b[1] + c[1] * a[1]


def squared(a: Pair, b: Pair, c: Pair) -> Pair:
    return (a[0] - b[0]) ** 2 * c[0], c[1] * a[1] ** 2 - 2 * a[1] * b[1] * c[1] + c[1] * b[1] ** 2


def over_one_denominator(a: Pair, b: Pair, c: Pair) -> Pair:
    return a[0] / (1 + b[0] ** 2) + c[0], (a[1] + c[1] + c[1] * b[1] ** 2) / (b[1] ** 2 + 1)


def factored_fraction(a: Pair, b: Pair, c: Pair) -> Pair:
    return a[0] + c[0], (a[1] ** 2 - c[1] ** 2) / (a[1] - c[1]) if a[1] != c[1] else 2 * a[1]


RATIONAL_RULES = [distributed, squared, over_one_denominator, factored_fraction]


def combined(rules, parts):
    return st.builds(
        lambda rule, a, b, c, swap: turned(rule(a, b, c), swap),
        st.sampled_from(rules),
        parts,
        parts,
        parts,
        st.booleans(),
    )


rational_pairs = combined(RATIONAL_RULES, leaves)


def exponentials(a: Pair, b: Pair, c: Pair) -> Pair:
    return sp.exp(a[0] + b[0]) * c[0], sp.exp(a[1]) * c[1] * sp.exp(b[1])


def error_functions(a: Pair, b: Pair, c: Pair) -> Pair:
    return sp.erf(-a[0]) * b[0] + c[0], c[1] - b[1] * sp.erf(a[1])


def roots(a: Pair, b: Pair, c: Pair) -> Pair:
    return b[0] * sp.sqrt(1 + a[0] ** 2) ** 3 + c[0], (b[1] + b[1] * a[1] ** 2) * sp.sqrt(1 + a[1] ** 2) + c[1]


def quotient_of_roots(a: Pair, b: Pair, c: Pair) -> Pair:
    root = sp.sqrt(2 + a[0] ** 2)
    return (b[0] - c[0]) / root, (b[1] - c[1]) * root / (a[1] ** 2 + 2)


transcendental_pairs = combined([exponentials, error_functions, roots, quotient_of_roots], leaves)
pairs = st.one_of(rational_pairs, transcendental_pairs, combined([distributed], transcendental_pairs))


@settings(max_examples=60)
@given(pairs)
def test_rewritten_expressions_are_recognised(pair):
    decision = Identity("rewritten", *pair).decide()
    assert decision.holds, decision.remainder


@settings(max_examples=40)
@given(pairs, fractions.filter(bool), st.sampled_from([sp.S.One, x, t * y, sp.exp(x), sp.erf(s), sp.sqrt(1 + x**2)]))
def test_a_rewritten_expression_with_something_added_is_rejected(pair, amount, added):
    left, right = pair
    decision = Identity("perturbed", left, right + amount * added).decide()
    assert not decision.holds
    assert decision.remainder.startswith("perturbed: ")
    assert decision.remainder.endswith(" is left over")


@settings(max_examples=15)
@given(pairs, st.randoms(use_true_random=False))
def test_no_mutant_that_is_false_somewhere_is_accepted(pair, chooser):
    left, right = pair
    found = mutants(right)
    for label, mutant in chooser.sample(found, min(4, len(found))):
        step = Identity(label, left, mutant)
        if any(step.false_at(point) for point in step.candidate_points()):
            assert not step.decide().holds, (label, left, mutant)


FALSE = {
    "√x² = x": (sp.sqrt(x**2), x),
    "√(x−1)² = x − 1": (sp.sqrt((x - 1) ** 2), x - 1),
    "√(1+x²) = 1 + x": (sp.sqrt(1 + x**2), 1 + x),
    "√(1+x²)√(1+y²) = √(1+x²+y²)": (sp.sqrt(1 + x**2) * sp.sqrt(1 + y**2), sp.sqrt(1 + x**2 + y**2)),
    "e^{x²} = (e^x)^x e": (sp.exp(x**2), sp.exp(x) ** x * sp.E),
    "erf even": (sp.erf(-x), sp.erf(x)),
    "erf additive": (sp.erf(x + y), sp.erf(x) + sp.erf(y)),
    "erf of another argument": (sp.erf(x - y), sp.erf(y - x)),
    "erf of a product for a quotient": (sp.erf(x / s), sp.erf(x * s)),
    "√2 against 7/5": (sp.sqrt(2) * x, sp.Rational(7, 5) * x),
    "π against 22/7": (sp.pi * x, sp.Rational(22, 7) * x),
    "slope of one opaque function for another": (sp.Derivative(T(u), u), sp.Derivative(F(u), u)),
    "opaque slope is zero": (sp.Derivative(T(u), u), sp.S.Zero),
    "opaque function at another point": (T(u), T(2 * u)),
    "chain rule forgotten": (sp.Derivative(T(2 * u), u), sp.Derivative(T(u), u)),
    "opaque integral": (sp.Integral(T(u), (u, 0, 1)), T(u)),
    "power of an exponential of no real number": (
        sp.exp(sp.Symbol("z")) ** sp.Rational(1, 2),
        sp.exp(sp.Symbol("z") / 2),
    ),
    "|x| = x": (sp.Abs(x), x),
    "undefined": (sp.zoo, sp.zoo),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_identities_are_rejected(name):
    assert not Identity(name, *FALSE[name]).decide().holds


TRUE = {
    "Φ(−x) = 1 − Φ(x)": (Phi(-x), 1 - Phi(x)),
    "Φ(0) = 1/2": (Phi(0), sp.Rational(1, 2)),
    "φ is even": (phi(-x), phi(x)),
    "φ(x)² = e^{−x²}/2π": (phi(x) ** 2, sp.exp(-(x**2)) / (2 * sp.pi)),
    "φ' = −xφ": (sp.Derivative(phi(x), x), -x * phi(x)),
    "Φ' = φ": (sp.Derivative(Phi(x), x), phi(x)),
    "erf of an uncancelled quotient": (sp.erf((x**2 - y**2) / (x - y)), sp.erf(x + y)),
    "erf of a negated quotient": (sp.erf((y - x) / (1 + t)), -sp.erf((x - y) / (t + 1))),
    "√ in an exponent's coefficient": (sp.sqrt(1 - x**2) * sp.exp(y) / (1 - x**2), sp.exp(y) / sp.sqrt(1 - x**2)),
    "three roots": (
        sp.sqrt(1 + x**2) * sp.sqrt(1 + y**2) * sp.sqrt(2 + t) * sp.sqrt(1 + y**2) * sp.sqrt(2 + t),
        (1 + y**2) * (2 + t) * sp.sqrt(1 + x**2),
    ),
    "cube of the root of a product": ((x * y) ** sp.Rational(3, 2) + t, x * y * sp.sqrt(x * y) + t),
    "a root inside a root": (sp.sqrt(2 + sp.sqrt(1 + x**2)) ** 2, 2 + sp.sqrt(1 + x**2)),
    "exponents over one denominator": (
        sp.exp(x / (1 + t)) * sp.exp(x * t / (1 + t)),
        sp.exp(x),
    ),
    "exponent of a quotient": (sp.exp(x - y) / sp.exp(x), sp.exp(-y)),
    "rules for slopes reach products": (sp.Derivative(x * T(x), x), T(x) + x * sp.Derivative(T(x), x)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identities_are_accepted(name):
    decision = Identity(name, *TRUE[name]).decide()
    assert decision.holds, decision.remainder


def test_rules_replace_the_slopes_of_opaque_functions():
    slope = {sp.Derivative(T(u), u): -T(u)}
    assert Identity("decay", sp.Derivative(u * T(u), u), (1 - u) * T(u), slope).decide().holds
    assert not Identity("decay", sp.Derivative(u * T(u), u), (1 - u) * T(u)).decide().holds
    assert not Identity("decay", sp.Derivative(u * T(u), u), (1 + u) * T(u), slope).decide().holds
    assert Identity("decay", sp.Derivative(u * T(u), u), sp.S.Zero, slope).with_right((1 - u) * T(u)).decide().holds


def test_what_is_left_over_is_written_in_the_original_terms():
    left = sp.erf(x) * sp.sqrt(1 + y**2) + T(u)
    assert scalar_remainder(left - T(u) - 2) == sp.erf(x) * sp.sqrt(1 + y**2) - 2
    assert scalar_remainder(left) == left
    assert Identity("name", T(u), 2 + 0 * x).decide().remainder == "name: T(u) - 2 is left over"


THIRD = sp.Float(1) / 3


@pytest.mark.parametrize(
    "step",
    [
        Identity("left", THIRD * x, x / 3),
        Identity("right", x / 3, x * THIRD),
        Identity("both", THIRD * x, THIRD * x),
        Identity("rule", sp.Derivative(T(x), x), x / 3, {sp.Derivative(T(x), x): THIRD * x}),
        AtLeast("left", THIRD * t, sp.S.Zero),
        AtLeast("right", t, THIRD * t),
        AtLeast("where", x, sp.S.Zero, {x: THIRD * t}),
    ],
    ids=lambda step: f"{type(step).__name__} {step.name}",
)
def test_floats_are_refused_even_where_they_cancel(step):
    with pytest.raises(ValueError, match="a step must be exact, got a float"):
        step.decide()


def test_floats_inside_functions_are_refused():
    refuse_floats(x, sp.Rational(1, 3))
    with pytest.raises(ValueError, match="got a float"):
        refuse_floats(x, sp.exp(sp.Float(0.5) * x))
    with pytest.raises(ValueError, match="got a float"):
        scalar_remainder(x + sp.Float(0.5))


SIGNED = {"x": x, "y": y, "t": t, "v": v, "s": s}
terms = st.tuples(
    st.sampled_from([-2, -1, 1, 1, 1, 2, 3, 5]),
    st.lists(st.tuples(st.sampled_from(sorted(SIGNED)), st.sampled_from([1, 2, 2, 4])), max_size=3),
)


def polynomial(parts) -> sp.Expr:
    return sp.Add(*(c * sp.Mul(*(SIGNED[name] ** power for name, power in powers)) for c, powers in parts))


def allowed_point(chooser: random.Random) -> dict[sp.Symbol, sp.Expr]:
    """Rational values that the assumptions allow; zero often, where it is allowed."""

    def value(low: int) -> sp.Rational:
        return sp.Rational(chooser.randint(low, 30), chooser.randint(1, 12))

    return {
        **{symbol: value(-30) * chooser.choice([0, 1, 1]) for symbol in (x, y)},
        **{symbol: value(0) * chooser.choice([0, 1, 1]) for symbol in (t, v)},
        s: value(1),
    }


@settings(max_examples=150)
@given(
    st.lists(terms, min_size=1, max_size=4),
    st.lists(terms, min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from([{}, {x: t + v}, {y: x + s, t: v}]),
    st.randoms(use_true_random=False),
)
def test_no_inequality_that_is_false_somewhere_is_accepted(top, bottom, strict, where, chooser):
    denominator = polynomial(bottom)
    if denominator == 0:
        return
    left, right = polynomial(top) / denominator, polynomial(top[1:]) / denominator - chooser.choice([0, 0, 1])
    step = AtLeast("random", left, right, where, strict)
    if step.decide().holds:
        for _ in range(20):
            point = allowed_point(chooser)
            sides = [side.xreplace(where).xreplace(point) for side in (left, right)]
            # A pole that both sides share may cancel.
            if all(side.is_finite for side in sides):
                assert sides[0] > sides[1] if strict else sides[0] >= sides[1]


@settings(max_examples=60)
@given(st.lists(terms, max_size=4), st.lists(terms, max_size=3), st.randoms(use_true_random=False))
def test_sums_of_visibly_nonnegative_terms_are_accepted(top, bottom, chooser):
    def nonnegative(parts):
        return polynomial([(abs(c), [(n, 2 * p if n in "xy" else p) for n, p in powers]) for c, powers in parts])

    numerator, denominator = nonnegative(top), nonnegative(bottom) + 1
    shift = polynomial([(1, [("x", 1), ("y", 1)])])
    assert AtLeast("sum", numerator / denominator + shift, shift).decide().holds
    assert AtLeast("sum", (numerator + s) / denominator + shift, shift, strict=True).decide().holds
    assert AtLeast("both negative", (-numerator - s) / -denominator, sp.S.Zero, strict=True).decide().holds
    assert AtLeast("with where", shift.subs(y, x), -numerator, {y: x}).decide().holds


@pytest.mark.parametrize(
    ("left", "right", "strict", "holds"),
    [
        (t, sp.S.Zero, False, True),
        (t, sp.S.Zero, True, False),
        (s, sp.S.Zero, True, True),
        (x, x, False, True),
        (x, x, True, False),
        (x**2, sp.S.Zero, False, True),
        (x**2, sp.S.Zero, True, False),
        (x**2 + 1, sp.S.Zero, True, True),
        (x**3, sp.S.Zero, False, False),
        (x**2 * t, sp.S.Zero, False, True),
        (x * t, sp.S.Zero, False, False),
        (1 / t, sp.S.Zero, False, False),
        (1 / s, sp.S.Zero, True, True),
        (-1 / s, sp.S.Zero, False, False),
        (sp.S.Zero, -1 / s, True, True),
        (-t, sp.S.Zero, False, False),
        (1 / (s - t), sp.S.Zero, False, False),
        (-1 / (-s - t), sp.S.Zero, True, True),
        (1 / (-s - t), sp.S.Zero, False, False),
        (sp.exp(x), sp.S.Zero, True, True),
        (sp.exp(x) * x**2, sp.S.Zero, False, True),
        (sp.sqrt(t) + 1, sp.S.One, False, True),
        (sp.Symbol("z") ** 2, sp.S.Zero, False, False),
    ],
)
def test_signs_that_can_be_seen(left, right, strict, holds):
    assert AtLeast("sign", left, right, strict=strict).decide().holds is holds


def test_an_undecided_inequality_shows_its_fraction():
    decision = AtLeast("name", x / (1 + t), y / (1 + t)).decide()
    assert decision.remainder == "name: (x - y)/(t + 1) has no visible sign"


def test_an_ordering_is_used_through_where():
    ordered = AtLeast("ordered", y**3, x**3, {y: x + t})
    assert not ordered.decide().holds
    assert AtLeast("ordered", y**3, t**3, {y: t + v}).decide().holds
    assert AtLeast("ordered", y**3, t**3, {y: t + v}, strict=True).with_right(t**3 - s).decide().holds
    assert not AtLeast("ordered", y**3, t**3, {y: t + v}, strict=True).decide().holds


def test_false_at_measures_both_kinds_of_step():
    point = {x: sp.Rational(1, 2), t: sp.Integer(2)}
    assert Identity("same", x, x + t - 2).false_at(point) is False
    assert Identity("other", x, x + t).false_at(point) is True
    assert Identity("close", x, x + sp.Rational(1, 10**20)).false_at(point) is True
    assert Identity("pole", 1 / (t - 2), x).false_at(point) is None
    assert Identity("complex", sp.sqrt(-t), x).false_at(point) is None
    assert AtLeast("equal", t, 4 * x).false_at(point) is False
    assert AtLeast("equal", t, 4 * x, strict=True).false_at(point) is True
    assert AtLeast("less", x, t).false_at(point) is True
    assert AtLeast("hardly less", x, x + sp.Rational(1, 10**20)).false_at(point) is True
    assert AtLeast("more", t, x, strict=True).false_at(point) is False
    assert AtLeast("pole", 1 / (t - 2), x).false_at(point) is None
    assert AtLeast("where", y, x, {y: x - t}).false_at(point) is True


def test_an_opaque_function_counts_as_one_number_at_a_point():
    slope = {sp.Derivative(T(u), u): -T(u)}
    right = Identity("slope", sp.Derivative(u * T(u), u), (1 - u) * T(u), slope)
    assert [right.false_at(point) for point in right.candidate_points()] == [False] * 24
    wrong = right.with_right((1 + u) * T(u))
    assert all(wrong.false_at(point) for point in wrong.candidate_points())


def test_values_have_forty_digits():
    value = evaluate_at(sp.erf(x) * sp.exp(t), {x: sp.Rational(1, 3), t: sp.Rational(2, 7)})
    with_more = (sp.erf(sp.Rational(1, 3)) * sp.exp(sp.Rational(2, 7))).evalf(60)
    assert abs(value - with_more) < sp.Float("1e-38")
    assert evaluate_at(x + t, {x: sp.Integer(1)}) is None
    assert evaluate_at(sp.sqrt(x), {x: sp.Integer(-1)}) is None
    assert evaluate_at(1 / x, {x: sp.Integer(0)}) is None


@pytest.mark.parametrize("count", [1, 24, 40])
def test_points_respect_the_assumptions(count):
    minus, whole = sp.Symbol("m", negative=True), sp.Symbol("n", integer=True, positive=True)
    points = rational_points([x, t, s, minus, whole], count)
    assert len(points) == count
    for number, point in enumerate(points):
        assert point[t] > 0
        assert point[s] > 0
        assert point[minus] < 0
        assert point[whole] in (2, 3, 4)
        assert all(isinstance(value, sp.Rational) for value in point.values())
        if number % 2 == 0:
            assert all(abs(point[symbol]) < 1 for symbol in (x, t, s, minus))
    assert points == rational_points({whole, minus, s, t, x}, count)


def test_points_take_both_signs_and_large_and_small_values():
    values = [Fraction(point[x].p, point[x].q) for point in rational_points([x])]
    assert min(values) < -1
    assert max(values) > 1
    assert any(-1 < value < 0 for value in values)
    assert any(0 < value < 1 for value in values)
    assert len(set(values)) > 12


def test_an_inequality_is_tried_in_the_symbols_of_where():
    step = AtLeast("ordered", y, x, {y: x + t})
    assert all(set(point) == {x, t} for point in step.candidate_points())
    assert not any(step.false_at(point) for point in step.candidate_points())
    cancelled = AtLeast("ordered", y - x, sp.S.Zero, {y: x + t})
    assert all(set(point) == {x, t} for point in cancelled.candidate_points())
    assert all(set(point) == {x, t} for point in Identity("two", x, t).candidate_points())
