"""EM, the crossover: where the leading losses of the partial memoriser and of the nominal mixture are equal.

The surrogates of Theorems 3.1 and 3.2 at M = mN, weighted by λ ≥ 0 and averaged over t, are dσ⋆²E[λ/(ψσ⋆² + 1)] and
C(1 − m)dσ⋆²E[λ]: equal exactly at eq. 21, and the partial memoriser is the smaller above it. K enters nowhere and d is
a common factor, for every λ: the linearity in N that EM measures says nothing about the weighting. At σ⋆ = 1 the
fraction depends on λ through the one number E[λ/(ψ + 1)]/E[λ] = E[λt²]/E[λ], the λ-average of t². Any crossing in
(1 − 1/C, 1) is met by some λ, and by infinitely many.

λ = 1 gives 1 − 1/(3C). The printed protocol predicts the noise, which is λ = ψ: then E[λ/(ψ + 1)] = E[1 − t²] stays
below 1 while E[λ] = ∫_ε t⁻²dt − … = 1/ε − 2 + ε diverges as the least noise level ε → 0, and M⋆/N → 1: the formula has
no transition below N. On the printed grid the missing share is below 2·10⁻⁵, .004 of one sample of N = 200.
"""

from fractions import Fraction

import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import crossover

T = sp.Symbol("T", integer=True, positive=True)
j = sp.Symbol("j", integer=True)
d, v, C, N, gap, more = sp.symbols("d v C N g h", positive=True)
eps = sp.Symbol("varepsilon", positive=True)
weight, share = sp.IndexedBase("lambda"), sp.IndexedBase("r")
t, m = crossover.NOISE, crossover.FRACTION

# r_j = 1/(ψ_jσ⋆² + 1); T levels, equally likely.
weighted, total = sp.Sum(weight[j] * share[j], (j, 1, T)), sp.Sum(weight[j], (j, 1, T))
A, B = sp.symbols("A B", positive=True)
CROSSOVER = 1 - A / (C * B)
NOMINAL, PARTIAL = d * v * A, C * (1 - m) * d * v * B

STEPS = [
    SumIdentity(
        "averages over the levels",
        sp.Sum(weight[j] * (d * v * share[j] - C * (1 - m) * d * v), (j, 1, T)),
        d * v * weighted - C * (1 - m) * d * v * total,
    ),
    Identity("equal losses at eq. 21", PARTIAL.subs(m, CROSSOVER), NOMINAL),
    AtLeast("the partial memoriser is the smaller above it", NOMINAL, PARTIAL, {m: CROSSOVER + gap}, strict=True),
    AtLeast("and the larger below it", PARTIAL, NOMINAL, {m: CROSSOVER - gap}, strict=True),
    Identity("linear in N", C * (1 - (N - N * A / (C * B)) / N) * d * v * B, NOMINAL),
]

ONE_NUMBER = [
    Identity("at σ⋆ = 1 the share is the square of the noise", 1 / (crossover.SNR + 1), t**2),
    Identity(
        "λ = 1",
        1 - sp.integrate(1 / sp.cancel(crossover.SNR + 1), (t, 0, 1)) / C,
        crossover.CROSSOVER_OF_ONE.subs(crossover.CONSTANT, C),
    ),
]

# λ = ψ on [ε, 1]: the averages over t of ψ/(ψ + 1) = 1 − t² and of ψ = t⁻² − 1, up to the same factor 1 − ε.
SNR_SHARE = sp.integrate(1 - t**2, (t, eps, 1))
SNR_TOTAL = sp.integrate(t**-2 - 1, (t, eps, 1))
TRAINED = [
    Identity("λ = ψ: mean of λ/(ψ + 1)", sp.cancel(crossover.SNR / (crossover.SNR + 1)), 1 - t**2),
    Identity("and of λ, which diverges", SNR_TOTAL, (1 - eps) ** 2 / eps),
    Identity("what is missing below N is of the order of the least noise", SNR_SHARE / SNR_TOTAL, eps * (2 + eps) / 3),
    AtLeast(
        "so that for C ≥ 1 no transition is below (1 − ε)N",
        eps,
        eps * (2 + eps) / (3 * C),
        {C: 1 + more, eps: 1 / (1 + gap)},
    ),
]

GRID = [Fraction(1, 1000) + Fraction(998, 25_000) * level for level in range(26)]
FITTED = [Fraction(str(weight)) for weight in crossover.fitted_weights().tolist()]


def at(weights: list[Fraction], variance: Fraction, constant: int) -> Fraction:
    """Eq. 21 on the printed grid in fractions: 1/(ψσ⋆² + 1) = t²/((1 − t²)σ⋆² + t²)."""
    shares = [level**2 / ((1 - level**2) * variance + level**2) for level in GRID]
    above = sum((w * r for w, r in zip(weights, shares, strict=True)), Fraction(0))
    return 1 - above / (constant * sum(weights, Fraction(0)))


SNRS = [(1 - level**2) / level**2 for level in GRID]
ONES = [Fraction(1)] * len(GRID)
# σ⋆² and M⋆/N at C = 2 to three digits, from the restatement of the paper; a prediction that data can reject.
BY_VARIANCE = (("1/25", 577), ("1/4", 684), ("1/2", 741), ("1", 800), ("2", 854), ("4", 898), ("16", 953))


def rounded(cases: list[tuple[list[Fraction], Fraction, int, int]]) -> Outcome:
    """Whether each (λ, σ⋆², C) gives the stated number of thousandths."""
    found = [at(weights, variance, constant) for weights, variance, constant, _ in cases]
    ok = all(abs(1000 * value - stated) <= Fraction(1, 2) for value, (*_, stated) in zip(found, cases, strict=True))
    return Outcome(ok, "to .0005", ", ".join(f"{float(value):.4f}" for value in found))


def fitted(constant: int, weights: list[Fraction]) -> Outcome:
    """The fitted weights by σ⋆² at C."""
    return rounded([(weights, Fraction(variance), constant, stated) for variance, stated in BY_VARIANCE])


def missing(weights: list[Fraction], least: Fraction) -> Outcome:
    """Whether eq. 21 leaves less than `least` of N below N, at C = 1, where it leaves most."""
    left = 1 - at(weights, Fraction(1), 1)
    return Outcome(0 < left < least, f"{float(left):.2e}", "1 − M⋆/N on the printed grid")


CLAIM = Claim(
    identifier="EM-eq-21",
    paper=Paper.EM,
    source="eq. 21",
    title="The crossover of the two surrogates",
    kind=Kind.EQUALITY,
    hypotheses=(
        "the leading terms of Theorems 3.1 and 3.2 stand for the two losses; C one number for all t",
        "the fitted weights as printed, to three digits, on 26 evenly spaced levels in [.001, .999]",
    ),
    printed=Statement(
        "The leading losses, weighted by λ, are equal at M⋆ = N{1 − E[λ/(ψσ⋆² + 1)]/(C E[λ])}, and the partial "
        "memoriser loses less above it: linear in N, free of d and K.",
        Verdict.PROVED,
    ),
    corrected=Statement(
        "This holds for every λ, so linearity in N and freedom from d and K test no λ. At σ⋆ = 1 one number of λ "
        "enters, its average of t²: .400 for the fitted weights (M⋆/N = .800 at C = 2, .600 at C = 1); 1/3 for λ = 1 "
        "(1 − 1/(3C)); and for λ = ψ, with which the models were trained, M⋆/N → 1: no transition below N. What tells "
        "weightings apart is σ⋆².",
        Verdict.PROVED,
    ),
    checks=(
        derivation("equal losses", STEPS, scope="all λ, σ⋆, C, number of levels"),
        derivation("one degree of freedom", ONE_NUMBER, about="corrected", scope="all λ"),
        derivation("the weighting trained with", TRAINED, about="corrected", scope="t uniform on [ε, 1], C ≥ 1"),
        exact_check(
            "fitted weights by σ⋆²",
            lambda: fitted(2, FITTED),
            [
                ("C = 1", lambda: fitted(1, FITTED)),
                ("in the other order", lambda: fitted(2, FITTED[::-1])),
                ("λ = 1", lambda: fitted(2, ONES)),
            ],
            about="corrected",
            bears=Bears.SUPPORTS,
            scope="printed grid, σ⋆² from .04 to 16",
        ),
        exact_check(
            "C = 1 for the fitted weights, both C for λ = 1",
            lambda: rounded([(FITTED, Fraction(1), 1, 600), (ONES, Fraction(1), 2, 830), (ONES, Fraction(1), 1, 660)]),
            [("λ = 1 by its closed form", lambda: rounded([(ONES, Fraction(1), 2, 833), (ONES, Fraction(1), 1, 667)]))],
            about="corrected",
            bears=Bears.SUPPORTS,
            scope="printed grid",
        ),
        exact_check(
            "λ = ψ on the printed grid",
            lambda: missing(SNRS, Fraction(1, 50_000)),
            [
                ("λ = 1", lambda: missing(ONES, Fraction(1, 50_000))),
                ("fitted weights", lambda: missing(FITTED, Fraction(1, 50_000))),
            ],
            about="corrected",
            bears=Bears.SUPPORTS,
            scope="printed grid",
        ),
    ),
)
