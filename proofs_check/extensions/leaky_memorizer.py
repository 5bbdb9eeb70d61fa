"""Our own: two memorised samples that answer one another want gates that leak.

Two samples of length one, cosine 0 < c < 1, one unit each, and gates at α standard deviations from the other sample:
w_j·x_j = 1, w_j·x_i = −κ with κ = ασ‖w_j‖ (in the span of the samples). v_j = x_j − mx_i with m = E[w_i·(x_j + σε)]_+
= σ‖w_i‖I₁(α), I₁(α) = E(ξ − α)_+. At sample 1 unit 1 is open but for a chance that falls like exp(−1/(2σ²‖w‖²)). The
mean answer is v_1 + mv_2 = (1 − m²)x_1, off by O(σ²). The rest of the error is the variance of σv_1(w_1·ε) + v_2h, h
the leak:

    σ²‖w_1‖² + 2c cov(σw_1·ε, h) + var h + o(σ²),    cov(σw_1·ε, h) = σ²(w_1·w_2)Φ(−α),    var h = σ²‖w_2‖²V(α),

by Stein's lemma, V = 2I₂ − I₁² the variance of (ξ − α)_+. As κ → 0, ‖w‖² → 1/(1 − c²) and w_1·w_2 → −c/(1 − c²): the
decoders agree, the encoders do not, so the leak brings noise of the other sign. The error over σ² tends to

    C(α) = (1 + V(α) − 2c²Φ(−α))/(1 − c²),

and C(∞) = 1/(1 − c²) = t² is what settled gates reach at best (own-generic-memorizer). With V' = −2I₁(α)Φ(α), C'(α) =
2φ(α)(c² − b(α))/(1 − c²), b = I₁Φ/φ. b falls strictly: with J = I₁(−α), z = ξ − α, one has z = z_+ − z_− with means
I₁, J and z_+z_− = 0, so V + I₁J = cov(z_+, z) = Φ(−α), and b' = (I₁J − Φ(α)Φ(−α))/φ = (Φ(−α)² − V)/φ. Here V >
Φ(−α)², as cov(z_+, ξ) = Φ(−α), var ξ = 1, and z_+ is no affine function of ξ (Cauchy and Schwarz; V − Φ(−α)² is the
variance of z_+ − Φ(−α)ξ). b falls from 1 to 0: by a/(1 + a²) < Φ(−a)/φ(a) < 1/a it is below 1/(1 + α²) for α > 0, and
tends to 1 as α → −∞.

So there is exactly one α* with b(α*) = c². C falls before and rises after it, towards C(∞): at α* it lies strictly
below what settled gates can reach, for every c > 0. As c → 1, α* → −∞: both units are open everywhere. Already at α =
0 (gates through the other sample) leaks are better than settled gates if c² > (π − 1)/(2π).

So inhibition is κ ~ α*σ/√(1 − c²), linear in σ, and no multiple of σ√log(1/σ).
"""

import numpy as np
import sympy as sp

from numerics.minimize import minimize
from numerics.objective import expected_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity, Phi, phi
from proofs_check.verdict import Method, Verdict
from theory.gaussian_relu import mean as gaussian_mean
from theory.leaky_gates import pair_coefficient, pair_deviations

alpha, kappa = sp.symbols("alpha kappa", real=True)
c, rest = sp.symbols("c s", positive=True)
mean, deviation, slope = sp.symbols("m V P", positive=True)
x_1, x_2 = sp.symbols("x_1 x_2", real=True)

first = phi(alpha) - alpha * Phi(-alpha)
second = ((1 + alpha**2) * Phi(-alpha) - alpha * phi(alpha)) / 2
opposite = phi(alpha) + alpha * Phi(alpha)
variance = 2 * second - first**2
coefficient = (1 + variance - 2 * c**2 * Phi(-alpha)) / (1 - c**2)
balance = first * Phi(alpha) / phi(alpha)
inverse = sp.Matrix([[1, -c], [-c, 1]]) / (1 - c**2)
answers = [sp.Matrix([1, -kappa]), sp.Matrix([-kappa, 1])]


def _inner(a: int, b: int) -> sp.Expr:
    """w_a·w_b for encoders in the span of the samples, by the inverse Gram matrix."""
    return (answers[a].T * inverse * answers[b])[0, 0]


STEPS = [
    Identity("length of an encoder", _inner(0, 0), (1 + 2 * c * kappa + kappa**2) / (1 - c**2)),
    Identity("encoders turn away from one another", _inner(0, 1), -(c + 2 * kappa + c * kappa**2) / (1 - c**2)),
    Identity("mean answer", (x_1 - mean * x_2) + mean * (x_2 - mean * x_1), (1 - mean**2) * x_1),
    Identity(
        "error over σ² as κ → 0",
        (_inner(0, 0) * (1 + variance) + 2 * c * _inner(0, 1) * Phi(-alpha)).subs(kappa, 0),
        coefficient,
    ),
    Identity("I₁' = −Φ(−α)", sp.Derivative(first, alpha), -Phi(-alpha)),
    Identity("I₂' = −I₁", sp.Derivative(second, alpha), -first),
    Identity("V'", sp.Derivative(variance, alpha), -2 * first * Phi(alpha)),
    Identity("slope of the error", sp.Derivative(coefficient, alpha), 2 * phi(alpha) * (c**2 - balance) / (1 - c**2)),
    Identity("V + I₁J", variance + first * opposite, Phi(-alpha)),
    Identity("slope of b", sp.Derivative(balance, alpha), (Phi(-alpha) ** 2 - variance) / phi(alpha)),
    Identity("Cauchy and Schwarz as a square", deviation - 2 * slope * slope + slope**2, deviation - slope**2),
    Identity(
        "gates through the other sample",
        coefficient.subs(alpha, 0) - 1 / (1 - c**2),
        ((sp.pi - 1) / (2 * sp.pi) - c**2) / (1 - c**2),
    ),
    AtLeast("b below 1/(1 + α²), by Φ(−α)/φ(α) > α/(1 + α²)", 1 - rest * (rest / (1 + rest**2)), 1 / (1 + rest**2)),
]


def _network(cosine: float, sigma: float, deviations: float, turn: np.ndarray):
    """The samples, turned at random in R^4, and the network of the docstring at noise level σ."""
    X = np.zeros((2, 4))
    X[:, :2] = [[1.0, 0.0], [cosine, np.sqrt(1 - cosine**2)]]
    X = X @ turn.T
    share = deviations * sigma
    # κ = ασ‖w‖ with ‖w‖² = (1 + 2cκ + κ²)/(1 − c²): a quadratic equation in κ.
    scale = share**2 / (1 - cosine**2)
    margin = (scale * cosine + np.sign(share) * np.sqrt(scale**2 * cosine**2 + (1 - scale) * scale)) / (1 - scale)
    W1 = np.linalg.pinv(X) @ np.array([[1.0, -margin], [-margin, 1.0]])
    leak = float(gaussian_mean(-margin, sigma * np.linalg.norm(W1[:, 0])))
    return X, W1, X.T - leak * X.T[:, ::-1]


def _extrapolated(values: list[float]) -> float:
    """The limit of values at σ, σ/2, σ/4 of a function that is smooth in σ, up to O(σ³)."""
    return (values[0] - 6 * values[1] + 8 * values[2]) / 3


NOISE = (4e-3, 2e-3, 1e-3)


def _draw_limit(rng: np.random.Generator):
    cosine, deviations = float(rng.uniform(0.15, 0.9)), float(rng.uniform(-1.5, 2.5))
    turn = random_rotation(rng, 4)
    errors = []
    for sigma in NOISE:
        X, W1, W2 = _network(cosine, sigma, deviations, turn)
        errors.append(expected_loss(W1, W2, X, sigma, 0.0) / sigma**2)
    return cosine, deviations, _extrapolated(errors)


def _limit(law):
    return lambda drawn: abs(drawn[2] / law(drawn[0], drawn[1]) - 1)


def _uncorrelated(cosine: float, deviations: float) -> float:
    return pair_coefficient(0.0, deviations) / (1 - cosine**2)


def _draw_end(rng: np.random.Generator):
    """Where descents on the exact objective leave the first unit's gate, in the limit σ → 0."""
    cosine = float(rng.uniform(0.35, 0.7))
    turn = random_rotation(rng, 4)
    found = []
    for sigma in (1e-3, 5e-4, 2.5e-4):
        X, W1, W2 = _network(cosine, sigma, 1.0, turn)
        end = minimize(X, W1, W2, sigma, 1e-5 * sigma**2)
        found.append(-float(X[1] @ end.W1[:, 0] / np.linalg.norm(end.W1[:, 0]) / sigma) if end.converged else np.nan)
    return cosine, _extrapolated(found)


def _stands_at(law):
    return lambda drawn: abs(drawn[1] - law(drawn[0]))


CLAIM = Claim(
    identifier="own-leaky-memorizer",
    paper=Paper.OWN,
    source="this project",
    title="Samples that answer one another want gates that leak",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "n = 2 samples of length one, cosine 0 < c < 1; one unit each, mirror images in the span of the samples",
        "gates α standard deviations from the other sample, decoders x_j − mx_i with m the mean leak; λ = 0",
    ),
    printed=Statement(
        "As σ → 0 the denoising error over σ² tends to C(α) = (1 + V(α) − 2c²Φ(−α))/(1 − c²), V the variance of (ξ − "
        "α)_+. It is least at exactly one α, finite, where I₁(α)Φ(α)/φ(α) = c², and there strictly less than 1/(1 − "
        "c²), the best that settled gates can do. Gates through the other sample (α = 0) are better than settled ones "
        "exactly if c² > (π − 1)/(2π).",
        Verdict.PROVED,
        (coefficient, balance),
    ),
    depends_on=("own-generic-memorizer",),
    checks=(
        derivation(
            "leaks against noise",
            STEPS,
            scope="all c, α",
            also_rejected=[
                Identity("leak independent of the own unit's noise", STEPS[3].left, (1 + variance) / (1 - c**2)),
                Identity("slope without Φ(α)", sp.Derivative(variance, alpha), -2 * first),
            ],
        ),
        property_check(
            Law("exact objective as σ → 0", _draw_limit, _limit(pair_coefficient), 1e-5),
            [
                Law(
                    "leaks without correlation",
                    _draw_limit,
                    _limit(lambda c, a: pair_coefficient(0.0, a) / (1 - c**2)),
                    1e-5,
                ),
                Law("settled gates", _draw_limit, _limit(lambda c, a: 1 / (1 - c**2)), 1e-5),
            ],
            problems=15,
            bears=Bears.SUPPORTS,
            scope="σ from 4e-3 to 1e-3, extrapolated",
        ),
        property_check(
            Law("gates where descents end", _draw_end, _stands_at(pair_deviations), 5e-3),
            [
                Law("c in place of c²", _draw_end, _stands_at(lambda c: pair_deviations(c**0.5)), 5e-3),
                Law("gates 0.05 further", _draw_end, _stands_at(lambda c: pair_deviations(c) + 0.05), 5e-3),
            ],
            problems=3,
            bears=Bears.SUPPORTS,
            method=Method.DESCENT,
            scope="σ from 1e-3 to 2.5e-4, extrapolated; λ = 1e-5 σ²",
        ),
    ),
)
