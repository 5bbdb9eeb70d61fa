"""Decisions from numbers: a law checked on random problems, and Monte Carlo estimates with error bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

SIGMAS = 6.0


@dataclass(frozen=True)
class Law:
    """A law to test: `discrepancy(problem)` must not exceed `tolerance` for any problem drawn.

    The discrepancy is relative to the natural size of the quantity. `tolerance` states the accuracy of the
    numerics, not of the theory.
    """

    name: str
    draw: Callable[[np.random.Generator], Any]
    discrepancy: Callable[[Any], float]
    tolerance: float


def property_check(
    law: Law,
    wrong: Sequence[Law],
    *,
    problems: int,
    about: str = "printed",
    bears: Bears = Bears.SUPPORTS,
    scope: str = "",
    method: Method = Method.PROPERTY,
    tables: Callable[[Effort], tuple[Table, ...]] = lambda effort: (),
) -> Check:
    """A check that a law holds on random problems; each wrong law must fail on the same problems."""

    def decide_about(candidate: Law, effort: Effort, shown: tuple[Table, ...]) -> Outcome:
        rng = np.random.default_rng([effort.seed, *law.name.encode()])
        worst, count = 0.0, effort.count(problems)
        for number in range(count):
            found = candidate.discrepancy(law.draw(rng))
            if not found <= candidate.tolerance:
                detail = f"problem {number} of {count}: discrepancy {found:.3g} over {candidate.tolerance:.2g}"
                return Outcome(False, margin=f"{found:.1e}", detail=detail)
            worst = max(worst, found)
        return Outcome(True, f"worst {worst:.1e} ≤ {candidate.tolerance:.2g}", f"{count} random problems", shown)

    def decide(effort: Effort) -> Outcome:
        return decide_about(law, effort, tables(effort))

    def controls(effort: Effort) -> Iterable[Control]:
        for other in wrong:
            yield Control(f"{law.name}: {other.name}", lambda other=other: decide_about(other, effort, ()))

    return Check(law.name, method, decide, controls, bears, about, scope)


@dataclass(frozen=True)
class Estimate:
    """A sample mean with its standard error, from `count` independent draws."""

    mean: float
    standard_error: float
    count: int


def estimate(values: np.ndarray) -> Estimate:
    """Mean and standard error of independent draws."""
    return Estimate(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))), len(values))


def _in_standard_errors(found: Estimate, predicted: float) -> float:
    """Distance in standard errors beyond rounding (1e-12 of the size), which is all there is if no draw varies."""
    # numpy's maximum, unlike the built-in one, lets NaN through.
    away = float(np.maximum(0.0, abs(found.mean - predicted) - 1e-12 * max(abs(found.mean), abs(predicted))))
    return math.inf if found.standard_error == 0 < away else away / max(found.standard_error, 1e-300)


def false_alarm(values: np.ndarray, beyond: float = SIGMAS) -> float:
    """Chance that the mean of such draws lies `beyond` of its estimated standard errors from the truth, about.

    With γ the skewness over the root of their number, t + γt²/3 + γ²t³/27 + γ/6 of Student's ratio t is nearly normal
    (Hall's transformation).
    """
    away = values - values.mean()
    spread = float(np.sqrt((away**2).mean()))
    skewness = float((away**3).mean()) / spread**3 / math.sqrt(len(values)) if spread > 0 else 0.0

    def nearly_normal(ratio: float) -> float:
        return ratio + skewness * ratio**2 / 3 + skewness**2 * ratio**3 / 27 + skewness / 6

    return (math.erfc(-nearly_normal(-beyond) / math.sqrt(2)) + math.erfc(nearly_normal(beyond) / math.sqrt(2))) / 2


def monte_carlo(
    name: str,
    draw: Callable[[np.random.Generator], tuple[np.ndarray, dict[str, float]]],
    wrong: Iterable[str],
    *,
    problems: int,
    about: str = "printed",
    bears: Bears = Bears.SUPPORTS,
    scope: str = "",
) -> Check:
    """A check that sampled means lie within six standard errors of a prediction on every random problem.

    `draw` returns independent samples and the predictions by name: "claimed", and one for each of `wrong`,
    which must be rejected on at least one problem.
    """

    def decide_about(which: str, effort: Effort) -> Outcome:
        rng = np.random.default_rng([effort.seed, *name.encode()])
        count, farthest, total, chance = effort.count(problems), 0.0, 0, 0.0
        for _ in range(count):
            values, predictions = draw(rng)
            found = estimate(values)
            total += found.count
            chance += false_alarm(values)
            distance = _in_standard_errors(found, predictions[which])
            if not distance <= SIGMAS:
                detail = f"{found.mean:.6g} ± {found.standard_error:.1g} against {predictions[which]:.6g}"
                return Outcome(False, margin=f"{distance:.1f} standard errors", detail=detail)
            farthest = max(farthest, distance)
        detail = f"{count} problems, {total} draws, false-alarm rate about {chance:.0e}"
        return Outcome(True, f"within {farthest:.1f} of {SIGMAS:.0f} standard errors", detail)

    def controls(effort: Effort) -> Iterable[Control]:
        for which in wrong:
            yield Control(f"{name}: {which}", lambda which=which: decide_about(which, effort))

    return Check(
        name,
        Method.STATISTICAL,
        lambda effort: decide_about("claimed", effort),
        controls,
        bears,
        about,
        scope,
    )
