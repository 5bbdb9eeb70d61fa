"""BR eq. 3: the posterior mean over the training samples is the unconstrained minimiser of the denoising loss.

The loss is an integral over y of Σ_i w_i(y)‖f(y) − x_i‖², w_i(y) = exp(−‖y − x_i‖²/2σ²) up to a positive constant. It
is minimised at each y by itself, and there coordinate by coordinate: completing the square leaves one minimiser, the
weighted mean.
"""

import math

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_noise_level, random_samples
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast
from proofs_check.verdict import Verdict
from theory.empirical_denoiser import empirical_denoiser

f = sp.Symbol("f", real=True)
n = sp.Symbol("n", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
w, x = sp.IndexedBase("w"), sp.IndexedBase("x")
total = sp.Sum(w[i], (i, 1, n))
first = sp.Sum(w[i] * x[i], (i, 1, n))
second = sp.Sum(w[i] * x[i] ** 2, (i, 1, n))
weight, distance = sp.symbols("S r", positive=True)
at_minimum = second - first**2 / total

STEPS = [
    SumIdentity(
        "one coordinate, completed square",
        sp.Sum(w[i] * (f - x[i]) ** 2, (i, 1, n)),
        total * (f - first / total) ** 2 + at_minimum,
    ),
    # total > 0, so any f at a distance r > 0 from the weighted mean costs strictly more.
    AtLeast("unique", weight * distance**2, sp.S.Zero, strict=True),
]


def _draw(rng: np.random.Generator):
    X = random_samples(rng)
    sigma = random_noise_level(rng) + 0.3
    return X, X[rng.integers(len(X), size=2)] + sigma * rng.standard_normal((2, X.shape[1])), sigma


def _against_plain_sums(width: float):
    """Weights exp(−‖y − x‖²/2σ²) summed one by one in exact-rounded arithmetic, no shift and no softmax."""

    def discrepancy(problem) -> float:
        X, points, sigma = problem
        found = empirical_denoiser(points, X, sigma)
        worst = 0.0
        for row, point in zip(found, points, strict=True):
            masses = [math.exp(-math.fsum((point - x) ** 2) / (width * sigma**2)) for x in X]
            mean = [math.fsum(m * c for m, c in zip(masses, column, strict=True)) / math.fsum(masses) for column in X.T]
            worst = max(worst, float(np.abs(row - mean).max() / np.abs(X).max()))
        return worst

    return discrepancy


CLAIM = Claim(
    identifier="BR-eq-3",
    paper=Paper.BR,
    source="arXiv 2512.20963, eq. 3",
    title="The empirical denoiser is the unconstrained minimiser",
    kind=Kind.EQUALITY,
    hypotheses=("n samples in R^d, σ > 0", "f ranges over all measurable functions"),
    printed=Statement(
        "f_emp(y) = Σ_i softmax_i(−‖y − x_i‖²/2σ²) x_i minimises (1/n) Σ_i E‖f(x_i + σε) − x_i‖², uniquely up to "
        "null sets.",
        Verdict.PROVED,
        (sp.Eq(STEPS[0].left, STEPS[0].right),),
    ),
    checks=(
        derivation(
            "completed square",
            STEPS,
            scope="all n, d, σ > 0",
            also_rejected=[
                SumIdentity(
                    "unweighted mean", STEPS[0].left, total * (f - sp.Sum(x[i], (i, 1, n)) / n) ** 2 + at_minimum
                ),
                AtLeast("without positive weight", (weight - 1) * distance**2, sp.S.Zero, strict=True),
            ],
        ),
        property_check(
            Law("posterior mean against plain sums", _draw, _against_plain_sums(2.0), 1e-12),
            [Law("kernel width 2 % off", _draw, _against_plain_sums(2.04), 1e-12)],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
    ),
)
