"""How well scores tell memorised samples from others: ROC, AUROC, true positives at a false-positive rate, intervals.

Intervals are of a bootstrap within each of the two groups: samples are drawn again with replacement, as counts, and all
scores are judged on the same counts, so that two of them can be compared pair by pair. Copies of one training image are
no independent samples: `clusters` names them, and whole clusters are drawn. Where two groups are told apart without
error every draw does so too and the interval is one point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from theory import validation

# The rate of false alarms at which BR and its rivals report true ones.
FALSE_ALARMS = 0.01
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Separation:
    """AUROC and the rate of true positives at `FALSE_ALARMS`, each with its bootstrap draws: shape (draws,)."""

    auroc: float
    tpr: float
    auroc_draws: Float64[np.ndarray, " draws"]
    tpr_draws: Float64[np.ndarray, " draws"]

    def auroc_interval(self) -> tuple[float, float]:
        """95 % of the draws of the AUROC."""
        return interval(self.auroc_draws)

    def tpr_interval(self) -> tuple[float, float]:
        """95 % of the draws of the rate of true positives."""
        return interval(self.tpr_draws)


def interval(draws: Float64[np.ndarray, " draws"]) -> tuple[float, float]:
    """From the 2.5 % to the 97.5 % quantile of draws."""
    low, high = np.quantile(draws, _INTERVAL)
    return float(low), float(high)


def auroc(scores: Any, memorised: Any) -> float:
    """Chance that a memorised sample scores above another one, ties counting one half: scores (n,), booleans (n,).

    Raises `ValueError` for bad input, one group without samples included.
    """
    values, truth = checked(scores, memorised)
    return float(_areas(values, truth, np.ones((1, len(values))))[0][0])


def tpr_at_fpr(scores: Any, memorised: Any, fpr: float = FALSE_ALARMS) -> float:
    """Largest share of memorised samples at or above a threshold that at most the share `fpr` of the others reaches.

    Arguments as in `auroc`; fpr in [0, 1]. Raises `ValueError` for bad input.
    """
    values, truth = checked(scores, memorised)
    fpr = validation.nonnegative(fpr, "fpr")
    if fpr > 1:
        raise ValueError(f"fpr must be <= 1, got {fpr!r}")
    return float(_areas(values, truth, np.ones((1, len(values))), fpr)[1][0])


def separation(scores: Any, memorised: Any, *, clusters: Any = None, draws: int = 1000, seed: int = 0) -> Separation:
    """Both measures with a bootstrap: scores (n,), booleans (n,), clusters (n,) whole numbers (default: none alike).

    The counts depend on the groups, the clusters and the seed alone. Raises `ValueError` for bad input.
    """
    values, truth = checked(scores, memorised)
    weights = np.concatenate([np.ones((1, len(values))), _counts(truth, clusters, draws, seed)])
    areas, rates = _areas(values, truth, weights)
    return Separation(float(areas[0]), float(rates[0]), areas[1:], rates[1:])


def roc(
    scores: Any, memorised: Any, fpr: Any, *, clusters: Any = None, draws: int = 1000, seed: int = 0
) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, " k"], Float64[np.ndarray, " k"]]:
    """`tpr_at_fpr` at each rate of `fpr` (k,), and the lower and upper ends of its 95 % interval.

    Other arguments and errors as in `separation`.
    """
    values, truth = checked(scores, memorised)
    rates = validation.real_array(fpr, "fpr", ndim=1)
    if ((rates < 0) | (rates > 1)).any():
        raise ValueError(f"fpr must lie in [0, 1], got {rates.tolist()}")
    weights = np.concatenate([np.ones((1, len(values))), _counts(truth, clusters, draws, seed)])
    found = np.stack([_areas(values, truth, weights, rate)[1] for rate in rates.tolist()])
    low, high = np.quantile(found[:, 1:], _INTERVAL, axis=1)
    return found[:, 0], low, high


def checked(scores: Any, memorised: Any) -> tuple[Float64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Scores (n,) and which samples are memorised, with both groups present; else `ValueError`."""
    values = validation.real_array(scores, "scores", ndim=1)
    truth = np.asarray(memorised)
    if truth.dtype != np.bool_ or truth.shape != values.shape:
        raise ValueError(
            f"memorised must be booleans, one for each of {len(values)} scores, got {truth.dtype} {truth.shape}"
        )
    if truth.all() or not truth.any():
        raise ValueError(f"memorised must hold both kinds of sample, got {int(truth.sum())} of {len(truth)}")
    return values, truth


def _counts(truth: Bool[np.ndarray, " n"], clusters: Any, draws: Any, seed: Any) -> Float64[np.ndarray, "draws n"]:
    """How often each sample is drawn: as often as its cluster is, among the clusters of its group."""
    draws, seed = validation.whole(draws, "draws", least=1), validation.whole(seed, "seed", least=0)
    named = np.arange(len(truth)) if clusters is None else validation.real_array(clusters, "clusters", ndim=1)
    if named.shape != truth.shape:
        raise ValueError(f"clusters must hold one number for each of {len(truth)} scores, got shape {named.shape}")
    rng = np.random.default_rng([seed, 5])
    counts = np.empty((draws, len(truth)))
    for group in (truth, ~truth):
        kinds, member = np.unique(named[group], return_inverse=True)
        counts[:, group] = rng.multinomial(len(kinds), np.full(len(kinds), 1 / len(kinds)), draws)[:, member]
    return counts


def _areas(
    values: Float64[np.ndarray, " n"],
    truth: Bool[np.ndarray, " n"],
    weights: Float64[np.ndarray, "draws n"],
    fpr: float = FALSE_ALARMS,
) -> tuple[Float64[np.ndarray, " draws"], Float64[np.ndarray, " draws"]]:
    """AUROC and rate of true positives under each row of weights: one pass from the largest score to the least."""
    order = np.argsort(-values, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(values[order]) != 0])
    ranked, own = weights[:, order], truth[order]
    # Weight of each group at each distinct score, and at or above it.
    hits = np.add.reduceat(ranked * own, starts, axis=1)
    alarms = np.add.reduceat(ranked * ~own, starts, axis=1)
    above = hits.cumsum(axis=1)
    raised = alarms.cumsum(axis=1)
    total, others = above[:, -1], raised[:, -1]
    area = (alarms * (above - hits / 2)).sum(axis=1) / (total * others)
    # Shares are ratios of whole numbers: the margin is only against rounding of fpr times their number.
    allowed = raised <= fpr * others[:, None] * (1 + 1e-12)
    rate = np.where(allowed, above, 0.0).max(axis=1) / total
    return area, rate
