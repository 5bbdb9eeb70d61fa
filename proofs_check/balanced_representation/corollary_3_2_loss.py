"""BR Corollary 3.2: the loss of the memorising weights as λ → 0.

With the gates frozen each sample is denoised with gain a = N/(N + σ²), error (1 − a)²N + a²σ² = σ²N/(σ² + N) < σ²:
the printed value. The gates are not frozen. The true output differs from the frozen one by w_i[z_i]_− + Σ_{j≠i}
w_j[z_j]_+, ‖w_j‖² = N_j/(N_j + σ²) < 1, and each rectified tail is E[z_+²] = s²∫_0^∞ v²φ(v + x)dv ≤ s²e^{−x²/2}/2, x
= t_ij/σ the distance of the sample from the gate in units of σ. Minkowski's inequality gives |√L − √L_printed| ≤
(σ/√2) Σ_j e^{−t_ij²/4σ²} (root mean square over i): the printed value is right up to terms exponentially small in
1/σ², for every n and d.
"""

import numpy as np
import sympy as sp

from numerics.objective import expected_loss
from proofs_check.ball_integrals import expected_loss_ball
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity, Phi, phi
from proofs_check.verdict import Verdict
from theory import block_minimizer as bm
from theory import linear_autoencoder as la
from theory.separability import regular_simplex
from theory.spectral_loss import TEST_LOSS_AT_GAIN

N, sigma = bm.SQUARED_NORM, bm.SIGMA
PRINTED = sigma**2 * N / (sigma**2 + N)
v, x, tail = sp.symbols("v x E", nonnegative=True)
gain = N / (N + sigma**2)

STEPS = [
    Identity(
        "error at one sample", TEST_LOSS_AT_GAIN.subs({la.GAIN_SYMBOL: gain, sp.Symbol("s", positive=True): N}), PRINTED
    ),
    Identity("the library's value", bm.MEMORIZING_SAMPLE_LOSS, PRINTED),
    AtLeast("below σ²", sigma**2, PRINTED, strict=True),
    Identity("squared column norm at λ = 0", bm.MEMORIZING_SQUARED_SCALE.subs(bm.WEIGHT_DECAY, 0) * N, gain),
    AtLeast("columns shorter than 1", sp.S.One, gain, strict=True),
    Identity("shifted density", phi(v + x), phi(v) * sp.exp(-(x**2) / 2) * sp.exp(-v * x)),
    # e^{−vx} = 1/(1 + E) with E ≥ 0.
    AtLeast("the shift only lowers it", sp.S.One, 1 / (1 + tail)),
    Identity("antiderivative of v²φ(v)", sp.Derivative(Phi(v) - v * phi(v), v), v**2 * phi(v)),
    Identity("its value over the half line", 1 - Phi(0), sp.Rational(1, 2)),
]


def _draw(rng: np.random.Generator, least: float = 0.12, most: float = 0.8):
    M = int(rng.integers(1, 5))
    d = int(rng.integers(max(1, M - 1), M + 3))
    directions = regular_simplex(M, d) if M > 1 else np.eye(1, d)
    X = rng.uniform(0.7, 1.8, size=(M, 1)) * directions @ random_rotation(rng, d).T
    return X, float(rng.uniform(least, most))


def _within(share: float):
    """How far the exact loss lies outside the bound around the printed value."""

    def discrepancy(problem) -> float:
        X, noise = problem
        W = bm.memorizing_weights(X, noise, 0.0)
        exact = expected_loss(W, W, X, noise, 0.0)
        away = abs(np.sqrt(exact) - np.sqrt(bm.memorizing_loss(X, noise)))
        return float(max(0.0, away - share * bm.memorizing_loss_gap(X, noise)))

    return discrepancy


def _printed_exactly(factor: float):
    """Distance of the exact loss, enclosed in balls, from the printed value at σ a twentieth of the gate distances."""

    def discrepancy(problem) -> float:
        X, _ = problem
        noise = float(np.linalg.norm(X, axis=1).min()) / max(len(X) - 1, 1) / 20
        W = bm.memorizing_weights(X, noise, 0.0)
        exact = expected_loss_ball(W, W, X, noise, 0.0)
        return abs(float(exact / (factor * bm.memorizing_loss(X, noise)) - 1))

    return discrepancy


CLAIM = Claim(
    identifier="BR-cor-3.2-loss",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, loss",
    title="Loss of the memorising weights",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "weights of Corollary 3.2, λ → 0",
        "x_i·x_j < 0 for i ≠ j",
        "σ/min t_ij → 0, t_ij = |cos(x_i, x_j)|‖x_i‖, t_ii = ‖x_i‖",
    ),
    printed=Statement(
        "The denoising loss is (1/n) Σ σ²‖x_i‖²/(σ² + ‖x_i‖²) < σ², free of d (up to what the gates get wrong: |√L −"
        " √printed| ≤ (σ/√2) rms_i Σ_j e^{−t_ij²/4σ²}).",
        Verdict.PROVED,
        (PRINTED,),
    ),
    depends_on=("BR-cor-3.2",),
    checks=(
        derivation(
            "frozen loss and gate errors",
            STEPS,
            scope="all n, d, σ > 0",
            also_rejected=[
                Identity(
                    "λ kept",
                    TEST_LOSS_AT_GAIN.subs(
                        {la.GAIN_SYMBOL: (N - 1) / (N + sigma**2), sp.Symbol("s", positive=True): N}
                    ),
                    PRINTED,
                ),
                AtLeast("below σ²/2", sigma**2 / 2, PRINTED, strict=True),
            ],
        ),
        property_check(
            Law("exact loss within the bound", _draw, _within(1.0), 1e-14),
            [Law("a twentieth of the bound", _draw, _within(0.05), 1e-14)],
            problems=80,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("printed value in balls at small σ", _draw, _printed_exactly(1.0), 1e-13),
            [Law("1 % less", _draw, _printed_exactly(0.99), 1e-13)],
            problems=6,
            bears=Bears.SUPPORTS,
        ),
    ),
)
