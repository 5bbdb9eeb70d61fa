"""BR Theorem 3.1: which O_k are admissible.

A unit of block k sees x as w·x = (O_k S_k U_kᵀx)_a, S_k the square roots of the gains. All units must be active on
the cluster, hence on its mean: O_kv must lie in the positive orthant, v = S_kU_kᵀx̄_k. That excludes most orthogonal
matrices (O_k = −I always), and is possible exactly when v ≠ 0: the reflection that takes v to ‖v‖(1 … 1)/√p_k does
it, and leaves every unit the response ‖v‖/√p_k. A sample within α‖x̄_k‖ of the mean changes a response by at most
s_max·α‖x̄_k‖, so that α‖x̄_k‖s_max√p_k < ‖v‖ keeps all units active on the whole cluster. The usable margin carries
1/√p_k.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.problems import random_rotation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory.block_minimizer import aligning_rotation, block_weights

p, n_k = sp.symbols("p n_k", integer=True, positive=True)
turn, v, t = sp.MatrixSymbol("O", p, p), sp.MatrixSymbol("v", p, 1), sp.MatrixSymbol("t", p, 1)
a, b, length, spread, top = sp.symbols("a b V epsilon s_max", positive=True)
v_c, t_c = sp.symbols("v_c t_c", real=True)
rest, gap = sp.symbols("delta_i g", nonnegative=True)
j = sp.Symbol("j", integer=True)
response, mean = sp.IndexedBase("q"), sp.Symbol("q", real=True)

STEPS = [
    TraceIdentity(
        "a rotation keeps the length of v, so O_kv = 0 only if v = 0",
        squared_norm(turn * v),
        squared_norm(v),
        orthogonal=(turn,),
    ),
    SumIdentity(
        "responses average to the response of the mean",
        sp.Sum(mean + (response[j] - mean), (j, 1, n_k)),
        sp.Sum(response[j], (j, 1, n_k)),
    ),
    SumIdentity("target (‖v‖/√p) (1 … 1) has length ‖v‖", sp.Sum((length / sp.sqrt(p)) ** 2, (j, 1, p)), length**2),
    # Reflection across u = v − t with ‖t‖ = ‖v‖: a = v·v = t·t, b = v·t.
    TraceIdentity("u·u", squared_norm(v - t), squared_norm(v) + squared_norm(t) - 2 * sp.Trace(v.T * t)),
    TraceIdentity("u·v", sp.Trace((v - t).T * v), squared_norm(v) - sp.Trace(v.T * t)),
    Identity("v − 2u(u·v)/(u·u) = t", v_c - 2 * (v_c - t_c) * (a - b) / (2 * a - 2 * b), t_c),
    AtLeast("a block lengthens nothing beyond s_max", (top + gap) ** 2 * rest**2, top**2 * rest**2),
    # ‖v‖/√p = s_max·α‖x̄‖ + gap: the response at the edge of the cluster.
    AtLeast(
        "active on the whole cluster",
        length / sp.sqrt(p) - top * spread,
        sp.S.Zero,
        where={length: sp.sqrt(p) * (top * spread + a)},
        strict=True,
    ),
]


def inactive_block_is_not_critical(sign: int) -> Outcome:
    """n = d = p = 1, x = 1, σ = 0, λ = 3/4: the block is r = 1/2. Its sign is O_1, and ∂L/∂W2 must vanish at a
    minimum.
    """
    x, decay, unit = Fraction(1), Fraction(3, 4), sign * Fraction(1, 2)
    height = max(unit * x, Fraction(0))
    gradient = 2 * (unit * height - x) * height + 2 * decay * unit
    return Outcome(gradient != 0, margin=f"∂L/∂W2 = {gradient}", detail="n = d = p = 1, x = 1, σ = 0, λ = 3/4, O = −1")


def _draw(rng: np.random.Generator):
    return rng.standard_normal(int(rng.integers(1, 9))) * rng.uniform(0.01, 10)


def _aligned(factor: float):
    def discrepancy(vector) -> float:
        rotation = aligning_rotation(vector)
        size = np.linalg.norm(vector)
        off = np.abs(rotation @ vector - factor * size / np.sqrt(len(vector))).max() / size
        return float(max(off, np.abs(rotation @ rotation.T - np.eye(len(vector))).max()))

    return discrepancy


def _draw_cluster(rng: np.random.Generator):
    """One spread-out cluster, turned at random, and a width within its rank."""
    d = int(rng.integers(2, 6))
    count = int(rng.integers(3, 9))
    centre = np.zeros(d)
    centre[0] = 1.0
    X = (centre + rng.uniform(0.05, 0.5) * rng.standard_normal((count, d))) @ random_rotation(rng, d).T
    return X, int(rng.integers(1, min(count, d) + 1)), float(rng.uniform(0, 0.5))


def _responses(share: float, root: float = 0.5):
    """How far a response falls below ‖v‖/p^root − share·s_max·max‖x − x̄‖, or the mean's from its equal entries."""

    def discrepancy(drawn) -> float:
        X, width, noise = drawn
        W = block_weights(X, np.zeros(len(X), dtype=np.int64), [width], noise, 0.0)
        singular = np.linalg.svd(W, compute_uv=False)
        mean = X.mean(axis=0)
        at_mean = np.linalg.norm(W.T @ mean) / width**root
        bound = at_mean - share * singular[0] * np.linalg.norm(X - mean, axis=1).max()
        return float(max(0.0, bound - (X @ W).min(), np.abs(W.T @ mean - at_mean).max()))

    return discrepancy


CLAIM = Claim(
    identifier="BR-thm-3.1-rotation",
    paper=Paper.BR,
    source="arXiv 2512.20963, Theorem 3.1, eq. 8",
    title="Admissible rotations of a block",
    kind=Kind.EXISTENCE,
    hypotheses=("a cluster with mean x̄_k ≠ 0 and relative spread α", "v = S_kU_kᵀx̄_k, s_max the largest entry of S_k"),
    printed=Statement("O_k is any orthogonal matrix.", Verdict.REFUTED),
    corrected=Statement(
        "Every unit of block k is active on x̄_k only if O_kv lies in the positive orthant; such O_k exist exactly "
        "when v ≠ 0; with O_kv = ‖v‖(1 … 1)/√p_k all units are active "
        "on the whole cluster as long as α‖x̄_k‖s_max√p_k < ‖v‖.",
        Verdict.PROVED,
    ),
    checks=(
        exact_check(
            "O = −1 gives no critical point",
            lambda: inactive_block_is_not_critical(-1),
            [("O = +1 does", lambda: inactive_block_is_not_critical(1))],
            bears=Bears.REFUTES,
            scope="n = d = p = 1",
        ),
        derivation(
            "reflection and margin",
            STEPS,
            about="corrected",
            scope="all d, p_k, n_k, σ, λ",
            also_rejected=[
                TraceIdentity("any matrix O", squared_norm(turn * v), squared_norm(v)),
                AtLeast(
                    "margin without √p", length - top * spread, sp.S.Zero, where={length: top * spread - a}, strict=True
                ),
            ],
        ),
        property_check(
            Law("aligning_rotation", _draw, _aligned(1.0), 1e-13),
            [Law("1 % longer", _draw, _aligned(1.01), 1e-13)],
            problems=80,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("responses of a block", _draw_cluster, _responses(1.0), 1e-12),
            [
                Law("a hundredth of the spread", _draw_cluster, _responses(0.01), 1e-12),
                Law("without √p", _draw_cluster, _responses(1.0, root=0.0), 1e-12),
            ],
            problems=60,
            about="corrected",
            bears=Bears.SUPPORTS,
        ),
    ),
)
