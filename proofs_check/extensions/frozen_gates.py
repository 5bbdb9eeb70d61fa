"""Our own: with its gates frozen, the training objective is Lemma D.1 cluster by cluster.

Hold every unit of block k active on cluster k and silent elsewhere. Then f(x_kj + σε) = A_k(x_kj + σε), A_k =
W2_kW1_kᵀ, the noise average is ‖A_kx − x‖² + σ²‖A_k‖², the sum over the n_k members carries n_kσ²‖A_k‖², and the
decay is a sum over blocks. n times the objective is a sum of Lemma D.1 objectives with noise energy n_kσ² and decay
nλ, which share no variable. At σ = 0 this is not an approximation: as long as the gates hold strictly on the samples,
they hold for all nearby weights.
"""

import numpy as np
import sympy as sp

from numerics.objective import expected_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import Problem, separable_problem
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.sums import SumIdentity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory.block_minimizer import block_weights, frozen_loss

d, p, M = sp.symbols("d p M", integer=True, positive=True)
n_k = sp.Symbol("n_k", integer=True, positive=True)
sigma, decay = sp.symbols("sigma lambda", positive=True)
x, noise = sp.MatrixSymbol("x", d, 1), sp.MatrixSymbol("epsilon", d, 1)
W1, W2 = sp.MatrixSymbol("W1", d, p), sp.MatrixSymbol("W2", d, p)
denoiser = W2 * W1.T
j = sp.Symbol("j", integer=True)
misfit = sp.IndexedBase("q")
norm = sp.Symbol("A", nonnegative=True)

STEPS = [
    TraceIdentity(
        "noise average of one sample",
        squared_norm(denoiser * (x + sigma * noise) - x),
        squared_norm(denoiser * x - x) + sigma**2 * squared_norm(denoiser),
        noise=(noise,),
    ),
    SumIdentity(
        "sum over the members of a cluster",
        sp.Sum(misfit[j] + sigma**2 * norm, (j, 1, n_k)),
        sp.Sum(misfit[j], (j, 1, n_k)) + n_k * sigma**2 * norm,
    ),
]


def _draw(rng: np.random.Generator) -> tuple[Problem, np.ndarray, np.ndarray]:
    problem = separable_problem(rng)
    W = block_weights(problem.X, problem.labels, problem.widths, problem.sigma, problem.weight_decay)
    shake = [1e-4 * rng.standard_normal(W.shape) for _ in range(2)]
    return problem, W + shake[0], W + shake[1]


def _draw_one_unit(rng: np.random.Generator) -> tuple[Problem, np.ndarray, np.ndarray]:
    problem = separable_problem(rng, most_width=1)
    W = block_weights(problem.X, problem.labels, problem.widths, problem.sigma, problem.weight_decay)
    shake = [1e-3 * rng.standard_normal(W.shape) for _ in range(2)]
    return problem, W + shake[0], W + shake[1]


def _noiseless(change: float):
    """At σ = 0 with one unit a cluster the frozen and the true objective are the same number."""

    def discrepancy(drawn) -> float:
        problem, W1_, W2_ = drawn
        frozen = frozen_loss(W1_, W2_, problem.X, problem.labels, problem.widths, 0.0, problem.weight_decay)
        true = expected_loss(W1_, W2_, problem.X, 0.0, problem.weight_decay * change)
        return float(abs(frozen - true) / (1 + abs(true)))

    return discrepancy


def _draw_units(rng: np.random.Generator) -> tuple[Problem, float]:
    return separable_problem(rng), float(10.0 ** rng.uniform(-9, 9))


def _unit_free(power: int):
    """Block weights carry no unit: X and σ in other units, λ in those units to the given power."""

    def discrepancy(drawn) -> float:
        problem, unit = drawn
        W = block_weights(problem.X, problem.labels, problem.widths, problem.sigma, problem.weight_decay)
        X, decay = unit * problem.X, unit**power * problem.weight_decay
        try:
            other = block_weights(X, problem.labels, problem.widths, unit * problem.sigma, decay)
        except ValueError:
            return float("inf")
        return float(np.abs(other @ other.T - W @ W.T).max())

    return discrepancy


def _draw_noise(rng: np.random.Generator):
    problem, W1_, W2_ = _draw(rng)
    sigma_value = problem.sigma + 0.2
    owner = np.repeat(np.arange(len(problem.widths)), problem.widths)
    open_gate = (problem.labels[:, None] == owner[None, :]).astype(float)
    draws = np.zeros(20_000)
    for x_i, gate in zip(problem.X, open_gate, strict=True):
        y = x_i + sigma_value * rng.standard_normal((len(draws), len(x_i)))
        draws += (((y @ W1_) * gate @ W2_.T - x_i) ** 2).sum(axis=1) / len(problem.X)
    arguments = (problem.X, problem.labels, problem.widths)
    claimed = frozen_loss(W1_, W2_, *arguments, sigma_value, 0.0)
    return draws, {"claimed": claimed, "σ 5 % larger": frozen_loss(W1_, W2_, *arguments, 1.05 * sigma_value, 0.0)}


CLAIM = Claim(
    identifier="own-frozen-gates",
    paper=Paper.OWN,
    source="this project, from the appendix of arXiv 2512.20963",
    title="Frozen gates decouple the clusters",
    kind=Kind.EQUALITY,
    hypotheses=("every unit of block k active on cluster k and silent elsewhere, whatever the noise",),
    printed=Statement(
        "n·L = Σ_k [‖A_kX_kᵀ − X_kᵀ‖² + n_kσ²‖A_k‖² + nλ(‖W1_k‖² + ‖W2_k‖²)], A_k = W2_kW1_kᵀ.",
        Verdict.PROVED,
        tuple(sp.Eq(step.left, step.right) for step in STEPS[1:]),
    ),
    checks=(
        derivation(
            "decoupling",
            STEPS,
            scope="all n_k, d, p_k, M, σ, λ",
            also_rejected=[TraceIdentity("noise that does not average out", STEPS[0].left, STEPS[0].right)],
        ),
        property_check(
            Law("equal to the objective at σ = 0", _draw_one_unit, _noiseless(1.0), 1e-13),
            [Law("decay 1 % larger", _draw_one_unit, _noiseless(1.01), 1e-13)],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("blocks in other units", _draw_units, _unit_free(2), 1e-12),
            [Law("decay as a length", _draw_units, _unit_free(1), 1e-12)],
            problems=30,
            bears=Bears.SUPPORTS,
        ),
        monte_carlo("noise through frozen gates", _draw_noise, ["σ 5 % larger"], problems=6, bears=Bears.SUPPORTS),
    ),
)
