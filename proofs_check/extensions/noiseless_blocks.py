"""Our own: Theorem 3.1 at σ = 0, exactly, wherever the gates hold.

At σ = 0 the objective is a finite sum over the samples. If every unit of block k has w·x > 0 on cluster k and w·x < 0
elsewhere, all of them by a distance m > 0 (gate_margin), encoders that differ by less than m‖w_a‖/max‖x‖ in each column
keep these signs, and for them the objective is the frozen one (own-frozen-gates): Lemma D.1 cluster by cluster, of
which the block formula is a global minimiser. So it is a local minimiser, with R = 0.
"""

import numpy as np
import sympy as sp

from numerics.objective import expected_loss, loss_and_gradient
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import Problem, separable_problem
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast
from proofs_check.verdict import Verdict
from theory.block_minimizer import block_weights, frozen_loss, gate_margin
from theory.linear_autoencoder import optimal_value

M = sp.Symbol("M", integer=True, positive=True)
k = sp.Symbol("k", integer=True)
value, best = sp.IndexedBase("L"), sp.IndexedBase("L*")
response, change, size, left = sp.symbols("q delta N t", positive=True)

STEPS = [
    AtLeast(
        "an open gate stays open",
        response - change * size,
        sp.S.Zero,
        where={response: change * size + left},
        strict=True,
    ),
    AtLeast(
        "a closed gate stays closed",
        sp.S.Zero,
        -response + change * size,
        where={response: change * size + left},
        strict=True,
    ),
    SumIdentity(
        "each cluster at its own minimum",
        sp.Sum(value[k] - best[k], (k, 1, M)),
        sp.Sum(value[k], (k, 1, M)) - sp.Sum(best[k], (k, 1, M)),
    ),
]


def _draw(rng: np.random.Generator) -> tuple[Problem, np.ndarray, np.ndarray]:
    while True:
        problem = separable_problem(rng, most_width=3)
        W = block_weights(problem.X, problem.labels, problem.widths, 0.0, problem.weight_decay)
        if gate_margin(W, problem.X, problem.labels, problem.widths) > 1e-3:
            return problem, W, rng.standard_normal((6, 2, *W.shape))


def _local_minimum(length: float):
    """Gradient at the blocks, loss against Lemma D.1's minima, and any lower value inside the ball of kept gates."""

    def discrepancy(drawn) -> float:
        problem, W, changes = drawn
        X, labels, widths, decay = problem.X, problem.labels, problem.widths, problem.weight_decay
        W = length * W
        loss, *gradient = loss_and_gradient(W, W, X, 0.0, decay)
        minima = [
            optimal_value(X[labels == c], width, 0.0, len(X) * decay / (labels == c).sum())
            for c, width in enumerate(widths)
        ]
        norms = np.linalg.norm(W, axis=0)
        radius = gate_margin(W, X, labels, widths) * norms.min() / np.linalg.norm(X, axis=1).max()
        errors = [abs(loss - sum(minima) / len(X)), *(float(np.abs(g).max()) for g in gradient)]
        for change1, change2 in changes:
            step = 0.99 * radius / np.linalg.norm(change1, axis=0).max()
            W1, W2 = W + step * change1, W + step * change2
            away = expected_loss(W1, W2, X, 0.0, decay)
            errors.append(max(0.0, loss - away))
            # The decoder may be large, and the loss with it.
            errors.append(abs(away - frozen_loss(W1, W2, X, labels, widths, 0.0, decay)) / (1 + away))
        return max(errors) / (1 + float((X**2).sum(axis=1).max()))

    return discrepancy


CLAIM = Claim(
    identifier="own-noiseless-blocks",
    paper=Paper.OWN,
    source="this project; Theorem 3.1 of arXiv 2512.20963 at σ = 0 with its gates stated",
    title="Block minimiser without noise",
    kind=Kind.EXISTENCE,
    hypotheses=("σ = 0, λ ≥ 0, nλ below the p_k-th Gram eigenvalue of each cluster", "strict gates: gate_margin > 0"),
    printed=Statement(
        "The block formula is a local minimiser of the objective, and its value is the sum of Lemma D.1's global "
        "minima.",
        Verdict.PROVED,
    ),
    depends_on=("BR-lem-D.1", "own-frozen-gates"),
    checks=(
        derivation(
            "gates persist, clusters are minimal",
            STEPS,
            scope="all n, d, M, p_k, λ",
            also_rejected=[
                AtLeast(
                    "a gate at the hyperplane",
                    response - change * size,
                    sp.S.Zero,
                    where={response: change * size - left},
                    strict=True,
                )
            ],
        ),
        property_check(
            Law("minimum among nearby weights", _draw, _local_minimum(1.0), 1e-10),
            [Law("weights 1 % longer", _draw, _local_minimum(1.01), 1e-10)],
            problems=40,
            bears=Bears.SUPPORTS,
        ),
    ),
)
