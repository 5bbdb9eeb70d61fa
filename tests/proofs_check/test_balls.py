"""Ball arithmetic: enclosures contain the truth, equality and positivity are never granted without proof."""

from __future__ import annotations

import re
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from flint import arb, arb_mat, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.balls import (
    BITS,
    LARGEST_RADIUS,
    ball,
    enclose,
    equality_in_balls,
    euclidean_norm,
    positive_over_box,
    positivity_in_balls,
    precision,
    relative_radius,
    root,
)
from proofs_check.check import Bears, Effort
from proofs_check.ledger import run_check
from proofs_check.verdict import Method

x, y = sp.symbols("x y", real=True)
EFFORT = Effort()
rationals = st.fractions(-3, 3, max_denominator=12).map(lambda q: sp.Rational(q.numerator, q.denominator))


def exactly(value: arb) -> Fraction:
    """The rational number that a ball without radius is."""
    assert value.is_exact()
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def contains(enclosure: arb, value: mpmath.mpf) -> bool:
    """Whether the ball, widened by what fifty digits leave open, holds the value."""
    slack = arb(str(abs(value) * mpmath.mpf(10) ** -47 + mpmath.mpf(10) ** -60))
    return (enclosure + arb(0, 1) * slack).contains(arb(mpmath.nstr(value, 50)).mid())


def compose(inner):
    return st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, st.integers(1, 3)).map(lambda p: p[0] ** p[1]),
        inner.map(lambda e: 1 / (1 + e**2)),
        inner.map(lambda e: sp.exp(-(e**2))),
        inner.map(lambda e: sp.erf(e)),
        inner.map(lambda e: sp.sqrt(1 + e**2)),
        inner.map(lambda e: (1 + e**2) ** sp.Rational(-3, 2)),
        inner.map(lambda e: (1 + e**2) ** sp.Rational(1, 3)),
        inner.map(lambda e: sp.Abs(e) / sp.pi),
        st.tuples(inner, inner).map(lambda p: (1 + p[0] ** 2) ** (p[1] / (1 + p[1] ** 2))),
    )


expressions = st.recursive(st.one_of(st.sampled_from([x, y]), rationals), compose, max_leaves=4)


def in_fifty_digits(expression: sp.Expr, point: dict) -> mpmath.mpf:
    """The same expression by mpmath alone."""
    with mpmath.workdps(90):
        numbers = {s: mpmath.mpf(int(q.p)) / int(q.q) for s, q in point.items()}
        return mpmath.re(mpmath.mpmathify(sp.lambdify((x, y), expression, "mpmath")(numbers[x], numbers[y])))


@settings(max_examples=80)
@given(expressions, rationals, rationals)
def test_enclosures_hold_the_value(expression, at_x, at_y):
    point = {x: at_x, y: at_y}
    with precision():
        enclosure = enclose(expression, point)
        exact = in_fifty_digits(expression, point)
        if abs(exact) > 1e60:
            return
        assert contains(enclosure, exact)
        assert relative_radius(enclosure) < 1e-30 or abs(exact) < 1e-20


@settings(max_examples=60)
@given(expressions, rationals, st.fractions(0, 1, max_denominator=9), st.lists(rationals, min_size=1, max_size=4))
def test_wide_enclosures_hold_every_value_inside(expression, centre, radius, steps):
    with precision():
        around = ball(centre).union(ball(centre + sp.Rational(radius.numerator, radius.denominator)))
        enclosure = enclose(expression, {x: around, y: sp.Rational(1, 3)})
        for step in steps:
            inside = centre + sp.Rational(radius.numerator, radius.denominator) * (step + 3) / 6
            exact = in_fifty_digits(expression, {x: inside, y: sp.Rational(1, 3)})
            assert not enclosure.is_finite() or contains(enclosure, exact) or abs(exact) > 1e60


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (x + y, "values must hold every symbol, y is missing"),
        (sp.sin(x), "expression must be elementary, got sin in"),
        (sp.Float(0.5) * x, "expression must be elementary, got Float in"),
        (sp.oo * x, "expression must be elementary"),
    ],
)
def test_what_cannot_be_enclosed_is_refused(expression, error):
    with pytest.raises(ValueError, match=error):
        enclose(expression, {x: 1})


@pytest.mark.parametrize("expression", [sp.sqrt(x), 1 / (x + 1), x ** sp.Rational(1, 3), sp.I * x, x**y])
def test_what_is_undefined_is_not_finite(expression):
    assert not enclose(expression, {x: -1, y: sp.Rational(1, 2)}).is_finite()


@pytest.mark.parametrize("value", [3, 0.1, Fraction(1, 3), sp.Rational(-22, 7), sp.Integer(5), arb(2, 1)])
def test_numbers_become_balls(value):
    with precision():
        found = ball(value)
        if isinstance(value, arb):
            assert found is value
        elif isinstance(value, int | float):
            assert exactly(found) == Fraction(value)
        else:
            fraction = value if isinstance(value, Fraction) else Fraction(int(value.p), int(value.q))
            assert (found * fraction.denominator).contains(fraction.numerator)
            assert relative_radius(found) < 2.0 ** (1 - BITS) * 2


def test_precision_holds_inside_only():
    before = ctx.prec
    with precision(77):
        assert ctx.prec == 77
        with precision():
            assert ctx.prec == BITS
        assert ctx.prec == 77
    with pytest.raises(RuntimeError), precision(99):
        raise RuntimeError
    assert ctx.prec == before


def test_relative_radius():
    assert relative_radius(arb(4, 1)) == pytest.approx(0.25, rel=1e-6)
    assert relative_radius(arb(-4, 1)) == pytest.approx(0.25, rel=1e-6)
    assert relative_radius(arb(0, 3)) == pytest.approx(3, rel=1e-6)
    assert relative_radius(arb(7)) == 0


POINTS = [{x: sp.Rational(1, 3)}, {x: sp.Rational(-2)}, {x: sp.Integer(0)}]
FORMULA = sp.exp(-(x**2)) + 2


def reference(point):
    return (-(ball(point[x]) ** 2)).exp() + 2


def test_the_right_formula_is_accepted_and_its_mutants_are_not():
    check = equality_in_balls("sum", FORMULA, reference, POINTS, also_rejected=[("by hand", FORMULA + x)], scope="here")
    result = run_check(check, EFFORT)
    assert result.ok
    assert result.outcome.margin.startswith("overlap, relative radius ≤ ")
    assert result.outcome.detail == "3 points"
    assert result.tried >= 9
    names = [control.name for control in check.controls(EFFORT)]
    assert names[-1] == "sum: by hand"
    assert "sum: whole ×2" in names
    assert (check.method, check.bears, check.scope) == (Method.BALLS, Bears.SUPPORTS, "here")


@pytest.mark.parametrize(
    "wrong",
    [FORMULA + sp.Rational(1, 10**40), FORMULA * (1 + sp.Rational(1, 10**30)), FORMULA.subs(x, 2 * x), 2 * FORMULA],
)
def test_a_wrong_formula_is_rejected_however_close(wrong):
    outcome = equality_in_balls("wrong", wrong, reference, POINTS).decide(EFFORT)
    assert not outcome.ok
    assert outcome.margin == "disjoint"
    assert " against " in outcome.detail


def test_a_formula_wrong_at_one_point_only_is_rejected():
    other = FORMULA + x * (x - sp.Rational(1, 3))
    assert not equality_in_balls("last", other, reference, POINTS).decide(EFFORT).ok
    assert equality_in_balls("others", other, reference, POINTS[::2]).decide(EFFORT).ok


@pytest.mark.parametrize(("radius", "ok"), [(0.5 * LARGEST_RADIUS, True), (2 * LARGEST_RADIUS, False), (0.1, False)])
def test_an_enclosure_too_wide_decides_nothing(radius, ok):
    def wide(point):
        return reference(point) * arb(1, radius)

    outcome = equality_in_balls("wide", FORMULA, wide, POINTS).decide(EFFORT)
    assert outcome.ok is ok
    with_wide_point = {x: arb(1, radius)}
    assert equality_in_balls("wide", x + 1, lambda point: arb(2), [with_wide_point]).decide(EFFORT).ok is ok


@pytest.mark.parametrize("which", ["formula", "reference", "both"])
def test_what_is_undefined_equals_nothing(which):
    nothing = arb("nan")
    formula = sp.sqrt(-1 - x**2) if which != "reference" else FORMULA
    check = equality_in_balls("nan", formula, (lambda _: nothing) if which != "formula" else reference, POINTS)
    outcome = check.decide(EFFORT)
    assert not outcome.ok
    assert outcome.margin == "undefined"


def test_mutants_that_agree_or_are_undefined_at_the_points_are_no_controls():
    points = [{x: sp.Integer(2)}]
    labels = [c.name for c in equality_in_balls("square", x**2, lambda p: ball(p[x]) ** 2, points).controls(EFFORT)]
    assert "square: exponent of x**2 -1" in labels
    points = [{x: sp.Integer(1)}]
    labels = [c.name for c in equality_in_balls("square", x**2, lambda p: ball(p[x]) ** 2, points).controls(EFFORT)]
    assert "square: exponent of x**2 -1" not in labels
    points = [{x: sp.Integer(0)}, {x: sp.Integer(2)}]
    check = equality_in_balls("x", x, lambda p: ball(p[x]), points, also_rejected=[("pole", 1 / x), ("half", x / 2)])
    assert [c.name for c in check.controls(EFFORT)][-1] == "x: half"
    assert "x: pole" not in [c.name for c in check.controls(EFFORT)]


def parabola(least: Fraction | int):
    """(a − 1/3)² + (b + 1/5)² + least, expanded so that balls lose sight of it."""

    def value(arguments):
        a, b = arguments
        return a * a - 2 * a / 3 + b * b + 2 * b / 5 + arb(1) / 9 + arb(1) / 25 + ball(least)

    return value


BOX = [(-1, 1), (Fraction(-1, 2), sp.Rational(1, 2))]


@pytest.mark.parametrize("least", [1, Fraction(1, 10), Fraction(1, 50)])
def test_a_positive_function_is_proved_positive(least):
    verdict = positive_over_box(parabola(least), BOX)
    assert verdict.positive
    assert verdict.undecided == ""
    assert 0 < verdict.margin <= ball(least) + arb("1e-20")
    assert 1 <= verdict.boxes <= 3000


def test_harder_functions_take_more_boxes():
    counts = [positive_over_box(parabola(least), BOX).boxes for least in (4, 1, Fraction(1, 10), Fraction(1, 50))]
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[-1] > 2 * counts[1]
    # A bisection that decides every box looks at an odd number of them.
    assert all(count % 2 == 1 for count in counts)


@pytest.mark.parametrize("least", [0, Fraction(-1, 1000), -10])
def test_a_function_with_a_zero_or_a_negative_value_is_not_positive(least):
    verdict = positive_over_box(parabola(least), BOX, most_boxes=400)
    assert not verdict.positive
    assert verdict.boxes <= 400
    assert " on " in verdict.undecided


def test_a_negative_box_ends_the_search_at_once():
    verdict = positive_over_box(parabola(-10), BOX)
    assert verdict.boxes == 1
    assert verdict.margin < 0


@pytest.mark.parametrize("most", [1, 2, 7, 50])
def test_no_more_boxes_than_allowed_are_looked_at(most):
    seen = []

    def value(arguments):
        seen.append(arguments)
        return parabola(0)(arguments)

    verdict = positive_over_box(value, BOX, most_boxes=most)
    assert not verdict.positive
    assert len(seen) == verdict.boxes <= most


def test_the_limit_counts_the_boxes_still_waiting():
    needed = positive_over_box(parabola(1), BOX).boxes
    assert positive_over_box(parabola(1), BOX, most_boxes=needed + 1).positive
    assert not positive_over_box(parabola(1), BOX, most_boxes=needed // 2).positive


def test_the_boxes_cover_the_whole_box_and_the_widest_side_is_cut():
    seen = []

    def value(arguments):
        # The radius of a ball has thirty bits, so a box is wider than asked for by that much.
        seen.append(tuple((round(float(a.lower()), 6), round(float(a.upper()), 6)) for a in arguments))
        return arb(1) if len(seen) > 5 else arb(0, 1)

    verdict = positive_over_box(value, [(0, 1), (0, 8)])
    assert verdict.positive
    assert verdict.boxes == len(seen) == 11
    assert seen[0] == ((0, 1), (0, 8))
    # Depth first: 8 → 4 → 2 → 1, then the first side, which is the first of the widest.
    assert [box[1][1] - box[1][0] for box in seen[:4]] == [8, 4, 2, 1]
    assert seen[4][0][1] - seen[4][0][0] == 0.5
    leaves = [box for k, box in enumerate(seen) if k >= 5]
    assert sum((a[1] - a[0]) * (b[1] - b[0]) for a, b in leaves) == 8


def test_the_margin_is_the_least_lower_end():
    verdict = positive_over_box(
        lambda arguments: arguments[0] if arguments[0] > 0 else arb(0, 1), [(Fraction(1, 4), 8)]
    )
    assert 0.25 - 1e-6 < float(verdict.margin) <= 0.25
    calls = []

    def falling(arguments):
        calls.append(arguments)
        return arb(0, 1) if len(calls) == 1 else arb(10 - len(calls))

    assert exactly(positive_over_box(falling, [(0, 1)]).margin) == 7


def test_what_is_undefined_is_not_positive():
    verdict = positive_over_box(lambda arguments: arguments[0].sqrt() + 1, [(-1, 1)], most_boxes=50)
    assert not verdict.positive


def test_positivity_checks_carry_their_controls():
    check = positivity_in_balls(
        "parabola",
        parabola(1),
        BOX,
        [("lower", parabola(-1)), ("touching", parabola(0))],
        bears=Bears.REFUTES,
        about="corrected",
        scope="there",
    )
    result = run_check(check, EFFORT)
    assert result.ok
    assert result.tried == 2
    assert re.fullmatch(r"lower end \[0\.\d{6} \+/- \S+\]", result.outcome.margin)
    assert result.outcome.detail.endswith(" boxes")
    assert (check.method, check.bears, check.about, check.scope) == (Method.BALLS, Bears.REFUTES, "corrected", "there")
    blunt = positivity_in_balls("parabola", parabola(1), BOX, [("higher", parabola(2))])
    assert run_check(blunt, EFFORT).survivors == ("parabola: higher",)
    failed = positivity_in_balls("parabola", parabola(-10), BOX, [])
    assert not failed.decide(EFFORT).ok
    assert "1 boxes, undecided: " in failed.decide(EFFORT).detail


def test_the_norm_runs_over_all_entries_and_stands_balls_around_zero():
    with precision(128):
        found = euclidean_norm(arb_mat([[3, 0], [0, -4]]), arb_mat([[12]]))
        assert found.overlaps(arb(13))
        assert relative_radius(found) < 1e-35
        small = euclidean_norm(arb_mat([[arb(0, 1e-9)]]))
        assert small.contains(0)
        assert small.contains(arb(1e-9))
        assert small < 1.01e-9


def test_the_root_of_what_cannot_be_negative():
    with precision(128):
        assert root(arb(2)).overlaps(arb(2).sqrt())
        assert relative_radius(root(arb(2))) < 1e-35
        around = root(arb(0, 4))
        assert around.contains(0)
        assert around.contains(arb(2))
        assert around < 2.01
        assert root(arb(-1)).contains(0)
        assert root(arb(-1)) < 1e-30
