"""BR Corollary 3.3: the test loss of the generalising denoiser.

In a kept direction with second moment s the gain a = s/(s + σ²) loses (1 − a)²s of the signal and passes a²σ² of the
noise. The paper prints the first term, sσ⁴/(s + σ²)², alone. The sum is sσ²/(s + σ²): larger by 1 + s/σ², which no
constant covers. At rank one it is Corollary 3.2's loss.
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import spectral_loss as sl
from theory.block_minimizer import MEMORIZING_SAMPLE_LOSS, SIGMA, SQUARED_NORM, generalizing_loss
from theory.linear_autoencoder import GAIN_SYMBOL

s, sigma, a = sl.MOMENT, sl.SIGMA, GAIN_SYMBOL
excess, constant = sp.symbols("x K", positive=True)
PRINTED = s * sigma**4 / (s + sigma**2) ** 2
best_gain = sl.LIMITING_GAIN.subs(sl.WEIGHT_DECAY, 0)

STEPS = [
    Identity("gain at λ = 0", sp.cancel(best_gain), s / (s + sigma**2)),
    Identity("signal and noise", sl.TEST_LOSS_AT_GAIN.subs(a, s / (s + sigma**2)), sl.DIRECTION_TEST_LOSS),
    Identity(
        "printed plus the noise that passes", PRINTED + sigma**2 * s**2 / (s + sigma**2) ** 2, sl.DIRECTION_TEST_LOSS
    ),
    Identity(
        "rank one agrees with Corollary 3.2",
        MEMORIZING_SAMPLE_LOSS.subs({SQUARED_NORM: s, SIGMA: sigma}),
        sl.DIRECTION_TEST_LOSS,
    ),
    Identity(
        "no other gain does better",
        sl.TEST_LOSS_AT_GAIN,
        sl.DIRECTION_TEST_LOSS + (s + sigma**2) * (a - s / (s + sigma**2)) ** 2,
    ),
]

REFUTATION = [
    # One direction, n_k → ∞ (the printed n_k term vanishes): for any constant K take s = (K + x)σ².
    AtLeast(
        "loss above K times the printed value",
        sl.DIRECTION_TEST_LOSS.subs(s, (constant + excess) * sigma**2),
        constant * PRINTED.subs(s, (constant + excess) * sigma**2),
        strict=True,
    ),
]


def _draw_loss(rng: np.random.Generator):
    clusters, d = (int(v) for v in rng.integers(1, 5, size=2))
    spectra = rng.uniform(0.0, 3.0, size=(clusters, d)) * (rng.random((clusters, d)) > 0.2)
    mixing = rng.dirichlet(np.ones(clusters))
    widths = [int(v) for v in rng.integers(0, d + 1, size=clusters)]
    return spectra, mixing, widths, float(rng.choice([0.0, 0.2, 1.0, 2.5]))


def _against_matrices(passed: float):
    """The same loss from d × d matrices: A = S_p(S + σ²)⁻¹, loss tr((A − I)S(A − I)ᵀ) + σ²tr(AAᵀ)."""

    def discrepancy(problem) -> float:
        spectra, mixing, widths, noise = problem
        total = 0.0
        for spectrum, weight, width in zip(spectra, mixing, widths, strict=True):
            rotation = np.linalg.qr(np.random.default_rng(len(spectrum)).standard_normal((len(spectrum),) * 2))[0]
            S = rotation @ np.diag(spectrum) @ rotation.T
            _, vectors = np.linalg.eigh(S)
            leading = vectors[:, ::-1][:, :width]
            A = leading @ leading.T @ S @ np.linalg.pinv(S + noise**2 * np.eye(len(S)), rcond=1e-10)
            left = A - np.eye(len(S))
            total += weight * (np.trace(left @ S @ left.T) + passed * noise**2 * (A**2).sum())
        return abs(generalizing_loss(spectra, mixing, widths, noise) - total) / (1 + total)

    return discrepancy


def _draw_samples(rng: np.random.Generator):
    """Fresh samples of one cluster N(μ, Σ) with known S, denoised by the limiting block of width p."""
    d = int(rng.integers(2, 6))
    width = int(rng.integers(1, d + 1))
    spectrum = np.sort(rng.uniform(0.3, 4.0, size=d))[::-1]
    noise = float(rng.uniform(0.2, 0.6))
    gains = np.zeros(d)
    gains[:width] = sl.limiting_gains(spectrum, 1.0, noise, 0.0)[:width]
    x = np.sqrt(spectrum) * rng.standard_normal((200_000, d))
    errors = (((gains * (x + noise * rng.standard_normal(x.shape))) - x) ** 2).sum(axis=1)
    claimed = generalizing_loss(spectrum[None, :], np.ones(1), [width], noise)
    kept, tail = spectrum[:width], spectrum[width:].sum()
    printed = float((kept * noise**4 / (kept + noise**2) ** 2).sum() + tail)
    return errors, {"claimed": claimed, "the printed loss": printed, "5 % more": 1.05 * claimed}


CLAIM = Claim(
    identifier="BR-cor-3.3-test-loss",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.3, test loss",
    title="Test loss of the generalising denoiser",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "n_k → ∞, λ → 0",
        "each input meets its own block only",
        "s_j the eigenvalues of S_k, p_k of them kept",
    ),
    printed=Statement(
        "Up to a constant the test loss is Σ_k ρ_k[Σ_{j≤p_k} s_jσ⁴/(s_j + σ²)² + Σ_{j>p_k} s_j + C_kp_k/(σ²n_k)].",
        Verdict.REFUTED,
        (PRINTED,),
    ),
    corrected=Statement(
        "As n_k → ∞ it is Σ_k ρ_k[Σ_{j≤p_k} s_jσ²/(s_j + σ²) + Σ_{j>p_k} s_j].",
        Verdict.PROVED,
        (sl.DIRECTION_TEST_LOSS,),
    ),
    depends_on=("BR-cor-3.3-weights",),
    checks=(
        derivation(
            "no constant covers the noise that passes",
            REFUTATION,
            bears=Bears.REFUTES,
            scope="d = p = 1, every constant",
            also_rejected=[
                AtLeast(
                    "the corrected loss is not exceeded",
                    sl.DIRECTION_TEST_LOSS.subs(s, (constant + excess) * sigma**2),
                    constant * sl.DIRECTION_TEST_LOSS.subs(s, (constant + excess) * sigma**2),
                    strict=True,
                )
            ],
        ),
        derivation(
            "signal lost and noise passed",
            STEPS,
            about="corrected",
            scope="all d, p_k, M, σ",
            also_rejected=[Identity("printed", sl.TEST_LOSS_AT_GAIN.subs(a, s / (s + sigma**2)), PRINTED)],
        ),
        property_check(
            Law("generalizing_loss against matrices", _draw_loss, _against_matrices(1.0), 1e-12),
            [Law("noise that passes left out", _draw_loss, _against_matrices(0.0), 1e-12)],
            problems=60,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "fresh samples through the block",
            _draw_samples,
            ["the printed loss", "5 % more"],
            problems=5,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
