"""Our own: the moments of rectified Gaussians that make the training objective exact.

With u standard normal, z = s(α + u): integrate (α + u)^k φ(u) over u > −α by an explicit antiderivative. For a pair,
condition on the first: given u the second is β + ρu + τv, τ = √(1 − ρ²), with rectified mean τ[cΦ(c) + φ(c)], c = (β
+ ρu)/τ. An antiderivative in u of the whole integrand exists in terms of T(u) = ∫_u^∞ φ(v)Φ((β + ρv)/τ)dv, whose
value at −α is the orthant probability Φ₂(α, β; ρ). Its values at both ends give the closed form.

The closed form cancels in the tails. The library sums positive terms instead: ∂²M/∂ρ² = φ₂ (Price), so M is a
straight line in ρ, with its value and slope at ρ = 0 or ρ = −1, plus ∫(ρ − r)φ₂(α, β; r)dr. Steps 8–11 show that both
are the same function, steps 12–14 that the variables in which the library integrates describe it.
"""

import numpy as np
import sympy as sp
from flint import arb

from proofs_check.ball_integrals import cross_moment_ball, mean_ball, second_moment_ball
from proofs_check.ball_quadrature import moment_integral_ball, orthant_integral_ball
from proofs_check.balls import Point, ball, equality_in_balls
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import Identity, Phi, phi
from proofs_check.verdict import Verdict
from theory import gaussian_relu

alpha, beta, rho, u = sp.symbols("alpha beta rho u", real=True)
orthant = sp.Symbol("Phi2", positive=True)
tau = sp.sqrt(1 - rho**2)
c = (beta + rho * u) / tau
w = (u + rho * beta) / tau
T = sp.Function("T")(u)
P = sp.Function("Phi2")(alpha, beta, rho)

MEAN = alpha * Phi(alpha) + phi(alpha)
SECOND = (1 + alpha**2) * Phi(alpha) + alpha * phi(alpha)
density = sp.exp(-(alpha**2 - 2 * rho * alpha * beta + beta**2) / (2 * tau**2)) / (2 * sp.pi * tau)
slope_alpha = phi(alpha) * Phi((beta - rho * alpha) / tau)
slope_beta = phi(beta) * Phi((alpha - rho * beta) / tau)


def cross(probability: sp.Expr) -> sp.Expr:
    """E[(α + u)_+(β + v)_+] with Φ₂ given."""
    return (alpha * beta + rho) * probability + beta * slope_alpha + alpha * slope_beta + tau**2 * density


mean_antiderivative = alpha * Phi(u) - phi(u)
second_antiderivative = (alpha**2 + 1) * Phi(u) - (2 * alpha + u) * phi(u)
cross_antiderivative = (
    -(alpha * beta + rho) * T
    - (alpha * rho + beta) * phi(u) * Phi(c)
    - rho * u * phi(u) * Phi(c)
    + phi(beta) * (alpha * Phi(w) - tau * phi(w))
)
# As u → ∞: Φ → 1, T and every density → 0.
cross_at_infinity = phi(beta) * alpha
PLACKETT = {sp.Derivative(P, rho): density, sp.Derivative(P, alpha): slope_alpha, sp.Derivative(P, beta): slope_beta}

E, F = sp.symbols("E F", positive=True)


def tanh_of(exponential: sp.Expr) -> sp.Expr:
    """tanh t for e^t = `exponential`."""
    return (exponential**2 - 1) / (exponential**2 + 1)


STEPS = [
    Identity("1 mean: antiderivative", sp.Derivative(mean_antiderivative, u), (alpha + u) * phi(u)),
    Identity("2 mean: ends", alpha - mean_antiderivative.subs(u, -alpha), MEAN),
    Identity("3 second moment: antiderivative", sp.Derivative(second_antiderivative, u), (alpha + u) ** 2 * phi(u)),
    Identity("4 second moment: ends", alpha**2 + 1 - second_antiderivative.subs(u, -alpha), SECOND),
    Identity(
        "5 cross moment: antiderivative",
        sp.Derivative(cross_antiderivative, u),
        (alpha + u) * phi(u) * tau * (c * Phi(c) + phi(c)),
        {sp.Derivative(T, u): -phi(u) * Phi(c)},
    ),
    Identity(
        "6 cross moment: ends",
        cross_at_infinity - cross_antiderivative.subs(T, orthant).subs(u, -alpha),
        cross(orthant),
    ),
    Identity(
        "7 the pair density is φ(α) times the conditional one",
        phi(alpha) * phi((beta - rho * alpha) / tau) / tau,
        density,
    ),
    Identity("8 Plackett: ∂φ₂/∂ρ = ∂²φ₂/∂α∂β", sp.Derivative(density, rho), sp.diff(density, alpha, beta)),
    Identity("9 Price: the slope in ρ is Φ₂", sp.Derivative(cross(P), rho), P, PLACKETT),
    Identity("10 value at ρ = 0", cross(Phi(alpha) * Phi(beta)).subs(rho, 0), MEAN * MEAN.subs(alpha, beta)),
    Identity(
        "11 value at ρ = −1, α + β > 0, where Φ₂ = Φ(α) + Φ(β) − 1",
        sp.Derivative((alpha * beta - 1) * Phi(u) - (alpha - beta) * -phi(u) + u * phi(u), u),
        (alpha + u) * (beta - u) * phi(u),
    ),
    # What the library integrates: r = tanh t, E = e^t, F = e^{atanh ρ}, S = α + β, D = α − β.
    Identity(
        "12 exponent of φ₂ at r = tanh t",
        (-(alpha**2 - 2 * rho * alpha * beta + beta**2) / (2 * tau**2)).subs(rho, tanh_of(E)),
        -((alpha + beta) ** 2 * (1 + E**-2) + (alpha - beta) ** 2 * (1 + E**2)) / 8,
    ),
    Identity("13 √(1 − r²) is sech t", 1 - tanh_of(E) ** 2, (2 / (E + 1 / E)) ** 2),
    Identity("14 ρ − tanh t", tanh_of(F) - tanh_of(E), 2 * (1 - E**2 / F**2) / ((1 + F**-2) * (1 + E**2))),
]

POINTS = [
    {alpha: sp.Rational(a), beta: sp.Rational(b), rho: sp.Rational(r)}
    for a, b, r in [
        ("1/2", "5/16", "3/8"),
        ("-3/2", "1/4", "-11/16"),
        ("2", "-5/2", "29/32"),
        ("-6", "-5", "1/2"),
        ("5/16", "-3/16", "-127/128"),
    ]
]


def _with_orthant(point: Point) -> Point:
    return {**point, orthant: orthant_integral_ball(*(ball(point[symbol]) for symbol in (alpha, beta, rho)))}


def _random_arguments(rng: np.random.Generator) -> tuple[float, ...]:
    """(μ_a, μ_b, s_a, s_b, ρ) over tails up to 80 deviations and correlations within 1e-9 of ±1."""
    scales = 10.0 ** rng.uniform(-3, 2, size=2)
    heights = rng.choice([1.0, 5.0, 30.0, 80.0]) * rng.uniform(-1, 1, size=2)
    correlation = float(
        rng.choice([rng.uniform(-1, 1), 1 - 10 ** rng.uniform(-9, -1), -1 + 10 ** rng.uniform(-9, -1), 1.0, -1.0, 0.0])
    )
    if rng.random() < 0.3:
        heights[1] = np.sign(correlation) * heights[0] + 10 ** rng.uniform(-6, 0)
    return (*(heights * scales), *scales, correlation)


def error_in_units_of_the_allowance(found: float, exact: arb, scale: float) -> float:
    """|found − exact| over 1e-13 relative (values above 1e-8·scale), 1e-9 relative (to 1e-30), 1e-30·scale (below)."""
    size = abs(float(exact))
    share = size / scale
    allowed = 1e-13 * size if share > 1e-8 else 1e-9 * size if share > 1e-30 else 1e-30 * scale
    return abs(float(arb(found) - exact)) / allowed


def _cross_in_balls(factor: float):
    def discrepancy(arguments) -> float:
        found = factor * float(gaussian_relu.cross_moment(*arguments))
        return error_in_units_of_the_allowance(found, cross_moment_ball(*arguments), arguments[2] * arguments[3])

    return discrepancy


def _single_in_balls(factor: float):
    def discrepancy(arguments) -> float:
        mu, s = arguments[0], arguments[2]
        first = error_in_units_of_the_allowance(factor * float(gaussian_relu.mean(mu, s)), mean_ball(mu, s), s)
        second = error_in_units_of_the_allowance(
            factor * float(gaussian_relu.second_moment(mu, s)), second_moment_ball(mu, s), s * s
        )
        return max(first, second)

    return discrepancy


def _orthant_in_balls(factor: float):
    def discrepancy(arguments) -> float:
        mu_a, mu_b, s_a, s_b, correlation = arguments
        a, b = mu_a / s_a, mu_b / s_b
        if abs(correlation) == 1:
            correlation *= 0.75
        exact = orthant_integral_ball(arb(a), arb(b), arb(correlation))
        return abs(factor * float(gaussian_relu.orthant_probability(a, b, correlation)) - float(exact)) / 1e-14

    return discrepancy


CLAIM = Claim(
    identifier="own-gaussian-relu",
    paper=Paper.OWN,
    source="this project",
    title="Moments of rectified Gaussians",
    kind=Kind.EQUALITY,
    hypotheses=(
        "z_a ~ N(μ_a, s_a²), z_b ~ N(μ_b, s_b²), correlation ρ",
        "α = μ_a/s_a, β = μ_b/s_b, |ρ| < 1 for the closed form (the library covers ρ = ±1 and s = 0)",
    ),
    printed=Statement(
        "E[z_+] = s(αΦ(α) + φ(α)), E[z_+²] = s²((1 + α²)Φ(α) + αφ(α)), E[(z_a)_+(z_b)_+] = s_as_b[(αβ + ρ)Φ₂ + "
        "βφ(α)Φ((β − ρα)/τ) + αφ(β)Φ((α − ρβ)/τ) + τ²φ₂], τ² = 1 − ρ².",
        Verdict.PROVED,
        (MEAN, SECOND),
    ),
    checks=(
        derivation(
            "antiderivatives and Price's theorem",
            STEPS,
            scope="all μ, s > 0, |ρ| < 1",
            also_rejected=[
                Identity("Φ₂ without ρ", STEPS[5].left, cross(orthant) - rho * orthant),
                Identity("τ in place of τ²", STEPS[5].left, cross(orthant) - tau**2 * density + tau * density),
            ],
        ),
        equality_in_balls(
            "mean by quadrature",
            MEAN,
            lambda point: moment_integral_ball(ball(point[alpha]), 1),
            [{alpha: p[alpha]} for p in POINTS],
        ),
        equality_in_balls(
            "second moment by quadrature",
            SECOND,
            lambda point: moment_integral_ball(ball(point[alpha]), 2),
            [{alpha: p[alpha]} for p in POINTS],
        ),
        equality_in_balls(
            "cross moment by quadrature",
            cross(orthant),
            lambda point: cross_moment_ball(ball(point[alpha]), ball(point[beta]), arb(1), arb(1), ball(point[rho])),
            [_with_orthant(point) for point in POINTS],
        ),
        property_check(
            Law("cross_moment in balls", _random_arguments, _cross_in_balls(1.0), 1.0),
            [Law("1e-12 too large", _random_arguments, _cross_in_balls(1 + 1e-12), 1.0)],
            problems=300,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("mean and second_moment in balls", _random_arguments, _single_in_balls(1.0), 1.0),
            [Law("1e-12 too large", _random_arguments, _single_in_balls(1 + 1e-12), 1.0)],
            problems=300,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("orthant_probability in balls", _random_arguments, _orthant_in_balls(1.0), 1.0),
            [Law("1e-12 too large", _random_arguments, _orthant_in_balls(1 + 1e-12), 1.0)],
            problems=100,
            bears=Bears.SUPPORTS,
        ),
    ),
)
