"""BR eq. 11: steering by decoding h + a·v, v the mean representation of a target set.

Printed: generalised samples answer smoothly in a, memorised ones like a threshold. The evidence are pictures of large
models, which decode in many layers and at many levels; those are not decided here. For the paper's own network, two
layers and one decoding, the answer is W2(h + av) = W2h + aW2v: affine in a whatever W2, h and v, for memorised and
generalised samples alike.

A threshold can only come from passing gates again. Encoded again, the pre-activation of w is w·f(y) + a·w·W2v: its gate
switches at one a, if at all, and in between everything is affine, for both kinds of sample.

*Sampling from there.* Let f be the memorising network of the level T at λ = 0 and start the flow of
BR-cor-3.2-sampling at f(x_1) + a·f(x_2) = g_1x_1 + ag_2x_2 (v is the code of x_2). The end is a multiple of the sample
with the larger strength q, and q_1 = q_2 at one a*, q_1 falling and q_2 rising in a. There the direction jumps from x_1
to x_2, and the length √|q_1² − q_2²| goes to zero: a threshold in direction, none in size.

A block of one unit that generalises over n_k samples acts like one stored sample √s·U with s = Λ/n_k, since its gain is
Λ/(Λ + n_kσ²) = s/(s + σ²): the same threshold between two generalised clusters. And pushed towards itself, or anywhere
within the block whose gates stay open alone, either kind ends at an affine function of a: a direction of second moment
s keeps √(s/(s + T²)) of its start. The threshold is between gates, not between memorised and generalised.

*Pushed at every level.* With f_σ(y) + a·f_σ(x_2) in place of f_σ(y) at all levels there is no threshold: in the time
−log σ, z_1 = x̂_1·y falls at the rate ab_12g_2(σ)‖x_2‖ at least, g_2(σ) ≥ g_2(T), so gate 1 closes for every a > 0.
"""

from itertools import pairwise

import numpy as np
import sympy as sp

from numerics.sampling import follow_flow
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory import sampling_flow as sf
from theory import steering as st
from theory.block_minimizer import block_weights
from theory.linear_autoencoder import DECAY, EIGENVALUE, GAIN, NOISE_ENERGY
from theory.spectral_loss import CLUSTER_SIZE, MOMENT, SIGMA

a, b = st.STRENGTH, sp.Symbol("b", real=True)
first, second, opposition, level = st.FIRST, st.SECOND, st.OPPOSITION, st.LEVEL
d, p = sp.symbols("d p", integer=True, positive=True)
W1, W2 = sp.MatrixSymbol("W1", d, p), sp.MatrixSymbol("W2", d, p)
code, aim, probe, w = (
    sp.MatrixSymbol("h", p, 1),
    sp.MatrixSymbol("v", p, 1),
    sp.MatrixSymbol("b", d, 1),
    sp.MatrixSymbol("w", d, 1),
)
c = sp.Symbol("c", real=True)
gain_1, gain_2, overlap, height, length, gap = sp.symbols("g_1 g_2 b_12 z_1 N t", positive=True)
share = sp.Symbol("theta", nonnegative=True)
moment_component = sp.sqrt(MOMENT + SIGMA**2)

AFFINE = [
    TraceIdentity(
        "one decoding, seen along any direction",
        sp.Trace(probe.T * W2 * (code + b * aim)),
        sp.Trace(probe.T * W2 * code) + b * sp.Trace(probe.T * W2 * aim),
    ),
    TraceIdentity(
        "halfway between two strengths it is halfway between the answers",
        sp.Trace(probe.T * W2 * (code + (b + c) / 2 * aim)),
        (sp.Trace(probe.T * W2 * (code + b * aim)) + sp.Trace(probe.T * W2 * (code + c * aim))) / 2,
    ),
]

STEPS = [
    *AFFINE,
    TraceIdentity(
        "pre-activation when encoded again",
        sp.Trace(w.T * (W2 * (code + b * aim))),
        sp.Trace(w.T * W2 * code) + b * sp.Trace(w.T * W2 * aim),
    ),
    Identity("equal strengths", st.STRENGTH_FROM.subs(a, st.SWITCH), st.STRENGTH_TOWARDS.subs(a, st.SWITCH)),
    AtLeast("the first falls", sp.S.Zero, sp.diff(st.STRENGTH_FROM, a), strict=True),
    AtLeast("the second rises", sp.diff(st.STRENGTH_TOWARDS, a), sp.S.Zero, strict=True),
    # N_1N_2 > C² unless the samples are opposite.
    Identity(
        "their common value",
        st.STRENGTH_FROM.subs(a, st.SWITCH),
        first
        / (first + level**2)
        * (first * second - opposition**2)
        / (second * sp.sqrt(first + level**2) + opposition * sp.sqrt(second + level**2)),
    ),
    Identity(
        "a block of one unit is a stored sample of ‖x‖² = s",
        GAIN.subs({EIGENVALUE: CLUSTER_SIZE * MOMENT, NOISE_ENERGY: CLUSTER_SIZE * SIGMA**2, DECAY: 0}),
        MOMENT / (MOMENT + SIGMA**2),
    ),
    Identity(
        "flow of a direction in an open block",
        sp.Derivative(moment_component, SIGMA),
        (1 - MOMENT / (MOMENT + SIGMA**2)) * moment_component / SIGMA,
    ),
    AtLeast(
        "pushed at every level, gate 1 closes",
        -overlap * a * gain_2 * length,
        -(1 - gain_1) * height - overlap * (share + a * gain_2 * length),
        where={gain_1: 1 / (1 + gap)},
    ),
]


def _draw_network(rng: np.random.Generator):
    """Any network, two points and a direction of steering."""
    rows, units = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    encoder, decoder = rng.standard_normal((2, rows, units))
    return encoder, decoder, rng.standard_normal((2, rows)), np.abs(rng.standard_normal(units))


def _affine_between(factor: float):
    """Encode and decode the steered point again: at strengths without a crossing between them, halfway is halfway."""

    def discrepancy(drawn) -> float:
        encoder, decoder, y, v = drawn
        worst = 0.0
        for point, crossings in zip(y[:, None], factor * st.gate_crossings(encoder, decoder, y, v), strict=True):
            edges = np.concatenate([[0.0], np.sort(crossings[np.isfinite(crossings)])])
            edges = np.append(edges, edges[-1] + 1.0)
            for low, high in pairwise(edges.tolist()):
                answers = [
                    np.maximum(st.steered(encoder, decoder, point, v, at) @ encoder, 0) @ decoder.T
                    for at in (low, (low + high) / 2, high)
                ]
                scale = 1 + max(float(np.abs(answer).max()) for answer in answers)
                worst = max(worst, float(np.abs(answers[1] - (answers[0] + answers[2]) / 2).max()) / scale)
        return worst

    return discrepancy


def _draw_pair(rng: np.random.Generator):
    """Two opposed samples or, as likely, two opposed clusters with one unit each, and a level."""
    rows = int(rng.integers(2, 5))
    angle = rng.uniform(0.6, 0.9) * np.pi
    centres = np.zeros((2, rows))
    centres[:, :2] = [[1.0, 0.0], [np.cos(angle), np.sin(angle)]]
    centres = rng.uniform(0.6, 1.6, size=(2, 1)) * centres @ random_rotation(rng, rows).T
    members = int(rng.integers(1, 5))
    X = np.repeat(centres, members, axis=0) + 0.05 * (members > 1) * rng.standard_normal((2 * members, rows))
    return X, np.repeat([0, 1], members), float(rng.uniform(0.3, 2.0))


def _as_stored(X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """√s·U of each cluster, from the eigenvectors of its Gram matrix: what its one unit acts like."""
    stored = []
    for label in (0, 1):
        members = X[labels == label]
        values, vectors = np.linalg.eigh(members.T @ members / len(members))
        top = vectors[:, -1] * np.sign(members[0] @ vectors[:, -1])
        stored.append(np.sqrt(values[-1]) * top)
    return np.array(stored)


def _one_sided(factor: float):
    """Sampling from 3 % below and above the claimed strength: the share that ends on the wrong side."""

    def discrepancy(drawn) -> float:
        X, labels, top = drawn
        network = lambda points, at: _block_network(points, X, labels, at)  # noqa: E731
        stored = _as_stored(X, labels)
        strength = factor * st.switching_strength(stored, top)
        clean = network(stored, top)
        starts = np.array([clean[0] + share * strength * clean[1] for share in (0.97, 1.03)])
        ends = follow_flow(network, starts, top * np.geomspace(1.0, 1e-7, 90))
        open_gates = ends @ stored.T > 0
        return float(np.abs(open_gates - np.eye(2)).mean())

    return discrepancy


def _block_network(points: np.ndarray, X: np.ndarray, labels: np.ndarray, at: float) -> np.ndarray:
    W = block_weights(X, labels, [1, 1], at, 0.0)
    return np.maximum(points @ W, 0) @ W.T


def _ends_as_stored(factor: float):
    """The flow of two one-unit blocks against the closed form for the samples that they act like."""

    def discrepancy(drawn) -> float:
        X, labels, top = drawn
        stored = _as_stored(X, labels)
        starts = np.array([stored[0] + 0.1 * stored[1], 0.2 * stored[0] + stored[1]])
        network = lambda points, at: _block_network(points, X, labels, at)  # noqa: E731
        ends = follow_flow(network, starts, top * np.geomspace(1.0, 1e-6, 110))
        return float(np.abs(ends - sf.flow_limit(starts, factor * stored, top)).max())

    return discrepancy


def _draw_block(rng: np.random.Generator):
    """A cluster with two units, alone, so tight that its gates hold all the way; two members and a level."""
    rows = int(rng.integers(2, 5))
    members = np.zeros((8, rows))
    members[:, 0] = 1.0
    members[:, 1:] = 0.05 * rng.standard_normal((8, rows - 1))
    return members @ random_rotation(rng, rows).T, float(rng.uniform(0.02, 0.1))


def _affine_ends(factor: float):
    """Ends of the flow through an open block against √(s/(s + T²)) direction by direction."""

    def discrepancy(drawn) -> float:
        members, top = drawn
        labels = np.zeros(len(members), dtype=np.int64)

        def network(points: np.ndarray, at: float) -> np.ndarray:
            W = block_weights(members, labels, [2], at, 0.0)
            return np.maximum(points @ W, 0) @ W.T

        ends = follow_flow(network, members, top * np.geomspace(1.0, 1e-6, 110))
        values, vectors = np.linalg.eigh(members.T @ members / len(members))
        kept = np.sqrt(values[-2:] / (values[-2:] + (factor * top) ** 2))
        return float(np.abs(ends - members @ (vectors[:, -2:] * kept) @ vectors[:, -2:].T).max())

    return discrepancy


CLAIM = Claim(
    identifier="BR-eq-11",
    paper=Paper.BR,
    source="arXiv 2512.20963, eq. 11",
    title="Steering by the representation",
    kind=Kind.EQUALITY,
    hypotheses=(
        "the two-layer network of eq. 5 with any weights; the large models of the paper are not decided here",
        "for sampling: the weights of Corollary 3.2 or of blocks at every level, λ = 0, x_1·x_2 < 0",
    ),
    printed=Statement(
        "Decoding h + a·v answers smoothly in a at generalised samples and like a threshold at memorised ones. (Read "
        "for the two-layer network, decoded once.)",
        Verdict.REFUTED,
    ),
    corrected=Statement(
        "It is affine in a for every network and latent. Encoded again, it is affine between the strengths "
        "−w·f(y)/(w·W2v) at which gates switch. Sampling at λ = 0 from f(x_1) + a·f(x_2) at level T ends along x_1 for "
        "a < a*, along x_2 for a > a*, at a length that is 0 at a*; a one-unit block acts like a stored sample √s·U; "
        "within a block whose gates stay open the end is affine in a: the threshold is between gates, of either kind.",
        Verdict.PROVED,
        (st.SWITCH,),
    ),
    depends_on=("BR-cor-3.2-sampling",),
    checks=(
        derivation(
            "one decoding is affine",
            AFFINE,
            bears=Bears.REFUTES,
            scope="all weights, latents, d, p",
            also_rejected=[
                TraceIdentity(
                    "an answer quadratic in a",
                    AFFINE[0].left,
                    sp.Trace(probe.T * W2 * code) + b**2 * sp.Trace(probe.T * W2 * aim),
                )
            ],
        ),
        derivation(
            "gates passed again",
            STEPS,
            about="corrected",
            scope="all weights, latents, d, p; two opposed samples or one-unit blocks, all T",
            also_rejected=[
                Identity(
                    "switch at equal inner products",
                    st.STRENGTH_FROM.subs(a, st.SWITCH) * sp.sqrt(first + level**2),
                    st.STRENGTH_TOWARDS.subs(a, st.SWITCH) * sp.sqrt(second + level**2),
                )
            ],
        ),
        property_check(
            Law("affine between crossings", _draw_network, _affine_between(1.0), 1e-11),
            [Law("crossings 5 % later", _draw_network, _affine_between(1.05), 1e-11)],
            problems=40,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("the side on which sampling ends", _draw_pair, _one_sided(1.0), 1e-12),
            [Law("a* 5 % larger", _draw_pair, _one_sided(1.05), 1e-12)],
            problems=3,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("one-unit blocks act like samples", _draw_pair, _ends_as_stored(1.0), 1e-4),
            [Law("samples 1 % longer", _draw_pair, _ends_as_stored(1.01), 1e-4)],
            problems=2,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("ends of the flow through an open block", _draw_block, _affine_ends(1.0), 1e-5),
            [Law("level 5 % higher", _draw_block, _affine_ends(1.05), 1e-5)],
            problems=3,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
