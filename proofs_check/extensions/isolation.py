"""Our own: how many samples of symmetric random data a bias-free unit can tell from the rest (after Wendel 1962).

A unit fires on x_j alone when wᵀx_j > 0 > wᵀx_i for all i ≠ j: one pattern of signs of (wᵀx_1, …, wᵀx_n) among 2^n.

Counting. Let the samples be in general position: any d of them, or all if n < d, are linearly independent. Let S(n, d)
be the number of sign patterns without zeros that occur, that is, of chambers cut out of R^d by the n hyperplanes
wᵀx_i = 0. S(1, d) = 2 and S(n, 1) = 2. Hyperplane n cuts in two those chambers of the first n − 1 that it meets, and
these are as many as the chambers that the n − 1 hyperplanes cut out of it; on it, a space of dimension d − 1, they are
in general position again. So S(n, d) = S(n − 1, d) + S(n − 1, d − 1) for n, d ≥ 2 (Schläfli, Cover). The sum
2Σ_{k<d} C(n − 1, k) has the same first values, and obeys the same recursion: Pascal's rule, summand by summand, where
the term k = 0 has C(n − 2, −1) = 0.

Averaging. Changing the sign of samples carries the chance of our pattern to that of any other. If the law of the
samples does not feel it, all 2^n patterns are equally likely to occur, and the chance is the mean of S/2^n, which
does not depend on the samples: P(n, d) = 2^{1−n}Σ_{k<d} C(n − 1, k), the chance of fewer than d heads among n − 1 fair
coins. Hence P = 1 for n ≤ d; P rises with d, by 2^{1−n}C(n − 1, d) a step; and it falls with n ≥ d, as P(n + 1, d) =
P(n, d) − 2^{−n}C(n − 1, d − 1). One half: P(n + 1, d) is the mean of P(n, d) and P(n, d − 1); used twice,
P(2d + 2, d + 1) = [P(2d, d + 1) + 2P(2d, d) + P(2d, d − 1)]/4 = P(2d, d) + 2^{1−2d}[C(2d − 1, d) − C(2d − 1, d − 1)]/4.
The two binomials are equal, so P(2d, d) = P(2, 1) = 1/2 for every d. The law of coins has mean (n − 1)/2 and deviation
√(n − 1)/2: P is near Φ((2d − n)/√(n − 1)), a step at n = 2d of width √n.

No Gaussian is needed: below, heavy one-sided coordinates with a random sign for each sample.
"""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.gating import is_isolable, isolable, isolating_direction, isolation_probability

n, d, k = sp.symbols("n d k", positive=True)
length = sp.Symbol("d", integer=True, positive=True)
index = sp.Symbol("k", integer=True)
upper, lower = sp.IndexedBase("a"), sp.IndexedBase("b")
# (n − 2)!, (k − 1)! and (n − 2 − k)!, of which the binomials of Pascal's rule are made.
top, left, right = sp.symbols("G F H", positive=True)
chambers_now, corner, patterns = sp.symbols("S c T", positive=True)
chance = sp.Symbol("P", positive=True)
above, below, total = sp.symbols("c^+ c^- q", positive=True)

STEPS = [
    Identity(
        "Pascal: C(n − 1, k) = C(n − 2, k) + C(n − 2, k − 1)",
        (n - 1) * top / (k * left * (n - 1 - k) * right),
        top / (k * left * right) + top / (left * (n - 1 - k) * right),
    ),
    SumIdentity(
        "the sum of both obeys the recursion of the chambers",
        2 * sp.Sum(upper[index] + lower[index], (index, 0, length - 1)),
        2 * sp.Sum(upper[index], (index, 0, length - 1)) + 2 * sp.Sum(lower[index], (index, 0, length - 1)),
    ),
    # T = 2^n, S = S(n, d), c = C(n − 1, d − 1), so that S(n, d − 1) = S − 2c.
    Identity(
        "one sample more",
        (chambers_now + (chambers_now - 2 * corner)) / (2 * patterns),
        chambers_now / patterns - corner / patterns,
    ),
    AtLeast("falls with n ≥ d", chambers_now / patterns, chambers_now / patterns - corner / patterns, strict=True),
    # P = P(2d, d), q = 2^{1−2d}, c⁺ = C(2d − 1, d), c⁻ = C(2d − 1, d − 1).
    Identity(
        "two samples and one dimension more",
        ((chance + total * above) + 2 * chance + (chance - total * below)) / 4,
        chance + total * (above - below) / 4,
    ),
    Identity(
        "standardised number of heads",
        (d - sp.Rational(1, 2) - (n - 1) / 2) / (sp.sqrt(n - 1) / 2),
        (2 * d - n) / sp.sqrt(n - 1),
    ),
]


def chambers(count: int, dimension: int) -> int:
    """Sign patterns that occur for n ≥ d points of the moment curve (1, t, …, t^{d−1}), t = 1 … n, in integers.

    Each chamber meets a ray on d − 1 of the hyperplanes. Around it all signs of these occur, the others are fixed.
    """
    points = [[t**power for power in range(dimension)] for t in range(1, count + 1)]
    found = set()
    for chosen in combinations(range(count), dimension - 1):
        # The coefficients of Π (t − t_i) over the chosen points are normal to them.
        normal = [1]
        for i in chosen:
            normal = [a - (i + 1) * b for a, b in zip([0, *normal], [*normal, 0], strict=True)]
        heights = [sum(a * b for a, b in zip(normal, point, strict=True)) for point in points]
        for ray, *around in product((1, -1), repeat=dimension):
            free = dict(zip(chosen, around, strict=True))
            found.add(tuple(free.get(i, ray if height > 0 else -ray) for i, height in enumerate(heights)))
    return len(found)


def counted(fewer_samples: int = 0, fewer_dimensions: int = 0, factor: int = 1) -> Outcome:
    """Isolation probability against the share of sign patterns, n ≤ 8 and d ≤ 4."""
    for dimension in range(1, 5):
        for count in range(dimension + 1, 9):
            claimed = factor * isolation_probability(count - fewer_samples, max(dimension - fewer_dimensions, 1))
            share = Fraction(chambers(count, dimension), 2**count)
            if claimed != share:
                return Outcome(False, margin=f"{claimed} against {share}", detail=f"n = {count}, d = {dimension}")
    return Outcome(True, margin="exact", detail="d = 1 … 4, n = d + 1 … 8")


def _draw_symmetric(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    """Gaussian, or one-sided heavy coordinates under a common random map with a random sign for each sample."""
    if rng.random() < 0.5:
        return rng.standard_normal((count, dimension))
    heavy = rng.exponential(size=(count, dimension)) ** 2 @ rng.standard_normal((dimension, dimension))
    return rng.choice([-1.0, 1.0], size=(count, 1)) * heavy


def _draw_shares(rng: np.random.Generator):
    """The share of isolable samples in few dimensions plus whether the first one is, in many; independent draws."""
    few, many = int(rng.integers(1, 3)), int(rng.integers(3, 13))
    cells = [(2 * few + int(rng.integers(0, 2)), few), (min(2 * many + int(rng.integers(-2, 3)), 40), many)]
    small, large = cells
    found = np.array(
        [
            isolable(_draw_symmetric(rng, *small)).mean()
            + (isolating_direction(_draw_symmetric(rng, *large), 0).margin > 0)
            for _ in range(300)
        ]
    )
    at = isolation_probability
    claimed = sum(float(at(*cell)) for cell in cells)
    return found, {
        "claimed": claimed,
        "one dimension fewer": sum(float(at(count, dimension - 1)) for count, dimension in cells if dimension > 1),
        "one sample fewer": sum(float(at(count - 1, dimension)) for count, dimension in cells),
        "without the factor two": claimed / 2,
    }


def _draw_samples(rng: np.random.Generator):
    dimension = int(rng.integers(1, 9))
    return _draw_symmetric(rng, int(rng.integers(1, 3 * dimension)), dimension)


def _agree(sign: float):
    """Linear programming against least distances, which know a unit by its responses."""

    def discrepancy(X) -> float:
        by_program = np.array([is_isolable(sign * X, j) for j in range(len(X))])
        return float((by_program != isolable(np.vstack([X[:1], sign * X[1:]]))).sum())

    return discrepancy


CLAIM = Claim(
    identifier="own-isolation",
    paper=Paper.OWN,
    source="this project, after J. G. Wendel, A problem in geometric probability, 1962",
    title="How many samples a unit can tell apart",
    kind=Kind.EQUALITY,
    hypotheses=(
        "the joint law of x_1 … x_n in R^d is unchanged when any of them changes sign",
        "almost surely any d of them, or all if n < d, are linearly independent",
    ),
    printed=Statement(
        "Some w has wᵀx_j > 0 > wᵀx_i for all i ≠ j with probability 2^{1−n} Σ_{k<d} C(n − 1, k): 1 for n ≤ d, falling "
        "with n from there, exactly 1/2 at n = 2d for every d.",
        Verdict.PROVED,
    ),
    checks=(
        derivation(
            "chambers by recursion, one half by induction",
            STEPS,
            scope="all n, d",
            also_rejected=[
                Identity("Pascal without the second term", STEPS[0].left, top / (k * left * right)),
                Identity("half at 2d + 1 as well", (chance + (chance - total * below)) / 2, chance),
            ],
        ),
        exact_check(
            "chambers counted around their rays",
            counted,
            [
                ("one dimension fewer", lambda: counted(fewer_dimensions=1)),
                ("one sample fewer", lambda: counted(fewer_samples=1)),
                ("twice as likely", lambda: counted(factor=2)),
            ],
            bears=Bears.SUPPORTS,
            scope="n ≤ 8, d ≤ 4",
        ),
        monte_carlo(
            "share of isolable samples",
            _draw_shares,
            ["one dimension fewer", "one sample fewer", "without the factor two"],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("linear programming and least distance agree", _draw_samples, _agree(1.0), 0.0),
            [Law("other samples on the same side", _draw_samples, _agree(-1.0), 0.0)],
            problems=20,
            bears=Bears.SUPPORTS,
        ),
    ),
)
