"""Exact decisions about scalar formulas: identities by a normal form, inequalities by sign.

The normal form clears denominators, gathers exponentials by exponent, and expands what is left as a polynomial in the
symbols, error functions and square roots (whose squares SymPy replaces at once). An identity holds when nothing is
left; otherwise the remainder is shown. No float enters and `simplify` is never called.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

Rules = Mapping[sp.Expr, sp.Expr]


@dataclass(frozen=True)
class Decision:
    """Whether a step holds and, if not, what remains."""

    holds: bool
    remainder: str = ""


def Phi(x: Any) -> sp.Expr:
    """Standard normal distribution function as an expression in erf."""
    return (1 + sp.erf(sp.sympify(x) / sp.sqrt(2))) / 2


def phi(x: Any) -> sp.Expr:
    """Standard normal density."""
    return sp.exp(-(sp.sympify(x) ** 2) / 2) / sp.sqrt(2 * sp.pi)


def refuse_floats(*expressions: sp.Basic) -> None:
    """Raise `ValueError` when an expression holds a float: an exact step has none."""
    for expression in expressions:
        if expression.has(sp.Float):
            raise ValueError(f"a step must be exact, got a float in {expression}")


def scalar_remainder(expression: sp.Expr, rules: Rules | None = None) -> sp.Expr:
    """Numerator of `expression` in normal form; zero exactly when the normal form vanishes.

    `rules` replaces evaluated derivatives of opaque functions, e.g. {T'(u): −φ(u)Φ(c(u))}.
    """
    refuse_floats(expression)
    evaluated = expression.doit()
    evaluated = evaluated.xreplace(dict(rules or {})).doit()
    opaque = {function: sp.Dummy(function.func.__name__) for function in evaluated.atoms(AppliedUndef)}
    evaluated = evaluated.xreplace(opaque)
    evaluated = evaluated.replace(sp.erf, _odd_error_function)
    errors = {function: sp.Dummy("erf", real=True) for function in evaluated.atoms(sp.erf)}
    numerator, _ = sp.fraction(sp.together(evaluated.xreplace(errors)))
    left = sp.S.Zero
    for exponent, coefficient in _by_exponent(numerator).items():
        left += sp.exp(exponent) * sp.expand(coefficient)
    return left.xreplace({name: function for function, name in (errors | opaque).items()})


def _odd_error_function(argument: sp.Expr) -> sp.Expr:
    """erf of an argument in lowest terms whose first term in a fixed order is positive: erf(−x) = −erf(x)."""
    numerator, denominator = sp.fraction(sp.cancel(sp.together(argument)))
    terms = sorted(sp.Add.make_args(sp.expand(numerator)), key=lambda term: str(term.as_coeff_Mul()[1]))
    sign = -1 if terms[0].as_coeff_Mul()[0] < 0 else 1
    return sign * sp.erf(sp.expand(sign * numerator) / denominator, evaluate=False)


def _by_exponent(numerator: sp.Expr) -> dict[sp.Expr, sp.Expr]:
    groups: dict[sp.Expr, sp.Expr] = defaultdict(lambda: sp.S.Zero)
    for term in sp.Add.make_args(sp.expand(numerator, power_exp=False)):
        exponent, coefficient = sp.S.Zero, sp.S.One
        for factor in sp.Mul.make_args(term):
            if isinstance(factor, sp.exp):
                exponent += factor.args[0]
            elif factor is sp.E:
                exponent += 1
            else:
                coefficient *= factor
        groups[sp.expand(sp.cancel(sp.together(exponent)))] += coefficient
    return groups


@dataclass(frozen=True)
class Identity:
    """The step left = right for all values of the symbols (where both are defined)."""

    name: str
    left: sp.Expr
    right: sp.Expr
    rules: Rules = field(default_factory=dict)

    def decide(self) -> Decision:
        """Whether left − right has normal form zero."""
        refuse_floats(self.left, self.right, *self.rules.values())
        left_over = scalar_remainder(self.left - self.right, self.rules)
        return Decision(left_over == 0, f"{self.name}: {left_over} is left over")

    def with_right(self, right: sp.Expr) -> Identity:
        """The same step about another right side."""
        return Identity(self.name, self.left, right, self.rules)

    def false_at(self, point: Mapping[sp.Symbol, sp.Expr]) -> bool | None:
        """Whether the step fails at a rational point; None where a side is not finite."""
        value = evaluate_at(self._difference, point)
        return None if value is None else bool(abs(value) > sp.Float("1e-25"))

    @cached_property
    def _difference(self) -> sp.Expr:
        """left − right with derivatives done and a number in place of every opaque function."""
        difference = (self.left - self.right).doit().xreplace(dict(self.rules)).doit()
        return difference.xreplace({f: sp.Rational(7, 11) for f in difference.atoms(AppliedUndef)})

    def candidate_points(self) -> list[dict[sp.Symbol, sp.Expr]]:
        """Rational points at which mutants are compared with the step."""
        return rational_points(self.left.free_symbols | self.right.free_symbols)


@dataclass(frozen=True)
class AtLeast:
    """The step greater ≥ lesser (or > if `strict`) for all values that the assumptions allow (where both are defined).

    `where` writes an ordered or bounded symbol in terms of nonnegative ones, e.g. {b: a + t}. The step holds
    when, after that, every coefficient of numerator and denominator of the difference is nonnegative; a
    symbol not known to be nonnegative may enter in even powers only.
    """

    name: str
    left: sp.Expr
    right: sp.Expr
    where: Rules = field(default_factory=dict)
    strict: bool = False

    def decide(self) -> Decision:
        """Whether the difference is a quotient of sums of nonnegative terms."""
        refuse_floats(self.left, self.right, *self.where.values())
        numerator, denominator = sp.fraction(sp.together(self._difference))
        gained, cleared = _sign_of_terms(numerator), _sign_of_terms(denominator)
        if cleared in ("negative", "negative or zero"):
            gained, cleared = _sign_of_terms(-numerator), _sign_of_terms(-denominator)
        holds = cleared == "positive" and gained in (
            ("positive",) if self.strict else ("positive", "positive or zero", "zero")
        )
        return Decision(holds, f"{self.name}: ({sp.expand(numerator)})/({sp.expand(denominator)}) has no visible sign")

    @cached_property
    def _difference(self) -> sp.Expr:
        return (self.left - self.right).xreplace(dict(self.where)).doit()

    def with_right(self, right: sp.Expr) -> AtLeast:
        """The same step about another lesser side."""
        return AtLeast(self.name, self.left, right, self.where, self.strict)

    def false_at(self, point: Mapping[sp.Symbol, sp.Expr]) -> bool | None:
        """Whether the inequality fails at a rational point; None where a side is not finite."""
        value = evaluate_at(self._difference, point)
        if value is None:
            return None
        return bool(value <= 0) if self.strict else bool(value < -sp.Float("1e-25"))

    def candidate_points(self) -> list[dict[sp.Symbol, sp.Expr]]:
        """Rational points, in the symbols left by `where`, at which mutants are compared with the step."""
        free = set((self.left - self.right).xreplace(dict(self.where)).free_symbols)
        return rational_points(free.union(*(value.free_symbols for value in self.where.values())))


def _sign_of_terms(expression: sp.Expr) -> str:
    terms = sp.Add.make_args(sp.expand(expression))
    if terms == (sp.S.Zero,):
        return "zero"
    signs = set()
    for term in terms:
        coefficient, monomial = term.as_coeff_Mul()
        known = all(_factor_nonnegative(factor) for factor in sp.Mul.make_args(monomial))
        if not known:
            return "unknown"
        never_zero = all(factor.is_positive for factor in sp.Mul.make_args(monomial))
        signs.add((coefficient > 0, never_zero))
    if len({positive for positive, _ in signs}) == 2:
        return "unknown"
    direction = "positive" if next(iter(signs))[0] else "negative"
    return direction if any(never_zero for _, never_zero in signs) else f"{direction} or zero"


def _factor_nonnegative(factor: sp.Expr) -> bool:
    base, power = factor.as_base_exp()
    return bool(factor.is_nonnegative) or bool(base.is_real and power.is_even)


def evaluate_at(expression: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> sp.Float | None:
    """Value with 40 digits at a rational point, or None where it is not a finite real number."""
    value = sp.sympify(expression.xreplace(dict(point))).evalf(40)
    if not value.is_number or not value.is_finite or abs(sp.im(value)) > sp.Float("1e-25"):
        return None
    return sp.Float(sp.re(value), 40)


def rational_points(symbols: Iterable[sp.Symbol], count: int = 24) -> list[dict[sp.Symbol, sp.Expr]]:
    """Fixed rational points that respect the symbols' sign assumptions; every other one lies inside (−1, 1)."""
    chooser = random.Random("test points")
    points = []
    for number in range(count):
        point: dict[sp.Symbol, sp.Expr] = {}
        for symbol in sorted(symbols, key=lambda s: s.name):
            value = sp.Rational(chooser.randint(3, 19), chooser.randint(5, 13) if number % 2 else 23)
            if symbol.is_integer:
                value = sp.Integer(chooser.randint(2, 4))
            elif symbol.is_nonpositive or (not symbol.is_nonnegative and chooser.random() < 0.5):
                value = -value
            point[symbol] = value
        points.append(point)
    return points
