"""What a check is: a decision about a statement, with controls that the same decision must reject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import sympy as sp

from .verdict import CAN_REFUTE, Method


@dataclass(frozen=True)
class Effort:
    """How much numerical work a verification spends; `full` multiplies the number of random problems."""

    full: bool = False
    seed: int = 0

    def count(self, quick: int) -> int:
        """Number of random problems: `quick`, or ten times as many in a full run."""
        return 10 * quick if self.full else quick


@dataclass(frozen=True)
class Table:
    """Numbers that belong beside a verdict, printed by `verify --tables` and `show`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """Result of one decision: `margin` says by how much, `detail` what was counted or what remained."""

    ok: bool
    margin: str = ""
    detail: str = ""
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Control:
    """A mutated statement, decided by the same procedure: `decide` must come out not ok."""

    name: str
    decide: Callable[[], Outcome]


class Bears(StrEnum):
    """What a passing check does for the statement it is about."""

    DECIDES = "decides"
    SUPPORTS = "supports"
    REFUTES = "refutes"


@dataclass(frozen=True)
class Check:
    """One decision about the printed or the corrected statement of a claim.

    A check that `SUPPORTS` must pass like any other but lifts no verdict. `formulas` are what it decides, by name.
    Raises `ValueError` when built to refute by a method that cannot.
    """

    name: str
    method: Method
    decide: Callable[[Effort], Outcome]
    controls: Callable[[Effort], Iterable[Control]]
    bears: Bears = Bears.DECIDES
    about: str = "printed"
    scope: str = ""
    formulas: tuple[tuple[str, sp.Basic], ...] = ()

    def __post_init__(self) -> None:
        if self.bears is Bears.REFUTES and self.method not in CAN_REFUTE:
            raise ValueError(f"method must be exact to refute a statement, got {self.method!r} in {self.name!r}")
        if self.about not in ("printed", "corrected"):
            raise ValueError(f"about must be 'printed' or 'corrected', got {self.about!r} in {self.name!r}")
