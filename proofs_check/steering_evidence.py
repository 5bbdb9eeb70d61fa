"""Evidence of steering: kept answers of image denoisers, judged by a rule that was written before they were measured.

A comparison is of one response of one way of steering: memorised with generalised samples of one network of the regime
"hybrid", or those of the network of few images with those of the network of all. Responses are the distance from the
unsteered image, the path, and the probability of the target class; a sample answers in probability if it rises by one
half or more. Each comparison has a verdict by the rule of `numerics.response_groups`.

For each architecture the printed statement (generalised samples answer smoothly, memorised ones like a threshold) is
decided within the hybrid network, in the first way of `numerics.steering_evaluation` (mean direction, middle layer,
pushed at every level), by distance and probability together: it holds if both verdicts are "as printed"; a weaker form
holds if both are that or "memorised sharper"; it is reversed if both are "generalised sharper"; else it is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import numerics
from numerics import store
from numerics.detection_truth import GENERALISED, MEMORISED
from numerics.response_groups import STATISTICS, Comparison, Interval, decide, statistics
from numerics.steering_evaluation import NAME

from .check import Check, Control, Effort, Outcome, Table
from .verdict import Method

ARCHITECTURES = ("relu", "unet", "transformer")
RESPONSES = ("distance", "path", "probability")
DECIDING = ("distance", "probability")
ANSWER = 0.5
_SEED = 0


class Place(NamedTuple):
    """Which comparison: architecture, "within" the hybrid network or "between" two, number of the way, response."""

    architecture: str
    networks: str
    way: int
    response: str


@cache
def kept() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The kept arrays and their description. Raises `ValueError` if the checksum does not match."""
    return store.load(Path(numerics.__file__).parent / "evidence" / NAME)


def places() -> list[Place]:
    """Every comparison of which both sides were measured."""
    done = {(way["model"], way["number"]) for way in kept()[1]["ways"]}
    found = []
    for architecture in ARCHITECTURES:
        for networks, models in (("within", ("hybrid",)), ("between", ("few", "all"))):
            for number in range(6):
                if all((_model(regime, architecture), number) in done for regime in models):
                    found += [Place(architecture, networks, number, response) for response in RESPONSES]
    return found


def group(place: Place, kind: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Curves (m, K + 1) of one group, their three statistics (3, m), NaN without an answer, and nearest images (m,)."""
    arrays = kept()[0]
    regime = "hybrid" if place.networks == "within" else "few" if kind == MEMORISED else "all"
    model = _model(regime, place.architecture)
    rows = arrays[f"{model}/kind"] == kind
    curves = arrays[f"{model}/{place.way}/{place.response}"][rows].astype(np.float64)
    if not len(curves):
        return curves, np.empty((3, 0)), arrays[f"{model}/origin"][rows]
    values = statistics(curves)
    if place.response == "probability":
        values[:, (curves - curves[:, :1]).max(axis=1) < ANSWER] = np.nan
    return curves, values, arrays[f"{model}/origin"][rows]


@cache
def comparison(place: Place, swapped: bool = False, shuffled: int | None = None) -> Comparison:
    """The verdict of one comparison; as controls, the groups swapped, or samples dealt to the groups by a seed."""
    sides = [group(place, kind)[1:] for kind in (MEMORISED, GENERALISED)]
    if swapped:
        sides.reverse()
    if shuffled is not None:
        values, origins = (np.concatenate([side[part] for side in sides], axis=-1) for part in (0, 1))
        order = np.random.default_rng(shuffled).permutation(len(origins))
        size = len(sides[0][1])
        sides = [(values[:, rows], origins[rows]) for rows in (order[:size], order[size:])]
    return decide(*sides[0], *sides[1], seed=_SEED)


def outcome(architecture: str, swapped: bool = False, shuffled: int | None = None) -> str:
    """What is decided about the printed statement for one architecture: by the rule above."""
    found = [comparison(Place(architecture, "within", 0, response), swapped, shuffled).verdict for response in DECIDING]
    if all(verdict == "as printed" for verdict in found):
        return "holds"
    if all(verdict in ("as printed", "memorised sharper") for verdict in found):
        return "weaker form holds"
    return "reversed" if all(verdict == "generalised sharper" for verdict in found) else "not seen"


def outcomes_check(name: str, expected: Mapping[str, str]) -> Check:
    """That each architecture comes out as expected; with groups swapped or shuffled some do not."""

    def decide_about(swapped: bool, shuffled: int | None, shown: tuple[Table, ...] = ()) -> Outcome:
        found = {architecture: outcome(architecture, swapped, shuffled) for architecture in expected}
        samples = sum(sum(comparison(Place(each, "within", 0, DECIDING[0])).samples) for each in expected)
        said = ", ".join(f"{architecture} {verdict}" for architecture, verdict in found.items())
        return Outcome(found == dict(expected), said, f"{samples} samples", shown)

    def decide_all(effort: Effort) -> Outcome:
        del effort
        chosen = [place for place in places() if place.way == 0 and place.response in DECIDING]
        return decide_about(False, None, (table(chosen),))

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: groups swapped", lambda: decide_about(True, None))
        yield Control(f"{name}: samples dealt to groups at random", lambda: decide_about(False, effort.seed))

    return Check(name, Method.DESCENT, decide_all, controls, scope="hybrid networks of digits")


def sampled_check(name: str, architectures: tuple[str, ...]) -> Check:
    """That in every way of steering while sampling memorised distances are sharper, and no probability is less so.

    This was read off the kept answers, not fixed before them; it says whether the first way is a chance find.
    """
    sharper, duller = ("as printed", "memorised sharper"), "generalised sharper"

    def chosen(responses: tuple[str, ...]) -> list[Place]:
        numbers = {way["number"] for way in kept()[1]["ways"] if way["passes"] == "sampling"}
        return [
            each
            for each in places()
            if each.networks == "within"
            and each.architecture in architectures
            and each.way in numbers
            and each.response in responses
        ]

    def decide_about(swapped: bool, shuffled: int | None, shown: tuple[Table, ...] = ()) -> Outcome:
        distances, probabilities = (chosen((response,)) for response in DECIDING)
        # One after another, and no further than the first that is amiss.
        amiss = next(
            chain(
                (each for each in distances if comparison(each, swapped, shuffled).verdict not in sharper),
                (each for each in probabilities if comparison(each, swapped, shuffled).verdict == duller),
            ),
            None,
        )
        said = "none amiss" if amiss is None else "{}, way {}, {}".format(amiss.architecture, *amiss[2:])
        ok = amiss is None and len(distances) > 0
        return Outcome(ok, said, f"{len(distances)} ways", shown)

    def decide_all(effort: Effort) -> Outcome:
        del effort
        return decide_about(False, None, (table(chosen(DECIDING)),))

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: groups swapped", lambda: decide_about(True, None))
        yield Control(f"{name}: samples dealt to groups at random", lambda: decide_about(False, effort.seed))

    return Check(name, Method.DESCENT, decide_all, controls, scope="hybrid networks of digits, found afterwards")


def table(which: list[Place]) -> Table:
    """Medians with 95 % intervals and the verdict of each comparison."""
    rows = []
    for place in which:
        found = comparison(place)
        numbers = [
            f"{_shown(memorised)} / {_shown(generalised)}"
            for memorised, generalised in zip(found.memorised, found.generalised, strict=True)
        ]
        way = kept()[1]["ways"]
        description = next(each for each in way if each["number"] == place.way and place.architecture in each["model"])
        name = f"{description['layer']}, {description['direction']}, {description['passes']}"
        samples = "{} / {}".format(*found.samples)
        rows.append((place.architecture, place.networks, name, place.response, samples, *numbers, found.verdict))
    header = ("network", "groups", "way", "response", "samples", *STATISTICS, "verdict")
    return Table("steering, memorised / generalised", header, tuple(rows))


def _model(regime: str, architecture: str) -> str:
    return f"digits-{regime}-{architecture}"


def _shown(interval: Interval) -> str:
    if np.isnan(interval.value):
        return "–"
    return f"{interval.value:.2f} ({interval.low:.2f}, {interval.high:.2f})"
