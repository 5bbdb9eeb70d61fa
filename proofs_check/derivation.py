"""A derivation: named exact steps, each decided anew, each with automatic controls that must fail."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import sympy as sp

from .check import Bears, Check, Control, Effort, Outcome
from .mutation import mutants
from .symbolic import AtLeast, Decision
from .verdict import Method

CONTROLS_PER_STEP = 4
TEST_POINTS = 3


@runtime_checkable
class Step(Protocol):
    """An exact statement about two sides, decidable, and falsifiable at points."""

    @property
    def name(self) -> str: ...
    @property
    def left(self) -> Any: ...
    @property
    def right(self) -> Any: ...
    def decide(self) -> Decision: ...
    def with_right(self, right: Any) -> Step: ...
    def candidate_points(self) -> Iterable[Any]: ...
    def false_at(self, point: Any) -> bool | None: ...


def derivation(
    name: str,
    steps: Sequence[Step],
    *,
    about: str = "printed",
    bears: Bears = Bears.DECIDES,
    scope: str = "general parameters",
    also_rejected: Sequence[Step] = (),
) -> Check:
    """A symbolic check that all `steps` hold; `also_rejected` are hand-written wrong steps that must not."""

    def decide(effort: Effort) -> Outcome:
        del effort
        for step in steps:
            decision = step.decide()
            if not decision.holds:
                return Outcome(False, margin="no", detail=decision.remainder)
        return Outcome(True, margin="exact", detail=f"{len(steps)} steps: " + "; ".join(s.name for s in steps))

    def controls(effort: Effort) -> Iterable[Control]:
        for step in steps:
            yield from _step_controls(step, effort)
        for step in also_rejected:
            yield Control(f"by hand: {step.name}", _as_outcome(step))

    return Check(
        name, Method.SYMBOLIC, decide, controls, bears, about, scope, tuple((s.name, relation(s)) for s in steps)
    )


def relation(step: Step) -> sp.Basic:
    """The step as it is written: left = right, left ≥ right or left > right."""
    if isinstance(step, AtLeast):
        return (sp.Gt if step.strict else sp.Ge)(step.left, step.right, evaluate=False)
    return sp.Eq(step.left, step.right, evaluate=False)


def _as_outcome(step: Step):
    return lambda: Outcome(step.decide().holds, margin="control")


def _step_controls(step: Step, effort: Effort) -> Iterable[Control]:
    """Mutants of a step's right side that are finite, and false, at some test point.

    A mutant that stays true at every test point is an equivalent formula or, for an inequality, a weaker one.
    """
    candidates = mutants(step.right)
    random.Random(f"{step.name}:{effort.seed}").shuffle(candidates)
    points = points_where_defined(step, TEST_POINTS)
    yielded = 0
    for label, right in candidates:
        if yielded == CONTROLS_PER_STEP and not effort.full:
            return
        mutated = step.with_right(right)
        verdicts = [mutated.false_at(point) for point in points]
        if any(verdicts) and None not in verdicts:
            yielded += 1
            yield Control(f"{step.name}: {label}", _as_outcome(mutated))


def points_where_defined(step: Step, count: int) -> list[Any]:
    """The first `count` candidate points where the step itself is defined; `ValueError` if there are fewer."""
    defined = (point for point in step.candidate_points() if step.false_at(point) is not None)
    points = list(islice(defined, count))
    if len(points) < count:
        raise ValueError(f"step must be finite at {count} test points, got {len(points)} for {step.name!r}")
    return points
