"""BR Corollary 3.3: do two networks trained on disjoint data learn the same denoiser?

Any learner. For a fresh noisy y let f₁(y), f₂(y) come from independent training sets, b(y) = E f(y) their mean and
f*(y) the best denoiser. With f_i = b + N_i, E N_i = 0: E‖f₁ − f₂‖² = 2E‖N‖², and E‖f − f*‖² = ‖b − f*‖² + E‖N‖², the
excess of f's loss over the best. So the distance is twice the excess less twice that of the mean denoiser b; it is
small where networks generalise, and also where they ignore their data.

"p ≪ n" is not enough. On an isotropic Gaussian cluster the law of Ŝ, hence of D̂, is unchanged by rotations, so E D̂
commutes with all of them: E D̂ = (E tr D̂/d)I and E‖D̂₁ − D̂₂‖² = 2(E tr D̂² − (E tr D̂)²/d). A block of p units has
(tr D̂)² ≤ p tr D̂² (Cauchy–Schwarz), so this is at least 2(1 − p/d)E‖D̂‖², whatever n: the directions kept are chance,
although as n → ∞ no block of p units does better on fresh samples.

Full rank, d/n → c (own-proportional-limit; cited, for any bounded A independent of R: (1/d) tr AR tends to the trace of
Aκ(S + κ)⁻¹/σ²; used twice, first given one training set): tr D̂₁D̂₂/d → F₂, while tr D̂²/d → 1 − 2(1 − F₁) + σ⁴ tr R²/d.
Their difference is c(F₁ − F₂)²/(1 − cF₂).

Spikes (own-spiked-limit): û_i = √ω u + √(1 − ω)e_i, with e₁, e₂ independent in d dimensions, hence perpendicular in the
limit. So (û₁ᵀû₂)² → ω² and the spike adds 2a²(1 − ω²).

One direction, at every n: Ŝ = 2sG/n with a Gamma variable G of shape k = n/2, so D̂ = G/(G + z) with z = nσ²/(2s).
As 1/(G + z) = ∫ e^{−w(G + z)} dw over w > 0 and E e^{−wG} = (1 + w)^{−k}, its mean is g = e^z E_k(z), E_k the
exponential integral; by parts, e^{−z} = zE_{k−1} + (k − 1)E_k, hence g' = g − (1 − (k − 1)g)/z, and
Var D̂ = z²(−g' − g²).
"""

from functools import cache

import numpy as np
import sympy as sp
from flint import acb, arb

from numerics.block_draws import Draws, draw_blocks
from proofs_check.balls import equality_in_balls, precision
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory import proportional_limit as pl
from theory import reproducibility as rp
from theory.linear_autoencoder import GAIN_SYMBOL as a
from theory.spectral_loss import SIGMA

d = sp.Symbol("d", integer=True, positive=True)
p, more = sp.symbols("p k", positive=True)
square = sp.Symbol("m", positive=True)
left, bias = sp.symbols("r b", nonnegative=True)
width = sp.Symbol("q", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
gain = sp.IndexedBase("a")
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
E, M = sp.MatrixSymbol("E", d, d), sp.MatrixSymbol("M", d, d)
N, P, b, f = (sp.MatrixSymbol(name, d, 1) for name in ("N", "P", "b", "f"))
eps = sp.MatrixSymbol("eps", d, 1)

# (tr D̂)² = p tr D̂² − r with r ≥ 0.
CHANCE = [
    TraceIdentity(
        "distance of two matrices",
        squared_norm(A - B),
        squared_norm(A) + squared_norm(B) - 2 * sp.Trace(A * B),
        symmetric=(A, B),
    ),
    TraceIdentity("a direction at random", sp.Trace(A * eps * eps.T), sp.Trace(A), symmetric=(A,), noise=(eps,)),
    SumIdentity(
        "Cauchy–Schwarz for the gains",
        width * sp.Sum(gain[i] ** 2, (i, 1, width)) - sp.Sum(gain[i] * gain[j], (i, 1, width), (j, 1, width)),
        sp.Sum((gain[i] - gain[j]) ** 2, (i, 1, width), (j, 1, width)) / 2,
    ),
    AtLeast(
        "at least the share of chance",
        2 * (square - (p * square - left) / (p + more)),
        2 * (1 - p / (p + more)) * square,
    ),
    AtLeast("which is positive for p < d", 2 * (1 - p / (p + more)) * square, sp.S.Zero, strict=True),
]

ANY_LEARNER = [
    TraceIdentity(
        "two answers about their mean",
        squared_norm((b + N) - (b + P)),
        squared_norm(N) + squared_norm(P) - 2 * sp.Trace(N.T * P),
    ),
    TraceIdentity(
        "bias and variance",
        squared_norm(b + N - f),
        squared_norm(b - f) + squared_norm(N) + 2 * sp.Trace(N.T * (b - f)),
    ),
    AtLeast("at most twice the excess", 2 * (bias + square), 2 * square),
    # S = EM with the best denoiser E = S(S + σ²)⁻¹ and M = S + σ²; the loss less tr S is −2tr DS + tr DMDᵀ.
    TraceIdentity(
        "excess of a linear denoiser",
        -2 * sp.Trace(A * M * E.T) + sp.Trace(A * M * A.T),
        -1 * sp.Trace(E * M * E.T) + sp.Trace((A - E) * M * (A - E).T),
        symmetric=(M,),
    ),
]

tau, t = sp.symbols("tau t", positive=True)
kappa = sp.Function("kappa")(tau)
SLOPE_RULE = {sp.Derivative(kappa, tau): pl.SLOPE}
first = (1 - tau / kappa) / pl.RATIO
plain, weighted = (1 - first) / tau, kappa * first / tau
squared, weighted_squared = -sp.Derivative(plain, tau), -sp.Derivative(weighted, tau)
AS_FUNCTION = {pl.EFFECTIVE: kappa, pl.FIRST: first, SIGMA: sp.sqrt(tau)}
share = t / (t + pl.EFFECTIVE)
# tr D̂²/d and, less tr S/d, tr SD̂²/d; the same for E D̂, which acts like S(S + κ)⁻¹.
square_trace = 1 - 2 * tau * plain + tau**2 * squared
moment_trace = -2 * tau * weighted + tau**2 * weighted_squared
moment_of_mean = -2 * kappa * first + kappa * (first - pl.SECOND)

omega, s, ell = rp.OVERLAP_SYMBOL, rp.ENERGY_SYMBOL, rp.SPIKE
own = sp.sqrt(omega)
k, z, g = rp.SHAPE, rp.SCALED_NOISE, rp.MEAN_RESOLVENT
resolvent = sp.Function("g")(z)
u = sp.Symbol("u", positive=True)

LIMITS = [
    Identity(
        "second moment of the mean denoiser",
        t * share**2,
        t - 2 * pl.EFFECTIVE * share + pl.EFFECTIVE * (share - share**2),
    ),
    Identity("weights, full rank", square_trace - pl.SECOND, pl.SCATTER.xreplace(AS_FUNCTION), SLOPE_RULE),
    Identity(
        "answers, full rank",
        moment_trace - moment_of_mean + tau * (square_trace - pl.SECOND),
        pl.OUTPUT_SCATTER.xreplace(AS_FUNCTION),
        SLOPE_RULE,
    ),
    Identity(
        "leading order in c", sp.diff(2 * pl.SCATTER, pl.RATIO).subs(pl.RATIO, 0), 2 * (pl.FIRST - pl.SECOND) ** 2
    ),
    Identity("weights, a spike", a**2 + a**2 - 2 * a**2 * (own * own) ** 2, rp.SPIKE_WEIGHTS),
    Identity(
        "answers, a spike",
        2 * a**2 * (s + SIGMA**2) - 2 * a**2 * (own * own) * (own * (ell + SIGMA**2) * own),
        rp.SPIKE_ANSWERS,
    ),
    Identity(
        "exponential integrals by parts",
        -sp.diff(sp.exp(-z * u) * u ** (1 - k), u),
        z * sp.exp(-z * u) * u ** (1 - k) + (k - 1) * sp.exp(-z * u) * u ** (1 - k) / u,
    ),
    Identity(
        "one direction",
        2 * z**2 * (-sp.Derivative(resolvent, z) - resolvent**2),
        rp.ONE_DIRECTION_WEIGHTS.xreplace({g: resolvent}),
        {sp.Derivative(resolvent, z): resolvent - (1 - (k - 1) * resolvent) / z},
    ),
]


def _points() -> list[dict[sp.Symbol, arb | sp.Rational]]:
    points = []
    for n, noise in ((1, sp.Rational(1, 3)), (2, sp.Rational(5, 2)), (7, sp.Rational(9, 4)), (40, sp.Rational(10))):
        with precision():
            ball = arb(int(noise.p)) / int(noise.q)
            points.append({k: sp.Rational(n, 2), z: noise, g: ball.exp() * ball.expint(arb(n) / 2)})
    return points


@cache
def _twice_the_variance(n: int, noise: sp.Rational) -> arb:
    """2 Var(u²/(u² + z)) under the density 2u^{n−1}e^{−u²}/Γ(n/2), by quadrature to u = 16; the rest is < 1e-70."""
    with precision():
        at = arb(int(noise.p)) / int(noise.q)

        def moment(power: int) -> arb:
            def integrand(v: acb, _: bool) -> acb:
                return (v * v / (v * v + at)) ** power * 2 * v ** (n - 1) * (-v * v).exp()

            return acb.integral(integrand, acb(0), acb(16)).real / (arb(n) / 2).gamma() + arb("0 +/- 1e-70")

        return 2 * (moment(2) - moment(1) ** 2)


SIZE, PAIRS, NOISE = 128, 3, 0.7
SPECTRA = (np.ones(SIZE), np.linspace(0.1, 3.0, SIZE))
RATIOS = (0.25, 1.0, 4.0)


@cache
def _draws(kind: int, ratio: float, width_kept: int, seed: int) -> Draws:
    return draw_blocks(SPECTRA[kind], np.zeros(SIZE), int(SIZE / ratio), width_kept, NOISE, 0.0, PAIRS, seed)


def _full_rank(law):
    def discrepancy(seed: int) -> float:
        errors = []
        for kind, spectrum in enumerate(SPECTRA):
            for ratio in RATIOS:
                found, expected = _draws(kind, ratio, SIZE, seed), law(spectrum, ratio, NOISE)
                errors.append(abs(found.weights.mean() / SIZE / expected.weights - 1))
                errors.append(abs(found.answers.mean() / SIZE / expected.answers - 1))
        return max(errors)

    return discrepancy


def _draw(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _half(spectrum: np.ndarray, ratio: float, sigma: float) -> rp.Distance:
    weights, answers = pl.scatter_limit(spectrum, ratio, sigma)
    return rp.Distance(weights, 1.0, answers)


CLAIM = Claim(
    identifier="BR-cor-3.3-reproducibility",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.3, reproducibility",
    title="Denoisers learnt from disjoint data",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "two independent training sets of n samples from one cluster, gates as in Theorem 3.1, λ → 0",
        "limits: d/n → c, with the cited theorems of own-proportional-limit (any bounded A independent of R in "
        "place of S) and own-spiked-limit",
        "one direction: centred Gaussian samples, d = 1",
    ),
    printed=Statement(
        "Two networks trained on disjoint data from one distribution learn the same denoiser once p ≪ n.",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "For every learner E‖f₁(y) − f₂(y)‖² is twice the excess test loss less twice that of the mean denoiser. Per "
        "dimension full-rank blocks differ by ‖D̂₁ − D̂₂‖² → 2c(F₁ − F₂)²/(1 − cF₂), ~ d/n; blocks as wide as their "
        "spikes by Σ 2a²(1 − ω²) in total; in one direction by 2z(1 − (k − 1 + z)g − zg²), at every n = 2k.",
        Verdict.PROVED,
        (pl.SCATTER, pl.OUTPUT_SCATTER, rp.SPIKE_WEIGHTS, rp.ONE_DIRECTION_WEIGHTS),
    ),
    depends_on=("own-proportional-limit", "own-spiked-limit"),
    checks=(
        derivation(
            "directions of an isotropic cluster are chance",
            CHANCE,
            bears=Bears.REFUTES,
            scope="isotropic Gaussian cluster, all n, all p < d",
            also_rejected=[AtLeast("all directions kept", 2 * (1 - p / p) * square, sp.S.Zero, strict=True)],
        ),
        derivation(
            "distance and excess loss",
            ANY_LEARNER,
            about="corrected",
            scope="every learner and distribution",
            also_rejected=[AtLeast("at most the excess", bias + square, 2 * square)],
        ),
        derivation(
            "limits, and one direction",
            LIMITS,
            about="corrected",
            scope="all c, spectra, spikes, σ; d = 1 at all n",
            also_rejected=[
                Identity("overlap for its square", 2 * a**2 * (1 - own * own), rp.SPIKE_WEIGHTS),
                Identity(
                    "one half alone", (square_trace - pl.SECOND) / 2, pl.SCATTER.xreplace(AS_FUNCTION), SLOPE_RULE
                ),
            ],
        ),
        equality_in_balls(
            "one direction by the Gamma density",
            rp.ONE_DIRECTION_WEIGHTS,
            lambda point: _twice_the_variance(int(2 * point[k]), point[z]),
            _points(),
            about="corrected",
            scope="n = 1, 2, 7, 40",
        ),
        property_check(
            Law("full-rank pairs at d = 128", _draw, _full_rank(rp.full_rank_distance), 0.08),
            [
                Law("variance of one for the distance of two", _draw, _full_rank(_half), 0.08),
                Law("twice c", _draw, _full_rank(lambda s, c, n: rp.full_rank_distance(s, 2 * c, n)), 0.08),
            ],
            problems=1,
            about="corrected",
            scope="identity and uniform spectrum, d/n = 1/4, 1, 4",
        ),
    ),
)
