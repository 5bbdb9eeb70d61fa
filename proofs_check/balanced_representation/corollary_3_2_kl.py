"""BR Corollary 3.2, remark: the divergence of the sampled law from the empirical one.

Printed: KL(sampled ‖ empirical) ≤ (π/2) max‖x_i‖, a pure number below a length.

As it stands. The empirical law sits on n points. A network without bias is positively homogeneous, so is the step
f(y) + (σ'/σ)(y − f(y)), hence the whole sampler: T(cy) = cT(y) for c > 0. It starts at y ~ N(0, σ_T²I), whose length
has a density given its direction; along each direction the length of T(y) is a multiple of it, so T(y) = x_i ≠ 0 has
probability 0. The sampled law is singular to the empirical one: KL = ∞, at any width, for any weights and levels.

With noise. Smooth both by N(0, s²I). In units c times as long (x, σ and s multiplied by c) both densities are divided
by c^d and KL is the same, but the printed bound is c times as large: it would force KL ≤ 0. And as s → 0 both laws
converge weakly, KL is lower semicontinuous, and its limit is ∞: no function of the samples alone bounds it.

A number. One sample, stored by Corollary 3.2's weights: on the half of all y with x·y < 0 the unit is off at every
level, f = 0, T(y) is a multiple ≥ 0 of y, and so x·T(y) ≤ 0. After smoothing the event x·z ≤ 0 has probability κ ≥ 1/4,
and q = Φ(−‖x‖/s) ≤ exp(−‖x‖²/2s²)/2 under the smoothed empirical law. The divergence of two laws is at least that of
the chances of one event, which is at least κ ln(1/q) − ln 2, so KL ≥ ‖x‖²/(8s²) − (3/4) ln 2.

What holds, for the other direction and a sampler that adds noise, y' ~ N(f + (σ'²/σ²)(y − f), (1 − σ'²/σ²)σ'²I): a
forward chain y_k = y_{k−1} + noise from x_i has the same conditional law with x_i in place of f. Both are normal with
one variance, so their divergence is half of (1/σ'² − 1/σ²)‖f − x_i‖². By convexity over i, the chain rule, and as a
marginal has no larger divergence than a whole path,

    KL(empirical + N(0, σ_0²I) ‖ sampled) ≤ (1/n) Σ_i‖x_i‖²/(2σ_T²) + ½ Σ_k(1/σ_{k−1}² − 1/σ_k²)L_k,

L_k the training loss without decay at level σ_k: a pure number on both sides.
"""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs_check.balls import ball, precision
from proofs_check.check import Bears, Check, Control, Effort, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import Identity, Rules
from proofs_check.verdict import Method, Verdict
from theory.block_minimizer import memorizing_weights
from theory.empirical_denoiser import DENOISED, NEXT_SIGMA, POINT, SAMPLING_STEP, SIGMA, sampling_step

c, s, A, density, other = sp.symbols("c s A p q", positive=True)
d = sp.Symbol("d", integer=True, positive=True)
x, z, after = sp.symbols("x z y_next", real=True)
LOWER = A / 4 - 3 * sp.log(2) / 4
"""KL ≥ A/4 − (3/4) ln 2, A = ‖x‖²/(2s²)."""

variance = NEXT_SIGMA**2 * (1 - NEXT_SIGMA**2 / SIGMA**2)
scaled: Rules = {POINT: c * POINT, DENOISED: c * DENOISED}


def ancestral_mean(denoised: sp.Expr) -> sp.Expr:
    """Mean of the next point when noise is added: f + (σ'²/σ²)(y − f)."""
    return denoised + NEXT_SIGMA**2 / SIGMA**2 * (POINT - denoised)


STEPS = [
    Identity("one unit", (c * z + sp.Abs(c * z)) / 2, c * (z + sp.Abs(z)) / 2),
    Identity("one step", SAMPLING_STEP.xreplace(scaled), c * SAMPLING_STEP),
    Identity(
        "other units: exponent of the smoothed law",
        (c * z - c * x) ** 2 / (2 * (c * s) ** 2),
        (z - x) ** 2 / (2 * s**2),
    ),
    Identity("other units: ratio of densities", (density / c**d) / (other / c**d), density / other),
    Identity("a step behind the sample", SAMPLING_STEP.subs(DENOISED, 0), NEXT_SIGMA / SIGMA * POINT),
    # κ = 1/4 and ln(1/q) ≥ A + ln 2.
    Identity("divergence of one event", (A + sp.log(2)) / 4 - sp.log(2), LOWER),
]

BOUND = [
    Identity(
        "conditional law of the forward chain",
        (after - x) ** 2 / (2 * NEXT_SIGMA**2) + (POINT - after) ** 2 / (2 * (SIGMA**2 - NEXT_SIGMA**2)),
        (after - ancestral_mean(x)) ** 2 / (2 * variance) + (POINT - x) ** 2 / (2 * SIGMA**2),
    ),
    Identity(
        "divergence of one noisy step",
        (ancestral_mean(DENOISED) - ancestral_mean(x)) ** 2 / (2 * variance),
        (1 / NEXT_SIGMA**2 - 1 / SIGMA**2) / 2 * (DENOISED - x) ** 2,
    ),
    # (σ, σ', f, x) multiplied by c.
    Identity(
        "the same in other units",
        (1 / (c * NEXT_SIGMA) ** 2 - 1 / (c * SIGMA) ** 2) * (c * DENOISED - c * x) ** 2,
        (1 / NEXT_SIGMA**2 - 1 / SIGMA**2) * (DENOISED - x) ** 2,
    ),
]


def _above_printed(norm: Fraction, noise: Fraction, behind: Fraction = Fraction(1, 4)) -> Outcome:
    """Whether the divergence of the probabilities of x·z ≤ 0 alone exceeds (π/2)‖x‖, for one sample."""
    with precision():
        kappa = ball(behind)
        chance = (ball(norm / noise) / arb(2).sqrt()).erfc() / 2
        divergence = kappa * (kappa / chance).log() + (1 - kappa) * ((1 - kappa) / (1 - chance)).log()
        printed = arb.pi() / 2 * ball(norm)
        return Outcome(
            bool(chance < kappa) and bool(divergence > printed),
            margin=f"KL ≥ {divergence.str(6)}, printed ≤ {printed.str(6)}",
            detail=f"‖x‖ = {norm}, s = {noise}",
        )


def _refutations() -> Outcome:
    """One sample of norm 1 and of norm 1/100 in the same units of s: the bound moves, the divergence does not."""
    found = [_above_printed(norm, norm / 8) for norm in (Fraction(1), Fraction(1, 100))]
    return Outcome(all(o.ok for o in found), "; ".join(o.margin for o in found), "; ".join(o.detail for o in found))


def _refutation_controls(effort: Effort):
    del effort
    yield Control("much noise, s = ‖x‖", lambda: _above_printed(Fraction(1), Fraction(1)))
    yield Control("a long sample, ‖x‖ = 10", lambda: _above_printed(Fraction(10), Fraction(10, 8)))
    yield Control("nothing behind the sample", lambda: _above_printed(Fraction(1), Fraction(1, 8), Fraction(1, 10**20)))


def _sample(y: np.ndarray, networks, levels) -> np.ndarray:
    """Deterministic steps down the levels, one network (W1, W2, bias) at each."""
    for (W1, W2, bias), (sigma, following) in zip(networks, itertools.pairwise(levels), strict=True):
        y = sampling_step(y, np.maximum(y @ W1 + bias, 0) @ W2.T, sigma, following)
    return y


def _draw_sampler(rng: np.random.Generator):
    dimension, width, steps = (int(v) for v in rng.integers(1, 6, size=3))
    networks = [(*rng.standard_normal((2, dimension, width)), rng.uniform(0.1, 1.0, width)) for _ in range(steps)]
    levels = [*np.sort(rng.uniform(0.1, 2.0, size=steps))[::-1], 0.0]
    return rng.standard_normal((20, dimension)), networks, levels, float(rng.uniform(2.0, 10.0))


def _homogeneous(bias: float = 0.0, degree: float = 1.0):
    def discrepancy(problem) -> float:
        y, networks, levels, factor = problem
        chosen = [(W1, W2, bias * shift) for W1, W2, shift in networks]
        once, scaled_up = _sample(y, chosen, levels), _sample(factor * y, chosen, levels)
        return float(np.abs(scaled_up - factor**degree * once).max() / np.abs(scaled_up).max(initial=1e-300))

    return discrepancy


def _draw_behind(rng: np.random.Generator):
    """Whether a smoothed sample of one stored point lies behind it, x·z ≤ 0, from the point's own levels."""
    dimension = int(rng.integers(1, 5))
    X = rng.uniform(0.5, 2.0) * np.linalg.qr(rng.standard_normal((dimension, 1)))[0].T
    size = float(np.linalg.norm(X))
    levels = [*np.geomspace(rng.uniform(2.0, 6.0), 0.2, int(rng.integers(3, 12))), 0.0]
    noise = size * float(rng.uniform(0.3, 1.0))
    networks = [(W, W, 0.0) for sigma in levels[:-1] for W in [memorizing_weights(X, sigma, 0.0)]]
    y = levels[0] * rng.standard_normal((50_000, dimension))
    final = _sample(y, networks, levels) + noise * rng.standard_normal(y.shape)
    # Ahead of the point the gain along x is g = ‖x‖²/(‖x‖² + σ²) at every level.
    multiple = 1.0
    for sigma, following in itertools.pairwise(levels):
        gain = size**2 / (size**2 + sigma**2)
        multiple *= gain + following / sigma * (1 - gain)
    ahead = (np.pi / 2 - np.arctan(multiple * levels[0] / noise)) / (2 * np.pi)
    return (final @ X[0] <= 0).astype(float), {
        "claimed": 0.25 + ahead,
        "a quarter ahead": 0.25 * (1 + ahead),
        "a fifth behind": 0.2 + ahead,
    }


CLAIM = Claim(
    identifier="BR-cor-3.2-kl",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, remark",
    title="Divergence of the sampled from the empirical law",
    kind=Kind.UPPER,
    hypotheses=(
        "sampling starts at N(0, σ_T²I); f_k any ReLU networks without bias, one for each level σ_T > … ≥ 0",
        "x_1 … x_n ≠ 0; smoothed: N(0, s²I) added to both laws, s > 0; L_k the loss of f_k without decay",
    ),
    printed=Statement(
        "KL(sampled ‖ empirical) ≤ (π/2) max‖x_i‖ (read: both smoothed by N(0, s²I), else it is infinite).",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "The deterministic sampler is positively homogeneous, so it returns a training sample with probability 0: KL "
        "is infinite. Smoothed, KL does not depend on the unit of length, tends to ∞ as s → 0, and for a stored sample "
        "is at least ‖x‖²/(8s²) − (3/4) ln 2. The ancestral sampler has KL(empirical + N(0, σ_0²I) ‖ sampled) ≤ "
        "(1/n) Σ_i‖x_i‖²/(2σ_T²) + ½ Σ_k(1/σ_{k−1}² − 1/σ_k²)L_k.",
        Verdict.PROVED,
        (LOWER, BOUND[1].right),
    ),
    depends_on=("BR-eq-1-2",),
    checks=(
        Check(
            "one sample, two units of length",
            Method.BALLS,
            lambda effort: _refutations(),
            _refutation_controls,
            Bears.REFUTES,
            scope="n = p = 1, any d and levels, ‖x‖ = 8s = 1 and 1/100",
        ),
        derivation(
            "homogeneous, in any unit",
            STEPS,
            about="corrected",
            scope="all n, d, widths, weights and levels",
            also_rejected=[
                Identity("a unit with bias", (c * z + s + sp.Abs(c * z + s)) / 2, c * (z + s + sp.Abs(z + s)) / 2),
                Identity("the printed bound in other units", sp.pi / 2 * c * s, sp.pi / 2 * s),
            ],
        ),
        derivation(
            "noisy steps",
            BOUND,
            about="corrected",
            scope="all n, d, levels, denoisers of any kind",
        ),
        property_check(
            Law("T(cy) = cT(y)", _draw_sampler, _homogeneous(), 1e-11),
            [
                Law("with biases", _draw_sampler, _homogeneous(bias=1.0), 1e-11),
                Law("of degree 1.01", _draw_sampler, _homogeneous(degree=1.01), 1e-11),
            ],
            problems=30,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "samples behind a stored point",
            _draw_behind,
            ["a quarter ahead", "a fifth behind"],
            problems=5,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
