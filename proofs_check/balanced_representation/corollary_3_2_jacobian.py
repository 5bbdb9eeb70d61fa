"""BR Corollaries 3.2 and 3.3: the Jacobian W2 diag(gate) W1ᵀ at memorised and at generalised samples.

Where only the units of block k are open, J = W_kW_kᵀ = U_kS_kO_kᵀO_kS_kU_kᵀ = U_k diag(gains) U_kᵀ: the turn O_k drops
out. One sample x alone gives the block r·x, hence J = r²xxᵀ with value r²‖x‖² = (‖x‖² − nλ)/(‖x‖² + σ²); m copies of it
give (m‖x‖² − nλ)/(m‖x‖² + mσ²). J depends on the gates alone, so it is the same at x + σε as long as no gate
switches.

The components are those of Σ_j x_jx_jᵀ about the origin. The mean of the cluster is among them, usually first: for
(1, ±1/10) one unit keeps the direction of the mean, although the samples differ in the other one only.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
import torch

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import separable_problem
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory.block_minimizer import (
    COUNT,
    DUPLICATED_GAIN,
    MEMORIZING_SQUARED_SCALE,
    MULTIPLICITY,
    SIGMA,
    SQUARED_NORM,
    WEIGHT_DECAY,
    block_weights,
    gate_margin,
)
from theory.jacobian import network_jacobian
from theory.linear_autoencoder import DECAY, EIGENVALUE, GAIN, NOISE_ENERGY

N, n, m, lam, sigma = SQUARED_NORM, COUNT, MULTIPLICITY, WEIGHT_DECAY, SIGMA
d, p = sp.symbols("d p", integer=True, positive=True)
U, S = sp.MatrixSymbol("U", d, p), sp.MatrixSymbol("S", p, p)
turn, any_matrix, small = sp.MatrixSymbol("O", p, p), sp.MatrixSymbol("B", d, d), sp.MatrixSymbol("C", p, d)
block = U * S * turn.T

STEPS = [
    # An equation of matrices is one of traces against any matrix B.
    TraceIdentity(
        "Jacobian of an open block",
        sp.Trace(any_matrix * block * block.T),
        sp.Trace(any_matrix * U * S * S * U.T),
        symmetric=(S,),
        orthogonal=(turn,),
    ),
    TraceIdentity(
        "its eigenvectors are the columns of U",
        sp.Trace(small * (U * S * S * U.T) * U),
        sp.Trace(small * U * S * S),
        symmetric=(S,),
        orthonormal=(U,),
    ),
    Identity(
        "its eigenvalues S² of eq. 8 are the gains of Lemma D.1",
        (1 - DECAY / EIGENVALUE) / (1 + NOISE_ENERGY / EIGENVALUE),
        GAIN,
    ),
    Identity("one stored sample: U = x/‖x‖, its value", MEMORIZING_SQUARED_SCALE * N, (N - n * lam) / (N + sigma**2)),
    Identity("value with m copies", DUPLICATED_GAIN, (m * N - n * lam) / (m * (N + sigma**2))),
]


def first_component(second: Fraction, about_mean: bool) -> Outcome:
    """The leading principal direction of (1, ±second), about the origin or about the mean: is it the mean's?"""
    along = Fraction(0) if about_mean else Fraction(2)
    across = 2 * second**2
    return Outcome(along > across, margin=f"Σx_jx_jᵀ = diag({along}, {across})", detail=f"samples (1, ±{second})")


def _draw(rng: np.random.Generator):
    """A block network whose gates are right, and for every sample a noisy point at most a margin away."""
    while True:
        problem = separable_problem(rng)
        arguments = (problem.X, problem.labels, problem.widths)
        W = block_weights(*arguments, problem.sigma, problem.weight_decay)
        margin = gate_margin(W, *arguments)
        if margin > 0:
            break
    steps = rng.standard_normal(problem.X.shape)
    steps *= 0.99 * margin / np.linalg.norm(steps, axis=1, keepdims=True)
    return problem, W, problem.X + steps


def _gram_jacobian(problem, label: int, decay_factor: float, centred: bool) -> np.ndarray:
    members = problem.X[problem.labels == label]
    if centred:
        members = members - members.mean(axis=0)
    values, vectors = np.linalg.eigh(members.T @ members)
    kept = slice(len(values) - problem.widths[label], None)
    energy, decay = len(members) * problem.sigma**2, len(problem.X) * problem.weight_decay * decay_factor
    total = values[kept] + energy
    # About the mean a single sample has nothing left, and without noise nothing to divide by.
    gains = np.divide(values[kept] - decay, total, out=np.zeros_like(total), where=total > 0)
    return (vectors[:, kept] * gains) @ vectors[:, kept].T


def _components(decay_factor: float = 1.0, centred: bool = False):
    """Automatic differentiation at the noisy points against the principal components of the Gram matrix."""

    def discrepancy(drawn) -> float:
        problem, W, points = drawn
        tensor = torch.tensor(W)
        worst = 0.0
        for point, label in zip(points, problem.labels.tolist(), strict=True):
            slope = torch.autograd.functional.jacobian(lambda y: tensor @ torch.relu(tensor.T @ y), torch.tensor(point))
            claimed = _gram_jacobian(problem, label, decay_factor, centred)
            worst = max(worst, float(np.abs(np.asarray(slope) - claimed).max()))
        return worst

    return discrepancy


def _against_differences(drawn) -> float:
    """The same Jacobian from `theory`, on networks of any kind, against exact differences within a gate cell."""
    _, W, points = drawn
    slopes = network_jacobian(W, W[:, ::-1], points)
    values = [np.maximum(p @ W, 0) @ W[:, ::-1].T for p in (1.5 * points, points)]
    return float(np.abs(np.einsum("mij,mj->mi", slopes, points) - 2 * (values[0] - values[1])).max())


def _half_open(drawn) -> float:
    _, W, points = drawn
    values = np.maximum(points @ W, 0) @ W[:, ::-1].T
    slopes = network_jacobian(-W, W[:, ::-1], points)
    return float(np.abs(np.einsum("mij,mj->mi", slopes, points) - values).max())


CLAIM = Claim(
    identifier="BR-cor-3.2-jacobian",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollaries 3.2 and 3.3, Jacobian",
    title="Jacobian at memorised and generalised samples",
    kind=Kind.EQUALITY,
    hypotheses=(
        "the weights of Theorem 3.1 without the residual R",
        "at the point the units of one block are open and no others (so at the samples, if the gates are right)",
        "principal components of Σ_j x_jx_jᵀ over the cluster, about the origin",
    ),
    printed=Statement(
        "W2 diag(gate) W1ᵀ has rank one and the value (‖x‖² − nλ)/(‖x‖² + σ²) at a memorised sample, and is U_k "
        "diag((Λ − nλ)/(Λ + n_kσ²)) U_kᵀ, the local principal components, at a generalised one.",
        Verdict.PROVED,
        (STEPS[3].right, GAIN),
    ),
    depends_on=("BR-lem-D.1",),
    checks=(
        derivation(
            "one open block",
            STEPS,
            scope="all n, d, p_k, m, σ, λ, O_k",
            also_rejected=[
                TraceIdentity("any matrix O", STEPS[0].left, STEPS[0].right, symmetric=(S,)),
                Identity("value without decay", STEPS[3].left, N / (N + sigma**2)),
            ],
        ),
        exact_check(
            "the first component of a tight cluster is its mean's",
            lambda: first_component(Fraction(1, 10), about_mean=False),
            [("about the mean it is not", lambda: first_component(Fraction(1, 10), about_mean=True))],
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("automatic differentiation at noisy points", _draw, _components(), 1e-11),
            [
                Law("decay 1 % larger", _draw, _components(1.01), 1e-11),
                Law("components about the mean", _draw, _components(centred=True), 1e-11),
            ],
            problems=30,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("Jacobian against differences", _draw, _against_differences, 1e-11),
            [Law("gates reversed", _draw, _half_open, 1e-11)],
            problems=10,
            bears=Bears.SUPPORTS,
        ),
    ),
)
