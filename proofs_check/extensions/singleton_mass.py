"""Our own: learned variance and memorised share of the fitted mixture at finite N, d and K, without a fit.

What the limit of `own-nearest-neighbour-crossover` leaves out is in `theory.singleton_mass`, as integrals over radii
and angles: which samples no other one joins, at what distance those that join are, how the squared distances of a draw
fluctuate, and that other clusters are near. For N = 200, d = 50 and K = 12 the share is a half at M/N = .785 (limit:
.75), within .002 for σ⋆² from .04 to 4; for c = 1/16 at .876 (limit: .867) and for c = 1/4 at .579 to .585 (no limit).

The start matters: components start at random samples, and the rest joins the nearest. In few dimensions (d ≲ 10) or
where clusters overlap so much that responsibilities are shared, this is no theory.
"""

import numpy as np

from numerics.memorization_ratio import memorization_ratio
from numerics.mixture_likelihood import maximum_likelihood
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.sampling import Law, property_check
from proofs_check.verdict import Verdict
from theory.crossover import nearest_neighbour_crossover
from theory.singleton_mass import SingletonMass, singleton_mass

N, FITS, DRAWS = 60, 32, 200
SETTINGS = ((20, 3, 0.25, 1 / 9), (40, 2, 4.0, 1 / 9), (30, 4, 1.0, 1 / 16), (60, 1, 0.04, 1 / 8))


def _draw(rng: np.random.Generator):
    """A setting (d, K, σ⋆², c), M/N near its limit's crossing, and data sets of it."""
    d, K, variance, c = SETTINGS[int(rng.integers(len(SETTINGS)))]
    M = round(N * (nearest_neighbour_crossover(c) + float(rng.uniform(0.0, 0.06))))
    means = rng.standard_normal((FITS, K, d))
    means *= np.sqrt(d) / np.linalg.norm(means, axis=2, keepdims=True)
    labels = rng.integers(K, size=(FITS, N))
    X = means[np.arange(FITS)[:, None], labels] + np.sqrt(variance) * rng.standard_normal((FITS, N, d))
    return (d, K, variance, c, M), X, int(rng.integers(2**31))


def _fitted(law):
    """The larger difference of the means of s²/σ⋆² and of the memorised share over fits from those of `law`."""

    def discrepancy(problem) -> float:
        (d, K, variance, c, M), X, seed = problem
        fit = maximum_likelihood(X, M, seeds=[seed + k for k in range(FITS)], start_variance=1e-3 * variance)
        rng = np.random.default_rng(seed)
        draws = fit.means[np.arange(FITS)[:, None], rng.integers(M, size=(FITS, DRAWS))]
        draws = draws + np.sqrt(fit.variance)[:, None, None] * rng.standard_normal(draws.shape)
        shares = [float(memorization_ratio(points, rows, c)) for points, rows in zip(draws, X, strict=True)]
        predicted = law(N, d, K, variance, c, float(M))
        away = fit.variance.mean() / variance - predicted.variance, np.mean(shares) - predicted.memorized
        return float(np.abs(away).max()) if fit.converged.all() else float("inf")

    return discrepancy


def _limit(N: int, d: int, K: int, variance: float, c: float, M: float) -> SingletonMass:
    """As d → ∞: all components on one sample count from the crossing on."""
    fraction = M / N
    return SingletonMass(1 - fraction, 1.0, float(fraction >= nearest_neighbour_crossover(c)))


def _law(name: str, law) -> Law:
    # Six standard errors of the share, whose deviation between data sets is about .07, are .075.
    return Law(name, _draw, _fitted(law), 0.09)


CLAIM = Claim(
    identifier="own-singleton-mass",
    paper=Paper.OWN,
    source="this project; the rival of eq. 21 of arXiv 2508.17689",
    title="Learned variance and memorised share without a fit",
    kind=Kind.EQUALITY,
    hypotheses=(
        "N samples of K clusters N(μ_k, σ⋆²I), means uniform on the sphere of radius √d, d above 10 or so",
        "M components start at random samples; responsibilities are 0 or 1, and no sample leaves the component "
        "that it joins",
        "distances to other clusters' means independent between samples; one coordinate of a sample "
        "independent of its norm",
    ),
    printed=Statement(
        "The expectations of s², of the share of components on one sample and of the memorised share of draws after "
        "maximum likelihood are the integrals of theory.singleton_mass, functions of N, d, K, σ⋆², c and M.",
        Verdict.TESTED,
    ),
    depends_on=("own-nearest-neighbour-crossover",),
    checks=(
        property_check(
            _law("fitted mixtures near the crossing", singleton_mass),
            [
                _law("limit of many dimensions", _limit),
                _law("an eighth fewer components", lambda N, d, K, v, c, M: singleton_mass(N, d, K, v, c, 7 * M / 8)),
                _law("twice the threshold", lambda N, d, K, v, c, M: singleton_mass(N, d, K, v, 2 * c, M)),
            ],
            problems=2,
            bears=Bears.DECIDES,
            scope="N = 60, d = 20 to 60, K = 1 to 4, σ⋆² = .04 to 4, c = 1/16 to 1/8",
        ),
    ),
)
