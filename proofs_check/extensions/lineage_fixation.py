"""Our own: how long a memorising loop takes to become copies of one point, 2(n − 1) generations less a logarithm.

Let A' be the number of boxes among n that a ≥ 2 balls occupy: the ancestors of a points. The box of the first ball is
the last occupied one with chance Σ_j (1/n)(j/n)^{a−1}. The order of the boxes means nothing, so that this is E[1/A'].
The sum is a right Riemann sum of x^{a−1}, which is convex and grows from 0 to 1: it exceeds the trapezoidal sum by
1/(2n), and that the integral 1/a, by at most the difference of the end slopes times 1/(8n²). Hence

    1/(2n) ≤ E[1/A'] − 1/a ≤ 1/(2n) + (a − 1)/(8n²),  with equality on the left at a = 2.

V(a) = 2n(1 − 1/a) falls on average by at least 1 a generation until A = 1, where it is 0: the mean time T is at most
V(n) = 2(n − 1). It falls by at most 1 + (A − 1)/(4n), so that T ≥ 2(n − 1) − Σ_g E(A_g − 1)/(4n). a − E A' is convex
in a, 0 at a = 1 and 1/n at a = 2, so it is at least (a − 1)/n from there: E(A_g − 1) falls by a factor 1 − 1/n or less
a generation, and the sum from g = n on is at most nE(A_n − 1). With E A_g ≤ 4 + 4n/g (own-wright-fisher-survivors) all
of it is at most n(17 + 4 log n). The slope of the logarithm, 1/3, is measured.

The same time forwards: a point is the last with chance 1/n, and T = Σ_g E[C_g; C_g < n].
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import lineage

n, a, more, error, log_n = sp.symbols("n a m e L", positive=True)
slope = (a - 1) / (8 * n**2)

STEPS = [
    # e ≥ 0 is by how much the trapezoidal sum exceeds the integral.
    AtLeast("one generation lowers V by at least one", 2 * n * (1 / (2 * n) + error), sp.Integer(1)),
    AtLeast(
        "and by at most 1 + (A − 1)/(4n)", 1 + (a - 1) / (4 * n), 2 * n * (1 / (2 * n) + slope), where={a: 1 + more}
    ),
    Identity("V at the start", 2 * n * (1 - 1 / n), 2 * (n - 1)),
    Identity("two points: E[1/A']", (1 - 1 / n) / 2 + 1 / n, sp.Rational(1, 2) + 1 / (2 * n)),
    Identity("two points lose 1/n on average", 2 - n * (1 - (1 - 1 / n) ** 2), 1 / n),
    Identity("all generations", (n + 4 * n + 4 * n * (1 + log_n) + 8 * n) / (4 * n), (17 + 4 * log_n) / 4),
]


def inverse_ancestors(fewer: int = 0) -> Outcome:
    """E[1/A'] of the occupancy law against Σ j^{a−1}/n^a and the two bounds, n ≤ 9."""
    for size in range(2, 10):
        boxes = lineage.ancestor_law(size, 1)
        balls = size - fewer
        found = sum(chance / k for k, chance in enumerate(boxes) if k)
        summed = Fraction(sum(j ** (balls - 1) for j in range(1, size + 1)), size**balls)
        excess = summed - Fraction(1, balls) - Fraction(1, 2 * size)
        if found != summed or not 0 <= excess <= Fraction(balls - 1, 8 * size**2):
            return Outcome(False, f"{found} against {summed}", f"n = {size}")
    return Outcome(True, "exact", "a = n ≤ 9")


def _bounds(size: int, factor: float) -> float:
    """By how much T is outside its bounds, with `factor`(n − 1) for the upper one."""
    found, upper = lineage.fixation_time(size), factor * (size - 1)
    return max(found - upper, upper - (17 + 4 * np.log(size)) / 4 - found, 0.0)


def _draw_size(rng: np.random.Generator) -> int:
    return int(rng.integers(20, 200))


def _forward(shift: int):
    """T by the Green function of one original's copies, against the ancestors."""

    def discrepancy(size: int) -> float:
        k = np.arange(1.0, size)
        chances = np.array([_row(size, int(i)) for i in k])
        visits = np.linalg.solve(np.eye(size - 1) - chances.T, np.eye(size - 1)[0])
        return abs(float(visits @ (k + shift)) / lineage.fixation_time(size) - 1)

    return discrepancy


def _row(size: int, copies: int) -> np.ndarray:
    """P(1 … n − 1 copies next | `copies` now), by the ratio of neighbours from the most likely one outwards."""
    k = np.arange(size + 1.0)
    odds = copies / (size - copies)
    ratios = np.log((size - k[:-1]) / (k[1:]) * odds)
    logs = np.concatenate([[0.0], np.cumsum(ratios)])
    row = np.exp(logs - logs.max())
    return (row / row.sum())[1:-1]


def _draw_times(rng: np.random.Generator):
    """Generations until 2,000 loops are copies of one point."""
    size = int(rng.integers(2, 16))
    ancestors, times = np.full(2000, size), np.zeros(2000)
    while (going := ancestors > 1).any():
        times[going] += 1
        draws = rng.integers(size, size=(int(going.sum()), size))
        drawn = np.where(np.arange(size) < ancestors[going][:, None], draws, draws[:, :1])
        ancestors[going] = 1 + (np.diff(np.sort(drawn, axis=1), axis=1) > 0).sum(axis=1)
    return times, {
        "claimed": lineage.fixation_time(size),
        "n generations": float(size) if size > 2 else 1.0,
        "2n generations": 2.0 * size,
    }


def time_table(effort) -> tuple[Table, ...]:
    """2(n − 1) − T by n, and its slope in log n."""
    del effort
    rows, before = [], None
    for size in (2, 4, 8, 16, 32, 64, 128, 256, 512):
        missing = 2 * (size - 1) - lineage.fixation_time(size)
        rise = "" if before is None else f"{(missing - before) / np.log(2):.4f}"
        rows.append((str(size), f"{missing:.4f}", rise))
        before = missing
    return (Table("Generations missing from 2(n − 1)", ("n", "missing", "slope in log n"), tuple(rows)),)


CLAIM = Claim(
    identifier="own-lineage-fixation",
    paper=Paper.OWN,
    source="this project",
    title="Generations until one point is left",
    kind=Kind.UPPER,
    hypotheses=("each generation draws n ≥ 2 points with replacement from the last; the first n points are distinct",),
    printed=Statement(
        "The mean number T of generations until all points are copies of one obeys 2(n − 1) − log n − 17/4 ≤ T ≤ "
        "2(n − 1), with equality above at n = 2; a points have A' ancestors with E[1/A'] = Σ_{j≤n} j^{a−1}/n^a.",
        Verdict.PROVED,
    ),
    depends_on=("own-wright-fisher-survivors",),
    checks=(
        derivation(
            "a potential that falls by one a generation",
            STEPS,
            scope="all n ≥ 2, a",
            also_rejected=[
                AtLeast("by at least 1.01", STEPS[0].left, sp.Rational(101, 100)),
                AtLeast("by at most 1", sp.Integer(1), 2 * n * (1 / (2 * n) + slope), where={a: 1 + more}),
            ],
        ),
        exact_check(
            "inverse number of ancestors",
            inverse_ancestors,
            [("one ball fewer", lambda: inverse_ancestors(fewer=1))],
            bears=Bears.SUPPORTS,
            scope="n ≤ 9",
        ),
        property_check(
            Law("bounds", _draw_size, lambda size: _bounds(size, 2.0), 0.0),
            [
                Law("1.97(n − 1)", _draw_size, lambda size: _bounds(size, 1.97), 0.0),
                Law("2.5(n − 1)", _draw_size, lambda size: _bounds(size, 2.5), 0.0),
            ],
            problems=10,
            bears=Bears.SUPPORTS,
            tables=time_table,
        ),
        property_check(
            Law("forwards by the copies of one point", _draw_size, _forward(0), 1e-9),
            [Law("one copy more", _draw_size, _forward(1), 1e-9)],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "simulated ancestors",
            _draw_times,
            ["n generations", "2n generations"],
            problems=4,
            bears=Bears.SUPPORTS,
        ),
    ),
)
