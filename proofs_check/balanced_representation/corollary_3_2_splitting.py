"""BR Corollary 3.2, remark: which minimisers come from splitting columns, and how far each of them is one.

Let f be a critical point, σ, λ > 0, and m, U, e as in BR-cor-3.2-zero-columns. Its fibre: a column (w_j, v_j) becomes
pieces (a_kw_j, a_kv_j), a_k ≥ 0, Σa_k² = 1. The pieces fire together, so function and decay are those of f, and slopes
at a piece are a_k times those at the column: every point is critical, of equal loss. With two or more pieces a column's
fibre is the positive part of a sphere, a continuum: no point of it is isolated.

Inside. By BR-cor-3.2-zero-columns L(f') − L(f) ≥ ΣU, and U ≥ 2‖w‖‖v‖(λ − m(w/‖w‖)) for each unit of f'. So L(f') ≥ L(f)
for every f' all of whose encoder columns point where m ≤ λ. Suppose that holds within an angle ω ≤ π/2 of every column
of f (where m = λ). A piece moved by less than a_k‖w_j‖ sin ω stays within ω of w_j. So every point of the fibre without
a zero share is a local minimiser, within the radius sin ω · min a_k‖w_j‖.

Its radius. Take a piece of share a away, the other shares growing by 1/√(1 − a²): a point of the fibre with a zero
column, at the distance 2‖w_j‖√(1 − √(1 − a²)) ≤ 2a‖w_j‖ (encoder and decoder, ‖w_j‖ = ‖v_j‖). If m > λ anywhere the
loss falls from there at once. So the radius is between a‖w_j‖ sin ω and 2a‖w_j‖, a the least share: it shrinks with
the share, and the end of the fibre, its only sparse points, are no minimisers.

When splitting destroys a minimiser. To second order (z_k, scaled by a_k, moves piece k, c_k = a_k²) the loss changes
by Σc_kB(z_k) + E‖Σc_kPz_k‖², B half the Hessian of U at (w_j, v_j), P the change of the unit's output. Σc_kB(z_k) is
B(z̄) + Σc_kB(z_k − z̄): what the merged column would feel at the mean z̄, and a part that only B sees, whatever the
shares. So if f is a minimiser but B(z) < 0 for some z (m rises above λ near w_j), no split of column j in two is one.

The memorising weights with gates frozen have B = λ[(ξ_1 − η_1)² + |ξ_⊥|² + |η_⊥|²] for (ξ, η), coordinate 1 along x_j:
m = λ cos θ beside x_j, and all fibres are of minimisers. For one sample, σ = 1/4, λ = 1/200 that is certified with the
gates free: m < λ up to an angle with cosine 7/10, so the radius is between 0.71 and 2 times the least a_k‖w‖; and at
the sparse end, where the print has its minimiser, m > λ for a direction across.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from numerics.objective import expected_loss, loss_and_gradient
from proofs_check.balls import positivity_in_balls
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.one_sample import OneSample
from proofs_check.problems import random_noise_level, random_samples
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory.block_minimizer import COUNT, SIGMA, SQUARED_NORM, WEIGHT_DECAY
from theory.dead_units import pull
from theory.gaussian_relu import mean, second_moment
from theory.residual import UNIT_GAIN

pieces, r = sp.symbols("K r", integer=True, positive=True)
k = sp.Symbol("k", integer=True)
share = sp.IndexedBase("a")
w, v, h = sp.symbols("w v h", real=True)
a, W, t = sp.symbols("a W t", positive=True)
cosine = sp.Symbol("c", real=True)
c, lam = sp.symbols("c_1 lambda", positive=True)
first, second, B = sp.MatrixSymbol("z", r, 1), sp.MatrixSymbol("y", r, 1), sp.MatrixSymbol("B", r, r)
xi, eta, xi_across, eta_across = sp.symbols("xi_1 eta_1 xi_2 eta_2", real=True)
kept = sp.Symbol("s", positive=True)
total = sp.Sum(share[k] ** 2, (k, 1, pieces))


def _form(z: sp.MatrixExpr) -> sp.Expr:
    return sp.Trace(z.T * B * z)


STEPS = [
    SumIdentity("the output of the pieces", sp.Sum((share[k] * v) * (share[k] * h), (k, 1, pieces)), v * h * total),
    SumIdentity(
        "their decay",
        sp.Sum(lam * ((share[k] * w) ** 2 + (share[k] * v) ** 2), (k, 1, pieces)),
        lam * (w**2 + v**2) * total,
    ),
    Identity(
        "a moved piece at distance δ and angle θ: δ² ≥ a²W² sin²θ, its length being t",
        t**2 - 2 * t * a * W * cosine + a**2 * W**2,
        (t - a * W * cosine) ** 2 + a**2 * W**2 * (1 - cosine**2),
    ),
    # s² = 1 − a²: the piece itself, and the others growing from s in all to 1.
    Identity("a piece taken away, squared distance", (1 - kept**2) + (1 - kept) ** 2, 2 * (1 - kept)),
    AtLeast("at most 2a²", 2 * (1 - kept**2), 2 * (1 - kept), where={kept: 1 / (1 + t)}),
    TraceIdentity(
        "two pieces feel their mean, and B at their difference",
        c * _form(first) + (1 - c) * _form(second),
        _form(c * first + (1 - c) * second) + c * (1 - c) * _form(first - second),
        symmetric=(B,),
    ),
    Identity(
        "correlation of the residual with an open unit, memorising weights",
        (SQUARED_NORM - UNIT_GAIN * (SQUARED_NORM + SIGMA**2)) / COUNT,
        WEIGHT_DECAY,
    ),
    Identity(
        "B there",
        lam * (xi**2 + xi_across**2 + eta**2 + eta_across**2) - 2 * lam * xi * eta,
        lam * ((xi - eta) ** 2 + xi_across**2 + eta_across**2),
    ),
]

NOISE, DECAY = Fraction(1, 4), Fraction(1, 200)
SAFE = Fraction(7, 10)


def _memory() -> OneSample:
    return OneSample.critical(1, NOISE, DECAY)


def _excess(arguments) -> arb:
    memory = _memory()
    return memory.pull(arguments[0]) - memory.weight_decay


def _draw_split(rng: np.random.Generator):
    """Any network, one column in two or three pieces."""
    X = random_samples(rng)
    width = int(rng.integers(1, 4))
    W1, W2 = (rng.standard_normal((X.shape[1], width)) for _ in range(2))
    shares = np.sqrt(rng.dirichlet(np.ones(int(rng.integers(2, 4)))))
    return X, W1, W2, shares, random_noise_level(rng), float(rng.uniform(0, 0.3))


def _same(power: float):
    """Loss of the split network against that of the whole one, and its slopes against a_k times those."""

    def discrepancy(problem) -> float:
        X, W1, W2, shares, sigma, weight_decay = problem
        layers = [np.column_stack([W[:, :1] * shares**power, W[:, 1:]]) for W in (W1, W2)]
        loss, *slopes = loss_and_gradient(W1, W2, X, sigma, weight_decay)
        split, *split_slopes = loss_and_gradient(layers[0], layers[1], X, sigma, weight_decay)
        worst = abs(split - loss)
        for whole, parts in zip(slopes, split_slopes, strict=True):
            worst = max(worst, float(np.abs(parts[:, : len(shares)] - whole[:, :1] * shares).max()))
        return worst / (1 + abs(loss))

    return discrepancy


def _draw_fibre(rng: np.random.Generator):
    """The best memory of one sample in pieces, d ≤ 4, and a random move; σ and λ as certified, in any unit."""
    d, length = int(rng.integers(2, 5)), float(rng.uniform(0.5, 2.0))
    shares = np.sqrt(rng.dirichlet(2 * np.ones(int(rng.integers(2, 4)))))
    return length * np.eye(1, d), shares, rng.standard_normal((2, d, len(shares)))


def _stays(reach: float):
    """By how much the loss falls within `reach` of the radius 2a‖w‖, in units of the mean square.

    Tried are a random move, and the way towards the end of the fibre with a small unit across the sample in place of
    the smallest piece.
    """

    def discrepancy(problem) -> float:
        X, shares, move = problem
        length = float(X[0, 0])
        sigma, weight_decay = float(NOISE) * length, float(DECAY) * length**2
        gain = (length * mean(length, sigma) - weight_decay) / second_moment(length, sigma)
        column = np.sqrt(gain) * X.T / length
        W, least = column * shares, int(shares.argmin())
        radius = 2 * shares[least] * np.sqrt(gain)
        across = np.zeros(X.shape[1])
        across[:2] = 0.02, np.sqrt(1 - 0.02**2)
        g = pull(column, column, X, across, sigma)
        end = np.stack([column * shares / np.sqrt(1 - shares[least] ** 2)] * 2)
        end[:, :, least] = 0.05 * shares[least] * length * np.stack([across, g / np.linalg.norm(g)])
        before = float(expected_loss(W, W, X, sigma, weight_decay))
        lowest = before
        for W1, W2 in ((1 - reach) * W + reach * end, W + reach * radius * move / np.linalg.norm(move)):
            lowest = min(lowest, float(expected_loss(W1, W2, X, sigma, weight_decay)))
        return (before - lowest) / length**2

    return discrepancy


CLAIM = Claim(
    identifier="BR-cor-3.2-splitting",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, remark",
    title="Minimisers by column splitting",
    kind=Kind.EXISTENCE,
    hypotheses=("corrected: f a critical point, any data, σ > 0, λ > 0", "m as in BR-cor-3.2-zero-columns"),
    printed=Statement(
        "The sparse solution (r_1x_1 … r_nx_n 0 … 0) is one of many local minimisers; splitting its columns, r_jx_j "
        "into (a_kr_jx_j) with Σa_k² = 1, gives the dense ones.",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "All points of such a fibre are critical and of equal loss, and none is isolated. If m ≤ λ within an angle ω "
        "of each column, its points without zero columns are local minimisers, of a radius ≥ sin ω · min a_k‖w_j‖. "
        "If m > λ anywhere, the radius is at most 2 min a_k‖w_j‖ and the sparse ends are no minimisers. If m rises "
        "above λ (to second order) beside a column, no point that splits it is a minimiser, even if f is.",
        Verdict.PROVED,
        (sp.Eq(STEPS[5].left, STEPS[5].right),),
    ),
    depends_on=("BR-cor-3.2-zero-columns", "own-exact-objective"),
    checks=(
        positivity_in_balls(
            "at the sparse end a unit across the sample grows",
            _excess,
            [(Fraction(1, 100), Fraction(3, 100))],
            [("not within the safe angle", lambda arguments: _excess([arguments[0] + arb(8) / 10]))],
            bears=Bears.REFUTES,
            scope="n = 1, ‖x‖ = 1, all d ≥ 2 and p ≥ 2, σ = 1/4, λ = 1/200",
        ),
        derivation(
            "pieces of a column",
            STEPS,
            about="corrected",
            scope="all n, d, p, shares, σ, λ",
            also_rejected=[
                Identity("only one layer moves", (1 - kept**2) + (1 - kept), 2 * (1 - kept)),
                AtLeast("at most a²", 1 - kept**2, 2 * (1 - kept), where={kept: 1 / (1 + t)}),
            ],
        ),
        positivity_in_balls(
            "inside, m rises to λ at the sample",
            lambda arguments: _memory().slope(arguments[0]),
            [(SAFE, 1)],
            [("not for a cosine of 2/5", lambda arguments: _memory().slope(arguments[0] * 0 + arb(2) / 5))],
            about="corrected",
            scope="the same, angles with a cosine of at least 7/10",
        ),
        property_check(
            Law("one function, one loss, slopes in shares", _draw_split, _same(1.0), 1e-12),
            [Law("shares that add up unsquared", _draw_split, _same(2.0), 1e-12)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("nothing lower within 0.35 of the bound on the radius", _draw_fibre, _stays(0.35), 1e-14),
            [Law("within the bound itself", _draw_fibre, _stays(1.0), 1e-14)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
