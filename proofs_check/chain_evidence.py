"""The kept chains of ReLU autoencoders (sweep `autoencoder-chain`) beside what m* and ways to draw families say.

Compared is the mean number of originals that are stored at a generation. Chains of a cell are independent; a network
may miss a sample for the units at its start, which no prediction knows: for that the distances have an allowance.
Stored means here, as in `theory.storage`, that at least 1 % of a sample comes back: predicted gains (Λ − nλ)/(Λ + mσ²)
under that count as nothing, which moves a threshold by 1 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from numerics.autoencoder_chain import ray_energies
from numerics.sweep import evidence, read_sweep
from numerics.sweeps import autoencoder_chain as chain
from theory import lineage, occupancy_loop
from theory.storage import LOST

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

# Standard errors, and originals that may be missing or kept for the starts of descents: about one sample in a hundred
# is missed by a network, a tenth of an original in seven generations of at most six originals each, or two.
SIGMAS, MISSED = 4.0, 0.25
# Chains with predicted weights.
PREDICTED_CHAINS = 100


class Place(NamedTuple):
    """A cell of the sweep but for its seed."""

    arm: str
    setting: str
    threshold: float


class Course(NamedTuple):
    """Mean of a quantity at each generation, and its standard error."""

    mean: np.ndarray
    error: np.ndarray


Law = Callable[[Place], Course]


@cache
def kept() -> dict[str, np.ndarray]:
    """Arrays of the evidence. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(chain.SWEEP.name))[0]


def looks(place: Place) -> chain.Looks:
    """What was seen of the trained chains of a place: (generations, chains) first."""
    arrays = kept()
    rows = np.flatnonzero(
        (arrays["arm"] == place.arm)
        & (arrays["setting"] == place.setting)
        & (arrays["threshold"].astype(float) == place.threshold)
    )
    return chain.Looks(*(np.concatenate(list(arrays[key][rows]), axis=1) for key in chain.Looks._fields))


def places(arms: Sequence[str], thresholds: Sequence[float]) -> list[Place]:
    """All settings of some arms and thresholds."""
    return [Place(arm, name, thr) for arm in arms for name in chain.SETTINGS for thr in thresholds]


def course(numbers: np.ndarray) -> Course:
    """Of numbers (generations, chains)."""
    return Course(numbers.mean(axis=1), numbers.std(axis=1, ddof=1) / np.sqrt(numbers.shape[1]))


def measured(place: Place) -> Course:
    """Originals stored by the trained networks."""
    return course(looks(place).stored.sum(axis=2))


def above(energy: np.ndarray, copies: np.ndarray, place: Place, change: float = 0.0) -> np.ndarray:
    """Which originals should be stored, of energy Σz² and a number of points each; `change` moves m* by copies."""
    squares = (chain.originals(place.setting) ** 2).sum(axis=1)
    return energy - place.threshold - change * squares > LOST * (energy + copies * chain.SIGMA**2)


def thresholds(place: Place, change: float = 0.0) -> np.ndarray:
    """m*_k = nλ/‖x_k‖² of the originals, moved by `change`, above which `above` holds for whole lengths."""
    squares = (chain.originals(place.setting) ** 2).sum(axis=1)
    return np.maximum((place.threshold / squares + change) / (1 - LOST * (1 + chain.SIGMA**2 / squares)), 0.0)


def wright_fisher(place: Place, change: float = 0.0, later: int = 0) -> Course:
    """Families drawn by their numbers of copies, stored above their thresholds: `theory.lineage`, exact."""
    rounds = [g + later if g else 0 for g in range(chain.GENERATIONS + 1)]
    each = [
        lineage.surviving_points(chain.POINTS, rounds, threshold=float(m), copies=chain.COPIES)
        for m in thresholds(place, change)
    ]
    return Course(np.mean(each, axis=0), np.zeros(len(rounds)))


def forgetful(place: Place) -> Course:
    """Stored originals drawn equally often: `theory.occupancy_loop`, exact where all thresholds are the same."""
    if place.threshold >= chain.COPIES:
        return Course(*np.zeros((2, chain.GENERATIONS + 1)))
    found = occupancy_loop.stored_originals(chain.POINTS, chain.ORIGINALS, chain.GENERATIONS, place.threshold)
    return Course(found, np.zeros_like(found))


@cache
def predicted_weights(place: Place) -> Course:
    """Chains whose networks have the weights that BR predicts, and draw by them."""
    X = chain.originals(place.setting)
    model = chain.models(place.arm, place.setting, place.threshold)[1]
    run = chain.chains(place.arm, place.setting, place.threshold, model, PREDICTED_CHAINS, seed=10**6)
    return course(np.array([above(*ray_energies(each.training, X), place).sum(axis=1) for each in run]))


def distance(place: Place, law: Law) -> float:
    """The largest distance of the trained chains from a law, in originals beyond SIGMAS standard errors."""
    found, claimed = measured(place), law(place)
    return float((np.abs(found.mean - claimed.mean) - SIGMAS * np.hypot(found.error, claimed.error)).max())


def course_check(
    name: str,
    law: Law,
    wrong: Mapping[str, Law],
    where: Sequence[Place],
    *,
    scope: str,
    tables: Callable[[], tuple[Table, ...]] = tuple,
) -> Check:
    """That the trained chains follow a law in every place; each wrong one is left in one place at least."""

    def decide(which: Law, shown: tuple[Table, ...] = ()) -> Outcome:
        worst = max(distance(place, which) for place in where)
        generations = f"{len(where)} cells of chains, {chain.GENERATIONS + 1} generations"
        return Outcome(worst <= MISSED, f"{worst:+.2f} originals beyond 4 standard errors", generations, shown)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, other in wrong.items():
            yield Control(f"{name}: {label}", lambda other=other: decide(other))

    return Check(name, Method.DESCENT, lambda effort: decide(law, tables()), controls, scope=scope)


def decisions(where: Sequence[Place], change: float = 0.0) -> tuple[int, int, int]:
    """Of originals that are there: how many in all, stored although under the threshold, not stored although above.

    `change` moves the threshold by so many copies.
    """
    there = over = under = 0
    for place in where:
        seen = looks(place)
        claimed = above(seen.energy, seen.copies, place, change)
        there += int((seen.copies > 0).sum())
        over += int((seen.stored & ~claimed & (seen.copies > 0)).sum())
        under += int((~seen.stored & claimed & (seen.copies > 0)).sum())
    return there, over, under


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share, 99 %."""
    found = stats.binomtest(hits, of).proportion_ci(0.99)
    return float(found.low), float(found.high)


def rule_check(where: Sequence[Place], most: float, wrong: Mapping[str, float]) -> Check:
    """That networks store exactly the originals above their thresholds, but for a share of `most`."""
    name = "what a network of a chain stores"

    def decide(change: float) -> Outcome:
        there, over, under = decisions(where, change)
        low, high = share_interval(over + under, there)
        detail = f"{there} decisions, {over} stored below, {under} missed above; 99 % interval {low:.4f} … {high:.4f}"
        return Outcome(high <= most, f"at most {high:.2%} wrong", detail)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, change in wrong.items():
            yield Control(f"{name}: {label}", lambda change=change: decide(change))

    return Check(name, Method.DESCENT, lambda effort: decide(0.0), controls, Bears.DECIDES, scope=f"{len(where)} cells")
