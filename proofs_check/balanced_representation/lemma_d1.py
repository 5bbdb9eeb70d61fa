"""BR Lemma D.1: the global minimiser of the regularised linear denoising autoencoder, for all n, d, p.

Write A = W2W1ᵀ, κ = nσ², ν = nλ, XᵀX = UΛUᵀ. For every symmetric contraction Z the decay is at least 2ν·tr(ZA) (steps
1–2). Choose Z = U·diag(z)·Uᵀ with z_j = min(1, Λ_j/ν): then Λ − νz = (Λ − ν)_+ (step 3), so the objective is at least
‖AC − B‖² − ‖B‖² + tr Λ with C² = XᵀX + κI, BC = U(Λ − ν)_+Uᵀ (steps 4–5). A row space of dimension p keeps at most
Σ_j π_j b_j² of ‖B‖², 0 ≤ π_j ≤ 1, Σπ_j ≤ p (step 6), and that is at most the sum of the p largest b_j² = (Λ_j −
ν)_+²/(Λ_j + κ) (step 7), which grow with Λ_j (step 8). The printed weights attain the bound (steps 9–12). Where C is
singular (κ = 0 = Λ_j) B vanishes too, and the argument runs on the range of C.
"""

import numpy as np
import sympy as sp
import torch

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory import linear_autoencoder as la

n, d, p = sp.symbols("n d p", integer=True, positive=True)
X = sp.MatrixSymbol("X", n, d)
W1, W2, V = (sp.MatrixSymbol(name, d, p) for name in ("W1", "W2", "V"))
A, C, B, Z = (sp.MatrixSymbol(name, d, d) for name in "ACBZ")
K, S, turn, U = (
    sp.MatrixSymbol("K", d, p),
    sp.MatrixSymbol("S", p, p),
    sp.MatrixSymbol("O", p, p),
    sp.MatrixSymbol("U", d, p),
)
kappa, nu, Lam, a = la.NOISE_ENERGY, la.DECAY, la.EIGENVALUE, la.GAIN_SYMBOL
t, u, z = sp.symbols("t u z", nonnegative=True)
j = sp.Symbol("j", integer=True)
s, pi = sp.IndexedBase("s"), sp.IndexedBase("pi")
cut = sp.Symbol("s_p", real=True)
energy = sp.Symbol("e", nonnegative=True)

kept = sp.Sum(s[j], (j, 1, p))
kept_share = sp.Sum(pi[j] * s[j], (j, 1, p)) + sp.Sum(pi[j] * s[j], (j, p + 1, d))
shares = sp.Sum(pi[j], (j, 1, p)) + sp.Sum(pi[j], (j, p + 1, d))
block = U * S * turn.T

STEPS = [
    TraceIdentity(
        "1 decay against a contraction",
        squared_norm(W1) + squared_norm(W2) - 2 * sp.Trace(Z * W2 * W1.T),
        squared_norm(W1 - Z * W2) + squared_norm(W2) - squared_norm(Z * W2),
        symmetric=(Z,),
    ),
    AtLeast("2 a contraction shortens, z ≤ 1", energy, (1 / (1 + t)) ** 2 * energy),
    Identity("3 threshold, Λ < ν", Lam - nu * (Lam / nu), sp.S.Zero),
    TraceIdentity(
        "4 objective by A",
        squared_norm(A * X.T - X.T) + kappa * squared_norm(A),
        sp.Trace(A * X.T * X * A.T) + kappa * sp.Trace(A * A.T) - 2 * sp.Trace(A * X.T * X) + sp.Trace(X.T * X),
    ),
    TraceIdentity(
        "5 completed square",
        sp.Trace(A * C * C * A.T) - 2 * sp.Trace(A * C * B.T),
        squared_norm(A * C - B) - squared_norm(B),
        symmetric=(C,),
    ),
    TraceIdentity(
        "6 rank p keeps a projection of B",
        squared_norm(K * V.T - B),
        squared_norm(K - B * V) + squared_norm(B) - squared_norm(B * V),
        orthonormal=(V,),
    ),
    SumIdentity(
        "7 the p largest are the most that p directions keep",
        kept - kept_share,
        sp.Sum((1 - pi[j]) * (s[j] - cut), (j, 1, p))
        + sp.Sum(pi[j] * (cut - s[j]), (j, p + 1, d))
        + (p - shares) * cut,
    ),
    AtLeast("8 savings grow with Λ", la.SAVING.subs(Lam, nu + t + u), la.SAVING.subs(Lam, nu + t)),
    TraceIdentity(
        "9 weights U S O': denoiser",
        squared_norm(block * block.T * X.T - X.T),
        squared_norm(U * S * S.T * U.T * X.T - X.T),
        orthogonal=(turn,),
    ),
    TraceIdentity(
        "10 weights U S O': norm", squared_norm(block), squared_norm(S), orthonormal=(U,), orthogonal=(turn,)
    ),
    Identity("11 best gain of a direction", la.DIRECTION_LOSS, (Lam + kappa) * (a - la.GAIN) ** 2 + Lam - la.SAVING),
    Identity("12 the bound is attained", la.DIRECTION_LOSS.subs(a, la.GAIN), Lam - la.SAVING),
    # The printed factors: (1 + κ/Λ)^{-1/2}(1 − ν/Λ)^{1/2} squared is the gain.
    Identity("13 printed factors", (1 - nu / Lam) / (1 + kappa / Lam), la.GAIN),
]


def _draw(rng: np.random.Generator):
    n_, d_ = rng.integers(1, 6, size=2)
    rank = int(rng.integers(1, min(n_, d_) + 1))
    X_ = rng.standard_normal((n_, rank)) @ rng.standard_normal((rank, d_))
    width = int(rng.integers(0, d_ + 3))
    return X_, width, float(rng.choice([0.0, 0.3, 1.2])), float(rng.choice([0.0, 0.05, 0.5, 3.0])), rng.integers(2**31)


def _independent_loss(W1_, W2_, X_, sigma, weight_decay):
    """The objective summed sample by sample in torch, for gradients by automatic differentiation."""
    denoiser = W2_ @ W1_.T
    total = len(X_) * (sigma**2 * (denoiser**2).sum() + weight_decay * ((W1_**2).sum() + (W2_**2).sum()))
    for x in torch.tensor(X_):
        total = total + ((denoiser @ x - x) ** 2).sum()
    return total


def _minimum(factor: float, gain_factor: float = 1.0):
    """Value and gradient at the formula, and no lower value at random weights or after descent from them."""

    def discrepancy(problem) -> float:
        X_, width, sigma, weight_decay, seed = problem
        best = la.optimal_weights(X_, width, sigma, weight_decay) * gain_factor
        value = factor * la.optimal_value(X_, width, sigma, weight_decay)
        scale = 1 + float((X_**2).sum())
        W1_, W2_ = (torch.tensor(best, requires_grad=True) for _ in range(2))
        loss = _independent_loss(W1_, W2_, X_, sigma, weight_decay)
        slopes = torch.autograd.grad(loss, (W1_, W2_)) if width else ()
        slope = sum(float(part.abs().max()) for part in slopes)
        found = la.regularised_loss(best, best, X_, sigma, weight_decay)
        errors = [abs(loss.item() - value), slope, abs(found - loss.item())]
        rng = np.random.default_rng(seed)
        for scale_of_change in (1.0, 0.1, 1e-3):
            other1, other2 = (best + scale_of_change * rng.standard_normal(best.shape) for _ in range(2))
            lower = (
                value - _independent_loss(torch.tensor(other1), torch.tensor(other2), X_, sigma, weight_decay).item()
            )
            errors.append(max(lower, 0.0))
        return max(errors) / scale

    return discrepancy


CLAIM = Claim(
    identifier="BR-lem-D.1",
    paper=Paper.BR,
    source="arXiv 2512.20963, Lemma D.1",
    title="Regularised linear autoencoder",
    kind=Kind.EQUALITY,
    hypotheses=("X any n × d matrix, any width p", "σ ≥ 0, λ ≥ 0"),
    printed=Statement(
        "The objective ‖W2W1ᵀXᵀ − Xᵀ‖² + nσ²‖W2W1ᵀ‖² + nλ(‖W1‖² + ‖W2‖²) has the global minimiser W2 = W1 = U_p(I + "
        "nσ²Λ_p⁻¹)^{−1/2}(I − nλΛ_p⁻¹)_+^{1/2}Oᵀ, O orthogonal: gain "
        "(Λ − nλ)_+/(Λ + nσ²) in the p leading directions.",
        Verdict.PROVED,
        (sp.Eq(a, la.GAIN), sp.Eq(sp.Symbol("saving"), la.SAVING)),
    ),
    checks=(
        derivation(
            "global minimum",
            STEPS,
            scope="all n, d, p, σ, λ",
            also_rejected=[
                TraceIdentity("5 with C not symmetric", STEPS[4].left, STEPS[4].right),
                TraceIdentity("6 with V not orthonormal", STEPS[5].left, STEPS[5].right),
                AtLeast("2 without contraction", energy, (1 + t) ** 2 * energy),
                AtLeast("8 below the threshold", la.SAVING.subs(Lam, t + u), la.SAVING.subs(Lam, t)),
                Identity(
                    "12 with twice the decay", la.DIRECTION_LOSS.subs(a, la.GAIN.subs(nu, 2 * nu)), Lam - la.SAVING
                ),
            ],
        ),
        property_check(
            Law("minimum against automatic differentiation", _draw, _minimum(1.0), 1e-12),
            [
                Law("value 1 % lower", _draw, _minimum(0.99), 1e-12),
                Law("value 1 % higher", _draw, _minimum(1.01), 1e-12),
                Law("weights 1 % longer", _draw, _minimum(1.0, 1.01), 1e-12),
            ],
            problems=80,
            bears=Bears.SUPPORTS,
        ),
    ),
)
