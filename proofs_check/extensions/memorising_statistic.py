"""Our own: the rank of a generated point among nearest distances tells memorising from shrinking.

The variance cannot: a loop that draws its own training points again and a loop of Gaussian refits lose it by one law,
(1 − 1/N)^g. Let S be the training set D of N points with one more point x, and R(s) the mid-rank of ε(s), the distance
from s to the nearest other point of S, among the N + 1 values; M = (R(x) − ½)/(N + 1).

Exchangeable. Equal values share the mean of their places, so mid-ranks add up to 1 + … + (N + 1), whatever S is. If x
is one of N + 1 exchangeable points, all places have one mean: E M = ((N + 2)/2 − ½)/(N + 1) = ½. Nothing is assumed of
the law; a change of scale or a rotation changes no rank.

Memorised. x = z with D distinct: ε(x) = ε(z) = 0 < all others, so R = (1 + 2)/2 and M = 1/(N + 1). (Where a loop of
copies has K survivors left that is 1/(K + 1): the statistic needs more than a few distinct points to tell anything.)

Refitted. Let x come from a fit p̂ to D and y from the law p of D. Given D the means of M differ by at most the total
variation of p̂ and p, as 0 ≤ M ≤ 1, and that is at most √(KL(p̂‖p)/2); with Jensen |E M − ½| ≤ √(E KL/2). For Gaussians
whiten by p: KL = ½(tr Ŝ + |m̂|² − d − log det Ŝ), with means d(1 − 1/N), d/N and Δ. Given the past, D in generation g
of a refit loop is a sample of a Gaussian, with N > d a nondegenerate one: the bound has no g, no scale and no spectrum.

One point. If the least distance in S is attained by one pair, two of N + 1 exchangeable points are in it: chance
2/(N + 1). For n points add up; and n points among which each is a copy with chance c hold none with chance (1 − c)^n.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp

from numerics.data import digits
from numerics.neighbour_rank import in_closest_pair, neighbour_ranks
from proofs_check.check import Effort, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory import neighbour_rank as nr
from theory import refit_loop as rl

N, c = nr.SAMPLES, nr.SHARE
d, drop, mean, error = sp.symbols("d D M alpha", positive=True)
places, i = sp.Symbol("n", integer=True, positive=True), sp.Symbol("i", integer=True)
rank = sp.IndexedBase("R")
half = sp.Rational(1, 2)

STEPS = [
    Identity("sum of the places", sp.Sum(i, (i, 1, places)).doit(), places * (places + 1) / 2),
    SumIdentity(
        "sum of the statistic",
        sp.Sum((rank[i] - half) / places, (i, 1, places)),
        sp.Sum(rank[i], (i, 1, places)) / places - half,
    ),
    Identity("mean, exchangeable", ((N + 2) / 2 - half) / (N + 1), half),
    Identity("a copy", (sp.Rational(1 + 2, 2) - half) / (N + 1), nr.COPIED),
    Identity("a share of copies", c * nr.COPIED + (1 - c) * half, nr.MEAN),
    Identity("the share, back", (half - nr.MEAN) / (half - nr.COPIED), c),
    Identity("divergence: trace and mean", d * (1 - 1 / N) + d / N - d, sp.S.Zero),
    Identity("bound", sp.sqrt(drop / 2 / 2), sp.sqrt(drop) / 2),
    Identity("to leading order, squared", (-rl.LEADING) / 4, rl.PARAMETERS / (4 * rl.SAMPLES)),
    Identity("half at N = P", (rl.PARAMETERS / (4 * rl.SAMPLES)).subs(rl.SAMPLES, rl.PARAMETERS), half**2),
    Identity("one of the closest pair", 1 / (N + 1) + 1 / (N + 1), 2 / (N + 1)),
    Identity("no copy among n", sp.exp(sp.log(error) / sp.log(1 - c) * sp.log(1 - c)), error),
]


def exact_statistic(points: list[tuple[int, ...]], at: int, shared: bool = True) -> Fraction:
    """M of one point of a set of whole points beside the others; equal values not `shared` take the first place."""
    apart = [[sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for q in points] for p in points]
    near = [min(row[:k] + row[k + 1 :]) for k, row in enumerate(apart)]
    less, equal = sum(e < near[at] for e in near), sum(e == near[at] for e in near)
    place = less + (Fraction(equal + 1, 2) if shared else 1)
    return (place - Fraction(1, 2)) / len(points)


def adds_up(shared: bool = True, places_more: int = 0) -> Outcome:
    """Σ M over the points of 200 sets of whole points, ties and copies among them, against half their number."""
    rng = np.random.default_rng(0)
    for number in range(200):
        points = [tuple(map(int, row)) for row in rng.integers(0, 4, size=(int(rng.integers(3, 10)), 2))]
        total = sum((exact_statistic(points, at, shared) for at in range(len(points))), Fraction(0))
        if total != Fraction(len(points) + places_more, 2):
            return Outcome(False, f"{total} for {len(points)} points", f"set {number}")
    return Outcome(True, "exact", "200 sets of 3 to 9 points")


def _whole(rng: np.random.Generator):
    size = int(rng.integers(1, 12)), int(rng.integers(1, 4))
    return rng.integers(0, 5, size=(int(rng.integers(2, 20)), size[1])), rng.integers(0, 5, size=size)


def _engine(shared: bool):
    """Distance of the engine from the exact statistic."""

    def discrepancy(problem) -> float:
        training, generated = ([tuple(map(int, row)) for row in points] for points in problem)
        exact = [float(exact_statistic([*training, x], len(training), shared)) for x in generated]
        return float(np.abs(neighbour_ranks(problem[1], problem[0]) - exact).max())

    return discrepancy


DRAWS = 2000


@cache
def images() -> np.ndarray:
    """Digits, grey levels exact in binary."""
    return digits("unit")


def _exchangeable_points(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """(draws, N + 1, d) exchangeable points of one of four laws, and N."""
    n, d_, kind = int(rng.integers(2, 11)), int(rng.integers(1, 5)), int(rng.integers(4))
    shape = (DRAWS, n + 1, d_)
    if kind == 3:
        return images()[rng.random((DRAWS, len(images()))).argpartition(n + 1, axis=1)[:, : n + 1]], n
    centre = rng.integers(2, size=(DRAWS, n + 1, 1)) * 4.0
    laws = (rng.standard_normal(shape), rng.standard_cauchy(shape), centre + rng.uniform(size=shape) ** 3)
    return laws[kind] * rng.exponential(size=d_), n


def _mean(rng: np.random.Generator):
    points, n = _exchangeable_points(rng)
    values = np.array([neighbour_ranks(each[:1], each[1:])[0] for each in points])
    # x ranked among the training points alone, or without half a place.
    return values, {"claimed": 0.5, "a place less": 0.5 - 1 / (n + 1), "a place more": 0.5 + 1 / (n + 1)}


def _pair(rng: np.random.Generator):
    n, d_ = int(rng.integers(3, 5)), int(rng.integers(1, 5))
    points = rng.standard_normal((DRAWS, n + 1, d_)) * rng.exponential(size=d_)
    found = np.array([float(in_closest_pair(each[:1], each[1:])[0]) for each in points])
    return found, {"claimed": 2 / (n + 1), "one of the N + 1": 1 / (n + 1), "two of the N": 2 / n}


LOOPS, GENERATED = 50, 8


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def refit_means(rng: np.random.Generator, n: int, spectrum: np.ndarray, generations: int) -> np.ndarray:
    """(loops, generations) mean statistic in loops of Gaussian refits from N(0, diag(spectrum))."""
    found = np.empty((LOOPS, generations))
    for row in found:
        D = np.sqrt(spectrum) * rng.standard_normal((n, len(spectrum)))
        for g in range(generations):
            centred = D - D.mean(axis=0)
            # Combinations of the points with the fit's mean and covariance.
            new = D.mean(axis=0) + rng.standard_normal((n, n)) @ centred / np.sqrt(n)
            row[g], D = neighbour_ranks(new[:GENERATED], D).mean(), new
    return found


def copying_means(rng: np.random.Generator, n: int, spectrum: np.ndarray, generations: int) -> np.ndarray:
    """As `refit_means` where each generation is drawn with replacement from the last."""
    found = np.empty((LOOPS, generations))
    for row in found:
        D = np.sqrt(spectrum) * rng.standard_normal((n, len(spectrum)))
        for g in range(generations):
            new = D[rng.integers(n, size=n)]
            row[g], D = neighbour_ranks(new[:GENERATED], np.unique(D, axis=0)).mean(), new
    return found


def _loop(copying: bool = False):
    """Standard errors by which |E M − ½| in generation 6 of refits, or 2 of copying, exceeds its bound for refits."""

    def discrepancy(seed: int) -> float:
        rng = np.random.default_rng(seed)
        d_ = int(rng.integers(1, 4))
        n = int(rng.integers(20, 40))
        loop, generations = (copying_means, 2) if copying else (refit_means, 6)
        last = loop(rng, n, rng.exponential(size=d_) ** 2 + 1e-3, generations)[:, -1]
        over = abs(last.mean() - 0.5) - nr.refit_bound(n, d_)
        return float(max(0.0, over) / max(last.std(ddof=1), 1e-12) * np.sqrt(LOOPS))

    return discrepancy


def _rule(points_less: int = 0):
    """Standard errors by which the rule of the closest pair errs more often than promised, in either way."""

    def discrepancy(seed: int) -> float:
        rng = np.random.default_rng(seed)
        share, promised = float(rng.uniform(0.4, 0.9)), 0.1
        generated, n = nr.points_needed(share, promised)
        generated = max(generated - points_less, 0)
        n = max(n // (1 + 4 * points_less), 2)
        alarms, misses = 0, 0
        trials = 400
        for _ in range(trials):
            D, G = rng.standard_normal((n, 2)), rng.standard_normal((generated, 2))
            alarms += bool(generated and in_closest_pair(G, D).any())
            copied = rng.random(generated) < share
            G[copied] = D[rng.integers(n, size=int(copied.sum()))]
            misses += not (generated and in_closest_pair(G, D).any())
        spread = np.sqrt(promised * (1 - promised) / trials)
        return float(max(0.0, alarms / trials - promised, misses / trials - promised) / spread)

    return discrepancy


def separation_table(effort: Effort) -> tuple[Table, ...]:
    """Mean statistic and variance left along both loops; points that the rule needs."""
    rng = np.random.default_rng(effort.seed)
    n, spectrum = 40, np.array([1.0, 0.3, 0.1])
    refit, copying = (loop(rng, n, spectrum, 16) for loop in (refit_means, copying_means))
    rows = []
    for g in (0, 1, 3, 7, 15):
        cells = [f"{x[:, g].mean():.3f} ± {1.96 * x[:, g].std(ddof=1) / np.sqrt(LOOPS):.3f}" for x in (refit, copying)]
        rows.append((str(g), *cells, f"{(1 - 1 / n) ** (g + 1):.3f}"))
    header = ("generation", "refits", "copies", "E variance left, both")
    bound = f"refits are within {nr.refit_bound(n, 3):.2f} of ½, a copy of {n} points has {1 / (n + 1):.3f}"
    needed = [
        (f"{share:g}", *(" ".join(map(str, nr.points_needed(share, promised))) for promised in (0.1, 0.05, 0.01)))
        for share in (1.0, 0.5, 0.2, 0.1)
    ]
    return (
        Table(f"mean of M, N = {n}, d = 3, 95% intervals; {bound}", header, tuple(rows)),
        Table("generated points n and training points N for both errors", ("share", "10%", "5%", "1%"), tuple(needed)),
    )


CLAIM = Claim(
    identifier="own-memorising-statistic",
    paper=Paper.OWN,
    source="this project; which statistic separates memorising from shrinking in the loops of arXiv 2509.16499",
    title="A statistic that separates memorising from shrinking",
    kind=Kind.EQUALITY,
    hypotheses=(
        "M = (R − ½)/(N + 1), R the mid-rank of the nearest distance of x among those of the N + 1 points D ∪ {x}",
        "1: x and the points of D exchangeable, of any law. 2: the N points of D distinct",
        "3: x from a Gaussian fitted by maximum likelihood to D, N > d points of a nondegenerate Gaussian of R^d",
        "4: as 1, with one closest pair almost surely",
    ),
    printed=Statement(
        "1: E M = ½, free of law, scale, spectrum, d and N. 2: a copy has M = 1/(N + 1), and with a share c of copies, "
        "the rest as in 1, E M = ½ − c(½ − 1/(N + 1)). 3: |E M − ½| ≤ ½√(−Δ) ≈ √(d(d+3)/(8N)) in every generation of a "
        "loop of refits, Δ the drift of log det. 4: x is one of the closest pair of D ∪ {x} with chance 2/(N + 1), and "
        "always if a copy; of n generated points some is with chance at most 2n/(N + 1), and if each is a copy with "
        "chance c none is with chance (1 − c)^n at most.",
        Verdict.PROVED,
        (nr.COPIED, nr.MEAN),
    ),
    depends_on=("own-refit-drift",),
    checks=(
        derivation(
            "means of the statistic",
            STEPS,
            scope="all laws, N, d, c",
            also_rejected=[
                Identity("a copy alone in the first place", (1 - half) / (N + 1), nr.COPIED),
                Identity("divergence with the mean known", d * (1 - 1 / N) - d, sp.S.Zero),
            ],
        ),
        exact_check(
            "the sum over any set",
            adds_up,
            [("ties not shared", lambda: adds_up(shared=False)), ("N + 2 places", lambda: adds_up(places_more=1))],
            scope="200 sets of whole points with ties",
        ),
        property_check(
            Law("the engine, ties and copies among the points", _whole, _engine(True), 1e-12),
            [Law("ties not shared", _whole, _engine(False), 1e-12)],
            problems=40,
        ),
        monte_carlo("mean ½ for any law", _mean, ["a place less", "a place more"], problems=3),
        monte_carlo("chance of the closest pair", _pair, ["one of the N + 1", "two of the N"], problems=3),
        property_check(
            Law("refit loops, in standard errors", _seed, _loop(), 6.0),
            [Law("a copying loop", _seed, _loop(copying=True), 6.0)],
            problems=2,
            scope="generation 6, d = 1 … 3, N = 20 … 39; false-alarm rate ≤ 4e-9",
            tables=separation_table,
        ),
        property_check(
            Law("both errors of the rule, in standard errors", _seed, _rule(), 6.0),
            [Law("fewer points than promised", _seed, _rule(1), 6.0)],
            problems=2,
            scope="c = 0.4 … 0.9, errors promised 10%; false-alarm rate ≤ 8e-9",
        ),
    ),
)
