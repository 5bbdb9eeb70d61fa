"""Our own: what silence on the other samples costs on average over their signs.

t_j = ‖x_j‖/dist(x_j, cone of the others) is what one unit with settled gates pays (own-generic-memorizer). Let the
other m = n − 1 samples be linearly independent, multiply each by a sign, and take the mean of t_j² over all 2^m
choices of signs:

    mean over signs of t_j² = 2^{−m} Σ_S ‖x_j‖²/dist(x_j, span of S)²,      S over all subsets of the others.

For a given choice the nearest point of the cone is Σ_{i∈S} a_i s_ix_i with a_i > 0 for exactly one set S (a
projection on a convex set is unique, and the generators are independent; ties have no weight in general position).
Given S, b the coefficients of the projection of x_j on span{x_i, i ∈ S} and r what is left, S belongs to the signs s
exactly when s_i b_i > 0 for i ∈ S and s_i x_i·r < 0 for i ∉ S: one choice of s, as long as none of these numbers is
zero. So signs and subsets are in one-to-one correspondence, and dist to the cone is dist to the span of S.

For x_j and the others independent standard Gaussian vectors, whose law no sign changes, dist(x_j, span of S)²/‖x_j‖²
for |S| = k is the share of a chi-square of d − k degrees of freedom in one of d, whose inverse has mean (d − 2)/(d −
k − 2). So

    E t_j² = 2^{−m} Σ_k C(m, k) (d − 2)/(d − k − 2)      for m ≤ d − 3,

that is n ≤ d − 2, and the mean is infinite beyond. For large n and d it is about d/(d − n/2): 1 for n ≪ d, near 2 as
n comes near d. (The last expression is infinite at n = 2d, where Wendel's probability that a unit exists passes one
half.)
"""

import itertools

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sampling import monte_carlo
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory.inhibition import mean_squared_tilt, tilts

HALF = sp.Rational(1, 2)
DATA = (
    ((3, 1, -2), (1, 2, 1), (-1, 4, 2)),
    ((2, -1, 3, 1, 1), (1, 3, 0, -2, 1), (4, 1, 1, 1, -3), (-1, 2, 5, 0, 2)),
    ((1, 2, 3, 4), (2, -1, 1, 3), (-3, 1, 2, 1), (1, 1, -4, 2)),
)
"""Samples in whole numbers, x_j first."""


def _least_squares(point: sp.Matrix, generators: list[sp.Matrix]) -> tuple[list[sp.Rational], sp.Matrix]:
    """Coefficients of the projection on the span, and what is left, in rationals."""
    if not generators:
        return [], point
    basis = sp.Matrix.hstack(*generators)
    coefficients = (basis.T * basis).LUsolve(basis.T * point)
    return list(coefficients), point - basis * coefficients


def _nearest_in_cone(point: sp.Matrix, generators: list[sp.Matrix]) -> list[sp.Rational]:
    """Squared distances of all subsets that meet the conditions of optimality strictly."""
    found = []
    for chosen in itertools.product([False, True], repeat=len(generators)):
        inside = [g for g, take in zip(generators, chosen, strict=True) if take]
        outside = [g for g, take in zip(generators, chosen, strict=True) if not take]
        coefficients, left = _least_squares(point, inside)
        if all(a > 0 for a in coefficients) and all((g.T * left)[0] < 0 for g in outside):
            found.append((left.T * left)[0])
    return found


def averages_agree(proper: bool = False, signs: tuple[int, ...] = (1, -1), weight: sp.Rational = HALF) -> Outcome:
    """Mean over signs of ‖x_j‖²/dist² against the mean over subsets, `weight` for each sample that is in or out."""
    shown = []
    for rows in DATA:
        point, *others = (sp.Matrix(row) for row in rows)
        size = (point.T * point)[0]
        over_signs = []
        for choice in itertools.product(signs, repeat=len(others)):
            squares = _nearest_in_cone(point, [s * g for s, g in zip(choice, others, strict=True)])
            if len(squares) != 1:
                return Outcome(False, margin=f"{len(squares)} faces", detail=str(rows))
            over_signs.append(size / squares[0])
        over_subsets = sp.S.Zero
        for chosen in itertools.product([False, True], repeat=len(others)):
            if proper and all(chosen):
                continue
            inside = [g for g, take in zip(others, chosen, strict=True) if take]
            left = _least_squares(point, inside)[1]
            over_subsets += (
                weight ** len(inside) * (1 - weight) ** (len(others) - len(inside)) * size / (left.T * left)[0]
            )
        mean = sum(over_signs, sp.S.Zero) / len(over_signs)
        shown.append(str(mean))
        if mean != over_subsets:
            return Outcome(False, margin=f"{mean} against {over_subsets}", detail=str(rows))
    return Outcome(True, margin="equal", detail=f"means {', '.join(shown)}")


d, k = sp.symbols("d k", positive=True)
STEPS = [
    # χ²_d = χ²_{d−k} + χ²_k, independent; E[1/χ²_q] = 1/(q − 2).
    Identity("mean of one over the share", 1 + k / ((d - k) - 2), (d - 2) / (d - k - 2)),
]


def _draw(rng: np.random.Generator):
    n = int(rng.integers(3, 6))
    dimension = n + int(rng.integers(10, 15))
    values = np.array([np.mean(tilts(rng.standard_normal((n, dimension))) ** 2) for _ in range(300)])
    span = (dimension - 2) / (dimension - n - 1)
    claimed = float(mean_squared_tilt(n, dimension))
    return values, {"claimed": claimed, "silent by the span of all others": span, "no price": 1.0}


CLAIM = Claim(
    identifier="own-inhibition-price",
    paper=Paper.OWN,
    source="this project",
    title="The price of silence on the other samples",
    kind=Kind.EQUALITY,
    hypotheses=("x_i, i ≠ j, linearly independent, x_j in general position", "m = n − 1 other samples"),
    printed=Statement(
        "The mean of t_j² = ‖x_j‖²/dist(x_j, cone of the others)² over the signs of the others is the mean over all "
        "subsets S of the others of ‖x_j‖²/dist(x_j, span of S)². For standard Gaussian samples E t_j² = 2^{−m} Σ_k "
        "C(m, k)(d − 2)/(d − k − 2), n ≤ d − 2.",
        Verdict.CERTIFIED,
        tuple(sp.Eq(step.left, step.right, evaluate=False) for step in STEPS),
    ),
    depends_on=("own-generic-memorizer",),
    checks=(
        exact_check(
            "signs against subsets",
            averages_agree,
            [
                ("the others as they are", lambda: averages_agree(signs=(1,))),
                ("without the whole set", lambda: averages_agree(proper=True)),
                ("a third of the others", lambda: averages_agree(weight=sp.Rational(1, 3))),
            ],
            scope="three data sets in whole numbers, m ≤ 3",
        ),
        derivation("Gaussian samples", STEPS, bears=Bears.SUPPORTS, scope="all d, k"),
        monte_carlo(
            "tilts of Gaussian samples",
            _draw,
            ["silent by the span of all others", "no price"],
            problems=2,
            bears=Bears.SUPPORTS,
        ),
    ),
)
