"""BR Theorem 3.1, the residual: how far from the block formula the minimiser is, and on what that depends.

Printed: ‖R‖² ≤ C exp(−cγ²/σ²), C and c universal, γ a function of α, β and norms. Two data sets with equal α, β,
norms and widths differ in whether one sample opens another cluster's gate. At σ = 0 the gradient in W2 (continuous in
the weights and in σ) vanishes at the block formula for one, and for no O_k for the other. So γ > 0 would make R → 0
where it cannot. The appendix formula for γ is positive there whenever c_proj(1/3) > 0.343.

Corrected, one sample and one unit a cluster, x_i·x_j < 0, none opposite, λ fixed. The slope G through one wrong gate
is made of half-space moments q = Q(t_ij/σ), m₁ ≤ qσ²/t, m₂ ≤ 2qσ⁴/t². It leaves out the own gate closed (at distance
‖x_i‖ > t_ij) and two gates open (within one half-space, more than √2γ away as the columns are obtuse): by Hölder's
inequality both are exponentially smaller than exp(−γ²/2σ²). The frozen curvature H is at least of order σ² + nλ and
the true one differs by exponentially little, so by Newton–Kantorovich there is one critical point near, with R =
−H⁻¹G(1 + o(1)). (At λ = 0, among weights with ‖w_j‖ = ‖v_j‖: G has no part along the rescaling.) The largest part
turns each encoder column away from the samples that leak into it; m₁ makes the other parts smaller by σ²/t². In a
regular simplex the leading vectors of different samples cancel.

Constants. (a) Per pair ‖R_{w_j}‖ ≤ (1 + σ²/N_j) q [c(2 + t²/σ²) + 1/c]: the appendix' (σ² + nλ)⁻¹ is made up for,
1/|β| is not. (b) With all else at the formula, the amplitude A of unit j solves A[(N + σ² + m₂)A² − δ + e] = 0 to
leading order, δ = N_j − nλ, e the leak of order qσ². For δ of the order of e, R² is e/(N + σ²) up to a factor: linear
in q, so no c > 1/2 is universal. (c) Clusters that spread. x₊ is a member of cluster 1 at distance T from gate 2,
denoised with an error of length α. In the direction e ⟂ x_2 the slope in w_2 is (2/n)[(σ²‖v_2‖² + nλ)w_2·e + Σ_x
E[1_2(e·y)v_2·(f − x)]]. At a critical point within a small ρ of the formula, v_2·(f − x₊) < 0 but on noise of
exponentially small probability; so w_2·e ≥ 0 up to that, so the gate is open to x₊ with probability at least about
Q(T/σ), so w_2·e is at least a constant times Q(T/σ)/(σ²‖v_2‖² + nλ). At fixed T/σ and λ ≤ σ² this exceeds any ρ as T
→ 0: no C and c serve all data even with γ the gate margin T, and the (σ² + nλ)⁻¹ of the appendix is needed.
"""

from fractions import Fraction

import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.crossing_member import ACROSS, TOWARDS, alike, not_critical
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.residual_evidence import (
    LEAK,
    OWN_LEAK,
    draw,
    draw_small_unit,
    draw_spread,
    dying,
    minimiser,
    pull_of_a_spread_cluster,
    slope_in_balls,
)
from proofs_check.residual_ladder import ladder_check
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity, Phi, phi
from proofs_check.verdict import Verdict
from theory import residual as rs

c, norm, own_gain, gain = rs.COSINE, rs.NORM, rs.OWN_GAIN, rs.GAIN
opened, height, square = rs.OPEN, rs.HEIGHT, rs.SQUARE
N, sigma, n, lam = rs.SQUARED_NORM, rs.SIGMA, rs.COUNT, rs.WEIGHT_DECAY
distance = c * norm

# Tails I_0 … I_3 of the normal law; I_n is the integral of I_{n−1} from x to infinity, so all are positive.
x = sp.Symbol("x", positive=True)
I0 = 1 - Phi(x)
I1 = phi(x) - x * I0
I2 = ((1 + x**2) * I0 - x * phi(x)) / 2
I3 = (I1 - x * I2) / 3

# The plane of x_i and x_j: û_j = (1, 0), û_i = (−c, s); y = (ζ, η) with η ~ N(sb, σ²) independent of ζ. Half the angle
# between −û_i and û_j has tangent k.
half = sp.Symbol("k", positive=True)
s = sp.Symbol("s", positive=True)
ANGLE = {c: (1 - half**2) / (1 + half**2), s: 2 * half / (1 + half**2)}
zeta, eta, epsilon = sp.symbols("zeta eta epsilon", real=True)
own_unit, other_unit = sp.Matrix([-c, s]), sp.Matrix([1, 0])
across_other, across_own = sp.Matrix([0, 1]), sp.Matrix([s, c])
y = sp.Matrix([zeta, eta])
own_column, other_column = sp.sqrt(own_gain) * own_unit, sp.sqrt(gain) * other_unit
own_response, leak = own_column.dot(y), other_column.dot(y)
error = own_column * own_response + other_column * leak - norm * own_unit
of_own_gain = {own_gain: rs.UNIT_GAIN.subs(N, norm**2)}


def beyond(expression: sp.Expr) -> sp.Expr:
    """Mean over the half-space ζ > 0 of a polynomial in ζ and η: E[ε] = 0, E[ε²] = 1; ζ has moments q, m₁, m₂."""
    polynomial = sp.Poly(sp.expand(expression.subs(eta, s * norm + sigma * epsilon)), zeta, epsilon)
    return sum((k * (opened, height, square)[i] * (1, 0, 1)[j] for (i, j), k in polynomial.terms()), start=sp.S.Zero)


def _slope(name: str, left: sp.Expr, right: sp.Expr, gains=of_own_gain) -> Identity:
    return Identity(name, *(side.subs(gains).subs(ANGLE) for side in (beyond(left), right)))


SLOPE = [
    *[
        Identity(f"slope of I_{k}", sp.Derivative(upper, x), -lower)
        for k, (upper, lower) in enumerate([(I0, phi(x)), (I1, I0), (I2, I1), (I3, I2)])
    ],
    Identity("xI₀ ≤ φ, the difference is I₁", phi(x), x * I0 + I1),
    Identity("xI₁ ≤ I₀, the difference is 2I₂", I0, x * I1 + 2 * I2),
    Identity("xI₂ ≤ I₁, the difference is 3I₃", I1, x * I2 + 3 * I3),
    Identity(
        "I₀ falls faster than xφ/(1 + x²)",
        sp.Derivative(I0 - x * phi(x) / (1 + x**2), x),
        -2 * phi(x) / (1 + x**2) ** 2,
    ),
    _slope("encoder of the other unit, along", y.dot(other_unit) * other_column.dot(error), rs.OTHER_RADIAL),
    _slope("encoder of the other unit, across", y.dot(across_other) * other_column.dot(error), s * rs.OTHER_ENCODER),
    _slope("decoder of the other unit, along", leak * error.dot(other_unit), rs.OTHER_RADIAL),
    _slope("decoder of the other unit, across", leak * error.dot(across_other), s * rs.OTHER_DECODER),
    _slope("encoder of the own unit, along", own_column.dot(other_column) * leak * y.dot(own_unit), rs.OWN_RADIAL, {}),
    _slope(
        "encoder of the own unit, across",
        own_column.dot(other_column) * leak * y.dot(across_own),
        s * rs.OWN_ENCODER,
        {},
    ),
    _slope("decoder of the own unit, along", own_response * leak * other_column.dot(own_unit), rs.OWN_RADIAL, {}),
    _slope(
        "decoder of the own unit, across", own_response * leak * other_column.dot(across_own), s * rs.OWN_DECODER, {}
    ),
]

# One cluster of one sample with frozen gates: w = a·û + t·e, v = b·û + u·e′ with e, e′ ⟂ û.
a, b, t, u = sp.symbols("a b t u", real=True)
FROZEN = (a**2 * N * (b**2 + u**2) + sigma**2 * (a**2 + t**2) * (b**2 + u**2) - 2 * a * b * N + N) / n + lam * (
    a**2 + t**2 + b**2 + u**2
)
AT_FORMULA = {a: sp.sqrt(rs.UNIT_GAIN), b: sp.sqrt(rs.UNIT_GAIN), t: 0, u: 0}


def _curvature(*variables: sp.Symbol) -> sp.Expr:
    return sp.diff(FROZEN, *variables).subs(AT_FORMULA)


more, left_over, slack = sp.symbols("e r k", nonnegative=True)
gamma, cosine_left = sp.symbols("gamma C", positive=True)
# q ≥ m₁t/σ² (xI₁ ≤ I₀) and gains at most 1.
TAIL = {opened: height * distance / sigma**2 + more, own_gain: 1 / (1 + left_over), gain: 1 / (1 + slack)}
response = 2 * rs.OTHER_ENCODER / (n * rs.ENCODER_CURVATURE)
LEADING = sp.sqrt(gain) * c * opened * (n * lam + own_gain * distance**2) * (N + sigma**2) / (N * (sigma**2 + n * lam))

LAW = [
    Identity("no slope with frozen gates", _curvature(a), sp.S.Zero),
    Identity("curvature across the encoder", _curvature(t, t), rs.ENCODER_CURVATURE),
    Identity("it is (2/n)(gσ² + nλ)", rs.ENCODER_CURVATURE, 2 * (rs.UNIT_GAIN * sigma**2 + n * lam) / n),
    Identity("curvature across the decoder", _curvature(u, u), rs.DECODER_CURVATURE),
    Identity("slope when both columns grow", _curvature(a, a) + _curvature(a, b), rs.SIZE_CURVATURE),
    Identity("rescaling costs decay only", _curvature(a, a) - _curvature(a, b), 4 * lam),
    Identity(
        "leading response, and what m₁ adds",
        response,
        LEADING * (1 + norm * (own_gain * c**2 + gain) * height / (c * opened * (n * lam + own_gain * distance**2))),
    ),
    AtLeast(
        "which is at most this",
        LEADING
        + sp.sqrt(gain)
        * opened
        * sigma**2
        * (own_gain * c**2 + gain)
        / c
        * (N + sigma**2)
        / (N * (sigma**2 + n * lam)),
        response,
        where={opened: TAIL[opened]},
    ),
    AtLeast(
        "own gate farther than any other, sin > 0", norm**2, norm**2 * (1 - sp.Symbol("S", positive=True)), strict=True
    ),
    # (û_j + û_k)·y > 0 where both are open; |û_j + û_k|² = 2(1 − cosine), 1 − cosine = 1/(1 + C).
    AtLeast(
        "two gates open: at least √2γ away",
        (2 * gamma + more + left_over) ** 2 / (2 / (1 + cosine_left)),
        2 * gamma**2,
        strict=True,
    ),
    AtLeast(
        "(a) bound per pair",
        (1 + sigma**2 / N) * opened * (c * (2 + distance**2 / sigma**2) + 1 / c),
        response / sp.sqrt(gain),
        where=TAIL,
    ),
]

# Both columns of unit j at amplitude A, everything else at the formula.
A, larger, smaller = sp.symbols("A r u", nonnegative=True)

# Clusters {(1, ±a)} and {(−c, s)}, a = (c − T)/s: the gate of the second is at distance T from (1, a), n = 3.
T, first_gain, share, force, V, S, rho = sp.symbols("T g_1 q f V S rho", positive=True)
spread = (c - T) / s
leaking = sp.Matrix([1, spread])

CONSTANTS = [
    Identity(
        "(b) slope in the amplitude of a unit",
        sp.diff(FROZEN, a).subs({a: A, b: A, t: 0, u: 0}) + 2 / n * rs.OTHER_RADIAL.subs(gain, A**2),
        2 / n * A * ((N + sigma**2 + square) * A**2 - (N - n * lam) + LEAK),
    ),
    Identity("(b) and what gates that its own sample opens add", rs.OWN_RADIAL.subs(own_gain, A**2), A * OWN_LEAK),
    AtLeast(
        "(b) (√δ − √(δ − e))² ≤ e",
        larger**2 - smaller**2,
        (larger - smaller) ** 2,
        where={larger: smaller + sp.Symbol("v", nonnegative=True)},
    ),
    Identity("(c) the gate is at distance T", own_unit.dot(leaking), -T),
    Identity("(c) error of the leaking sample", own_unit.dot(sp.Matrix([first_gain, 0]) - leaking), T - c * first_gain),
    Identity(
        "(c) the leaking sample across the gate", (s * across_own.dot(leaking)).subs(ANGLE), (1 - c * T).subs(ANGLE)
    ),
    Identity("(c) frozen slope across", sp.diff(FROZEN, t), 2 / n * t * (sigma**2 * (b**2 + u**2) + n * lam)),
    AtLeast(
        "(c) beyond any ρ, λ = S = σ²",
        share * force / (S * V + 3 * S),
        rho,
        where={S: share * force / ((V + 3) * (rho + sp.Symbol("k", positive=True)))},
        strict=True,
    ),
]

THIRD = Fraction(1, 3)

CLAIM = Claim(
    identifier="BR-thm-3.1-residual",
    paper=Paper.BR,
    source="arXiv 2512.20963, Theorem 3.1, the bound on R",
    title="Distance of the minimiser from the block formula",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "printed: as BR-thm-3.1; R → 0 as σ → 0 wherever γ(α, β, norms) > 0",
        "corrected: one unit and one sample a cluster, x_i·x_j < 0, none opposite, nλ < min‖x_j‖², σ → 0",
    ),
    printed=Statement(
        "‖R‖_F² ≤ C exp(−cγ²/σ²), C and c universal, γ a positive function of α, β, the widths and the norms.",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "With G the slope through one wrong gate and H the frozen curvature, both exact, the response −H⁻¹G has as "
        "its largest part R_{w_j} = −Σ_i Q(t_ij/σ)√g_j c_ij(nλ + g_it_ij²)(N_j + σ²)/(N_j(σ² + nλ))·(x̂_i + c_ijx̂_j): "
        "to leading order ‖R‖² falls as exp(−γ²/σ²) times a power of σ, γ = min t_ij the true gate margin (faster only "
        "where these vectors cancel), like exp(−γ²/2σ²) for a unit as near its decay limit as the leak, so c ≤ 1/2; "
        "and where clusters spread it exceeds every C exp(−cγ²/σ²). The limit itself is argued in words and certified "
        "on a ladder of σ.",
        Verdict.PROVED,
        (sp.Eq(sp.Symbol("R_w"), LEADING),),
    ),
    depends_on=("own-exact-objective", "own-frozen-gates", "BR-cor-3.2"),
    checks=(
        exact_check(
            "two data sets that α, β and norms cannot tell apart",
            lambda: alike((ACROSS, TOWARDS), (THIRD, THIRD)),
            [("with another α", lambda: alike((ACROSS, TOWARDS), (THIRD, Fraction(1, 4))))],
            bears=Bears.SUPPORTS,
            scope="exact data",
        ),
        exact_check(
            "one of them has no critical point at the formula",
            lambda: not_critical(TOWARDS, THIRD),
            [
                ("spread across the other cluster", lambda: not_critical(ACROSS, THIRD)),
                ("spread below the gate", lambda: not_critical(TOWARDS, Fraction(1, 4))),
            ],
            bears=Bears.REFUTES,
            scope="d = 3, M = 2, n = 3, p = 2, σ = 0, nλ = 1/10, all O_k",
        ),
        derivation(
            "slope through one wrong gate",
            SLOPE,
            about="corrected",
            scope="all n, d, σ, λ",
            also_rejected=[
                _slope(
                    "own unit left on its gain",
                    y.dot(across_other) * other_column.dot(error + own_column),
                    s * rs.OTHER_ENCODER,
                ),
                _slope("the decoder pulled away", leak * error.dot(across_other), -s * rs.OTHER_DECODER),
                _slope(
                    "encoder of the own unit, along x_j",
                    own_column.dot(other_column) * leak * y.dot(other_unit),
                    rs.OWN_RADIAL,
                ),
            ],
        ),
        derivation(
            "response and leading law",
            LAW,
            about="corrected",
            scope="all n, d, σ, λ",
            also_rejected=[
                Identity("curvature without decay", _curvature(t, t), 2 * rs.UNIT_GAIN * sigma**2 / n),
                AtLeast(
                    "two gates open: 2γ away", (2 * gamma + more + left_over) ** 2 * (1 + cosine_left) / 2, 4 * gamma**2
                ),
                AtLeast(
                    "(a) without 1/c",
                    (1 + sigma**2 / N) * opened * c * (2 + distance**2 / sigma**2),
                    response / sp.sqrt(gain),
                    where=TAIL,
                ),
            ],
        ),
        derivation(
            "what no universal constants allow",
            CONSTANTS,
            about="corrected",
            scope="(b) all n, d, σ; (c) d = 2, n = 3, all c < 1/√2 (where a < 1), T",
            also_rejected=[
                AtLeast(
                    "(b) half of it",
                    (larger**2 - smaller**2) / 2,
                    (larger - smaller) ** 2,
                    where={larger: smaller + sp.Symbol("v", nonnegative=True)},
                ),
                Identity(
                    "(c) error of the centre",
                    own_unit.dot(sp.Matrix([first_gain, 0]) - sp.Matrix([1, 0])),
                    T - c * first_gain,
                ),
            ],
        ),
        property_check(
            Law("slope against balls", draw(5.0, 16.0), slope_in_balls(), 1e-11),
            [
                Law("1e-9 longer", draw(5.0, 16.0), slope_in_balls(factor=1 + 1e-9), 1e-11),
                Law("σ 1e-9 larger", draw(5.0, 16.0), slope_in_balls(noise=1 + 1e-9), 1e-11),
                Law("decay 1e-9 larger", draw(5.0, 16.0), slope_in_balls(decay=1 + 1e-9), 1e-11),
            ],
            problems=12,
            about="corrected",
            bears=Bears.SUPPORTS,
            scope="slopes from 1e-6 to 1e-57",
        ),
        property_check(
            Law("the minimiser is at the residual", draw(4.5, 4.9), minimiser(), 2e-3),
            [
                Law("R 1 % longer", draw(4.5, 4.9), minimiser(factor=1.01), 2e-3),
                Law("decay halved", draw(4.5, 4.9), minimiser(decay=0.5), 2e-3),
            ],
            problems=5,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        ladder_check(
            "certified residuals follow the law", about="corrected", scope="two or three samples, margin/σ from 3 to 12"
        ),
        property_check(
            Law("a unit at the decay limit", draw_small_unit, dying(), 1e-5),
            [
                Law("the leak 0.1 % larger", draw_small_unit, dying(1.001), 1e-5),
                Law("without what leaves", draw_small_unit, dying(own=0.0), 1e-5),
            ],
            problems=20,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("pull of a spread cluster", draw_spread, pull_of_a_spread_cluster(), 0.02),
            [
                Law("the sample denoised without error", draw_spread, pull_of_a_spread_cluster(centred=0.1), 0.02),
                Law("λ for nλ", draw_spread, pull_of_a_spread_cluster(decay=1 / 3), 0.02),
            ],
            problems=20,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
