"""MC, the entropy of a training set: what the Kozachenko–Leonenko estimate is, and where it is an entropy.

Bias. Given x, the mass U of the ball about x that reaches its k-th neighbour among n − 1 others is Beta (k, n − k),
whatever the density. From k to k + 1 its density changes by −1/k times the derivative of c_k u^k (1 − u)^{n−k−1}, so
that E log U grows by (1/k)∫ c_k u^{k−1} (1 − u)^{n−k−1} du = 1/k; and U of Beta (n − 1, 1) has E log U = −1/(n − 1).
Thus E log U = ψ(k) − ψ(n). With f̄ the mean density over that ball, U = f̄ c_d ε^d, and

    E Ĥ − H = −E log f̄ + E log f = E log(f(x)/f̄(x)).

No more is true of it in general: it is 0 where f is constant over the balls. On a set of dimension q < d, with constant
density over it, U ∝ ε^q and the estimate loses (d/q − 1)(ψ(n) − ψ(k)): it falls as points are added, without end.

Many dimensions. For two normal points |x − y|² is 2χ²_d, so that P(ε² ≤ 2dr) ≤ n(re^{1−r})^{d/2} for r ≤ 1. Hence
E log ε² ≥ log(2dr) − n(re^{1−r})^{d/2} (the bound over r, integrated below r), which bounds the bias from below by
elementary functions: at n = 65,536 by 41 nats in the 384 dimensions of the features, by 700 in the 3,072 of the pixels.
The estimate is there d log(mean distance) + const, the logarithm of a scale. Shrinking half of the axes tenfold takes
(d/2) log 10 from an entropy, and from the estimate, as squares add up, little more than (d/2) log 2.
"""

from dataclasses import replace
from fractions import Fraction

import sympy as sp
from flint import arb

from proofs_check.balls import ball, precision
from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.symbolic import Identity
from proofs_check.verdict import Method, Verdict

k, m, u, n, d, q, density, volume, c = sp.symbols("k m u n d q f V c", positive=True)
low, high, logarithm = (sp.Function(name)(u) for name in ("A", "B", "L"))
# A = u^{k−1}, B = (1 − u)^{m−2} with m = n − k, and L = log u, by their derivatives; c = c_k.
RULES = {low.diff(u): (k - 1) * low / u, high.diff(u): -(m - 2) * high / (1 - u), logarithm.diff(u): 1 / u}
primitive = c * u * low * (1 - u) * high

STEPS = [
    Identity(
        "from k to k + 1, whose constant is c(m − 1)/k",
        -sp.Derivative(primitive, u) / k,
        c * (m - 1) / k * u * low * high - c * low * (1 - u) * high,
        RULES,
    ),
    Identity(
        "by parts, the density itself is left, over k",
        sp.Derivative(primitive * logarithm, u) / k - logarithm * sp.Derivative(primitive, u) / k,
        c * low * (1 - u) * high / k,
        RULES,
    ),
    Identity(
        "the last neighbour",
        sp.Derivative(u ** (n - 1) * sp.log(u) - u ** (n - 1) / (n - 1), u),
        (n - 1) * u ** (n - 2) * sp.log(u),
    ),
    Identity(
        "mass, mean density and distance",
        sp.log(density * sp.exp(volume)) - volume,
        sp.log(density),
    ),
    Identity("a set of dimension q", d * (u / q) - u, (d / q - 1) * u),
]


def least_bias(dimension: int, number: int, share: Fraction, scale: int = 1) -> arb:
    """A lower bound in balls on E Ĥ_1 − H for normal points in an even dimension."""
    half = dimension // 2
    log_factorial = ball(1)
    for factor in range(2, half + 1):
        log_factorial *= factor
    # ψ(n) − ψ(1).
    harmonic = ball(number).digamma() - ball(1).digamma()
    two_pi = 2 * ball(1).pi()
    chance = number * (half * (ball(share).log() + 1 - ball(share))).exp()
    mean_log = (2 * dimension * ball(share)).log() - chance
    log_volume = half * (two_pi / 2).log() - log_factorial.log()
    return harmonic + log_volume + half * mean_log - half * scale * (two_pi * ball(1).exp()).log()


def far_off(bounds: tuple[tuple[int, int], ...] = ((384, 41), (3072, 700)), scale: int = 1) -> Outcome:
    """Whether the bias is at least so many nats, features and pixels, at n = 65,536."""
    shown, ok = [], True
    with precision():
        for dimension, nats in bounds:
            share = Fraction(3, 5) if dimension < 1000 else Fraction(17, 20)
            found = least_bias(dimension, 65_536, share, scale)
            shown.append(f"{float(found.mid()):.1f} in {dimension} dimensions")
            ok = ok and bool(found > nats)
    return Outcome(ok, "at least " + ", ".join(shown), "nats")


CLAIM = Claim(
    identifier="MC-def-entropy",
    paper=Paper.MC,
    source="arXiv 2509.16499, entropy of a training set, γ = 1",
    title="The neighbour estimate of entropy, and where it is one",
    kind=Kind.EQUALITY,
    hypotheses=(
        "n > k independent points of a density f in R^d with E|log f| finite",
        "printed: n ≤ 65,536, d = 384 features or 3,072 pixels; refuted if tens of nats off for a normal law",
    ),
    printed=Statement(
        "Ĥ_1 measures the differential entropy of a training set of images, in features or in pixels.", Verdict.REFUTED
    ),
    corrected=Statement(
        "E Ĥ − H = E log(f/f̄), f̄ the mean density over the ball to the k-th neighbour: 0 where f is constant over it, "
        "and for normal points at least 41 nats in 384 dimensions and 700 in 3,072 at n = 65,536. On a set of "
        "dimension q < d with constant density the estimate falls like −(d/q − 1) log n.",
        Verdict.PROVED,
    ),
    checks=(
        replace(
            exact_check(
                "normal points in the dimensions of features and pixels",
                far_off,
                [
                    ("1,000 nats for pixels", lambda: far_off(((384, 41), (3072, 1000)))),
                    ("twice the entropy", lambda: far_off(scale=2)),
                ],
                bears=Bears.REFUTES,
                scope="n = 65,536; d = 384 and 3,072",
            ),
            method=Method.BALLS,
        ),
        derivation(
            "mass of the ball to the k-th neighbour",
            STEPS,
            about="corrected",
            scope="all n, d, k and densities",
            also_rejected=[Identity("grows by 1/(k + 1)", STEPS[1].left, c * low * (1 - u) * high / (k + 1), RULES)],
        ),
    ),
)
