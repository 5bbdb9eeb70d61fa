"""Exact identities between traces of matrix words, with dimensions that are symbols.

A scalar expression is a combination of traces of products of matrix symbols and their transposes. Normal
form: expand; apply the declared relations (symmetric, orthogonal U'U = I, white noise E[εε'] = I); write each trace
as the least of its cyclic shifts and transposes. Equal normal forms prove the identity for all dimensions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from .symbolic import Decision, refuse_floats, scalar_remainder

Letter = tuple[str, bool]  # matrix name, transposed?
Word = tuple[Letter, ...]
Combination = dict[tuple[Word, ...], sp.Expr]


@dataclass(frozen=True)
class TraceIdentity:
    """The step left = right for all matrices of the declared kinds and all dimensions.

    `symmetric`: S' = S; `orthonormal`: U'U = I (columns); `orthogonal`: also UU' = I; `noise`: columns ε with
    E[ε] = 0 and E[εε'] = I, at most quadratic, over which both sides are averaged. Raises `ValueError` when a kind
    does not fit the shape of a matrix, or two matrices share a name.
    """

    name: str
    left: sp.Expr
    right: sp.Expr
    symmetric: tuple[sp.MatrixSymbol, ...] = ()
    orthonormal: tuple[sp.MatrixSymbol, ...] = ()
    orthogonal: tuple[sp.MatrixSymbol, ...] = ()
    noise: tuple[sp.MatrixSymbol, ...] = ()

    def __post_init__(self) -> None:
        for matrix in (*self.symmetric, *self.orthogonal):
            if matrix.shape[0] != matrix.shape[1]:
                raise ValueError(f"{matrix} must be square, got shape {matrix.shape} in {self.name!r}")
        for matrix in self.noise:
            if matrix.shape[1] != 1:
                raise ValueError(f"noise must be a column, got {matrix} of shape {matrix.shape} in {self.name!r}")
        matrices = self.left.atoms(sp.MatrixSymbol) | self.right.atoms(sp.MatrixSymbol)
        if len({matrix.name for matrix in matrices}) < len(matrices):
            raise ValueError(f"matrices must have distinct names, got {sorted(matrices, key=str)} in {self.name!r}")

    def decide(self) -> Decision:
        """Whether every coefficient of the normal form of left − right vanishes."""
        refuse_floats(self.left, self.right)
        combination = self._normal_form(self.left - self.right)
        left_over = {words: scalar_remainder(c) for words, c in combination.items()}
        shown = " + ".join(f"({c})·{_spelled(words)}" for words, c in left_over.items() if c != 0)
        return Decision(not shown, f"{self.name}: {shown} is left over")

    def with_right(self, right: sp.Expr) -> TraceIdentity:
        """The same step about another right side."""
        return TraceIdentity(self.name, self.left, right, self.symmetric, self.orthonormal, self.orthogonal, self.noise)

    def _normal_form(self, expression: sp.Expr) -> Combination:
        total: Combination = defaultdict(lambda: sp.S.Zero)
        noise = {m.name for m in self.noise}
        for words, coefficient in _scalar_terms(expression).items():
            if sum(any(name in noise for name, _ in word) for word in words) > 1:
                raise ValueError(f"noise must stay within one trace of a product, got {_spelled(words)}")
            reduced = [self._reduce(word) for word in words]
            if any(word is None for word in reduced):
                continue
            letters = [word for word in reduced if word is not None]
            total[tuple(sorted(self._least_form(word) for word in letters))] += coefficient
        return total

    def _least_form(self, word: Word) -> Word:
        """The least of the cyclic shifts of a word and of its transpose: all have the same trace."""
        turned = [self._plain(word), self._plain(_transposed(word))]
        return min(w[k:] + w[:k] for w in turned for k in range(max(len(w), 1)))

    def _plain(self, word: Word) -> Word:
        symmetric = {m.name for m in self.symmetric}
        return tuple((name, transposed and name not in symmetric) for name, transposed in word)

    def _reduce(self, word: Word) -> Word | None:
        """The word after the relations; None when its mean over the noise is zero."""
        noise = {m.name for m in self.noise}
        word = self._plain(word)
        count = sum(name in noise for name, _ in word)
        if count == 1:
            return None
        if count > 2:
            raise ValueError(f"noise must enter at most quadratically in one trace, got {word} in {self.name!r}")
        cancels: set[tuple[Letter, Letter]] = set()
        for matrix in (*self.orthonormal, *self.orthogonal):
            cancels.add(((matrix.name, True), (matrix.name, False)))
        for matrix in (*self.orthogonal, *self.noise):
            cancels.add(((matrix.name, False), (matrix.name, True)))
        changed = True
        while changed:
            changed = False
            for i in range(len(word)):
                j = (i + 1) % len(word)
                if i != j and (word[i], word[j]) in cancels:
                    word = tuple(letter for k, letter in enumerate(word) if k not in (i, j))
                    changed = True
                    break
        if not word:
            raise ValueError(f"a trace of the identity is left in {self.name!r}: state its dimension")
        return word

    def candidate_points(self) -> list[int]:
        """Seeds of random whole-number matrices."""
        return [1, 2, 3]

    def false_at(self, point: int) -> bool | None:
        """Whether the step fails for one draw of matrices of the declared kinds, in exact arithmetic."""
        difference = self.left - self.right
        symbols = difference.atoms(sp.MatrixSymbol)
        scalars = {
            s for s in difference.free_symbols if isinstance(s, sp.Symbol) and not isinstance(s, sp.MatrixSymbol)
        }
        sizes = {s for m in symbols for s in m.shape if isinstance(s, sp.Symbol)}
        rng = np.random.default_rng(point)
        # Sizes later in the alphabet are smaller, so that d × p matrices can have orthonormal columns. None is 2: the
        # symmetric part of a plane rotation is a multiple of I, which would hide that tr(QAA') is not tr(QA'A).
        side = {size: 3 + i for i, size in enumerate(sorted(sizes, key=str, reverse=True))}
        values = {s: sp.Rational(int(rng.integers(2, 9)), 7) for s in sorted(scalars - sizes, key=str)}
        draw: dict[sp.MatrixSymbol, sp.Matrix] = {
            m: self._draw(m, [int(sp.sympify(k).subs(side)) for k in m.shape], rng)
            for m in sorted(symbols, key=lambda m: m.name)
        }
        return self._mean_over_noise(difference, draw, values, side) != 0

    def _draw(self, matrix: sp.MatrixSymbol, shape: list[int], rng: np.random.Generator) -> sp.Matrix:
        entries = sp.Matrix(shape[0], shape[1], [sp.Integer(int(k)) for k in rng.integers(-4, 5, shape[0] * shape[1])])
        if matrix in self.symmetric:
            return entries + entries.T
        if matrix in self.orthonormal or matrix in self.orthogonal:
            if shape[0] < shape[1]:
                raise ValueError(f"{matrix} must have at least as many rows as columns, got {shape}")
            # Two reflections: one alone is symmetric, and would hide a transpose.
            turn = sp.eye(shape[0])
            for _ in range(2):
                vector = sp.Matrix([sp.Integer(int(k)) for k in rng.integers(1, 5, shape[0])])
                turn = turn - 2 * turn * vector * vector.T / (vector.T * vector)[0]
            return turn[:, : shape[1]]
        return entries

    def _mean_over_noise(
        self,
        difference: sp.Expr,
        draw: dict,
        values: Mapping[sp.Symbol, sp.Expr],
        side: Mapping[sp.Symbol, int],
    ) -> sp.Expr:
        def value(matrices: dict) -> sp.Expr:
            return sp.sympify(
                difference.xreplace(dict(values))
                .xreplace({m: sp.ImmutableMatrix(v) for m, v in matrices.items()})
                .xreplace({s: sp.Integer(k) for s, k in side.items()})
                .replace(sp.Identity, lambda rows: sp.ImmutableMatrix(sp.eye(int(rows))))
                .doit()
            )

        if not self.noise:
            return value(draw)
        (noise,) = self.noise
        size = draw[noise].rows
        # For a quadratic g, E[g(ε)] = g(0) + Σ_j (g(e_j) + g(−e_j) − 2g(0))/2 when E[ε] = 0 and E[εε'] = I.
        at_zero = value({**draw, noise: sp.zeros(size, 1)})
        mean = at_zero
        for j in range(size):
            unit = sp.zeros(size, 1)
            unit[j] = 1
            mean += (value({**draw, noise: unit}) + value({**draw, noise: -unit}) - 2 * at_zero) / 2
        return mean


def squared_norm(matrix: sp.MatrixExpr) -> sp.Expr:
    """‖A‖_F² = tr(A'A)."""
    return sp.Trace(matrix.T * matrix)


def _scalar_terms(expression: sp.Expr) -> Combination:
    """Expand a scalar expression into products of traces of words with scalar coefficients."""
    total: Combination = defaultdict(lambda: sp.S.Zero)
    if isinstance(expression, sp.Add):
        for term in expression.args:
            for words, coefficient in _scalar_terms(term).items():
                total[words] += coefficient
    elif isinstance(expression, sp.Mul) or _is_whole_power(expression):
        product: Combination = {(): sp.S.One}
        for factor in _factors(expression):
            terms = _scalar_terms(factor)
            merged: Combination = defaultdict(lambda: sp.S.Zero)
            for words, coefficient in product.items():
                for more, other in terms.items():
                    merged[tuple(sorted(words + more))] += coefficient * other
            product = merged
        total = product
    elif isinstance(expression, sp.Trace):
        for word, coefficient in _matrix_terms(expression.arg).items():
            total[(word,)] += coefficient
    elif expression.has(sp.MatrixSymbol):
        raise ValueError(f"scalar must be built from traces, got {expression}")
    else:
        total[()] = expression
    return total


def _is_whole_power(expression: sp.Expr) -> bool:
    return isinstance(expression, sp.Pow) and bool(expression.exp.is_Integer) and bool(expression.exp > 0)


def _factors(expression: sp.Expr) -> Sequence[sp.Expr]:
    return [expression.base] * int(expression.exp) if _is_whole_power(expression) else expression.args


def _matrix_terms(expression: Any) -> dict[Word, sp.Expr]:
    total: dict[Word, sp.Expr] = defaultdict(lambda: sp.S.Zero)
    if isinstance(expression, sp.MatAdd):
        for term in expression.args:
            for word, coefficient in _matrix_terms(term).items():
                total[word] += coefficient
    elif isinstance(expression, sp.MatMul):
        total = _matrix_product(expression.args)
    elif isinstance(expression, sp.MatPow) and expression.exp.is_Integer and expression.exp > 0:
        total = _matrix_product([expression.base] * int(expression.exp))
    elif isinstance(expression, sp.Transpose):
        for word, coefficient in _matrix_terms(expression.arg).items():
            total[_transposed(word)] += coefficient
    elif isinstance(expression, sp.Identity):
        total[()] = sp.S.One
    elif isinstance(expression, sp.MatrixSymbol):
        total[((expression.name, False),)] = sp.S.One
    elif isinstance(expression, sp.ZeroMatrix):
        pass
    else:
        raise ValueError(f"matrix expression must be sums and products of symbols, got {type(expression).__name__}")
    return total


def _matrix_product(factors: Sequence[Any]) -> dict[Word, sp.Expr]:
    product: dict[Word, sp.Expr] = {(): sp.S.One}
    for factor in factors:
        scalar = not getattr(factor, "is_Matrix", False)
        if scalar and factor.has(sp.MatrixSymbol):
            raise ValueError(f"scalars inside a trace must be free of matrices, got {factor}")
        terms = {(): factor} if scalar else _matrix_terms(factor)
        merged: dict[Word, sp.Expr] = defaultdict(lambda: sp.S.Zero)
        for word, coefficient in product.items():
            for more, other in terms.items():
                merged[word + more] += coefficient * other
        product = merged
    return product


def _transposed(word: Word) -> Word:
    return tuple((name, not transposed) for name, transposed in reversed(word))


def _spelled(words: tuple[Word, ...]) -> str:
    return "·".join("tr(" + "".join(n + ("'" if t else "") for n, t in word) + ")" for word in words) or "1"
