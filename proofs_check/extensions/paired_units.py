"""Our own: two units a sample memorise any isolable data as Corollary 3.2 memorises obtuse data.

Let g·x_j = 1 and g·x_i ≤ −δ < 0 for all i ≠ j, N = ‖x_j‖². For 0 < η ≤ 1 so small that η(x_j·x_i)/N ≤ −(g·x_i)/2 for
all i ≠ j, the encoder g + ηx_j/N answers x_j with 1 + η and every other sample with at most −δ/2. Where both gates
are open

    (a/η)[(g + ηx_j/N)·y]x_j − (a/η)(g·y)x_j = a(x_j·y/N)x_j,

the answer of Corollary 3.2's unit with gain a; where both are closed it is zero. With right gates at all samples, y =
x_j + σε comes back with error N(1 − a)² + a²σ², least at a = N/(N + σ²): Nσ²/(N + σ²) < σ². Gates go wrong by noise
only: by the triangle inequality of L² the root of the exact error at sample i differs from that of the frozen one by
at most

    Σ_a ‖v_a‖ √E[z_ia²; gate wrong] ≤ Σ_a ‖v_a‖σ‖w_a‖ e^{−m_ia²/4}/√2,      m_ia = |w_a·x_i|/(σ‖w_a‖),

because φ(u + m) ≤ φ(u)e^{−m²/2}. Weights do not depend on σ but through a, and every m_ia is at least a positive
constant over σ. So as σ → 0 the loss is (1/n) Σ_j N_jσ²/(N_j + σ²) up to terms smaller than every power of σ: σ²(1 +
O(σ²)), whatever the inner products. One unit a sample with settled gates needs σ²(1/n)Σ t_j² instead
(own-generic-memorizer). The weights grow like 1/η, so this is for λ that is small against σ².
"""

import numpy as np
import sympy as sp

from numerics.objective import expected_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity, phi
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory.block_minimizer import MEMORIZING_SAMPLE_LOSS, SIGMA, SQUARED_NORM, memorizing_loss
from theory.gating import isolable
from theory.inhibition import tilts
from theory.paired_units import paired_memorizer

d = sp.Symbol("d", integer=True, positive=True)
x, g, y, noise = (sp.MatrixSymbol(name, d, 1) for name in ("x", "g", "y", "epsilon"))
N, step, sigma = SQUARED_NORM, sp.Symbol("eta", positive=True), SIGMA
gain, u, m = sp.symbols("a u m", real=True)
away, slack = sp.symbols("delta q", nonnegative=True)
gain_of_pair = N / (N + sigma**2)

STEPS = [
    TraceIdentity(
        "two open units answer along the sample alone",
        gain / step * sp.Trace((g + step / N * x).T * y) - gain / step * sp.Trace(g.T * y),
        gain / N * sp.Trace(x.T * y),
    ),
    TraceIdentity(
        "noise through the pair",
        squared_norm(gain / N * x * x.T * (x + sigma * noise) - x),
        squared_norm(gain / N * x * x.T * x - x) + sigma**2 * squared_norm(gain / N * x * x.T),
        noise=(noise,),
    ),
    Identity(
        "its error with right gates",
        N * (1 - gain) ** 2 + gain**2 * sigma**2,
        MEMORIZING_SAMPLE_LOSS + (N + sigma**2) * (gain - gain_of_pair) ** 2,
    ),
    AtLeast("less than σ²", sigma**2, MEMORIZING_SAMPLE_LOSS, strict=True),
    # g·x_i = −δ − q and η(x_j·x_i)/N ≤ (δ + q)/2.
    AtLeast("silent on other samples by half", -away / 2, -away - slack + (away + slack) / 2),
    Identity("a Gaussian beyond m", phi(u + m), phi(u) * sp.exp(-(m**2) / 2) * sp.exp(-u * m)),
]


def _draw(rng: np.random.Generator):
    """Samples of any inner products, more than coordinates at times, all isolable; σ small against their margins."""
    while True:
        n, d_ = int(rng.integers(2, 7)), int(rng.integers(2, 7))
        X = rng.uniform(0.5, 2.0, size=(n, 1)) * rng.standard_normal((n, d_))
        if isolable(X).all() and (X @ X.T)[~np.eye(n, dtype=bool)].max() > 0 and 1.1 < tilts(X).max() < 5:
            break
    W1, _ = paired_memorizer(X, 0.0)
    nearest = float(np.abs(X @ W1 / np.linalg.norm(W1, axis=0)).min())
    return X, nearest * float(rng.uniform(0.02, 0.2))


def _beyond_leaks(law):
    """By how much the root of the exact loss misses that of a law beyond what wrong gates explain, over the latter."""

    def discrepancy(drawn) -> float:
        X, noise_level = drawn
        W1, W2 = paired_memorizer(X, noise_level)
        scales = noise_level * np.linalg.norm(W1, axis=0)
        leaks = np.exp(-((X @ W1 / scales) ** 2) / 4) @ (scales * np.linalg.norm(W2, axis=0)) / np.sqrt(2)
        predicted = np.sqrt(law(X, noise_level))
        missed = abs(np.sqrt(expected_loss(W1, W2, X, noise_level, 0.0)) - predicted)
        return float(max(missed - np.sqrt(np.mean(leaks**2)), 0.0) / predicted)

    return discrepancy


def _one_unit(X: np.ndarray, noise_level: float) -> float:
    return float(np.mean(tilts(X) ** 2)) * noise_level**2


CLAIM = Claim(
    identifier="own-paired-units",
    paper=Paper.OWN,
    source="this project",
    title="Two units a sample memorise any isolable data with loss σ²",
    kind=Kind.UPPER,
    hypotheses=(
        "for each sample some unit fires on it alone, whatever the inner products (for n ≤ d: linear independence)",
        "p = 2n, λ = 0; for sample j the encoders g_j and g_j + ηx_j/N_j, decoders ∓ax_j/η",
    ),
    printed=Statement(
        "There are 2n units whose loss differs from (1/n) Σ_j N_jσ²/(N_j + σ²) < σ², the loss of Corollary 3.2, by "
        "less than any power of σ as σ → 0: |√L − √(that)| ≤ the root mean square over samples i of Σ_a "
        "‖v_a‖σ‖w_a‖e^{−m_ia²/4}/√2, m_ia the distance of sample i from gate a in standard deviations.",
        Verdict.PROVED,
        (MEMORIZING_SAMPLE_LOSS,),
    ),
    checks=(
        derivation(
            "two units as one along the sample",
            STEPS,
            scope="all isolable X, n, d, σ",
            also_rejected=[
                Identity("signal alone", N * (1 - gain_of_pair) ** 2, MEMORIZING_SAMPLE_LOSS),
                AtLeast("silent by as much as before", -away, -away - slack + (away + slack) / 2),
            ],
        ),
        property_check(
            Law("exact objective within leaks", _draw, _beyond_leaks(memorizing_loss), 1e-9),
            [
                Law("loss of settled single units", _draw, _beyond_leaks(_one_unit), 1e-9),
                Law("1 % more", _draw, _beyond_leaks(lambda X, s: 1.01 * memorizing_loss(X, s)), 1e-9),
                Law("σ²", _draw, _beyond_leaks(lambda X, s: s**2), 1e-9),
            ],
            problems=25,
            bears=Bears.SUPPORTS,
            scope="n, d ≤ 6, acute samples among them",
        ),
    ),
)
