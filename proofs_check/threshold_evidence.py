"""Evidence of thresholds in weight decay: kept descents on either side of a prediction, and one of them made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from numerics.sweep import Sweep, evidence, read_sweep
from numerics.threshold_location import Location, locate
from proofs_check.check import Bears, Check, Control, Effort, Outcome, Table
from proofs_check.verdict import Method

# A threshold counts as located if it is bracketed this near to the prediction.
LOCATED = 0.05
# Least number of settings in which it must be.
SETTINGS = 5
# What a descent made anew may differ by from the kept one.
AGAIN = 1e-3

Prediction = Callable[[str], float]


class Threshold(NamedTuple):
    """A sweep over weight decay: its order parameter, the value below which nothing is left, the starts that stay in
    the basin in question, and the settings in which the prediction is said to hold."""

    sweep: Sweep
    order: str
    nothing: float
    start: str
    settings: tuple[str, ...]

    def kept(self) -> dict[str, np.ndarray]:
        """The kept descents, converged or not. Raises `ValueError` if their checksum does not match."""
        return _read(self.sweep.name)

    def chosen(self, setting: str) -> dict[str, np.ndarray]:
        """Converged descents of a setting from the starts in question."""
        arrays = self.kept()
        rows = (arrays["setting"] == setting) & (arrays["start"] == self.start) & arrays["converged"].astype(bool)
        return {key: values[rows] for key, values in arrays.items()}

    def location(self, setting: str) -> Location:
        """Where the order parameter of a setting vanishes."""
        runs = self.chosen(setting)
        return locate(runs["weight_decay"], np.maximum(runs[self.order], 0.0), self.nothing)

    def check(self, name: str, prediction: Prediction, wrong: Mapping[str, Prediction], beyond: str = "") -> Check:
        """That the threshold is where `prediction` says, to 5 % in every setting; each wrong one is rejected, and so
        is the setting `beyond` the hypotheses."""

        def controls(effort: Effort) -> Iterable[Control]:
            del effort
            for label, other in wrong.items():
                yield Control(f"{name}: {label}", lambda other=other: self._located(other, self.settings))
            few = self.settings[: SETTINGS - 1]
            yield Control(f"{name}: {len(few)} settings", lambda: self._located(prediction, few))
            if beyond:
                yield Control(f"{name}: {beyond} too", lambda: self._located(prediction, (*self.settings, beyond)))

        return Check(
            name,
            Method.DESCENT,
            lambda effort: self._located(prediction, self.settings, self._table(prediction)),
            controls,
            scope=self.scope(),
        )

    def scope(self) -> str:
        """How many settings and converged descents a decision rests on."""
        descents = sum(len(self.chosen(setting)["decay"]) for setting in self.settings)
        return f"{len(self.settings)} settings, {descents} converged descents"

    def again(self, cells: Callable[[Effort], int], tolerance: float = AGAIN) -> Check:
        """That one kept descent is found when it is made anew."""

        def run(effort: Effort) -> Outcome:
            row = cells(effort)
            return self._agrees(row, row, tolerance)

        def controls(effort: Effort) -> Iterable[Control]:
            row = cells(effort)
            other = int(np.argmax(np.abs(self.kept()[self.order] - self.kept()[self.order][row])))
            yield Control("a descent made anew: another cell", lambda: self._agrees(row, other, tolerance))

        return Check("a descent made anew", Method.DESCENT, run, controls, Bears.SUPPORTS, scope="one cell")

    def _agrees(self, row: int, kept_row: int, tolerance: float) -> Outcome:
        found = self.sweep.measure([self.sweep.cells(True)[row]], "cpu")
        away = abs(float(found[self.order][0] - self.kept()[self.order][kept_row]))
        return Outcome(bool(found["converged"].all()) and away <= tolerance, f"within {away:.1e}", f"cell {row}")

    def _located(self, prediction: Prediction, settings: tuple[str, ...], tables: tuple[Table, ...] = ()) -> Outcome:
        ends = []
        for setting in settings:
            found, predicted = self.location(setting), prediction(setting)
            ends.append(max(1 - found.low / predicted, found.high / predicted - 1))
        worst = max(ends)
        ok = len(settings) >= SETTINGS and worst <= LOCATED
        return Outcome(bool(ok), f"bracketed within {worst:.1%}", f"{len(settings)} settings", tables)

    def _table(self, prediction: Prediction) -> tuple[Table, ...]:
        arrays, rows = self.kept(), []
        for setting in self.sweep.quick["setting"]:
            for start in self.sweep.quick["start"]:
                here = (arrays["setting"] == setting) & (arrays["start"] == start)
                converged = here & arrays["converged"].astype(bool)
                below = converged & (arrays["decay"] < 1)
                left = int((arrays[self.order][below] >= self.nothing).sum())
                row = [str(setting), str(start), f"{converged.sum()} of {here.sum()}", f"{left} of {below.sum()}"]
                where = ["–", "–"]
                if start == self.start:
                    found, predicted = self.location(setting), prediction(setting)
                    where = [f"{found.low / predicted:.2f} … {found.high / predicted:.2f}"]
                    where.append(f"{found.zero / predicted:.4f}")
                rows.append((*row, *where))
        header = ("setting", "start", "converged", "something left below", "bracket / predicted", "line's zero")
        return (Table(f"{self.sweep.name}: descents, and λ where nothing is left", header, tuple(rows)),)


@cache
def _read(name: str) -> dict[str, np.ndarray]:
    return read_sweep(evidence(name))[0]


def distance_check(
    name: str, apart: Callable[[float], float], tolerance: float, wrong: Mapping[str, float], scope: str
) -> Check:
    """That the kept descents stay within `tolerance` of a law; `apart(f)` is the largest distance with f in place of
    the factor 1 of the law, which every wrong factor misses."""

    def outcome(factor: float) -> Outcome:
        away = apart(factor)
        return Outcome(away <= tolerance, f"within {away:.1e}", "converged descents")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, factor in wrong.items():
            yield Control(f"{name}: {label}", lambda factor=factor: outcome(factor))

    return Check(name, Method.DESCENT, lambda effort: outcome(1.0), controls, scope=scope)
