"""Our own: which turns of a block the noise prefers, so whether a minimiser stands near the block formula.

At σ = 0 every admissible O_k gives the same loss (own-noiseless-blocks). For σ > 0 a gate can be wrong. Let unit a be
off though it should be on, z_a = −h: the error vector f − x becomes f − x + hv_a, its squared length changes by
2h v_a·(f − x) + ‖v_a‖²h², and v_a·f = Σ_b K_ab z_b over the units that are on. Given z_a these have means μ_b +
(K_ab/K_aa)(z_a − μ_a). Averaged, that is a polynomial in h. A gate of another cluster that noise opens, z_a = h,
changes the error in the same way. Their signs are below.

So to first order in the leaks the loss is the frozen one, less a sum over own gates, plus a sum over others, each of
order exp(−t²/2σ²) in the distance t of a sample from a gate. Where own gates are the nearest, the loss falls as they
come nearer: certified minimisers stand where own gates begin to close, at a distance from the formula like a power of
σ. Where others are the nearest, certified minimisers stand between them, with a curvature of order exp(−γ²/2σ²) and a
residual as for single units (the ladder of certificates, series two-units).
"""

import numpy as np
import sympy as sp

from numerics.objective import expected_loss
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict
from theory import turning
from theory.block_minimizer import block_weights, frozen_loss, gate_margin

mu, K, kappa, q = turning.MEAN, turning.SQUARED_LENGTH, turning.OVERLAP, turning.REPLY
h = sp.Symbol("h", positive=True)
z, dot, x2 = sp.symbols("z f N", real=True)
p = sp.Symbol("p", integer=True, positive=True)
b = sp.Symbol("b", integer=True)
gram, mean = sp.IndexedBase("K"), sp.IndexedBase("m")
AT = {turning.FIRST: h, turning.SECOND: h**2}


def squared_error(height: sp.Expr) -> sp.Expr:
    """‖f + v·height − x‖² − ‖f − x‖², with v·(f − x) = f and ‖v‖² = K."""
    return 2 * height * dot + K * height**2


def reply(height: sp.Expr) -> sp.Expr:
    """E[v_a·(f − x) | z_a = height] = q + κ(height − μ) − μ, all units of B on."""
    return q + kappa * (height - mu) - mu


STEPS = [
    SumIdentity(
        "mean reply given one pre-activation",
        sp.Sum(gram[b] * (mean[b] + gram[b] / K * (z - mu)), (b, 1, p)),
        sp.Sum(gram[b] * mean[b], (b, 1, p)) + (z - mu) / K * sp.Sum(gram[b] ** 2, (b, 1, p)),
    ),
    Identity("own gate off at z = −h", squared_error(h).subs(dot, reply(-h)), turning.OWN_GATE_OFF.subs(AT)),
    Identity("other gate on at z = h", squared_error(h).subs(dot, reply(h)), turning.OTHER_GATE_ON.subs(AT)),
]

share, rest, missing, size = sp.symbols("g r e t", nonnegative=True)
length = sp.Symbol("L", positive=True)
SIGNS = [
    # κ ≥ K_aa for an own unit, as the sum over B holds b = a; q = μ − w_a·(x − Ax), and −w_a·(x − Ax) ≤ κμ here.
    AtLeast(
        "an own gate that closes lowers the loss",
        sp.S.Zero,
        turning.OWN_GATE_OFF.subs(AT),
        where={K: length, kappa: length + rest, mu: size, q: (1 + length + rest) * size - missing},
    ),
    AtLeast(
        "another's gate that opens raises it",
        turning.OTHER_GATE_ON.subs(AT),
        sp.S.Zero,
        where={K: length, kappa: rest, mu: -size, q: -(1 + rest) * size + missing},
        strict=True,
    ),
]


def _draw(rng: np.random.Generator):
    """A block of two units in R^d beside one sample, turned within its admissible range, margins over σ near 5."""
    while True:
        d = int(rng.integers(2, 6))
        half = rng.uniform(0.2, 0.8, size=2)
        rows = np.array([[1.0, half[0]], [1.0, -half[1]], [-rng.uniform(0.3, 1.0), rng.uniform(-0.1, 0.1)]])
        X = np.pad(rows, [(0, 0), (0, d - 2)]) @ random_rotation(rng, d).T
        labels, widths = np.array([0, 0, 1]), (2, 1)
        smallest = np.linalg.svd(X[:2])[1][1] ** 2
        weight_decay = float(rng.uniform(0.01, 0.1) * smallest / 3)
        W = block_weights(X, labels, widths, 0.0, weight_decay)
        angle = rng.uniform(-0.2, 0.2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        W = np.concatenate([W[:, :2] @ turn, W[:, 2:]], axis=1)
        margin = gate_margin(W, X, labels, widths)
        if margin > 0.05:
            return W, X, labels, widths, margin / rng.uniform(4.5, 5.5), weight_decay


def _adds_up(own: float = 1.0, other: float = 1.0, noise: float = 1.0):
    def discrepancy(problem) -> float:
        W, X, labels, widths, sigma, weight_decay = problem
        added = expected_loss(W, W, X, sigma, weight_decay) - frozen_loss(W, W, X, labels, widths, sigma, weight_decay)
        parts = turning.wrong_gate_energy(W, X, labels, widths, noise * sigma)
        size = abs(parts[0]) + abs(parts[1])
        # Loss and frozen loss are right to about 1e-15, which is what a leak of 1e-9 leaves five digits of.
        return float(max(0.0, abs(added - own * parts[0] - other * parts[1]) - 1e-14) / size)

    return discrepancy


CLAIM = Claim(
    identifier="own-turning-blocks",
    paper=Paper.OWN,
    source="this project",
    title="Which turns of a block the noise prefers",
    kind=Kind.EQUALITY,
    hypotheses=(
        "W1 = W2 = W, K = WᵀW, one gate wrong on one sample, B the units that should be on for it, A = W_BW_Bᵀ",
        "for the signs: −w_a·(x − Ax) ≤ κ_a|w_a·x|, where κ_a = Σ_{b∈B}K_ab²/K_aa (true for small σ and λ)",
    ),
    printed=Statement(
        "An own gate that closes changes the error of its sample by −E[(2κ − K_aa)h² + 2h(μ(1 + κ) − q)] ≤ 0, "
        "another's that opens by E[(2κ + K_aa)h² + 2h(q − μ(1 + κ))] > 0, with h the wrong part of z_a ~ N(μ, σ²K_aa) "
        "and q = w_a·Ax.",
        Verdict.PROVED,
        (turning.OWN_GATE_OFF, turning.OTHER_GATE_ON),
    ),
    depends_on=("own-frozen-gates",),
    checks=(
        derivation("one wrong gate", STEPS, scope="all n, d, p, σ, λ"),
        derivation("signs", SIGNS, scope="all K, κ, μ within the hypothesis"),
        property_check(
            Law("frozen loss plus wrong gates is the loss", _draw, _adds_up(), 1e-5),
            [
                Law("own gates 1 % more", _draw, _adds_up(own=1.01), 1e-5),
                Law("other gates 1 % more", _draw, _adds_up(other=1.01), 1e-5),
                Law("noise 1 % more", _draw, _adds_up(noise=1.01), 1e-5),
            ],
            problems=25,
            bears=Bears.SUPPORTS,
        ),
    ),
)
