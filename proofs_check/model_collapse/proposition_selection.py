"""MC, selection by entropy: over subsets of N points, the most entropy is the largest Σ log of nearest distances.

Ĥ_1 = ψ(N) − ψ(1) + log c_d + (d/N) Σ log ε_1: N and d are the same for all the subsets, and the factor d/N is positive.
With the squared error per pixel κ = ε²/d in place of the distance, log κ = 2 log ε − log d, which is again increasing.
N must be fixed (ψ(N) and 1/N move with it) and γ must be 1: for γ > 1 the sum is of γ-th distances.
"""

from collections.abc import Callable
from itertools import combinations
from math import prod

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast
from proofs_check.verdict import Verdict
from theory.entropy import neighbour_entropy

N = sp.Symbol("N", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
d, constant, more, total = sp.symbols("d c h T", positive=True)
logs, others = sp.IndexedBase("l"), sp.IndexedBase("m")


def _sum(family: sp.IndexedBase, scale: sp.Expr = sp.S.One, shift: sp.Expr = sp.S.Zero) -> sp.Expr:
    return sp.Sum(scale * family[i] + shift, (i, 1, N))


STEPS = [
    # l = log ε_1 of one subset, m of another; c holds ψ(N) − ψ(1) + log c_d.
    SumIdentity(
        "difference of two entropies",
        (constant + d / N * _sum(logs)) - (constant + d / N * _sum(others)),
        d / N * _sum(logs) - d / N * _sum(others),
    ),
    AtLeast("grows with the sum", d / N * (total + more), d / N * total, strict=True),
    # log κ = 2l − log d.
    SumIdentity(
        "squared error per pixel in place of the distance",
        _sum(logs, sp.Integer(2), -constant),
        2 * _sum(logs) - N * constant,
    ),
]


def small_set(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Three to nine points with whole coordinates, no two alike, and a number to keep."""
    d_ = int(rng.integers(1, 5))
    points = np.empty((0, d_))
    # On the line nearly all may be alike.
    while len(points) < 3:
        points = np.unique(rng.integers(0, 30, size=(int(rng.integers(5, 10)), d_)), axis=0)
    return points, int(rng.integers(2, len(points)))


def _exhaustive(score: Callable[[np.ndarray], float]):
    """Best subsets by Ĥ_1 against those with the best score of their sorted squared distances, whole numbers."""

    def discrepancy(problem) -> float:
        points, kept = problem
        squared = ((points[:, None] - points) ** 2).sum(axis=2)
        entropies, scores = {}, {}
        for chosen in combinations(range(len(points)), kept):
            among = np.sort(squared[np.ix_(chosen, chosen)], axis=1)
            entropies[chosen] = neighbour_entropy(np.sqrt(among[:, 1].astype(float)), points.shape[1])
            scores[chosen] = score(among)
        most, best = max(entropies.values()), max(scores.values())
        by_entropy = {chosen for chosen, value in entropies.items() if value > most - 1e-10}
        return float(by_entropy != {chosen for chosen, value in scores.items() if value == best})

    return discrepancy


def product_of_nearest(among: np.ndarray) -> int:
    """Product of the squared distances to the first neighbours."""
    return prod(among[:, 1].tolist())


def product_of_second(among: np.ndarray) -> int:
    """Product of the squared distances to the second neighbours, or the first where there is no other."""
    return prod(among[:, min(2, len(among) - 1)].tolist())


CLAIM = Claim(
    identifier="MC-prop-selection",
    paper=Paper.MC,
    source="arXiv 2509.16499, selection by entropy",
    title="Most entropy is the largest sum of log nearest distances",
    kind=Kind.EQUALITY,
    hypotheses=("subsets of one size N, distinct points", "Ĥ_γ with γ = 1, κ the distance or its square over d"),
    printed=Statement(
        "Over subsets of size N, Ĥ_1 is largest exactly where Σ_x log min_{y≠x} κ(x, y) is.",
        Verdict.PROVED,
    ),
    checks=(
        derivation(
            "an increasing affine function",
            STEPS,
            scope="all N, d, subsets of size N",
            also_rejected=[AtLeast("falls with it", -d / N * (total + more), -d / N * total, strict=True)],
        ),
        property_check(
            Law("all subsets of small sets", small_set, _exhaustive(product_of_nearest), 0.0),
            [
                Law("sum without the logarithm", small_set, _exhaustive(lambda among: np.sqrt(among[:, 1]).sum()), 0.0),
                Law("second neighbours", small_set, _exhaustive(product_of_second), 0.0),
            ],
            problems=150,
            bears=Bears.SUPPORTS,
        ),
    ),
)
