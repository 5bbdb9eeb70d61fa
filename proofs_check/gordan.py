"""Gordan's alternative in exact rationals: vectors in an open half-space, or a convex combination of them that is zero.

Exactly one of the two exists, and whichever is returned can be checked by adding up. Found by the simplex method with
Bland's rule, which never cycles: a ≥ 0 with Σa = 1 and Σ a_ku_k = 0 is sought from a basis of artificial variables;
if their sum cannot reach zero, the dual solution (−w, t), t > 0, has w·u_k ≥ t for all k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Vector = Sequence[Fraction | int]


@dataclass(frozen=True)
class Alternative:
    """Either `direction` w with w·u > 0 for all vectors u, or `shares` a ≥ 0, Σa = 1, with Σ a_ku_k = 0."""

    direction: tuple[Fraction, ...] | None
    shares: tuple[Fraction, ...] | None


def dot(first: Vector, second: Vector) -> Fraction:
    """Inner product in rationals."""
    return sum((Fraction(a) * b for a, b in zip(first, second, strict=True)), Fraction(0))


def alternative(vectors: Sequence[Vector]) -> Alternative:
    """Which of Gordan's alternatives holds for at least one vector, with its witness."""
    count, d = len(vectors), len(vectors[0])
    columns = [[*vector, 1] for vector in vectors]
    # Rows of the tableau: the d + 1 equations over vectors, artificial variables and the right side.
    rows = [
        [Fraction(column[r]) for column in columns]
        + [Fraction(int(r == c)) for c in range(d + 1)]
        + [Fraction(int(r == d))]
        for r in range(d + 1)
    ]
    basis = [count + r for r in range(d + 1)]
    while True:
        artificial = [row for row, member in zip(rows, basis, strict=True) if member >= count]
        gains = [sum((row[k] for row in artificial), Fraction(0)) for k in range(count)]
        entering = next((k for k, gain in enumerate(gains) if gain > 0), None)
        if entering is None:
            break
        ratios = [(row[-1] / row[entering], basis[r], r) for r, row in enumerate(rows) if row[entering] > 0]
        leaving = min(ratios)[2]
        _pivot(rows, leaving, entering)
        basis[leaving] = entering
    left_over = sum((row[-1] for row in artificial), Fraction(0))
    if left_over > 0:
        dual = [sum((row[count + r] for row in artificial), Fraction(0)) for r in range(d)]
        return Alternative(tuple(-y for y in dual), None)
    held = {member: row[-1] for member, row in zip(basis, rows, strict=True)}
    return Alternative(None, tuple(held.get(k, Fraction(0)) for k in range(count)))


def _pivot(rows: list[list[Fraction]], leaving: int, entering: int) -> None:
    pivot = rows[leaving][entering]
    rows[leaving] = [value / pivot for value in rows[leaving]]
    for r, row in enumerate(rows):
        if r != leaving and row[entering]:
            factor = row[entering]
            rows[r] = [value - factor * base for value, base in zip(row, rows[leaving], strict=True)]


def is_witness(vectors: Sequence[Vector], found: Alternative) -> bool:
    """Whether the alternative proves itself: every response positive, or shares that add up to one and to zero."""
    if found.direction is not None:
        return all(dot(found.direction, vector) > 0 for vector in vectors)
    shares = found.shares or ()
    total = [
        sum((a * u for a, u in zip(shares, coordinate, strict=True)), Fraction(0))
        for coordinate in zip(*vectors, strict=True)
    ]
    return min(shares) >= 0 and sum(shares) == 1 and not any(total)
