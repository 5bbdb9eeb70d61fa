"""Automatic negative controls: small wrong changes of a formula, one at a time.

Constants ×1.01 and ×2, signs, exponents ±1, one term dropped, two symbols exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import sympy as sp

_SLIGHTLY_MORE = sp.Rational(101, 100)


def mutants(expression: sp.Basic) -> list[tuple[str, sp.Basic]]:
    """Distinct mutants of an expression with a description each; the expression itself is never among them."""
    found: dict[sp.Basic, str] = {}
    for label, mutant in _all_mutants(expression):
        if mutant != expression and mutant not in found:
            found[mutant] = label
    return [(label, mutant) for mutant, label in found.items()]


def _all_mutants(expression: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    whole: list[tuple[str, Callable[[sp.Basic], sp.Basic]]] = [
        ("whole ×1.01", lambda e: _SLIGHTLY_MORE * e),
        ("whole ×2", lambda e: 2 * e),
        ("whole negated", lambda e: -1 * e),
    ]
    for label, change in whole:
        yield label, change(expression)
    yield from _at_nodes(expression)
    for first, second in combinations(sorted(expression.free_symbols, key=str), 2):
        if _exchangeable(first) and _exchangeable(second):
            yield f"{first} and {second} exchanged", expression.xreplace({first: second, second: first})


def _exchangeable(symbol: sp.Basic) -> bool:
    return isinstance(symbol, sp.Symbol) and not symbol.is_integer


def _at_nodes(node: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """Mutants of the node itself, then of each argument with the node rebuilt around it."""
    if isinstance(node, sp.Number) and not node.is_zero:
        yield f"{node} ×1.01", node * _SLIGHTLY_MORE
        yield f"{node} ×2", node * 2
        yield f"{node} negated", -node
    if isinstance(node, sp.Add | sp.MatAdd):
        for i, term in enumerate(node.args):
            others = [*node.args[:i], *node.args[i + 1 :]]
            yield f"term {term} dropped", _sum(node, others)
            yield f"term {term} negated", _sum(node, [*others, -1 * term])
    if isinstance(node, sp.Pow | sp.MatPow) and node.exp.is_Number:
        yield f"exponent of {node} +1", node.base ** (node.exp + 1)
        if node.exp != 1:
            yield f"exponent of {node} -1", node.base ** (node.exp - 1)
        parts = [(0, node.base)]
    elif isinstance(node, sp.Sum | sp.Integral | sp.Derivative):
        parts = [(0, node.args[0])]
    elif isinstance(node, sp.Indexed | sp.MatrixSymbol | sp.Symbol):
        parts = []
    else:
        parts = list(enumerate(node.args))
    for position, part in parts:
        for label, mutant in _at_nodes(part):
            arguments = list(node.args)
            arguments[position] = mutant
            yield label, _rebuild(node, arguments)


def _sum(node: sp.Basic, terms: list[sp.Basic]) -> sp.Basic:
    if isinstance(node, sp.MatAdd):
        return sp.MatAdd(*terms).doit(deep=False)
    return sp.Add(*terms)


def _rebuild(node: sp.Basic, arguments: list[sp.Basic]) -> sp.Basic:
    rebuilt = node.func(*arguments)
    return rebuilt.doit(deep=False) if isinstance(node, sp.MatMul | sp.MatAdd) else rebuilt
