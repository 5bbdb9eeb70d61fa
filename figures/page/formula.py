"""Formulas of SymPy as presentation MathML, in the papers' symbols.

SymPy's own printer writes function names in lower case, keeps one of several limits of a sum, and drops brackets after
a minus sign or a derivative; its earlier versions write an element that browsers no longer show. What this printer does
not know it gives as SymPy's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import sympy as sp
from markupsafe import Markup
from sympy.printing.precedence import PRECEDENCE, precedence_traditional
from sympy.printing.printer import Printer

from .symbol import apply, bracketed, element, mn, mo, name, operator, row, upright, words

# Characters that stand in one line on a phone; longer formulas are cut where a line may break.
SHORT = 20
TIMES, DOT = mo("\u2062"), mo("·")
# Upright, for some formulas have a symbol e.
EULER = upright("e")
FUNCTIONS = {"Max": "max", "Min": "min", "gamma": "Γ", "Trace": "tr", "Determinant": "det", "sign": "sgn"}
RELATIONS = {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤", ">": ">", "<": "<"}
# What swallows all that follows it.
OPEN_ENDED = (sp.Sum, sp.Product, sp.Integral, sp.Derivative)


def formula(expression: sp.Basic) -> Markup:
    """`expression` in MathML: one `math` element, or several where a long formula may be broken into lines."""
    printer = _Printer()
    whole = printer._print(expression)
    parts = [whole] if _length(whole) <= SHORT else printer.lines(expression)
    return Markup("").join(Markup('<math displaystyle="true">{}</math>').format(part) for part in parts)


def _length(markup: str) -> int:
    return len(re.sub(r"<[^>]*>|\u2062|\u2061", "", markup))


class _Printer(Printer):
    """Methods return MathML of one element for the classes of SymPy that their names end in."""

    def emptyPrinter(self, expr: object) -> Markup:
        return words(str(expr))

    def lines(self, expression: sp.Basic) -> list[Markup]:
        """Elements that follow one another: the left side, then the terms of the right side with their signs."""
        if not isinstance(expression, sp.core.relational.Relational):
            return self._terms(expression)
        sign = operator(RELATIONS[expression.rel_op])
        right = self._terms(expression.rhs)
        return [*self._terms(expression.lhs), row(sign, right[0]), *right[1:]]

    def _terms(self, expression: sp.Basic) -> list[Markup]:
        """The terms of a long sum, each after its sign; anything else whole."""
        whole = self._print(expression)
        if not expression.is_Add or _length(whole) <= SHORT or _normal_below(expression) is not None:
            return [whole]
        first, *others = self._signed(expression)
        head = row(mo("−"), first[1]) if first[0] else first[1]
        return [head, *(row(operator("−" if minus else "+"), body) for minus, body in others)]

    def _within(self, expression: sp.Basic, level: str, strict: bool = False) -> Markup:
        """In brackets if it binds less than `level`; where `strict`, also if it binds as much."""
        strength = _strength(expression)
        loose = strength <= PRECEDENCE[level] if strict else strength < PRECEDENCE[level]
        return bracketed(self._print(expression)) if loose else self._print(expression)

    def _signed(self, expression: sp.Basic) -> list[tuple[bool, Markup]]:
        """The terms of a sum without their minus signs, and whether they have one."""
        if isinstance(expression, sp.MatrixExpr):
            terms = sorted(expression.args, key=_is_negative)
        else:
            terms = expression.as_ordered_terms()
        found = []
        for term in terms:
            minus = _is_negative(term)
            body = -term if minus else term
            found.append((minus, self._within(body, "Add", strict=True)))
        return found

    def _print_Add(self, expr: sp.Basic) -> Markup:
        if (below := _normal_below(expr)) is not None:
            return apply(name("Phi"), self._print(below))
        first, *others = self._signed(expr)
        head = row(mo("−"), first[1]) if first[0] else first[1]
        return row(head, *(part for minus, body in others for part in (mo("−" if minus else "+"), body)))

    def _print_Mul(self, expr: sp.Expr) -> Markup:
        if _is_negative(expr):
            return row(mo("−"), self._within(-expr, "Add", strict=True))
        above: list[sp.Basic] = []
        below: list[sp.Basic] = []
        for factor in _with_density(expr.as_ordered_factors()):
            if isinstance(factor, sp.Rational) and not factor.is_integer:
                above += [sp.Integer(factor.p)] if factor.p != 1 else []
                below.append(sp.Integer(factor.q))
            elif isinstance(factor, sp.Pow) and _is_negative(factor.exp):
                below.append(factor.base**-factor.exp)
            else:
                above.append(factor)
        top = self._product(above)
        return element("mfrac", top, self._product(below)) if below else top

    def _product(self, factors: Sequence[sp.Basic]) -> Markup:
        if len(factors) < 2:
            return self._print(factors[0]) if factors else mn(1)
        parts: list[Markup] = []
        for place, factor in enumerate(factors):
            last = place == len(factors) - 1
            part = self._within(factor, "Mul", strict=isinstance(factor, OPEN_ENDED) and not last)
            if parts:
                # Digits beside digits would read as one number.
                parts.append(DOT if re.match(r"(<m(row|sup|frac|sub)>)*<mn>", part) else TIMES)
            parts.append(part)
        return row(*parts)

    def _print_Pow(self, expr: sp.Pow) -> Markup:
        base, exponent = expr.base, expr.exp
        if _is_negative(exponent):
            return element("mfrac", mn(1), self._print(base**-exponent))
        if exponent == sp.Rational(1, 2):
            return element("msqrt", self._print(base))
        if isinstance(exponent, sp.Rational) and exponent.p == 1 and exponent.q > 1:
            return element("mroot", self._print(base), mn(exponent.q))
        return self._power(base, self._print(exponent))

    def _power(self, base: sp.Basic, exponent: Markup) -> Markup:
        below = self._within(base, "Pow", strict=True)
        if below.startswith(("<msup", "<msubsup")):
            below = bracketed(below)
        return element("msup", below, exponent)

    def _print_exp(self, expr: sp.Expr) -> Markup:
        exponent = expr.args[0]
        # What is more than a product of a few factors would be too small to read above the line.
        if exponent.is_Atom or (exponent.is_Mul and _length(self._print(exponent)) <= 6):
            return element("msup", EULER, self._print(exponent))
        return apply(name("exp"), self._print(exponent))

    def _print_Function(self, expr: sp.Expr) -> Markup:
        written = type(expr).__name__
        called = words(FUNCTIONS[written], "mi") if written in FUNCTIONS else name(written)
        return apply(called, *map(self._print, expr.args))

    _print_Max = _print_Min = _print_Trace = _print_Determinant = _print_Function

    def _print_polygamma(self, expr: sp.Expr) -> Markup:
        order, argument = expr.args
        called = name("psi") if order == 0 else element("msup", name("psi"), bracketed(self._print(order)))
        return apply(called, self._print(argument))

    def _print_Abs(self, expr: sp.Expr) -> Markup:
        return row(mo("|"), self._print(expr.args[0]), mo("|"))

    def _print_floor(self, expr: sp.Expr) -> Markup:
        return row(mo("⌊"), self._print(expr.args[0]), mo("⌋"))

    def _print_ceiling(self, expr: sp.Expr) -> Markup:
        return row(mo("⌈"), self._print(expr.args[0]), mo("⌉"))

    def _print_factorial(self, expr: sp.Expr) -> Markup:
        return row(self._within(expr.args[0], "Func", strict=True), mo("!"))

    def _print_binomial(self, expr: sp.Expr) -> Markup:
        upper, lower = map(self._print, expr.args)
        return bracketed(Markup('<mfrac linethickness="0">{}{}</mfrac>').format(upper, lower))

    def _large(self, sign: str, expr: sp.Expr) -> Markup:
        """A sum or product over its indices, the outermost first, then what is added or multiplied."""
        signs = []
        for index, *ends in reversed(expr.limits):
            if len(ends) == 2:
                below = row(self._print(index), mo("="), self._print(ends[0]))
                signs.append(element("munderover", mo(sign), below, self._print(ends[1])))
            else:
                signs.append(element("munder", mo(sign), self._print(index)))
        return row(*signs, self._within(expr.function, "Add", strict=True))

    def _print_Sum(self, expr: sp.Sum) -> Markup:
        return self._large("∑", expr)

    def _print_Product(self, expr: sp.Product) -> Markup:
        return self._large("∏", expr)

    def _print_Integral(self, expr: sp.Integral) -> Markup:
        parts = []
        for _, *ends in reversed(expr.limits):
            limits = [self._print(end) for end in ends]
            parts.append(element("msubsup", mo("∫"), *limits) if len(limits) == 2 else mo("∫"))
        parts.append(self._within(expr.function, "Add", strict=True))
        for variable, *_ in expr.limits:
            parts += [upright("d"), self._print(variable)]
        return row(*parts)

    def _print_Derivative(self, expr: sp.Derivative) -> Markup:
        d = upright("∂" if len(expr.expr.free_symbols) > 1 else "d")

        def nth(part: Markup, times: sp.Basic) -> Markup:
            return part if times == 1 else element("msup", part, self._print(times))

        order = sum((times for _, times in expr.variable_count), sp.S.Zero)
        below = [row(d, nth(self._print(variable), times)) for variable, times in expr.variable_count]
        return row(element("mfrac", nth(d, order), row(*below)), self._within(expr.expr, "Func"))

    def _print_Relational(self, expr: sp.core.relational.Relational) -> Markup:
        return row(self._print(expr.lhs), mo(RELATIONS[expr.rel_op]), self._print(expr.rhs))

    def _print_MatMul(self, expr: sp.MatMul) -> Markup:
        if _is_negative(expr):
            return row(mo("−"), self._within(-expr, "Add", strict=True))
        return self._product(expr.args)

    def _print_HadamardProduct(self, expr: sp.MatrixExpr) -> Markup:
        first, *others = (self._within(arg, "Mul", strict=True) for arg in expr.args)
        return row(first, *(part for other in others for part in (mo("∘"), other)))

    def _print_MatPow(self, expr: sp.MatPow) -> Markup:
        return self._power(expr.base, self._print(expr.exp))

    def _print_Transpose(self, expr: sp.Transpose) -> Markup:
        return self._power(expr.arg, mo("⊤"))

    def _print_Inverse(self, expr: sp.Inverse) -> Markup:
        return self._power(expr.arg, row(mo("−"), mn(1)))

    def _print_MatrixBase(self, expr: sp.MatrixBase) -> Markup:
        rows = [
            element("mtr", *(element("mtd", self._print(expr[i, j])) for j in range(expr.cols)))
            for i in range(expr.rows)
        ]
        return row(mo("("), element("mtable", *rows), mo(")"))

    def _print_Identity(self, expr: sp.Identity) -> Markup:
        return name("I")

    def _print_ZeroMatrix(self, expr: sp.ZeroMatrix) -> Markup:
        return mn(0)

    def _print_Indexed(self, expr: sp.Indexed) -> Markup:
        return element("msub", self._print(expr.base.label), self._listed(expr.indices))

    def _print_MatrixElement(self, expr: sp.matrices.expressions.matexpr.MatrixElement) -> Markup:
        return element("msub", self._within(expr.parent, "Atom"), self._listed((expr.i, expr.j)))

    def _listed(self, items: Iterable[sp.Basic]) -> Markup:
        first, *others = map(self._print, items)
        return row(first, *(part for other in others for part in (mo(","), other)))

    def _print_Tuple(self, expr: sp.Tuple) -> Markup:
        return bracketed(self._listed(expr.args)) if expr.args else bracketed(row())

    def _print_Symbol(self, expr: sp.Symbol) -> Markup:
        return name(expr.name)

    def _print_MatrixSymbol(self, expr: sp.MatrixSymbol) -> Markup:
        return name(expr.name)

    def _print_Integer(self, expr: sp.Integer) -> Markup:
        return row(mo("−"), mn(-expr.p)) if expr.p < 0 else mn(expr.p)

    def _print_Rational(self, expr: sp.Rational) -> Markup:
        share = element("mfrac", mn(abs(expr.p)), mn(expr.q))
        return row(mo("−"), share) if expr.p < 0 else share

    def _print_Float(self, expr: sp.Float) -> Markup:
        return row(mo("−"), mn(-expr)) if expr < 0 else mn(expr)

    def _print_Pi(self, expr: sp.Basic) -> Markup:
        return name("pi")

    def _print_Exp1(self, expr: sp.Basic) -> Markup:
        return EULER

    def _print_EulerGamma(self, expr: sp.Basic) -> Markup:
        return name("gamma")

    def _print_Infinity(self, expr: sp.Basic) -> Markup:
        return mn("∞")

    def _print_NegativeInfinity(self, expr: sp.Basic) -> Markup:
        return row(mo("−"), mn("∞"))


def _strength(expression: sp.Basic) -> int:
    """How strongly the expression holds together as it is printed."""
    if _normal_below(expression) is not None:
        return PRECEDENCE["Func"]
    found = precedence_traditional(expression)
    return min(found, PRECEDENCE["Add"]) if _is_negative(expression) else found


def _normal_below(expression: sp.Basic) -> sp.Expr | None:
    """u where the sum is (1 + erf(u/√2))/2, the probability Φ(u) that a standard normal variable is below u."""
    half = sp.Rational(1, 2)
    if not isinstance(expression, sp.Add) or len(expression.args) != 2 or half not in expression.args:
        return None
    coefficient, function = (expression - half).as_coeff_Mul()
    if not isinstance(function, sp.erf) or abs(coefficient) != half:
        return None
    return 2 * coefficient * sp.sqrt(2) * function.args[0]


def _with_density(factors: Sequence[sp.Expr]) -> list[sp.Expr]:
    """The factors of a product, √2 exp(−u²/2)/(2√π) among them as φ(u), the density of a standard normal variable."""
    constants = (1 / sp.sqrt(sp.pi), sp.sqrt(2))
    for factor in factors:
        u = _root(-2 * factor.args[0]) if isinstance(factor, sp.exp) else None
        if u is not None and all(constant in factors for constant in constants):
            others = [each for each in factors if each is not factor and each not in constants]
            left = sp.Mul(2, *others)
            return [*(left.as_ordered_factors() if left != 1 else []), sp.Function("phi")(u)]
    return list(factors)


def _root(square: sp.Expr) -> sp.Expr | None:
    """An expression whose square is the given one by its looks, or None."""
    root = sp.S.One
    for factor in sp.Mul.make_args(square):
        base, exponent = (factor, sp.Integer(2)) if factor.is_Rational else factor.as_base_exp()
        part = sp.sqrt(base) if factor.is_Rational else base ** (exponent / 2)
        if not (exponent.is_Integer and exponent.is_even) or (factor.is_Rational and not part.is_Rational):
            return None
        root *= part
    return root


def _is_negative(expression: sp.Basic) -> bool:
    """Whether a minus sign stands before it."""
    if isinstance(expression, sp.MatMul):
        return bool(expression.args[0].is_number and expression.args[0].is_negative)
    coefficient = expression.as_coeff_Mul()[0] if isinstance(expression, sp.Expr) else sp.S.One
    return bool(coefficient.is_negative)
