"""Our own: a two-layer network without bias has a linear odd part, so in R^d, d ≥ 2, it never attains the floor.

[z]_+ = (z + |z|)/2, so f(y) − f(−y) = W2W1ᵀy at any width. Take one sample x, ρ = ‖y‖/σ, t = cos(x, y), a = ‖x‖/σ. What
f has orthogonal to x only adds to the loss; averaging over the rotations that fix x lowers it (it is convex in f, the
law of y is invariant) and keeps the odd part linear. So let f(y) = xργ(t) with γ(t) − γ(−t) = 2ct, one c for all t.
With M_k the moments of ρ given t and G = M₁/M₂ (own-homogeneity-floor) the loss exceeds the floor by ‖x‖²E[M₂(γ − G)²].
At the pair t, −t the even part is free and leaves H(G(t) − G(−t) − 2ct)², H = A₊A₋/(A₊ + A₋), A the density of t times
M₂; the best c leaves the least-squares residual

    surcharge = ‖x‖² {∫HΔ² − (∫HΔt)²/∫Ht²},   Δ = G(t) − G(−t),   t > 0.

Every two-layer network without bias, of any width, pays floor + surcharge.

d = 1: there is one pair, t = ±1, so no residual; two units attain the floor.

d ≥ 2: the surcharge is zero only if G, as a function of b = at, has G(b) − G(−b) = c'b for |b| ≤ a, hence for all b, as
G is analytic. By the recurrence of own-homogeneity-floor G = 1/r_{d+1}, r_{k+1} = b + k/r_k. Let b → ∞. As r_d ≥ b,
r_{d+1} = b + d/r_d makes bG(b) → 1. Let s_k > 0 be the ratio at −b: s_{k+1} = −b + k/s_k, so s_{d+1} =
(d + 1)/(b + s_{d+2}), G(−b) = (b + s_{d+2})/(d + 1), and s_{d+2} = (d + 2)/(b + s_{d+3}) with s_{d+3} ≤ (d + 3)/b makes
b·s_{d+2} → d + 2. So c' = −1/(d + 1), and then b(G(b) − G(−b) + b/(d + 1)) → 1 − (d + 2)/(d + 1) = −1/(d + 1), not 0:
the surcharge is positive, and no sequence of networks of growing width comes down to the floor.

Nor does a finite width attain floor + surcharge. The minimiser over even part and slope is unique, xρ(e(t) + ct) with e
even and analytic. A finite network is linear on open cones; there ‖y‖e(t) would be linear in y, so e = c₁t, or in R²
e = c₁cos φ + c₂sin φ in the angle φ. As e is analytic and even both in t and in φ, it would vanish; but e(0) = G(0) is
positive.

As the span of the |w·y| is dense among even homogeneous functions (the cosine transform of even measures is
injective, a classical fact that is not checked here), growing widths come as near to floor + surcharge as one likes.
"""

import numpy as np
import sympy as sp

from numerics.objective import expected_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.gaussian_relu import cross_moment, mean
from theory.homogeneity import loss_floor, two_layer_surcharge

z, e, slope, gain, behind = sp.symbols("z e s G_plus G_minus", real=True)
A, B = sp.symbols("A_plus A_minus", positive=True)
P, b, s = sp.symbols("P b s", positive=True)
Q, R, c = sp.symbols("Q R c", real=True)
d = sp.Symbol("d", integer=True, positive=True)
H = A * B / (A + B)
best_even = (A * (gain - slope) + B * (behind + slope)) / (A + B)


def relu(value: sp.Expr) -> sp.Expr:
    """[z]_+."""
    return (value + sp.Abs(value)) / 2


STEPS = [
    Identity("odd part of one unit", relu(z) - relu(-z), z),
    Identity(
        "a pair of opposite rays, gains e ± s",
        A * (e + slope - gain) ** 2 + B * (e - slope - behind) ** 2,
        (A + B) * (e - best_even) ** 2 + H * (gain - behind - 2 * slope) ** 2,
    ),
    # P = ∫Ht², Q = ∫HΔt, R = ∫HΔ².
    Identity(
        "one slope c for all pairs",
        R - 4 * c * Q + 4 * c**2 * P,
        R - Q**2 / P + 4 * P * (c - Q / (2 * P)) ** 2,
    ),
    Identity("one pair leaves nothing", H * gain**2 - (H * gain) ** 2 / H, sp.S.Zero),
    Identity("gain behind", 1 / ((d + 1) / (b + s)), (b + s) / (d + 1)),
    # β = bG(b) → 1 and s = b·s_{d+2} → d + 2.
    Identity(
        "what a slope −1/(d + 1) would leave, times b",
        b * (c / b - (b + s / b) / (d + 1) + b / (d + 1)),
        c - s / (d + 1),
    ),
    AtLeast("its limit is not zero", sp.S.Zero, 1 - (d + 2) / (d + 1), strict=True),
]


def _ring(ratio: float, width: int) -> float:
    """Loss over ‖x‖² in R² of `width` encoder columns evenly around the circle, with the best decoder for them."""
    angles = (np.arange(width) + 0.5) * 2 * np.pi / width
    W1 = np.array([np.cos(angles), np.sin(angles)])
    mu, ones = ratio * W1[0], np.ones(width)
    first = mean(mu, ones)
    second = cross_moment(mu[:, None], mu, ones[:, None], ones, np.clip(W1.T @ W1, -1, 1))
    decoder = np.linalg.lstsq(second, first, rcond=1e-13)[0]
    x = np.array([[ratio, 0.0]])
    return float(expected_loss(W1, x.T * decoder, x, 1.0, 0.0)) / ratio**2


def _draw_ratio(rng: np.random.Generator) -> float:
    return float(rng.uniform(1.2, 3.0))


def _extrapolated(factor: float, dimension: int = 2):
    """Loss at infinite width, from the widths 48 and 96 and an error like width⁻⁴, against floor + surcharge."""

    def discrepancy(ratio) -> float:
        coarse, fine = _ring(ratio, 48), _ring(ratio, 96)
        limit = fine + (fine - coarse) / 15
        surcharge = factor * two_layer_surcharge(ratio, dimension, 1.0) / ratio**2
        return abs(limit - loss_floor(ratio, 2, 1.0) / ratio**2 - surcharge) / surcharge

    return discrepancy


def _draw_network(rng: np.random.Generator):
    dimension, width = (int(v) for v in rng.integers(1, 7, size=2))
    x = rng.standard_normal((1, dimension)) * 10 ** rng.uniform(-1, 1)
    return x, rng.standard_normal((2, dimension, width))


def _best_scale(factor: float):
    """How far a random network with its decoder scaled well, or two units in R¹ that attain it, are below the floor."""

    def discrepancy(problem) -> float:
        x, (W1, W2) = problem
        alone = np.array([[np.linalg.norm(x)]])
        return max(0.0, *(_below(factor, *network) for network in ((x, W1, W2), (alone, *_two_units(alone)))))

    return discrepancy


def _two_units(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W1 and W2 of the best network in R¹."""
    W1, ones = np.array([[1.0, -1.0]]), np.ones(2)
    mu = (x @ W1)[0]
    return W1, x.T * mean(mu, ones) / np.diag(cross_moment(mu[:, None], mu, ones[:, None], ones, W1.T @ W1))


def _below(factor: float, x: np.ndarray, W1: np.ndarray, W2: np.ndarray) -> float:
    at = [float(expected_loss(W1, scale * W2, x, 1.0, 0.0)) for scale in (-1.0, 0.0, 1.0)]
    bend, rise = (at[0] + at[2]) / 2 - at[1], (at[2] - at[0]) / 2
    # Units that are hardly ever active leave a parabola of rounding errors; any scale is a network.
    loss = float(expected_loss(W1, -rise / max(2 * bend, abs(rise)) * W2, x, 1.0, 0.0)) if rise else at[1]
    norm = float(np.linalg.norm(x))
    floor = loss_floor(norm, len(W1), 1.0) + two_layer_surcharge(norm, len(W1), 1.0)
    return (factor * floor - loss) / loss


CLAIM = Claim(
    identifier="own-linear-odd-part",
    paper=Paper.OWN,
    source="this project",
    title="Two layers never attain the homogeneity floor",
    kind=Kind.LOWER,
    hypotheses=(
        "f(y) = W2[W1ᵀy]_+ of any finite width, one sample x ≠ 0 in R^d, σ > 0",
        "H, Δ as in the argument: weights and gain differences of opposite rays",
    ),
    printed=Statement(
        "f(y) − f(−y) = W2W1ᵀy. So E‖f(x + σε) − x‖² ≥ floor + surcharge, surcharge = ‖x‖²{∫HΔ² − (∫HΔt)²/∫Ht²}. For "
        "d = 1 the surcharge is 0 and two units attain the floor; for d ≥ 2 it is positive at every σ, and no finite "
        "width attains the sum.",
        Verdict.PROVED,
    ),
    depends_on=("own-homogeneity-floor",),
    checks=(
        derivation(
            "opposite rays",
            STEPS,
            scope="all d, p, σ > 0",
            also_rejected=[
                Identity("odd part of a unit with bias", relu(z + b) - relu(b - z), z),
                AtLeast("the same with d + 1", sp.S.Zero, 1 - (d + 1) / (d + 1), strict=True),
            ],
        ),
        property_check(
            Law("growing widths come near to floor + surcharge", _draw_ratio, _extrapolated(1.0), 0.05),
            [
                Law("no surcharge to speak of", _draw_ratio, _extrapolated(0.5), 0.05),
                Law("surcharge a tenth more", _draw_ratio, _extrapolated(1.1), 0.05),
                Law("that of R³", _draw_ratio, _extrapolated(1.0, dimension=3), 0.05),
            ],
            problems=3,
            bears=Bears.SUPPORTS,
            scope="d = 2, one sample, ‖x‖/σ from 1.2 to 3",
        ),
        property_check(
            Law("no network below floor + surcharge", _draw_network, _best_scale(1.0), 1e-12),
            [Law("floor 1e-4 higher", _draw_network, _best_scale(1.0001), 1e-12)],
            problems=20,
            bears=Bears.SUPPORTS,
            scope="d, p ≤ 6",
        ),
    ),
)
