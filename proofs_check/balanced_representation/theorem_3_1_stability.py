"""BR Theorem 3.1 across noise levels: which part of the structure stays.

*What stays.* The eigenvectors U_k of Σ_j x_jx_jᵀ do not know σ, nor does the soft threshold Λ > nλ. In a cluster the
savings (Λ − nλ)²/(Λ + n_kσ²) rise with Λ, so the p_k kept directions are those of the largest Λ at every σ. The gains
(Λ − nλ)/(Λ + n_kσ²) fall with σ. A memorising unit is one direction: W of the level σ_0 with the gain
(N + σ_0²)/(N + σ²) on each unit is the network of σ.

*What does not.* The network of the many-level experiment has one W for all levels and one gain per unit and level.
Suppose that two layers W1, W2 of p_k units with unit gains E_l give a block at two levels l = 1, 2, its gates right:
W2E_lW1ᵀ = U_kA_lU_kᵀ, A_l the gains, all positive. The right side has rank p_k, so W1 = U_kM, W2 = U_kM' with M, M'
and E_l invertible and M'E_lMᵀ = A_l. Then D = A_2A_1⁻¹ has DM' = M'E_2E_1⁻¹ and, transposed, DM = ME_2E_1⁻¹: every
column of M is an eigenvector of the diagonal matrix D, whose entries (Λ_i + κ_1)/(Λ_i + κ_2), κ = n_kσ², are different
for different Λ_i. If the Λ_i are not all equal, two columns w, w' of W1 belong to different entries, so their supports
are disjoint, and Σ_j (w·x_j)(w'·x_j) = Σ_i m_iΛ_im'_i = 0. But on their own cluster both units are active at every
sample, and each term is positive. So no such network exists, tied or not: for p_k ≥ 2 the columns of the encoder must
turn as σ changes. If all Λ_i are equal, one common gain does.

With more units it is possible: U_1 with gain a_1 − Σ a_i/s_i² and U_1 ± s_iU_i with gains a_i/(2s_i²) are 2p − 1 units
that give diag(a) at all levels, at the same Σ e‖w‖² = Σ a, if s_i is large enough; the gates hold on clusters whose
coordinates satisfy s_i|ξ_i| < ξ_1. Nor does the choice between clusters stay: with a fixed number of units, a direction
of a large cluster can be worth more than one of a small cluster at small σ and less at large σ.

With frozen gates the objective of a direction is quadratic in its gain, (Λ + κ)(a − a*)²/n above the best: the gain of
another level costs the stated excess.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from numerics.objective import expected_loss
from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import random_rotation, separable_problem
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory import noise_levels as nl
from theory.block_minimizer import SQUARED_NORM, block_weights, frozen_loss, memorizing_weights
from theory.linear_autoencoder import (
    DECAY,
    DIRECTION_LOSS,
    EIGENVALUE,
    GAIN,
    GAIN_SYMBOL,
    NOISE_ENERGY,
    SAVING,
    gains,
)
from theory.separability import regular_simplex

Lam, kappa, nu, a, trained = EIGENVALUE, NOISE_ENERGY, DECAY, GAIN_SYMBOL, nl.TRAINED_ENERGY
other, gap, size, level, level_0 = sp.symbols("Lambda_2 g n_k sigma sigma_0", positive=True)
m, d = sp.symbols("m d", integer=True, positive=True)
X = sp.MatrixSymbol("X", m, d)
w, v = sp.MatrixSymbol("w", d, 1), sp.MatrixSymbol("v", d, 1)
entry, entry_2, d_1, d_2 = sp.symbols("m_1 m_2 D_1 D_2", real=True)
response, response_2 = sp.symbols("z_1 z_2", positive=True)
i, last = sp.Symbol("i", integer=True), sp.Symbol("p", integer=True, positive=True)
gain, arm = sp.IndexedBase("a"), sp.IndexedBase("s")
first, reach = sp.symbols("a_1 s", positive=True)
at_trained = GAIN.subs(kappa, trained)

IMPOSSIBLE = [
    Identity(
        "two directions change by different factors",
        (Lam + trained) / (Lam + kappa) - (other + trained) / (other + kappa),
        (kappa - trained) * (Lam - other) / ((Lam + kappa) * (other + kappa)),
    ),
    Identity("those factors are the ratios of gains", nl.GAIN_RATIO, (Lam + trained) / (Lam + kappa)),
    # D m = e m with two entries of m different from zero would need D_1 = D_2.
    Identity(
        "an eigenvector of a diagonal matrix across two of its entries",
        entry_2 * (d_1 * entry) - entry * (d_2 * entry_2),
        (d_1 - d_2) * entry * entry_2,
    ),
    TraceIdentity(
        "responses of two columns, summed over the cluster",
        sp.Trace((X * w).T * (X * v)),
        sp.Trace(w.T * (X.T * X) * v),
    ),
    AtLeast("two active units respond with a positive product", response * response_2, sp.S.Zero, strict=True),
]

STAYS = [
    Identity("slope of a gain in the noise energy", sp.Derivative(GAIN, kappa), -(Lam - nu) / (Lam + kappa) ** 2),
    AtLeast("the gain falls", sp.S.Zero, -(Lam - nu) / (Lam + kappa) ** 2, where={Lam: nu + gap}, strict=True),
    AtLeast(
        "a larger eigenvalue saves more at every level",
        sp.diff(SAVING, Lam),
        sp.S.Zero,
        where={Lam: nu + gap},
        strict=True,
    ),
    Identity(
        "gain of a stored sample's unit",
        nl.GAIN_RATIO.subs({Lam: SQUARED_NORM, trained: level_0**2, kappa: level**2}),
        (SQUARED_NORM + level_0**2) / (SQUARED_NORM + level**2),
    ),
    Identity(
        "objective of a direction about its best gain",
        DIRECTION_LOSS,
        DIRECTION_LOSS.subs(a, GAIN) + (Lam + kappa) * (a - GAIN) ** 2,
    ),
    Identity("cost of another level's gain", (Lam + kappa) * (at_trained - GAIN) ** 2, nl.TRANSFER_EXCESS),
    SumIdentity(
        "the first direction of 2p − 1 units",
        (first - sp.Sum(gain[i] / arm[i] ** 2, (i, 2, last))) + sp.Sum(2 * (gain[i] / (2 * arm[i] ** 2)), (i, 2, last)),
        first,
    ),
    Identity("every other direction", 2 * (a / (2 * reach**2)) * reach**2, a),
]


def column_turns(second: Fraction) -> Outcome:
    """Two units on the samples (1, ±second), λ = 0: the squared slope s_2²/s_1² of a column at σ = 0 and at σ = 1.

    A column of the block is (s_1O_b1, s_2O_b2), s² the gains Λ/(Λ + 2σ²), and O fixed.
    """
    values = (Fraction(2), 2 * second**2)
    slopes = []
    for square in (Fraction(0), Fraction(1)):
        low, high = (value / (value + 2 * square) for value in values)
        slopes.append(high / low)
    return Outcome(
        slopes[0] != slopes[1], margin=f"{slopes[0]} at σ = 0, {slopes[1]} at σ = 1", detail=f"(1, ±{second})"
    )


def preference_changes(sizes: tuple[int, int]) -> Outcome:
    """Λ = 4 in a cluster of `sizes[0]`, Λ = 3 in one of `sizes[1]`, λ = 0: which saves more at σ² = 0 and at 4?"""
    better = []
    for square in (0, 4):
        savings = [Fraction(value**2, value + count * square) for value, count in zip((4, 3), sizes, strict=True)]
        better.append(savings[0] > savings[1])
    return Outcome(better[0] != better[1], margin=f"first better: {better}", detail=f"clusters of {sizes} samples")


def _draw_transfer(rng: np.random.Generator):
    return separable_problem(rng), float(rng.uniform(0.05, 1.5)), float(rng.uniform(0.05, 1.5))


def _excess(factor: float):
    """`transfer_excess` against the frozen objective of the two networks."""

    def discrepancy(drawn) -> float:
        problem, old, new = drawn
        data = (problem.X, problem.labels, problem.widths)
        losses = [
            frozen_loss(W, W, *data, new, problem.weight_decay)
            for W in (block_weights(*data, at, problem.weight_decay) for at in (old, new))
        ]
        claimed = nl.transfer_excess(*data, old, new * factor, problem.weight_decay)
        return float(abs(losses[0] - losses[1] - claimed) / losses[1])

    return discrepancy


def _draw_stored(rng: np.random.Generator):
    """Opposed samples whose gates are at least eight deviations away at both levels."""
    M = int(rng.integers(2, 5))
    dimension = int(rng.integers(M - 1, M + 3))
    samples = rng.uniform(0.8, 1.5, size=(M, 1)) * regular_simplex(M, dimension) @ random_rotation(rng, dimension).T
    levels = rng.uniform(0.01, 0.033, size=2)
    return samples, float(levels[0]), float(levels[1]), float(rng.uniform(0, 0.1 / M))


def _true_excess(factor: float):
    """The same for the exact objective of stored samples, where the gates hold but for a chance below 1e-14."""

    def discrepancy(drawn) -> float:
        samples, old, new, decay = drawn
        losses = [
            expected_loss(W, W, samples, new, decay)
            for W in (memorizing_weights(samples, at, decay) for at in (old, new))
        ]
        units = np.arange(len(samples))
        claimed = nl.transfer_excess(samples, units, np.ones_like(units), old, factor * new, decay)
        return float(abs(losses[0] - losses[1] - claimed) / losses[1])

    return discrepancy


def _carried(factor: float):
    """Stored samples: one W and the stated gains against the weights of the other level."""

    def discrepancy(drawn) -> float:
        samples, old, new, decay = drawn
        W, other_W = (memorizing_weights(samples, at, decay) for at in (old, new))
        carried = (W * nl.stored_gain_ratios(samples, old, factor * new)) @ W.T
        return float(np.abs(carried - other_W @ other_W.T).max())

    return discrepancy


def _draw_cluster(rng: np.random.Generator):
    """A cluster about its first direction, and levels."""
    p = int(rng.integers(2, 5))
    dimension = p + int(rng.integers(0, 3))
    members = np.zeros((12, dimension))
    members[:, 0] = 1.0
    members[:, 1:p] = 0.05 * rng.standard_normal((12, p - 1)) / np.sqrt(p)
    return members @ random_rotation(rng, dimension).T, p, np.concatenate([[0.0], rng.uniform(0.01, 2.0, size=4)])


def _shared(power: int):
    """2p − 1 fixed columns with gains by level, gates and all, against U diag(gains) Uᵀ on the cluster."""

    def discrepancy(drawn) -> float:
        members, p, levels = drawn
        values, vectors = np.linalg.eigh(members.T @ members)
        directions, values = vectors[:, ::-1][:, :p], values[::-1][:p]
        directions = directions * np.sign(members[0] @ directions[:, 0])
        wanted = np.array([gains(values, len(members) * at**2, 0.0) for at in levels])
        columns, units = nl.shared_units(wanted)
        W = directions @ columns
        worst = 0.0
        for row, unit in zip(wanted, units**power, strict=True):
            answer = np.maximum(members @ W, 0) * unit @ W.T
            worst = max(worst, float(np.abs(answer - members @ (directions * row) @ directions.T).max()))
            worst = max(worst, float(abs((unit * (columns**2).sum(axis=0)).sum() - row.sum())))
        return worst

    return discrepancy


CLAIM = Claim(
    identifier="BR-thm-3.1-stability",
    paper=Paper.BR,
    source="arXiv 2512.20963, Theorem 3.1 and the experiment at many noise levels",
    title="The structure across noise levels",
    kind=Kind.EQUALITY,
    hypotheses=(
        "the block weights of Theorem 3.1 at each σ, gates right on the samples, nλ below the kept eigenvalues",
        "losses with frozen gates",
    ),
    printed=Statement(
        "One structure serves all noise levels: the directions of the encoder's columns do not depend on σ, the gains "
        "alone do, as in a network of one W with one gain per unit and level.",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "U_k and the kept directions do not depend on σ, and the gains fall with σ. Memorising units keep their "
        "columns, with gains (‖x‖² + σ_0²)/(‖x‖² + σ²). For a block of p_k ≥ 2 units no W1, W2 with unit gains gives "
        "two levels, unless the kept eigenvalues are all equal; 2p_k − 1 units with fixed columns give all levels on "
        "clusters tight enough. Weights of σ_0 used at σ cost "
        "(1/n)Σ(Λ − nλ)²n_k²(σ² − σ_0²)²/((Λ + n_kσ_0²)²(Λ + n_kσ²)) more than those of σ.",
        Verdict.PROVED,
        (GAIN, nl.TRANSFER_EXCESS),
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "no fixed columns of p_k units",
            IMPOSSIBLE,
            bears=Bears.REFUTES,
            scope="all n_k, d, p_k ≥ 2, λ, two levels, kept eigenvalues not all equal",
            also_rejected=[
                AtLeast("units of unknown sign", sp.Symbol("z", real=True) * response, sp.S.Zero, strict=True),
            ],
        ),
        exact_check(
            "columns turn",
            lambda: column_turns(Fraction(1, 10)),
            [("with equal eigenvalues they do not", lambda: column_turns(Fraction(1)))],
            bears=Bears.REFUTES,
            scope="n = d = p = 2, σ = 0 and 1",
        ),
        derivation(
            "what stays",
            STAYS,
            about="corrected",
            scope="all n, n_k, d, p_k, σ, σ_0, λ",
            also_rejected=[
                Identity("excess with the other curvature", STAYS[5].left, nl.TRANSFER_EXCESS.subs(kappa, trained)),
                AtLeast("gains that rise", sp.diff(GAIN, kappa), sp.S.Zero, where={Lam: nu + gap}, strict=True),
            ],
        ),
        derivation(
            "and what does not",
            IMPOSSIBLE,
            about="corrected",
            scope="all n_k, d, p_k ≥ 2, λ, two levels, kept eigenvalues not all equal",
        ),
        exact_check(
            "the choice between clusters changes with σ",
            lambda: preference_changes((10, 1)),
            [("between clusters of one size it does not", lambda: preference_changes((10, 10)))],
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("excess against the frozen objective", _draw_transfer, _excess(1.0), 1e-11),
            [Law("σ 1 % larger", _draw_transfer, _excess(1.01), 1e-11)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("excess against the exact objective", _draw_stored, _true_excess(1.0), 1e-10),
            [Law("σ 1 % larger", _draw_stored, _true_excess(1.01), 1e-10)],
            problems=12,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("stored samples carried by gains", _draw_stored, _carried(1.0), 1e-13),
            [Law("σ 1 % larger", _draw_stored, _carried(1.01), 1e-13)],
            problems=20,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("fixed columns in excess", _draw_cluster, _shared(1), 1e-11),
            [Law("gains squared", _draw_cluster, _shared(2), 1e-11)],
            problems=20,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
