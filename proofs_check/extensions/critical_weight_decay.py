"""Our own: the weight decay below which a zero column beside the memorising weights grows.

λ_c(σ, X) of `theory.dead_units` is the largest λ at which m(v) reaches λ for a new direction v
(BR-cor-3.2-zero-columns).

Frozen gates. Sample i sees its own unit only, of gain γ = (N − nλ)/(N + σ²), N = ‖x_i‖²; let c = cos(v, x_i), s =
‖x_i‖c/σ, M = E[v·y]_+ = ‖x_i‖cΦ(s) + σφ(s). By Stein's lemma E[(x̂_i·y)[v·y]_+] = ‖x_i‖M + σ²cΦ, hence

    E[(x_i − f(y))[v·y]_+] = x̂_i{nλcΦ(s) + (σ² + nλ)σ‖x_i‖φ(s)/(N + σ²)}.

What is left out are wrong gates of the memorising weights, of probability Φ(−t/σ), t ≥ 4σ their distance.

Unique. r_i² and so g are affine in λ, exactly: ‖g_0 + λg_1‖ − λ is convex in λ and ≥ 0 at 0. While |g_1| < 1 it has one
root, λ = |g_0|²/(√((g_0·g_1)² + |g_0|²(1 − |g_1|²)) − g_0·g_1), positive before and negative after it.

One sample (any d ≥ 2), δ = σ/‖x‖, B = δ/(1 + δ²): λ/σ² = Bφ(s)/(1 − Bφ(s) − δsΦ(s)), to be made largest over |c| ≤ 1/2.
As δ → 0 this over δ tends to φ(s)/(1 − cΦ(s)), uniformly, which is largest as s → 0; s = tδ is best at t = 1/2 + O(δ):

    λ_c = σ³φ(0)/‖x‖ · {1 + φ(0)δ + (φ(0)² − 7/8)δ² + O(δ³)},   φ(0) = 1/√(2π).

More samples. Let σ → 0 with nλ = κφ(0)σ³/‖x‖ (equal norms). Samples at an angle to the new gate contribute κc x̂ if c
> 0 and nothing if c < 0; samples whose gate it shares (c = O(σ)) contribute at most x̂. The lead λ_c ≈ σ³/(√(2π)n‖x‖),
κ = 1, is that of one sample alone. Two samples of cosine −β in the plane: a gate across one sample has the other on
its shut side, κ = 1, or on its open side at c = √(1 − β²), where κ²(1 − β²) − 2κβ√(1 − β²) + 1 = κ². So

    κ = max{1, 1/(β√(1 − β²) + β√(2 − β²))},   the second where β < 1/√5:

the closer two samples are to a right angle the larger the critical decay, without bound. (With a third dimension a
gate across both is a third case.) The best gate leaves that place by an angle of order δ² only, and in both cases σ² +
nλ stands where the leading term has σ²: nλ_c = σ²κφ(0)δ(1 + κφ(0)δ + O(δ²)).

Two opposite samples of equal length make f linear and critical at every λ: m(v) = λ|cos| ≤ λ. No zero column ever grows
(λ_c = 0), the network is the best of any width.
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import Identity, Phi, phi
from proofs_check.verdict import Verdict
from theory.block_minimizer import (
    COUNT,
    MEMORIZING_SQUARED_SCALE,
    SIGMA,
    SQUARED_NORM,
    WEIGHT_DECAY,
)
from theory.dead_units import critical_weight_decay, frozen_gain, new_unit_gain
from theory.residual import UNIT_GAIN

norm, delta, beta, mass, tail = sp.symbols("b delta beta M F", positive=True)
s, t, c = sp.symbols("s t c", real=True)
base, drift, mixed, root = sp.symbols("g_0 g_1 g_01 R", positive=True)
density = sp.Symbol("f", positive=True)
gain = UNIT_GAIN.subs(SQUARED_NORM, norm**2)
decay = COUNT * WEIGHT_DECAY

# tail is Φ(s), density φ(s).
mean = norm * c * tail + SIGMA * density
B = delta / (1 + delta**2)
one_sample = B * density / (1 - B * density - delta * s * tail)
near = (one_sample / delta).subs({tail: Phi(t * delta), density: phi(t * delta), s: t * delta})
at_zero = 1 / sp.sqrt(2 * sp.pi)
first_root = base**2 / (root - mixed)
mixture = 1 / (beta * sp.sqrt(1 - beta**2) + beta * sp.sqrt(2 - beta**2))

STEPS = [
    Identity(
        "pull of one sample, own gate open",
        norm * mean - gain * (norm * mean + SIGMA**2 * c * tail),
        decay * c * tail + (SIGMA**2 + decay) * SIGMA * norm * density / (norm**2 + SIGMA**2),
    ),
    Identity(
        "squared scales are affine in λ",
        MEMORIZING_SQUARED_SCALE,
        (1 - decay / SQUARED_NORM) / (SQUARED_NORM + SIGMA**2),
    ),
    Identity(
        "first root of ‖g_0 + λg_1‖ = λ, R² = g_01² + g_0²(1 − g_1²)",
        (base**2 + 2 * mixed * first_root + drift**2 * first_root**2).subs(
            drift, sp.sqrt(1 - (root**2 - mixed**2) / base**2)
        ),
        first_root**2,
    ),
    Identity(
        "threshold of one sample at given s",
        SIGMA**2 * one_sample * delta * s * tail + SIGMA**2 * (1 + one_sample) * B * density,
        SIGMA**2 * one_sample,
    ),
    Identity("leading term", near.subs(delta, 0), at_zero),
    Identity("next order", sp.diff(near, delta).subs(delta, 0), at_zero**2),
    Identity(
        "second order, at s = tδ",
        sp.diff(near, delta, 2).subs(delta, 0) / 2,
        at_zero * (at_zero**2 - sp.Rational(7, 8) - (t - sp.Rational(1, 2)) ** 2 / 2),
    ),
    Identity(
        "a gate across one sample, the other open: ‖κc x̂_1 + x̂_2‖ = κ, cosine −β, c² = 1 − β²",
        mixture**2 * (1 - beta**2) - 2 * mixture * beta * sp.sqrt(1 - beta**2) + 1,
        mixture**2,
    ),
    # β√(1−β²) + β√(2−β²) = 1 squared twice, b = β².
    Identity(
        "it ties with κ = 1 at β² = 1/5 and 1 only",
        4 * beta**2 * (2 - beta**2) - (1 + beta**2) ** 2,
        (5 * beta**2 - 1) * (1 - beta**2),
    ),
    # n = 2, Φ(−s) = 1 − Φ(s), φ(−s) = φ(s); f(y) = γx̂(x̂·y) with both gates free.
    Identity(
        "two opposite samples",
        (norm * (1 - gain) * (mean - (-norm * c * (1 - tail) + SIGMA * density)) - gain * SIGMA**2 * c).subs(COUNT, 2)
        / 2,
        WEIGHT_DECAY * c,
    ),
]


def _draw_one(rng: np.random.Generator):
    return float(rng.uniform(0.5, 3.0)), float(rng.uniform(0.03, 0.08)), int(rng.integers(2, 5))


def _expansion(second: float, first: float = 1.0):
    """Distance from the expansion, in units of δ³."""

    def discrepancy(problem) -> float:
        length, ratio, d = problem
        leading = ratio * (ratio * length) ** 2 / np.sqrt(2 * np.pi)
        found = critical_weight_decay(length * np.eye(1, d), ratio * length) / leading
        f = 1 / np.sqrt(2 * np.pi)
        return abs(found - (1 + first * f * ratio + (f**2 + second) * ratio**2)) / ratio**3

    return discrepancy


def _pair(opening: float) -> np.ndarray:
    return np.array([[1.0, 0.0], [-opening, np.sqrt(1 - opening**2)]])


def _draw_pairs(rng: np.random.Generator):
    """A cosine on either side of −1/√5, and σ as a share of the gates' distance."""
    return (float(rng.uniform(0.1, 0.4)), float(rng.uniform(0.5, 0.95))), float(rng.uniform(0.02, 0.06))


def _pair_law(alone: bool = False, exact: bool = True):
    """Distance of nλ_c from κφ(0)δ(σ² + nλ_c), relative, in units of (δ/β)²."""

    def discrepancy(problem) -> float:
        openings, share = problem
        worst = 0.0
        for opening in openings:
            mixed_gate = 1 / (opening * (np.sqrt(1 - opening**2) + np.sqrt(2 - opening**2)))
            kappa = 1.0 if alone else max(1.0, float(mixed_gate))
            sigma = share * opening
            found = 2 * critical_weight_decay(_pair(opening), sigma)
            claimed = kappa * sigma / np.sqrt(2 * np.pi) * (sigma**2 + found * exact)
            worst = max(worst, abs(found / claimed - 1) / share**2)
        return worst

    return discrepancy


def _draw_separable(rng: np.random.Generator):
    """Up to three samples of negative inner products, directions, and σ a quarter to a twelfth of the distance."""
    while True:
        n, d = int(rng.integers(1, 4)), int(rng.integers(1, 5))
        X = rng.standard_normal((n, d))
        products = (X @ X.T)[np.triu_indices(n, 1)]
        if products.max(initial=-1.0) < -0.05:
            break
    distance = float(np.abs(X @ X.T / np.linalg.norm(X, axis=1)).min())
    v = rng.standard_normal((20, d))
    weight_decay = float(rng.uniform(0.01, 0.9) * (X**2).sum(axis=1).min() / n)
    return (
        X,
        v / np.linalg.norm(v, axis=1, keepdims=True),
        distance / float(rng.uniform(4.0, 12.0)),
        distance,
        weight_decay,
    )


def _frozen(decay_factor: float):
    """Largest difference of frozen and exact gain, in units of n‖x‖² times the probability of a wrong gate."""

    def discrepancy(problem) -> float:
        X, v, sigma, distance, weight_decay = problem
        exact = new_unit_gain(X, v, sigma, weight_decay)
        apart = np.abs(frozen_gain(X, v, sigma, decay_factor * weight_decay) - exact).max()
        allowed = len(X) * (X**2).sum(axis=1).max() * (np.exp(-((distance / sigma) ** 2) / 2) + 1e-14)
        return float(apart / allowed)

    return discrepancy


CLAIM = Claim(
    identifier="own-critical-weight-decay",
    paper=Paper.OWN,
    source="this project; zero columns of arXiv 2512.20963, Corollary 3.2",
    title="Critical weight decay of zero columns",
    kind=Kind.ASYMPTOTIC,
    hypotheses=("memorising weights, x_i·x_j < 0 for i ≠ j", "σ at most a quarter of every gate's distance"),
    printed=Statement(
        "With gates frozen m(v) = ‖(1/n)Σx̂_i{nλcΦ(s) + (σ² + nλ)σ‖x_i‖φ(s)/(‖x_i‖² + σ²)}‖; each direction has one "
        "threshold in λ. For one sample λ_c = σ³φ(0)/‖x‖ · {1 + φ(0)δ + (φ(0)² − 7/8)δ² + O(δ³)}, δ = σ/‖x‖. For two "
        "of equal length and cosine −β in the plane nλ_c = σ²κφ(0)δ(1 + κφ(0)δ + O(δ²)), κ = 1 for β ≥ 1/√5 and "
        "1/(β√(1 − β²) + β√(2 − β²)) below; for two opposite ones λ_c = 0.",
        Verdict.PROVED,
        (STEPS[6].right,),
    ),
    depends_on=("BR-cor-3.2-zero-columns", "BR-cor-3.2"),
    checks=(
        derivation(
            "thresholds with frozen gates",
            STEPS,
            scope="all n, d, σ, λ; limits σ → 0 for one and two samples",
            also_rejected=[
                Identity(
                    "decay left out of the noise term", STEPS[0].left, decay * c * tail + SIGMA**3 * density / norm
                ),
                Identity(
                    "the gate exactly across",
                    sp.diff(near, delta, 2).subs({delta: 0, t: 0}) / 2,
                    at_zero * (at_zero**2 - sp.Rational(7, 8)),
                ),
            ],
        ),
        property_check(
            Law("frozen against exact gain", _draw_separable, _frozen(1.0), 1.0),
            [Law("decay 1 % larger", _draw_separable, _frozen(1.01), 1.0)],
            problems=40,
            bears=Bears.SUPPORTS,
            scope="n ≤ 3, d ≤ 4",
        ),
        property_check(
            Law("expansion for one sample", _draw_one, _expansion(-7 / 8), 0.7),
            [
                Law("the gate exactly across", _draw_one, _expansion(-1.0), 0.7),
                Law("without the next order", _draw_one, _expansion(-7 / 8, first=0.0), 0.7),
            ],
            problems=6,
            bears=Bears.SUPPORTS,
            scope="δ from 0.03 to 0.08, within 0.7δ³",
        ),
        property_check(
            Law("two samples in the plane", _draw_pairs, _pair_law(), 1.0),
            [
                Law("one sample's law", _draw_pairs, _pair_law(alone=True), 1.0),
                Law("without the next order", _draw_pairs, _pair_law(exact=False), 1.0),
            ],
            problems=4,
            bears=Bears.SUPPORTS,
            scope="β from 0.1 to 0.95",
        ),
    ),
)
