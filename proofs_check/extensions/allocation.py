"""Our own: which block sizes p_k a fixed total width chooses.

With frozen gates n·L is a sum of Lemma D.1 objectives, one a cluster, with noise energy n_kσ² and decay nλ
(own-frozen-gates); at its minimum a block of p_k units saves its p_k largest s_kj = (Λ_kj − nλ)_+²/(Λ_kj + n_kσ²) of
Σ_j Λ_kj (BR-lem-D.1). p_k = 0 saves nothing, units beyond the rank save s_kj = 0. So n·L(p_1 … p_M) is the total
energy minus a sum of savings, and one more unit in block k saves s_{k,p_k+1}, whatever the other blocks hold.

s does not fall as Λ grows, so the savings of one block are in descending order. Let θ ≥ 0 be the p-th largest of all
savings of all clusters (θ = 0 if there are fewer than p), e_j = (s_j − θ)_+ and f_j = (θ − s_j)_+, and let χ_j say
whether direction j is kept. For any p_k with Σ p_k ≤ p

    Σ_j χ_js_j = pθ + Σ_j e_j − [Σ_j (1 − χ_j)e_j + Σ_j χ_jf_j + θ(p − Σ_j χ_j)],

and every term in the bracket is ≥ 0. The p largest savings make it zero: χ = 1 where s_j > θ, χ = 0 where s_j < θ,
and all p units are used if θ > 0. They can be chosen as a prefix of each block (ties within a block by order), that
is, as widths. So handing units out one by one to the largest gain is optimal for all M, p and spectra; the optimal
widths are exactly those with #{j: s_kj > θ} ≤ p_k ≤ #{j: s_kj ≥ θ} and, if θ > 0, Σ p_k = p; they are unique unless
savings of two clusters tie at θ.

Two directions save the same where (Λ_a − ν)²(Λ_b + n_bσ²) = (Λ_b − ν)²(Λ_a + n_aσ²), ν = nλ: linear in σ², and with
square roots linear in ν. So their order turns at most once as σ grows, and at most once as λ grows. In clusters of
one size it never turns, for s is increasing in Λ. At λ = 0 the order is that of Λ at small σ, of Λ²/n_k at large σ.
"""

import itertools

import numpy as np
import sympy as sp

from numerics.minimize import minimize
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import Problem, separable_problem
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Method, Verdict
from theory import allocation as al
from theory.block_minimizer import block_weights, frozen_loss, gate_margin
from theory.linear_autoencoder import DECAY, EIGENVALUE, NOISE_ENERGY, SAVING, gram_spectrum, optimal_weights

above = sp.Symbol("t", positive=True)
more, theta = sp.symbols("g theta", nonnegative=True)
p, number = sp.symbols("p R", integer=True, positive=True)
j = sp.Symbol("j", integer=True)
over, under, kept = sp.IndexedBase("e"), sp.IndexedBase("f"), sp.IndexedBase("chi")
(first, second), (n_a, n_b), nu, sigma = al.EIGENVALUES, al.SIZES, al.DECAY, al.SIGMA
x = sp.Symbol("x", positive=True)


def saving(eigenvalue: sp.Expr, size: sp.Expr, decay: sp.Expr = nu, noise: sp.Expr = sigma**2) -> sp.Expr:
    """Lemma D.1's saving for a direction of a cluster of the given size."""
    return SAVING.xreplace({EIGENVALUE: eigenvalue, NOISE_ENERGY: size * noise, DECAY: decay})


def _sum(term: sp.Expr) -> sp.Expr:
    return sp.Sum(term, (j, 1, number))


STEPS = [
    AtLeast(
        "a larger eigenvalue saves no less",
        SAVING.xreplace({EIGENVALUE: DECAY + above + more}),
        SAVING.xreplace({EIGENVALUE: DECAY + above}),
    ),
    SumIdentity(
        "what a choice of directions falls short by",
        _sum(kept[j] * (theta + over[j] - under[j])),
        p * theta
        + _sum(over[j])
        - (_sum((1 - kept[j]) * over[j]) + _sum(kept[j] * under[j]) + theta * (p - _sum(kept[j]))),
    ),
    Identity(
        "equal savings are linear in σ²",
        (first - nu) ** 2 * (second + n_b * x) - (second - nu) ** 2 * (first + n_a * x),
        ((second - nu) ** 2 * n_a - (first - nu) ** 2 * n_b) * (al.NOISE_CROSSOVER - x),
    ),
    Identity(
        "the crossing in λ",
        saving(first, n_a, decay=al.DECAY_CROSSOVER),
        saving(second, n_b, decay=al.DECAY_CROSSOVER),
    ),
    AtLeast(
        "clusters of one size keep the order of Λ",
        saving(first, n_a).xreplace({first: nu + above + more}),
        saving(second, n_a).xreplace({second: nu + above}),
    ),
]


def _draw_any(rng: np.random.Generator):
    """Clusters of one, three and six samples with leading eigenvalues near one: σ and n_k decide. None is separable."""
    d = int(rng.integers(2, 5))
    sizes = rng.permutation([1, 3, 6])
    clusters = [rng.standard_normal((size, d)) for size in sizes]
    X = np.concatenate([rng.uniform(0.93, 1.0) * c / np.linalg.norm(c, 2) for c in clusters])
    decay = float(rng.choice([0.0, 0.1, 0.3])) / len(X)
    return X, np.repeat(np.arange(3), sizes), int(rng.integers(1, 3)), float(rng.choice([0.0, 0.2, 2.0])), decay


def _loss_of_widths(X: np.ndarray, labels: np.ndarray, widths, sigma_value: float, decay: float) -> float:
    blocks = [
        optimal_weights(X[labels == k], int(width), sigma_value, len(X) * decay / float((labels == k).sum()))
        for k, width in enumerate(widths)
    ]
    W = np.concatenate(blocks, axis=1)
    return frozen_loss(W, W, X, labels, np.array(widths), sigma_value, decay)


def _no_better(choose):
    """By how much some composition has a lower loss, of actual weight matrices, than the widths chosen."""

    def discrepancy(problem) -> float:
        X, labels, width, sigma_value, decay = problem
        arguments = (sigma_value, decay)
        every = [c for c in itertools.product(range(width + 1), repeat=int(labels.max()) + 1) if sum(c) <= width]
        best = min(_loss_of_widths(X, labels, c, *arguments) for c in every)
        return (_loss_of_widths(X, labels, choose(*problem), *arguments) - best) / float((X**2).mean())

    return discrepancy


def _by_energy(X, labels, width, sigma_value, decay):
    """Units to the largest Gram eigenvalues, as without noise."""
    del sigma_value
    return al.allocate(X, labels, width, 0.0, decay)


def _by_large_noise(X, labels, width, sigma_value, decay):
    """Units to the largest (Λ − nλ)_+²/n_k, as under large noise."""
    del sigma_value
    return al.allocate(X, labels, width, 1e3, decay)


def _block_starts(problem: Problem, width: int) -> list[tuple[tuple[int, ...], np.ndarray]]:
    """Block weights for all widths that add up to `width`, none beyond the rank of its cluster."""
    clusters = [problem.X[problem.labels == k] for k in range(len(problem.widths))]
    ranks = [int((gram_spectrum(members)[0] > 1e-9).sum()) for members in clusters]
    every = [c for c in itertools.product(*(range(rank + 1) for rank in ranks)) if sum(c) == width]
    arguments = (problem.sigma, problem.weight_decay)
    return [(c, block_weights(problem.X, problem.labels, np.array(c), *arguments)) for c in every]


def _draw_separable(rng: np.random.Generator) -> tuple[Problem, int]:
    """Two or three separable clusters, and one or two units whose gates are right however they are shared out."""
    while True:
        drawn = separable_problem(rng, most_clusters=3, most_members=3, sigma_over_margin=0.08)
        smallest = min(gram_spectrum(drawn.X[drawn.labels == k])[0][-1] for k in range(len(drawn.widths)))
        problem = Problem(drawn.X, drawn.labels, drawn.widths, drawn.sigma, 0.5 * smallest / len(drawn.X))
        width = int(rng.integers(1, 3))
        starts = _block_starts(problem, width) if smallest > 1e-9 else []
        margins = [gate_margin(W, problem.X, problem.labels, np.array(c)) for c, W in starts]
        if len(starts) > 1 and min(margins) > 8 * problem.sigma:
            return problem, width


def _lowest_of_all(choose):
    """By how much the minimiser of the exact objective from the chosen widths lies above the lowest from all widths."""

    def discrepancy(drawn) -> float:
        problem, width = drawn
        arguments = (problem.sigma, problem.weight_decay)
        found = {c: minimize(problem.X, W, W, *arguments).loss for c, W in _block_starts(problem, width)}
        chosen = choose(problem.X, problem.labels, width, *arguments)
        return (found[tuple(chosen.tolist())] - min(found.values())) / float((problem.X**2).mean())

    return discrepancy


def _least_gain_first(X, labels, width, sigma_value, decay):
    """Units to the cluster whose first unit gains least, then to the next."""
    gains = al.marginal_gains(X, labels, sigma_value, decay)
    widths = np.zeros(len(gains), dtype=np.int64)
    for k in np.argsort([each[0] for each in gains], kind="stable"):
        widths[k] = min(width - widths.sum(), np.count_nonzero(gains[k]))
    return widths


CLAIM = Claim(
    identifier="own-allocation",
    paper=Paper.OWN,
    source="this project",
    title="Which block sizes a fixed width chooses",
    kind=Kind.EQUALITY,
    hypotheses=(
        "every unit of block k active on cluster k and silent elsewhere, whatever the noise",
        "Σ p_k ≤ p, p_k ≥ 0; Λ_kj the eigenvalues of cluster k's Gram matrix, n_k its size, n all samples",
    ),
    printed=Statement(
        "One more unit in block k lowers n·L by s_kj = (Λ_kj − nλ)_+²/(Λ_kj + n_kσ²), j = p_k + 1. The least loss is "
        "that of the p largest s_kj of all clusters, reached by units handed out one by one to the largest gain. The "
        "widths with #{s_kj > θ} ≤ p_k ≤ #{s_kj ≥ θ}, θ the p-th largest, that use all units if θ > 0, and no others, "
        "reach it. Two directions change their order at most once as σ grows, at σ² = [(Λ_a − nλ)²Λ_b − (Λ_b − "
        "nλ)²Λ_a]/[(Λ_b − nλ)²n_a − (Λ_a − nλ)²n_b], at most once as λ grows, and never in clusters of one size.",
        Verdict.PROVED,
        (al.NOISE_CROSSOVER, al.DECAY_CROSSOVER),
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "savings in order",
            STEPS,
            scope="all M, p, d, n_k, spectra, σ, λ",
            also_rejected=[
                Identity(
                    "crossing in σ of clusters of one size",
                    saving(first, n_a, noise=al.NOISE_CROSSOVER),
                    saving(second, n_a, noise=al.NOISE_CROSSOVER),
                ),
                AtLeast(
                    "clusters of two sizes keep the order of Λ",
                    saving(first, n_a).xreplace({first: nu + above + more}),
                    saving(second, n_b).xreplace({second: nu + above}),
                ),
            ],
        ),
        property_check(
            Law("no composition is better", _draw_any, _no_better(al.allocate), 1e-12),
            [
                Law("largest eigenvalues first", _draw_any, _no_better(_by_energy), 1e-12),
                Law("as under large noise", _draw_any, _no_better(_by_large_noise), 1e-12),
            ],
            problems=60,
            bears=Bears.SUPPORTS,
            scope="M = 3, p ≤ 2, all compositions, loss of weight matrices",
        ),
        property_check(
            Law("lowest minimiser of the exact objective", _draw_separable, _lowest_of_all(al.allocate), 1e-9),
            [Law("least gain first", _draw_separable, _lowest_of_all(_least_gain_first), 1e-9)],
            problems=4,
            bears=Bears.SUPPORTS,
            method=Method.DESCENT,
            scope="separable clusters with right gates, from block weights of all widths",
        ),
    ),
)
