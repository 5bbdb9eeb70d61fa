"""Our own: a minimiser in d dimensions is one in the span of the samples, plus one transverse block that repeats.

By own-exact-objective L = F(XW1, W1ᵀW1, XW2, W2ᵀW2) + λ(‖W1‖² + ‖W2‖²): means are w_a·x_i, covariances σ²w_a·w_b, and
the output enters through v_a·x_i and v_a·v_b. Let V be the span of the samples and W = W_V + W_⊥ column by column.
Then XW = XW_V and WᵀW = W_VᵀW_V + W_⊥ᵀW_⊥, so W_⊥ enters F through W_⊥ᵀW_⊥ alone.

At a point in V a step Δ orthogonal to V moves WᵀW at second order only: the gradient lies in V, no second derivative
mixes V with V^⊥ or W1_⊥ with W2_⊥, and along Δ it is tr(ΔTΔᵀ), the same for each of the d − dim V directions, with

    T1 = (2σ²/n)S + 2λI,   S_ab = V_ab Σ_iΦ₂ (a ≠ b),   S_aa = Σ_i[−(v_a·x_i)p_a + V_aaΦ(α_a) + Σ_{b≠a} V_abD_ab],
    T2 = (2/n)Σ_i E[hhᵀ] + 2λI ⪰ 2λI,   V_ab = v_a·v_b, p_a = E[δ(z_a)], D_ab = E[δ(z_a)h_b]

(slopes of the moments in the covariances at fixed means, which are half their second derivatives in the means). At any
point the part of the gradient orthogonal to V is (W1_⊥T1(W), W2_⊥T2(W)). So where T1 and T2 are positive definite, a
critical point has W_⊥ = 0: if that holds on a ball, the one critical point of the problem in dim V coordinates is the
only one in d dimensions, and a strict minimiser there is one here.
"""

import numpy as np
import sympy as sp
from flint import arb, arb_mat

from numerics.objective import loss_and_gradient
from proofs_check.ball_derivatives import Derivatives, network
from proofs_check.balls import precision
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_samples
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict

d, n, p, r = sp.symbols("d n p r", integer=True, positive=True)
lam = sp.Symbol("lambda", positive=True)
U = sp.MatrixSymbol("U", d, r)
B, T = sp.MatrixSymbol("B", n, r), sp.MatrixSymbol("T", p, n)
A, Z, Y = sp.MatrixSymbol("A", r, p), sp.MatrixSymbol("Z", d, p), sp.MatrixSymbol("Y", d, p)
slope, moments = sp.MatrixSymbol("F", p, p), sp.MatrixSymbol("M", p, p)
Delta = sp.MatrixSymbol("Delta", d, p)
h, c = sp.MatrixSymbol("h", p, 1), sp.MatrixSymbol("c", p, 1)

# U holds an orthonormal basis of V: the samples are BUᵀ, W_V = UA, and I − UUᵀ projects on V^⊥.
inside, outside, other = U * A, Z - U * U.T * Z, Y - U * U.T * Y
samples = B * U.T
t = sp.Symbol("t", real=True)

# The objective along W1 = A1(s) + t₁Δ1, W2 = A2(s) + t₂Δ2 with A(s) in V: even in t₁ and in t₂, as only their squares
# enter. G is ‖Δ‖², f_1 and f_2 the slopes in t². (Where columns are parallel the rest is |t|³ in place of t⁴.)
s, t1, t2 = sp.symbols("s t_1 t_2", real=True)
G1, G2 = sp.symbols("G_1 G_2", positive=True)
f0, f1, f2 = (sp.Function(name)(s) for name in ("f_0", "f_1", "f_2"))
rest = [sp.Function(f"r_{k}")(s, t1, t2) for k in range(3)]
along = (
    f0 + t1**2 * (f1 + lam * G1) + t2**2 * (f2 + lam * G2) + t1**4 * rest[0] + t1**2 * t2**2 * rest[1] + t2**4 * rest[2]
)
AT_V = {t1: 0, t2: 0}

# The law of two centred pre-activations with variances c_a, c_b and covariance C.
z_a, z_b, C = sp.symbols("z_a z_b C", real=True)
c_a, c_b = sp.symbols("c_a c_b", positive=True)
determinant = c_a * c_b - C**2
density = sp.exp(-(c_b * z_a**2 - 2 * C * z_a * z_b + c_a * z_b**2) / (2 * determinant)) / (
    2 * sp.pi * sp.sqrt(determinant)
)
q, V, gate, bell = sp.symbols("q V Phi_a p_a", positive=True)
b = sp.Symbol("b", integer=True)
overlap, peak = sp.IndexedBase("V_a"), sp.IndexedBase("D_a")
least, excess = sp.symbols("m e", positive=True)
w = sp.Symbol("w", real=True)

STEPS = [
    TraceIdentity(
        "the means see W_V only",
        sp.Trace(T * samples * (inside + outside)),
        sp.Trace(T * samples * inside),
        orthonormal=(U,),
    ),
    TraceIdentity(
        "Gram matrices add",
        sp.Trace(slope * (inside + t * outside).T * (inside + t * outside)),
        sp.Trace(slope * inside.T * inside) + t**2 * sp.Trace(slope * outside.T * outside),
        orthonormal=(U,),
    ),
    Identity("second derivative along Δ1", sp.diff(along, t1, 2).subs(AT_V), 2 * f1 + 2 * lam * G1),
    Identity("second derivative along Δ2", sp.diff(along, t2, 2).subs(AT_V), 2 * f2 + 2 * lam * G2),
    Identity("no slope across V", sp.diff(along, t1).subs(AT_V) + sp.diff(along, t2).subs(AT_V), sp.S.Zero),
    Identity("V and V^⊥ do not mix", sp.diff(along, s, t1).subs(AT_V) + sp.diff(along, s, t2).subs(AT_V), sp.S.Zero),
    Identity("nor do W1_⊥ and W2_⊥", sp.diff(along, t1, t2).subs(AT_V), sp.S.Zero),
    TraceIdentity(
        "as a form in Δ, F the slope in WᵀW",
        2 * sp.Trace(slope * Delta.T * Delta) + 2 * lam * squared_norm(Delta),
        sp.Trace(Delta * (slope + slope.T + 2 * lam * sp.Identity(p)) * Delta.T),
    ),
    # By parts: ∂E[h_ah_b]/∂C = E[1_a1_b] = Φ₂; in the variance ½E[δ_ah_b] = D_ab/2, ½E[δ_a] = p_a/2, ½E[2·1_a] = Φ.
    Identity("slope of any moment in a variance", sp.Derivative(density, c_a), sp.diff(density, z_a, 2) / 2),
    Identity("slope of any moment in the covariance", sp.Derivative(density, C), sp.diff(density, z_a, z_b)),
    SumIdentity(
        "diagonal of S",
        -2 * q * bell / 2 + V * gate + 2 * sp.Sum(overlap[b] * peak[b] / 2, (b, 1, n)),
        -q * bell + V * gate + sp.Sum(overlap[b] * peak[b], (b, 1, n)),
    ),
    TraceIdentity(
        "T2",
        2 * sp.Trace(moments * Delta.T * Delta) / n + 2 * lam * squared_norm(Delta),
        sp.Trace(Delta * (2 * moments / n + 2 * lam * sp.Identity(p)) * Delta.T),
    ),
    TraceIdentity("cᵀE[hhᵀ]c is the mean of a square", sp.Trace(c.T * h * h.T * c), squared_norm(h.T * c)),
    TraceIdentity(
        "gradient across V anywhere",
        sp.Trace(slope * (other.T * (inside + outside) + (inside + outside).T * other)),
        sp.Trace(other.T * outside * (slope + slope.T)),
        orthonormal=(U,),
    ),
    AtLeast("W_⊥T = 0 leaves no W_⊥: eigenvalues m + e of T", (least + excess) * w**2, least * w**2),
]


def _draw(rng: np.random.Generator):
    """Samples of rank < d, weights in their span, and a part of them outside it."""
    X = random_samples(rng, most=3)
    X = X @ np.linalg.qr(rng.standard_normal((X.shape[1] + 2, X.shape[1])))[0].T
    directions = np.linalg.svd(X, full_matrices=True)[2]
    rank = np.linalg.matrix_rank(X)
    width = int(rng.integers(1, 4))
    within = [directions[:rank].T @ rng.standard_normal((rank, width)) for _ in range(2)]
    # Near a zero column, and where columns are parallel, third derivatives are large: steps must be short.
    within[0] *= rng.uniform(0.5, 2.0, width) / np.linalg.norm(within[0], axis=0)
    across = [directions[rank:].T @ rng.standard_normal((X.shape[1] - rank, width)) for _ in range(2)]
    return X, within, across, float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.01, 0.3))


def _blocks(X, W1, W2, sigma, weight_decay) -> tuple[np.ndarray, np.ndarray]:
    """T1 and T2 by ball arithmetic, which shares no code with the objective in floats."""
    with precision():
        weights = network(arb_mat(W1.tolist()), arb_mat(W2.tolist()))
        rows = [[arb(float(value)) for value in x] for x in X]
        found = Derivatives(rows, [1] * len(rows), weights, arb(sigma), arb(weight_decay))
        blocks = found.transverse1(), found.transverse2()
    first, second = (np.array([[float(entry) for entry in row] for row in block.tolist()]) for block in blocks)
    return first, second


def _transverse_slope(factor: float = 1.0, decay: float = 1.0, inside_out: bool = False):
    """The gradient orthogonal to V against (W1_⊥T1, W2_⊥T2) at a point outside V."""

    def discrepancy(problem) -> float:
        X, within, across, sigma, weight_decay = problem
        W1, W2 = within[0] + across[0], within[1] + across[1]
        _, *gradient = loss_and_gradient(W1, W2, X, sigma, weight_decay)
        at1, at2 = within if inside_out else (W1, W2)
        T1, T2 = _blocks(X, at1, at2, sigma, decay * weight_decay)
        project = np.eye(X.shape[1]) - np.linalg.pinv(X) @ X
        wrong = [np.abs(project @ g - w @ T).max() for g, w, T in zip(gradient, across, (factor * T1, T2), strict=True)]
        return float(max(wrong) / np.abs(np.stack(gradient)).max())

    return discrepancy


def _curvature(factor: float = 1.0, mixing: float = 0.0):
    """Differences of the gradient along a step orthogonal to V, at a point of V, against the block structure."""

    def discrepancy(problem) -> float:
        X, within, across, sigma, weight_decay = problem
        T1, T2 = _blocks(X, within[0], within[1], sigma, weight_decay)
        worst, step = 0.0, 2.0**-23
        for layer, T in enumerate((factor * T1, T2)):
            ends = []
            for shift in (step, -step):
                moved = [*within]
                moved[layer] = within[layer] + shift * across[layer]
                ends.append(np.stack(loss_and_gradient(moved[0], moved[1], X, sigma, weight_decay)[1:]))
            found = (ends[0] - ends[1]) / (2 * step)
            expected = np.zeros_like(found)
            expected[layer] = across[layer] @ T
            expected[1 - layer] = mixing * across[layer] @ T
            worst = max(worst, float(np.abs(found - expected).max() / (1 + np.abs(expected).max())))
        return worst

    return discrepancy


CLAIM = Claim(
    identifier="own-span-reduction",
    paper=Paper.OWN,
    source="this project; objective of arXiv 2512.20963, eq. 6",
    title="Reduction to the span of the samples",
    kind=Kind.EQUALITY,
    hypotheses=(
        "any X ∈ R^{n×d} with span V, any widths, λ ≥ 0, σ > 0",
        "no column of W1 is zero (there L has two derivatives)",
    ),
    printed=Statement(
        "At weights in V the gradient lies in V and the Hessian is that of the problem in V beside T1 ⊕ T2, repeated d "
        "− dim V times; T2 ⪰ 2λI. Anywhere, the gradient orthogonal to V is (W1_⊥T1, W2_⊥T2): where T1, T2 ≻ 0 on a "
        "ball around a point of V, the critical points in the ball are those of the problem in V, and a strict "
        "minimiser there is one in all d dimensions.",
        Verdict.PROVED,
        (sp.Eq(STEPS[7].left, STEPS[7].right),),
    ),
    depends_on=("own-exact-objective", "own-gaussian-relu"),
    checks=(
        derivation(
            "W_⊥ enters through its Gram matrix",
            STEPS,
            scope="all n, d, p, σ > 0, λ ≥ 0",
            also_rejected=[
                TraceIdentity(
                    "W_⊥ not orthogonal to the samples",
                    sp.Trace(T * samples * (inside + Z)),
                    STEPS[0].right,
                    orthonormal=(U,),
                ),
                TraceIdentity(
                    "nor to W_V",
                    sp.Trace(slope * (inside + t * Z).T * (inside + t * Z)),
                    sp.Trace(slope * inside.T * inside) + t**2 * sp.Trace(slope * Z.T * Z),
                    orthonormal=(U,),
                ),
                TraceIdentity(
                    "F not made symmetric",
                    STEPS[7].left,
                    sp.Trace(Delta * (2 * slope.T + lam * sp.Identity(p)) * Delta.T),
                ),
                TraceIdentity("decay left out", STEPS[7].left, sp.Trace(Delta * (slope + slope.T) * Delta.T)),
                Identity("slope in a variance without ½", sp.Derivative(density, c_a), sp.diff(density, z_a, 2)),
                Identity("slope in the covariance halved", sp.Derivative(density, C), sp.diff(density, z_a, z_b) / 2),
                Identity("half the curvature", STEPS[2].left, f1 + lam * G1),
                Identity(
                    "a term that mixes V and V^⊥",
                    sp.diff(along + s * t1 * f1, s, t1).subs(AT_V),
                    sp.S.Zero,
                ),
                AtLeast("T not positive definite", (excess - least) * w**2, least * w**2),
            ],
        ),
        property_check(
            Law("gradient across the span against balls", _draw, _transverse_slope(), 1e-11),
            [
                Law("T1 1e-9 larger", _draw, _transverse_slope(factor=1 + 1e-9), 1e-11),
                Law("without decay", _draw, _transverse_slope(decay=0.0), 1e-11),
                Law("T1 and T2 at W_V", _draw, _transverse_slope(inside_out=True), 1e-11),
            ],
            problems=25,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("curvature across the span by differences", _draw, _curvature(), 1e-5),
            [
                Law("T1 twice as large", _draw, _curvature(factor=2.0), 1e-5),
                Law("W1_⊥ and W2_⊥ mixed", _draw, _curvature(mixing=1e-2), 1e-5),
            ],
            problems=25,
            bears=Bears.SUPPORTS,
        ),
    ),
)
