"""The table of detectors: AUROC, true positives at 1 % false alarms and their intervals, from the kept scores.

    python -m numerics.detection_table [--raw DIR] [--evidence DIR]

--raw: what `numerics.detection_evaluation` wrote is first reduced into the evidence: of the scores those that a line of
the table uses, of all others their AUROC, and samples only of hybrid networks that make both kinds.

Two choices of settings stand beside each other. "beforehand": the middle layer, all its units, σ = 0.2, all samples.
"tuned": layer, pooling and σ with the largest AUROC on one half of the samples, judged on the other half; the halves
share no repeated image. Every method is tuned over all the settings it was measured at. Intervals are of a bootstrap in
which copies of one training image are drawn together.

The rules by which the table is read were fixed before any trained network was scored:
- a method "reaches the printed level" in a network if the interval of its AUROC reaches .98 (BR prints .987, .995 and
  .998 for Std); else it "separates" if the interval is above 1/2, is "reversed" if it is below 1/2, and else "does not
  separate";
- one method is better than another if the interval of the difference of their AUROCs, by the same draws, is above 0,
  worse if it is below 0, and else no difference was found; "at least as good" means not worse.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from numerics import store
from numerics.activation_statistics import PRINTED, RECOMMENDED, STATISTICS
from numerics.detection import SIGMA
from numerics.detection_metrics import Separation, auroc, interval, separation
from numerics.detection_truth import GENERALISED, MEMORISED

FOLDER = Path(__file__).parent / "evidence" / "detection"
TABLE = "table"
Choice = Literal["beforehand", "tuned"]
BASELINES = ("score_difference", "flipd", "jacobian_dimension", "normal_bundle", "density")
METHODS = (*STATISTICS, *BASELINES)
PRINTED_LEVEL = 0.98
DRAWS = 1000


@dataclass(frozen=True)
class Kept:
    """The kept scores of one network: arrays, and the description that says by which method each row is."""

    name: str
    arrays: Mapping[str, np.ndarray]
    about: Mapping[str, Any]

    def rows(self, statistic: str) -> list[int]:
        """The rows of scores by `statistic`, at all its settings."""
        return [row for row, method in enumerate(self.about["methods"]) if method["statistic"] == statistic]

    def beforehand(self, statistic: str) -> int | None:
        """The row at the settings decided beforehand; none if it was not measured."""
        asked = {"sigma": SIGMA, "layer": self.about["layer"], "pool": "flatten"}
        for row in self.rows(statistic):
            method = self.about["methods"][row]
            if all(method.get(key, value) == value for key, value in asked.items()):
                return row
        return None

    def tuned(self, statistic: str) -> int | None:
        """The row with the largest AUROC on the half that is there for the choice; the first of equal ones."""
        use, rows = self.half(0), self.rows(statistic)
        areas = [_area(self.arrays["scores"][row], self.memorised, use) for row in rows]
        # Where there is one kind alone no setting is better than another.
        return rows[int(np.argmax(np.nan_to_num(areas)))] if rows else None

    @property
    def memorised(self) -> np.ndarray:
        """Which samples are memorised, by the training set."""
        return self.arrays["kind"] == MEMORISED

    def half(self, number: int) -> np.ndarray:
        """Which samples belong to a half, 0 or 1: every other repeated image, and every other generalised sample."""
        found = np.zeros(len(self.memorised), dtype=bool)
        _, image = np.unique(self.arrays["origin"][self.memorised], return_inverse=True)
        found[self.memorised] = image % 2 == number
        found[~self.memorised] = np.arange((~self.memorised).sum()) % 2 == number
        return found

    def clusters(self) -> np.ndarray:
        """Samples that are drawn together: copies of one image; every generalised sample alone."""
        alone = self.arrays["origin"].max(initial=0) + 1 + np.arange(len(self.memorised))
        return np.where(self.memorised, self.arrays["origin"], alone)


@dataclass(frozen=True)
class Row:
    """One line of the table; `against_*` and `printed_*`: the AUROC of the recommended statistic, and of BR's Std, less
    this one's.
    """

    network: str
    choice: Choice
    statistic: str
    settings: str
    memorised: int
    generalised: int
    auroc: float
    auroc_low: float
    auroc_high: float
    tpr: float
    tpr_low: float
    tpr_high: float
    against: float
    against_low: float
    against_high: float
    printed: float
    printed_low: float
    printed_high: float
    seconds: float

    @property
    def level(self) -> str:
        """What the rules say about the AUROC."""
        if self.auroc_high >= PRINTED_LEVEL:
            return "reaches the printed level"
        if self.auroc_low > 0.5:
            return "separates"
        return "reversed" if self.auroc_high < 0.5 else "does not separate"

    @property
    def recommended_is(self) -> str:
        """How the recommended statistic compares with this one."""
        return _compared(self.against_low, self.against_high)

    @property
    def printed_is(self) -> str:
        """How Std compares with this one."""
        return _compared(self.printed_low, self.printed_high)


def kept(name: str, folder: Path = FOLDER) -> Kept:
    """The kept scores of one network. Raises `ValueError` if their checksum does not match."""
    return Kept(name, *store.load(folder / name))


def networks(folder: Path = FOLDER) -> tuple[str, ...]:
    """Names of the networks with kept scores."""
    return tuple(sorted(path.stem for path in folder.glob("*.npz")))


def row(found: Kept, statistic: str, choice: Choice) -> Row | None:
    """One line, or none where the method was not measured, or not on both kinds of sample."""
    return _line(found, statistic, choice, getattr(found, choice))


def between(few: Kept, every: Kept, statistic: str) -> Row | None:
    """A line for two networks at the settings decided beforehand: memorised samples of one, new ones of the other."""
    place = few.beforehand(statistic), every.beforehand(statistic), few.beforehand(RECOMMENDED)
    joined = _joined(few, every)
    if None in place or joined is None:
        return None
    return _line(joined, statistic, "beforehand", joined.beforehand)


def _line(found: Kept, statistic: str, choice: Choice, find: Callable[[str], int | None]) -> Row | None:
    place, rivals = find(statistic), [find(rival) for rival in (RECOMMENDED, PRINTED)]
    if place is None or None in rivals:
        return None
    scores = found.arrays["scores"][place]
    use = np.isfinite(scores) & (found.half(1) if choice == "tuned" else True)
    truth = found.memorised[use]
    if truth.all() or not truth.any():
        return None
    own = _judged(found, scores, use)
    others = [own if place == rival else _judged(found, found.arrays["scores"][rival], use) for rival in rivals]
    against, printed = ((other.auroc - own.auroc, *interval(other.auroc_draws - own.auroc_draws)) for other in others)
    method = found.about["methods"][place]
    return Row(
        found.name,
        choice,
        statistic,
        ", ".join(f"{key} {method[key]}" for key in ("layer", "pool", "sigma") if key in method),
        int(truth.sum()),
        int((~truth).sum()),
        own.auroc,
        *own.auroc_interval(),
        own.tpr,
        *own.tpr_interval(),
        *against,
        *printed,
        method["seconds"],
    )


def _compared(low: float, high: float) -> str:
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no difference"


def _judged(found: Kept, scores: np.ndarray, use: np.ndarray) -> Separation:
    return separation(scores[use], found.memorised[use], clusters=found.clusters()[use], draws=DRAWS)


def _joined(few: Kept, every: Kept) -> Kept | None:
    """Memorised samples of `few` and generalised ones of `every`, at the methods that both have."""
    left, right = few.arrays["kind"] == MEMORISED, every.arrays["kind"] == GENERALISED
    if not left.any() or not right.any():
        return None
    keys = ("statistic", "layer", "pool", "sigma")
    named = [{tuple(m.get(key) for key in keys): row for row, m in enumerate(k.about["methods"])} for k in (few, every)]
    shared = [name for name in named[0] if name in named[1]]
    scores = [
        np.concatenate([few.arrays["scores"][named[0][name], left], every.arrays["scores"][named[1][name], right]])
        for name in shared
    ]
    arrays = {key: np.concatenate([few.arrays[key][left], every.arrays[key][right]]) for key in ("kind", "origin")}
    methods = [few.about["methods"][named[0][name]] for name in shared]
    return Kept(f"{few.name} | {every.name}", {**arrays, "scores": np.array(scores)}, {**few.about, "methods": methods})


def _area(scores: np.ndarray, memorised: np.ndarray, use: np.ndarray) -> float:
    use = use & np.isfinite(scores)
    one_kind = memorised[use].all() or not memorised[use].any()
    return float("nan") if one_kind else auroc(scores[use], memorised[use])


def reduced(found: Kept) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and description of a network with the scores that the table uses alone.

    `areas` (methods, 3) are the AUROC of everything that was measured, by `measured` in the description: of all samples
    and of either half; NaN where a half holds one kind alone.
    """
    places = [place for method in METHODS for place in (found.beforehand(method), found.tuned(method))]
    used = sorted({place for place in places if place is not None})
    parts = [np.ones(len(found.memorised), dtype=bool), found.half(0), found.half(1)]
    areas = [[_area(scores, found.memorised, part) for part in parts] for scores in found.arrays["scores"]]
    methods = found.about["methods"]
    arrays = {name: array for name, array in found.arrays.items() if name not in ("scores", "samples")}
    if found.about["regime"] == "hybrid" and 0 < found.memorised.sum() < len(found.memorised):
        arrays["samples"] = found.arrays["samples"]
    arrays |= {"scores": found.arrays["scores"][used], "areas": np.array(areas, dtype=np.float32)}
    about = {key: value for key, value in found.about.items() if key != "sha256"}
    return arrays, {**about, "methods": [methods[place] for place in used], "measured": methods}


def table(folder: Path = FOLDER) -> list[Row]:
    """Every line: within each hybrid network by both choices, and between the two others of one architecture."""
    all_kept = {name: kept(name, folder) for name in networks(folder)}
    lines: list[Row | None] = []
    for found in all_kept.values():
        if found.about["regime"] == "hybrid":
            lines += [row(found, method, choice) for choice in get_args(Choice) for method in METHODS]
    by_regime = {(k.about["data"], k.about["architecture"], k.about["regime"]): k for k in all_kept.values()}
    for (data, architecture, regime), found in by_regime.items():
        if regime == "few" and (data, architecture, "all") in by_regime:
            lines += [between(found, by_regime[data, architecture, "all"], method) for method in METHODS]
    return [line for line in lines if line is not None]


def main(arguments: list[str] | None = None) -> None:
    """Write the table of the kept scores beside them, as table.json; those in --raw are reduced and kept first."""
    parser = argparse.ArgumentParser(prog="numerics.detection_table")
    parser.add_argument("--raw", type=Path)
    parser.add_argument("--evidence", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    folder = given.evidence
    if given.raw is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in networks(given.raw):
            store.save(folder / name, *reduced(kept(name, given.raw)))
    lines = table(folder)
    store.write_json(folder / f"{TABLE}.json", [asdict(line) for line in lines])
    print(f"{len(lines)} lines of {len(networks(folder))} networks")


if __name__ == "__main__":
    main()
