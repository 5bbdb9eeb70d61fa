"""BR Theorem 3.1 at λ = 0: minimisers are not isolated; at λ > 0 a unit's two columns have equal length.

[dz]_+ = d[z]_+ for d > 0, so (W1D, W2D⁻¹) is the same function for every positive diagonal D. Without decay the
objective does not see D: every local minimiser with a nonzero column lies on an unbounded family of them. With decay,
moving along the family changes only λ(e^{2t}‖w1‖² + e^{−2t}‖w2‖²), whose slope at a critical point must vanish.
"""

import numpy as np
import sympy as sp

from numerics.minimize import minimize
from numerics.objective import expected_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_noise_level, random_samples
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict

z, decoder = sp.symbols("z w", real=True)
d, lam, first, second = sp.symbols("d lambda A B", positive=True)
t = sp.Symbol("t", real=True)
decay = lam * (sp.exp(2 * t) * first + sp.exp(-2 * t) * second)

STEPS = [
    Identity("an open gate", (decoder / d) * (d * z), decoder * z),
    AtLeast(
        "a gate opens and closes at the same inputs, z > 0", d * sp.Symbol("z", positive=True), sp.S.Zero, strict=True
    ),
    Identity(
        "slope of the decay along the family", sp.Derivative(decay, t).doit().subs(t, 0), 2 * lam * (first - second)
    ),
    Identity(
        "curvature of the decay along the family",
        sp.Derivative(decay, t, 2).doit().subs(t, 0),
        4 * lam * (first + second),
    ),
]


def _draw(rng: np.random.Generator):
    X = random_samples(rng)
    width = int(rng.integers(1, 5))
    weights = [rng.standard_normal((X.shape[1], width)) for _ in range(2)]
    return X, weights, np.exp(rng.standard_normal(width)), random_noise_level(rng)


def _invariant(weight_decay: float, power: int = -1):
    def discrepancy(problem) -> float:
        X, (W1, W2), scales, sigma = problem
        before = expected_loss(W1, W2, X, sigma, weight_decay)
        after = expected_loss(W1 * scales, W2 * scales**power, X, sigma, weight_decay)
        return float(abs(after - before) / (1 + abs(before)))

    return discrepancy


def _draw_critical_point(rng: np.random.Generator):
    """A start and the critical point that a descent with decay reaches from it; descents that stall are no evidence."""
    for _ in range(50):
        X = random_samples(rng, most=3)
        width = int(rng.integers(1, 4))
        W1, W2 = (0.5 * rng.standard_normal((X.shape[1], width)) for _ in range(2))
        sigma = random_noise_level(rng) + 0.2
        reached = minimize(X, W1, W2, sigma, 0.05, gradient_tolerance=1e-9)
        if reached.converged:
            return X, (W1, W2), sigma, reached
    raise RuntimeError("fifty descents in a row did not converge")


def _lengths_apart(W1: np.ndarray, W2: np.ndarray) -> float:
    return float(np.abs((W1**2).sum(axis=0) - (W2**2).sum(axis=0)).max())


def _balanced(problem) -> float:
    """Difference of ‖w1_a‖² and ‖w2_a‖² at the critical point."""
    *_, reached = problem
    return _lengths_apart(reached.W1, reached.W2)


def _balanced_without_decay(problem) -> float:
    """The same where a descent without decay ends: it keeps what it started with."""
    X, (W1, W2), sigma, _ = problem
    found = minimize(X, W1, W2, sigma, 0.0, gradient_tolerance=1e-9)
    return _lengths_apart(found.W1, found.W2)


CLAIM = Claim(
    identifier="BR-thm-3.1-rescaling",
    paper=Paper.BR,
    source="arXiv 2512.20963, Theorem 3.1 with λ = 0",
    title="Rescaling at λ = 0",
    kind=Kind.EQUALITY,
    hypotheses=("any data, any weights, σ ≥ 0",),
    printed=Statement(
        "λ = 0 is included: a local minimiser W2 = W1 = blocks + R with the same bound on R. (For σ > 0 neither "
        "existence nor the bound is decided here.)",
        Verdict.OPEN,
    ),
    corrected=Statement(
        "At λ = 0 the objective is the same at (W1D, W2D⁻¹) for every positive diagonal D, so no minimiser with a "
        "nonzero column is isolated; at λ > 0 every critical point has ‖w1_a‖ = ‖w2_a‖ for each unit a.",
        Verdict.PROVED,
        (STEPS[2].right,),
    ),
    checks=(
        derivation(
            "homogeneity of the rectifier",
            STEPS,
            about="corrected",
            scope="all n, d, p, σ",
            also_rejected=[
                Identity("decoder not divided", decoder * (d * z), decoder * z),
                AtLeast("d of any sign", sp.Symbol("d", real=True) * d, sp.S.Zero, strict=True),
            ],
        ),
        property_check(
            Law("invariance of the exact objective", _draw, _invariant(0.0), 1e-12),
            [
                Law("with decay", _draw, _invariant(0.1), 1e-12),
                Law("D in place of D⁻¹", _draw, _invariant(0.0, 1), 1e-12),
            ],
            problems=60,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("equal lengths after descent", _draw_critical_point, _balanced, 1e-6),
            [Law("without decay", _draw_critical_point, _balanced_without_decay, 1e-6)],
            problems=8,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
