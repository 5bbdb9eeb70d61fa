"""Our own: where the neighbour estimate of entropy is one, for normal samples, and how wrong it is elsewhere.

By MC-def-entropy the bias is E log(f/f̄), f̄ the mean density over the ball to the k-th neighbour; for a normal law that
is one integral. Two effects: f̄ is larger than f in the tails, where most of the curvature is, which makes the estimate
a little too small in few dimensions; and in many the ball reaches past the cloud, f̄ is far below f, and the estimate is
too large by an amount that falls only like n^{−2/d}.

For k = 1 the bias is within 0.1 nats for d ≤ 4 from n = 30 on and for d ≤ 8 from n = 100 on; from d = 15 on it is over
0.1 at every n up to 1,000. In between it changes sign with n, so that a small bias there is an accident.

In many dimensions the estimate is d log(mean distance) + const. Shrinking half of the axes tenfold takes (d/2) log 10
from an entropy, and from the estimate, as squares add up, little more than (d/2) log 2.
"""

from functools import cache

import numpy as np

from numerics.sweep import evidence, read_sweep
from numerics.sweeps.entropy_bias import SWEEP
from proofs_check.check import Bears, Effort, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.verdict import Verdict
from theory.entropy import TRUSTED_BIAS, gaussian_bias, neighbour_entropy


@cache
def kept() -> dict[str, np.ndarray]:
    """Arrays of the evidence. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(SWEEP.name))[0]


def _draw_cell(rng: np.random.Generator) -> int:
    return int(rng.integers(len(kept()["bias"])))


def _away(factor: float):
    """Standard errors beyond five between the kept mean and the integral."""

    def discrepancy(row: int) -> float:
        number, dimension, neighbour = (int(kept()[key][row]) for key in ("N", "d", "k"))
        claimed = factor * gaussian_bias(number, dimension, neighbour)
        return max(abs(float(kept()["bias"][row]) - claimed) / float(kept()["bias_error"][row]) - 5, 0.0)

    return discrepancy


def bias_table(effort: Effort) -> tuple[Table, ...]:
    """Ĥ − H by d, n and k with standard errors."""
    del effort
    arrays, tables = kept(), []
    for neighbour in SWEEP.grid["k"]:
        rows = []
        for dimension in SWEEP.grid["d"]:
            at = [
                int(
                    np.flatnonzero((arrays["d"] == dimension) & (arrays["N"] == number) & (arrays["k"] == neighbour))[0]
                )
                for number in SWEEP.grid["N"]
            ]
            rows.append((str(dimension), *(f"{arrays['bias'][j]:+.3f} ± {arrays['bias_error'][j]:.3f}" for j in at)))
        header = ("d", *(f"n = {number}" for number in SWEEP.grid["N"]))
        tables.append(Table(f"Ĥ − H of normal points, nats, k = {neighbour}", header, tuple(rows)))
    return tuple(tables)


def _draw_trust(rng: np.random.Generator) -> tuple[int, int]:
    """Dimension and number of points, where the rule below says something."""
    while True:
        dimension, number = int(rng.choice([*range(1, 9), *range(15, 21)])), int(10 ** rng.uniform(1.5, 3))
        if dimension <= 4 or dimension >= 15 or number >= 100:
            return dimension, number


def _trusted(reach: int):
    """Whether the bias of normal samples is within 0.1 nats exactly up to this dimension."""

    def discrepancy(problem) -> float:
        dimension, number = problem
        return float((abs(gaussian_bias(number, dimension)) <= TRUSTED_BIAS) != (dimension <= reach))

    return discrepancy


def _draw_half_shrunk(rng: np.random.Generator):
    """Change of the estimate when half of the axes shrink tenfold, d = 40 … 80; an entropy changes by (d/2) log 10."""
    dimension, number = 2 * int(rng.integers(20, 41)), 100
    scales = np.r_[np.ones(dimension // 2), np.full(dimension // 2, 0.1)]
    changes = np.empty(40)
    for row in range(len(changes)):
        points = rng.standard_normal((number, dimension))
        both = []
        for cloud in (points, points * scales):
            squared = (cloud**2).sum(axis=1)
            apart = squared[:, None] + squared - 2 * cloud @ cloud.T
            np.fill_diagonal(apart, np.inf)
            both.append(neighbour_entropy(np.sqrt(apart.min(axis=1)), dimension))
        changes[row] = both[1] - both[0]
    lost = -dimension / 2 * np.log(10)
    return (changes < 0.6 * lost).astype(float), {"claimed": 0.0, "as an entropy": 1.0}


CLAIM = Claim(
    identifier="own-estimator-trust",
    paper=Paper.OWN,
    source="this project",
    title="Where the neighbour estimate of entropy may be trusted",
    kind=Kind.UPPER,
    hypotheses=("n independent points of N(0, cI) in R^d, k = 1 for the range",),
    printed=Statement(
        "The bias is at most 0.1 nats for d ≤ 4 and 30 ≤ n ≤ 1,000 and for d ≤ 8 and 100 ≤ n ≤ 1,000, and over 0.1 for "
        "15 ≤ d ≤ 20. With half of the axes shrunk tenfold, d from 40 to 80, the estimate follows less than 0.6 of the "
        "change of the entropy.",
        Verdict.TESTED,
    ),
    depends_on=("MC-def-entropy",),
    checks=(
        property_check(
            Law("where it may be trusted", _draw_trust, _trusted(8), 0.0),
            [Law("up to d = 20", _draw_trust, _trusted(20), 0.0), Law("up to d = 4", _draw_trust, _trusted(4), 0.0)],
            problems=40,
            bears=Bears.DECIDES,
            scope="d ≤ 8 and 15 … 20, n ≤ 1,000",
        ),
        property_check(
            Law("kept errors of simulated sets", _draw_cell, _away(1.0), 0.0),
            [
                Law("half", _draw_cell, _away(0.5), 0.0),
                Law("twice", _draw_cell, _away(2.0), 0.0),
            ],
            problems=60,
            tables=bias_table,
        ),
        monte_carlo(
            "half of the axes shrunk",
            _draw_half_shrunk,
            ["as an entropy"],
            problems=1,
            bears=Bears.DECIDES,
            scope="d = 40 … 80, n = 100",
        ),
    ),
)
