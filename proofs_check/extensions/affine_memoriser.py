"""Our own: a layer with biases stores any distinct samples, with 2(n − 1) units and an error exponentially small.

Distinct samples have distinct projections on almost every line: the directions u with uᵀx_i = uᵀx_j lie in finitely
many hyperplanes. Order the samples along such a unit vector u, t_1 < … < t_n, with gaps g_k = t_{k+1} − t_k and
0 < ρ < 1, and let ramp k rise from 0 to 1 as uᵀy crosses the middle part ρg_k of gap k. A ramp is a difference of two
ReLUs: ([t − e]_+ − [t − e − ρg_k]_+)/ρg_k. Take f(y) = x_1 + Σ_k(x_{k+1} − x_k)·ramp_k(uᵀy): 2(n − 1) units.

Beyond a ramp it has gained the whole step, so between ramps f is a sample, and on ramp k it is a mixture of x_k and
x_{k+1}. Hence ‖f(y) − x_i‖ ≤ Δ_i, the distance of the farthest sample (a norm is convex), and f(x_i + σε) = x_i until
σε moves the projection by (1 − ρ)g/2 to the ramp on the right or on the left, with g that gap. These have
probabilities Φ(−(1 − ρ)g/2σ), whatever d is: uᵀε ~ N(0, 1). So L ≤ (1/n)Σ_iΔ_i²Σ_gΦ(−(1 − ρ)g/2σ). For n = 2 and
ρ → 0 there is equality.

Weight decay: a unit rescaled to ‖w‖ = ‖v‖ pays 2λ‖w‖‖v‖, the two of ramp k together 4λ‖x_{k+1} − x_k‖/ρg_k, so
the objective with decay on W1 and W2 has infimum at most the bound plus 4λΣ_k‖x_{k+1} − x_k‖/ρg_k.

So with biases neither β < 0, nor n ≤ d + 1, nor hyperplane separation is needed to memorise: samples inside the hull of
others are stored as well. And the error beats every power of σ, while without biases f(cy) = cf(y) for c > 0 keeps it
at the order of σ²‖x‖²/(‖x‖² + dσ²).
"""

import numpy as np
import sympy as sp

from numerics.affine_objective import affine_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.affine_layer import line_memorizer, line_memorizer_bound

gap, ramp, edge, beyond, place, sigma = sp.symbols("g rho e s t sigma", positive=True)
first, second, share, rest = sp.symbols("a b q t_1", nonnegative=True)
w, v, slope = sp.symbols("w v l", positive=True)
middle = sp.Symbol("m", positive=True)

STEPS = [
    Identity("beyond a ramp", ((ramp * gap + beyond) - beyond) / (ramp * gap), sp.S.One),
    Identity(
        "to the ramp on the right",
        (middle - ramp * gap / 2) - (middle - gap / 2),
        (1 - ramp) * gap / 2,
    ),
    # ‖(1 − q)A + qB‖ ≤ (1 − q)a + qb with a, b the lengths: at most the larger one, here a = b + t_1.
    AtLeast(
        "a mixture is no farther than the farther sample",
        first,
        (1 - share) * first + share * second,
        where={first: second + rest},
    ),
    AtLeast("decay of a unit", w**2 + v**2, 2 * slope, where={slope: (v + beyond) * v, w: v + beyond}),
    Identity(
        "balanced units pay no more",
        (w * sp.sqrt(v / w)) ** 2 + (v * sp.sqrt(w / v)) ** 2,
        2 * w * v,
    ),
]


def _draw(rng: np.random.Generator):
    """Any number of samples in any dimension; two samples and steep ramps often, where the bound is sharp."""
    n = 2 if rng.random() < 0.5 else int(rng.integers(2, 8))
    d = int(rng.integers(1, 6))
    X, u = rng.uniform(0.3, 3.0) * rng.standard_normal((n, d)), rng.standard_normal(d)
    gaps = np.diff(np.sort(X @ u / np.linalg.norm(u)))
    return X, u, float(rng.choice([1e-3, 0.1, 0.5, 0.9])), float(rng.uniform(0.1, 1.0) * gaps.mean())


def _below(factor: float = 1.0, wider: float = 1.0):
    def discrepancy(problem) -> float:
        X, u, ramp_, noise = problem
        size = float((X**2).sum(axis=1).max())
        exact = affine_loss(*line_memorizer(X, u, ramp_), X, noise)
        bound = factor * line_memorizer_bound(X, u, ramp_, noise / wider)
        return max(0.0, exact - bound) / size

    return discrepancy


def _outputs(shift: float):
    """f at the samples themselves, which are stored exactly."""

    def discrepancy(problem) -> float:
        X, u, ramp_, _ = problem
        W1, b, W2, c = line_memorizer(X, u, ramp_)
        found = np.maximum((X + shift * u) @ W1 + b, 0.0) @ W2.T + c
        return float(np.abs(found - X).max() / np.abs(W2).max())

    return discrepancy


CLAIM = Claim(
    identifier="own-affine-memoriser",
    paper=Paper.OWN,
    source="this project",
    title="With biases, any distinct samples are stored",
    kind=Kind.UPPER,
    hypotheses=(
        "x_1 … x_n in R^d distinct on the line of a unit vector u, as distinct samples are for almost every u",
        "f(y) = W2[W1ᵀy + b]_+ + c, 0 < ρ < 1, σ > 0",
    ),
    printed=Statement(
        "A layer of width 2(n − 1) has f(x_i) = x_i and denoising error at most (1/n)Σ_iΔ_i²Σ_gΦ(−(1 − ρ)g/2σ), with "
        "Δ_i the largest ‖x_j − x_i‖ and g the one or two gaps beside uᵀx_i; weight decay on W1, W2 adds at most "
        "4λΣ_k‖x_{k+1} − x_k‖/ρg_k to the infimum.",
        Verdict.PROVED,
    ),
    checks=(
        derivation("ramps along a line", STEPS, scope="all n, d, ρ, σ, λ"),
        property_check(
            Law("exact loss under the bound", _draw, _below(), 1e-12),
            [
                Law("bound 2 % less", _draw, _below(factor=0.98), 1e-12),
                Law("ramps 5 % farther away", _draw, _below(wider=1.05), 1e-12),
            ],
            problems=60,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("samples are fixed points", _draw, _outputs(0.0), 1e-12),
            [Law("far from the samples", _draw, _outputs(10.0), 1e-12)],
            problems=30,
            bears=Bears.SUPPORTS,
        ),
    ),
)
