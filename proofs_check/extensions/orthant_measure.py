"""Our own: how large a part of the orthogonal matrices BR's O_k may come from, and the margin they leave.

The units of block k respond to its mean like Ov, v = S_kU_kᵀx̄_k ≠ 0, and must all be active (BR-thm-3.1-rotation).

*Measure.* For O uniform on O(p), Ov is uniform on the sphere of radius ‖v‖. The 2^p diagonal matrices of signs permute
the orthants and keep that law, and walls have measure 0: each orthant has 2^{−p}.

*Best margin.* If every entry of Ov is at least c > 0, then ‖v‖² − pc² = Σ_k(Ov)_k² − c² ≥ 0, with equality only if all
entries are c: c ≤ ‖v‖/√p, attained by the balanced code alone.

*Typical margin.* A standard normal g is Ru, R = ‖g‖ independent of u. P(min|g_k| > t) = (1 − erf(t/√2))^p, so E
min|g_k| = ∫_0^∞(1 − erf(t/√2))^p dt = E R·E min|u_k|; given that u is in the orthant, min u_k has the law of min|u_k|.
With 1 − erf(t/√2) ≈ e^{−t(2/π)^{1/2}} near 0 that is about (π/2)^{1/2}p^{−3/2}: a random admissible turn wastes a
factor p.

*Clusters.* Responses to members of the cluster are O(v + e), ‖e‖ ≤ ρ‖v‖ with ρ = s_maxα‖x̄_k‖/‖v‖. Unit k reaches its
least value (Ov)_k − ρ‖v‖ on that ball at e = −ρ‖v‖Oᵀe_k. So all units are active on the whole ball exactly when the
margin exceeds ρ‖v‖: some O does it exactly when ρ√p < 1, that is α < ‖v‖/(s_max‖x̄_k‖√p_k); by Markov's inequality a
share of at most 2^{−p}E(min u_k | orthant)/ρ of them does.
"""

import numpy as np
import sympy as sp
from flint import acb, arb

from proofs_check.balls import precision
from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, monte_carlo, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import AtLeast, Identity, Phi, phi
from proofs_check.traces import TraceIdentity, squared_norm
from proofs_check.verdict import Verdict
from theory import orthant

p = sp.Symbol("p", integer=True, positive=True)
k = sp.Symbol("k", integer=True)
turn, unit, displaced = sp.MatrixSymbol("O", p, p), sp.MatrixSymbol("e", p, 1), sp.MatrixSymbol("v", p, 1)
code = sp.IndexedBase("u")
c, t, r, q, rho, length = sp.symbols("c t r q rho V", positive=True)
more = sp.Symbol("x", nonnegative=True)

STEPS = [
    Identity("2^p orthants of equal measure", 2**p * 2 ** (-p), sp.S.One),
    TraceIdentity("a turn keeps lengths", squared_norm(turn * displaced), squared_norm(displaced), orthogonal=(turn,)),
    SumIdentity(
        "squares beyond the least",
        sp.Sum((code[k] - c) * (code[k] + c), (k, 1, p)),
        sp.Sum(code[k] ** 2, (k, 1, p)) - p * c**2,
    ),
    AtLeast("entry by entry", (c + more) ** 2, c**2),
    Identity("chance that |g| exceeds t", 1 - (Phi(t) - Phi(-t)), 1 - sp.erf(t / sp.sqrt(2))),
    # Mean of |g|, the case p = 1: ∫(1 − erf) = [t(1 − erf) − 2φ] from 0 to ∞ = 2φ(0).
    Identity(
        "its mean by parts", sp.diff(t * (1 - sp.erf(t / sp.sqrt(2))) - 2 * phi(t), t), 1 - sp.erf(t / sp.sqrt(2))
    ),
    TraceIdentity(
        "the worst displacement lowers its own unit by its length",
        sp.Trace(unit.T * turn * (displaced - rho * turn.T * unit)),
        sp.Trace(unit.T * turn * displaced) - rho * squared_norm(unit),
        orthogonal=(turn,),
    ),
    AtLeast("room for a spread below 1/√p", length / sp.sqrt(p), rho * length, where={rho: 1 / (sp.sqrt(p) + more)}),
]


def random_turns(rng: np.random.Generator, p_: int, count: int) -> np.ndarray:
    """Uniform orthogonal matrices (count, p, p): QR with the signs of R taken out."""
    Q, R = np.linalg.qr(rng.standard_normal((count, p_, p_)))
    return Q * np.sign(np.diagonal(R, axis1=1, axis2=2))[:, None, :]


def _draw_share(rng: np.random.Generator):
    size = int(rng.integers(1, 6))
    v = rng.standard_normal(size) * np.arange(1, size + 1)
    inside = (random_turns(rng, size, 20_000) @ v > 0).all(axis=1)
    claimed = orthant.admissible_share(size)
    return inside.astype(float), {"claimed": claimed, "2^(1−p)": 2 * claimed, "3^(−p)": 3.0**-size}


def _draw_margin(rng: np.random.Generator):
    size = int(rng.integers(2, 5))
    v = rng.standard_normal(size) * np.arange(1, size + 1)
    margins = (random_turns(rng, size, 30_000) @ v).min(axis=1) / np.linalg.norm(v)
    claimed = orthant.mean_margin(size)
    return margins[margins > 0], {
        "claimed": claimed,
        "best margin": orthant.largest_margin(size),
        "one unit more": orthant.mean_margin(size + 1),
    }


def _draw_width(rng: np.random.Generator) -> int:
    return int(rng.integers(1, 40))


def _mean_in_balls(power: int):
    """∫erfc^power over E R, by Arb."""

    def discrepancy(size: int) -> float:
        with precision(96):
            root = arb(2).sqrt()
            # Beyond t = 12 the integrand is below 2e−33.
            least = acb.integral(lambda s, _: (s / root).erfc() ** (size + power), acb(0), acb(12)).real
            radius = root * (arb(size + 1) / 2).gamma() / (arb(size) / 2).gamma()
            return abs(orthant.mean_margin(size) / float(least / radius) - 1)

    return discrepancy


def _draw_ball(rng: np.random.Generator):
    size = int(rng.integers(1, 7))
    return random_turns(rng, size, 1)[0], rng.standard_normal(size), float(rng.uniform(0.0, 1.0)), rng


def _least_on_the_ball(factor: float):
    """The least response over displacements of length ρ‖v‖, the worst one of each unit among them."""

    def discrepancy(drawn) -> float:
        turned, v, spread, rng = drawn
        radius = spread * np.linalg.norm(v)
        others = rng.standard_normal((200, len(v)))
        others *= radius / np.linalg.norm(others, axis=1, keepdims=True)
        found = (turned @ (v + np.concatenate([others, -radius * turned])).T).min()
        return float(abs(found - ((turned @ v).min() - factor * radius)))

    return discrepancy


CLAIM = Claim(
    identifier="own-orthant-measure",
    paper=Paper.OWN,
    source="this project, on arXiv 2512.20963, Theorem 3.1",
    title="Measure and margin of admissible turns",
    kind=Kind.EQUALITY,
    hypotheses=("p units, v ≠ 0 their responses to the cluster mean before the turn", "O uniform on O(p)"),
    printed=Statement(
        "All units are active on the mean with probability 2^{−p}. The least response is at most ‖v‖/√p, attained "
        "by equal responses alone; its mean over admissible O is ‖v‖∫erfc(t/√2)^p dt·Γ(p/2)/(√2Γ((p + 1)/2)). All "
        "units are active on the ball of radius ρ‖v‖ exactly when the least response exceeds ρ‖v‖; some O does "
        "that exactly when ρ√p < 1, so α < ‖v‖/(s_max‖x̄_k‖√p_k) suffices for a cluster of relative spread α.",
        Verdict.PROVED,
    ),
    checks=(
        derivation(
            "orthants, margins and balls",
            STEPS,
            scope="all p",
            also_rejected=[
                TraceIdentity("any matrix", STEPS[1].left, STEPS[1].right),
                Identity("one-sided chance", STEPS[4].left, Phi(-t)),
            ],
        ),
        monte_carlo("share of turns", _draw_share, ["2^(1−p)", "3^(−p)"], problems=6, bears=Bears.SUPPORTS),
        monte_carlo("mean margin", _draw_margin, ["best margin", "one unit more"], problems=4, bears=Bears.SUPPORTS),
        property_check(
            Law("mean margin in balls", _draw_width, _mean_in_balls(0), 1e-9),
            [Law("one factor more", _draw_width, _mean_in_balls(1), 1e-9)],
            problems=8,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("least response on a ball", _draw_ball, _least_on_the_ball(1.0), 1e-12),
            [Law("1 % smaller ball", _draw_ball, _least_on_the_ball(0.99), 1e-12)],
            problems=40,
            bears=Bears.SUPPORTS,
        ),
    ),
)
