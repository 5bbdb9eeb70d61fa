"""BR Definition 3.1: what (α, β)-separability with β < 0 can contain.

The paper does not say how restrictive β < 0 is. For unit vectors u_k (the directions of the cluster means) with all
cosines ≤ β = −b < 0: first, 0 ≤ ‖Σu_k‖² ≤ M − M(M − 1)b, so M ≤ 1 + 1/b. Second, M ≤ d + 1 (Rankin): d + 2 points of
R^d have an affine dependence Σc_ku_k = 0, Σc_k = 0, c ≠ 0; both signs occur, and v = Σ_{c>0} c_ku_k = Σ_{c<0}
|c_k|u_k has ‖v‖² = Σ Σ c_k|c_l| u_k·u_l < 0, which is absurd. Both bounds are attained together by the regular
simplex, so the largest M is min(⌊1 + 1/|β|⌋, d + 1).
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.separability import alpha_beta, max_clusters, regular_simplex

M = sp.Symbol("M", integer=True, positive=True)
k, other = sp.symbols("k l", integer=True)
g = sp.IndexedBase("g")
b, slack, ck, cl = sp.symbols("b s c_k c_l", positive=True)
size = sp.Symbol("M", positive=True)
delta = sp.Symbol("delta_kl")

STEPS = [
    # g_kl = u_k·u_l with g_kk = 1 split off: ‖Σu‖² = M + Σ_{k≠l} g_kl, and each of the M(M − 1) terms is at most −b.
    SumIdentity(
        "squared norm of the sum, cosines −b − s_kl",
        sp.Sum(sp.Sum(-b - g[k, other], (k, 1, M)), (other, 1, M)) - sp.Sum(-b - g[k, k], (k, 1, M)) + M,
        M - M * (M - 1) * b - (sp.Sum(sp.Sum(g[k, other], (k, 1, M)), (other, 1, M)) - sp.Sum(g[k, k], (k, 1, M))),
    ),
    Identity("where it turns negative", size - size * (size - 1) * b, size * b * (1 + 1 / b - size)),
    AtLeast("too many clusters", size * (size - 1) * b, size, where={size: 1 + 1 / b + slack}, strict=True),
    # Every term of ‖v‖² pairs a positive with a negative coefficient; its cosine is at most −b.
    AtLeast("Radon pairing is negative", ck * cl * b, sp.S.Zero, strict=True),
    # Simplex vertices u_k = √(M/(M−1)) (e_k − 1/M): inner products M/(M−1)·(δ − 1/M), in M − 1 dimensions.
    Identity("simplex, same vertex", (size / (size - 1) * (delta - 1 / size)).subs(delta, 1), sp.S.One),
    Identity("simplex, two vertices", (size / (size - 1) * (delta - 1 / size)).subs(delta, 0), -1 / (size - 1)),
]


def simplex_is_extremal(change: int) -> Outcome:
    """For b = 1/(M − 1), in exact arithmetic: M clusters are allowed, M + 1 are not; and d + 1 caps M."""
    for count in range(2, 40):
        cosine = Fraction(-1, count - 1)
        allowed = max_clusters_of_fraction(cosine) + change
        if allowed != count:
            return Outcome(False, margin=f"{allowed} against {count}", detail=f"β = {cosine}")
    return Outcome(True, margin="exact", detail="β = −1/(M − 1) for M = 2 … 39")


def max_clusters_of_fraction(beta: Fraction) -> int:
    """The largest M with M(1 + (M − 1)β) ≥ 0, by trying."""
    count = 1
    while 1 + count * beta >= 0:
        count += 1
    return count


def _draw_simplex(rng: np.random.Generator):
    count = int(rng.integers(2, 9))
    d = int(rng.integers(count - 1, count + 4))
    scales = rng.uniform(0.5, 3.0, size=(count, 1))
    return count, d, scales * (regular_simplex(count, d) @ random_rotation(rng, d).T)


def _attained(shift: int):
    def discrepancy(problem) -> float:
        count, d, X = problem
        alpha, beta = alpha_beta(X, np.arange(count))
        # The nearest float above the measured cosine still allows exactly `count`; rounding of X is ~1e-15.
        allowed = max_clusters(min(beta * (1 - 1e-12), 0.0), d)
        by_dimension = max_clusters(-1e-9, d)
        return float(abs(allowed - count - shift) + abs(by_dimension - d - 1) + alpha + abs(beta + 1 / (count - 1)))

    return discrepancy


def _draw_clusters(rng: np.random.Generator):
    M_, d = (int(v) for v in rng.integers(1, 5, size=2))
    labels = np.concatenate([np.arange(M_), rng.integers(M_, size=int(rng.integers(0, 8)))])
    return rng.standard_normal((len(labels), d)) + 3 * rng.standard_normal((M_, d))[labels], labels


def _against_fractions(factor: float):
    """α and β from exact rational means; the only roundings are the final square roots."""

    def discrepancy(problem) -> float:
        X, labels = problem
        alpha, beta = alpha_beta(X, labels)
        means, alpha_squared = [], Fraction(0)
        for cluster in range(int(labels.max()) + 1):
            rows = [[Fraction(float(c)) for c in row] for row in X[labels == cluster]]
            mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
            norm = sum(c * c for c in mean)
            spreads = [sum((c - m) ** 2 for c, m in zip(row, mean, strict=True)) for row in rows]
            alpha_squared = max(alpha_squared, max(spreads) / norm)
            means.append((mean, norm))
        cosines = [-1.0]
        for first in range(len(means)):
            for second in range(first):
                dot = sum(p * q for p, q in zip(means[first][0], means[second][0], strict=True))
                cosines.append(float(dot) / float(means[first][1]) ** 0.5 / float(means[second][1]) ** 0.5)
        return abs(alpha - factor * float(alpha_squared) ** 0.5) / (1 + alpha) + abs(beta - max(cosines))

    return discrepancy


CLAIM = Claim(
    identifier="BR-def-3.1",
    paper=Paper.BR,
    source="arXiv 2512.20963, Definition 3.1",
    title="What separable data can contain",
    kind=Kind.UPPER,
    hypotheses=("M cluster means in R^d, none zero", "cosines of different means ≤ β, −1 ≤ β < 0"),
    printed=Statement(
        "(α, β)-separability: ‖x_kj − x̄_k‖ ≤ α‖x̄_k‖ and cos(x̄_k, x̄_l) ≤ β for k ≠ l. No limit on M is stated. A "
        "definition asserts nothing: its reach is what is decided below.",
        Verdict.OPEN,
    ),
    corrected=Statement(
        "With β < 0 the number of clusters is at most min(⌊1 + 1/|β|⌋, d + 1), and this many occur.",
        Verdict.PROVED,
        (sp.Le(size, 1 + 1 / b),),
    ),
    checks=(
        derivation(
            "Rankin's bounds and the simplex",
            STEPS,
            about="corrected",
            scope="all M, d, β < 0",
            also_rejected=[
                AtLeast(
                    "one cluster fewer is not too many",
                    size * (size - 1) * b,
                    size,
                    where={size: 1 / b + slack},
                    strict=True,
                ),
                AtLeast("without β < 0", -size * (size - 1) * b, size, where={size: 1 + 1 / b + slack}, strict=True),
                AtLeast("β = 0 forbids nothing", ck * cl * (b - b), sp.S.Zero, strict=True),
            ],
        ),
        exact_check(
            "the simplex is extremal",
            lambda: simplex_is_extremal(0),
            [("one more", lambda: simplex_is_extremal(1)), ("one fewer", lambda: simplex_is_extremal(-1))],
            about="corrected",
            bears=Bears.SUPPORTS,
            scope="M = 2 … 39",
        ),
        property_check(
            Law("simplices attain max_clusters", _draw_simplex, _attained(0), 1e-12),
            [
                Law("one more", _draw_simplex, _attained(1), 1e-12),
                Law("one fewer", _draw_simplex, _attained(-1), 1e-12),
            ],
            problems=60,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("alpha_beta against exact rationals", _draw_clusters, _against_fractions(1.0), 1e-12),
            [Law("α 1 % longer", _draw_clusters, _against_fractions(1.01), 1e-12)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
