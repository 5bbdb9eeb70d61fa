"""Our own: the least denoising loss of a network without bias, and two-sided bounds for it in every dimension.

A network without bias is positively homogeneous, f(y) = ‖y‖g(u), u = y/‖y‖, at any depth and width. For one sample let
y = x + σε, ρ = ‖y‖/σ, a = ‖x‖/σ. Given u the loss is σ²M₂‖g‖² − 2σM₁g·x + ‖x‖² with M_k = E[ρ^k|u]. Completing the
square, it is least at g = (x/σ)M₁/M₂ and then ‖x‖²F, F = 1 − M₁²/M₂ = V/M₂, V = Var(ρ|u). So no such f has a loss below
‖x‖²E_u[F], and f*(y) = x(ρM₁/M₂) attains it. On n samples the loss is the mean of the samples' own losses, each at
least its own floor, even if f were told the sample; weight decay only adds.

Given u, with t = cos(x, u) and b = at, ρ has density p ∝ ρ^(d−1) exp(bρ − ρ²/2). Let r = M₁. As ∫(ρ^k exp …)' = 0,
M₂ = d + br; the score s = d + bρ − ρ² = (ρp)'/p has E[s] = 0, E[ρs] = −r, E[ρ²s] = −2M₂, E[s²] = M₂ + d. The bounds:

Lower. E[(ρ − r − κs)²] ≥ 0 at κ = −r/(M₂ + d) reads V ≥ r²/(M₂ + d), and r² = M₂ − V gives F ≥ 1/(M₂ + d + 1). As
E_u[M₂] = E[ρ²] = a² + d and 1/(M + c) is convex, the floor is at least ‖x‖²/(a² + 2d + 1).

Upper, d ≥ 2. The same inequality in dimension d − 1, where the mean is q with d − 1 = q(r − b), reads (r − q)(2r − b)
≥ 1, so V = 1 − (r − q)(r − b) ≤ r/(2r − b) ≤ 1 and F ≤ 1/(M₂ + d − 1). To average it: Var_u(M₂) = Var(ρ²) −
E_u[Var(ρ²|u)], Var(ρ²) = 2d + 4a², Var(ρ²|u) ≥ (2M₂)²/(M₂ + d) as above, and M²/(M + d) is convex: Var_u(M₂) ≤
2da²/(a² + 2d). With m = a² + 2d − 1 and M₂ + d − 1 ≥ d − 1 the floor is at most
‖x‖²/m · (1 + 2da²/((a² + 2d)(d − 1)m)).

A linear gain f(y) = κx(x·y) shows that it is at most ‖x‖²/(a² + 1) in any dimension. So the floor is σ²(1 + O(σ²)) as
σ → 0, where the memorising weights reach it to leading order, and ‖x‖²/(a² + 2d)·(1 + O(1/d)) as d → ∞ at any
‖x‖²/(dσ²): half of σ²‖x‖²/(‖x‖² + dσ²) where noise dominates.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from numerics.minimize import minimize
from numerics.objective import loss_and_gradient
from proofs_check.balls import ball, enclose, precision
from proofs_check.check import Bears, Check, Control, Effort, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.floor_balls import floor_share_ball
from proofs_check.problems import random_samples
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Method, Verdict
from theory import homogeneity
from theory.homogeneity import loss_floor

a, d = homogeneity.RATIO, homogeneity.DIMENSION
rho, sigma, M1, M2, r, q = sp.symbols("rho sigma M_1 M_2 r q", positive=True)
b, t, kappa, V, k = sp.symbols("b t kappa V k", real=True)
D = sp.Symbol("D", integer=True, positive=True)
g, x = sp.MatrixSymbol("g", D, 1), sp.MatrixSymbol("x", D, 1)
weight = sp.exp(b * rho - rho**2 / 2)
score = d + b * rho - rho**2

EXACT = [
    TraceIdentity(
        "completed square at one direction",
        sigma**2 * M2 * squared_norm(g) - 2 * sigma * M1 * sp.Trace(g.T * x) + squared_norm(x),
        sigma**2 * M2 * squared_norm(g - M1 / (sigma * M2) * x) + (1 - M1**2 / M2) * squared_norm(x),
    ),
    Identity(
        "exponent in polar coordinates",
        -((rho * t - a) ** 2 + rho**2 * (1 - t**2)) / 2,
        (a * t) * rho - rho**2 / 2 - a**2 / 2,
    ),
    Identity(
        "I_{k+1} = bI_k + kI_{k−1}, by parts",
        sp.diff(rho**k * weight, rho),
        (k / rho + b - rho) * rho**k * weight,
    ),
]

excess, short, back = sp.symbols("e delta h", nonnegative=True)
M, c = sp.symbols("M c", positive=True)
mean_square = a**2 + d
bound = a**2 + 2 * d - 1
spread = 2 * d * a**2 / (a**2 + 2 * d)


def tangent(function: sp.Expr) -> sp.Expr:
    """The tangent at E_u[M₂] of a function of M."""
    return function.subs(M, mean_square) + sp.diff(function, M).subs(M, mean_square) * (M - mean_square)


BOUNDS = [
    Identity("score: (ρp)' = sp", sp.diff(rho * rho ** (d - 1) * weight, rho), score * rho ** (d - 1) * weight),
    Identity(
        "E[ρs] = −r",
        sp.diff(rho**2 * rho ** (d - 1) * weight, rho),
        (rho * score + rho) * rho ** (d - 1) * weight,
    ),
    Identity(
        "E[ρ²s] = −2M₂",
        sp.diff(rho**3 * rho ** (d - 1) * weight, rho),
        (rho**2 * score + 2 * rho**2) * rho ** (d - 1) * weight,
    ),
    Identity(
        "E[s²] = 2M₂ − br = M₂ + d",
        sp.diff(rho * score * rho ** (d - 1) * weight, rho),
        (score**2 - (2 * rho**2 - b * rho)) * rho ** (d - 1) * weight,
    ),
    Identity(
        "best multiple of the score",
        V + 2 * kappa * r + kappa**2 * (M2 + d),
        V - r**2 / (M2 + d) + (M2 + d) * (kappa + r / (M2 + d)) ** 2,
    ),
    Identity(
        "F ≥ 1/(M₂ + d + 1)",
        (V - (M2 - V) / (M2 + d)) * (M2 + d) / (M2 * (M2 + d + 1)),
        V / M2 - 1 / (M2 + d + 1),
    ),
    # In dimension d − 1: variance q(r − q), score of second moment 2(d − 1) + bq, d − 1 = q(r − b).
    Identity(
        "the inequality one dimension below",
        (q * (r - q) - q**2 / (2 * q * (r - b) + b * q)) * (2 * r - b) / q,
        (r - q) * (2 * r - b) - 1,
    ),
    Identity("variance from below", q * (r - b) + 1 - r * (r - b), 1 - (r - q) * (r - b)),
    # r − b = h ≥ 0 and V = r/(r + h) − δ.
    Identity(
        "F ≤ 1/(M₂ + d − 1), as a difference",
        (r**2 + V - V * (2 * r**2 - r * b + 2 * V - 1)).subs({V: r / (r + back) - short, b: r - back}),
        short * r * (r + back) + 2 * (r / (r + back) - short) * (back / (r + back) + short),
    ),
    AtLeast(
        "F ≤ 1/(M₂ + d − 1), its sign", short * r * (r + back) + 2 * excess * (back / (r + back) + short), sp.S.Zero
    ),
    Identity(
        "1/(M + c) above its tangent",
        1 / (M + c),
        tangent(1 / (M + c)) + (M - mean_square) ** 2 / ((mean_square + c) ** 2 * (M + c)),
    ),
    Identity(
        "M²/(M + d) above its tangent",
        M**2 / (M + d),
        tangent(M**2 / (M + d)) + d**2 * (M - mean_square) ** 2 / ((mean_square + d) ** 2 * (M + d)),
    ),
    Identity("lower bound", 1 / (mean_square + d + 1), homogeneity.LOWER_SHARE),
    Identity("spread of M₂", 2 * d + 4 * a**2 - 4 * mean_square**2 / (mean_square + d), spread),
    Identity(
        "1/(M + d − 1) below its tangent and what M + d − 1 ≥ d − 1 leaves of the rest",
        tangent(1 / (M + d - 1)) + (M - mean_square) ** 2 / (bound**2 * (d - 1)),
        1 / (M + d - 1) + M * (M - mean_square) ** 2 / (bound**2 * (d - 1) * (M + d - 1)),
    ),
    Identity("upper bound", 1 / bound + spread / (bound**2 * (d - 1)), homogeneity.UPPER_SHARE),
    Identity(
        "a linear gain κ",
        (kappa * a - 1) ** 2 + kappa**2,
        1 / (a**2 + 1) + (a**2 + 1) * (kappa - a / (a**2 + 1)) ** 2,
    ),
]

POINTS = [(1, 1), (Fraction(1, 2), 2), (3, 3), (1, 30), (Fraction(1, 1000), 12)]
# What ten times the accuracy stated for `loss_floor` would pass.
ACCURACY = 1e-11


def _enclosures(change=lambda share, ratio, d: share, dimensions: int = 0) -> Outcome:
    """The floor within its accuracy of the enclosure, and the enclosure strictly between its bounds."""
    widest, nearest = 0.0, None
    with precision():
        for ratio, dimension in POINTS:
            enclosed = floor_share_ball(ratio, dimension + dimensions)
            found = change(loss_floor(float(ratio), dimension, 1.0) / float(ratio) ** 2, float(ratio), dimension)
            gap = abs(enclosed / arb(found) - 1)
            if not gap < ACCURACY:
                return Outcome(False, margin=f"{gap.str(5)}", detail=f"a = {ratio}, d = {dimension}")
            widest = max(widest, float(gap.upper()))
            values = {a: ball(Fraction(ratio)), d: arb(dimension)}
            upper = homogeneity.UPPER_SHARE if dimension > 1 else 1 / (a**2 + 1)
            room = min(enclosed - enclose(homogeneity.LOWER_SHARE, values), enclose(upper, values) - enclosed)
            if not room > 0:
                return Outcome(False, margin=f"{room.str(5)}", detail=f"bounds at a = {ratio}, d = {dimension}")
            nearest = room if nearest is None else min(nearest, room)
    assert nearest is not None
    return Outcome(True, f"within {widest:.0e}, {nearest.str(3)} from the bounds", f"{len(POINTS)} points (a, d)")


def _enclosure_controls(effort: Effort):
    del effort
    yield Control("1e-10 more", lambda: _enclosures(lambda share, ratio, d: (1 + 1e-10) * share))
    yield Control("the expansion", lambda: _enclosures(lambda share, ratio, d: _expanded_share(ratio, d)))
    yield Control("one dimension more", lambda: _enclosures(dimensions=1))


def _expanded_share(ratio: float, dimension: int) -> float:
    return float(homogeneity.EXPANDED_SHARE.subs({a: ratio, d: dimension}))


def _descents(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Least losses of networks of width up to 4n, beside the floor of their samples.

    A minimiser and a run of gradient descent with momentum on generic data, and a minimiser on one sample in R¹, where
    two units attain it.
    """
    X = random_samples(rng, 2)
    n, dimension = X.shape
    p, noise = int(rng.integers(1, 4 * n + 1)), float(rng.uniform(0.2, 1.5))
    decay = float(rng.choice([0.0, rng.uniform(0.0, 0.1)]))
    W1, W2 = rng.standard_normal((2, dimension, p)) / np.sqrt(dimension)
    floor = float(np.mean([loss_floor(float(np.linalg.norm(x)), dimension, noise) for x in X]))
    found = [(minimize(X, W1, W2, noise, decay).loss, floor)]
    least, velocity = np.inf, (0.0, 0.0)
    for _ in range(60):
        loss, *slopes = loss_and_gradient(W1, W2, X, noise, decay)
        least = min(least, loss)
        velocity = tuple(0.9 * v - 0.01 * slope for v, slope in zip(velocity, slopes, strict=True))
        W1, W2 = W1 + velocity[0], W2 + velocity[1]
    found.append((least, floor))
    size = float(rng.uniform(0.5, 2.0))
    W1 = np.array([[1.0, -1.0, *rng.standard_normal(2)]])
    best = minimize(np.array([[size]]), W1, np.abs(W1) / 2, noise, 0.0).loss
    return [*found, (best, loss_floor(size, 1, noise))]


def _not_below(factor: float):
    def discrepancy(losses) -> float:
        return max(0.0, *(factor * floor / loss - 1 for loss, floor in losses))

    return discrepancy


def _draw_expansion(rng: np.random.Generator):
    return 10 ** rng.uniform(-3, 3), int(10 ** rng.uniform(0, 3.5))


def _expansion(term: float = 1.0):
    """Relative error over (a² + 2d)^−2, whose coefficient stays below 4."""

    def discrepancy(problem) -> float:
        ratio, dimension = problem
        m = ratio**2 + 2 * dimension
        changed = 1 / m + term * (_expanded_share(ratio, dimension) - 1 / m)
        return max(0.0, abs(loss_floor(ratio, dimension, 1.0) / (ratio**2 * changed) - 1) - 1e-12) * m**2

    return discrepancy


CLAIM = Claim(
    identifier="own-homogeneity-floor",
    paper=Paper.OWN,
    source="this project",
    title="What no network without bias can beat",
    kind=Kind.LOWER,
    hypotheses=(
        "f(cy) = cf(y) for c > 0: a ReLU network without bias, of any depth and width",
        "a = ‖x‖/σ > 0, ρ = ‖x + σε‖/σ, u the direction of x + σε, m = a² + 2d − 1",
    ),
    printed=Statement(
        "E‖f(x + σε) − x‖² ≥ floor(‖x‖) = ‖x‖²E_u[Var(ρ|u)/E[ρ²|u]], attained by one homogeneous f; so BR eq. 6 ≥ "
        "(1/n) Σ_i floor(‖x_i‖) at any width and λ ≥ 0. For all d, 1/(a² + 2d + 1) ≤ floor/‖x‖² ≤ 1/(a² + 1), and for "
        "d ≥ 2 floor/‖x‖² ≤ (1 + 2da²/((a² + 2d)(d − 1)m))/m.",
        Verdict.PROVED,
        (homogeneity.LOWER_SHARE, homogeneity.UPPER_SHARE),
    ),
    checks=(
        derivation(
            "least at each direction",
            EXACT,
            scope="all d, n, σ > 0",
            also_rejected=[
                Identity(
                    "no centre",
                    -((rho * t - a) ** 2 + rho**2 * (1 - t**2)) / 2,
                    (a * t) * rho - rho**2 / 2,
                )
            ],
        ),
        derivation(
            "bounds on both sides",
            BOUNDS,
            scope="all d, a > 0",
            also_rejected=[
                Identity("one less", 1 / (mean_square + d), homogeneity.LOWER_SHARE),
                AtLeast("upper bound without the spread", tangent(1 / (M + d - 1)), 1 / (M + d - 1), where={d: 1 + c}),
            ],
        ),
        Check(
            "enclosures of the integral",
            Method.BALLS,
            lambda effort: _enclosures(),
            _enclosure_controls,
            Bears.SUPPORTS,
            scope="five (a, d), d from 1 to 30, a from 1/1000 to 3",
        ),
        property_check(
            Law("no minimiser and no descent below the floor", _descents, _not_below(1.0), 1e-9),
            [Law("floor 1e-6 higher", _descents, _not_below(1 + 1e-6), 1e-9)],
            problems=3,
            bears=Bears.SUPPORTS,
            scope="n, d ≤ 2, p ≤ 4n, λ = 0 and λ > 0",
        ),
        property_check(
            Law("1/(a² + 2d) + (a⁴ + 2a²d − 2d²)/(a² + 2d)⁴", _draw_expansion, _expansion(), 4.0),
            [Law("first term only", _draw_expansion, _expansion(0.0), 4.0)],
            problems=40,
            bears=Bears.SUPPORTS,
            scope="relative error below 4/(a² + 2d)²",
        ),
    ),
)
