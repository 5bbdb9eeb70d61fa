"""Decisions in ball arithmetic (Arb through python-flint): enclosures at points, signs over boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, arb_mat, ctx, fmpq

from .check import Bears, Check, Control, Effort, Outcome
from .mutation import mutants
from .verdict import Method

BITS = 192
# An enclosure decides an equality only when it is this narrow relative to its value.
LARGEST_RADIUS = 1e-20

Point = Mapping[sp.Symbol, Any]


@contextmanager
def precision(bits: int = BITS):
    """Work with `bits` bits inside the block."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def ball(value: Any) -> arb:
    """The exact ball of an int, float, Fraction or SymPy rational (floats are taken at their exact value)."""
    if isinstance(value, arb):
        return value
    if isinstance(value, sp.Rational):
        return arb(fmpq(int(value.p), int(value.q)))
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def enclose(expression: sp.Expr, values: Point) -> arb:
    """An enclosure of a SymPy expression with balls for its symbols.

    Raises `ValueError` for a function that has no ball arithmetic here or a symbol without a value.
    """
    if isinstance(expression, sp.Symbol):
        if expression not in values:
            raise ValueError(f"values must hold every symbol, {expression} is missing")
        return ball(values[expression])
    if isinstance(expression, sp.Rational):
        return ball(expression)
    if expression is sp.pi:
        return arb.pi()
    if expression is sp.I:
        # A mutant may leave the reals (√−1); it is then not a number here.
        return arb("nan")
    if isinstance(expression, sp.Add):
        return sum((enclose(term, values) for term in expression.args), arb(0))
    if isinstance(expression, sp.Mul):
        product = arb(1)
        for factor in expression.args:
            product *= enclose(factor, values)
        return product
    if isinstance(expression, sp.Pow):
        return _power(enclose(expression.base, values), expression.exp, values)
    if isinstance(expression, sp.exp):
        return enclose(expression.args[0], values).exp()
    if isinstance(expression, sp.Abs):
        return abs(enclose(expression.args[0], values))
    if isinstance(expression, sp.erf):
        return enclose(expression.args[0], values).erf()
    raise ValueError(f"expression must be elementary, got {type(expression).__name__} in {expression}")


def _power(base: arb, exponent: sp.Expr, values: Point) -> arb:
    if isinstance(exponent, sp.Integer):
        return base ** int(exponent)
    if isinstance(exponent, sp.Rational) and exponent.q == 2:
        return base.sqrt() ** int(exponent.p)
    return base ** enclose(exponent, values)


def root(value: arb) -> arb:
    """√value for a quantity that is known to be ≥ 0, although its ball may reach below."""
    return value.sqrt() if value > 0 else arb(0).union(value.upper().max(arb(0)).sqrt())


def euclidean_norm(*matrices: arb_mat) -> arb:
    """√Σ of the squares of all entries."""
    # A product, for Arb's general power of a ball around zero is no number.
    return root(sum((entry * entry for matrix in matrices for entry in matrix.entries()), arb(0)))


def relative_radius(value: arb) -> float:
    """Radius over midpoint of a ball (the radius itself at zero)."""
    middle = abs(float(value.mid()))
    return float(value.rad()) / middle if middle else float(value.rad())


def equality_in_balls(
    name: str,
    claimed: sp.Expr,
    reference: Callable[[Point], arb],
    points: Sequence[Point],
    *,
    about: str = "printed",
    bears: Bears = Bears.SUPPORTS,
    scope: str = "",
    also_rejected: Sequence[tuple[str, sp.Expr]] = (),
) -> Check:
    """A check that a formula and an independent enclosure overlap, both narrowly, at every point."""

    def decide_about(formula: sp.Expr) -> Outcome:
        widest = 0.0
        with precision():
            for point in points:
                mine, theirs = enclose(formula, point), reference(point)
                if not (mine.is_finite() and theirs.is_finite()):
                    return Outcome(False, margin="undefined", detail=f"{mine} against {theirs} at {dict(point)}")
                widest = max(widest, relative_radius(mine), relative_radius(theirs))
                if not mine.overlaps(theirs):
                    return Outcome(False, margin="disjoint", detail=f"{mine} against {theirs} at {dict(point)}")
        wide = not widest < LARGEST_RADIUS
        return Outcome(not wide, margin=f"overlap, relative radius ≤ {widest:.1e}", detail=f"{len(points)} points")

    def controls(effort: Effort) -> Iterable[Control]:
        for label, wrong in [*mutants(claimed), *also_rejected]:
            if _finite_and_different(wrong, claimed, points):
                yield Control(f"{name}: {label}", lambda wrong=wrong: decide_about(wrong))

    return Check(name, Method.BALLS, lambda effort: decide_about(claimed), controls, bears, about, scope)


def _finite_and_different(mutant: sp.Expr, original: sp.Expr, points: Sequence[Point]) -> bool:
    with precision():
        pairs = [(enclose(mutant, point), enclose(original, point)) for point in points]
    return all(value.is_finite() for value, _ in pairs) and any(not a.overlaps(b) for a, b in pairs)


@dataclass(frozen=True)
class BoxVerdict:
    """Outcome of a bisection: every box decided, the least lower end seen, how many boxes it took."""

    positive: bool
    boxes: int
    margin: arb
    undecided: str = ""


def positive_over_box(
    value: Callable[[Sequence[arb]], arb], box: Sequence[tuple[Any, Any]], *, most_boxes: int = 3000
) -> BoxVerdict:
    """Decide value > 0 over a product of closed intervals by bisecting the widest side.

    Undecided boxes beyond `most_boxes`, or one box whose upper end is negative, end it as not positive.
    """
    with precision(96):
        stack = [[(ball(low), ball(high)) for low, high in box]]
        boxes, margin = 0, None
        while stack:
            current = stack.pop()
            boxes += 1
            enclosed = value([low.union(high) for low, high in current])
            if enclosed > 0:
                margin = enclosed.lower() if margin is None else min(margin, enclosed.lower())
                continue
            if enclosed < 0 or boxes + len(stack) >= most_boxes:
                return BoxVerdict(False, boxes, enclosed, f"{enclosed} on {current}")
            widest = max(range(len(current)), key=lambda i: float((current[i][1] - current[i][0]).mid()))
            low, high = current[widest]
            middle = ((low + high) / 2).mid()
            for half in ((low, middle), (middle, high)):
                stack.append([*current[:widest], half, *current[widest + 1 :]])
        assert margin is not None
        return BoxVerdict(True, boxes, margin)


def positivity_in_balls(
    name: str,
    value: Callable[[Sequence[arb]], arb],
    box: Sequence[tuple[Any, Any]],
    wrong: Sequence[tuple[str, Callable[[Sequence[arb]], arb]]],
    *,
    about: str = "printed",
    bears: Bears = Bears.SUPPORTS,
    scope: str = "",
) -> Check:
    """A check that value > 0 over a box; each of `wrong` (harmful by more than the margin) must fail on it."""

    def decide_about(function: Callable[[Sequence[arb]], arb]) -> Outcome:
        verdict = positive_over_box(function, box)
        detail = f"{verdict.boxes} boxes" + (f", undecided: {verdict.undecided}" if verdict.undecided else "")
        return Outcome(verdict.positive, margin=f"lower end {verdict.margin.str(6)}", detail=detail)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, function in wrong:
            yield Control(f"{name}: {label}", lambda function=function: decide_about(function))

    return Check(name, Method.BALLS, lambda effort: decide_about(value), controls, bears, about, scope)
