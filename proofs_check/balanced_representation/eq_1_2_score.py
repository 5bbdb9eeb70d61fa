"""BR eq. 1–2: the score of the smoothed data, and the deterministic sampling step that follows it.

The paper prints ∇log p(y) = (y − f(y))/σ². Differentiating the Gaussian kernel atom by atom gives the opposite sign
for every data distribution in every dimension (the derivative is taken coordinate by coordinate; the other
coordinates enter through their squared distance alone). The step f + (σ'/σ)(y − f) is the Euler step of the flow with
the right sign.
"""

from itertools import pairwise

import numpy as np
import sympy as sp
import torch

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import random_noise_level, random_samples
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory import empirical_denoiser as ed

y, f, sigma, next_sigma = ed.POINT, ed.DENOISED, ed.SIGMA, ed.NEXT_SIGMA
a = sp.Symbol("a", real=True)
rest = sp.Symbol("q", nonnegative=True)
n = sp.Symbol("n", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
atom, mass = sp.IndexedBase("x"), sp.IndexedBase("w")

PRINTED_SCORE = (y - f) / sigma**2

kernel = sp.exp(-((y - a) ** 2 + rest) / (2 * sigma**2))
total = sp.Sum(mass[i], (i, 1, n))
first_moment = sp.Sum(mass[i] * atom[i], (i, 1, n))

STEPS = [
    Identity("kernel slope", sp.Derivative(kernel, y), (a - y) / sigma**2 * kernel),
    SumIdentity(
        "sum over the atoms, w_i the kernel weights",
        sp.Sum(mass[i] * (atom[i] - y) / sigma**2, (i, 1, n)) / total,
        ed.SCORE.xreplace({f: first_moment / total}),
    ),
    # dy/dσ = −σ∇log p for the flow that keeps the smoothed densities, and one Euler step of it.
    Identity("Euler step", y + (next_sigma - sigma) * (-sigma * ed.SCORE), ed.SAMPLING_STEP),
    # Frozen f: the step is the exact solution of dy/dσ = (y − f)/σ.
    Identity(
        "exact for a frozen denoiser",
        sp.Derivative(ed.SAMPLING_STEP, next_sigma),
        ((ed.SAMPLING_STEP - f) / next_sigma),
    ),
]


def score_of_a_single_atom(claimed: sp.Expr) -> Outcome:
    """One atom at 0, σ = 1, y = 1: log p = −y²/2 + const, so the score is −1; f(y) = 0."""
    point = {y: sp.Integer(1), f: sp.Integer(0), sigma: sp.Integer(1)}
    value = claimed.subs(point)
    true_slope = sp.diff(-(y**2) / 2, y).subs(y, 1)
    return Outcome(
        value != true_slope, margin=f"printed {value}, true {true_slope}", detail="one atom at 0, σ = 1, y = 1"
    )


def _draw(rng: np.random.Generator):
    X = random_samples(rng)
    sigma_value = random_noise_level(rng) + 0.1
    points = X[rng.integers(len(X), size=3)] + sigma_value * rng.standard_normal((3, X.shape[1]))
    return X, points, sigma_value


def _log_density_slope(X: np.ndarray, points: np.ndarray, sigma_value: float) -> np.ndarray:
    at = torch.tensor(points, requires_grad=True)
    exponents = -((at[:, None, :] - torch.tensor(X)[None]) ** 2).sum(dim=2) / (2 * sigma_value**2)
    log_density = torch.logsumexp(exponents, dim=1).sum()
    return torch.autograd.grad(log_density, at)[0].numpy()


def _against_autodiff(sign: float):
    def discrepancy(problem) -> float:
        X, points, sigma_value = problem
        slope = _log_density_slope(X, points, sigma_value)
        scale = np.abs(X).max() / sigma_value**2 + 1
        return float(np.abs(sign * ed.score(points, X, sigma_value) - slope).max() / scale)

    return discrepancy


def _step_by_integration(fraction: float):
    """Integrate dy/dσ = −σ·score of one atom (f frozen there) with 4,000 midpoint steps."""

    def discrepancy(problem) -> float:
        X, points, sigma_value = problem
        aim, end = X[:1], fraction * sigma_value
        walker, steps = points.copy(), 4000
        edges = np.linspace(sigma_value, end, steps + 1)
        for high, low in pairwise(edges):
            half = walker + (low - high) / 2 * (walker - aim) / high
            walker = walker + (low - high) * (half - aim) / ((high + low) / 2)
        step = ed.sampling_step(points, np.repeat(aim, 3, axis=0), sigma_value, 0.25 * sigma_value)
        return float(np.abs(step - walker).max() / (1 + np.abs(points).max()))

    return discrepancy


CLAIM = Claim(
    identifier="BR-eq-1-2",
    paper=Paper.BR,
    source="arXiv 2512.20963, eq. 1–2",
    title="Score and deterministic sampling step",
    kind=Kind.EQUALITY,
    hypotheses=("data: any n atoms in R^d (hence any limit of such)", "σ > 0", "f(y) = E[x | x + σε = y]"),
    printed=Statement("∇log p(y) = (y − f(y))/σ².", Verdict.REFUTED, (PRINTED_SCORE,)),
    corrected=Statement(
        "∇log p(y) = (f(y) − y)/σ², and one Euler step of dy/dσ = −σ∇log p from σ to σ' lands on f + (σ'/σ)(y − f), "
        "exactly "
        "where f does not change.",
        Verdict.PROVED,
        (ed.SCORE, ed.SAMPLING_STEP),
    ),
    checks=(
        exact_check(
            "counterexample to the printed sign",
            lambda: score_of_a_single_atom(PRINTED_SCORE),
            [("the corrected sign is no counterexample", lambda: score_of_a_single_atom(ed.SCORE))],
            bears=Bears.REFUTES,
            scope="n = d = 1",
        ),
        derivation(
            "Tweedie's identity",
            STEPS,
            about="corrected",
            scope="all n, d, σ > 0",
            also_rejected=[
                SumIdentity("printed sign", STEPS[1].left, PRINTED_SCORE.xreplace({f: first_moment / total})),
                Identity(
                    "Euler step along the printed score",
                    y + (next_sigma - sigma) * (-sigma * PRINTED_SCORE),
                    ed.SAMPLING_STEP,
                ),
            ],
        ),
        property_check(
            Law("score against automatic differentiation", _draw, _against_autodiff(1.0), 1e-13),
            [
                Law("sign reversed", _draw, _against_autodiff(-1.0), 1e-13),
                Law("1 % too long", _draw, _against_autodiff(1.01), 1e-13),
            ],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("step against the integrated flow", _draw, _step_by_integration(0.25), 1e-11),
            [Law("another end", _draw, _step_by_integration(0.26), 1e-11)],
            problems=4,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
