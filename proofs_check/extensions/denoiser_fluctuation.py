"""Our own: the learnt block fluctuates about its limit like n^{−1/2}, with an exact constant.

Let S have eigenvalues s_i, δ_p > 0, E = Ŝ − S, and let c lie in the gap. f_p is f·1_{>c}, smooth near the spectrum of
S, so f_p(Ŝ) − f_p(S) = Df_p[E] + R with ‖R‖ ≤ C‖E‖² as long as ‖E‖ ≤ δ_p/4; entry (i, j) of Df_p[E] in the eigenbasis
of S is E_ij times the divided difference of f_p at (s_i, s_j) (Daleckii and Krein). For two kept directions that is the
resolvent identity f(Ŝ) − f(S) = σ²(Ŝ + σ²)⁻¹E(S + σ²)⁻¹, for one kept direction f_p(Ŝ)Ŝ = Ŝf_p(Ŝ), both to first order.
The mean square of Df_p[E] is V/n, V = Σ_ij n·Var(Ŝ_ij)·(divided difference)², exactly (variances: BR-cor-D.5). E‖E‖⁴ is
of order n^{−2}, hence so is the mean square of R; and where ‖E‖ > δ_p/4, an event of probability at most
(4/δ_p)⁴E‖E‖⁴, the difference is at most √(2p). So n·E‖f_p(Ŝ) − f_p(S)‖_F² = V + O(n^{−1/2}). No bound of order 1/n can
hold unless V = 0.
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.sampling import monte_carlo
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory import denoiser_estimation as de

s, t, sigma = de.MOMENT, de.OTHER_MOMENT, de.SIGMA
entry, gain = sp.symbols("E_ij f", real=True)
length, gap, count = sp.symbols("R gamma n", positive=True)
d = sp.Symbol("d", integer=True, positive=True)
inverse, inverse_hat = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
inverted, inverted_hat, test = sp.MatrixSymbol("C", d, d), sp.MatrixSymbol("D", d, d), sp.MatrixSymbol("T", d, d)

STEPS = [
    # f(S) = I − σ²A with A = (S + σ²)⁻¹, C = S + σ²: B(C − D)A = B(CA) − (BD)A, and CA = BD = I.
    TraceIdentity(
        "resolvents",
        sp.Trace(test * inverse_hat * (inverted - inverted_hat) * inverse),
        sp.Trace(test * inverse_hat * inverted * inverse) - sp.Trace(test * inverse_hat * inverted_hat * inverse),
    ),
    Identity("gain by the resolvent", de.LIMIT_GAIN, 1 - sigma**2 / (s + sigma**2)),
    Identity(
        "both kept, to first order",
        entry * de.BOTH_KEPT,
        sigma**2 * entry / (s + sigma**2) / (t + sigma**2),
    ),
    Identity("on the diagonal", de.BOTH_KEPT.subs(t, s), sp.diff(de.LIMIT_GAIN, s)),
    # Entry (i, j), i kept and j not, of the first order of f_p(Ŝ)Ŝ = Ŝf_p(Ŝ): x t + f E_ij = s x, f = f(s).
    Identity(
        "one kept, to first order",
        (s - t) * (entry * de.ONE_KEPT),
        de.LIMIT_GAIN * entry,
    ),
    AtLeast("the rare event", (length / gap) ** 4, sp.S.One, where={length: gap + entry**2}),
]


def _draw(rng: np.random.Generator):
    """n‖f_p(Ŝ) − f_p(S)‖² at n = 10⁶: Ŝ from the mean and the scatter of its samples (Bartlett)."""
    size, n, draws = int(rng.integers(2, 5)), 10**6, 20_000
    width = int(rng.integers(1, size))
    spectrum = np.cumsum(rng.uniform(0.4, 1.0, size))[::-1]
    direction = rng.standard_normal(size)
    along = direction * np.sqrt(0.8 / (direction**2 / spectrum).sum())
    noise = float(rng.uniform(0.3, 1.5))
    root = np.linalg.cholesky(np.diag(spectrum) - np.outer(along, along))
    lower = np.tril(rng.standard_normal((draws, size, size)), -1)
    freedom = n - 1 - np.arange(size)
    lower[:, np.arange(size), np.arange(size)] = np.sqrt(rng.chisquare(freedom, (draws, size)))
    factor = root @ lower
    means = along + rng.standard_normal((draws, size)) @ root.T / np.sqrt(n)
    turn = random_rotation(rng, size)
    found = turn @ (factor @ factor.mT / n + means[:, :, None] * means[:, None, :]) @ turn.T
    values, vectors = np.linalg.eigh(found)
    kept = vectors[:, :, size - width :]
    gains = values[:, None, size - width :] / (values[:, None, size - width :] + noise**2)
    limit = de.truncated_denoiser(turn @ np.diag(spectrum) @ turn.T, width, noise)
    squares = n * (((kept * gains) @ kept.mT - limit) ** 2).sum(axis=(1, 2))
    claimed = de.denoiser_fluctuation(spectrum, along, width, noise)
    return squares, {
        "claimed": claimed,
        "15 % more": 1.15 * claimed,
        "directions as if known": de.denoiser_fluctuation(spectrum[:width], along[:width], width, noise),
        "order 1/n in place of its root": claimed / n,
    }


CLAIM = Claim(
    identifier="own-denoiser-fluctuation",
    paper=Paper.OWN,
    source="this project, sharpening arXiv 2512.20963, Corollary D.5",
    title="Exact rate of a learnt block",
    kind=Kind.ASYMPTOTIC,
    hypotheses=("n independent samples of N(μ, Σ), S = μμᵀ + Σ with eigenvalues s_i", "s_p > s_{p+1}, σ > 0, λ → 0"),
    printed=Statement(
        "n·E‖f_p(Ŝ) − f_p(S)‖_F² → Σ_ij [(1 + δ_ij)s_is_j − 2m_i²m_j²]q_ij², m the mean in the eigenbasis of S, q_ij = "
        "σ²/((s_i + σ²)(s_j + σ²)) for i, j ≤ p, s_i/((s_i + σ²)(s_i − s_j)) for i ≤ p < j, 0 for i, j > p.",
        Verdict.PROVED,
        (de.BOTH_KEPT, de.ONE_KEPT, de.CROSS_VARIANCE, de.OWN_VARIANCE),
    ),
    depends_on=("BR-cor-D.5",),
    checks=(
        derivation(
            "first order",
            STEPS,
            scope="all d, p, S, μ, σ",
            also_rejected=[
                Identity("gap the wrong way", (s + t) * (entry * de.ONE_KEPT), de.LIMIT_GAIN * entry),
                Identity("diagonal as for one kept", de.LIMIT_GAIN / s, sp.diff(de.LIMIT_GAIN, s)),
            ],
        ),
        monte_carlo(
            "large samples",
            _draw,
            ["15 % more", "directions as if known", "order 1/n in place of its root"],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
    ),
)
