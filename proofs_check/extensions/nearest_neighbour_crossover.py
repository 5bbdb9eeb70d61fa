"""Our own: without any diffusion, draws of the fitted mixture are memorised from M/N = (1 − 3c)/(1 − c) on, as d → ∞.

Maximum likelihood of M equal-weight components with one variance s², responsibilities 0 or 1: every sample belongs to
one component, whose mean is the average of its samples, and s² is the scatter within components per sample and
coordinate.
In many dimensions the samples of a cluster, about its mean, have squared lengths r = dσ⋆² and are orthogonal (law of
large numbers, uniformly over fixed N). Then, whatever the partition:

- k samples scatter by kr − r = (k − 1)r, so s² = (N − M)σ⋆²/N = (1 − m)σ⋆², m = M/N;
- a draw from a component on one sample has the squared distance ds² to it and ds² + 2r to the others of its cluster
  (more to other clusters): the ratio (1 − m)/(3 − m) falls as m grows, through c at m = (1 − 3c)/(1 − c);
- a draw from a component of k ≥ 2 is at ds² + (1 − 1/k)r from each of them: ratio 1, never memorised.

So the memorised share is 0 below and the share of components on one sample above. N ≥ M_1 + 2(M − M_1) leaves at
least 2 − 1/m of them, more than half where m > 2/3, and the crossing is above 2/3 exactly where c < 1/7. For c ≥ 1/7
the share above the crossing depends on the partition. N, K, σ⋆² and any weighting of noise levels are absent.
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.crossover import FRACTION, NEIGHBOUR_CROSSOVER, OWN_RATIO, THRESHOLD

m, c = FRACTION, THRESHOLD
M = sp.Symbol("M", integer=True, positive=True)
j = sp.Symbol("j", integer=True)
k, d, v, N, gap = sp.symbols("k d v N g", positive=True)
size = sp.IndexedBase("k")
r = d * v
LEARNT = (1 - m) * v

STEPS = [
    Identity("scatter of k orthogonal samples about their mean", k * r - k**2 * (r * k / k**2) / k, (k - 1) * r),
    SumIdentity("of all components", sp.Sum((size[j] - 1) * r, (j, 1, M)), r * (sp.Sum(size[j], (j, 1, M)) - M)),
    Identity("learned variance", (r * (N - m * N) / (N * d)), LEARNT),
    Identity("own sample over any other", d * LEARNT / (d * LEARNT + 2 * r), OWN_RATIO),
    Identity("falls with m", sp.diff(OWN_RATIO, m), -2 / (3 - m) ** 2),
    Identity("is c at the crossing", OWN_RATIO.subs(m, NEIGHBOUR_CROSSOVER), c),
    Identity("from the mean of k samples to one of them", r - 2 * r / k + r / k, (1 - 1 / k) * r),
    Identity("least share of components on one sample", (2 * m * N - N) / (m * N), 2 - 1 / m),
    AtLeast("more than half above 2/3", 2 - 1 / m, sp.Rational(1, 2), {m: sp.Rational(2, 3) + gap}, strict=True),
    AtLeast("crossing above 2/3 for c < 1/7", NEIGHBOUR_CROSSOVER, sp.Rational(2, 3), {c: 1 / (7 + gap)}, strict=True),
    AtLeast(
        "and below it for c > 1/7", sp.Rational(2, 3), NEIGHBOUR_CROSSOVER, {c: sp.Rational(1, 7) + gap / (7 + 7 * gap)}
    ),
]

DIMENSION = 20_000


def _draw(rng: np.random.Generator):
    """Nine samples of two clusters in R^20000 with variance σ⋆², and a partition of them into components."""
    variance, count = float(rng.uniform(0.2, 3.0)), int(rng.integers(5, 7))
    clusters = np.repeat([0, 1], [5, 4])
    means = rng.standard_normal((2, DIMENSION))
    X = means[clusters] + np.sqrt(variance) * rng.standard_normal((9, DIMENSION))
    # Further samples join a component of their own cluster.
    order = rng.permutation(9)
    kept = [0, 5, *(sample for sample in order if sample not in (0, 5))][:count]
    label = np.array([kept.index(i) if i in kept else 1 if i >= 5 else 0 for i in range(9)])
    return X, label, count, rng.standard_normal((count, DIMENSION))


def _ratios(law):
    """Largest difference between ratios of distances of a draw from each component and `law(m)`; merged ones near 1."""

    def discrepancy(problem) -> float:
        X, label, count, noise = problem
        means = np.array([X[label == component].mean(axis=0) for component in range(count)])
        draws = means + np.sqrt(((X - means[label]) ** 2).mean()) * noise
        near = np.sort(((draws[:, None] - X) ** 2).sum(axis=2), axis=1)
        expected = np.where(np.bincount(label) == 1, law(count / 9), 1.0)
        return float(np.abs(near[:, 0] / near[:, 1] - expected).max())

    return discrepancy


def _law(name: str, law) -> Law:
    # Fluctuations of squared distances are of the order 2/√d = .014 of each, and 5 of that are .07.
    return Law(name, _draw, _ratios(law), 0.08)


CLAIM = Claim(
    identifier="own-nearest-neighbour-crossover",
    paper=Paper.OWN,
    source="this project; the rival of eq. 21 of arXiv 2508.17689",
    title="Memorisation of a fitted mixture needs no diffusion",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "d → ∞ at fixed N, K, M = mN and σ⋆²: samples N(μ_k, σ⋆²I), distances between means at least of the order √d",
        "M components of equal weight and one variance, every sample in one component and its mean their average; "
        "components hold samples of one cluster",
        "memorised: squared distance to the nearest sample at most c times that to the second, 0 < c < 1/3",
    ),
    printed=Statement(
        "s² → (1 − m)σ⋆². Draws from components on one sample are memorised exactly where m ≥ (1 − 3c)/(1 − c), others "
        "never. For c < 1/7 the memorised share jumps there from 0 to at least 2 − 1/m > 1/2: 3/4 at c = 1/9.",
        Verdict.PROVED,
        (NEIGHBOUR_CROSSOVER,),
    ),
    checks=(
        derivation(
            "distances in many dimensions",
            STEPS,
            scope="all N, K, σ⋆, partitions",
            also_rejected=[
                Identity("next sample at one variance", d * LEARNT / (d * LEARNT + r), OWN_RATIO),
                AtLeast("half of the components at any m", 2 - 1 / m, sp.Rational(1, 2)),
            ],
        ),
        property_check(
            _law("draws at d = 20,000", lambda fraction: (1 - fraction) / (3 - fraction)),
            [
                _law("next sample at one variance", lambda fraction: (1 - fraction) / (2 - fraction)),
                _law("variance of the data", lambda fraction: 1 / 3),
            ],
            problems=2,
            bears=Bears.SUPPORTS,
            scope="N = 9, K = 2",
        ),
    ),
)
