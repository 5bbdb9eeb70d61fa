"""What a network of given width will store of given samples: the prediction that `memorem predict` prints.

The candidate of lowest mean-field loss (`candidates`) is the predicted network, and what it stores (`storage`) is the
predicted list. The exact objective is not used and nothing is trained on noise: the loss of blocks with right gates is
closed, and where gates leak correlations between units count to first order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.sparse.csgraph import connected_components

from . import validation
from .block_minimizer import duplication_threshold
from .candidates import FINALISTS, Candidate, candidates
from .clustering import distinct_samples
from .dead_units import SETTLED, critical_weight_decay
from .gating import isolable
from .hypotheses import Hypothesis, hypotheses, largest_cosine
from .linear_autoencoder import gram_spectrum
from .mean_field import Relaxed, mean_field_errors
from .storage import LEAK, LOST, MOST, Storage, responses, storage
from .structures import block_structure, left_out_loss

# A forecast is uncertain where a finished candidate with a loss higher by less than this share says otherwise, or where
# the share through own units is this near to one half.
RIVAL, BORDER = 2e-3, 0.2
# Units with less than this share of the heaviest unit's mass ‖w‖‖v‖ are off.
ALIVE = 1e-6


class Trial(NamedTuple):
    """A structure that was tried: clusters, units in blocks, loss if all gates are right, mean-field loss found."""

    clusters: int
    units: int
    frozen_loss: float
    loss: float


class SampleForecast(NamedTuple):
    """What is predicted for one sample.

    `copies` is its multiplicity m and `threshold` m* = nλ/‖x‖² (infinite at the origin); `gain` the share of it that
    comes back, `own_share` the share of that through units of its own; `why` says in words what decides.
    """

    stored: bool
    uncertain: bool
    gain: float
    own_share: float
    copies: int
    threshold: float
    isolable: bool
    why: str


class Group(NamedTuple):
    """Samples that share units, the number of units, their mean training error, and the error on fresh samples.

    `test_error` is estimated by leaving samples out of the block of Lemma D.1; None for copies of one sample, which
    stand for no population.
    """

    members: tuple[int, ...]
    units: int
    train_error: float
    test_error: float | None


@dataclass(frozen=True)
class Prediction:
    """The predicted regime with its reasons, one forecast per sample, groups, predicted weights and losses.

    `loss` is the training objective and `train_error` its part without decay; `test_error` the mean over groups of
    several samples when all units are in such groups, else None. `critical_weight_decay` is λ_c where Corollary 3.2
    holds and units are left over, else None. All in the units of X squared.
    """

    regime: str
    reasons: tuple[str, ...]
    samples: tuple[SampleForecast, ...]
    groups: tuple[Group, ...]
    W1: Float64[np.ndarray, "d p"]
    W2: Float64[np.ndarray, "d p"]
    loss: float
    train_error: float
    test_error: float | None
    critical_weight_decay: float | None
    trials: tuple[Trial, ...]
    hypotheses: tuple[Hypothesis, ...]

    @property
    def stored(self) -> Bool[np.ndarray, " n"]:
        """Whether each sample is predicted to be stored."""
        return np.array([sample.stored for sample in self.samples])

    @property
    def uncertain(self) -> Bool[np.ndarray, " n"]:
        """For which samples the prediction is a close call."""
        return np.array([sample.uncertain for sample in self.samples])


def predict(
    X: Float[Any, "n d"],
    sigma: float,
    weight_decay: float,
    width: int,
    on_step: Callable[[str], object] = lambda _: None,
) -> Prediction:
    """Predict what the minimiser of BR eq. 6 with `width` ≥ 1 units stores of X (n, d) at σ > 0 and decay λ ≥ 0.

    sigma is in the units of X, weight_decay in those units squared. Samples may be repeated. `on_step` is told, in
    words, what is being tried. Raises `ValueError` for bad input or when all samples are zero.
    """
    X = validation.samples(X)
    sigma = validation.positive(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    width = validation.whole(width, "width", 1)
    if not X.any():
        raise ValueError(f"X must hold a sample that is not zero, got {len(X)} zeros")
    eigenvalues, directions = gram_spectrum(X)
    basis = directions[:, eigenvalues > 0]
    Y = X @ basis
    ranked = candidates(Y, sigma, weight_decay, width, on_step)
    network = ranked[0].network
    kept = storage(network.W1, network.W2, Y, sigma)
    errors = mean_field_errors(network.W1, network.W2, Y, sigma)
    label, units = _shared_units(network, Y, sigma, kept)
    samples = _forecasts(Y, sigma, weight_decay, width, ranked, kept, label)
    groups = _groups(Y, sigma, weight_decay, label, units, errors)
    structure = block_structure(Y, label, int(units.sum()), sigma, weight_decay)
    alone = largest_cosine(Y)
    regime = _regime(samples, alone)
    return Prediction(
        regime,
        _reasons(Y, samples, ranked, width),
        samples,
        groups,
        basis @ network.W1,
        basis @ network.W2,
        network.loss,
        float(errors.mean()),
        _test_error(groups, len(X)),
        _zero_columns(Y, sigma, width, regime),
        tuple(
            Trial(int(tried.labels.max()) + 1, sum(tried.widths), tried.frozen_loss, found.loss)
            for tried, found in ranked
        ),
        hypotheses(Y, structure, sigma, weight_decay, width),
    )


def _shared_units(
    network: Relaxed, X: Float64[np.ndarray, "n d"], sigma: float, kept: Storage
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " m"]]:
    """Labels of samples linked by units that answer them strongly (copies always are), and the units of each label."""
    # Columns are balanced: ‖w‖‖v‖ = ‖w‖².
    mass = (network.W1**2).sum(axis=0)
    answers = responses(network.W1, X, sigma)
    strong = (answers >= LEAK * answers.max(axis=0)) & (mass > ALIVE * mass.max()) & (kept.gain > LOST)[:, None]
    copies = distinct_samples(X).index
    count, label = connected_components((strong @ strong.T) | (copies[:, None] == copies), directed=False)
    owners = label[answers.argmax(axis=0)][strong.any(axis=0)]
    return label.astype(np.int64), np.bincount(owners, minlength=count).astype(np.int64)


def _forecasts(
    X: Float64[np.ndarray, "n d"],
    sigma: float,
    weight_decay: float,
    width: int,
    ranked: tuple[Candidate, ...],
    kept: Storage,
    label: Int64[np.ndarray, " n"],
) -> tuple[SampleForecast, ...]:
    rows, multiplicities, index = distinct_samples(X)
    apart = isolable(rows)[index]
    best = ranked[0].network.loss
    rivals = [each.network for each in ranked[1:FINALISTS] if each.network.loss <= best * (1 + RIVAL)]
    others = [storage(rival.W1, rival.W2, X, sigma).stored for rival in rivals]
    found = []
    for i, copies in enumerate(multiplicities[index]):
        squared_norm = float((X[i] ** 2).sum())
        threshold = duplication_threshold(squared_norm, len(X), weight_decay) if squared_norm else np.inf
        close = abs(kept.own_share[i] - MOST) < BORDER or any(other[i] != kept.stored[i] for other in others)
        company = sorted(set(index[label == label[i]].tolist()) - {int(index[i])})
        if kept.stored[i]:
            why = "has a unit of its own"
        elif kept.gain[i] > LOST:
            why = f"shares its units with {len(company)} other{'s' * (len(company) != 1)}"
        elif copies <= threshold:
            why = "decay leaves it out: m <= m*"
        elif width < len(rows):
            why = f"no unit of {width} is spent on it"
        else:
            why = "less than 1 % of it would come back"
        found.append(
            SampleForecast(
                bool(kept.stored[i]),
                bool(close),
                float(kept.gain[i]),
                float(kept.own_share[i]),
                int(copies),
                threshold,
                bool(apart[i]),
                why,
            )
        )
    return tuple(found)


def _groups(
    X: Float64[np.ndarray, "n d"],
    sigma: float,
    weight_decay: float,
    label: Int64[np.ndarray, " n"],
    units: Int64[np.ndarray, " m"],
    errors: Float64[np.ndarray, " n"],
) -> tuple[Group, ...]:
    copies = distinct_samples(X).index
    found = []
    for k in np.flatnonzero(units):
        members = np.flatnonzero(label == k)
        several = len(np.unique(copies[members])) > 1
        test = left_out_loss(X[members], int(units[k]), sigma, len(X) * weight_decay) if several else None
        found.append(Group(tuple(members.tolist()), int(units[k]), float(errors[members].mean()), test))
    return tuple(found)


def _test_error(groups: tuple[Group, ...], n: int) -> float | None:
    tests = [(len(group.members), group.test_error) for group in groups]
    if sum(size for size, _ in tests) < n or any(error is None for _, error in tests):
        return None
    return sum(size * error for size, error in tests if error is not None) / n


def _regime(samples: tuple[SampleForecast, ...], alone: float | None) -> str:
    back = [sample for sample in samples if sample.gain > LOST]
    stored = sum(sample.stored for sample in back)
    if not back:
        return "nothing is stored"
    if stored == 0:
        return "generalise"
    if stored < len(back):
        return "hybrid"
    return "memorise" if alone is not None and alone < 0 else "memorise with lateral inhibition"


def _reasons(
    X: Float64[np.ndarray, "n d"], samples: tuple[SampleForecast, ...], ranked: tuple[Candidate, ...], width: int
) -> tuple[str, ...]:
    rows, _, index = distinct_samples(X)
    first = [samples[i] for i in np.unique(index, return_index=True)[1]]
    stored, lost = sum(each.stored for each in first), [each for each in first if each.gain <= LOST]
    starved = sum(each.copies <= each.threshold for each in lost)
    lines = [
        f"{stored} of {len(rows)} distinct samples have a unit of their own, "
        f"{len(rows) - stored - len(lost)} share units, {len(lost)} are left out"
    ]
    if starved:
        lines.append(f"decay leaves {starved} out: they occur no more than m* = nλ/‖x‖² times")
    if width < len(rows):
        lines.append(f"{width} units cannot give each of {len(rows)} distinct samples its own")
    together = [each for each in ranked if each.structure.labels.max() + 1 < len(rows)]
    alone = [each for each in ranked if each.structure.labels.max() + 1 == len(rows)]
    if together and alone:
        lines.append(
            f"mean-field loss from every sample alone {alone[0].network.loss:.6g}, "
            f"from the best clusters {together[0].network.loss:.6g}, of nothing {float((X**2).sum() / len(X)):.6g}"
        )
    largest = largest_cosine(X)
    if largest is not None and largest >= 0:
        lines.append(f"cosines of samples reach {largest:.3f} >= 0: own units must learn to be silent on other samples")
    return tuple(lines)


def _zero_columns(X: Float64[np.ndarray, "n d"], sigma: float, width: int, regime: str) -> float | None:
    """λ_c where the memorising weights leave columns of zeros and their gates are far from all samples."""
    if regime != "memorise" or width <= len(X) or len(distinct_samples(X).rows) < len(X) or len(X) == 1:
        return None
    distance = float(np.abs(X @ X.T / np.linalg.norm(X, axis=1)).min())
    return critical_weight_decay(X, sigma) if SETTLED * sigma <= distance else None
