"""MC, threshold decay filter: when it ends, and that its two published forms keep the same points.

Printed: scan the pool in order, keep a point farther than τ from all kept; after a scan that keeps none, τ ← ατ.
Released: the order is random and τ ← ατ after every scan.

The same points. Whatever a scan at τ rejects was within τ of a point kept, and distances to the kept only fall as more
are kept. So a second scan at the same τ keeps none, and the printed filter only scans once more before each decay: the
kept points agree at every τ, in order.

The end. While fewer than m are kept and some point left is at a distance δ > 0 from all kept, a scan keeps one as soon
as τ < δ, after log(τ/δ)/log(1/α) decays at most. If all points left are copies of kept ones, no τ > 0 is exceeded: with
fewer than m distinct points neither form ends. With at least m it always does.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from numerics.selection import threshold_decay_select
from proofs_check.check import Bears, Outcome
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.exact import exact_check
from proofs_check.sampling import Law, property_check
from proofs_check.symbolic import AtLeast, Identity
from proofs_check.verdict import Verdict

tau, delta, slack, fall, alpha = sp.symbols("tau delta s t alpha", positive=True)

STEPS = [
    # A distance of τ − s falls by t.
    AtLeast("rejected at τ is rejected again", tau, delta - fall, where={delta: tau - slack}),
    Identity(
        "decays until τ = δ",
        tau * sp.exp(-sp.log(1 / alpha) * (sp.log(tau / delta) / sp.log(1 / alpha))),
        delta,
    ),
    AtLeast("a copy exceeds no threshold", tau, sp.Integer(0), strict=True),
]

SCANS = 60


def scans(points: list[tuple[int, ...]], m: int, tau_: Fraction, decay: Fraction, wait: bool, strict: bool = True):
    """Points kept by squared distances in fractions, waiting for an idle scan or not; None after 60 scans."""
    kept: list[int] = []
    left = list(range(len(points)))
    for _ in range(SCANS):
        idle = True
        for j in list(left):
            squared = [sum((x - y) ** 2 for x, y in zip(points[j], points[k], strict=True)) for k in kept]
            if all(value > tau_**2 if strict else value >= 0 for value in squared):
                kept.append(j)
                left.remove(j)
                idle = False
            if len(kept) == m:
                return kept
        if idle or not wait:
            tau_ *= decay
    return None


def never_ends(m: int = 3, strict: bool = True) -> Outcome:
    """Whether two distinct points among four, m kept, are still not found after 60 scans, all rejections at zero."""
    points = [(0, 0), (0, 0), (3, 4), (3, 4)]
    found = [scans(points, m, Fraction(6), Fraction(1, 2), wait, strict) for wait in (True, False)]
    return Outcome(found == [None, None], str(found), "the two left are at distance 0 < τ for ever")


def same_points(shift: int = 0) -> Outcome:
    """Both forms on 300 sets of whole points, in fractions; `shift` decays once more before the first scan."""
    rng = np.random.default_rng(0)
    for number in range(300):
        cloud = np.unique(rng.integers(0, 6, size=(int(rng.integers(2, 9)), 2)), axis=0)
        points = [tuple(map(int, row)) for row in rng.permutation(cloud)]
        m, first = int(rng.integers(1, len(points) + 1)), Fraction(int(rng.integers(1, 9)))
        decay = Fraction(3, 4)
        printed = scans(points, m, first, decay, True)
        released = scans(points, m, first * decay**shift, decay, False)
        if printed is None or printed != released:
            return Outcome(False, f"{printed} against {released}", f"set {number}")
    return Outcome(True, "same points in the same order", "300 sets, both forms ended")


def _draw(rng: np.random.Generator):
    points = rng.integers(0, 5, size=(int(rng.integers(1, 30)), int(rng.integers(1, 20)))).astype(float)
    return points, int(rng.integers(1, len(points) + 1)), float(rng.uniform(0.1, 60)), int(rng.integers(2**31))


def _kept(bound: float):
    """Points missing, kept twice, or nearer than the engine may keep them: the last decay under the farthest left."""

    def discrepancy(problem) -> float:
        points, m, threshold, seed = problem
        kept = threshold_decay_select(points, m, threshold, 0.8, seed)
        wrong = float(len(set(kept.tolist())) != m)
        apart = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
        for place in range(1, m):
            left = np.setdiff1d(np.arange(len(points)), kept[:place])
            farthest = apart[np.ix_(left, kept[:place])].min(axis=1).max()
            own = apart[kept[place], kept[:place]].min()
            wrong = max(wrong, float(own < bound * min(0.8 * farthest, threshold) - 1e-9))
        return wrong

    return discrepancy


CLAIM = Claim(
    identifier="MC-alg-filter",
    paper=Paper.MC,
    source="arXiv 2509.16499, threshold decay filter, and its released code",
    title="The threshold decay filter: two forms, one set, and its end",
    kind=Kind.EXISTENCE,
    hypotheses=("a pool of points in one order, m of them wanted", "τ > 0, 0 < α < 1"),
    printed=Statement("The filter returns m points of every pool of at least m.", Verdict.REFUTED),
    corrected=Statement(
        "It ends exactly if the pool has m distinct points (or m ≤ 1). The printed form, whose threshold falls after a "
        "scan that keeps none, and the released one, whose threshold falls after every scan, keep the same points.",
        Verdict.PROVED,
    ),
    checks=(
        exact_check(
            "copies are rejected for ever",
            never_ends,
            [("two wanted", lambda: never_ends(m=2)), ("≥ for >", lambda: never_ends(strict=False))],
            bears=Bears.REFUTES,
            scope="two distinct points among four, three wanted",
        ),
        derivation(
            "one scan a threshold is enough, and finitely many thresholds",
            STEPS,
            about="corrected",
            scope="all pools, τ, α",
            also_rejected=[AtLeast("kept at τ is kept again", delta - fall, tau, where={delta: tau + slack})],
        ),
        exact_check(
            "printed and released form",
            same_points,
            [("one decay before the first scan", lambda: same_points(1))],
            about="corrected",
            bears=Bears.SUPPORTS,
            scope="300 sets of up to 8 points",
        ),
        property_check(
            Law("what the engine keeps", _draw, _kept(1.0), 0.0),
            [Law("never nearer than 1.3 times", _draw, _kept(1.3), 0.0)],
            problems=60,
            about="corrected",
        ),
    ),
)
