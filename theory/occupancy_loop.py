"""A loop that remembers what it saw but not how often: n points drawn uniformly from the originals that are left.

A positively homogeneous network without weight decay is such a model: the gain of a sample, ‖x‖²/(‖x‖² + σ²), does not
depend on its number of copies, and sampling returns every stored sample equally often. Of K originals left, those that
come back are the boxes among K that n balls occupy; those stored again, with a threshold m, the boxes of more than m:

    E[K' | K] = K P(binomial (n, 1/K) > m).

As n → ∞ at fixed g and m < 1, K_g/n → k_g, k_0 = 1 and k_{g+1} = k_g(1 − e^{−1/k_g}): moving one ball moves K' by one,
so its variance is at most n/2 (Efron and Stein). y = 1/k grows by y/(e^y − 1) and a smaller term, and k_g ~ 1/log g.
Where copies count, in Wright–Fisher, it is 2/g (`theory.lineage`): forgetting the numbers keeps the originals.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from scipy import stats

from . import validation


def occupancy_law(n: int, boxes: int, threshold: float = 0.0) -> Float64[np.ndarray, "counts"]:
    """P(k of the `boxes` hold more than `threshold` of n balls), k = 0 … boxes, each ball in a box drawn uniformly.

    `n` >= 0, `boxes` >= 0, `threshold` >= 0; n²·boxes² operations at most. Raises `ValueError` for bad input.
    """
    n, boxes = validation.whole(n, "n", 0), validation.whole(boxes, "boxes", 0)
    threshold = validation.nonnegative(threshold, "threshold")
    # reached[r, k]: chance that r balls are left for the other boxes and k of those filled hold enough.
    reached = np.zeros((n + 1, boxes + 1))
    reached[n, 0] = 1.0
    for left in range(boxes, 0, -1):
        after = np.zeros_like(reached)
        chances = stats.binom.pmf(np.arange(n + 1), np.arange(n + 1)[:, None], 1 / left)
        for balls in range(n + 1):
            taken = chances[balls, : balls + 1]
            few = min(int(threshold), balls)
            after[balls - few : balls + 1] += taken[few::-1, None] * reached[balls]
            after[: balls - few, 1:] += taken[:few:-1, None] * reached[balls, :-1]
        reached = after
    return reached.sum(axis=0)


def stored_originals(
    n: int, originals: int, generations: int, threshold: float = 0.0
) -> Float64[np.ndarray, "generations"]:
    """Expected number of originals stored at generations 0 … `generations`, all `originals` at the first.

    n >= 1 points a generation; those with more than `threshold` points are stored, and drawn from equally. Raises
    `ValueError` for bad input.
    """
    n, originals = validation.whole(n, "n", 1), validation.whole(originals, "originals", 1)
    generations = validation.whole(generations, "generations", 0)
    steps = np.zeros((originals + 1, originals + 1))
    for boxes in range(originals + 1):
        law = occupancy_law(n, boxes, threshold)
        steps[boxes, : len(law)] = law
    law, found = np.eye(originals + 1)[-1], []
    for _ in range(generations + 1):
        found.append(law @ np.arange(originals + 1))
        law = law @ steps
    return np.array(found)


def occupancy_share(generations: int) -> float:
    """k_g = lim K_g/n at fixed g: k_0 = 1, k_{g+1} = k_g(1 − e^{−1/k_g}). Raises `ValueError` for bad input."""
    share = 1.0
    for _ in range(validation.whole(generations, "generations", 0)):
        share *= -float(np.expm1(-1 / share))
    return share
