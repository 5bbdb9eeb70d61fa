"""Our own: Shannon entropy of the shares of the originals in a memorising loop.

Finite n. The originals are alike, so E H_g = E Σ_i (C_i/n) log(n/C_i) = E[C_g log(n/C_g)], C_g the copies of one. At
fixed g, C_g tends to the branching process Z_g with Poisson (1) children and uniformly bounded second moments, and
E H_g = log n − E[Z_g log Z_g] + o(1): log n − .5734 at g = 1.

g = tn. Kingman's coalescent A_t has independent merger times and merging pairs, so that the families of its a lineages
have uniform shares: Dirichlet (1, …, 1), each Beta (1, a − 1). The mean entropy of those, f(a) = −a(a − 1)∫ x log x
(1 − x)^{a−2} dx, is 1/2 + … + 1/a: the integrand of f(a + 1) less that of f(a) is −a log x times the derivative of
x²(1 − x)^{a−1}; integration by parts leaves a∫ x(1 − x)^{a−1} dx = 1/(a + 1); f(1) = 0. So E H = E[1 + … + 1/A_t] − 1.
A merger at a happens at rate a(a − 1)/2 and takes 1/a: d/dt E H = −(E A_t − 1)/2. With E A_t = Σ (2k − 1)e^{−k(k−1)t/2}
(own-wright-fisher-survivors) and E H → 0,

    E H(t) = Σ_{k≥2} (2k − 1)/(k(k − 1)) e^{−k(k−1)t/2}, late (3/2)e^{−t}.

The same equation by the diffusion of the shares, whose generator ½Σ x_i(δ_ij − x_j)∂_i∂_j takes −Σ x log x to
−½Σ (1 − x_i) = −(K − 1)/2: the bias of a plug-in entropy, once a generation. The shares of the chain tend to the
diffusion's and entropy is continuous on shares in decreasing order with Σ_{i>M} x_i → 0 uniformly in mean, as there is
a mean of at most 4 + 4/t of them.

The correction at g = tn, measured, is of order 1/n, without the logarithm of the number of survivors: those that make
it have few copies and no entropy.
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy import linalg, special

from proofs_check.balls import ball, precision
from proofs_check.check import Bears, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.memorising_loops import all_ends, copies
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import Identity
from proofs_check.verdict import Method, Verdict
from theory import lineage

a, k, t, x, y, w = sp.symbols("a k t x y w", positive=True)
power, logarithm = sp.Function("W")(x), sp.Function("L")(x)
# W = (1 − x)^{a−2} and L = log x, known by their derivatives.
RULES = {power.diff(x): -(a - 2) * power / (1 - x), logarithm.diff(x): 1 / x}
lead, mode = (2 * k - 1) / (k * (k - 1)), sp.exp(-k * (k - 1) * t / 2)

STEPS = [
    Identity(
        "integrands of f(a + 1) and f(a)",
        -a * logarithm * sp.Derivative(x**2 * (1 - x) * power, x),
        -a * x * logarithm * power * ((a + 1) * (1 - x) - (a - 1)),
        RULES,
    ),
    Identity(
        "by parts, what is left is an integrand of its own",
        sp.Derivative(x**2 * (1 - x) * power * logarithm, x) - logarithm * sp.Derivative(x**2 * (1 - x) * power, x),
        x * (1 - x) * power,
        RULES,
    ),
    Identity(
        "with antiderivative −(1 − x)^a(1 + ax)/(a(a + 1))",
        sp.Derivative(-((1 - x) ** 2) * power * (1 + a * x) / (a * (a + 1)), x),
        x * (1 - x) * power,
        RULES,
    ),
    Identity("so that f grows by 1/(a + 1)", a * (0 - (-1 / (a * (a + 1)))), 1 / (a + 1)),
    Identity("a merger takes 1/a at rate a(a − 1)/2", a * (a - 1) / 2 * (-1 / a), -(a - 1) / 2),
    Identity("every mode of the entropy", sp.Derivative(lead * mode, t), -(2 * k - 1) * mode / 2),
    Identity("which are harmonic", lead, 1 / k + 1 / (k - 1)),
    Identity("the slowest", (lead * mode).subs(k, 2), sp.Rational(3, 2) * sp.exp(-t)),
    # x, y and 1 − x − y = w are shares; the generator on pairs of them.
    Identity("the diffusion, a share by itself", x * (1 - x) / 2 * sp.diff(-x * sp.log(x), x, 2), -(1 - x) / 2),
    Identity("three of them", (-(1 - x) - (1 - y) - (1 - w)).subs(w, 1 - x - y) / 2, -sp.Rational(3 - 1, 2)),
]


def families(size: int, rounds: int) -> list[Fraction]:
    """Mean number of families of 1 … n copies over all n^{ng} tables of draws."""
    found, tables = Counter(), 0
    for points in all_ends(size, rounds):
        found.update(Counter(points).values())
        tables += 1
    return [Fraction(found[copies], tables) for copies in range(1, size + 1)]


def counted(later: int = 0, factor: int = 1) -> Outcome:
    """n P(C_g = k) of theory against all tables."""
    for size, rounds in ((1, 1), (2, 4), (3, 1), (3, 2), (4, 1)):
        claimed = [factor * size * chance for chance in lineage.count_law(size, rounds + later)[1:]]
        if claimed != families(size, rounds):
            return Outcome(False, "unequal", f"n = {size}, g = {rounds}")
    return Outcome(True, "exact", "families of every size, n ≤ 4")


def first_generation(printed: Fraction) -> Outcome:
    """E[X log X], X Poisson (1), to four digits in balls; the tail beyond 60 is below 60²/60! < 1e-78."""
    with precision():
        total, factorial = ball(0), 1
        for copies in range(1, 60):
            factorial *= copies
            total += copies * ball(copies).log() / factorial
        total = total * (-ball(1)).exp()
        return Outcome(bool(abs(total - ball(printed)) < ball(Fraction(1, 20_000))), str(total)[:24])


def _draw_lineages(rng: np.random.Generator):
    return int(rng.integers(2, 40)), float(rng.uniform(0.1, 3.0))


def _harmonic(shift: float, drop: int):
    """E[1 + … + 1/A_t] − 1 from a lineages by the exponential of the generator, against the modes times h_k(a)."""

    def discrepancy(problem) -> float:
        lineages, time = problem
        a_ = np.arange(1.0, lineages + 1)
        rates = a_ * (a_ - 1) / 2
        law = linalg.expm(time * (np.diag(rates[1:], -1) - np.diag(rates)))[-1]
        modes, weight = 0.0, 1.0
        for k_ in range(2, lineages + 1):
            weight *= (lineages - k_ + 1) / (lineages + k_ - 1)
            modes += weight * (2 * k_ - 1 + shift) / (k_ * (k_ - 1)) * np.exp(-k_ * (k_ - 1) * time / 2)
        return abs(float(law @ np.cumsum(1 / (a_ + drop))) - 1 - modes)

    return discrepancy


def _draw_entropies(rng: np.random.Generator):
    size, rounds = int(rng.integers(20, 60)), int(rng.integers(3, 13))
    shares = copies(rng, size, rounds) / size
    return special.entr(shares).sum(axis=1), {
        "claimed": lineage.expected_entropy(size, rounds),
        "one generation later": lineage.expected_entropy(size, rounds + 1),
        "log of the survivors": float(np.log(lineage.surviving_points(size, rounds))),
        "log(2n/g) without its constant": float(np.log(2 * size / rounds)),
    }


def _draw_size(rng: np.random.Generator):
    size = int(rng.integers(60, 120))
    return size, round(float(rng.uniform(0.5, 2.5)) * size)


def _correction(size: int, rounds: int, factor: float = 1.0) -> float:
    return size * (lineage.expected_entropy(size, rounds) - factor * lineage.coalescent_entropy(rounds / size))


def _settles(factor: float):
    """How far n·(correction) moves when n doubles at the same t."""

    def discrepancy(problem) -> float:
        size, rounds = problem
        once, twice = _correction(size, rounds, factor), _correction(2 * size, 2 * rounds, factor)
        return abs(twice / once - 1)

    return discrepancy


def correction_table(effort) -> tuple[Table, ...]:
    """n(E H − limit) by n and t: a constant by t."""
    del effort
    times, rows = (0.25, 0.5, 1.0, 2.0), []
    for size in (40, 80, 160, 320):
        rows.append((str(size), *(f"{_correction(size, round(time * size)):.4f}" for time in times)))
    return (Table("n(E H − limit), nats", ("n", *(f"t = {time:g}" for time in times)), tuple(rows)),)


CLAIM = Claim(
    identifier="own-lineage-entropy",
    paper=Paper.OWN,
    source="this project, after J. F. C. Kingman, The coalescent, 1982",
    title="Entropy of a memorising loop",
    kind=Kind.EQUALITY,
    hypotheses=(
        "each generation draws n points with replacement from the last; the first n points are distinct",
        "limits: n → ∞ at fixed g, and at g = tn",
    ),
    printed=Statement(
        "E H_g = E[C_g log(n/C_g)], C_g the copies of one original; log n − .5734 + o(1) at g = 1; at g = tn, E H → "
        "E[1 + … + 1/A_t] − 1 = Σ_{k≥2} (2k − 1)/(k(k − 1)) e^{−k(k−1)t/2} (measured: up to a term of order 1/n).",
        Verdict.PROVED,
    ),
    depends_on=("own-wright-fisher-survivors",),
    checks=(
        derivation(
            "harmonic numbers and modes",
            STEPS,
            scope="all a, k, t",
            also_rejected=[
                Identity("late entropy e^{−t}", STEPS[7].left, sp.exp(-t)),
                Identity("f grows by 1/a", STEPS[3].left, 1 / a),
            ],
        ),
        exact_check(
            "families of every size in all tables of draws",
            counted,
            [("one generation later", lambda: counted(later=1)), ("twice as many", lambda: counted(factor=2))],
            bears=Bears.SUPPORTS,
            scope="n ≤ 4",
        ),
        replace(
            exact_check(
                "one generation",
                lambda: first_generation(Fraction(5734, 10_000)),
                [("last digit", lambda: first_generation(Fraction(5735, 10_000)))],
                bears=Bears.SUPPORTS,
                scope="n → ∞",
            ),
            method=Method.BALLS,
        ),
        property_check(
            Law("modes of the coalescent", _draw_lineages, _harmonic(0.0, 0), 1e-10),
            [
                Law("2k for 2k − 1", _draw_lineages, _harmonic(1.0, 0), 1e-10),
                Law("1/2 + … + 1/(A + 1)", _draw_lineages, _harmonic(0.0, 1), 1e-10),
            ],
            problems=10,
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "simulated loops",
            _draw_entropies,
            ["one generation later", "log of the survivors", "log(2n/g) without its constant"],
            problems=5,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("correction 1/n at g = tn", _draw_size, _settles(1.0), 0.03),
            [Law("limit 2 % lower", _draw_size, _settles(0.98), 0.03)],
            problems=3,
            bears=Bears.SUPPORTS,
            tables=correction_table,
        ),
    ),
)
