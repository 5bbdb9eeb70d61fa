"""BR Corollary 3.3: the limit of the generalising block.

By the law of large numbers the Gram matrix of cluster k divided by n_k tends to S_k = μ_kμ_kᵀ + Σ_k, and n_k/n to
ρ_k. Put Λ = n_k·s into the gain of Lemma D.1: n_k cancels and (s − λ/ρ_k)/(s + σ²) is left. The paper prints σ where
σ² belongs; the units alone show it (s and σ² are squared lengths).
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.real_images import cluster_scene, landing_check, predict_blocks
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory import linear_autoencoder as la
from theory import spectral_loss as sl
from theory.block_minimizer import block_weights

s, rho, sigma, lam, n_k = sl.MOMENT, sl.MIXING, sl.SIGMA, sl.WEIGHT_DECAY, sl.CLUSTER_SIZE
PRINTED_GAIN = (s - lam / rho) / (s + sigma)
AT_SIZE = {la.EIGENVALUE: n_k * s, la.NOISE_ENERGY: n_k * sigma**2, la.DECAY: (n_k / rho) * lam}

STEPS = [
    Identity("gain at Λ = n_k s, n = n_k/ρ", la.GAIN.xreplace(AT_SIZE), (s - lam / rho) / (s + sigma**2)),
    Identity("the limit of the library", sl.LIMITING_GAIN, (s - lam / rho) / (s + sigma**2)),
]


def wrong_at_a_point(claimed: sp.Expr) -> Outcome:
    """s = 1, ρ = 1, λ = 0, σ = 2: the gain for every n_k is 1/5; the printed formula gives 1/3."""
    exact = la.GAIN.xreplace(AT_SIZE).xreplace({s: sp.Integer(1), rho: sp.Integer(1), sigma: sp.Integer(2)})
    exact = sp.cancel(exact.subs(lam, 0))
    value = claimed.xreplace({s: sp.Integer(1), rho: sp.Integer(1), sigma: sp.Integer(2)}).subs(lam, 0)
    return Outcome(
        bool(value != exact), margin=f"printed {value}, exact {exact}", detail="s = ρ = 1, λ = 0, σ = 2, every n_k"
    )


def _draw(rng: np.random.Generator):
    """A cluster with Gram matrix exactly n_k·S (rows ±√(d·s_j) e_j, so S is diagonal), far along the first axis."""
    d = int(rng.integers(1, 5))
    spectrum = np.sort(rng.uniform(0.2, 2.0, size=d))[::-1]
    spectrum[0] += 4.0
    repeats = int(rng.integers(1, 6))
    X = np.repeat(np.diag(np.sqrt(d * spectrum)), repeats, axis=0)
    width = int(rng.integers(1, d + 1))
    return X, spectrum, width, float(rng.uniform(0.1, 1.5)), float(rng.uniform(0.0, 0.1))


def _block_against_limit(factor: float):
    def discrepancy(problem) -> float:
        X, spectrum, width, sigma_value, decay = problem
        W = block_weights(X, np.zeros(len(X), dtype=np.int64), [width], sigma_value, decay)
        predicted = np.zeros(len(spectrum))
        predicted[:width] = factor * sl.limiting_gains(spectrum, 1.0, sigma_value, decay)[:width]
        return float(np.abs(W @ W.T - np.diag(predicted)).max())

    return discrepancy


def _draw_gains(rng: np.random.Generator):
    return (
        rng.uniform(0, 3, size=int(rng.integers(1, 6))),
        float(rng.uniform(0.1, 1)),
        float(rng.uniform(0.1, 2)),
        float(rng.uniform(0, 0.5)),
    )


def _against_rationals(power: int):
    """The library's limit against the formula in exact rational arithmetic, thresholds included."""

    def discrepancy(problem) -> float:
        spectrum, mixing, sigma_value, decay = problem
        found = sl.limiting_gains(spectrum, mixing, sigma_value, decay)
        threshold = sp.Rational(decay) / sp.Rational(mixing)
        exact = [
            max(sp.Rational(float(v)) - threshold, 0) / (sp.Rational(float(v)) + sp.Rational(sigma_value) ** power)
            for v in spectrum
        ]
        return float(max(abs(f - float(e)) for f, e in zip(found, exact, strict=True)))

    return discrepancy


def _noise_counted_once(X, labels, widths, sigma_value, decay):
    """Blocks with σ² in place of n_kσ²."""
    smallest_cluster = np.bincount(labels).min()
    return block_weights(X, labels, widths, sigma_value / np.sqrt(smallest_cluster), decay)


CLAIM = Claim(
    identifier="BR-cor-3.3-weights",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.3, limit weights",
    title="Limit of the generalising block",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "n_k → ∞ with n_k/n → ρ_k and Gram_k/n_k → S_k = μ_kμ_kᵀ + Σ_k",
        "λ/ρ_k below the p_k-th eigenvalue of S_k, which exceeds the next one",
    ),
    printed=Statement("W_kW_kᵀ → (S_k − (λ/ρ_k)I)(S_k + σI)⁻¹, cut to rank p_k.", Verdict.REFUTED, (PRINTED_GAIN,)),
    corrected=Statement(
        "W_kW_kᵀ → (S_k − (λ/ρ_k)I)(S_k + σ²I)⁻¹, cut to rank p_k.", Verdict.PROVED, (sl.LIMITING_GAIN,)
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        exact_check(
            "counterexample to σ in place of σ²",
            lambda: wrong_at_a_point(PRINTED_GAIN),
            [("σ² is no counterexample", lambda: wrong_at_a_point(sl.LIMITING_GAIN))],
            bears=Bears.REFUTES,
            scope="one direction",
        ),
        derivation(
            "gain in the limit",
            STEPS,
            about="corrected",
            scope="all d, p_k, σ, λ, ρ_k",
            also_rejected=[Identity("printed σ", la.GAIN.xreplace(AT_SIZE), PRINTED_GAIN)],
        ),
        property_check(
            Law("blocks with Gram = n_k S_k", _draw, _block_against_limit(1.0), 1e-13),
            [Law("gain 1 % up", _draw, _block_against_limit(1.01), 1e-13)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        landing_check(
            "generalising on real images",
            lambda: [cluster_scene("faces", False), cluster_scene("digits", False)],
            predict_blocks,
            [("cluster size left out of the noise", _noise_counted_once)],
            about="corrected",
            scope="clusters of varied faces and digits",
        ),
        property_check(
            Law("limiting_gains against rationals", _draw_gains, _against_rationals(2), 1e-14),
            [Law("σ instead of σ²", _draw_gains, _against_rationals(1), 1e-14)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
