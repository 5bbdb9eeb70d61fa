"""Our own: the training objective of the ReLU denoising autoencoder without noise samples.

‖W2h − x‖² is bilinear in the code h, so its mean needs E[h] and E[hhᵀ] only. The pre-activations of sample x are
jointly Gaussian with means w_a·x and covariances σ²w_a·w_b; h is their rectification, whose moments are
own-gaussian-relu. The gradient in W1 is Stein's lemma on the same moments; it is compared with differences of an
enclosure of the loss.
"""

import numpy as np
import sympy as sp
from flint import arb

from numerics.objective import expected_loss, loss_and_gradient
from proofs_check.ball_integrals import expected_loss_ball
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_noise_level, random_samples
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import Identity, phi
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict

d, p = sp.symbols("d p", integer=True, positive=True)
W2 = sp.MatrixSymbol("W2", d, p)
h, x, first, second, noise = (
    sp.MatrixSymbol(name, size, 1) for name, size in (("h", p), ("x", d), ("w_a", d), ("w_b", d), ("epsilon", d))
)
sigma = sp.Symbol("sigma", positive=True)
u = sp.Symbol("u", real=True)

STEPS = [
    TraceIdentity(
        "bilinear in the code",
        squared_norm(W2 * h - x),
        sp.Trace(W2.T * W2 * h * h.T) - 2 * sp.Trace(x.T * W2 * h) + squared_norm(x),
    ),
    TraceIdentity(
        "mean of a pre-activation", sp.Trace(first.T * (x + sigma * noise)), sp.Trace(first.T * x), noise=(noise,)
    ),
    TraceIdentity(
        "covariance of two pre-activations",
        sp.Trace((first.T * (x + sigma * noise)) * (second.T * (x + sigma * noise)).T),
        sp.Trace(first.T * x * x.T * second) + sigma**2 * sp.Trace(first.T * second),
        noise=(noise,),
    ),
    Identity("Stein: φ' = −uφ", sp.Derivative(phi(u), u), -u * phi(u)),
]


def _draw(rng: np.random.Generator):
    X = random_samples(rng, most=4)
    width = int(rng.integers(0, 4))
    W1, W2_ = (rng.standard_normal((X.shape[1], width)) for _ in range(2))
    if width > 1 and rng.random() < 0.3:
        W1[:, 1] = rng.choice([-1.0, 1.0, 2.0]) * W1[:, 0]
    if width and rng.random() < 0.3:
        W1[:, -1] = 0.0
    return W1, W2_, X, random_noise_level(rng), float(rng.uniform(0, 0.3))


def _in_balls(factor: float):
    def discrepancy(problem) -> float:
        exact = expected_loss_ball(*problem)
        return abs(float(arb(factor * float(expected_loss(*problem))) / exact - 1)) if exact > 0 else float("inf")

    return discrepancy


def _draw_smooth(rng: np.random.Generator):
    """Weights without zero columns, σ > 0, and one entry to move."""
    X = random_samples(rng, most=3)
    width = int(rng.integers(1, 3))
    weights = [rng.standard_normal((X.shape[1], width)) for _ in range(2)]
    entry = int(rng.integers(2)), int(rng.integers(X.shape[1])), int(rng.integers(width))
    return weights, X, random_noise_level(rng) + 0.1, float(rng.uniform(0, 0.3)), entry


def _slope(factor: float):
    """Gradient entry against a central difference of loss enclosures, step 2^-30, error of order 1e-18."""

    def discrepancy(problem) -> float:
        weights, X, noise_level, decay, (which, row, column) = problem
        # Rounded to 20 bits so that both steps are exact in floating point.
        weights[which][row, column] = np.round(weights[which][row, column] * 2.0**20) / 2.0**20
        step, losses = 2.0**-30, []
        for shift in (step, -step):
            first, second = (weight.copy() for weight in weights)
            (first, second)[which][row, column] += shift
            losses.append(expected_loss_ball(first, second, X, noise_level, decay))
        _, *gradient = loss_and_gradient(weights[0], weights[1], X, noise_level, decay)
        difference = float((losses[0] - losses[1]) / (2 * step))
        return abs(factor * gradient[which][row, column] - difference) / (1 + abs(difference))

    return discrepancy


def _draw_noise(rng: np.random.Generator):
    X = random_samples(rng, most=5)
    width = int(rng.integers(1, 5))
    W1, W2_ = (rng.standard_normal((X.shape[1], width)) for _ in range(2))
    # As large as the samples, so that every gate opens often enough for its share to be seen.
    noise_level, decay = float(rng.uniform(0.6, 1.5) * np.linalg.norm(X, axis=1).max()), 0.1
    draws = np.zeros(40_000)
    for x_i in X:
        y = x_i + noise_level * rng.standard_normal((len(draws), len(x_i)))
        draws += ((np.maximum(y @ W1, 0) @ W2_.T - x_i) ** 2).sum(axis=1) / len(X)
    draws += decay * ((W1**2).sum() + (W2_**2).sum())
    return draws, {
        "claimed": float(expected_loss(W1, W2_, X, noise_level, decay)),
        "σ 5 % larger": float(expected_loss(W1, W2_, X, 1.05 * noise_level, decay)),
    }


CLAIM = Claim(
    identifier="own-exact-objective",
    paper=Paper.OWN,
    source="this project; objective of arXiv 2512.20963, eq. 6",
    title="Exact training objective",
    kind=Kind.EQUALITY,
    hypotheses=("any W1, W2 ∈ R^{d×p}, X ∈ R^{n×d}, σ ≥ 0, λ ≥ 0",),
    printed=Statement(
        "L = (1/n) Σ_i[‖x_i‖² − 2Σ_a(w2_a·x_i)E[h_ia] + Σ_ab(w2_a·w2_b)E[h_iah_ib]] + λ(‖W1‖² + ‖W2‖²), h the "
        "rectified Gaussians of means w1_a·x_i and covariances σ²w1_a·w1_b.",
        Verdict.PROVED,
        (sp.Eq(STEPS[0].left, STEPS[0].right),),
    ),
    depends_on=("own-gaussian-relu",),
    checks=(
        derivation(
            "moments are enough",
            STEPS,
            scope="all n, d, p, σ, λ",
            also_rejected=[TraceIdentity("without averaging the noise", STEPS[1].left, STEPS[1].right)],
        ),
        property_check(
            Law("expected_loss in balls", _draw, _in_balls(1.0), 1e-12),
            [Law("1e-11 too large", _draw, _in_balls(1 + 1e-11), 1e-12)],
            problems=25,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("gradient against differences in balls", _draw_smooth, _slope(1.0), 1e-11),
            [Law("1e-9 too long", _draw_smooth, _slope(1 + 1e-9), 1e-11)],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
        monte_carlo("noise through the network", _draw_noise, ["σ 5 % larger"], problems=8, bears=Bears.SUPPORTS),
    ),
)
