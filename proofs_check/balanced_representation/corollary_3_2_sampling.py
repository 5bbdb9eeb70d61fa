"""BR Corollary 3.2: what sampling with the memorising weights returns.

Printed: sampling acts as a power method and returns training samples.

*Not the samples.* f(cy) = c·f(y) for every c > 0, whatever the width and the weights, with a linear skip or without, as
long as there are no biases. The flow dy/dσ = (y − f_σ(y))/σ has one solution from each start (f is Lipschitz), so the
solution from cy_T is c times that from y_T: the map from start to end keeps rays. On each ray at most one start is
mapped to x_j, so for a start with a density the chance of returning any training sample is zero. Deterministic steps
are the same. Biases lift this: f ≡ x_1 returns x_1 from everywhere.

*What it returns.* Let all inner products be negative, and notation be as in `theory.sampling_flow`; time runs to σ = 0.
(1) Where z_i ≤ 0, d(z_i/σ)/dσ = Σ b a [z]_+/σ² ≥ 0: z_i/σ falls in time, so a closed gate never opens. The part of y
orthogonal to the samples of the open gates keeps to σ for its size.
(2) Let S be the gates open at some time. Their samples are independent: if Σ_+ p_ix_i = Σ_− |p_j|x_j with both sides
present, the square of either side is a sum of negative terms; so all p > 0 (a sample outside the support would have a
negative product with the sum), and Σ p_i z_i = 0 with all z_i > 0 is impossible. z_S obeys a linear equation, so it
never reaches 0: some gate of S stays open after each closing. So either no gate is open from the start, and
y = (σ/T)y_T → 0, or some are open for ever.
(3) λ > 0: for a gate open for ever, z_i' ≤ −(1 − a_i)z_i in the time −log σ, and 1 − a_i ≥ nλ/N_i: z → 0 and y → 0.
Every start ends at 0. If one gate is left, its component falls like σ^{nλ/N}, the rest like σ, and
nλ < N: the direction of y tends to that of x_j all the same.
(4) λ = 0, one gate j left: q_j is constant, the rest is ∝ σ, and y → s·x_j with s‖x_j‖ = q_j. As no q increases in time
while open, s‖x_j‖ ≤ q_j(T), with equality if no other gate was open.
(5) λ = 0, two or more open for ever: each z_i falls and is positive; its limit is 0, or else another z_j would fall
without end. So y → 0. These starts are rare. On the open gates q solves a linear equation whose matrix has zero
diagonal, so its propagator has determinant one. Those q that stay positive for ever form a convex cone; had it
interior, it would hold a basis, whose propagated vectors tend to 0, and so would the determinant. So the cone lies in
a hyperplane; the samples of S being independent, the y at this level form a null set, and so do their starts (the flow
is Lipschitz both ways) and the union over a sequence of levels.
(6) Two open gates, λ = 0: q_1² − q_2² is conserved. If it is positive, gate 1 cannot close, q_1 stays above
√(q_1² − q_2²), z_2 falls at no less than a fixed rate and closes, and then s‖x_1‖ = √(q_1² − q_2²). So the larger
strength wins. With three samples it need not: a rational example is below.
(7) In deterministic steps too a closed gate stays closed, and with z > 0 on S the next z' has
Σ a_iz_iz_i' = (σ'/σ)Σ a_iz_i² + (1 − σ'/σ)‖Σ a_iz_ix̂_i‖² > 0, so not all close at once. A lone component is
multiplied by (N + σσ')/(N + σ²) at λ = 0, less than the flow's √((N + σ'²)/(N + σ²)).
(8) At one fixed level y ← f(y), gate j alone open, multiplies by a_j < 1 and is on the ray of x_j after one step: a
power method of rank one, whose iterates shrink to 0.
(9) A scalar skip k adds (d − 1)σ²k² to the frozen objective and saves 2nλk of decay, the gains along the samples being
the same: its best value is nλ/((d − 1)σ²), as long as that is below the gains; at λ = 0 it is none.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp

from numerics.sampling import follow_flow, sample
from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory import empirical_denoiser as ed
from theory import sampling_flow as sf
from theory.block_minimizer import COUNT, MEMORIZING_SQUARED_SCALE, SIGMA, SQUARED_NORM, WEIGHT_DECAY
from theory.gaussian_relu import mean
from theory.residual import UNIT_GAIN
from theory.separability import regular_simplex

N, sigma, n, lam = SQUARED_NORM, SIGMA, COUNT, WEIGHT_DECAY
next_sigma = ed.NEXT_SIGMA
c, fall, other_norm, overlap, height, gap = sp.symbols("c t N_2 b z_0 g", positive=True)
push = sp.Symbol("P", nonnegative=True)
decoder, bias, k, z_value, output = sp.symbols("v beta k z f", real=True)
z, z2 = sp.Function("z_1")(sigma), sp.Function("z_2")(sigma)
a, a2 = N / (N + sigma**2), other_norm / (other_norm + sigma**2)
pair = {
    sp.Derivative(z, sigma): (z - a * z + overlap * a2 * z2) / sigma,
    sp.Derivative(z2, sigma): (z2 - a2 * z2 + overlap * a * z) / sigma,
}
q = sp.sqrt(N) * z / sp.sqrt(N + sigma**2)
d, count = sp.symbols("d s", integer=True, positive=True)
units, gains = sp.MatrixSymbol("U", d, count), sp.MatrixSymbol("A", count, count)
responses, ratio = sp.MatrixSymbol("z", count, 1), sp.Symbol("rho", positive=True)
dimension = sp.Symbol("D", positive=True)

STEPS = [
    Identity("gain of a stored sample", MEMORIZING_SQUARED_SCALE * N, UNIT_GAIN),
    Identity(
        "one open gate",
        sp.Derivative(sf.LONE_COMPONENT, sigma) / sf.LONE_COMPONENT,
        (1 - UNIT_GAIN) / sigma,
    ),
    Identity("its size at λ = 0, squared", sf.LONE_COMPONENT.subs(lam, 0) ** 2, N + sigma**2),
    Identity(
        "a closed gate, in units of σ",
        sp.Derivative(z / sigma, sigma),
        push / sigma**2,
        {sp.Derivative(z, sigma): (z + push) / sigma},
    ),
    Identity("strength of an open gate", sp.Derivative(q, sigma), sp.sqrt(a) * overlap * a2 * z2 / sigma, pair),
    # The right side is the same for the other gate: the difference of the squares is conserved.
    Identity(
        "squared strength of one of two open gates",
        sp.Derivative(q**2, sigma),
        2 * overlap * a * a2 * z * z2 / sigma,
        pair,
    ),
    Identity(
        "length of the end s·x_j: q_j at σ = 0, where z_j = s‖x_j‖",
        q.subs(z, c * sp.sqrt(N)).subs(sigma, 0),
        c * sp.sqrt(N),
    ),
    AtLeast(
        "a closed gate stays closed in a step",
        sp.S.Zero,
        ed.SAMPLING_STEP.xreplace({ed.POINT: -fall, ed.DENOISED: -push}),
        where={sigma: next_sigma + gap},
    ),
    TraceIdentity(
        "not all gates close in one step",
        sp.Trace(responses.T * gains * (ratio * responses + (1 - ratio) * units.T * units * gains * responses)),
        ratio * sp.Trace(responses.T * gains * responses) + (1 - ratio) * squared_norm(units * gains * responses),
        symmetric=(gains,),
    ),
    Identity(
        "lone component in a step",
        ed.SAMPLING_STEP.xreplace({ed.DENOISED: UNIT_GAIN * ed.POINT}),
        sf.STEP_FACTOR * ed.POINT,
    ),
    Identity(
        "squared step against the flow at λ = 0",
        sf.STEP_FACTOR.subs(lam, 0) ** 2,
        (N + next_sigma**2) / (N + sigma**2) - N * (sigma - next_sigma) ** 2 / (N + sigma**2) ** 2,
    ),
    AtLeast("a fixed level shrinks", sp.S.One, UNIT_GAIN, strict=True),
    AtLeast("with decay at a rate that stays", 1 - UNIT_GAIN, n * lam / N, where={N: n * lam + gap}),
    Identity(
        "price of a scalar skip",
        (dimension - 1) * sigma**2 * k**2 - 2 * n * lam * k,
        (dimension - 1) * sigma**2 * (k - n * lam / ((dimension - 1) * sigma**2)) ** 2
        - n**2 * lam**2 / ((dimension - 1) * sigma**2),
    ),
]

HOMOGENEITY = [
    # [cz]_+ = c[z]_+ for c > 0, and so unit by unit.
    AtLeast("a gate opens at cy where it opens at y", c * height, sp.S.Zero, strict=True),
    Identity("one unit, open", decoder * (c * z_value), c * (decoder * z_value)),
    Identity("with a linear skip", k * (c * ed.POINT) + c * output, c * (k * ed.POINT + output)),
    Identity("slope of the flow", (c * ed.POINT - c * output) / sigma, c * ((ed.POINT - output) / sigma)),
    Identity(
        "a deterministic step",
        ed.SAMPLING_STEP.xreplace({ed.POINT: c * ed.POINT, ed.DENOISED: c * ed.DENOISED}),
        c * ed.SAMPLING_STEP,
    ),
    AtLeast("(1 + t)x is not x", ((1 + fall) ** 2 - 1) * N, sp.S.Zero, strict=True),
]


def exact_step(y, high, low, X):
    """One deterministic step of the memorising weights at λ = 0: f(y) = Σ x_j[x_j·y]_+/(‖x_j‖² + σ²) needs no root."""
    strength = [max(_dot(x, y), Fraction(0)) / (_dot(x, x) + high**2) for x in X]
    denoised = [sum((s * x[i] for s, x in zip(strength, X, strict=True)), Fraction(0)) for i in range(len(y))]
    return [f + low / high * (p - f) for f, p in zip(denoised, y, strict=True)]


def _dot(x, y) -> Fraction:
    return sum((Fraction(p) * r for p, r in zip(x, y, strict=True)), Fraction(0))


def returns_another_point(start: Fraction) -> Outcome:
    """x = 1, σ from 1 to 1/2 to 0: a start whose end is not the sample."""
    levels, y = [Fraction(1), Fraction(1, 2), Fraction(0)], [start]
    for high, low in pairwise(levels):
        y = exact_step(y, high, low, [[1]])
    return Outcome(y != [1], margin=f"start {start}, end {y[0]}", detail="x = 1, σ = 1, 1/2, 0")


# Opposed pairwise; at the start the first strength is the largest, but both others hold it down more than each other.
RIVALS = [[5, 0, 0], [-4, 5, -2], [-4, -5, -2]]
HALVINGS = [Fraction(8, 2**i) for i in range(8)]


def strongest_loses(start: list[int]) -> Outcome:
    """Exact steps of halved σ from 8 to 1/16: which gate is open alone in the end, and which was strongest?"""
    opposed = all(_dot(x, w) < 0 for i, x in enumerate(RIVALS) for w in RIVALS[:i])
    y = [Fraction(value) for value in start]
    squares = [max(_dot(x, y), Fraction(0)) ** 2 / (_dot(x, x) + HALVINGS[0] ** 2) for x in RIVALS]
    strongest = squares.index(max(squares))
    for high, low in pairwise(HALVINGS):
        y = exact_step(y, high, low, RIVALS)
    left = [j for j, x in enumerate(RIVALS) if _dot(x, y) > 0]
    return Outcome(
        opposed and len(left) == 1 and left[0] != strongest,
        margin=f"gate {strongest + 1} strongest, gates {[j + 1 for j in left]} left",
        detail=f"start {start}, samples {RIVALS}, σ = 8, 4 … 1/16",
    )


def _draw_pair(rng: np.random.Generator):
    """Two opposed samples, forty starts with no near tie, and where the integrated flow has them at 1e-5 of the level.

    Two strengths that differ by less than a fifth of their sum are left out: the gate would close late.
    """
    d = int(rng.integers(2, 5))
    angle = rng.uniform(0.6, 0.95) * np.pi
    X = np.zeros((2, d))
    X[:, :2] = [[1.0, 0.0], [np.cos(angle), np.sin(angle)]]
    X = rng.uniform(0.5, 2.0, size=(2, 1)) * X @ random_rotation(rng, d).T
    level = float(rng.uniform(0.5, 3.0))
    y = level * rng.standard_normal((60, d))
    strengths = sf.gate_strengths(y, X, level)
    y = y[np.abs(strengths @ [1.0, -1.0]) >= 0.2 * strengths.sum(axis=1)]
    levels = level * np.geomspace(1.0, 1e-5, 250)
    return X, y, level, follow_flow(lambda points, at: sf.memorizing_denoiser(points, X, at, 0.0), y, levels)


def _ends(law: str):
    """How far the integrated flow is from the law, in units of the starts; samples where the law says so."""

    def discrepancy(problem) -> float:
        X, y, level, reached = problem
        strengths = sf.gate_strengths(y, X, level)
        claimed = sf.flow_limit(y, X, level)
        if law == "the samples themselves":
            claimed = X[strengths.argmax(axis=1)] * (strengths.max(axis=1) > 0)[:, None]
        elif law == "the other gate left out":
            winner = X[strengths.argmax(axis=1)]
            claimed = winner * (strengths.max(axis=1) / np.linalg.norm(winner, axis=1))[:, None]
        elif law == "1 % longer":
            claimed = 1.01 * claimed
        return float(np.abs(reached - claimed).max() / np.linalg.norm(y, axis=1).max())

    return discrepancy


def _draw_lone(rng: np.random.Generator):
    """Opposed samples, a start with gate 1 alone open, a decay below its limit, and levels."""
    M = int(rng.integers(2, 5))
    d = int(rng.integers(M - 1, M + 3))
    X = rng.uniform(0.8, 1.5, size=(M, 1)) * regular_simplex(M, d) @ random_rotation(rng, d).T
    weight_decay = float(rng.choice([0.0, 0.5]) * rng.random() * (X**2).sum(axis=1).min() / M)
    levels = np.sort(rng.uniform(0.05, 3.0, size=12))[::-1]
    across = rng.standard_normal(d)
    # In the plane of no other sample's gate: x_1 plus a little of anything keeps the others closed.
    y = X[:1] + 0.05 * across / np.linalg.norm(across)
    return X, y, weight_decay, levels


def _along_the_sample(weight_decay_factor: float, steps: bool):
    def discrepancy(problem) -> float:
        X, y, weight_decay, levels = problem
        denoiser = lambda points, at: sf.memorizing_denoiser(points, X, at, weight_decay)  # noqa: E731
        squared = float(X[0] @ X[0])
        arguments = (len(X), (weight_decay + 0.01) * weight_decay_factor - 0.01)
        if steps:
            end, factor = sample(denoiser, y, levels), sf.lone_factor_in_steps(squared, levels, *arguments)
        else:
            fine = np.geomspace(levels[0], levels[-1], 100)
            end, factor = follow_flow(denoiser, y, fine), sf.lone_factor(squared, levels[0], levels[-1], *arguments)
        return float(np.abs(end @ X[0] - factor * (y @ X[0])).max() / squared)

    return discrepancy


def _draw_returned(rng: np.random.Generator):
    """One sample, starts x + Tε, steps down to 0: the length returned, whose mean is that of [‖x‖ + Tε]_+ shrunk."""
    d, level = int(rng.integers(1, 5)), float(rng.uniform(0.5, 2.0))
    x = rng.standard_normal((1, d))
    x *= rng.uniform(0.5, 2.0) / np.linalg.norm(x)
    norm = float(np.linalg.norm(x))
    levels = level * np.array([1.0, 0.6, 0.3, 0.1, 0.0])
    y = x + level * rng.standard_normal((20_000, d))
    returned = np.linalg.norm(sample(lambda points, at: sf.memorizing_denoiser(points, x, at, 0.0), y, levels), axis=1)
    claimed = float(mean(norm, level)) * sf.lone_factor_in_steps(norm**2, levels, 1, 0.0)
    return returned, {"claimed": claimed, "the sample": norm, "5 % more": 1.05 * claimed}


CLAIM = Claim(
    identifier="BR-cor-3.2-sampling",
    paper=Paper.BR,
    source="arXiv 2512.20963, Corollary 3.2, remark on sampling",
    title="What sampling with the memorising weights returns",
    kind=Kind.EQUALITY,
    hypotheses=(
        "x_i·x_j < 0 for i ≠ j, nλ < min‖x_i‖²",
        "the weights of Corollary 3.2 at every level σ",
        "sampling: the flow dy/dσ = (y − f_σ(y))/σ, or its deterministic steps, from y_T at σ = T down to 0",
    ),
    printed=Statement(
        "Sampling with the memorising weights acts as a power method and returns training samples.", Verdict.REFUTED
    ),
    corrected=Statement(
        "A bias-free network, with a linear skip or without, maps cy_T to c times the image of y_T, so a start with a "
        "density returns no training sample, almost surely. What it returns at λ = 0 is s·x_j, s > 0, or 0, from every "
        "start; 0 exactly if no gate is open at T or the start is in a null set. With one gate open at T, "
        "s‖x_j‖ = q_j = x_j·y_T/√(‖x_j‖² + T²); with two the larger q_1 wins and s‖x_1‖ = √(q_1² − q_2²). At λ > 0 "
        "every start ends at 0, though under a lone gate j in the direction of x_j: like σ^{nλ/N_j} along x_j, like σ "
        "across.",
        Verdict.PROVED,
        (sf.LONE_COMPONENT, sf.STEP_FACTOR),
    ),
    checks=(
        derivation(
            "every bias-free network keeps rays",
            HOMOGENEITY,
            bears=Bears.REFUTES,
            scope="all networks without biases, all d, σ, schedules",
            also_rejected=[
                Identity("a unit with a bias", decoder * (c * z_value + bias), c * (decoder * (z_value + bias))),
                Identity(
                    "a step of a constant denoiser",
                    ed.SAMPLING_STEP.xreplace({ed.POINT: c * ed.POINT}),
                    c * ed.SAMPLING_STEP,
                ),
            ],
        ),
        exact_check(
            "one sample, two steps",
            lambda: returns_another_point(Fraction(1)),
            [("the one start in its ray that does", lambda: returns_another_point(Fraction(5, 3)))],
            bears=Bears.REFUTES,
            scope="n = d = 1",
        ),
        derivation(
            "gates in time",
            STEPS,
            about="corrected",
            scope="all n, d, T, σ, λ",
            also_rejected=[
                Identity("strength without σ", sp.Derivative(sp.sqrt(N) * z, sigma), STEPS[4].right, pair),
                Identity("a step as good as the flow", STEPS[10].left, (N + next_sigma**2) / (N + sigma**2)),
                AtLeast("gain at least one", UNIT_GAIN, sp.S.One),
            ],
        ),
        exact_check(
            "with three samples the strongest may lose",
            lambda: strongest_loses([5, 1, -20]),
            [("it need not", lambda: strongest_loses([6, 1, -12]))],
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("ends of the flow", _draw_pair, _ends("claimed"), 1e-4),
            [
                Law(name, _draw_pair, _ends(name), 1e-4)
                for name in ("the samples themselves", "the other gate left out", "1 % longer")
            ],
            problems=3,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("lone gate in steps", _draw_lone, _along_the_sample(1.0, True), 1e-12),
            [Law("decay 1 % larger", _draw_lone, _along_the_sample(1.01, True), 1e-12)],
            problems=30,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("lone gate in the flow", _draw_lone, _along_the_sample(1.0, False), 1e-7),
            [Law("decay 1 % larger", _draw_lone, _along_the_sample(1.01, False), 1e-7)],
            problems=5,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        monte_carlo(
            "mean length returned from noisy samples",
            _draw_returned,
            ["the sample", "5 % more"],
            problems=4,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
