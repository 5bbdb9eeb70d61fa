"""Which samples a network stores in columns of their own: an assignment of units to samples by cosine.

Memorising weights (BR Corollary 3.2) have one unit a sample, encoder and decoder both along it. Unit a matches sample i
at threshold t if cos(w_a, x_i) ≥ t and cos(v_a, x_i) ≥ t. Each unit is given to at most one sample and each sample at
most one unit, so that as many samples as possible have a match, and among such assignments with the largest sum of
min(cos(w_a, x_i), cos(v_a, x_i)).

Columns that are one unit split (`numerics.column_splitting`) are merged first and count as one; copies of a sample are
one sample; dead units (`numerics.gate_pattern.live_units`) match nothing. Scale of data, order of units and rescaling
(w, v) to (tw, v/t) change nothing. This looks at columns alone; `theory.storage` asks what comes back at the sample.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.optimize import linear_sum_assignment

from numerics.column_splitting import Merger
from numerics.gate_pattern import live_units
from theory import validation
from theory.clustering import distinct_samples

# Columns are one split unit if a lighter of share q of the mass is at an angle of 1 − cos θ ≤ SPLIT/q.
SPLIT = 1e-7


class StoredSamples(NamedTuple):
    """Which of n samples are stored, and by which of p units.

    stored: (n,). units: (n, p), the columns of the unit assigned to each stored sample: one, or all that it was split
    into. encoder_cosine, decoder_cosine: (n,), of the assigned unit, for other samples of the unit with the largest
    smaller cosine; 0 if there is no live unit or the sample is zero. distinct: (n,), number 0, 1, … of each sample;
    copies share it, and all else.
    """

    stored: Bool[np.ndarray, " n"]
    units: Bool[np.ndarray, "n p"]
    encoder_cosine: Float64[np.ndarray, " n"]
    decoder_cosine: Float64[np.ndarray, " n"]
    distinct: Int64[np.ndarray, " n"]

    @property
    def fraction(self) -> float:
        """The share of the distinct samples that are stored."""
        return len(np.unique(self.distinct[self.stored])) / len(np.unique(self.distinct))


def stored_samples(
    W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"], threshold: float
) -> StoredSamples:
    """Assign the units of one network (d, p) to the samples X (n, d); threshold in (0, 1], the least cosine.

    A zero sample is never stored; cosines carry a rounding of about 1e-15. Raises `ValueError` for bad input.
    """
    rows, _, index = distinct_samples(X)
    W1, W2 = validation.network(W1, W2, rows.shape[1])
    threshold = _threshold(threshold)
    live = np.flatnonzero(live_units(W1, W2))
    merger = Merger.of(W1[:, live], W2[:, live], SPLIT)
    groups = merger.W1.shape[1]
    columns = np.zeros((groups, W1.shape[1]), dtype=bool)
    columns[merger.group, live] = True
    encoder, decoder = _cosines(rows, merger.W1), _cosines(rows, merger.W2)
    least = np.minimum(encoder, decoder)
    matches = least >= threshold
    # First the number of matches, then their cosines, which add up to less than one match.
    worth = np.where(matches, 1 + least / (1 + min(matches.shape)), 0.0)
    sample, unit = linear_sum_assignment(worth, maximize=True)
    kept = matches[sample, unit]
    sample, unit = sample[kept], unit[kept]
    stored, units = np.zeros(len(rows), dtype=bool), np.zeros((len(rows), W1.shape[1]), dtype=bool)
    stored[sample], units[sample] = True, columns[unit]
    cosines = np.zeros((2, len(rows)))
    if groups:
        shown = least.argmax(axis=1)
        shown[sample] = unit
        cosines[:] = [each[np.arange(len(rows)), shown] for each in (encoder, decoder)]
    return StoredSamples(stored[index], units[index], cosines[0][index], cosines[1][index], index)


def stored_fraction(
    W1: Float[Any, "*b d p"], W2: Float[Any, "*b d p"], X: Float[Any, "n d"], threshold: float
) -> float | Float64[np.ndarray, "*b"]:
    """`StoredSamples.fraction` of networks (…, d, p): one number, or an array over the leading dimensions.

    Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, W2 = validation.weights(W1, W2, X.shape[1])
    threshold = _threshold(threshold)
    fractions = np.empty(W1.shape[:-2])
    for place in np.ndindex(fractions.shape):
        fractions[place] = stored_samples(W1[place], W2[place], X, threshold).fraction
    return fractions if fractions.ndim else float(fractions)


def _threshold(value: Any) -> float:
    threshold = validation.positive(value, "threshold")
    if threshold > 1:
        raise ValueError(f"threshold must be <= 1, got {threshold!r}")
    return threshold


def _cosines(rows: Float64[np.ndarray, "n d"], W: Float64[np.ndarray, "d p"]) -> Float64[np.ndarray, "n p"]:
    """Cosines of rows and columns, 0 with a zero vector."""
    return _units(rows) @ _units(W.T).T


def _units(rows: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
