"""Exact identities between finite sums of symbolic length: Σ over i = 1 … n with n a symbol.

Normal form: linear sums over one range are joined and their summand reduced; otherwise products of sums are
expanded, constants pulled out, and equal sums identified up to the name of their index.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .symbolic import Decision, evaluate_at, rational_points, refuse_floats, scalar_remainder

_INDICES = tuple(sp.Dummy(f"index_{i}", integer=True) for i in range(2))


@dataclass(frozen=True)
class SumIdentity:
    """The step left = right for every value of the symbolic bounds and of the indexed quantities."""

    name: str
    left: sp.Expr
    right: sp.Expr

    def decide(self) -> Decision:
        """Whether left − right vanishes, sum by sum or summand by summand."""
        refuse_floats(self.left, self.right)
        left_over = sum_remainder(self.left - self.right)
        return Decision(left_over == 0, f"{self.name}: {left_over} is left over")

    def with_right(self, right: sp.Expr) -> SumIdentity:
        """The same step about another right side."""
        return SumIdentity(self.name, self.left, right)

    def candidate_points(self) -> list[dict[sp.Symbol, Any]]:
        """Whole numbers for the bounds (each bound larger than those sorted before it), rationals for the rest."""
        difference = self.left - self.right
        free = {s for s in difference.free_symbols if isinstance(s, sp.Symbol)}
        # The name of an indexed family is no number: two families given the same one would become one.
        return rational_points(free - {base.label for base in difference.atoms(sp.IndexedBase)})

    def false_at(self, point: dict[sp.Symbol, Any]) -> bool | None:
        """Whether the step fails when the sums are written out and every indexed entry has a rational value."""
        # subs, unlike xreplace, leaves an index alone where it is bound.
        written_out = (self.left - self.right).subs(point).doit()
        chooser = random.Random("indexed entries")
        entries = {
            entry: sp.Rational(chooser.randint(2, 29), chooser.randint(3, 17))
            for entry in sorted(written_out.atoms(sp.Indexed), key=str)
        }
        value = evaluate_at(written_out.xreplace(entries), {})
        return None if value is None else bool(abs(value) > sp.Float("1e-25"))


def sum_remainder(expression: sp.Expr) -> sp.Expr:
    """What is left of an expression in sums of symbolic length; zero exactly when the normal form vanishes."""
    refuse_floats(expression)
    return scalar_remainder(_expand_sums(expression))


def _expand_sums(expression: sp.Expr) -> sp.Expr:
    expanded = sp.expand(expression.replace(lambda node: isinstance(node, sp.Sum), _pulled_apart))
    atoms = sorted(expanded.atoms(sp.Sum), key=str)
    names = {total: sp.Dummy(f"sum{i}") for i, total in enumerate(_distinct(atoms))}
    renamed = {total: names[_canonical(total)] for total in atoms}
    joined = _joined_linear(expanded, atoms)
    return joined if joined is not None else expanded.xreplace(renamed)


def _distinct(atoms: list[sp.Sum]) -> list[sp.Sum]:
    return sorted({_canonical(total) for total in atoms}, key=str)


def _canonical(total: sp.Sum) -> sp.Sum:
    """The sum with its indices renamed by position, in whichever order of limits sorts first."""
    if len(total.limits) > 2:
        raise ValueError(f"sums must run over at most two indices, got {total}")
    orders = [total.limits, total.limits[::-1]]
    forms = []
    for limits in orders:
        names = {limit[0]: index for limit, index in zip(limits, _INDICES, strict=False)}
        forms.append(sp.Sum(total.function.xreplace(names), *[(names[v], lo, hi) for v, lo, hi in limits]))
    return min(forms, key=str)


def _pulled_apart(total: sp.Sum) -> sp.Expr:
    """Linearity: one sum per term of the summand, with the factors free of the indices outside."""
    indices = {limit[0] for limit in total.limits}
    bounds = sp.Tuple(*(bound for limit in total.limits for bound in limit[1:]))
    # The order of such sums matters; renaming and reordering would identify different ones.
    if len(indices) < len(total.limits) or bounds.free_symbols & indices:
        raise ValueError(f"sums must run over distinct indices with bounds free of them, got {total}")
    result = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(total.function)):
        outside, inside = sp.S.One, sp.S.One
        for factor in sp.Mul.make_args(term):
            if factor.free_symbols & indices:
                inside *= factor
            else:
                outside *= factor
        result += outside * _drop_idle_limits(inside, total.limits)
    return result


def _drop_idle_limits(summand: sp.Expr, limits: tuple) -> sp.Expr:
    """Σ over an index that the summand does not use is a multiple by the number of terms."""
    kept = []
    count = sp.S.One
    for variable, low, high in limits:
        if variable in summand.free_symbols:
            kept.append((variable, low, high))
        else:
            count *= high - low + 1
    return count * (sp.Sum(summand, *kept) if kept else summand)


def _joined_linear(expanded: sp.Expr, atoms: list[sp.Sum]) -> sp.Expr | None:
    """When the sums enter linearly over single indices: the joined summand of each range plus what is outside.

    Joining decides identities whose summands cancel only over a common denominator. Returns None when a
    product of sums occurs, or when a joined summand does not vanish by itself.
    """
    if any(len(total.limits) != 1 for total in atoms):
        return None
    outside = expanded
    by_range: dict[tuple, sp.Expr] = {}
    for total in atoms:
        coefficient = expanded.coeff(total)
        if coefficient.atoms(sp.Sum):
            return None
        variable, low, high = total.limits[0]
        summand = coefficient * total.function.xreplace({variable: _INDICES[0]})
        by_range[(low, high)] = by_range.get((low, high), sp.S.Zero) + summand
        outside = sp.expand(outside - coefficient * total)
    if outside.atoms(sp.Sum) or any(scalar_remainder(summand) != 0 for summand in by_range.values()):
        return None
    return outside
