"""Our own: how many of n points survive g rounds of drawing n with replacement (Wright–Fisher).

Finite n. C_g, the copies of one original, is binomial (n, C_{g−1}/n) from C_0 = 1, so that E K_g = nP(C_g > 0). A
survivor is an ancestor of somebody: K_g has the law of the number A_g of ancestors of all n points, and a ancestors
have as many parents as a balls occupy boxes among n. Two chains, one number.

Fixed g. Replace each of n draws that hit C_h = i copies with chance p = i/n by a Poisson number of mean p: they differ
in total variation by p(1 − e^{−p}) ≤ p², all n by i²/n. E[C_{h+1}² | i] = i + (1 − 1/n)i², so E C_h² ≤ 1 + h, and the
law of C_g is within Σ_{h<g} (1 + h)/n = g(g + 1)/(2n) of a branching process with Poisson (1) children. Its survival
obeys 1 − s_{g+1} = E(1 − s_g)^{Poisson} = e^{−s_g}. The power series of x(e^x + 1) − 2(e^x − 1) and of
(12 + 6x + x²)(e^x − 1) − 12xe^x begin at x³, with coefficients (k − 2)/k! and (k − 3)(k − 4)/k!, none negative:
½ ≤ 1/(1 − e^{−x}) − 1/x ≤ ½ + x/12. Summed, 1 + g/2 ≤ 1/s_g ≤ 1 + g/2 + log(g + 1)/6: s_g ~ 2/g, late by a logarithm.

g = tn. Given a ancestors, one pair has a common parent with chance C(a, 2)/n + O(n^{−2}), and more than one merger has
O(n^{−2}): from a fixed a the chain tends to Kingman's, which goes from a to a − 1 at rate C(a, 2). It multiplies each
h_k(a) = Π_{j=0}^{k−1} (a − j)/(a + j) by e^{−k(k−1)t/2}, and (2k − 1)h_k = (a + k − 1)h_k − (a + k)h_{k+1} sums to a.
So E_a A_t = Σ_k (2k − 1)h_k(a)e^{−k(k−1)t/2}, which grows with a to the series without h_k. Starting at n instead: by
Jensen's inequality for 1 − (1 − 1/n)^a and the bound on 1/(1 − e^{−x}), 1/E A grows by 1/(4n) a generation while E A ≥
4, so that E A_g ≤ 4 + 4n/g, for every n. After εn generations at most M lineages are left but for a chance O(1/εM),
and from then on f_n(a) = E_a A is bounded and grows with a (a part of the points has fewer ancestors). So f_n(n) is
within O(1/εM) of f_n(min(A_{εn}, M)) ≤ f_n(M); from below f_n(n) ≥ f_n(M) without delay. Let n → ∞, then M → ∞, then ε
→ 0.

The logarithm stays: the correction at g = tn is of order (log n)/n, not 1/n, with slope (1/3)(d/dt)E A_t.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy as sp

from proofs_check.balls import ball, precision
from proofs_check.check import Bears, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.memorising_loops import all_ends
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Method, Verdict
from theory import lineage

n, a, k, i, p, x, b, g = sp.symbols("n a k i p x b g", positive=True)
h, more, F = sp.symbols("h m F", positive=True)

EARLY = [
    Identity(
        "total variation of one draw",
        ((sp.exp(-p) - 1 + p) + (p - p * sp.exp(-p)) + (1 - sp.exp(-p) - p * sp.exp(-p))) / 2,
        p * (1 - sp.exp(-p)),
    ),
    Identity("second moment of the copies", n * (i / n) * (1 - i / n) + i**2, i + (1 - 1 / n) * i**2),
    Identity("sum of the distances", sp.Sum(h, (h, 1, g)).doit() / n, g * (g + 1) / (2 * n)),
    # Coefficients of x^k from k = 3 on, F = (k − 2)!; those before vanish.
    Identity("x(e^x + 1) − 2(e^x − 1)", 1 / ((k - 1) * F) - 2 / (k * (k - 1) * F), (k - 2) / (k * (k - 1) * F)),
    Identity(
        "(12 + 6x + x²)(e^x − 1) − 12xe^x",
        12 / (k * (k - 1) * F) + 6 / ((k - 1) * F) + 1 / F - 12 / ((k - 1) * F),
        (k - 3) * (k - 4) / (k * (k - 1) * F),
    ),
    Identity(
        "the first gives ½ ≤ 1/(1 − e^{−x}) − 1/x",
        1 / (1 - sp.exp(-x)) - 1 / x - sp.Rational(1, 2),
        (x * (sp.exp(x) + 1) - 2 * (sp.exp(x) - 1)) / (2 * x * (sp.exp(x) - 1)),
    ),
    Identity(
        "the second gives at most ½ + x/12",
        sp.Rational(1, 2) + x / 12 - 1 / (1 - sp.exp(-x)) + 1 / x,
        ((12 + 6 * x + x**2) * (sp.exp(x) - 1) - 12 * x * sp.exp(x)) / (12 * x * (sp.exp(x) - 1)),
    ),
]
LATE = [
    Identity(
        "h_k decays at rate k(k − 1)/2",
        a * (a - 1) / 2 * ((a - k) * (a + k - 1) / (a * (a - 1)) - 1),
        -k * (k - 1) / 2,
    ),
    Identity("and sums to a", (a + k - 1) - (a + k) * (a - k) / (a + k), 2 * k - 1),
    # q = −log(1 − 1/n) is at most 1/(n − 1); b = E A ≥ 4.
    AtLeast(
        "1/E A grows by 1/(4n)",
        (1 - 1 / n) / b + 1 / (2 * n),
        1 / b + 1 / (4 * n),
        where={b: 4 + more},
    ),
]


def enumerated(size: int, rounds: int) -> Fraction:
    """Mean number of survivors over all n^{ng} tables of draws."""
    total, count = 0, 0
    for points in all_ends(size, rounds):
        total, count = total + len(set(points)), count + 1
    return Fraction(total, count)


def counted(later: int = 0, fewer: int = 0) -> Outcome:
    """The two chains of theory against all tables of draws."""
    for size, rounds in ((1, 2), (2, 1), (2, 4), (3, 1), (3, 2), (4, 1)):
        forward = size * (1 - lineage.count_law(max(size - fewer, 1), rounds + later)[0])
        backward = sum(a * chance for a, chance in enumerate(lineage.ancestor_law(size, rounds + later)))
        exact = enumerated(size, rounds)
        if not forward == backward == exact:
            return Outcome(False, f"{forward}, {backward} against {exact}", f"n = {size}, g = {rounds}")
    return Outcome(True, "exact", "n ≤ 4, up to 729 tables")


def chains(size: int, later: int = 0) -> Outcome:
    """Both chains in fractions, many generations, and the bound by g(g + 1)/(2n) and by s_g in balls."""
    with precision():
        share = ball(1)
        for rounds in range(9):
            forward = 1 - lineage.count_law(size, rounds)[0]
            backward = sum(a * chance for a, chance in enumerate(lineage.ancestor_law(size, rounds + later))) / size
            bound = Fraction(rounds * (rounds + 1), 2 * size)
            if forward != backward or not abs(ball(forward) - share) <= ball(bound) + ball(Fraction(1, 10**40)):
                return Outcome(False, f"{float(forward)} against {float(backward)}, {share}", f"g = {rounds}")
            share = 1 - (-share).exp()
    return Outcome(True, "exact", f"n = {size}, g ≤ 8")


def inverse_shares(half: Fraction = Fraction(1, 2), logarithm: Fraction = Fraction(1, 6)) -> Outcome:
    """1 + g/2 ≤ 1/s_g ≤ 1 + g/2 + log(g + 1)/6 and the printed .632, .469, .374, in balls."""
    with precision():
        share, shown = ball(1), []
        for rounds in range(1, 401):
            share = 1 - (-share).exp()
            excess = 1 / share - 1 - rounds * ball(half)
            if not (excess > 0 and excess < ball(logarithm) * ball(rounds + 1).log()):
                return Outcome(False, str(excess), f"g = {rounds}")
            if rounds <= 3:
                shown.append(round(float(share.mid()), 3))
    return Outcome(shown == [0.632, 0.469, 0.374], "strict", f"g ≤ 400; {shown}")


def _draw_survivors(rng: np.random.Generator):
    size, rounds = int(rng.integers(20, 80)), int(rng.integers(3, 13))
    points = np.tile(np.arange(size), (2000, 1))
    for _ in range(rounds):
        points = np.take_along_axis(points, rng.integers(size, size=points.shape), axis=1)
    present = np.zeros(points.shape, dtype=bool)
    np.put_along_axis(present, points, True, axis=1)
    at = lineage.surviving_points
    return present.sum(axis=1).astype(float), {
        "claimed": at(size, rounds),
        "one generation later": at(size, rounds + 1),
        "the limit at fixed g": size * lineage.survivor_share(rounds),
        "2n/g": 2 * size / rounds,
    }


def _doubled(rng: np.random.Generator):
    return int(rng.integers(60, 90)), float(rng.uniform(0.5, 1.5))


def _correction(size: int, time: float) -> float:
    rounds = round(time * size)
    return size * (lineage.surviving_points(size, rounds) - lineage.coalescent_survivors(rounds / size))


def _slope(factor: float):
    """n·(correction), doubled n, against log 2 times a third of the slope of the limit: the logarithm."""

    def discrepancy(problem) -> float:
        size, time = problem
        rounds = round(time * size)
        # The same t at every size.
        at = [_correction(size * 2**j, rounds / size) for j in range(3)]
        steps = np.diff(at)
        step = 1e-4
        ends = (lineage.coalescent_survivors(rounds / size + sign * step) for sign in (1, -1))
        up, down = ends
        claimed = factor * (up - down) / (2 * step) / 3 * np.log(2)
        # What is left falls like 1/n: one step of extrapolation.
        return abs(2 * steps[1] - steps[0] - claimed) / abs((up - down) / (2 * step) / 3 * np.log(2))

    return discrepancy


def correction_table(effort) -> tuple[Table, ...]:
    """n(E K − limit) by n and t."""
    del effort
    times, rows = (0.25, 0.5, 1.0, 2.0), []
    for size in (50, 100, 200, 400):
        rows.append((str(size), *(f"{_correction(size, time):.3f}" for time in times)))
    return (Table("n(E K − Σ(2k − 1)e^{−k(k−1)t/2})", ("n", *(f"t = {time:g}" for time in times)), tuple(rows)),)


CLAIM = Claim(
    identifier="own-wright-fisher-survivors",
    paper=Paper.OWN,
    source="this project, after J. F. C. Kingman, The coalescent, 1982",
    title="How many points survive a memorising loop",
    kind=Kind.EQUALITY,
    hypotheses=(
        "each generation draws n points with replacement from the last; the first n points are distinct",
        "limits: n → ∞ at fixed g, and at g = tn",
    ),
    printed=Statement(
        "E K_g = nP(C_g > 0) = E A_g by the binomial and the occupancy chain; |E K_g/n − s_g| ≤ g(g + 1)/(2n) with "
        "s_{g+1} = 1 − e^{−s_g}, and 1 + g/2 ≤ 1/s_g ≤ 1 + g/2 + log(g + 1)/6; at g = tn, "
        "E K → Σ_k (2k − 1)e^{−k(k−1)t/2} (measured: up to a term of order (log n)/n).",
        Verdict.PROVED,
    ),
    checks=(
        derivation(
            "branching at fixed g",
            EARLY,
            scope="all n, g",
            also_rejected=[Identity("one draw differs by p²", EARLY[0].left, p**2)],
        ),
        derivation(
            "coalescent at g = tn",
            LATE,
            scope="all a, k, n",
            also_rejected=[AtLeast("by 1/(4n) below four", LATE[2].left, LATE[2].right, where={b: sp.Integer(2)})],
        ),
        exact_check(
            "all tables of draws",
            counted,
            [("one generation later", lambda: counted(later=1)), ("one point fewer", lambda: counted(fewer=1))],
            bears=Bears.SUPPORTS,
            scope="n ≤ 4",
        ),
        exact_check(
            "two chains and the distance from s_g",
            lambda: chains(8),
            [("one generation later", lambda: chains(8, later=1))],
            bears=Bears.SUPPORTS,
            scope="n = 8, g ≤ 8",
        ),
        replace(
            exact_check(
                "2/g with its logarithm",
                inverse_shares,
                [
                    ("1/s = 1 + .51g", lambda: inverse_shares(half=Fraction(51, 100))),
                    ("a hundredth of the logarithm", lambda: inverse_shares(logarithm=Fraction(1, 600))),
                ],
                bears=Bears.SUPPORTS,
                scope="g ≤ 400",
            ),
            method=Method.BALLS,
        ),
        monte_carlo(
            "simulated loops",
            _draw_survivors,
            ["one generation later", "the limit at fixed g", "2n/g"],
            problems=5,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("correction (log n)/n at g = tn", _doubled, _slope(1.0), 0.15),
            [Law("1/n without logarithm", _doubled, _slope(0.0), 0.15), Law("twice", _doubled, _slope(2.0), 0.15)],
            problems=2,
            bears=Bears.SUPPORTS,
            tables=correction_table,
        ),
    ),
)
