"""Our own: what homogeneity makes of the Jacobian and of the local dimension (FLIPD) read from it.

A network without biases is linear in each gate cell, and cells are cones: J(cy) = J(y), and f(y) = J(y)y, the
derivative of f(cy) = c·f(y) at c = 1. So the slope at x along x is x·f(x)/‖x‖² = 1 + x·(f(x) − x)/‖x‖², at least
1 − ‖f(x) − x‖/‖x‖ by Cauchy and Schwarz (‖e − tx‖² ≥ 0 at t = x·e/‖x‖²). A network that reproduces a sample passes
noise along it unreduced, at any width: the one direction in the Jacobian of a memorised sample is that of homogeneity,
not a direction of the data. (The empirical denoiser, which is not homogeneous, has the posterior covariance over σ² for
Jacobian: zero at an isolated sample as σ → 0.)

FLIPD is tr J + ‖f(y) − y‖²/σ². In an open block f − x has the components −(1 − a)ξ in the kept directions and −ξ in the
others, so the mean over the cluster counts a + (1 − a)²s/σ² for a kept direction of second moment s, s/σ² for another.
At a = s/(s + σ²) the first is 1 − σ⁴/(s + σ²)². A stored sample is the case of one direction, s = ‖x‖². With decay
the count of a stored sample less one is (σ² + nλ)(nλN − σ⁴)/(σ²(N + σ²)²), positive where σ⁴ < nλN, and it grows
without bound as σ → 0.
"""

import numpy as np
import sympy as sp
import torch

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import separable_problem
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory import jacobian as jb
from theory.block_minimizer import COUNT, SIGMA, SQUARED_NORM, WEIGHT_DECAY, block_weights, gate_margin
from theory.linear_autoencoder import GAIN_SYMBOL
from theory.spectral_loss import LIMITING_GAIN, MOMENT

N, n, lam, sigma, s, a = SQUARED_NORM, COUNT, WEIGHT_DECAY, SIGMA, MOMENT, GAIN_SYMBOL
d = sp.Symbol("d", integer=True, positive=True)
x, J = sp.MatrixSymbol("x", d, 1), sp.MatrixSymbol("J", d, d)
error = J * x - x
c = sp.Symbol("c", positive=True)
decoder, z, t, along = sp.symbols("v z t p", real=True)
misfit = sp.Symbol("E", nonnegative=True)
j, members = sp.Symbol("j", integer=True), sp.Symbol("m", integer=True, positive=True)
component = sp.IndexedBase("xi")
stored = 1 - sigma**4 / (N + sigma**2) ** 2

STEPS = [
    Identity("an open unit along the ray", sp.Derivative(decoder * (c * z), c), decoder * z),
    TraceIdentity(
        "slope at x along x, f(x) = Jx",
        sp.Trace(x.T * J * x),
        squared_norm(x) + sp.Trace(x.T * error),
    ),
    TraceIdentity(
        "Cauchy and Schwarz: a square for every t",
        squared_norm(error - t * x),
        squared_norm(error) - 2 * t * sp.Trace(x.T * error) + t**2 * squared_norm(x),
    ),
    Identity("at the best t", misfit - 2 * t * along + t**2 * N, misfit - along**2 / N + N * (t - along / N) ** 2),
    SumIdentity(
        "misfit of a kept direction over a cluster",
        sp.Sum((a * component[j] - component[j]) ** 2, (j, 1, members)) / (members * sigma**2),
        (1 - a) ** 2 / sigma**2 * (sp.Sum(component[j] ** 2, (j, 1, members)) / members),
    ),
    Identity(
        "a kept direction at λ = 0",
        jb.DIRECTION_COUNT.subs(a, sp.cancel(LIMITING_GAIN.subs(lam, 0))),
        1 - sigma**4 / (s + sigma**2) ** 2,
    ),
    Identity("a stored sample at λ = 0", jb.STORED_DIMENSION.subs(lam, 0), stored),
    Identity(
        "a stored sample with decay",
        jb.STORED_DIMENSION,
        1 + (sigma**2 + n * lam) * (n * lam * N - sigma**4) / (sigma**2 * (N + sigma**2) ** 2),
    ),
    AtLeast("a stored sample counts, at λ = 0", stored, sp.S.Zero, strict=True),
    AtLeast("less than one", sp.S.One, stored, strict=True),
]


def _draw_network(rng: np.random.Generator):
    """Any network, weights of any sign, and a point."""
    d, p = (int(v) for v in rng.integers(1, 7, size=2))
    W1, W2 = rng.standard_normal((2, d, p))
    return torch.tensor(W1), torch.tensor(W2), rng.standard_normal(d), float(rng.uniform(0.1, 1.0))


def _network(W1: torch.Tensor, W2: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return W2 @ torch.relu(W1.T @ y)


def _euler(factor: float, bias: float = 0.0):
    """Automatic differentiation at 3y times y against f(y)."""

    def discrepancy(drawn) -> float:
        W1, W2, y, _ = drawn
        point = torch.tensor(y)
        moved = lambda at: _network(W1, W2, at) + bias * at.norm() ** 2 * W2.sum(dim=1)  # noqa: E731
        slope = torch.autograd.functional.jacobian(moved, 3 * point)
        return float((torch.as_tensor(slope) @ point - factor * moved(point)).abs().max())

    return discrepancy


def _flipd(factor: float):
    """`local_dimension` against FLIPD by automatic differentiation."""

    def discrepancy(drawn) -> float:
        W1, W2, y, sigma_value = drawn
        point = torch.tensor(y)
        slope = torch.as_tensor(torch.autograd.functional.jacobian(lambda at: _network(W1, W2, at), point))
        misfit = _network(W1, W2, point) - point
        expected = float(torch.trace(slope) + (misfit**2).sum() / sigma_value**2)
        found = jb.local_dimension(W1, W2, y[None], factor * sigma_value)[0]
        return float(abs(found - expected) / (1 + abs(expected)))

    return discrepancy


def _draw_block(rng: np.random.Generator):
    while True:
        problem = separable_problem(rng)
        sigma_value = problem.sigma + 0.05
        W = block_weights(problem.X, problem.labels, problem.widths, sigma_value, problem.weight_decay)
        if gate_margin(W, problem.X, problem.labels, problem.widths) > 0:
            return problem, sigma_value, W


def _cluster_mean(decay_factor: float):
    """Mean FLIPD of each cluster at its samples, against the count of its directions; alone, that of a stored one."""

    def discrepancy(drawn) -> float:
        problem, sigma_value, W = drawn
        found = jb.local_dimension(W, W, problem.X, sigma_value)
        worst = 0.0
        for k, width in enumerate(problem.widths):
            cluster = problem.X[problem.labels == k]
            mixing, decay = len(cluster) / len(problem.X), decay_factor * problem.weight_decay
            spectrum = np.linalg.eigvalsh(cluster.T @ cluster / len(cluster)).clip(0.0)
            claimed = [jb.block_dimension(spectrum, width, mixing, sigma_value, decay)]
            if len(cluster) == 1:
                squared_norm = float(cluster[0] @ cluster[0])
                claimed.append(jb.stored_dimension(squared_norm, sigma_value, len(problem.X), decay))
            mean = found[problem.labels == k].mean()
            worst = max(worst, float(np.abs(mean - np.array(claimed)).max() / mean))
        return worst

    return discrepancy


CLAIM = Claim(
    identifier="own-homogeneous-jacobian",
    paper=Paper.OWN,
    source="this project",
    title="Jacobian and local dimension of a network without biases",
    kind=Kind.EQUALITY,
    hypotheses=(
        "W2[W1ᵀy]_+ with any weights, no pre-activation zero at y",
        "for the counts: weights of Theorem 3.1 without R, one block open; σ > 0, nλ below the kept eigenvalues",
    ),
    printed=Statement(
        "f(y) = J(y)y and J(cy) = J(y), so the slope at x along x is x·f(x)/‖x‖² ≥ 1 − ‖f(x) − x‖/‖x‖: a reproduced "
        "sample shows a direction at any width. FLIPD, tr J + ‖f − y‖²/σ², is 1 − σ⁴/(‖x‖² + σ²)² at a stored sample "
        "at λ = 0, above one where σ⁴ < nλ‖x‖², and over a cluster its mean is Σ_kept[a + (1 − a)²s/σ²] + Σ_left s/σ².",
        Verdict.PROVED,
        (jb.DIRECTION_COUNT, jb.STORED_DIMENSION),
    ),
    depends_on=("BR-cor-3.2-jacobian",),
    checks=(
        derivation(
            "Euler's relation and the counts",
            STEPS,
            scope="all n, n_k, d, p, σ, λ",
            also_rejected=[
                Identity("gain squared", jb.DIRECTION_COUNT.subs(a, s / (s + sigma**2)), (s / (s + sigma**2)) ** 2),
                AtLeast("a stored sample counts in full", stored, sp.S.One),
            ],
        ),
        property_check(
            Law("Euler's relation by automatic differentiation", _draw_network, _euler(1.0), 1e-12),
            [
                Law("1 % more", _draw_network, _euler(1.01), 1e-12),
                Law("a network that is not homogeneous", _draw_network, _euler(1.0, bias=0.1), 1e-12),
            ],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("FLIPD by automatic differentiation", _draw_network, _flipd(1.0), 1e-12),
            [Law("σ 1 % larger", _draw_network, _flipd(1.01), 1e-12)],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("mean FLIPD of a cluster", _draw_block, _cluster_mean(1.0), 1e-10),
            [Law("decay 1 % larger", _draw_block, _cluster_mean(1.01), 1e-10)],
            problems=40,
            bears=Bears.SUPPORTS,
        ),
    ),
)
