"""Our own: the blocks of Theorem 3.1 in a layer with biases, where hyperplanes replace obtuse angles (β < 0).

Without biases a unit's gate passes through the origin, and the blocks need clusters under obtuse angles: at most d + 1
of them. With biases, f(y) = W2[W1ᵀy + b]_+ + c, suppose only that each cluster k is split from all other samples by a
hyperplane g_k(y) = u_kᵀy − t_k, ‖u_k‖ = 1, g_k ≥ γ_k on the cluster and ≤ −γ_k elsewhere.

Construction, for any 0 < r < 1. Let R_k be the largest distance of a sample from the cluster's mean m_k, κ = rγ_k/R_k,
and W (d, p_k) the columns of Lemma D.1 for the centred cluster at λ = 0, so that A = WWᵀ is its best denoiser of rank
p_k and ‖W_a‖ ≤ 1. The block has units z_a = g_k + κW_a·(y − m_k) with decoder W_a/κ, and two units z_± = g_k ± rγ_k
with decoders −ΣW_a/(2κ) ± (m_k − c)/(2rγ_k). Where all are open their sum is A(y − m_k) + m_k − c (first step), so
f(y) = m_k + A(y − m_k) if also the other blocks are closed.

Gates. |κW_a·(x − m_k)| ≤ κR_k = rγ_k, so every unit has on every sample the sign of g_k, and |z| ≥ (1 − r)γ_k. As the
other samples are 2γ_k or more from m_k, κ ≤ r/2 and the encoder columns are no longer than 1 + r/2: all distances from
gates are at least γ_k(1 − r)/(1 + r/2).

Loss. With all gates as on the samples, E‖m_k + A(x + σε − m_k) − x‖² = ‖(A − I)(x − m_k)‖² + σ²‖A‖², and the sum over
clusters is L_0, Lemma D.1's minima for the centred clusters. A gate that noise turns, of unit (w, v) at distance t from
the sample, changes f by v times the wrong part of w·y + b, whose mean square is at most ½σ²‖w‖²e^{−t²/2σ²}: for s > 0
(t + s)² ≥ t² + s², and ∫_0^∞ s²φ(s/σ)ds/σ = σ²/2. By the triangle inequality in L², |√L − √L_0| is at most the root
mean square over samples of Σ_a‖v_a‖‖w_a‖σe^{−t_a²/4σ²}/√2. Weights and distances do not blow up as σ → 0, so
L − L_0 is exponentially small in 1/σ². A cluster of one sample needs two units, and adds nothing to L_0 at all: the
loss of a stored sample is exponentially small, where Corollary 3.2 leaves σ²‖x‖²/(σ² + ‖x‖²).

Why a statement about the loss and not about a local minimiser: own-affine-gates.
"""

import numpy as np
import sympy as sp

from numerics.affine_objective import affine_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory.block_minimizer import SIGMA
from theory.linear_autoencoder import optimal_value
from theory.separated_blocks import (
    TILT,
    separated_blocks,
    separated_loss,
    separated_loss_gap,
    separating_hyperplane,
)

d = sp.Symbol("d", integer=True, positive=True)
p = sp.Symbol("p_k", integer=True, positive=True)
a = sp.Symbol("a", integer=True)
decoder, tilted = sp.IndexedBase("W"), sp.IndexedBase("q")
kappa, shift, gate, away, t, s, ratio, margin, more = sp.symbols("kappa r_gamma g m t s r gamma e", positive=True)
A, x, noise = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("x", d, 1), sp.MatrixSymbol("epsilon", d, 1)
spread = sp.Sum(decoder[a], (a, 1, p)) / (2 * kappa)
step = away / (2 * shift)

STEPS = [
    # One coordinate: W_a that of the decoder, q_a = W_a·(y − m_k), m that of m_k − c.
    SumIdentity(
        "an open block",
        sp.Sum(decoder[a] / kappa * (gate + kappa * tilted[a]), (a, 1, p))
        + (step - spread) * (gate + shift)
        + (-step - spread) * (gate - shift),
        sp.Sum(decoder[a] * tilted[a], (a, 1, p)) + away,
    ),
    # |q| ≤ rγ on a sample with |g| = γ + e, and 1/(1 − r) = 1 + s.
    AtLeast(
        "a tilted gate keeps its sign",
        margin + more - ratio * margin,
        (1 - ratio) * margin,
        where={ratio: s / (1 + s)},
        strict=True,
    ),
    TraceIdentity(
        "noise average with right gates, x from the mean",
        squared_norm(A * (x + SIGMA * noise) - x),
        squared_norm(A * x - x) + SIGMA**2 * squared_norm(A),
        noise=(noise,),
    ),
    AtLeast("height beyond a gate", (t + s) ** 2, t**2 + s**2, strict=True),
    # −(sσφ(s/σ)) + σ²Φ(s/σ) has derivative s²φ(s/σ)/σ; from 0 to ∞ it grows by σ²/2.
    Identity(
        "its mean square at t = 0",
        sp.diff(
            -s * SIGMA * sp.exp(-(s**2) / (2 * SIGMA**2)) / sp.sqrt(2 * sp.pi)
            + SIGMA**2 * (1 + sp.erf(s / (SIGMA * sp.sqrt(2)))) / 2,
            s,
        ),
        s**2 * sp.exp(-(s**2) / (2 * SIGMA**2)) / (SIGMA * sp.sqrt(2 * sp.pi)),
    ),
]


def _draw(rng: np.random.Generator):
    """Clusters anywhere in R^d, one inside the angle of others, σ at most a tenth of what would reach a gate."""
    while True:
        clusters, dimension = int(rng.integers(2, 6)), int(rng.integers(1, 5))
        counts = rng.integers(1, 5, size=clusters)
        labels = np.repeat(np.arange(clusters), counts)
        centres = 3 * rng.standard_normal((clusters, dimension)) + 5 * rng.standard_normal(dimension)
        X = centres[labels] + 0.3 * rng.standard_normal((len(labels), dimension))
        try:
            margins = [separating_hyperplane(X, labels, k).margin for k in range(clusters)]
        except ValueError:
            continue
        if min(margins) > 0.2:
            widths = [int(width) for width in rng.integers(0, 3, size=clusters)]
            return X, labels, widths, float(rng.uniform(0.02, 0.2) * min(margins)), margins


def _loss(centred: bool, factor: float = 1.0):
    """√L against √L_0 beyond the bound on their distance; intermediate sums of the exact loss cost some digits."""

    def discrepancy(problem) -> float:
        X, labels, widths, sigma, _ = problem
        exact = affine_loss(*separated_blocks(X, labels, widths, sigma), X, sigma)
        claimed = separated_loss(X, labels, widths, factor * sigma)
        if not centred:
            claimed = sum(optimal_value(X[labels == k], width, sigma, 0.0) for k, width in enumerate(widths)) / len(X)
        beyond = abs(np.sqrt(max(exact, 0.0)) - np.sqrt(claimed)) - separated_loss_gap(X, labels, widths, sigma)
        # √ turns an error of 1e-13·‖X‖² at L = 0 into its root, so that much is allowed on L itself.
        return float(min(max(beyond, 0.0), abs(exact - claimed)) / (1 + (X**2).sum(axis=1).max()))

    return discrepancy


def _gates(share: float):
    """How far the nearest gate falls short of `share` of the promised distance."""

    def discrepancy(problem) -> float:
        X, labels, widths, sigma, margins = problem
        W1, b, _, _ = separated_blocks(X, labels, widths, sigma)
        owner = np.repeat(np.arange(len(widths)), np.array(widths) + 2)
        sign = np.where(labels[:, None] == owner, 1.0, -1.0)
        distances = (sign * (X @ W1 + b) / np.linalg.norm(W1, axis=0)).min(axis=0)
        promised = (1 - TILT) / (1 + TILT / 2) * np.array(margins)[owner]
        return float(max(0.0, (share * promised - distances).max()) / promised.min())

    return discrepancy


CLAIM = Claim(
    identifier="own-affine-layer",
    paper=Paper.OWN,
    source="this project",
    title="Blocks behind hyperplanes: a layer with biases",
    kind=Kind.UPPER,
    hypotheses=(
        "M ≥ 2 clusters in R^d, each split from all other samples by a hyperplane, γ_k > 0 away from both",
        "f(y) = W2[W1ᵀy + b]_+ + c, λ = 0, 0 < r < 1, any p_k ≥ 0",
    ),
    printed=Statement(
        "A layer of width Σ_k(p_k + 2) has all gates right on all samples, at distances ≥ γ_k(1 − r)/(1 + r/2), and "
        "denoising error L with |√L − √L_0| ≤ rms_i Σ_a ‖v_a‖‖w_a‖σe^{−t_ia²/4σ²}/√2, where nL_0 = Σ_k[Σ_{j≤p_k} "
        "Λ_jn_kσ²/(Λ_j + n_kσ²) + Σ_{j>p_k} Λ_j] with the spectra Λ of the centred clusters. No angle need be obtuse; "
        "a single sample costs nothing in L_0.",
        Verdict.PROVED,
    ),
    depends_on=("BR-lem-D.1",),
    checks=(
        derivation("open block, gates, wrong gates", STEPS, scope="all n, d, M, p_k, r, σ"),
        property_check(
            Law("exact loss about the blocks", _draw, _loss(True), 1e-12),
            [
                Law("clusters not centred", _draw, _loss(False), 1e-12),
                Law("noise 1 % larger", _draw, _loss(True, 1.01), 1e-12),
            ],
            problems=25,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("distances from the gates", _draw, _gates(1.0), 1e-9),
            [Law("a fifth more", _draw, _gates(1.2), 1e-9)],
            problems=25,
            bears=Bears.SUPPORTS,
        ),
    ),
)
