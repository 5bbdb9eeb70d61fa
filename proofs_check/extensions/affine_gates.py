"""Our own: what becomes of Theorem 3.1 itself, a local minimiser, when the layer has biases.

Tied biases. With b = −W1ᵀc, f(y) = c + W2[W1ᵀ(y − c)]_+ is the bias-free layer about c, so Theorem 3.1 and Corollary
3.2 hold for the samples minus c: what is needed is a centre c that sees the clusters under pairwise obtuse angles.

Triangles have one: the incentre. With tangent lengths x, y, z from the vertices and inradius ρ, ‖A − I‖² = ρ² + x²,
‖A − B‖ = x + y and ρ² = xyz/(x + y + z), so (A − I)·(B − I) = ρ² − xy = −xy(x + y)/(x + y + z) < 0.

Tetrahedra need not. Take (a, b, h), (a, −b, −h), (−a, b, −h), (−a, −b, h), affinely independent, so that each vertex is
split from the others by a plane. Their sum is 0, so for the opposite edges 12 and 34 and any c

    (x_1 − c)·(x_2 − c) + (x_3 − c)·(x_4 − c) = x_1·x_2 + x_3·x_4 + 2‖c‖² = 2(a² − b² − h²) + 2‖c‖²,

and if a² ≥ b² + h² one of the two is ≥ 0. With the other two pairs of edges: a centre exists exactly if each of a², b²,
h² is less than the sum of the other two (then c = 0 is one). So separation by hyperplanes asks for less than a centre.

Free biases. The block formula is then no minimiser, nor near one. Let unit j (w = v = rx, N = ‖x‖², about c) be
open on sample j and closed elsewhere, b_j = 0 in coordinates about c. The error of the sample is ‖v(w·y + b) − x‖² on
average, its slope in b at b = 0 is 2v·(v w·x − x) = 2rN(r²N − 1), and with r² of eq. 9 the objective has

    ∂L/∂b_j = −2rN(σ² + nλ)/(n(N + σ²)),

up to wrong gates, exponentially small in 1/σ². The output of a denoiser is short by the factor r²N < 1, and a bias
makes up for it at no cost in noise. Going on, w → (1 − s)w and b → b + s w·x leave the response at x alone and lower
noise and decay by the factor (1 − s)²: with gates held as they are the minimum is at w = 0, a unit that is open
everywhere, so whose gate is wrong on every other sample. What stops the descent is the gate: its hyperplane moves away
from sample j, towards the others.

Biases with the same decay do have a minimum with frozen gates, but it asks for more separation, not less. For
‖v‖² = V, s = σ²V + nλ and a response t at x, the cost s‖w‖² + nλb² is least for w = tx/(sK), b = t/(nλK), K = N/s +
1/(nλ); the response at another sample x_i is (t/K)(x·x_i/s + 1/(nλ)). So the gate is right there exactly if
x·x_i < −(1 + σ²V/(nλ)), which no data meet as λ → 0.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from numerics.affine_objective import affine_loss
from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.gordan import alternative, dot, is_witness
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory.block_minimizer import (
    COUNT,
    MEMORIZING_SQUARED_SCALE,
    SIGMA,
    SQUARED_NORM,
    WEIGHT_DECAY,
    memorizing_weights,
)
from theory.separability import regular_simplex

N, sigma, decay, n = SQUARED_NORM, SIGMA, WEIGHT_DECAY, COUNT
x, y, z, a, b, h, r, s, t, V, mu = sp.symbols("x y z a b h r s t V mu", positive=True)
slack = sp.Symbol("q", nonnegative=True)
bias, share = sp.symbols("beta alpha", real=True)
c = sp.symbols("c_1:4", real=True)
VERTICES = [(a, b, h), (a, -b, -h), (-a, b, -h), (-a, -b, h)]
inradius_squared = x * y * z / (x + y + z)
K = N / s + 1 / mu


def seen(first: int, second: int) -> sp.Expr:
    """(x_i − c)·(x_j − c) for two vertices of the tetrahedron."""
    return sp.Add(*((p - m) * (q - m) for p, q, m in zip(VERTICES[first], VERTICES[second], c, strict=True)))


CENTRES = [
    Identity(
        "two vertices seen from the incentre",
        ((inradius_squared + x**2) + (inradius_squared + y**2) - (x + y) ** 2) / 2,
        -x * y * (x + y) / (x + y + z),
    ),
    AtLeast("the angle is obtuse", sp.S.Zero, -x * y * (x + y) / (x + y + z), strict=True),
    Identity(
        "opposite edges seen from any centre",
        seen(0, 1) + seen(2, 3),
        2 * (a**2 - b**2 - h**2) + 2 * (c[0] ** 2 + c[1] ** 2 + c[2] ** 2),
    ),
    # a² = b² + h² + q: the two products are not both negative.
    AtLeast(
        "no centre where a² is the sum of b², h² or more",
        (2 * (a**2 - b**2 - h**2) + 2 * (c[0] ** 2 + c[1] ** 2 + c[2] ** 2)).subs(a, sp.sqrt(b**2 + h**2 + slack)),
        sp.S.Zero,
    ),
    Identity("from the middle", seen(0, 1).subs(dict.fromkeys(c, 0)), a**2 - b**2 - h**2),
]
error = V * (bias + r * N) ** 2 - 2 * r * N * (bias + r * N) + N
FREE = [
    # ‖v‖² = r²N, v·x = rN, response rN + β; its noise does not feel β.
    Identity(
        "slope in a free bias",
        sp.diff(error, bias).subs({bias: 0, V: MEMORIZING_SQUARED_SCALE * N}) / n,
        -2 * r * N * (sigma**2 + n * decay) / (n * (N + sigma**2)),
    ),
    Identity(
        "shrinking the encoder about its sample",
        (sigma**2 * V + mu) * (1 - s) ** 2 * N,
        (1 - s) ** 2 * (sigma**2 * V * N + mu * N),
    ),
    Identity(
        "decay on the bias too: w = αx + what is orthogonal, b = t − αN",
        s * N * share**2 + mu * (t - share * N) ** 2,
        t**2 / K + (s * N + mu * N**2) * (share - t / (s * K)) ** 2,
    ),
    Identity("its bias", t - N * t / (s * K), t / (mu * K)),
    AtLeast(
        "a gate is wrong on a sample before −s/μ",
        (t / K) * ((-s / mu + a) / s + 1 / mu),
        sp.S.Zero,
        strict=True,
    ),
    AtLeast(
        "and right behind it",
        sp.S.Zero,
        (t / K) * ((-s / mu - a) / s + 1 / mu),
        strict=True,
    ),
]


def tetrahedron(edge: tuple[int, int, int]) -> Outcome:
    """Every vertex split from the others by a plane and yet no centre, in rationals."""
    points = [[Fraction(sign * value) for sign, value in zip(signs, edge, strict=True)] for signs in SIGNS]
    for j in range(len(points)):
        lifted = [[sign * v for v in (*row, 1)] for i, row in enumerate(points) for sign in (1 if i == j else -1,)]
        found = alternative(lifted)
        if found.direction is None or not is_witness(lifted, found):
            return Outcome(False, margin="no", detail=f"vertex {j} has no plane")
    # Sums over opposite edges at c = 0, to which any c adds 2‖c‖².
    sums = [dot(points[0], points[j]) + dot(*(points[i] for i in range(1, 4) if i != j)) for j in range(1, 4)]
    return Outcome(max(sums) > 0, margin=f"largest sum {max(sums)}", detail=f"(a, b, h) = {edge}")


SIGNS = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]


def _draw(rng: np.random.Generator):
    """Obtuse samples about a centre, σ small enough that wrong gates do not count, and a unit."""
    count = int(rng.integers(1, 5))
    d = int(rng.integers(max(count - 1, 1), 6))
    directions = np.eye(1, d) if count == 1 else regular_simplex(count, d)
    X = rng.uniform(0.8, 1.5, size=(count, 1)) * directions @ random_rotation(rng, d).T
    noise = float(rng.uniform(0.5, 1.0) * 0.8 / max(count - 1, 1) / 7)
    weight_decay = float(rng.uniform(0.0, 0.5)) * float((X**2).sum(axis=1).min()) / count
    return X, rng.standard_normal(d), noise, weight_decay, int(rng.integers(count))


_slope = sp.lambdify((r, N, sigma, n, decay), FREE[0].right, "numpy")


def _bias_slope(factor: float):
    """∂L/∂b_j from two exact losses of the layer about c; decay does not feel b."""

    def discrepancy(problem) -> float:
        X, centre, noise, weight_decay, j = problem
        W = memorizing_weights(X, noise, weight_decay)
        step = 1e-3 * np.eye(len(X))[j]
        up, down = (affine_loss(W, e - centre @ W, W, centre, X + centre, noise) for e in (step, -step))
        squared = float(X[j] @ X[j])
        claimed = _slope(np.linalg.norm(W[:, j]) / np.sqrt(squared), squared, noise, len(X), weight_decay)
        return float(abs((up - down) / 2e-3 - factor * claimed))

    return discrepancy


CLAIM = Claim(
    identifier="own-affine-gates",
    paper=Paper.OWN,
    source="this project",
    title="The memorising weights do not survive free biases",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "f(y) = W2[W1ᵀy + b]_+ + c, at the weights of Corollary 3.2 for the samples minus a fixed centre c",
        "σ² + nλ > 0",
        "gates right on every sample whatever the noise; wrong gates add terms exponentially small in 1/σ²",
    ),
    printed=Statement(
        "Tied biases b = −W1ᵀc give Corollary 3.2 about c wherever c sees all samples under obtuse angles: every "
        "triangle has such a c; the tetrahedron (a, b, h), (a, −b, −h), (−a, b, −h), (−a, −b, h) exactly if each of "
        "a², b², h² is less than the sum of the others. With b free ∂L/∂b_j = −2r_jN_j(σ² + nλ)/(n(N_j + σ²)) ≠ 0 "
        "there, and the minimum with frozen gates has w = 0, open everywhere; with decay λ on b too the gate is right "
        "at x_i exactly if x_j·x_i < −(1 + σ²‖v‖²/(nλ)).",
        Verdict.PROVED,
    ),
    depends_on=("BR-cor-3.2",),
    checks=(
        derivation(
            "centres",
            CENTRES,
            scope="all triangles; all a, b, h",
            also_rejected=[
                AtLeast(
                    "no centre where a² is less",
                    2 * (c[0] ** 2 + c[1] ** 2 + c[2] ** 2) - 2 * z,
                    sp.S.Zero,
                )
            ],
        ),
        derivation("free biases", FREE, scope="all n, d, σ, λ, gates frozen"),
        exact_check(
            "planes for every vertex, no centre",
            lambda: tetrahedron((2, 1, 1)),
            [
                ("a centre exists", lambda: tetrahedron((3, 3, 2))),
                ("a flat one has no planes", lambda: tetrahedron((0, 1, 0))),
            ],
            bears=Bears.SUPPORTS,
            scope="(a, b, h) = (2, 1, 1)",
        ),
        property_check(
            Law("slope in a bias from exact losses", _draw, _bias_slope(1.0), 1e-8),
            [Law("1 % more", _draw, _bias_slope(1.01), 1e-8), Law("no slope", _draw, _bias_slope(0.0), 1e-8)],
            problems=40,
            bears=Bears.SUPPORTS,
        ),
    ),
)
