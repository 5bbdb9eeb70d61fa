"""Automatic mutants: of the promised kinds, all different, the same every time."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.mutation import mutants

x, y, z = sp.symbols("x y z", real=True)
n = sp.Symbol("n", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
a = sp.IndexedBase("a")
more = sp.Rational(101, 100)
A, B, C = (sp.MatrixSymbol(name, 3, 3) for name in "ABC")


def formulas(expression) -> set:
    return {mutant for _, mutant in mutants(expression)}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (x, {more * x, 2 * x, -x}),
        (sp.Integer(3), {3 * more, sp.Integer(6), sp.Integer(-3)}),
        (sp.S.Zero, set()),
        (sp.Rational(2, 3) * x, {sp.Rational(202, 300) * x, sp.Rational(4, 3) * x, -sp.Rational(2, 3) * x}),
        (x**3, {more * x**3, 2 * x**3, -(x**3), x**4, x**2}),
        (1 / x, {more / x, 2 / x, -1 / x, sp.S.One, x**-2}),
        (sp.sqrt(x), {more * sp.sqrt(x), 2 * sp.sqrt(x), -sp.sqrt(x), x ** sp.Rational(3, 2), 1 / sp.sqrt(x)}),
        (
            x + y,
            {more * (x + y), 2 * (x + y), -(x + y), x, y, x - y, y - x},
        ),
        (x / y, {more * x / y, 2 * x / y, -x / y, x, x / y**2, y / x}),
        (
            sp.exp(2 * x),
            {more * sp.exp(2 * x), 2 * sp.exp(2 * x), -sp.exp(2 * x)}
            | {sp.exp(2 * more * x), sp.exp(4 * x), sp.exp(-2 * x)},
        ),
        (
            sp.erf(x - 1),
            {more * sp.erf(x - 1), 2 * sp.erf(x - 1), -sp.erf(x - 1), sp.erf(x), sp.erf(-1), sp.erf(x + 1)}
            | {sp.erf(-x - 1), sp.erf(x - more), sp.erf(x - 2)},
        ),
    ],
)
def test_all_mutants_of_small_formulas(expression, expected):
    assert formulas(expression) == expected


def test_symbols_are_exchanged_but_not_whole_numbers_nor_indices():
    assert y**2 / x in formulas(x**2 / y)
    assert (y - 2 * x) * z in formulas((x - 2 * y) * z)
    assert (z - 2 * y) * x in formulas((x - 2 * y) * z)
    assert (x - 2 * z) * y in formulas((x - 2 * y) * z)
    assert x**n not in formulas(n**x)
    labels = [label for label, _ in mutants(x**2 * sp.Sum(a[i] * y, (i, 1, n)))]
    assert "x and y exchanged" in labels
    assert not any(label.endswith("exchanged") and ("i " in label or "n " in label) for label in labels)
    assert [label for label, _ in mutants(x - y) if "exchanged" in label] == []
    assert [label for label, _ in mutants(x - 2 * y) if "exchanged" in label] == ["x and y exchanged"]


def test_changes_reach_sums_integrals_and_derivatives_but_not_their_limits():
    summed = sp.Sum(2 * a[i], (i, 1, n))
    assert formulas(summed) == {
        *(factor * summed for factor in (more, 2, -1)),
        *(sp.Sum(factor * a[i], (i, 1, n)) for factor in (2 * more, 4, -2)),
    }
    for other in (sp.Integral(2 * x, (x, 0, 3)), sp.Derivative(2 * x**2, x)):
        changed = formulas(other) - {factor * other for factor in (more, 2, -1)}
        assert changed
        assert all(mutant.func == other.func and mutant.args[1:] == other.args[1:] for mutant in changed)


def test_matrices_change_by_factors_terms_and_signs():
    assert formulas(sp.Trace(A * B)) == {factor * sp.Trace(A * B) for factor in (more, 2, -1)}
    found = formulas(sp.Trace(A + 2 * B - C))
    for expected in (
        A + 2 * B,
        A - C,
        2 * B - C,
        2 * B - C - A,
        A - C - 2 * B,
        A + 2 * B + C,
        A - C + 4 * B,
        A - C - 2 * B,
    ):
        assert sp.Trace(expected) in found
    assert sp.Trace(A - C + 2 * more * B) in found


atoms = st.one_of(
    st.sampled_from([x, y, z]),
    st.integers(-3, 3).map(sp.Integer),
    st.fractions(-2, 2, max_denominator=4).map(sp.Rational),
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(sp.Add.fromiter),
        st.tuples(inner, inner).map(sp.Mul.fromiter),
        inner.map(lambda e: sp.exp(e)),
        inner.map(lambda e: sp.sqrt(1 + e**2)),
        inner.map(lambda e: 1 / (2 + e**2)),
    ),
    max_leaves=6,
)


@settings(max_examples=80)
@given(expressions)
def test_every_mutant_differs_and_the_list_is_always_the_same(expression):
    found = mutants(expression)
    assert all(mutant != expression for _, mutant in found)
    assert len({mutant for _, mutant in found}) == len(found)
    assert len({label for label, _ in found}) > 2 or expression == 0
    assert all(label for label, _ in found)
    assert found == mutants(expression)


@settings(max_examples=40)
@given(expressions.filter(lambda e: e != 0))
def test_the_whole_is_always_scaled_and_negated(expression):
    assert {more * expression, 2 * expression, -1 * expression} <= formulas(expression)


def test_labels_name_the_change():
    labels = {mutant: label for label, mutant in mutants(3 * x**2 - y)}
    assert labels[2 * (3 * x**2 - y)] == "whole ×2"
    assert labels[more * (3 * x**2 - y)] == "whole ×1.01"
    assert labels[y - 3 * x**2] == "whole negated"
    assert labels[6 * x**2 - y] == "3 ×2"
    assert labels[3 * more * x**2 - y] == "3 ×1.01"
    assert labels[3 * x**2] == "term -y dropped"
    assert labels[3 * x**2 + y] == "term -y negated"
    assert labels[3 * x**3 - y] == "exponent of x**2 +1"
    assert labels[3 * x - y] == "exponent of x**2 -1"
    assert labels[3 * y**2 - x] == "x and y exchanged"


def test_powers_of_matrices_stay_whole():
    S = sp.MatrixSymbol("S", 3, 3)
    powers = {part.exp for _, mutant in mutants(sp.Trace(S**3)) for part in mutant.atoms(sp.MatPow)}
    assert powers == {2, 3, 4}
