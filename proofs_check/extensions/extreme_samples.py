"""Our own: samples in a cluster away from the origin are isolable far beyond Wendel's 2d.

Units with a bias. wᵀx_j + b > 0 > wᵀx_i + b for all i ≠ j is a bias-free unit (w, b) on the lifted samples (x, 1). By
Gordan's alternative there is none exactly when a_j(x_j, 1) = Σ_{i≠j}a_i(x_i, 1) for some a ≥ 0, not all zero. The last
coordinate says a_j = Σa_i, so a_j > 0, and x_j is the convex combination Σ(a_i/a_j)x_i: isolable with a bias means
outside the hull of the others.

Bias-free units on one side of the origin. If eᵀx_i > 0 for all i, ‖e‖ = 1, write x_i = (eᵀx_i)(e + z_i) with z_i ⟂ e,
the central projection. A positive factor changes no sign, and wᵀ(e + z) = wᵀe + wᵀz: units in R^d act on the cluster as
units with a bias do on z_1 … z_n in R^{d−1}. Isolable therefore means: z_j outside the hull of the other z_i.

Capacity. Let δ_1 … δ_n be independent N(m, Σ), Σ of rank d. A linear map that takes Σ to I and m to 0 keeps hulls. Try
w = δ_j: the sample is isolated if δ_j·δ_i < ‖δ_j‖² for all i ≠ j. Given δ_j, δ_j·δ_i/‖δ_j‖ is standard normal, so
each i fails with chance Φ(−‖δ_j‖) ≤ ½e^{−‖δ_j‖²/2}, for g(r) = ½e^{−r²/2} − Φ(−r) is 0 at 0 and at ∞, and its
derivative φ(r)(1 − r√(π/2)) is positive, then negative. The mean of e^{−‖δ‖²/2} is that of e^{−z²/2} in each of d
coordinates, 1/√2. So x_j fails to be extreme with chance at most (n − 1)2^{−d/2−1}, and any of n samples with at most
n(n − 1)2^{−d/2−1}: the capacity grows at least like 2^{d/2} for one sample and 2^{d/4} for all, where symmetric samples
end at n = 2d. With d − 1 in place of d this holds for the bias-free layer on central projections that are Gaussian.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.gordan import alternative, is_witness
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity, phi
from proofs_check.verdict import Verdict
from theory.gating import extreme, is_isolable, isolable, least_extreme_chance

height, along, across, r, z, t = sp.symbols("e w_e w_z r z t", positive=True)

STEPS = [
    Identity("a bias-free unit on the cluster", along * height + across * height, height * (along + across)),
    Identity(
        "derivative of ½e^{−r²/2} − Φ(−r)",
        sp.diff(sp.exp(-(r**2) / 2) / 2 - (1 - sp.erf(r / sp.sqrt(2))) / 2, r),
        phi(r) * (1 - r * sp.sqrt(2 * sp.pi) / 2),
    ),
    AtLeast(
        "positive before r = √(2/π)",
        1 - r * sp.sqrt(2 * sp.pi) / 2,
        sp.S.Zero,
        where={r: sp.sqrt(2 / sp.pi) / (1 + t)},
        strict=True,
    ),
    AtLeast(
        "negative after it",
        sp.S.Zero,
        1 - r * sp.sqrt(2 * sp.pi) / 2,
        where={r: sp.sqrt(2 / sp.pi) * (1 + t)},
        strict=True,
    ),
    # Φ(√2 z)/√2 grows by 1/√2 from −∞ to ∞.
    Identity(
        "mean of e^{−z²/2}",
        sp.diff((1 + sp.erf(z)) / 2 / sp.sqrt(2), z),
        phi(z) * sp.exp(-(z**2) / 2),
    ),
]


def hull_decided(lift: int, points: int = 12) -> Outcome:
    """For 12 whole points of the plane: a unit with a bias, or a convex combination, each checked by adding up."""
    X = [(i * i * 7 % 11 - 5, i * i * i * 5 % 13 - 6) for i in range(1, points + 1)]
    outside = 0
    for j in range(points):
        signed = [[sign * v for v in (*row, lift)] for i, row in enumerate(X) for sign in (1 if i == j else -1,)]
        found = alternative(signed)
        if not is_witness(signed, found):
            return Outcome(False, margin="no", detail=f"no witness for sample {j}")
        outside += found.direction is not None
        if found.shares is not None:
            own = found.shares[j]
            weights = [share / own if own else Fraction(0) for i, share in enumerate(found.shares) if i != j]
            others = [row for i, row in enumerate(X) if i != j]
            mixture = tuple(sum(weight * row[k] for weight, row in zip(weights, others, strict=True)) for k in (0, 1))
            if sum(weights) != 1 or mixture != X[j]:
                return Outcome(False, margin="no", detail=f"sample {j} is no convex combination")
    return Outcome(0 < outside < points, margin=f"{outside} of {points} outside", detail="all witnesses add up")


def _draw(rng: np.random.Generator):
    """A cluster on one side of the origin: its samples, and their central projections in R^{d−1}."""
    n, d = int(rng.integers(2, 12)), int(rng.integers(2, 6))
    z = rng.standard_normal((n, d - 1)) * rng.uniform(0.1, 2.0)
    X = rng.uniform(0.2, 3.0, size=(n, 1)) * np.hstack([np.ones((n, 1)), z]) @ random_rotation(rng, d).T
    return X, z


def _projection(dropped: int):
    """Bias-free units on the cluster, by linear programming, against hulls of the projections."""

    def discrepancy(problem) -> float:
        X, projected = problem
        kept = projected[:, : projected.shape[1] - dropped] if projected.shape[1] > dropped else 0 * projected
        return float(np.count_nonzero(np.array([is_isolable(X, j) for j in range(len(X))]) != extreme(kept)))

    return discrepancy


def _draw_clusters(rng: np.random.Generator):
    """Sixty Gaussian clusters of 48 = 4d samples in R^12; mean and covariance drawn."""
    mixing = random_rotation(rng, 12) * rng.uniform(0.5, 2.0, size=12)
    mean = 3.0 * rng.standard_normal(12)
    return mean, [rng.standard_normal((48, 12)) @ mixing.T + mean for _ in range(60)]


def _capacity(decide, about_mean: bool):
    """Share of samples that fail, beyond the bound and what 60 numbers in [0, 1] exceed their mean by once in 1e9."""

    def discrepancy(problem) -> float:
        mean, clusters = problem
        failed = np.mean([1.0 - decide(X - mean if about_mean else X).mean() for X in clusters])
        allowed = 1.0 - least_extreme_chance(*clusters[0].shape) + math.sqrt(math.log(1e9) / (2 * len(clusters)))
        return float(max(0.0, failed - allowed))

    return discrepancy


CLAIM = Claim(
    identifier="own-extreme-samples",
    paper=Paper.OWN,
    source="this project",
    title="Isolable samples of a cluster are its extreme points",
    kind=Kind.LOWER,
    hypotheses=(
        "samples x_1 … x_n in R^d; bias-free units: eᵀx_i > 0 for some e and all i",
        "for the capacity: x_i independent N(m, Σ), Σ of rank d",
    ),
    printed=Statement(
        "A unit with a bias can fire on x_j alone exactly if x_j is outside the hull of the others; a bias-free unit "
        "exactly if the central projection of x_j along e is, in R^{d−1}. A Gaussian sample is extreme among n with "
        "chance at least 1 − (n − 1)2^{−d/2−1}: capacity 2^{d/2}, not 2d.",
        Verdict.PROVED,
    ),
    checks=(
        derivation("projection and capacity", STEPS, scope="all n, d"),
        exact_check(
            "hull or hyperplane, with witnesses",
            lambda: hull_decided(1),
            [("without the lift", lambda: hull_decided(0))],
            bears=Bears.SUPPORTS,
            scope="12 points of the plane",
        ),
        property_check(
            Law("central projection", _draw, _projection(0), 0.0),
            [Law("one coordinate lost", _draw, _projection(1), 0.0)],
            problems=20,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("capacity of Gaussian clusters", _draw_clusters, _capacity(extreme, about_mean=False), 0.0),
            [Law("units without a bias, about the mean", _draw_clusters, _capacity(isolable, about_mean=True), 0.0)],
            problems=1,
            bears=Bears.SUPPORTS,
        ),
    ),
)
