"""BR Corollary 3.2, remark: the learned network closely approximates the empirical denoiser f_emp.

f_emp is the posterior mean, so for any f the cross term vanishes and L(f) = L(f_emp) + E‖f − f_emp‖², L the training
loss without decay: the distance to f_emp is what the loss has left above L(f_emp). Two bounds tell how far that is.

From below, by own-homogeneity-floor: L(f) ≥ (1/n) Σ_iσ²N_i/(N_i + (2d + 1)σ²), N_i = ‖x_i‖², for every network without
bias, of any width and depth. From above for f_emp: it does no worse than the nearest sample. From x_i the sample x_j is
nearer than x_i with probability Φ(−δ_ij/2σ), δ_ij = ‖x_i − x_j‖, and then costs δ_ij², so
L(f_emp) ≤ (1/n) Σ_iΣ_{j≠i}δ_ij²Φ(−δ_ij/2σ), which falls faster than any power of σ.

So for distinct samples E‖f − f_emp‖²/L(f) → 1 as σ → 0: the network's whole loss is its distance to f_emp, whatever its
width, and E‖f − f_emp‖²/σ² has a lower limit of at least 1. Beside the noise, and beside f_emp's own loss, nothing
bias-free comes close, however it was trained. What remains true: the distance tends to 0 with σ, as it is at most the
network's loss (below σ², up to gates, at the memorising weights: BR-cor-3.2-loss).
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from numerics.objective import expected_loss
from proofs_check.balls import ball, precision
from proofs_check.check import Bears, Check, Control, Effort, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_samples
from proofs_check.sampling import monte_carlo
from proofs_check.symbolic import AtLeast, Identity, Phi
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Method, Verdict
from theory.empirical_denoiser import empirical_denoiser
from theory.homogeneity import DIMENSION, LOWER_SHARE, RATIO

D = sp.Symbol("D", integer=True, positive=True)
f, best, x = (sp.MatrixSymbol(name, D, 1) for name in ("f", "m", "x"))
sigma, N, delta, mass = sp.symbols("sigma N delta P", positive=True)
part, rest = sp.symbols("p q", nonnegative=True)
"""E‖f − f_emp‖² and L(f_emp)."""

STEPS = [
    # Given y the mean of x is m = f_emp(y), so the last trace has mean zero.
    TraceIdentity(
        "through the posterior mean",
        squared_norm(f - x),
        squared_norm(f - best) + squared_norm(best - x) + 2 * sp.Trace((f - best).T * (best - x)),
    ),
    Identity(
        "floor of one sample",
        N * LOWER_SHARE.subs(RATIO, sp.sqrt(N) / sigma),
        sigma**2 * N / (N + (2 * DIMENSION + 1) * sigma**2),
    ),
    # ‖y − x_j‖² − ‖y − x_i‖² = δ² − 2σε·(x_j − x_i), and ε·(x_j − x_i) ~ N(0, δ²).
    Identity("where x_j is nearer", (delta**2 / 2) / (sigma * delta), delta / (2 * sigma)),
    Identity("the floor in units of σ²", sp.limit(N / (N + (2 * DIMENSION + 1) * sigma**2), sigma, 0), sp.S.One),
    Identity("what f_emp leaves of the ratio", mass / (mass + rest), 1 - rest / (mass + rest)),
]

SAMPLES = (
    (Fraction(1), Fraction(0)),
    (Fraction(-3, 5), Fraction(4, 5)),
    (Fraction(-3, 5), Fraction(-4, 5)),
)
NOISE = Fraction(1, 10)
"""Three samples of norm 1 in the plane, pairwise obtuse as Corollary 3.2 asks, at a tenth of their norms."""


def _bounds(samples, noise: Fraction) -> tuple[arb, arb]:
    """From below for L(f), f any network without bias; from above for L(f_emp); both over σ²."""
    d, floor, leak = len(samples[0]), arb(0), arb(0)
    for i, sample in enumerate(samples):
        N = sum((c * c for c in sample), Fraction(0))
        floor += ball(N / (N + (2 * d + 1) * noise**2))
        for j, other in enumerate(samples):
            if j != i:
                squared = ball(sum(((c - e) ** 2 for c, e in zip(sample, other, strict=True)), Fraction(0)))
                z = squared.sqrt() / (2 * ball(noise))
                leak += squared / ball(noise**2) * (z / arb(2).sqrt()).erfc() / 2
    return floor / len(samples), leak / len(samples)


def _far(samples=SAMPLES, noise: Fraction = NOISE) -> Outcome:
    """Whether E‖f − f_emp‖² > 0.999999 L(f) and E‖f − f_emp‖² > (9/10)σ² for every network without bias."""
    with precision():
        floor, leak = _bounds(samples, noise)
        share = 1 - leak / floor
        ok = bool(share > ball(Fraction(999_999, 1_000_000))) and bool(floor - leak > ball(Fraction(9, 10)))
        return Outcome(
            ok,
            margin=f"1 − share ≤ {(leak / floor).str(3)}, distance ≥ {(floor - leak).str(5)} σ²",
            detail=f"L(f_emp) ≤ {leak.str(3)} σ²",
        )


def _far_controls(effort: Effort):
    del effort
    near = ((Fraction(1), Fraction(0)), (Fraction(1), Fraction(1, 5)), (Fraction(0), Fraction(1)))
    yield Control("σ = 1/2", lambda: _far(noise=Fraction(1, 2)))
    yield Control("two samples 2σ apart", lambda: _far(samples=near))


def _draw(rng: np.random.Generator):
    """‖f − f_emp‖² over training noise for a random network, against its exact loss less ‖f_emp − x‖² drawn afresh."""
    X = random_samples(rng, 4)
    n, d = X.shape
    # Every gate is within two standard deviations: a unit that fires once in 1e5 draws would hide its variance.
    noise = float(rng.uniform(0.5, 1.0) * np.linalg.norm(X, axis=1).max())
    W1, W2 = rng.standard_normal((2, d, int(rng.integers(1, 6)))) / np.sqrt(d)
    x = np.tile(X, (40_000 // n, 1))
    y = x + noise * rng.standard_normal(x.shape)
    best = empirical_denoiser(y, X, noise)
    values = ((np.maximum(y @ W1, 0) @ W2.T - best) ** 2).sum(axis=1) + ((best - x) ** 2).sum(axis=1)
    # One draw for each sample at once: the noise is independent, the samples are all taken equally often.
    values = values.reshape(-1, n).mean(axis=1)
    loss = float(expected_loss(W1, W2, X, noise, 0.0))
    return values, {"claimed": loss, "10 % more": 1.1 * loss}


CLAIM = Claim(
    identifier="BR-cor-3.2-empirical",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, remark",
    title="How close the network comes to the empirical denoiser",
    kind=Kind.LOWER,
    hypotheses=(
        "L the training loss without decay, expectations over samples and their noise",
        "n distinct samples x_i ≠ 0 in R^d, N_i = ‖x_i‖², δ_ij = ‖x_i − x_j‖, σ > 0; any width, depth and λ ≥ 0",
    ),
    printed=Statement(
        "The learned network closely approximates f_emp (read: E‖f − f_emp‖² is small beside the training loss, or "
        "beside σ², at small σ).",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "E‖f − f_emp‖² = L(f) − L(f_emp) ≥ (1/n) Σ_i[σ²N_i/(N_i + (2d + 1)σ²) − Σ_{j≠i}δ_ij²Φ(−δ_ij/2σ)] for every "
        "network without bias. As σ → 0 its ratio to L(f) tends to 1 and its ratio to σ² has a lower limit of at "
        "least 1; in absolute terms it is at most L(f).",
        Verdict.PROVED,
        (sigma**2 * N / (N + (2 * DIMENSION + 1) * sigma**2), delta**2 * Phi(-delta / (2 * sigma))),
    ),
    depends_on=("own-homogeneity-floor", "BR-eq-3"),
    checks=(
        Check(
            "three samples in the plane at σ = 1/10",
            Method.BALLS,
            lambda effort: _far(),
            _far_controls,
            Bears.REFUTES,
            scope="x = (1, 0), (−3/5, ±4/5), σ = 1/10, every network without bias",
        ),
        derivation(
            "distance and loss",
            STEPS,
            about="corrected",
            scope="all n, d, σ > 0, every network without bias",
            also_rejected=[
                TraceIdentity(
                    "without the cross term",
                    squared_norm(f - x),
                    squared_norm(f - best) + squared_norm(best - x),
                ),
                AtLeast("a distance above the loss", part, part + rest, strict=True),
            ],
        ),
        monte_carlo(
            "loss through f_emp",
            _draw,
            ["10 % more"],
            problems=6,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
