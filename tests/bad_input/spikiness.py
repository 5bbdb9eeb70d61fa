"""Bad input of `theory.spikiness` and of the statistics of codes in `numerics.representation`."""

from __future__ import annotations

import numpy as np

from tests.bad_values import ARRAY, NONNEGATIVE, bad, of, whole

CODES = [[0.5, 0.0, -2.0, 1.0], [1.0, 1.0, 0.5, 0.0]]
H = [
    *ARRAY,
    bad("one number", 1.0, "must hold at least one unit", "()"),
    bad("no units", np.zeros((2, 0)), "must hold at least one unit", "(2, 0)"),
]

FUNCTIONS = {
    "theory.spikiness.balanced_std": of(
        height=(0.5, NONNEGATIVE),
        active=(2, [*whole(0), bad("over the width", 4, "must be <= width = 3", "4")]),
        width=(3, whole(1)),
    ),
    "theory.spikiness.balanced_spikiness": of(active=(2, whole(1))),
    "theory.spikiness.spike_evidence": of(
        h=(CODES, [*H, bad("a zero code", [[0.0, 0.0], [1.0, 2.0]], "must hold no zero code", "0.0")]),
        signal=(
            2.0,
            [*NONNEGATIVE, bad("too strong", 100.0, "must keep the likelihood ratio finite", "100.0", "4 units")],
        ),
    ),
    **{f"numerics.representation.{name}": of(h=(CODES, H)) for name in ("std", "l4_over_l2", "participation_ratio")},
}
