"""EM Theorem 3.1: the excess training loss of the true parameters over the memoriser is dσ⋆²/(ψσ⋆² + 1) to first order.

**Three parts.** Averaged over the samples, the training loss of x̄⋆ is its loss on fresh data, whatever N. Knowing the
component leaves the variance σ⋆²/(1 + ψσ⋆²) in each coordinate: together A. Not knowing it adds V/(1 + ψσ⋆²)², V
the part of the component's mean that αμ_k + √c Z keeps uncertain, c = α²σ⋆² + σ². The memoriser's loss is taken off.

**Bounds.** V = ½E Σ_{k,l} p_kp_lD_kl² with posterior probabilities p, and E p_kp_l = (1/K)∫φ_kφ_l/Σφ. There φ_kφ_l/(φ_k
+ φ_l) ≤ ½(φ_kφ_l)^{1/2}, whose integral is the overlap exp(−α²D²/8c) of two Gaussians. The memoriser's loss is bounded
likewise, with samples for means, N for K and σ² for c; for two samples the mean of D² exp(−ψD²/8) is explicit.

**The print.** These errors can take the shares N h^{−d/2}, h = 1 + ψσ⋆²/2, and K exp(−ψD²/8(1 + ψσ⋆²)) of A, up to
factors that stay bounded. Both fall in ψ, log h ≥ w/(1 + w) with w = ψσ⋆²/2, and L² ≤ d for L = log d (e^{L/2} ≥ 1 +
L/2 + L²/8 ≥ L): at ψ ≥ CL²/d they are at most exp(aL − κL²) for N or K = d^a, κ > 0 free of d. So they vanish.

**What is needed.** ψ ≫ (log N + log K)/d is enough, norms play no part beyond the distances, and samples may repeat.
K = poly(d) is used: with more components than the noise lets through, V is no longer small. The condition on ψ cannot
be dropped: at t = 1 the excess is the share 1/N of the data's variance. For fixed d it vanishes as N → ∞.
"""

import numpy as np
import sympy as sp

from numerics.sphere_mixture import means_on_sphere
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.excess_evidence import bounds_check, leading_check
from proofs_check.sampling import monte_carlo
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import excess_loss as el
from theory import mixture_denoiser as md

alpha, sigma, m = md.SIGNAL, md.NOISE, md.MEAN
d, N, K, psi, v, Delta = el.DIMENSION, el.SAMPLES, el.COMPONENTS, el.SNR, el.DATA_VARIANCE, el.DISTANCE
# One coordinate of two means, of a noisy point and of the difference w of two samples, whose mean is δ.
mu, nu, y, w, delta = sp.symbols("mu nu y w delta", real=True)
c, b, tau, a, root, C, L, gap = sp.symbols("c b tau a q C L gamma", positive=True)
more = sp.Symbol("r", nonnegative=True)
count = sp.Symbol("n", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
p, x = sp.IndexedBase("p"), sp.IndexedBase("x")

square = sp.Sum(p[i] * x[i] ** 2, (i, 1, count))
# Σp_i, Σp_ix_i and Σp_ix_i².
S0, S1, S2 = sp.symbols("S_0 S_1 S_2", positive=True)
widened = 1 + 2 * b * tau**2
# log E exp(−b‖w‖²) for w ~ N(δ, τ²I), Δ = ‖δ‖².
TRANSFORM = -d / 2 * sp.log(widened) - b * Delta / widened

BOUNDS = [
    Identity(
        "key identity: variance of a coordinate, the component known",
        v * sigma**2 / (alpha**2 * v + sigma**2),
        v / (1 + psi * v).subs(psi, alpha**2 / sigma**2),
    ),
    Identity(
        "how much of a wrong mean shows",
        (md.SHARED_DENOISER.subs(m, mu) - md.SHARED_DENOISER.subs(m, nu)).subs(md.VARIANCE, v),
        (mu - nu) / (1 + v * alpha**2 / sigma**2),
    ),
    SumIdentity(
        "weighted squares around y",
        sp.Sum(p[i] * (y - x[i]) ** 2, (i, 1, count)),
        y**2 * sp.Sum(p[i], (i, 1, count)) - 2 * y * sp.Sum(p[i] * x[i], (i, 1, count)) + square,
    ),
    # At y = x_i, with Σ_i p_i in front: twice Σp_i Σ_i p_i(x_i − S_1/S_0)².
    Identity(
        "uncertainty in pairs",
        (S0 * S2 - 2 * S1**2 + S2 * S0) / 2,
        S0 * (S2 - 2 * (S1 / S0) * S1 + (S1 / S0) ** 2 * S0),
    ),
    # φ_k = q², φ_l = (q + r)², and the same with the two exchanged.
    AtLeast(
        "harmonic against geometric mean",
        root * a / 2,
        root**2 * a**2 / (root**2 + a**2),
        where={a: root + more},
    ),
    Identity(
        "overlap of two Gaussians",
        ((y - alpha * mu) ** 2 + (y - alpha * nu) ** 2) / (4 * c),
        (y - alpha * (mu + nu) / 2) ** 2 / (2 * c) + alpha**2 * (mu - nu) ** 2 / (8 * c),
    ),
    Identity(
        "c in units of σ²",
        (alpha**2 / (8 * c)).subs(c, alpha**2 * v + sigma**2),
        (psi / (8 * (1 + psi * v))).subs(psi, alpha**2 / sigma**2),
    ),
    Identity(
        "two samples: completed square",
        b * w**2 + (w - delta) ** 2 / (2 * tau**2),
        widened * (w - delta / widened) ** 2 / (2 * tau**2) + b * delta**2 / widened,
    ),
    Identity(
        "two samples: E D² exp(−bD²) over E exp(−bD²)",
        -sp.Derivative(TRANSFORM, b),
        d * tau**2 / widened + Delta / widened**2,
    ),
    Identity("at b = ψ/8, τ² = 2σ⋆²", widened.subs({b: psi / 8, tau: sp.sqrt(2 * v)}), el.OVERLAP),
    Identity(
        # p_i = 1: E(S_2 − S_1²/N)/N is the loss of the samples' mean.
        "t = 1: a share 1/N is missing",
        v - (count * (v + m**2) - (count * v + count**2 * m**2) / count) / count,
        v / count,
    ),
]

# At ψ = CL²/d with L² ≤ d.
w_half = psi * v / 2
SLOWEST = {psi: C * L**2 / d}
ABOVE = {d: L**2 + more}
ASYMPTOTICS = [
    AtLeast(
        "the memoriser's share",
        1 + Delta / (4 * d * v),
        (2 * d * v / el.OVERLAP + Delta / el.OVERLAP**2) / 4 / el.LEADING,
    ),
    Identity(
        "the label's share",
        (K - 1) * el.PAIR_UNCERTAINTY / (1 + psi * v) ** 2 / el.LEADING,
        el.LABEL_SHARE,
    ),
    Identity(
        "log(1 + w) − w/(1 + w) grows from 0",
        sp.Derivative(sp.log(1 + more) - more / (1 + more), more),
        more / (1 + more) ** 2,
    ),
    AtLeast(
        "both exponents grow with ψ",
        ((psi + more) / (1 + (psi + more) * v)),
        psi / (1 + psi * v),
    ),
    Identity("log²d ≤ d, as e^{L/2} ≥ 1 + L/2 + L²/8", 1 + L / 2 + L**2 / 8 - L, (L - 2) ** 2 / 8 + sp.Rational(1, 2)),
    AtLeast(
        "exponent of the memoriser's share at the least ψ",
        (d / 2 * w_half / (1 + w_half)).subs(SLOWEST),
        C * v * L**2 / (4 + 2 * C * v),
        where=ABOVE,
    ),
    AtLeast(
        "exponent of the label's share at the least ψ, D² ≥ γd",
        (psi * gap * d / (8 * (1 + psi * v))).subs(SLOWEST),
        C * gap * L**2 / (8 * (1 + C * v)),
        where=ABOVE,
    ),
    Identity(
        "N = d^a against exp(−κL²)",
        a * L - b * L**2,
        a**2 / (4 * b) - b * (L - a / (2 * b)) ** 2,
    ),
]


def _setting(rng: np.random.Generator):
    """Dimension, samples, means of some components, a time and σ⋆² for which both shares are below 1e-3."""
    while True:
        size = int(rng.choice([48, 64, 96]))
        means = means_on_sphere(rng, int(rng.integers(1, 7)), size)
        samples, variance, t = (
            int(rng.integers(1, 41)),
            float(rng.choice([0.5, 1.0, 2.0])),
            float(rng.uniform(0.3, 0.8)),
        )
        found = el.excess_bounds(means, samples, t, variance)
        if found.upper - found.lower < 1e-3 * found.leading:
            return means, samples, t, variance, found


def _draw_excess(rng: np.random.Generator):
    """One pair of a sample and a noise from each of 1,000 data sets."""
    means, samples, t, variance, bounds = _setting(rng)
    K_, size = means.shape
    sets = 1000
    X = means[rng.integers(K_, size=(sets, samples))] + np.sqrt(variance) * rng.standard_normal((sets, samples, size))
    points = md.signal(t) * X[:, 0] + t * rng.standard_normal((sets, size))
    # The memoriser of each set by itself: squared distances of its one point to its own samples.
    squares = ((points[:, None] - md.signal(t) * X) ** 2).sum(axis=2)
    weights = np.exp(-(squares - squares.min(axis=1, keepdims=True)) / (2 * t * t))
    memorised = np.einsum("sn,snd->sd", weights / weights.sum(axis=1, keepdims=True), X)
    losses = [
        ((answer - X[:, 0]) ** 2).sum(axis=1) for answer in (md.posterior_mean(points, t, means, variance), memorised)
    ]
    snr = md.signal(t) ** 2 / t**2
    return losses[0] - losses[1], {
        "claimed": bounds.leading,
        "dσ⋆²/(ψσ⋆²)": size / snr,
        "σ⋆² out of the denominator": size * variance / (snr + 1) if variance != 1 else 2 * bounds.leading,
        "coefficient 1.1": 1.1 * bounds.leading,
        "loss of a sample's copy, dσ⋆²": size * variance,
    }


def _draw_without_signal(rng: np.random.Generator):
    """Both losses at t = 1, averaged over all samples of each of 200 data sets."""
    size, K_, samples = int(rng.integers(6, 13)), int(rng.integers(4, 9)), int(rng.integers(2, 4))
    means, variance = means_on_sphere(rng, K_, size), float(rng.uniform(0.05, 0.2))
    values = np.empty(200)
    for number in range(len(values)):
        X = means[rng.integers(K_, size=samples)] + np.sqrt(variance) * rng.standard_normal((samples, size))
        noise = rng.standard_normal(X.shape)
        losses = [
            ((md.posterior_mean(noise, 1.0, *mixture) - X) ** 2).sum(axis=1).mean()
            for mixture in ((means, variance), (X, 0.0))
        ]
        values[number] = losses[0] - losses[1]
    return values, {
        "claimed": el.excess_without_signal(means, samples, variance),
        "the leading term": el.leading_excess(size, 1.0, variance),
        "without the means": size * variance / samples,
        "N − 1 for N": el.excess_without_signal(means, samples - 1, variance),
    }


CLAIM = Claim(
    identifier="EM-thm-3.1",
    paper=Paper.EM,
    source="arXiv 2508.17689, Theorem 3.1",
    title="Excess training loss of the true parameters over the memoriser",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "N independent samples of (1/K) Σ_k N(μ_k, σ⋆²I) in R^d, expectation over samples and noise",
        "printed: N, K polynomial in d, distances between the means and norms of order √d, ψ_t ≥ C log²d/d, σ⋆ fixed",
        "corrected: any d, N, K, means and t",
    ),
    printed=Statement(
        "E[L(x̄⋆) − L(x̄_mem)] = (1 + o(1)) dσ⋆²/(ψ_tσ⋆² + 1) as d → ∞.",
        Verdict.PROVED,
        (el.LEADING,),
    ),
    corrected=Statement(
        "With A = dσ⋆²/(ψσ⋆² + 1): A(1 − ε) ≤ E[L(x̄⋆) − L(x̄_mem)] ≤ A(1 + η), ε = (N − 1)(1 + Δ/4dσ⋆²)(1 + "
        "ψσ⋆²/2)^{−d/2}, Δ the largest squared distance between means, η = (K − 1)/(4dσ⋆²(1 + ψσ⋆²)) max_{k≠l} D_kl² "
        "exp(−ψD_kl²/8(1 + ψσ⋆²)). It is enough that ψ exceeds log N and log K over d by a growing factor; norms do "
        "not matter. At t = 1 the excess is (dσ⋆² + (1/K) Σ_k ‖μ_k − μ̄‖²)/N, so that some condition on ψ is needed.",
        Verdict.PROVED,
        (el.PAIR_LOSS, el.MEMORISER_SHARE, el.LABEL_SHARE),
    ),
    depends_on=("EM-lem-denoiser",),
    checks=(
        derivation(
            "errors vanish under the printed hypotheses",
            ASYMPTOTICS,
            scope="all N, K = poly(d), ψ ≥ C log²d/d, C > 0",
            also_rejected=[
                AtLeast("half of the memoriser's share", (1 + Delta / (4 * d * v)) / 2, ASYMPTOTICS[0].right),
                AtLeast(
                    "exponent at ψ = CL/d",
                    (d / 2 * w_half / (1 + w_half)).subs({psi: C * L / d}),
                    C * v * L**2 / (4 + 2 * C * v),
                    where=ABOVE,
                ),
            ],
        ),
        derivation(
            "three parts and their bounds",
            BOUNDS,
            about="corrected",
            scope="all d, N, K, t, means and σ⋆",
            also_rejected=[
                Identity("overlap with 4c", BOUNDS[5].left, BOUNDS[5].right.subs(nu, 3 * nu)),
                AtLeast("a quarter for a half", root * a / 4, BOUNDS[4].right, where={a: root + more}),
                Identity("the leading term at t = 1", BOUNDS[-1].left, v),
            ],
        ),
        monte_carlo(
            "excess where the bounds are within 0.1 %",
            _draw_excess,
            ["dσ⋆²/(ψσ⋆²)", "σ⋆² out of the denominator", "coefficient 1.1", "loss of a sample's copy, dσ⋆²"],
            problems=3,
            about="corrected",
        ),
        monte_carlo(
            "excess at t = 1",
            _draw_without_signal,
            ["the leading term", "without the means", "N − 1 for N"],
            problems=4,
            about="corrected",
        ),
        bounds_check("kept losses between their bounds", about="corrected"),
        leading_check("kept excess against the leading term", about="printed"),
    ),
)
