"""Traces of matrix words: accepted identities hold for drawn matrices, and rewritten words are accepted."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.traces import TraceIdentity, squared_norm

d, p = sp.symbols("d p", integer=True, positive=True)
c = sp.Symbol("c", real=True)
A, G = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("G", d, d)
B = sp.MatrixSymbol("B", d, p)
S = sp.MatrixSymbol("S", d, d)
Q = sp.MatrixSymbol("Q", d, d)
U = sp.MatrixSymbol("U", d, p)
e = sp.MatrixSymbol("e", d, 1)
a, b = sp.MatrixSymbol("a", d, 1), sp.MatrixSymbol("b", d, 1)
KINDS = {"symmetric": (S,), "orthonormal": (U,), "orthogonal": (Q,)}
SIZES = {d: sp.Integer(3), p: sp.Integer(2)}
tr = sp.Trace


def drawn(seed: int) -> dict[sp.MatrixSymbol, sp.Matrix]:
    """3 × 3 and 3 × 2 whole-number matrices; Q and U rotate by the quaternion (1, 2, 2, 4)/5 or mirror."""
    rng = np.random.default_rng(seed)

    def whole(rows: int, columns: int) -> sp.Matrix:
        return sp.Matrix(rows, columns, [sp.Integer(int(k)) for k in rng.integers(-3, 4, rows * columns)])

    turn = sp.Matrix([[2, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 3
    flips = [sp.diag(*(int(k) for k in rng.choice([-1, 1], size=3))) for _ in range(2)]
    half = whole(3, 3)
    return {
        A: whole(3, 3),
        G: whole(3, 3),
        B: whole(3, 2),
        S: half + half.T,
        Q: flips[0] * turn,
        U: (turn.T * flips[1])[:, :2],
        a: whole(3, 1),
        b: whole(3, 1),
    }


def value(expression: sp.Expr, matrices: dict) -> sp.Expr:
    explicit = {m.xreplace(SIZES): sp.ImmutableMatrix(matrix) for m, matrix in matrices.items()}
    explicit[sp.Identity(3)] = sp.ImmutableMatrix(sp.eye(3))
    return sp.cancel(sp.sympify(expression).xreplace(SIZES).xreplace(explicit).doit())


def mean(expression: sp.Expr, matrices: dict) -> sp.Expr:
    """Average over the eight sign vectors, whose mean is 0 and covariance I."""
    signs = [sp.Matrix(vector) for vector in product([-1, 1], repeat=3)]
    return sum((value(expression, {**matrices, e: vector}) for vector in signs), sp.S.Zero) / len(signs)


def equal(left: sp.Expr, right: sp.Expr) -> bool:
    return all(value(left - right, drawn(seed)) == 0 for seed in (1, 2, 3))


def test_the_drawn_matrices_are_of_their_kinds():
    for seed in range(4):
        m = SimpleNamespace(**{symbol.name: matrix for symbol, matrix in drawn(seed).items()})
        assert m.Q * m.Q.T == m.Q.T * m.Q == sp.eye(3)
        assert sp.eye(2) == m.U.T * m.U
        assert m.S == m.S.T


LETTERS = [(matrix, transposed) for matrix in (A, G, B, S, Q, U) for transposed in (False, True)]


def ends(letter) -> tuple:
    matrix, transposed = letter
    return matrix.shape[::-1] if transposed else matrix.shape


@st.composite
def words(draw) -> list:
    """Closed words: the dimensions of neighbours fit, around the circle."""
    word = [draw(st.sampled_from(LETTERS))]
    for _ in range(draw(st.integers(0, 3))):
        word.append(draw(st.sampled_from([letter for letter in LETTERS if ends(letter)[0] == ends(word[-1])[1]])))
    if ends(word[-1])[1] != ends(word[0])[0]:
        closing = [letter for letter in LETTERS if ends(letter) == (ends(word[-1])[1], ends(word[0])[0])]
        word.append(draw(st.sampled_from(closing)))
    # No relation cancels this letter, so no word shrinks to the identity.
    return [*word, (A, False)] if ends(word[0])[0] == d else [*word, (B, True), (A, False), (B, False)]


def spelled(word: list) -> sp.Expr:
    factors = [matrix.T if transposed else matrix for matrix, transposed in word]
    return tr(sp.MatMul(*factors)) if len(factors) > 1 else tr(factors[0])


def shifted(word: list, at: int) -> list:
    return word[at:] + word[:at]


def turned(word: list) -> list:
    return [(matrix, not transposed) for matrix, transposed in reversed(word)]


def inserted(word: list, at: int) -> list:
    """U'U or Q'Q or QQ' put in where the dimension allows."""
    at %= len(word)
    pairs = [[(U, True), (U, False)]]
    if ends(word[at])[0] == d:
        pairs = [[(Q, True), (Q, False)], [(Q, False), (Q, True)]]
    return word[:at] + pairs[at % len(pairs)] + word[at:]


def mirrored(word: list) -> list:
    """Every S transposed."""
    return [(matrix, transposed != (matrix == S)) for matrix, transposed in word]


def expression(parts) -> sp.Expr:
    return sum(
        (coefficient * sp.Mul(*(spelled(word) for word in product_)) for coefficient, product_ in parts), sp.S.Zero
    )


combinations = st.lists(
    st.tuples(st.sampled_from([-2, -1, 1, 3, c]), st.lists(words(), min_size=1, max_size=2)), min_size=1, max_size=2
)


@settings(max_examples=60)
@given(combinations, st.integers(0, 9), st.integers(0, 9))
def test_turned_words_are_recognised(parts, first, second):
    right = [(k, [shifted(mirrored(inserted(turned(w), first)), second % len(w)) for w in ws]) for k, ws in parts]
    decision = TraceIdentity("turned", expression(parts), expression(right), **KINDS).decide()
    assert decision.holds, decision.remainder


def altered(word: list, at: int, how: str) -> list:
    at %= len(word)
    matrix, transposed = word[at]
    if how == "transposed" and matrix.shape[0] == matrix.shape[1]:
        return [*word[:at], (matrix, not transposed), *word[at + 1 :]]
    if how == "replaced" and matrix.shape == (d, d):
        return [*word[:at], (A if matrix != A else G, transposed), *word[at + 1 :]]
    if how == "inserted" and ends(word[at])[0] == d:
        return [*word[:at], (U, False), (U, True), *word[at:]]
    return shifted(word, 1)[::-1] if all(ends(letter) == (d, d) for letter in word) else [*word, *word]


@settings(max_examples=60)
@given(
    words(), st.integers(0, 9), st.sampled_from(["transposed", "replaced", "inserted", "reversed"]), st.integers(1, 2)
)
def test_no_identity_that_is_false_for_drawn_matrices_is_accepted(word, at, how, factor):
    left, right = spelled(word), factor * spelled(altered(word, at, how))
    step = TraceIdentity("altered", left, right, **KINDS)
    if step.decide().holds:
        assert equal(left, right)
    elif not equal(left, right):
        assert any(step.false_at(point) for point in step.candidate_points())


def test_a_rotation_is_not_taken_for_a_multiple_of_the_identity():
    """tr(A'QA) = tr(AQA') holds in the plane for every rotation Q, and in no higher dimension."""
    step = TraceIdentity("reversed", tr(A.T * Q * A), tr(A * Q * A.T), **KINDS)
    assert not step.decide().holds
    assert all(step.false_at(point) for point in step.candidate_points())


TRUE = {
    "product expanded": (tr((A + G) * (A - G)), tr(A * A) - tr(A * G) + tr(G * A) - tr(G**2)),
    "squared norm": (squared_norm(A - c * G), squared_norm(A) - 2 * c * tr(A.T * G) + c**2 * squared_norm(G)),
    "norm of a turned matrix": (squared_norm(Q * A * Q.T), squared_norm(A)),
    "norm of UB'": (squared_norm(U * B.T), squared_norm(B)),
    "projection": (tr(U * U.T * U * U.T * A), tr(U * U.T * A)),
    "power": (tr((A * G) ** 2), tr(A * G * A * G)),
    "scalars inside": (tr(2 * A * (c * G)), 2 * c * tr(G * A)),
    "sum inside": (tr(A * (G + 2 * S).T), tr(G * A.T) + 2 * tr(S * A)),
    "product of traces": (tr(A + G) * tr(S), tr(S.T) * tr(G.T) + tr(A) * tr(S)),
    "square of traces": ((tr(A) + c) ** 2, tr(A.T) * tr(A) + 2 * c * tr(A) + c**2),
    "with a dimension": (d * tr(A) / d, tr(A)),
    "coefficients cancel": (tr(A) / (1 + c) + c * tr(A) / (1 + c), tr(A.T)),
    "zero matrix": (tr(A * sp.ZeroMatrix(d, d)) + tr(A), tr(A.T)),
    "identity matrix": (tr(A * (sp.Identity(d) + G)), tr(A) + tr(G * A)),
    "numbers only": (sp.Integer(3) + c, c + 3),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identities_are_accepted(name):
    left, right = TRUE[name]
    assert equal(left, right)
    step = TraceIdentity(name, left, right, **KINDS)
    decision = step.decide()
    assert decision.holds, decision.remainder
    assert [step.false_at(point) for point in step.candidate_points()] == [False] * 3


FALSE = {
    "not commuting": (tr(A * G * S), tr(G * A * S)),
    "transposed factor": (tr(A * G), tr(A * G.T)),
    "norm of a product": (squared_norm(A * G), squared_norm(G * A)),
    "UU' is no identity": (tr(U * U.T * A), tr(A)),
    "A is not symmetric": (tr(A * A), tr(A.T * A)),
    "A is not orthogonal": (squared_norm(A * G), squared_norm(G)),
    "S is not orthogonal": (squared_norm(S * G), squared_norm(G)),
    "trace is no homomorphism": (tr(A * G), tr(A) * tr(G)),
    "square of a trace": (tr(A) * tr(A), tr(A * A)),
    "another number": (tr(A), tr(A) + c),
    "another factor": (c * tr(A), tr(A)),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_identities_are_rejected(name):
    left, right = FALSE[name]
    assert not equal(left, right)
    step = TraceIdentity(name, left, right, **KINDS)
    assert not step.decide().holds
    assert any(step.false_at(point) for point in step.candidate_points())


@pytest.mark.parametrize("kind", KINDS)
def test_every_relation_must_be_declared(kind):
    used = {
        "symmetric": (tr(S * A), tr(S.T * A)),
        "orthonormal": (tr(U.T * U * B.T * A * B), tr(B.T * A * B)),
        "orthogonal": (tr(Q * Q.T * A), tr(A)),
    }
    assert TraceIdentity("declared", *used[kind], **KINDS).decide().holds
    without = {name: matrices for name, matrices in KINDS.items() if name != kind}
    step = TraceIdentity("undeclared", *used[kind], **without)
    assert not step.decide().holds
    assert any(step.false_at(point) for point in step.candidate_points())


NOISY = {
    "mean of a quadratic form": (tr(e.T * A * e), tr(A)),
    "second moment inside": (tr(A * e * e.T * G), tr(A * G)),
    "squared norm of a noisy column": (squared_norm(a + A * e), squared_norm(a) + squared_norm(A)),
    "linear terms vanish": (tr(a.T * e) + tr(b.T * A * e) + tr(a.T * b), tr(a.T * b)),
    "two noisy columns": (tr((a + A * e).T * (b + G * e)), tr(a.T * b) + tr(A.T * G)),
    "a linear term vanishes beside another trace": (tr(A) * tr(a.T * e) + tr(G), tr(G)),
    "a quadratic term beside another trace": (tr(A) * tr(e.T * G * e), tr(A) * tr(G)),
}


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_averaged_out(name):
    left, right = NOISY[name]
    assert all(mean(left - right, drawn(seed)) == 0 for seed in (1, 2))
    step = TraceIdentity(name, left, right, noise=(e,))
    decision = step.decide()
    assert decision.holds, decision.remainder
    assert [step.false_at(point) for point in step.candidate_points()] == [False] * 3


FALSE_IN_THE_MEAN = {
    "twice the variance": (tr(e.T * A * e), 2 * tr(A)),
    "noise forgotten": (squared_norm(a + A * e), squared_norm(a)),
    "linear term kept": (tr(a.T * e) + tr(a.T * b), 2 * tr(a.T * b)),
    "wrong matrix": (squared_norm(A * e), tr(A * A)),
}


@pytest.mark.parametrize("name", FALSE_IN_THE_MEAN)
def test_wrong_means_are_rejected(name):
    left, right = FALSE_IN_THE_MEAN[name]
    assert any(mean(left - right, drawn(seed)) != 0 for seed in (1, 2))
    step = TraceIdentity(name, left, right, noise=(e,))
    assert not step.decide().holds
    assert any(step.false_at(point) for point in step.candidate_points())


@settings(max_examples=25)
@given(st.lists(st.sampled_from([A, G, S]), min_size=1, max_size=3), st.sampled_from([a, b]), st.sampled_from([a, b]))
def test_random_quadratics_in_the_noise_have_their_mean(letters, first, second):
    middle = sp.MatMul(*letters) if len(letters) > 1 else letters[0]
    left = tr((first + middle * e).T * (second + c * A * e)) + tr(e * e.T * middle)
    right = tr(first.T * second) + c * tr(middle.T * A) + tr(middle)
    assert TraceIdentity("mean", left, right, noise=(e,)).decide().holds
    assert mean(left - right, drawn(5)) == 0


def decide(left: sp.Expr, right: sp.Expr = sp.S.Zero, **kinds):
    return TraceIdentity("step", left, right, **kinds).decide()


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (tr(e.T * A * e * e.T * G * e), "noise must enter at most quadratically in one trace"),
        (tr(e.T * A * e * e.T * a), "noise must enter at most quadratically in one trace"),
        (tr(a.T * e) * tr(b.T * e), "noise must stay within one trace of a product"),
        (tr(e.T * A * e) * tr(e.T * G * e), "noise must stay within one trace of a product"),
        (tr(e * e.T), "a trace of the identity is left in 'step': state its dimension"),
        (tr(tr(e.T * A * e) * G * e * e.T), "scalars inside a trace must be free of matrices"),
    ],
)
def test_what_cannot_be_averaged_is_refused(left, message):
    with pytest.raises(ValueError, match=message):
        decide(left, noise=(e,))


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (tr(U.T * U), "state its dimension"),
        (tr(U * U.T), "state its dimension"),
        (tr(Q * Q.T), "state its dimension"),
        (tr(sp.Identity(d)) - tr(sp.Identity(p)), "state its dimension"),
        (tr(sp.Float(0.5) * A), "got a float"),
        (tr(A.I), "matrix expression must be sums and products of symbols, got Inverse"),
        (A[0, 0], "scalar must be built from traces"),
        (sp.sqrt(tr(A)), "scalar must be built from traces"),
        (1 / tr(A), "scalar must be built from traces"),
        (tr(A ** sp.Rational(1, 2)), "matrix expression must be sums and products of symbols"),
    ],
)
def test_what_has_no_normal_form_is_refused(left, message):
    with pytest.raises(ValueError, match=message):
        decide(left, **KINDS)


def test_a_float_that_cancels_is_refused():
    with pytest.raises(ValueError, match="a step must be exact, got a float"):
        decide(sp.Float(1) / 3 * tr(A), tr(A) / 3)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ({"symmetric": (B,)}, "B must be square"),
        ({"orthogonal": (U,)}, "U must be square"),
        ({"noise": (B,)}, "noise must be a column"),
    ],
)
def test_kinds_that_do_not_fit_the_shape_are_refused(kinds, message):
    with pytest.raises(ValueError, match=message):
        decide(tr(A), **kinds)


def test_two_matrices_of_one_name_are_refused():
    with pytest.raises(ValueError, match="matrices must have distinct names"):
        decide(tr(A), tr(sp.MatrixSymbol("A", p, p)))


def test_more_columns_than_rows_cannot_be_drawn_orthonormal():
    wide = sp.MatrixSymbol("V", p, d)
    with pytest.raises(ValueError, match="V must have at least as many rows as columns"):
        TraceIdentity("wide", tr(wide * A * wide.T), tr(A), orthonormal=(wide,)).false_at(1)


def test_what_is_left_over_is_spelled_out():
    decision = decide(2 * tr(A.T * G) + c * tr(S) * tr(G), 3 * tr(A))
    assert not decision.holds
    for piece in ("step: ", "(2)·tr(AG')", "(-3)·tr(A)", "(c)·tr(G)·tr(S)", " is left over"):
        assert piece in decision.remainder
    assert decide(c + tr(A), tr(A)).remainder == "step: (c)·1 is left over"


def test_another_right_side_keeps_the_kinds():
    step = TraceIdentity("kinds", tr(U.T * U * B.T * S * Q * Q.T * B) + tr(e.T * S * e), tr(A), noise=(e,), **KINDS)
    other = step.with_right(tr(B * B.T * S.T) + tr(S))
    assert (other.name, other.left, other.right) == ("kinds", step.left, tr(B * B.T * S.T) + tr(S))
    assert not step.decide().holds
    assert other.decide().holds
