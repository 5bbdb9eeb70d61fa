"""Our own: where clusters of samples are told apart, every weighting of the noise levels learns the same variance.

Let each of N samples belong to one of M components, at each noise level that counts, and let each mean be that of its
samples. With v = s², V = α²v + σ², the posterior mean of a sample x of component k at αx + σZ is x̄ = (αv(αx + σZ) +
σ²μ_k)/V, so that x̄ − x = −(σ²/V)(x − μ_k) + (αvσ/V)Z and the loss a coordinate at this level is

    ℓ(v) = (σ⁴A + α²σ²v²)/V²,  A the mean of ‖x − μ_k‖²/d over the samples.

Its derivative is 2α²σ⁴(v − A)/V³: at every level the loss falls before v = A and rises after it, whatever the level.
So any weighting λ ≥ 0, on any grid, trains s² = A, and so does maximum likelihood, whose −2 log-likelihood a coordinate
is log v + A/v: the learned variance tells no λ apart. At v = A the level loses A/(ψA + 1), less than with any other.

A is the scatter within components: as d → ∞ it is (1 − M/N)σ⋆², for however N samples of separate clusters are grouped,
the scatter of n samples about their mean is (n − 1)dσ⋆². Lengths scale with σ⋆, and so do the distances from a draw to
the nearest samples: no transition of this family, at any threshold, depends on σ⋆² or λ. With eq. 21 it would: its M⋆/N
rises strictly with σ⋆² for every λ.
"""

import sympy as sp

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict

alpha, sigma, A, v, n, scale, psi, weight = sp.symbols("alpha sigma A v n k psi lambda", positive=True)
x, mu, z = sp.symbols("x mu z", real=True)
V = alpha**2 * v + sigma**2
LOSS = (sigma**4 * A + alpha**2 * sigma**2 * v**2) / V**2
SNR = alpha**2 / sigma**2

LEVEL = [
    Identity(
        "error of the denoiser",
        (alpha * v * (alpha * x + sigma * z) + sigma**2 * mu) / V - x,
        -(sigma**2) / V * (x - mu) + alpha * v * sigma / V * z,
    ),
    Identity("slope in the variance", sp.diff(LOSS, v), 2 * alpha**2 * sigma**4 * (v - A) / V**3),
    Identity("loss at the scatter", LOSS.subs(v, A), A / (SNR * A + 1)),
    Identity(
        "least there, by a square",
        LOSS - LOSS.subs(v, A),
        alpha**2 * sigma**4 * (v - A) ** 2 / (V**2 * (alpha**2 * A + sigma**2)),
    ),
    Identity("maximum likelihood: slope of log v + A/v", sp.diff(sp.log(v) + A / v, v), (v - A) / v**2),
]

# Noise with α/√k is the signal-to-noise ratio ψ/k: what lengths in units of σ⋆ see.
SCALES = [
    Identity(
        "loss scales with the square of lengths",
        LOSS.subs({v: scale * v, A: scale * A, alpha: alpha / sp.sqrt(scale)}, simultaneous=True),
        scale * LOSS,
    ),
    Identity(
        "eq. 21 moves with σ⋆²",
        sp.diff(1 - weight / (psi * v + 1), v),
        weight * psi / (psi * v + 1) ** 2,
    ),
]

# n samples y_i with variance σ⋆² each: y_i less their mean has variance (1 − 1/n)²σ⋆² + (n − 1)σ⋆²/n².
SCATTER = [Identity("of n samples about their mean", n * ((1 - 1 / n) ** 2 + (n - 1) / n**2), n - 1)]

CLAIM = Claim(
    identifier="own-edge-variance",
    paper=Paper.OWN,
    source="this project; the rival of eq. 21 of arXiv 2508.17689",
    title="One learned variance for all weightings",
    kind=Kind.EQUALITY,
    hypotheses=(
        "each sample has one component with all of the responsibility at every level with λ > 0",
        "means at the averages of their samples; the shared variance free",
    ),
    printed=Statement(
        "At every noise level the denoising loss falls in s² up to the scatter within components a coordinate, and "
        "rises after it: every weighting learns that variance, and maximum likelihood too. Scaled lengths scale it, so "
        "that nothing here depends on λ or σ⋆², while eq. 21 rises with σ⋆² for every λ.",
        Verdict.PROVED,
    ),
    checks=(
        derivation("every level", LEVEL, scope="all α, σ > 0, scatter A > 0"),
        derivation("scales", SCALES, scope="all lengths; each level's term of eq. 21"),
        derivation("scatter", SCATTER, scope="expectations over Gaussian groups"),
    ),
)
