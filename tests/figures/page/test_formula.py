"""MathML of formulas: read back as a person reads it, it is worth what the formula is worth."""

from __future__ import annotations

import re

import mpmath
import pytest
import sympy as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from figures.page.formula import formula
from figures.page.symbol import CLOSING, OPENING, name
from proofs_check.symbolic import Phi, phi
from tests.figures.page.mathml_reader import value

SYMBOLS = sp.symbols("x sigma_k W1 s2 lambda_+", positive=True)
i = sp.Symbol("i", integer=True, positive=True)
# Binary fractions are the same numbers in any precision.
POINT = {symbol: sp.Rational(number, 16) for symbol, number in zip(SYMBOLS, (11, 21, 6, 31, 13), strict=True)}
NAMES = {str(name(symbol.name)): float(number) for symbol, number in POINT.items()} | {
    "<mi>π</mi>": mpmath.pi,
    '<mi mathvariant="normal">e</mi>': mpmath.e,
}

leaves = st.one_of(
    st.sampled_from(SYMBOLS),
    st.integers(-3, 9).map(sp.Integer),
    st.fractions(-2, 2, max_denominator=7).map(lambda x: sp.Rational(x.numerator, x.denominator)),
    st.sampled_from([sp.pi, sp.E]),
)


def grown(parts):
    pairs = st.tuples(parts, parts)
    return st.one_of(
        pairs.map(lambda two: two[0] + two[1]),
        pairs.map(lambda two: two[0] - two[1]),
        pairs.map(lambda two: two[0] * two[1]),
        pairs.map(lambda two: sp.Add(two[0], sp.Mul(-1, two[1], evaluate=False), evaluate=False)),
        pairs.map(lambda two: sp.Mul(*two, evaluate=False)),
        pairs.map(lambda two: two[0] / two[1] if two[1] != 0 else two[0]),
        st.tuples(parts, st.sampled_from([2, 3, -1, -2])).map(lambda two: two[0] ** two[1] if two[0] != 0 else two[0]),
        parts.map(lambda x: sp.Abs(x) ** sp.Rational(1, 3)),
        parts.map(lambda x: sp.sqrt(x**2 + 1)),
        parts.map(lambda x: sp.exp(-sp.Abs(x) / 9)),
        parts.map(lambda x: sp.erf(x) ** 2),
        parts.map(Phi),
        pairs.map(lambda two: two[0] * phi(two[1]) / 3),
        parts.map(lambda x: sp.log(x**2 + 1)),
        pairs.map(lambda two: sp.Max(*two)),
        pairs.map(lambda two: sp.Sum(two[0] * i + two[1], (i, 1, 3)) * two[0]),
    )


# Fewer than usual: to evaluate what SymPy left alone takes long.
@settings(max_examples=50)
@example(SYMBOLS[0] / SYMBOLS[1] ** 3)
@example(SYMBOLS[0] ** -2)
@example(SYMBOLS[0] ** (-2 * SYMBOLS[1]))
@example(-3 * SYMBOLS[0] ** sp.Rational(-1, 2) / 7)
@given(st.recursive(leaves, grown, max_leaves=6))
def test_what_is_seen_is_worth_what_the_formula_is_worth(expression):
    number = sp.sympify(expression).doit().subs(POINT).evalf(30, maxn=200)
    if not (number.is_finite and number.is_real and abs(number) < 1e9):
        return
    assert value(formula(expression), NAMES) == pytest.approx(float(number), rel=1e-14, abs=1e-14)


def test_the_reader_sees_a_lost_bracket_and_a_lost_sign():
    x, s = SYMBOLS[:2]
    right = formula(x * (x + s) - x**2)
    assert value(right.replace(OPENING, "").replace(CLOSING, ""), NAMES) != pytest.approx(value(right, NAMES))
    assert value(right.replace("−", "+"), NAMES) != pytest.approx(value(right, NAMES))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_long_equation_is_cut_between_terms_and_says_the_same(sign):
    x, sigma, W = SYMBOLS[:3]
    long = sp.Add(*(sign * (x + n) ** 2 / (sigma + n) for n in range(9)), sign * -W)
    cut = formula(sp.Eq(W, long, evaluate=False))
    # The left side, and ten terms with the sign before them, that of the equation before the first.
    assert cut.count("<math ") == cut.count("</math>") == 11
    assert cut.count('<mo form="infix">=</mo>') == 1
    assert cut.count('<mo form="infix">+</mo>') + cut.count('<mo form="infix">−</mo>') == 9
    expected = float(long.subs(POINT))
    whole = formula(long).replace(' form="infix"', "")
    assert whole.count("<math ") == 10
    assert value(whole, NAMES) == pytest.approx(expected, rel=1e-12)


def test_a_probability_is_never_cut():
    wide = Phi(sp.Add(*sp.symbols("x_1:20")))
    assert formula(wide).count("<math ") == 1


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("sigma", "<mi>σ</mi>"),
        ("sigma2", "<msup><mi>σ</mi><mn>2</mn></msup>"),
        ("W1", "<msub><mi>W</mi><mn>1</mn></msub>"),
        ("x_0", "<msub><mi>x</mi><mn>0</mn></msub>"),
        ("sigma_max", "<msub><mi>σ</mi><mi>max</mi></msub>"),
        ("c^+", "<msup><mi>c</mi><mo>+</mo></msup>"),
        ("A_minus", "<msub><mi>A</mi><mo>−</mo></msub>"),
        ("etahat", "<mover><mi>η</mi><mo>^</mo></mover>"),
        ("L*", "<msup><mi>L</mi><mo>*</mo></msup>"),
        ("alpha'", "<msup><mi>α</mi><mo>′</mo></msup>"),
        ("W_k'W_k", "<mtext>W_k&#39;W_k</mtext>"),
        ("L(f) - L", f"<mrow>{OPENING}<mtext>L(f) - L</mtext>{CLOSING}</mrow>"),
        ("<script>", "<mtext>&lt;script&gt;</mtext>"),
        ("hat", "<mi>hat</mi>"),
    ],
)
def test_names_are_the_papers(text, seen):
    assert name(text) == seen


A, B = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 2)
x, y, a = sp.Symbol("x"), sp.Symbol("y"), sp.IndexedBase("a")
f = sp.Function("Phi2")


@pytest.mark.parametrize(
    ("expression", "seen"),
    [
        (sp.Transpose(B - A), "(B−A)⊤"),
        (sp.Trace(A * B.T), "tr(AB⊤)"),
        (x * (A + B), "x(A+B)"),
        (A.inv() ** 2, "A−2"),
        (sp.Derivative(x + y, x), "∂∂x(x+y)"),
        (sp.Derivative(f(x), (x, 2)), "d2dx2Φ2(x)"),
        (a[1, sp.Symbol("k")], "a1,k"),
        (sp.Sum(a[x], (x, 1, 2), (y, 3, 4)), "∑y=34∑x=12ax"),
        (a[1] * Phi(x - y) ** 2, "Φ(x−y)2a1"),
        (Phi(-x) * (phi(2 * y) - phi((x - 1) / y)), "Φ(−x)(−φ(x−1y)+φ(2y))"),
        (sp.exp(-(x**2) / 2), "e−x22"),
        (sp.polygamma(1, x), "ψ(1)(x)"),
        (sp.Integral(x + y, (x, 0, 1)), "∫01(x+y)dx"),
        (sp.Ge(x, -y, evaluate=False), "x≥−y"),
        (2 * sp.Integer(3) ** x, "2·3x"),
        (sp.Subs(x > y, x, 0), "Subs(x > y, x, 0)"),
    ],
)
def test_what_only_examples_show(expression, seen):
    assert re.sub(r"<[^>]*>|[\u2061\u2062]", "", formula(expression)).replace("&gt;", ">") == seen
