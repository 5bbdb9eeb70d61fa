"""Our own: memorisation without a chosen threshold sets in well below the transition that c = 1/9 shows.

Three criteria need no c. The singleton mass: the share of the components that are one training sample each, whose draws
are that sample and noise. The calibrated ratio: c is the value that 5 % of fresh draws of the data's law meet (.66 to
.81, not 1/9). The calibrated distance: as near to the training set as the nearest 5 % of fresh draws. A generator of
the data's own law is found memorising in 5 % of its samples by the last two.

Half of the samples meet them from M/N = .19 to .26 on (distance), .37 to .40 (ratio) and .46 to .53 (singleton mass):
most of what such a model generates is nearer to its training samples than chance allows while EM's criterion finds
next to nothing. Singletons are a share (1 − a)^(N − M) of the components, a the chance that a sample joins a given
one; from M/N = .48 on `theory.singleton_mass` has it to .04 for d = 50.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from proofs_check.check import Check, Control, Effort, Outcome, Table
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.edge_evidence import curve, settings
from proofs_check.verdict import Method, Verdict

SWEEP = "edge-criteria"
# Where each criterion is met by half, over sizes and σ⋆².
RANGES = {"nearer": (0.17, 0.27), "clearer": (0.35, 0.42), "singletons": (0.44, 0.55)}
ORDER = tuple(RANGES)


def _crossings(quantity: str) -> list[float]:
    return [curve(SWEEP, setting, quantity).crossing().mean for setting in settings(SWEEP)]


def _in_order(order: tuple[str, ...]) -> Outcome:
    """Whether each criterion is met later than the one before, in every setting."""
    found = np.array([_crossings(quantity) for quantity in order])
    gaps = np.diff(found, axis=0)
    return Outcome(bool((gaps > 0).all()), f"least gap {gaps.min():.3f}", f"{found.shape[1]} settings")


def _within(moved: float) -> Outcome:
    """Whether all crossings lie in the ranges, both moved by so much."""
    rows, ok = [], True
    for quantity, (low, high) in RANGES.items():
        found = _crossings(quantity)
        ok &= low + moved <= min(found) and max(found) <= high + moved
        rows.append((quantity, f"{min(found):.3f}", f"{max(found):.3f}"))
    table = Table("M/N at which half of the draws meet a criterion", ("criterion", "least", "largest"), tuple(rows))
    return Outcome(ok, f"{len(rows)} criteria", "", (table,) if not moved else ())


def _range_controls(effort: Effort) -> Iterable[Control]:
    del effort
    for moved in (0.1, -0.1):
        yield Control(f"ranges moved by {moved:g}", lambda moved=moved: _within(moved))


def _order_controls(effort: Effort) -> Iterable[Control]:
    del effort
    yield Control("the reverse order", lambda: _in_order(ORDER[::-1]))
    yield Control("ratio before distance", lambda: _in_order(("clearer", "nearer", "singletons")))


CLAIM = Claim(
    identifier="own-edge-criteria",
    paper=Paper.OWN,
    source="this project; the criterion of arXiv 2508.17689",
    title="Memorisation without a threshold",
    kind=Kind.EQUALITY,
    hypotheses=(
        "mixtures fitted by maximum likelihood from training samples; exact draws",
        "(N, d, K) = (50, 30, 6), (100, 50, 6), (200, 50, 12), σ⋆² = .04 and 1, four data sets each",
    ),
    printed=Statement(
        "By criteria calibrated on fresh draws at 5 %, half of the draws are memorised from M/N ≈ .19 to .26 on "
        "(distance) and .37 to .40 on (ratio of distances); half of the components are single samples from .46 to .53 "
        "on. All are below the transition at c = 1/9, in this order.",
        Verdict.OBSERVED,
    ),
    checks=(
        Check(
            "order of the criteria",
            Method.DESCENT,
            lambda effort: _in_order(ORDER),
            _order_controls,
            scope="six settings",
        ),
        Check("crossings", Method.DESCENT, lambda effort: _within(0.0), _range_controls, scope="six settings"),
    ),
)
