"""Our own: every deterministic step leaves too small a variance, so that coarse steps memorise more than their model.

About one Gaussian component a step of DDIM from (α, σ) to (α', σ') multiplies the distance from the noised mean by
f = (αα's² + σσ')/v, v = α²s² + σ², the exact flow by √(v'/v). By Lagrange's identity

    f² = (v'/v)(1 − L),  L = s²(ασ' − α'σ)²/(vv') in [0, 1),

with L > 0 unless the two noise levels are the same: the variance falls short by the product of all 1 − L. On the unit
circle, α = cos θ and σ = sin θ, (ασ' − α'σ)² = sin²(θ − θ'), so that halves of the steps halve the shortfall, and it is
large where s² is small beside the squares of the last levels. With the printed 26 levels s² = .008 (M/N = .8 at σ⋆² =
.04) comes out .70 of that, s² = .2 comes out .90; with 150, .94 and .98.

A draw of a component on one sample is then nearer to it, and memorised from fewer components on. That is all of the
sampler's error at small σ⋆² and decides the transition there, `EM-prop-measured`. At large σ⋆² another part of it acts
against: before components are told apart, the same shrinkage with σ⋆² for s² leaves the points near the middle of
their clusters, where merged components are.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from numerics.mixture_sampling import ddim
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.deterministic_steps import (
    ALPHA,
    NEXT_ALPHA,
    NEXT_NOISED,
    NEXT_SIGMA,
    NOISED,
    SIGMA,
    STEP_FACTOR,
    STEP_LOSS,
    VARIANCE,
    sampled_variance,
)

x, mu = sp.symbols("x mu", real=True)
CLEAN = (ALPHA * VARIANCE * x + SIGMA**2 * mu) / NOISED
STEP = NEXT_ALPHA * CLEAN + NEXT_SIGMA * (x - ALPHA * CLEAN) / SIGMA

STEPS = [
    Identity("distance from the noised mean", STEP - NEXT_ALPHA * mu, STEP_FACTOR * (x - ALPHA * mu)),
    Identity("variance after a step", STEP_FACTOR**2 * NOISED, NEXT_NOISED * (1 - STEP_LOSS)),
    Identity(
        "what is lost, a square over what is positive",
        STEP_LOSS * NOISED * NEXT_NOISED / VARIANCE,
        (ALPHA * NEXT_SIGMA - NEXT_ALPHA * SIGMA) ** 2,
    ),
    AtLeast("not all is lost", STEP_FACTOR, sp.Integer(0), strict=True),
]


def _draw(rng: np.random.Generator):
    """s², falling times, and two starts in R^3 about a mean."""
    times = np.sort(rng.uniform(1e-3, 1.0, int(rng.integers(3, 40))))[::-1]
    return float(np.exp(rng.uniform(-7, 3))), times, rng.standard_normal((1, 3)), rng.standard_normal((2, 3))


def _law(name: str, variance_left) -> Law:
    def discrepancy(problem) -> float:
        variance, times, mean, noise = problem
        ends = ddim(mean, variance, times, noise)
        found = ((ends[0] - ends[1]) ** 2).sum() / ((noise[0] - noise[1]) ** 2).sum()
        return float(abs(found / variance_left(variance, times) - 1))

    return Law(name, _draw, discrepancy, 1e-8)


def _flow(variance: float, times: np.ndarray) -> float:
    first, last = (1 - times[[0, -1]] ** 2) * variance + times[[0, -1]] ** 2
    return float(last / first)


CLAIM = Claim(
    identifier="own-step-shrinkage",
    paper=Paper.OWN,
    source="this project; the sampler of arXiv 2508.17689",
    title="Deterministic steps leave too small a variance",
    kind=Kind.EQUALITY,
    hypotheses=("one Gaussian component of variance s² per coordinate; noise levels α² + σ² = 1, or any other",),
    printed=Statement(
        "A step of DDIM multiplies the variance about the noised mean by v'/v times 1 − s²(ασ' − α'σ)²/(vv'), exactly: "
        "less than the flow's v'/v for every step that changes the signal-to-noise ratio.",
        Verdict.PROVED,
        (STEP_FACTOR, STEP_LOSS),
    ),
    checks=(
        derivation(
            "one step",
            STEPS,
            scope="all α, σ, α', σ', s² > 0",
            also_rejected=[Identity("as the flow", STEP_FACTOR**2 * NOISED, NEXT_NOISED)],
        ),
        property_check(
            _law("variance after all steps", sampled_variance),
            [_law("that of the flow", _flow), _law("without the first step", lambda v, t: sampled_variance(v, t[1:]))],
            problems=20,
            bears=Bears.SUPPORTS,
            scope="the sampler itself, one component, 3 to 39 random levels",
        ),
    ),
)
