"""BR Corollary D.5: how far the learnt block f_p(Ŝ) is from its limit f_p(S), Ŝ = (1/n_k) Σ_j x_jx_jᵀ.

**The print is refuted.** One direction, x ~ N(μ, τ²), s = μ² + τ², y = x² − s. E y² = v, E y⁴ ≤ 15v², so the sum of n
draws has E(Σy)⁴ ≤ 15nv² + 3n(n − 1)v². Cauchy–Schwarz gives P(Z > EZ/2) ≥ (EZ)²/4E(Z²) for Z = (Σy)² (Paley and
Zygmund): |ŝ − s| > η = (v/2n)^{1/2} with probability at least 1/60 > e^{−5}, at every n. f is increasing, so then
|f(ŝ) − f(s)| ≥ σ²η/((s + σ²)(s + σ² + η)), of order n^{−1/2}. At t = 5 the printed bound is K·6/n times a number free
of n. For each K, even one that depends on μ, τ and σ, it is the smaller of the two once n is large.

**What holds.** Let E = Ŝ − S, η = ‖E‖, and write f̂_i = f(ŝ_i) for i ≤ p and 0 otherwise, f_j likewise. In the bases
û, u entry (i, j) of E is (ŝ_i − s_j)⟨û_i, u_j⟩, that of f_p(Ŝ) − f_p(S) is (f̂_i − f_j)⟨û_i, u_j⟩, and the latter
vanishes for i, j > p. Weyl: |ŝ_i − s_i| ≤ η. If η < δ_p, then |f̂_i − f_j| ≤ L|ŝ_i − s_j| in each of the three cases,
L = s_p/((s_p + σ²)(δ_p − η)). The entries of E with i ≤ p are p vectors Eû_i, those with j ≤ p are p vectors Eu_j;
their squares sum to at most 2pη². So ‖f_p(Ŝ) − f_p(S)‖_F ≤ √(2p)Lη, which is at most 2√(2p)η/δ_p if η ≤ δ_p/2. If
η > δ_p/2, then 2√(2p)η/δ_p > √(2p), and the difference of two matrices between 0 and I of rank ≤ p lies between −I and
I and has rank ≤ 2p: its norm is at most √(2p). The term 1/σ² of the print is not needed. 2√2 is the best constant:
exchange p eigenvalues s ± δ_p/2 at σ → 0.

The mean square needs no tail bound: the entries of Ŝ − S have the variances of the last steps over n.
"""

import numpy as np
import sympy as sp
from flint import arb

from proofs_check.balls import positivity_in_balls
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory import denoiser_estimation as de

s, t, sigma, m, m_t = de.MOMENT, de.OTHER_MOMENT, de.SIGMA, de.MEAN, de.OTHER_MEAN
g, h = sp.symbols("g h", real=True)
mu, tau, v, r, eta, K, n = sp.symbols("mu tau v r eta K n", positive=True)
more = sp.Symbol("x", nonnegative=True)
f = de.LIMIT_GAIN
A = s + sigma**2


def normal_mean(expression: sp.Expr) -> sp.Expr:
    """Mean of a polynomial in the standard normal g: E g^k = (k − 1)!! for even k."""
    terms = sp.Poly(expression, g).terms()
    return sum((c * sp.factorial2(k - 1) for (k,), c in terms if k % 2 == 0), sp.S.Zero)


centred = (mu + tau * g) ** 2 - mu**2 - tau**2
variance, fourth = 4 * mu**2 * tau**2 + 2 * tau**4, 48 * mu**4 * tau**4 + 240 * mu**2 * tau**6 + 60 * tau**8
of_sum = n * fourth + 3 * n * (n - 1) * variance**2
FLUCTUATION = sigma**2 * eta / (A * (A + eta))
# 1/n = 2η²/v; the gap of one direction is s, its effective rank 1.
PRINTED = K * s * (1 / sigma**2 + 1 / s) * (1 + 5) * 2 * eta**2 / v
# In A = s + σ².
total = sp.Symbol("A", positive=True)
BOUND = 12 * K * total * eta**2 / (sigma**2 * v)
EXCEEDING = sigma**2 / (total * (total * r + 1))
# √(2n/v) = 1/η, large.
MANY_SAMPLES = {r: 1 / total + 24 * K * total**3 / (sigma**4 * v) + more}

REFUTATION = [
    Identity("second moment", normal_mean((mu + tau * g) ** 2), mu**2 + tau**2),
    Identity("v = E y²", normal_mean(centred**2), variance),
    Identity("E y⁴", normal_mean(centred**4), fourth),
    AtLeast("E y⁴ ≤ 15v²", 15 * variance**2, fourth),
    Identity("E(Σy)⁴ grows by one draw", of_sum.subs(n, n + 1) - of_sum, fourth + 6 * (n * variance) * variance),
    AtLeast(
        "probability of half the mean",
        (n * v) ** 2 / (4 * (n * 15 * v**2 + 3 * n * (n - 1) * v**2)),
        sp.Rational(1, 60),
        where={n: 1 + more},
    ),
    AtLeast(
        "e⁵ > 60", sum((sp.Rational(5**k, sp.factorial(k)) for k in range(5)), sp.S.Zero), sp.Integer(60), {}, True
    ),
    Identity("above s", f.subs(s, s + eta) - f, FLUCTUATION),
    Identity("above s in 1/η", FLUCTUATION.subs(eta, 1 / r), EXCEEDING.subs(total, A)),
    AtLeast("below s", f - f.subs(s, s - eta), FLUCTUATION, where={s: eta + more}),
    Identity("printed bound at t = 5", PRINTED, BOUND.subs(total, A)),
    AtLeast("beyond the printed bound", EXCEEDING, BOUND.subs(eta, 1 / r), where=MANY_SAMPLES, strict=True),
]

d, p = sp.symbols("d p", integer=True, positive=True)
U_hat, U, test = sp.MatrixSymbol("V", d, d), sp.MatrixSymbol("U", d, d), sp.MatrixSymbol("B", d, d)
L_hat, L_true, error = sp.MatrixSymbol("M", d, d), sp.MatrixSymbol("L", d, d), sp.MatrixSymbol("E", d, d)
i, j = sp.symbols("i j", integer=True)
moments, means = sp.IndexedBase("s"), sp.IndexedBase("mu")
# tr S and ‖μ‖².
trace, length = sp.symbols("T N", positive=True)
# s_p = q + δ with s_{p+1} = q, and δ − η = gap.
q, a, b = sp.symbols("q a b", nonnegative=True)
gap, delta, top = sp.symbols("gamma delta s_p", positive=True)
LIPSCHITZ = top / ((top + sigma**2) * (delta - eta))
near = {top: q + eta + gap, delta: eta + gap}


def pair_mean(expression: sp.Expr, own: sp.Expr, other: sp.Expr, both: sp.Expr) -> sp.Expr:
    """Mean over centred jointly Gaussian g, h of variances `own`, `other` and covariance `both`, degree ≤ 2 in each."""
    table = {(0, 0): 1, (2, 0): own, (0, 2): other, (1, 1): both, (2, 2): own * other + 2 * both**2}
    return sum((c * table.get(powers, 0) for powers, c in sp.Poly(expression, g, h).terms()), sp.S.Zero)


STEPS = [
    TraceIdentity(
        "entries of a difference of spectral functions",
        sp.Trace(test * U_hat.T * (U_hat * L_hat * U_hat.T - U * L_true * U.T) * U),
        sp.Trace(test * L_hat * U_hat.T * U) - sp.Trace(test * U_hat.T * U * L_true),
        orthogonal=(U_hat, U),
    ),
    TraceIdentity(
        "length in the two bases", squared_norm(U_hat.T * error * U), squared_norm(error), orthogonal=(U_hat, U)
    ),
    Identity("both kept", f - f.subs(s, t), (s - t) * de.BOTH_KEPT),
    Identity("one kept", f, (s - t) * de.ONE_KEPT),
    AtLeast("L, both kept", LIPSCHITZ, de.BOTH_KEPT.subs({s: top + a, t: b}), where=near),
    AtLeast("L, kept in S alone", LIPSCHITZ, de.ONE_KEPT.subs({s: top + a, t: q + eta - b}), where=near),
    AtLeast("L, kept in Ŝ alone", LIPSCHITZ, de.ONE_KEPT.subs({s: top - eta + a, t: q - b}), where=near),
    AtLeast("L ≤ 2/δ for η ≤ δ/2", 2 / delta, LIPSCHITZ, where={top: q + 2 * eta + gap, delta: 2 * eta + gap}),
    AtLeast("no less than √(2p) for η ≥ δ/2", 2 * eta / delta, sp.S.One, where={eta: delta / 2 + more}),
    # Off the diagonal of S = μμᵀ + Σ: Σ_ij = −m_im_j.
    Identity(
        "variance of an entry",
        pair_mean(((m + g) * (m_t + h)) ** 2, s - m**2, t - m_t**2, -m * m_t),
        de.CROSS_VARIANCE,
    ),
    Identity(
        "variance of a diagonal entry",
        normal_mean(centred**2),
        de.OWN_VARIANCE.subs({s: mu**2 + tau**2, m: mu}),
    ),
    # Row i of n·Var(Ŝ_ij) sums to s_i tr S − 2m_i²‖μ‖² + s_i².
    SumIdentity(
        "sum over the rows",
        sp.Sum(moments[i] * trace - 2 * means[i] ** 2 * length + moments[i] ** 2, (i, 1, d)),
        trace * sp.Sum(moments[i], (i, 1, d))
        + sp.Sum(moments[i] ** 2, (i, 1, d))
        - 2 * length * sp.Sum(means[i] ** 2, (i, 1, d)),
    ),
]


def exceeded(constant: int, power: float, samples: int = 1000):
    """P(|D̂ − D| > K(1/σ² + 1)((1 + t)/n)^power) − e^{−t} for x ~ N(0, 1), t = 5, as a function of σ²: n·ŝ is χ²_n."""

    def excess(box):
        (noise,) = box
        # f(q) = f(1) ± w/(1 + σ²) at q = (1 ± w)/(1 ∓ w/σ²).
        w = constant * (1 + noise) ** 2 / noise * (arb(6) / samples) ** arb(power)
        return 1 - chance((1 + w) / (1 - w / noise)) + chance((1 - w) / (1 + w / noise)) - arb(-5).exp()

    def chance(q):
        """P(ŝ ≤ q), which rises with q."""
        least, most = (
            1 - (samples * end / 2).gamma_upper(arb(samples) / 2, regularized=1) for end in (q.lower(), q.upper())
        )
        return least.union(most)

    return excess


def _draw_pairs(rng: np.random.Generator):
    """A generic pair S, Ŝ at any distance, and one that exchanges p directions with p others at small noise."""
    size = int(rng.integers(1, 6))
    width = int(rng.integers(1, size + 1))
    root = rng.standard_normal((size, size))
    other = root + 10.0 ** rng.uniform(-4, 1) * rng.standard_normal((size, size))
    generic = root @ root.T, other @ other.T, width, float(10.0 ** rng.uniform(-2, 1))
    swapped, turn, half_gap = int(rng.integers(1, 4)), random_rotation(rng, 6), float(rng.uniform(0.1, 2.0))
    signs = np.repeat([1.0, -1.0, -1.0], [swapped, swapped, 6 - 2 * swapped])
    after = np.repeat([-1e-4, 1e-4, -1.0], [swapped, swapped, 6 - 2 * swapped])
    exchange = ((turn * (3 + half_gap * side)) @ turn.T for side in (signs, after))
    return [generic, (*exchange, swapped, 1e-4)]


def _within(factor: float):
    """By how much f_p(Ŝ) − f_p(S) exceeds `factor` times the bound, relatively."""

    def discrepancy(pairs) -> float:
        over = 0.0
        for S, S_hat, width, noise in pairs:
            found = np.linalg.norm(de.truncated_denoiser(S_hat, width, noise) - de.truncated_denoiser(S, width, noise))
            distance = float(np.linalg.norm(S_hat - S, 2))
            bound = factor * de.estimation_bound(np.maximum(np.linalg.eigvalsh(S), 0), width, distance)
            over = max(over, float(found / bound) - 1)
        return over

    return discrepancy


def _draw_errors(rng: np.random.Generator):
    """n‖Ŝ − S‖² for a few samples of N(μ, Σ), most of the second moment in the mean."""
    size, count = int(rng.integers(2, 5)), int(rng.integers(1, 8))
    root, mean = 0.5 * rng.standard_normal((size, size)), rng.uniform(0.5, 1.0, size)
    S = np.outer(mean, mean) + root @ root.T
    x = mean + rng.standard_normal((20_000, count, size)) @ root.T
    found = np.einsum("rni,rnj->rij", x, x) / count
    spectrum, vectors = np.linalg.eigh(S)
    claimed = de.second_moment_error(spectrum, vectors.T @ mean)
    return count * ((found - S) ** 2).sum(axis=(1, 2)), {
        "claimed": claimed,
        "mean as if it were noise": de.second_moment_error(spectrum, np.zeros(size)),
        "tr S² left out": claimed - float((spectrum**2).sum()),
    }


CLAIM = Claim(
    identifier="BR-cor-D.5",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary D.5 (appendix)",
    title="Error of a block learnt from n_k samples",
    kind=Kind.UPPER,
    hypotheses=(
        "n_k independent samples of N(μ, Σ), S = μμᵀ + Σ, Ŝ their mean of xxᵀ (the first bound needs neither)",
        "f_p keeps the p leading eigen-directions with gain s/(s + σ²); δ_p = s_p − s_{p+1} > 0, s_{d+1} = 0",
        "last bound: ‖Ŝ − S‖ ≤ c‖S‖((r_eff + t)/n_k)^{1/2} with probability ≥ 1 − e^{−t} (Koltchinskii and Lounici "
        "2017, for r_eff + t ≤ n_k)",
    ),
    printed=Statement(
        "With probability ≥ 1 − e^{−t}, ‖f_p(Ŝ) − f_p(S)‖ ≤ K‖S‖(1/σ² + 1/δ_p)√p (r_eff + t)/n_k, K universal.",
        Verdict.REFUTED,
        (PRINTED,),
    ),
    corrected=Statement(
        "‖f_p(Ŝ) − f_p(S)‖_F ≤ 2√(2p)‖Ŝ − S‖/δ_p always, whatever σ, and n_k·E‖Ŝ − S‖_F² = (tr S)² + tr S² − 2‖μ‖⁴. So "
        "E‖f_p(Ŝ) − f_p(S)‖_F² ≤ 8p((tr S)² + tr S² − 2‖μ‖⁴)/(δ_p²n_k), and with probability ≥ 1 − e^{−t} "
        "‖f_p(Ŝ) − f_p(S)‖_F ≤ 2√2c‖S‖√p/δ_p·((r_eff + t)/n_k)^{1/2}.",
        Verdict.PROVED,
    ),
    checks=(
        derivation(
            "fluctuations of order n^(−1/2)",
            REFUTATION,
            bears=Bears.REFUTES,
            scope="d = p = 1, all μ, τ, σ > 0, every K, t = 5, n large",
            also_rejected=[
                AtLeast(
                    "beyond the bound with the square root",
                    EXCEEDING,
                    K * total / sigma**2 * sp.sqrt(12 / v) / r,
                    where=MANY_SAMPLES,
                    strict=True,
                )
            ],
        ),
        positivity_in_balls(
            "chance of an error beyond the print, less e^(−t)",
            exceeded(1, 1.0),
            [(0.5, 4)],
            [("with the square root", exceeded(1, 0.5)), ("K = 30", exceeded(30, 1.0))],
            scope="d = 1, s = 1, σ² in [1/2, 4], K = 1, t = 5, n = 1000",
        ),
        derivation(
            "divided differences and variances",
            STEPS,
            about="corrected",
            scope="all d, p, n, S, Ŝ, σ",
            also_rejected=[
                AtLeast("L without η", top / ((top + sigma**2) * delta), STEPS[6].right, where=near),
                Identity("no mean", STEPS[9].left, s * t),
            ],
        ),
        property_check(
            Law("bound by the distance of the second moments", _draw_pairs, _within(1.0), 1e-9),
            [Law("1 % less", _draw_pairs, _within(0.99), 1e-9)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "mean square of Ŝ − S",
            _draw_errors,
            ["mean as if it were noise", "tr S² left out"],
            problems=4,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
