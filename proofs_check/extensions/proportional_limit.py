"""Our own: exact train and test loss of a full-rank generalising block as dimension and sample size grow together.

Write σ² = τ, Ŝ for the Gram matrix over n, R = (Ŝ + τ)⁻¹, D̂ = ŜR = I − τR (Lemma D.1 at λ → 0, all directions kept).

At every n and d: a linear denoiser D has on samples of second moment S the loss tr((D − I)S(D − I)ᵀ) + τ tr(DDᵀ)
(own-frozen-gates). In the eigenvectors of Ŝ, with eigenvalues ŝ_i and e_i = û_iᵀSû_i, this is Σ[(1 − a_i)²e_i +
τa_i²], a_i = ŝ_i/(ŝ_i + τ). On the training set e_i = ŝ_i and the loss is τΣa_i; on fresh samples it is larger by
τ²Σ(e_i − ŝ_i)/(ŝ_i + τ)².

The limit is cited: (1/d) tr R and (1/d) tr SR tend to the traces of κ(S + κ)⁻¹/τ, where κ = τ + cκF₁(κ). Both sides
are analytic and bounded in τ near the positive axis, so the derivatives in τ converge too (Vitali), and −∂/∂τ turns R
into R². By (κt/(t + κ))' = (t/(t + κ))² the derivative of the equation is κ'(1 − cF₂) = 1. What is left is algebra in
κ, c, F₂ and τ, with cF₁ = 1 − τ/κ. As cF₂ < cF₁ < 1 and κ > τ, the gap is positive.

For S = vI the equation is a quadratic. Its root is compared with the integrals of the Marchenko–Pastur density.
"""

from functools import cache

import numpy as np
import sympy as sp
from flint import acb, arb

from numerics.block_draws import Draws, draw_blocks
from proofs_check.balls import equality_in_balls, precision
from proofs_check.check import Bears, Effort, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, estimate, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory import proportional_limit as pl
from theory.spectral_loss import SIGMA, direction_test_loss

d = sp.Symbol("d", integer=True, positive=True)
tau, t, first_more, noise_more, shown, fresh = sp.symbols("tau t y x lambda e", positive=True)
S, U, A = (sp.MatrixSymbol(name, d, d) for name in "SUA")
one = sp.Identity(d)
gain = shown / (shown + tau)

FINITE = [
    TraceIdentity(
        "only second moments along the sample's directions enter",
        sp.Trace((U * A * U.T - one) * S * (U * A * U.T - one)),
        sp.Trace(A * A * U.T * S * U) - 2 * sp.Trace(A * U.T * S * U) + sp.Trace(U.T * S * U),
        symmetric=(S, A),
        orthogonal=(U,),
    ),
    Identity("train loss of a direction", (1 - gain) ** 2 * shown + tau * gain**2, tau * gain),
    Identity(
        "test loss of a direction less train loss",
        (1 - gain) ** 2 * fresh + tau * gain**2 - tau * gain,
        tau**2 * (fresh - shown) / (shown + tau) ** 2,
    ),
]

share = t / (t + pl.EFFECTIVE)
# κ as a function of τ; its derivative is κ', and F₁ is what its equation says.
kappa = sp.Function("kappa")(tau)
SLOPE_RULE = {sp.Derivative(kappa, tau): pl.SLOPE}
first = (1 - tau / kappa) / pl.RATIO
plain, weighted = (1 - first) / tau, kappa * first / tau
squared, weighted_squared = -sp.Derivative(plain, tau), -sp.Derivative(weighted, tau)
AS_FUNCTION = {pl.EFFECTIVE: kappa, pl.FIRST: first, SIGMA: sp.sqrt(tau)}
ISOTROPIC = {pl.FIRST: pl.VARIANCE / (pl.VARIANCE + pl.EFFECTIVE)}
ISOTROPIC[pl.SECOND] = ISOTROPIC[pl.FIRST] ** 2
root = pl.ISOTROPIC_NOISE

LIMIT = [
    Identity("derivative of κF₁", sp.diff(pl.EFFECTIVE * share, pl.EFFECTIVE), share**2),
    Identity("slope of the noise", pl.SLOPE, 1 + pl.RATIO * pl.SECOND * pl.SLOPE),
    Identity("trace of the resolvent", pl.EFFECTIVE / (tau * (t + pl.EFFECTIVE)), (1 - share) / tau),
    Identity(
        "trace of S times the resolvent", pl.EFFECTIVE * t / (tau * (t + pl.EFFECTIVE)), pl.EFFECTIVE * share / tau
    ),
    Identity("resolvent squared", -sp.diff(1 / (t + tau), tau), 1 / (t + tau) ** 2),
    Identity("train loss in the limit", tau * (1 - tau * plain), pl.TRAIN_LOSS.xreplace(AS_FUNCTION)),
    Identity(
        "test less train in the limit",
        tau**2 * (weighted_squared - plain + tau * squared),
        pl.GAP.xreplace(AS_FUNCTION),
        SLOPE_RULE,
    ),
    AtLeast(
        "fresh samples cost more",
        pl.GAP.xreplace({SIGMA: sp.sqrt(tau)}),
        sp.S.Zero,
        where={
            pl.SECOND: (1 - tau / (tau + noise_more)) / pl.RATIO - first_more,
            pl.FIRST: (1 - tau / (tau + noise_more)) / pl.RATIO,
            pl.EFFECTIVE: tau + noise_more,
        },
        strict=True,
    ),
    Identity(
        "isotropic noise",
        root,
        SIGMA**2 + pl.RATIO * root * pl.VARIANCE / (pl.VARIANCE + root),
    ),
]

TEST = (pl.TRAIN_LOSS + pl.GAP).xreplace(ISOTROPIC).xreplace({pl.EFFECTIVE: root})
TRAIN = pl.TRAIN_LOSS.xreplace(ISOTROPIC).xreplace({pl.EFFECTIVE: root})
POINTS = [
    {pl.RATIO: sp.Rational(c, 8), SIGMA: sp.Rational(s, 10), pl.VARIANCE: sp.Rational(v, 5)}
    for c, s, v in ((2, 7, 5), (9, 5, 8), (32, 12, 3), (1, 20, 10))
]


def density_integral(train: bool):
    """The loss per dimension as an integral over θ of the Marchenko–Pastur law, 2 sin²θ/(πt) dθ."""

    @cache
    def value(values: tuple[tuple[sp.Symbol, sp.Rational], ...]) -> arb:
        point = dict(values)
        with precision():
            c, s, v = (arb(int(point[k].p)) / int(point[k].q) for k in (pl.RATIO, SIGMA, pl.VARIANCE))

            def integrand(angle: acb, _: bool) -> acb:
                scaled = 1 + c + 2 * c.sqrt() * angle.cos()
                kept = v * scaled / (v * scaled + s * s)
                loss = s * s * kept if train else (kept * kept - 2 * kept) * v + s * s * kept * kept
                return loss * 2 * angle.sin() ** 2 / (arb.pi() * scaled)

            # Zero eigenvalues keep nothing: their fresh samples are lost whole, as is what each other gain leaves.
            return acb.integral(integrand, acb(0), acb.pi()).real + (0 if train else v)

    return lambda point: value(tuple(point.items()))


SIZE, PAIRS, NOISE = 256, 3, 0.7
SPECTRA = {
    "identity": np.ones(SIZE),
    "spiked": np.r_[30.0, 20.0, 10.0, np.ones(SIZE - 3)],
    "uniform": np.linspace(0.1, 3.0, SIZE),
}
RATIOS = (0.25, 1.0, 4.0)


@cache
def full_rank_draws(kind: str, ratio: float, seed: int) -> Draws:
    """Blocks of all directions at d = 256."""
    return draw_blocks(SPECTRA[kind], np.zeros(SIZE), int(SIZE / ratio), SIZE, NOISE, 0.0, PAIRS, seed)


def _off(train, test):
    """Largest relative distance of the mean losses from what `train` and `test` say, over all spectra and ratios."""

    def discrepancy(seed: int) -> float:
        errors = []
        for kind, spectrum in SPECTRA.items():
            for ratio in RATIOS:
                found = full_rank_draws(kind, ratio, seed)
                for values, law in ((found.train, train), (found.test, test)):
                    errors.append(abs(values.mean() / SIZE / law(spectrum, ratio, NOISE) - 1))
        return max(errors)

    return discrepancy


def _population(spectrum: np.ndarray, ratio: float, sigma: float) -> float:
    return float(direction_test_loss(spectrum, sigma).mean())


def _draw(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _law(name: str, train, test) -> Law:
    return Law(name, _draw, _off(train, test), 0.01)


def _tables(effort: Effort) -> tuple[Table, ...]:
    rows = []
    for kind, spectrum in SPECTRA.items():
        for ratio in RATIOS:
            found = full_rank_draws(kind, ratio, effort.seed)
            row = [kind, f"{ratio:g}"]
            for values, law in ((found.train, pl.train_loss_limit), (found.test, pl.test_loss_limit)):
                mean = estimate(values.ravel() / SIZE)
                row += [f"{law(spectrum, ratio, NOISE):.4f}", f"{mean.mean:.4f} ± {mean.standard_error:.4f}"]
            rows.append(tuple(row))
    columns = ("covariance", "d/n", "train", "measured", "test", "measured")
    return (Table(f"Loss per dimension at d = {SIZE}, σ = {NOISE}, {2 * PAIRS} draws", columns, tuple(rows)),)


CLAIM = Claim(
    identifier="own-proportional-limit",
    paper=Paper.OWN,
    source="this project; sharper than the test loss of Corollary 3.3 of arXiv 2512.20963",
    title="Train and test loss as d/n tends to a constant",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "d, n → ∞ with d/n → c > 0, σ > 0, λ → 0, all directions kept, gates as in Theorem 3.1",
        "cited (Marchenko–Pastur, Silverstein, Ledoit–Péché): (1/d) tr R → (1/d) tr κ(S + κ)⁻¹/σ² and (1/d) tr SR → "
        "(1/d) tr Sκ(S + κ)⁻¹/σ², R = (Ŝ + σ²)⁻¹, κ = σ² + cκF₁(κ), F_k = (1/d) tr (S(S + κ)⁻¹)^k; true for samples "
        "S^{1/2}z with independent standard entries of bounded fourth moment and bounded ‖S‖",
    ),
    printed=Statement(
        "Per dimension the train loss of the block tends to σ²F₁ and its test loss to that plus "
        "(F₁ − F₂)(κ² − σ⁴)/(κ(1 − cF₂)); at every n and d the difference is σ⁴ tr((S − Ŝ)R²).",
        Verdict.PROVED,
        (pl.TRAIN_LOSS, pl.GAP),
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "losses by the resolvent",
            FINITE,
            scope="all n, d, S, σ",
            also_rejected=[
                Identity("train loss without its noise", (1 - gain) ** 2 * shown, tau * gain),
            ],
        ),
        derivation(
            "limit and derivative",
            LIMIT,
            scope="all c, σ, spectra",
            also_rejected=[
                Identity(
                    "noise taken as constant in τ",
                    tau**2 * (weighted_squared - plain + tau * squared),
                    pl.GAP.xreplace({pl.SECOND: sp.S.Zero}).xreplace(AS_FUNCTION),
                    SLOPE_RULE,
                )
            ],
        ),
        equality_in_balls(
            "isotropic train loss by the density",
            TRAIN,
            density_integral(train=True),
            POINTS,
            also_rejected=[("population", SIGMA**2 * pl.VARIANCE / (pl.VARIANCE + SIGMA**2)), ("test", TEST)],
        ),
        equality_in_balls(
            "isotropic test loss by the density",
            TEST,
            density_integral(train=False),
            POINTS,
            also_rejected=[("population", SIGMA**2 * pl.VARIANCE / (pl.VARIANCE + SIGMA**2)), ("train", TRAIN)],
        ),
        property_check(
            _law("blocks learnt at d = 256", pl.train_loss_limit, pl.test_loss_limit),
            [
                _law("population loss for the test loss", pl.train_loss_limit, _population),
                _law("population loss for the train loss", _population, pl.test_loss_limit),
                _law("test loss as on the train samples", pl.train_loss_limit, pl.train_loss_limit),
                _law("twice c", pl.train_loss_limit, lambda s, c, sigma: pl.test_loss_limit(s, 2 * c, sigma)),
            ],
            problems=1,
            bears=Bears.SUPPORTS,
            scope="identity, spiked and uniform spectrum, d/n = 1/4, 1, 4",
            tables=_tables,
        ),
    ),
)
