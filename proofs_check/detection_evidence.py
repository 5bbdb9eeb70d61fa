"""The kept scores of detectors as evidence: lines of the table, and checks that scores and models give that table.

The table's rules and settings were fixed before any trained network was scored (`numerics.detection_table`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np
import torch

from numerics.activation_statistics import PRINTED, RECOMMENDED
from numerics.detection import Draws, statistic_grid
from numerics.detection_evaluation import as_images
from numerics.detection_table import FOLDER, METHODS, PRINTED_LEVEL, Choice, Kept, Row, kept, row
from numerics.image_models import MODELS
from numerics.model_files import load

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

Group = tuple[str, Choice]
Reading = tuple[str, str]

# Scores on another device, with its own rounding of products, must agree to this share of their spread.
AGREEMENT = 0.05


@cache
def table() -> tuple[Row, ...]:
    """The kept table, line by line."""
    return tuple(Row(**line) for line in json.loads((FOLDER / "table.json").read_bytes()))


def hybrids() -> tuple[str, ...]:
    """Networks that memorise and generalise, as they stand in the table."""
    return tuple(dict.fromkeys(line.network for line in table() if "|" not in line.network))


def pairs() -> tuple[str, ...]:
    """Pairs of networks of which one memorises and the other generalises."""
    return tuple(dict.fromkeys(line.network for line in table() if "|" in line.network))


def lines(network: str, choice: Choice) -> list[Row]:
    """The lines of one network, or pair of networks, by one choice of settings."""
    return [line for line in table() if (line.network, line.choice) == (network, choice)]


def line(network: str, choice: Choice, statistic: str) -> Row:
    """One line. Raises `ValueError` if the table has none."""
    for found in lines(network, choice):
        if found.statistic == statistic:
            return found
    raise ValueError(f"the table must have a line of {statistic!r} for {network!r}, {choice}, got none")


def kept_scores(network: str, statistic: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores at the settings decided beforehand of the samples that have one, which are memorised, and clusters."""
    found = kept(network)
    place = found.beforehand(statistic)
    if place is None:
        raise ValueError(f"statistic must have been measured for {network!r}, got {statistic!r}")
    scores = found.arrays["scores"][place].astype(np.float64)
    use = np.isfinite(scores)
    return scores[use], found.memorised[use], found.clusters()[use]


def table_check(name: str, *, count: int = 2, scope: str) -> Check:
    """A check that random lines of the table, intervals included, are what the kept scores give."""

    def decide(effort: Effort, moved: int) -> Outcome:
        rng = np.random.default_rng([effort.seed, *name.encode()])
        within = [each for each in table() if "|" not in each.network]
        chosen = rng.choice(len(within), min(effort.count(count), len(within)), replace=False)
        worst = 0.0
        for number in chosen.tolist():
            stated = within[number]
            asked = METHODS[(METHODS.index(stated.statistic) + moved) % len(METHODS)]
            again = row(kept(stated.network), asked, stated.choice)
            if again is None:
                return Outcome(False, "a line without scores", stated.network)
            ours, theirs = _numbers(again), _numbers(stated)
            worst = max(worst, float(np.abs(ours - theirs).max()))
        return Outcome(worst < 1e-9, f"largest difference {worst:.1e}", f"{len(chosen)} of {len(within)} lines")

    def controls(effort: Effort) -> Iterable[Control]:
        # The next but one: the participation ratio is a function of the recommended statistic.
        yield Control(f"{name}: the scores of another method", lambda: decide(effort, 2))

    return Check(name, Method.DESCENT, lambda effort: decide(effort, 0), controls, Bears.SUPPORTS, scope=scope)


def model_check(name: str, *, samples: int = 4, scope: str) -> Check:
    """A check that the models that ship give the kept scores of random samples anew, on this device."""

    def decide(effort: Effort, factor: float) -> Outcome:
        rng = np.random.default_rng([effort.seed, *name.encode()])
        worst, same = 0.0, True
        for network in hybrids():
            found = kept(network)
            content = (MODELS / f"{network}.safetensors").read_bytes()
            same = same and hashlib.sha256(content).hexdigest() == found.about["model sha256"]
            kinds = [np.flatnonzero(found.memorised == kind) for kind in (True, False)]
            rows = np.concatenate([rng.choice(of, min(samples, len(of)), replace=False) for of in kinds])
            for again, before in _scored_again(found, rows, factor):
                worst = max(worst, float(np.abs(again - before[rows]).max() / before.std()))
        margin = f"scores within {worst:.1e} of their spread"
        return Outcome(
            same and worst < AGREEMENT, margin, f"{2 * samples} samples of each of {len(hybrids())} networks"
        )

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: at twice the noise level", lambda: decide(effort, 2.0))

    return Check(name, Method.DESCENT, lambda effort: decide(effort, 1.0), controls, Bears.SUPPORTS, scope=scope)


def reading_check(
    name: str,
    declared: Mapping[Group, Sequence[Reading]],
    *,
    about: str = "printed",
    rival: str = RECOMMENDED,
    scope: str,
) -> Check:
    """A check that the lines of each group, in the table's order, read as declared: level, and how `rival` compares.

    `rival` is the recommended statistic or BR's own. As tables: the lines, and all settings of either statistic.
    """

    def decide(stated: Mapping[Group, Sequence[Reading]], shown: bool = False) -> Outcome:
        differ, count = [], 0
        for group, readings in stated.items():
            for found, expected in zip(lines(*group), readings, strict=True):
                comparison = found.recommended_is if rival == RECOMMENDED else found.printed_is
                count += 1
                if (found.level, comparison) != expected:
                    differ.append(f"{found.network}, {found.choice}, {found.statistic}: {found.level}, {comparison}")
        tables = (_lines_table(stated), _settings_table()) if shown else ()
        return Outcome(not differ, f"{count - len(differ)} of {count} lines", "; ".join(differ[:2]), tables)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        turned = {group: [*readings[1:], readings[0]] for group, readings in declared.items()}
        yield Control(f"{name}: what the next line says", lambda: decide(turned))

    return Check(name, Method.DESCENT, lambda effort: decide(declared, True), controls, about=about, scope=scope)


def _lines_table(declared: Iterable[Group]) -> Table:
    heads = ("network", "settings", "method", "AUROC", "TPR at 1 % FPR", "‖h‖₄/‖h‖₂ is", "Std is", "s a sample")
    return Table("Detectors", heads, tuple(_shown(found) for group in declared for found in lines(*group)))


def _settings_table() -> Table:
    """How the AUROC of both statistics varies over layers, poolings and noise levels, in each hybrid network."""
    rows = []
    for network in hybrids():
        found = kept(network)
        for statistic in (PRINTED, RECOMMENDED):
            of = [method["statistic"] == statistic for method in found.about["measured"]]
            areas = np.sort(found.arrays["areas"][of, 0])
            ends = (f"{value:.3f}" for value in (areas[0], np.median(areas), areas[-1]))
            counts = (str(int((areas < 0.5).sum())), str(int((areas >= PRINTED_LEVEL).sum())))
            rows.append((network, statistic, str(len(areas)), *ends, *counts))
    heads = ("network", "statistic", "settings", "least", "median", "largest", "below 1/2", f"{PRINTED_LEVEL} or more")
    return Table("AUROC over layers, poolings and noise levels, of all samples", heads, tuple(rows))


def _numbers(found: Row) -> np.ndarray:
    return np.array([value for value in vars(found).values() if isinstance(value, int | float)])


def _shown(found: Row) -> tuple[str, ...]:
    return (
        *(found.network, found.choice, found.statistic),
        f"{found.auroc:.3f} [{found.auroc_low:.3f}, {found.auroc_high:.3f}]",
        f"{found.tpr:.3f} [{found.tpr_low:.3f}, {found.tpr_high:.3f}]",
        *(found.recommended_is, found.printed_is, f"{found.seconds:.1e}"),
    )


def _scored_again(found: Kept, rows: np.ndarray, factor: float) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Scores of some samples by Std and by the recommended statistic, now and before, at `factor` times the level."""
    denoiser, _ = load(MODELS / f"{found.name}.safetensors")
    plan = found.about["plan"]
    for statistic in (PRINTED, RECOMMENDED):
        place = found.beforehand(statistic)
        assert place is not None
        method = found.about["methods"][place]
        x = as_images(found.arrays["samples"][rows]).to(torch.float32)
        draws = Draws(plan["draws"], plan["seed"], len(rows))
        again = statistic_grid(
            denoiser, x, [factor * method["sigma"]], [method["layer"]], [method["pool"]], [statistic], draws
        )
        yield again[0, 0, 0, 0], found.arrays["scores"][place].astype(np.float64)
