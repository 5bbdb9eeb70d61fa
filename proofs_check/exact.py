"""Decisions in exact rational arithmetic: a computation on stated data whose outcome is a yes or a no."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .check import Bears, Check, Control, Effort, Outcome
from .verdict import Method


def exact_check(
    name: str,
    decide: Callable[[], Outcome],
    wrong: Sequence[tuple[str, Callable[[], Outcome]]],
    *,
    about: str = "printed",
    bears: Bears = Bears.DECIDES,
    scope: str = "",
) -> Check:
    """A check by rational arithmetic; each of `wrong` is the same decision on a mutated statement."""

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, decision in wrong:
            yield Control(f"{name}: {label}", decision)

    return Check(name, Method.RATIONAL, lambda effort: decide(), controls, bears, about, scope)
