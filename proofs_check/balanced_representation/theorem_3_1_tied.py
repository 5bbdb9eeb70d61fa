"""BR Theorem 3.1: is W2 = W1 at the local minimiser?

Printed: yes, W2 = W1 = blocks + R. Certified minimisers on real images say no: a face's encoder column turns away from
the samples that leak into its gate and its decoder column does not (BR-thm-3.1-residual), so the two differ by many
times the certificate's radius.

What holds at a critical point with λ > 0. (a) Always ‖w_j‖ = ‖v_j‖ for each unit (BR-thm-3.1-rescaling). (b) Where
the gates of a block are settled it is a linear autoencoder A = W2W1ᵀ, and with 2G the slope of the loss in A the slopes
in the columns vanish: GW1 = −λW2, GᵀW2 = −λW1. Then W1ᵀW1 = W2ᵀW2: both are −W2ᵀGW1/λ. (c) If moreover A is symmetric
and positive semidefinite, as the minimiser of Lemma D.1 is, W2 = W1: (W1W1ᵀ)² = W1(W2ᵀW2)W1ᵀ = AᵀA, so W1W1ᵀ =
(AᵀA)^{1/2} = A, likewise W2W2ᵀ = A, and ‖W1 − W2‖² = tr A + tr A − 2 tr A = 0. So W2 = W1 is forced as far as gates are
settled; noise in the gates undoes it. An experiment that shares the storage of W1 and W2 imposes it.
"""

from collections.abc import Iterable

import numpy as np
import sympy as sp
from flint import arb

from numerics.minimize import minimize
from proofs_check.balls import euclidean_norm
from proofs_check.certificate import point, read_certificate
from proofs_check.check import Bears, Check, Control, Effort, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.recheck import recheck
from proofs_check.residual_ladder import EVIDENCE
from proofs_check.sampling import Law, property_check
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Method, Verdict

d, p = sp.symbols("d p", integer=True, positive=True)
W1, W2 = sp.MatrixSymbol("V", d, p), sp.MatrixSymbol("W", d, p)
G, B, C = sp.MatrixSymbol("G", d, d), sp.MatrixSymbol("B", d, d), sp.MatrixSymbol("C", p, p)
lam = sp.Symbol("lambda", positive=True)

# 2(GW1 + λW2) and 2(GᵀW2 + λW1) are the slopes in the decoder and the encoder: E_2 and E_1 below, both zero at a
# critical point. An equation of matrices is one of traces against any matrix C or B.
E1, E2 = G.T * W2 + lam * W1, G * W1 + lam * W2

STEPS = [
    TraceIdentity(
        "λ(W2ᵀW2 − W1ᵀW1) by the slopes",
        lam * sp.Trace(C * W2.T * W2) - lam * sp.Trace(C * W1.T * W1),
        sp.Trace(C * W2.T * E2) - sp.Trace(C * E1.T * W1),
    ),
    # AᵀA = W1(W2ᵀW2)W1ᵀ, AAᵀ = W2(W1ᵀW1)W2ᵀ: with equal Gram matrices these are (W1W1ᵀ)² and (W2W2ᵀ)².
    TraceIdentity(
        "AᵀA and (W1W1ᵀ)²",
        sp.Trace(B * (W2 * W1.T).T * (W2 * W1.T)) - sp.Trace(B * W1 * W1.T * W1 * W1.T),
        sp.Trace(B * W1 * (W2.T * W2 - W1.T * W1) * W1.T),
    ),
    TraceIdentity(
        "AAᵀ and (W2W2ᵀ)²",
        sp.Trace(B * (W2 * W1.T) * (W2 * W1.T).T) - sp.Trace(B * W2 * W2.T * W2 * W2.T),
        sp.Trace(B * W2 * (W1.T * W1 - W2.T * W2) * W2.T),
    ),
    TraceIdentity(
        "‖W1 − W2‖²",
        squared_norm(W1 - W2),
        sp.Trace(W1 * W1.T) + sp.Trace(W2 * W2.T) - 2 * sp.Trace(W2 * W1.T),
    ),
]

CERTIFIED = EVIDENCE / "real" / "faces-memorising-M3-margin2sigma"


def _columns_apart(radii: int) -> Outcome:
    """Is ‖W1 − W2‖ of the certified minimiser above zero by more than `radii` times its radius can change?"""
    certificate = read_certificate(CERTIFIED)
    finding = recheck(certificate)
    encoder, decoder = point(certificate)
    # The minimiser's weights lie within the radius of the point, so their difference within √2 of it: 2 is safe.
    apart = euclidean_norm(encoder - decoder) - 2 * radii * arb(certificate.radius)
    return Outcome(
        finding.holds and bool(apart > 0),
        margin=f"‖W1 − W2‖ > {apart.str(4, radius=False)}",
        detail=f"{certificate.name}, radius {certificate.radius:.0e}",
    )


def _certified_difference(effort: Effort) -> Outcome:
    del effort
    return _columns_apart(radii=1)


def _too_wide(effort: Effort) -> Iterable[Control]:
    del effort
    yield Control("a radius of 1e9 times the certified one", lambda: _columns_apart(radii=10**9))


def _draw(rng: np.random.Generator):
    """One sample and its opposite half-space free of others: gates settled to exp(−50), random start near the ray."""
    size = int(rng.integers(1, 5))
    x = random_rotation(rng, size)[:1] * rng.uniform(0.8, 1.5)
    return x, [x.T * rng.uniform(0.5, 1.5) + 0.1 * rng.standard_normal((size, 1)) for _ in range(2)], 0.08


def _apart(factor: float):
    """‖W1·factor − W2‖ where descent with settled gates ends."""

    def discrepancy(problem) -> float:
        x, (first, second), sigma = problem
        reached = minimize(x, first, second, sigma, 0.05)
        return float(np.linalg.norm(factor * reached.W1 - reached.W2)) if reached.converged else np.inf

    return discrepancy


CLAIM = Claim(
    identifier="BR-thm-3.1-tied",
    paper=Paper.BR,
    source="arXiv 2512.20963, Theorem 3.1, eq. 7",
    title="Whether encoder and decoder agree",
    kind=Kind.EQUALITY,
    hypotheses=("σ > 0, λ > 0", "for (b) and (c): a block whose gates are settled, so that its network is A = W2W1ᵀ"),
    printed=Statement("At the local minimiser W2 = W1 (= blocks + R).", Verdict.REFUTED),
    corrected=Statement(
        "Where gates are settled every critical point has W1ᵀW1 = W2ᵀW2, and W2 = W1 if W2W1ᵀ is symmetric and "
        "positive semidefinite, as at the minimiser of Lemma D.1.",
        Verdict.PROVED,
    ),
    depends_on=("BR-lem-D.1",),
    checks=(
        Check(
            "a certified minimiser whose encoder is not its decoder",
            Method.BALLS,
            _certified_difference,
            _too_wide,
            Bears.REFUTES,
            "printed",
            "3 faces, d = 625, σ half the gate margin",
        ),
        derivation(
            "equal Gram matrices, equal factors",
            STEPS,
            about="corrected",
            scope="all d, p_k, λ > 0, any loss in A",
            also_rejected=[
                TraceIdentity(
                    "without the transpose of E_1",
                    STEPS[0].left,
                    sp.Trace(C * W2.T * E2) - sp.Trace(C * W1.T * E1),
                ),
            ],
        ),
        property_check(
            Law("one settled unit is tied", _draw, _apart(1.0), 1e-7),
            [Law("encoder 1e-6 longer", _draw, _apart(1 + 1e-6), 1e-7)],
            problems=12,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
