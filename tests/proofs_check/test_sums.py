"""Sums of symbolic length: accepted identities hold when the sums are written out, and rewritten sums are accepted."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.mutation import mutants
from proofs_check.sums import SumIdentity, sum_remainder

n, m = sp.symbols("n m", integer=True, positive=True)
i, j, k, r = sp.symbols("i j k r", integer=True)
a, b, w = (sp.IndexedBase(name) for name in "abw")
x, y = sp.symbols("x y", real=True)


def total(summand: sp.Expr, *indices: sp.Symbol, upto: sp.Symbol = n) -> sp.Sum:
    return sp.Sum(summand, *((index, 1, upto) for index in indices))


def written_out(expression: sp.Expr, length: int) -> sp.Expr:
    """The expression with n = length and m = length + 1."""
    sized = expression.xreplace({n: sp.Integer(length), m: sp.Integer(length + 1)})
    return sp.expand(sized.doit())


def agrees(left: sp.Expr, right: sp.Expr) -> bool:
    return all(sp.cancel(sp.together(written_out(left - right, length))) == 0 for length in (1, 2, 3, 4))


TRUE = {
    "index renamed": (total(a[i], i), total(a[k], k)),
    "linear": (total(x * a[i] - 3 * b[i], i), x * total(a[j], j) - 3 * total(b[k], k)),
    "constant summand": (total(x, i), n * x),
    "constant from another start": (sp.Sum(x, (i, m, n)), (n - m + 1) * x),
    "square expanded": (total((a[i] - x) ** 2, i), total(a[i] ** 2, i) - 2 * x * total(a[i], i) + n * x**2),
    "product of sums": (total(a[i], i) * (total(b[i], i) + 1), total(b[j], j) * total(a[j], j) + total(a[k], k)),
    "square of a sum": ((total(a[i], i) + x) ** 2, total(a[i], i) ** 2 + 2 * x * total(a[j], j) + x**2),
    "quotient of sums": (total(a[i] * (b[i] - x), i) / total(a[i], i), total(a[j] * b[j], j) / total(a[j], j) - x),
    "double sum, names exchanged": (total(a[i] * b[j] ** 2, i, j), total(b[i] ** 2 * a[j], j, i)),
    "double sum, order of limits": (
        sp.Sum(w[i, j], (i, 1, n), (j, 1, m)),
        sp.Sum(w[i, j], (j, 1, m), (i, 1, n)),
    ),
    "double sum with an idle index": (sp.Sum(a[i] + x, (i, 1, n), (j, 1, m)), m * total(a[i], i) + n * m * x),
    "double sum of squared differences": (
        total((a[i] - a[j]) ** 2, i, j),
        2 * n * total(a[k] ** 2, k) - 2 * total(a[i] * a[j], i, j),
    ),
    "antisymmetric double sum": (total(a[i] * b[j] - b[i] * a[j], i, j), sp.S.Zero),
    "over one denominator": (
        total(a[i] / (1 + a[i] ** 2), i),
        total(a[k] / (1 + a[k] ** 2) ** 2, k) + total(a[j] ** 3 / (1 + a[j] ** 2) ** 2, j),
    ),
    "two ranges": (
        total(a[i], i) + total(b[i], i, upto=m),
        total(a[j] - b[j], j) + total(b[k], k) + total(b[i], i, upto=m),
    ),
    "exponential summand": (
        total(sp.exp(-(y**2)) * sp.exp(2 * y * x) * a[i], i),
        sp.exp(2 * x * y - y**2) * total(a[j], j),
    ),
    "sum inside a sum": (total(a[i] * total(b[j], j, upto=m), i), total(b[j], j, upto=m) * total(a[i], i)),
    "free index beside a bound one": (a[i] * total(b[i], i), a[i] * total(b[k], k)),
    "no sum at all": ((x + y) ** 2, x**2 + 2 * x * y + y**2),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identities_are_accepted(name):
    left, right = TRUE[name]
    assert agrees(left, right)
    step = SumIdentity(name, left, right)
    decision = step.decide()
    assert decision.holds, decision.remainder
    assert not any(step.false_at(point) for point in step.candidate_points()[:3])


@pytest.mark.parametrize("name", TRUE)
def test_mutants_of_true_identities_are_rejected_where_writing_out_shows_them_false(name):
    left, right = TRUE[name]
    told = 0
    for label, mutant in mutants(right)[:12]:
        if not agrees(left, mutant):
            told += 1
            assert not SumIdentity(label, left, mutant).decide().holds
    assert told or right == 0


FALSE = {
    "ranges exchanged": (sp.Sum(a[i] * b[j], (i, 1, n), (j, 1, m)), sp.Sum(a[i] * b[j], (i, 1, m), (j, 1, n))),
    "another range": (total(a[i], i), total(a[i], i, upto=m)),
    "another start": (total(a[i], i), sp.Sum(a[i], (i, 2, n))),
    "transposed": (sp.Sum(w[i, j], (i, 1, n), (j, 1, m)), sp.Sum(w[j, i], (i, 1, n), (j, 1, m))),
    "square of a sum": (total(a[i], i) ** 2, total(a[i] ** 2, i)),
    "product of sums": (total(a[i], i) * total(b[i], i), total(a[i] * b[i], i)),
    "diagonal": (total(a[i] * b[j], i, j), total(a[i] * b[i], i)),
    "free index is another number": (a[i] * total(b[i], i), total(a[i] * b[i], i)),
    "count": (total(x, i), x),
    "count from another start": (sp.Sum(x, (i, m, n)), (n - m) * x),
    "idle index": (sp.Sum(a[i], (i, 1, n), (j, 1, m)), total(a[i], i)),
    "quotient of sums": (total(a[i], i) / total(b[i], i), total(a[i] / b[i], i)),
    "something outside": (total(a[i], i) + x, total(a[k], k)),
    "something outside, over one denominator": (
        total(a[i] / (1 + a[i] ** 2), i) + x,
        total(a[k] / (1 + a[k] ** 2) ** 2, k) + total(a[j] ** 3 / (1 + a[j] ** 2) ** 2, j),
    ),
    "sums enter through a product": (total(a[i], i) * total(b[i], i) + total(a[i], i), total(a[i], i)),
    "inverse of a sum": (1 / total(a[i], i) + total(b[i], i), total(b[i], i)),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_identities_are_rejected(name):
    left, right = FALSE[name]
    assert not agrees(left, right)
    step = SumIdentity(name, left, right)
    decision = step.decide()
    assert not decision.holds
    assert decision.remainder.startswith(f"{name}: ")
    assert any(step.false_at(point) for point in step.candidate_points())


summands = st.lists(
    st.tuples(st.sampled_from([-2, -1, 1, 2, x]), st.sampled_from(["a", "b", "aa", "ab", "1", "ax"])),
    min_size=1,
    max_size=3,
)


def summand(parts, index: sp.Symbol) -> sp.Expr:
    letters = {"a": a[index], "b": b[index], "x": x, "1": sp.S.One}
    return sp.Add(*(c * sp.Mul(*(letters[letter] for letter in word)) for c, word in parts))


@settings(max_examples=40)
@given(summands, summands, summands, summands, st.sampled_from([n, m]))
def test_random_identities_are_decided_as_writing_out_decides_them(first, second, third, fourth, upto):
    left = total(summand(first, i), i) * total(summand(second, j), j, upto=upto) + total(summand(third, k), k)
    apart = sum((c * total(summand([(1, word)], r), r) for c, word in first), sp.S.Zero)
    rewritten = sp.expand(apart) * total(summand(second, i), i, upto=upto) + total(summand(third, j), j)
    assert SumIdentity("rewritten", left, rewritten).decide().holds
    for other in (
        total(summand(first, i), i) * total(summand(second, j), j) + total(summand(third, k), k),
        total(summand(first, i), i) * total(summand(fourth, j), j, upto=upto) + total(summand(third, k), k),
        total(summand(first, i) * summand(second, i), i) + total(summand(third, k), k),
    ):
        assert SumIdentity("other", left, other).decide().holds is agrees(left, other)


def test_what_is_left_over_is_zero_for_an_identity_only():
    assert sum_remainder(total(a[i], i) - total(a[k], k)) == 0
    assert sum_remainder(total(x, i)) == n * x
    assert sum_remainder(total(a[i], i) - total(a[k], k) + y) == y


def test_another_right_side_keeps_the_rest():
    step = SumIdentity("name", total(a[i], i), x).with_right(total(a[j], j))
    assert (step.name, step.left, step.right) == ("name", total(a[i], i), total(a[j], j))
    assert step.decide().holds


THIRD = sp.Float(1) / 3


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (THIRD * x, x / 3),
        (total(a[i], i) / 3, THIRD * total(a[i], i)),
        (total(THIRD * a[i], i), total(THIRD * a[i], i)),
    ],
)
def test_floats_are_refused_even_where_they_cancel(left, right):
    with pytest.raises(ValueError, match="a step must be exact, got a float"):
        SumIdentity("float", left, right).decide()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (sp.Sum(a[i], (j, 1, i), (i, 1, n)), i * total(a[i], i)),
        (sp.Sum(x, (j, i, n), (i, 1, n)), (n - i + 1) * n * x),
        (sp.Sum(a[i], (i, 1, n), (i, 1, m)), sp.Sum(a[i], (i, 1, m), (i, 1, n))),
    ],
)
def test_sums_whose_order_matters_are_refused(wrong, right):
    with pytest.raises(ValueError, match="sums must run over distinct indices with bounds free of them"):
        SumIdentity("order", wrong, right).decide()


def test_three_indices_are_refused():
    with pytest.raises(ValueError, match="sums must run over at most two indices"):
        SumIdentity("triple", total(a[i] * a[j] * a[k], i, j, k), sp.S.Zero).decide()


def test_points_give_values_to_numbers_and_bounds_only():
    step = SumIdentity("step", total(a[i] * x, i), sp.Sum(b[j], (j, 1, m)))
    for point in step.candidate_points():
        assert set(point) == {x, n, m}
        assert all(point[bound] in (2, 3, 4) for bound in (n, m))


def test_two_indexed_families_never_become_one():
    step = SumIdentity("families", total(a[i], i), total(b[i], i))
    assert all(step.false_at(point) for point in step.candidate_points())


def test_false_at_writes_the_sums_out():
    point = {n: sp.Integer(3), x: sp.Rational(1, 2)}
    assert SumIdentity("squares", total(i**2, i), 28 * x).false_at(point) is False
    assert SumIdentity("squares", total(i**2, i), 28 * x + sp.Rational(1, 10**20)).false_at(point) is True
    assert SumIdentity("pole", total(1 / (x - sp.Rational(1, 2)), i), x).false_at(point) is None
    written = a[1] + a[2] + a[3]
    assert SumIdentity("entries", total(a[i], i), written).false_at(point) is False
    assert SumIdentity("entries", total(a[i], i), written + a[1] - a[2]).false_at(point) is True
