"""Our own: what steering does to a ReLU autoencoder that is pushed at every level of its sampler.

At level i the network with a skip, f(y) = s y + W2[W1ᵀy]_+, is steered to f(y) + aW2 v (BR eq. 11, v the direction at
this level), and the deterministic sampler (BR eq. 1) goes on with f + r(y − f). Let t be the derivative of the point y
in a, and G the open gates. While they hold,

    t → (1 − r){s t + W2(G W1ᵀt + v)} + r t,

whatever the levels, weights and directions. A gate of pre-activation u = w·y, moving at u̇ = w·t, switches at a − u/u̇
and nowhere else, so the end is affine in a up to the nearest such strength over all levels and units. Composed of
continuous functions of (y, a), it is continuous: piecewise affine. On equal steps of a no increment exceeds the largest
slope times the step, so as the steps shrink so does the largest increment: no answer is a jump, at memorised samples or
at others, and in one pass it is a straight line. What can differ between samples is how steep the steepest piece is.

The jump of BR-eq-11, where sampling turns from one stored sample to the other at a*, is the limit of infinitely many
levels down to σ = 0: so there the slopes at a* must grow without bound.
"""

from itertools import pairwise

import numpy as np
import sympy as sp

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory.steered_sampling import Level, piece

d, p = sp.symbols("d p", integer=True, positive=True)
W1, W2, gates = sp.MatrixSymbol("W1", d, p), sp.MatrixSymbol("W2", d, p), sp.MatrixSymbol("G", p, p)
point, moving, probe, w = (sp.MatrixSymbol(name, d, 1) for name in ("y", "t", "b", "w"))
v = sp.MatrixSymbol("v", p, 1)
a, c, r, s, u = sp.symbols("a c r s u", real=True)
change, depth = sp.symbols("change depth", positive=True)
speed = sp.Symbol("speed", nonzero=True)


def _stepped(y: sp.MatrixExpr, strength: sp.Expr, direction: sp.MatrixExpr) -> sp.Expr:
    """A step of the sampler with these gates, seen along a probe."""
    decoded = W2 * (gates * W1.T * y) + strength * (W2 * direction)
    return (1 - r) * (s * sp.Trace(probe.T * y) + sp.Trace(probe.T * decoded)) + r * sp.Trace(probe.T * y)


STEPS = [
    TraceIdentity(
        "a step carries the derivative on",
        _stepped(point + c * moving, a + c, v),
        _stepped(point, a, v) + c * _stepped(moving, sp.S.One, v),
    ),
    TraceIdentity(
        "pre-activation after a change of strength",
        sp.Trace(w.T * (point + c * moving)),
        sp.Trace(w.T * point) + c * sp.Trace(w.T * moving),
    ),
    Identity("it is 0 at one strength", (u + (c - a) * speed).subs(c, a - u / speed), sp.S.Zero),
    AtLeast("a gate that opens adds no more than the change", change, change - depth),
]


def _draw(rng: np.random.Generator):
    """Networks of a few levels, the levels, a starting point."""
    rows, units, steps = int(rng.integers(1, 5)), int(rng.integers(1, 6)), int(rng.integers(1, 5))
    levels = np.sort(rng.uniform(0.1, 2.0, size=steps + 1))[::-1]
    networks = []
    for _ in range(steps):
        encoder, decoder = rng.standard_normal((2, rows, units))
        networks.append(Level(float(rng.uniform(0, 1)), encoder, decoder, rng.standard_normal(units)))
    return networks, levels, rng.standard_normal(rows)


def _sampled(networks, levels, start: np.ndarray, strength: float) -> np.ndarray:
    y = start
    for (skip, encoder, decoder, push), (high, low) in zip(networks, pairwise(levels), strict=True):
        clean = skip * y + decoder @ (np.maximum(encoder.T @ y, 0) + strength * push)
        y = clean + low / high * (y - clean)
    return y


def _affine(reach: float, slope: float):
    """The end predicted from the piece at a = 1/2 against the sampler, half-way to where the piece ends and there."""

    def discrepancy(drawn) -> float:
        networks, levels, start = drawn
        found = piece(networks, levels, start, 0.5)
        high = min(found.high, 2.0)
        worst = 0.0
        for share in (0.5, 1.0):
            at = 0.5 + reach * share * (high - 0.5)
            predicted = found.end + slope * (at - 0.5) * found.slope
            scale = 1 + np.abs(predicted).max() + np.abs(found.slope).max()
            worst = max(worst, float(np.abs(predicted - _sampled(networks, levels, start, at)).max() / scale))
        return worst

    return discrepancy


CLAIM = Claim(
    identifier="own-steered-sampling",
    paper=Paper.OWN,
    source="this project; asked by arXiv 2512.20963, eq. 11",
    title="Steering at every noise level: the answer is continuous and piecewise affine",
    kind=Kind.EQUALITY,
    hypotheses=(
        "networks s y + W2[W1ᵀy]_+ with any weights, skip and direction at each of finitely many levels",
        "the deterministic sampler of BR eq. 1",
    ),
    printed=Statement(
        "The end is a continuous, piecewise affine function of a. Between switching gates its slope is carried on by "
        "t → (1 − r){s t + W2(G W1ᵀt + v)} + r t; a gate switches at a − w·y/(w·t). No answer jumps: the largest "
        "increment on equal steps of a goes to 0 with them. In one pass it is affine.",
        Verdict.PROVED,
        (sp.Eq(sp.Symbol("c"), a - u / speed),),
    ),
    depends_on=("BR-eq-11",),
    checks=(
        derivation(
            "a step of the sampler",
            STEPS,
            scope="all weights, gates, levels, d, p",
            also_rejected=[
                TraceIdentity(
                    "the push is not carried on",
                    _stepped(point + c * moving, a + c, v),
                    _stepped(point, a, v) + c * _stepped(moving, sp.S.Zero, v),
                )
            ],
        ),
        property_check(
            Law("ends up to the next switch", _draw, _affine(1.0, 1.0), 1e-10),
            [
                Law("5 % beyond the next switch", _draw, _affine(1.05, 1.0), 1e-10),
                Law("slope 1 % larger", _draw, _affine(1.0, 1.01), 1e-10),
            ],
            problems=40,
            bears=Bears.SUPPORTS,
            scope="d ≤ 4, p ≤ 5, up to 4 levels",
        ),
    ),
)
