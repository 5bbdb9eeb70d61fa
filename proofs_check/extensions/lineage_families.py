"""Our own: sizes of the families in a memorising loop, and how much of it is stored by duplication.

Take a point at random after g generations and let C* be the size of its family: P(C* = k) = kP(C_g = k). As n → ∞ at
fixed g, C_g tends to the branching process Z_g with Poisson (1) children, with E Z_g = 1 and E Z_g² = 1 + g, so that
nothing is lost in sums weighted by k. With u_0 = 1 − z and u_{h+1} = 1 − e^{−u_h}, 1 − E z^{Z_g} = u_g, hence
E[Z_g z^{Z_g − 1}] = du_g/du_0 = exp(−Σ_{h<g} u_h). By own-wright-fisher-survivors, 1/u_h is 1/u_0 + h/2 up to
(u_0 + 2 log(1 + hu_0/2))/12. Put z = e^{−2θ/g}, u_0 ~ 2θ/g: the sum tends to ∫_0^1 dy/(1/(2θ) + y/2) = 2 log(1 + θ),
and E e^{−2θC*/g} to (1 + θ)^{−2}: 2C*/g tends in law to the density xe^{−x}. So

    share of points in families of more than m copies: E[C_g; C_g > m] → (1 + y)e^{−y}, y = 2m/g,
    entropy: log n − E log C* = log(2n/g) − ∫ xe^{−x} log x dx + o(1) = log(2n/g) − (1 − γ) + o(1),

n → ∞ first, then g. For the logarithm: the means of 2C*/g are bounded, and P(C* ≤ xg/2) ≤ eE e^{−2C*/(xg)} is below a
multiple of (1 + 1/x)^{−2}, which makes log(1/x) integrable, uniformly in g.

A ReLU autoencoder with weight decay λ can store a sample of m copies among n only if m > m* = nλ/‖x‖²: at equal norms
the stored share of a memorising loop passes through (1 + 2m*/g)e^{−2m*/g}. It begins near 0 for g ≪ m* and ends near 1:
the weight decay that makes autoencoders forget is overtaken at g ≈ 1.2m*, when half is stored.
"""

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.memorising_loops import copies
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import Identity
from proofs_check.verdict import Verdict
from theory import lineage

x, y, theta = sp.symbols("x y theta", positive=True)
u = sp.Symbol("u", positive=True)

STEPS = [
    Identity("one generation of the derivative", sp.Derivative(1 - sp.exp(-u), u), sp.exp(-u)),
    Identity(
        "sum of the u_h",
        sp.Derivative(2 * sp.log(1 + theta * y), y),
        1 / (1 / (2 * theta) + y / 2),
    ),
    Identity(
        "transform of xe^{−x}",
        sp.Derivative(-(1 / (1 + theta) ** 2 + x / (1 + theta)) * sp.exp(-(1 + theta) * x), x),
        x * sp.exp(-x) * sp.exp(-theta * x),
    ),
    Identity("its tail", sp.Derivative(-(1 + x) * sp.exp(-x), x), x * sp.exp(-x)),
    Identity(
        "its logarithm, ∫ e^{−x} log x dx = −γ",
        sp.Derivative(-x * sp.exp(-x) * sp.log(x), x) + sp.exp(-x) * sp.log(x) + sp.exp(-x),
        x * sp.exp(-x) * sp.log(x),
    ),
]


def _draw_stored(rng: np.random.Generator):
    size, rounds = int(rng.integers(30, 90)), int(rng.integers(4, 30))
    threshold = float(rng.uniform(0.3, 0.8)) * rounds
    counts = copies(rng, size, rounds)
    stored = np.where(counts > threshold, counts, 0).sum(axis=1) / size
    return stored, {
        "claimed": lineage.stored_mass(size, rounds, threshold),
        "half as many generations again": lineage.stored_mass(size, rounds + rounds // 2, threshold),
        "share of families": lineage.surviving_points(size, rounds) / size,
        "e^{−2m/g}": float(np.exp(-2 * threshold / rounds)),
    }


def _draw_early(rng: np.random.Generator):
    # A whole threshold plus a half is where a continuous law should be read.
    return int(rng.integers(25, 40)), int(rng.integers(5, 40))


def _stored(claimed):
    """Distance of the exact stored mass at n = 900 from a formula in y = 2m/g; both corrections are of order 1/30."""

    def discrepancy(problem) -> float:
        rounds, copies = problem
        return abs(lineage.stored_mass(900, rounds, copies + 0.5) - claimed(rounds, copies + 0.5))

    return discrepancy


def _entropy(constant: float):
    def discrepancy(problem) -> float:
        rounds, _ = problem
        claimed = lineage.early_entropy(900, rounds) + 1 - np.euler_gamma - constant
        return abs(lineage.expected_entropy(900, rounds) - claimed)

    return discrepancy


CLAIM = Claim(
    identifier="own-lineage-families",
    paper=Paper.OWN,
    source="this project, after A. M. Yaglom, 1947",
    title="Family sizes of a memorising loop, and the share stored by duplication",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "each generation draws n points with replacement from the last; the first n points are distinct",
        "n → ∞, then g → ∞, at fixed m/g",
        "a sample is stored if it has more than m copies",
    ),
    printed=Statement(
        "The stored share E[C_g; C_g > m] tends to (1 + 2m/g)e^{−2m/g}, and the entropy is log(2n/g) − 1 + γ + o(1).",
        Verdict.PROVED,
    ),
    depends_on=("own-wright-fisher-survivors", "own-lineage-entropy"),
    checks=(
        derivation(
            "the law xe^{−x}",
            STEPS,
            scope="all θ, m/g",
            also_rejected=[Identity("tail e^{−x}", sp.Derivative(-sp.exp(-x), x), x * sp.exp(-x))],
        ),
        monte_carlo(
            "simulated loops",
            _draw_stored,
            ["half as many generations again", "share of families", "e^{−2m/g}"],
            problems=4,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("stored share for 1 ≪ g ≪ n", _draw_early, _stored(lineage.early_stored_mass), 0.03),
            [
                Law("e^{−2m/g}", _draw_early, _stored(lambda g, m: np.exp(-2 * m / g)), 0.03),
                Law("m for 2m", _draw_early, _stored(lambda g, m: lineage.early_stored_mass(g, m / 2)), 0.03),
            ],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("entropy for 1 ≪ g ≪ n", _draw_early, _entropy(1 - np.euler_gamma), 0.06),
            [Law("without −1 + γ", _draw_early, _entropy(0.0), 0.06), Law("−1", _draw_early, _entropy(1.0), 0.06)],
            problems=3,
            bears=Bears.SUPPORTS,
        ),
    ),
)
