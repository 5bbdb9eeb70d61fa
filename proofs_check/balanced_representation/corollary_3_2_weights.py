"""BR Corollary 3.2 (eq. 9): every sample its own cluster, one unit each.

The Gram matrix of one sample is x xᵀ, with eigenvalue N = ‖x‖² in the direction x/‖x‖. Lemma D.1 with n_k = 1 gives
the gain (N − nλ)/(N + σ²), so the column r·x has r² = gain/N = (N − nλ)/(N² + σ²N), as printed. This decides the
formula in the frozen problem; that a true local minimiser lies at or near these weights is BR-thm-3.1 and
own-noiseless-blocks. The zero columns that the paper adds for p > n are not decided here.
"""

import numpy as np
import sympy as sp

from numerics.minimize import curvatures
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_noise_level, random_samples
from proofs_check.real_images import SUBSETS, landing_check, memorizing_scene, predict_memorizing
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import block_minimizer as bm
from theory import linear_autoencoder as la

N, sigma, lam, n = bm.SQUARED_NORM, bm.SIGMA, bm.WEIGHT_DECAY, bm.COUNT
PRINTED = (N - n * lam) / (N**2 + sigma**2 * N)
gain = la.GAIN.xreplace({la.EIGENVALUE: N, la.NOISE_ENERGY: sigma**2, la.DECAY: n * lam})

STEPS = [
    Identity("r²N is the gain of Lemma D.1", gain / N, PRINTED),
    Identity("the library's r²", bm.MEMORIZING_SQUARED_SCALE, PRINTED),
    # The hypothesis nλ < min‖x‖² is what keeps the column: N = nλ + t.
    AtLeast("kept while nλ < N", PRINTED.subs(N, n * lam + sp.Symbol("t", positive=True)), sp.S.Zero, strict=True),
]


def _draw(rng: np.random.Generator):
    X = random_samples(rng)
    return X, random_noise_level(rng), float(rng.uniform(0, 0.95) * (X**2).sum(axis=1).min() / len(X))


def _one_sample_at_a_time(decay_factor: float):
    """Lemma D.1's numerical minimiser on each sample alone, noise σ²/1 and decay nλ, compared up to its sign."""

    def discrepancy(problem) -> float:
        X, sigma_value, decay = problem
        W = bm.memorizing_weights(X, sigma_value, decay)
        worst = 0.0
        for x, column in zip(X, W.T, strict=True):
            alone = la.optimal_weights(x[None, :], 1, sigma_value, decay_factor * len(X) * decay)[:, 0]
            worst = max(worst, float(np.abs(alone * np.sign(alone @ x) - column).max()))
        return worst

    return discrepancy


def _draw_alone(rng: np.random.Generator):
    """One sample in R^d, d ≥ 2, twelve or more noise levels from its gate."""
    x = rng.standard_normal(int(rng.integers(2, 6)))
    x *= rng.uniform(0.8, 2.0) / np.linalg.norm(x)
    return x, float(np.linalg.norm(x) / rng.uniform(12, 30)), float(rng.uniform(0.05, 0.5) * (x @ x))


def _spectrum(transverse: float):
    """All curvatures at r·x: along r (both signs), and across it for encoder and decoder, relative to the largest.

    With s² = r²N the objective near (s₁x̂ + t·v, s₂x̂ + u·v), v ⟂ x, is (1 − s₁s₂)²N + u²s₁²N + σ²(s₁² + t²)(s₂² + u²)
    + λ(s₁² + s₂² + t² + u²).
    """

    def discrepancy(problem) -> float:
        x, noise, decay = problem
        W = bm.memorizing_weights(x[None, :], noise, decay)
        found = curvatures(W, W, x[None, :], noise, decay)
        size, gained = float(x @ x), float((W**2).sum())
        across = 2 * (noise**2 * gained + decay) * transverse
        expected = np.sort([4 * decay, 4 * gained * (size + noise**2), across, across + 2 * gained * size])
        return float(np.abs(found - expected).max() / expected[-1])

    return discrepancy


def _without(symbol: str):
    """Predictions with one hypothesis or factor of r² changed."""

    def predict(X, labels, widths, sigma_value, decay):
        squared = (X**2).sum(axis=1)
        threshold = {"n": decay, "λ": 0.0}.get(symbol, len(X) * decay)
        passed = {"σ": 0.0, "σ²": sigma_value}.get(symbol, sigma_value**2)
        return X.T * np.sqrt((squared - threshold) / (squared**2 + passed * squared))

    return predict


CLAIM = Claim(
    identifier="BR-cor-3.2",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, eq. 9",
    title="Memorising weights",
    kind=Kind.EQUALITY,
    hypotheses=("p = n, every sample its own cluster, x_i·x_j < 0 for i ≠ j", "nλ < min‖x_i‖²", "gates frozen"),
    printed=Statement(
        "W2 = W1 = (r_1x_1 … r_nx_n) with r_i² = (‖x_i‖² − nλ)/(‖x_i‖⁴ + σ²‖x_i‖²).", Verdict.PROVED, (PRINTED,)
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "r² from Lemma D.1",
            STEPS,
            scope="all n, d, σ, λ",
            also_rejected=[
                Identity("λ in place of nλ", gain / N, PRINTED.subs(n, 1)),
                Identity("σ in place of σ²", gain / N, (N - n * lam) / (N**2 + sigma * N)),
            ],
        ),
        property_check(
            Law("columns against Lemma D.1 sample by sample", _draw, _one_sample_at_a_time(1.0), 1e-12),
            [Law("decay 1 % larger", _draw, _one_sample_at_a_time(1.01), 1e-12)],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("curvatures at one stored sample", _draw_alone, _spectrum(1.0), 1e-8),
            [Law("across 1 % stiffer", _draw_alone, _spectrum(1.01), 1e-8)],
            problems=20,
            bears=Bears.SUPPORTS,
        ),
        landing_check(
            "memorising on real images",
            lambda: [memorizing_scene(*subset) for subset in SUBSETS],
            predict_memorizing,
            [(f"{symbol} changed", _without(symbol)) for symbol in ("n", "λ", "σ", "σ²")],
            scope="8 subsets of faces and digits, M = 3 … 6",
        ),
    ),
)
