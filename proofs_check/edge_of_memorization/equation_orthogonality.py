"""EM, orthogonality: the training loss of any denoiser is its distance from the memoriser plus the memoriser's loss.

At a noisy point y the loss is (1/N)Σ_i w_i(y)‖f − x_i‖², w_i the density of y given x_i, and the memoriser is the
weighted mean x̄_mem(y) = Σ_i w_ix_i/Σ_i w_i (the shared-variance denoiser at s² = 0). Expanding the square around any m
leaves a cross term, 2⟨f − m, Σ_i w_i(m − x_i)⟩, which vanishes at that m and at no other for every f. All integrands
are nonnegative, so the identity may be integrated over y, and then over t with any weighting, without asking that the
denoiser be square integrable: both sides are infinite together.

Nothing is used of the samples: they may repeat, and N = 1 leaves E‖x̄ − x_1‖². Nothing is used of the noise but that
w_i is the density of y given x_i; at t = 0, where there is none, w_i is 1 if y = x_i and 0 otherwise.
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory import mixture_denoiser as md

N = sp.Symbol("N", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
# One coordinate of the denoiser, of any point m, and of the samples; the squares add up over the coordinates.
f, m = sp.symbols("f m", real=True)
w, x = sp.IndexedBase("w"), sp.IndexedBase("x")


def summed(summand: sp.Expr) -> sp.Sum:
    """Over the samples, weighted by the densities."""
    return sp.Sum(w[i] * summand, (i, 1, N))


total, first = sp.Sum(w[i], (i, 1, N)), summed(x[i])
MEMORISED = first / total
LOSS, DISTANCE, LEFT = summed((f - x[i]) ** 2), total * (f - MEMORISED) ** 2, summed((MEMORISED - x[i]) ** 2)

STEPS = [
    SumIdentity(
        "squares around any m", LOSS, total * (f - m) ** 2 + summed((m - x[i]) ** 2) + 2 * (f - m) * summed(m - x[i])
    ),
    SumIdentity("the cross term vanishes at the weighted mean", summed(MEMORISED - x[i]), sp.S.Zero),
    Identity("which is the mixture's denoiser at s² = 0", md.SHARED_DENOISER.subs(md.VARIANCE, 0), md.MEAN),
]


def _draw(rng: np.random.Generator):
    """Samples on a line or in a plane, one of them twice in half of the problems, a time, and a map to denoise by."""
    d = int(rng.integers(1, 3))
    X = rng.uniform(0.5, 2.0) * rng.standard_normal((int(rng.integers(1, 6)), d))
    if rng.random() < 0.5:
        X = np.concatenate([X, X[:1]])
    return X, float(rng.uniform(0.3, 0.95)), 0.5 * rng.standard_normal((d, d))


def _by_quadrature(wider: float = 0.0, factor: float = 1.0, moved: float = 0.0):
    """Both sides for x̄(y) = sin(Ay) by the trapezoidal rule, whose error for such integrands is below rounding."""

    def discrepancy(problem) -> float:
        X, t, A = problem
        centres, d = md.signal(t) * X, X.shape[1]
        # Steps of t/4 across nine standard deviations beyond the samples.
        axes = [np.arange(c.min() - 9 * t, c.max() + 9 * t, t / 4) for c in centres.T]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
        densities = np.exp(-((points[:, None] - centres) ** 2).sum(axis=2) / (2 * t * t))
        densities /= len(X) * (2 * np.pi * t * t) ** (d / 2) / (t / 4) ** d
        denoised = np.sin(points @ A.T)
        memorised = md.posterior_mean(points, t, X + moved, wider)

        def loss(answers: np.ndarray) -> float:
            return float((densities * ((answers[:, None] - X) ** 2).sum(axis=2)).sum())

        apart = float((densities.sum(axis=1) * ((denoised - memorised) ** 2).sum(axis=1)).sum())
        return abs(loss(denoised) - factor * apart - loss(memorised)) / (1 + loss(denoised))

    return discrepancy


CLAIM = Claim(
    identifier="EM-eq-orthogonality",
    paper=Paper.EM,
    source="arXiv 2508.17689, orthogonality of the training loss",
    title="Training loss = distance from the memoriser + loss of the memoriser",
    kind=Kind.EQUALITY,
    hypotheses=(
        "N samples in R^d, not necessarily distinct; any t in [0, 1], and any weighting λ(t) ≥ 0 after averaging",
        "x̄ any measurable map; x̄_mem(t, y) = E[X_0 | X_t = y] under the empirical law, the mixture's denoiser with "
        "M = N, μ_i = x_i, s² = 0",
    ),
    printed=Statement(
        "L_{N,t}(x̄) = (1/N) Σ_i E‖x̄(t, X_t^i) − x̄_mem(t, X_t^i)‖² + L_{N,t}(x̄_mem), X_t^i = α_tx_i + σ_tZ.",
        Verdict.PROVED,
        (sp.Eq(LOSS, DISTANCE + LEFT, evaluate=False),),
    ),
    checks=(
        derivation(
            "squares around the posterior mean",
            STEPS,
            scope="all N, d, t, every denoiser, samples distinct or not",
            also_rejected=[
                SumIdentity("no cross term at any m", LOSS, total * (f - m) ** 2 + summed((m - x[i]) ** 2)),
                SumIdentity("it vanishes at the plain mean", summed(sp.Sum(x[i], (i, 1, N)) / N - x[i]), sp.S.Zero),
                Identity("a memoriser with s² > 0", md.SHARED_DENOISER, md.MEAN),
            ],
        ),
        property_check(
            Law("both sides by quadrature", _draw, _by_quadrature(), 1e-12),
            [
                Law("s² = 1e-6 in the memoriser", _draw, _by_quadrature(wider=1e-6), 1e-12),
                Law("distance counted 1e-9 short", _draw, _by_quadrature(factor=1 - 1e-9), 1e-12),
                Law("samples moved by 1e-5", _draw, _by_quadrature(moved=1e-5), 1e-12),
            ],
            problems=12,
            bears=Bears.SUPPORTS,
        ),
    ),
)
