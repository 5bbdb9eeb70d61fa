"""What a sweep is: a question, a declared grid, and how a chunk of its cells is measured.

A cell is one combination of the grid's values, `{"d": 8, "sigma": 0.1, "seed": 3}`, in the order of the grid's product:
the last key changes fastest. A chunk is a set of cells that are measured together. Both follow from the declaration
alone, so that a run that resumes, or that is spread over machines, means the same cells by the same number.

Sweeps are discovered: each module of `numerics.sweeps` that defines `SWEEP`. Others are found by their import path,
"package.module:ATTRIBUTE".
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import json
import math
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import numerics.sweeps

Cell = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A declared sweep.

    `grid` and, for a few minutes on two cores, `quick` map each key to its values: numbers and words, "seed" among the
    keys. Cells that agree in the keys `together` may share a chunk, `chunk` cells at most. `measure(cells, device)`
    returns named arrays of numbers with one row a cell. Where a run did not converge it says so by False in an array
    `converged` and may leave NaN in that cell's rows; NaN or infinity anywhere else, an exception, and a wrong number
    of rows mean that the chunk has failed.

    Raises `ValueError` for a declaration that breaks these rules.
    """

    name: str
    question: str
    grid: Mapping[str, tuple]
    quick: Mapping[str, tuple]
    together: tuple[str, ...]
    chunk: int
    measure: Callable[[list[Cell], str], Mapping[str, np.ndarray]]

    def __post_init__(self) -> None:
        """Refuse what could not be run or resumed."""
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name):
            raise ValueError(f"name must be lower-case words joined by '-', got {self.name!r}")
        if not isinstance(self.question, str) or not self.question.strip():
            raise ValueError(f"question must be a sentence, got {self.question!r}")
        _check_grid(self.grid, "grid")
        _check_grid(self.quick, "quick")
        if list(self.quick) != list(self.grid):
            raise ValueError(f"quick must have the keys of grid {list(self.grid)}, got {list(self.quick)}")
        if not isinstance(self.together, tuple):
            raise ValueError(f"together must be a tuple of keys of grid, got {self.together!r}")
        for key in self.together:
            if key not in self.grid:
                raise ValueError(f"together must hold keys of grid {list(self.grid)}, got {key!r}")
        if isinstance(self.chunk, bool) or not isinstance(self.chunk, int) or self.chunk < 1:
            raise ValueError(f"chunk must be a whole number >= 1, got {self.chunk!r}")
        if not callable(self.measure):
            raise ValueError(f"measure must be callable, got {self.measure!r}")

    def values(self, quick: bool) -> Mapping[str, tuple]:
        """The grid that a run covers: the reduced or the whole one."""
        return self.quick if quick else self.grid

    def cells(self, quick: bool) -> list[Cell]:
        """All cells, in the order of the rows of the merged result."""
        grid = self.values(quick)
        return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]

    def chunks(self, quick: bool) -> list[list[int]]:
        """The rows of the cells of each chunk; together they are all rows, each once."""
        groups: dict[tuple, list[int]] = {}
        for row, cell in enumerate(self.cells(quick)):
            groups.setdefault(tuple(cell[key] for key in self.together), []).append(row)
        return [
            rows[start : start + self.chunk] for rows in groups.values() for start in range(0, len(rows), self.chunk)
        ]

    def declaration(self, quick: bool) -> str:
        """A hash of all that decides which cells a chunk holds: chunks of two declarations never mix."""
        grid = [[key, list(values)] for key, values in self.values(quick).items()]
        return fingerprint([self.name, bool(quick), grid, list(self.together), self.chunk])


def fingerprint(content: Any) -> str:
    """SHA-256 of `content` as JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def discover() -> dict[str, Sweep]:
    """Every sweep of the house by name. `ValueError` for one that is not named like its module."""
    found = map(_defined_in, _modules())
    return {sweep.name: sweep for sweep in found if sweep is not None}


def find(address: str) -> Sweep:
    """The sweep of this name, or at this import path "package.module:ATTRIBUTE". `ValueError` if there is none."""
    if ":" not in address:
        # Only the one module is loaded, so that a worker needs no more than what it measures.
        module = address.replace("-", "_")
        found = _defined_in(module) if module in _modules() else None
        if found is None or found.name != address:
            raise ValueError(f"sweep must be one of {', '.join(discover()) or '(none yet)'}, got {address!r}")
        return found
    module, _, attribute = address.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"sweep must lead to a sweep, got {address!r}: {error}") from error
    if not isinstance(found, Sweep):
        raise ValueError(f"sweep must lead to a sweep, got {address!r}, which is {found!r}")
    return found


def _modules() -> list[str]:
    return sorted(entry.name for entry in pkgutil.iter_modules(numerics.sweeps.__path__))


def _defined_in(module: str) -> Sweep | None:
    sweep = getattr(importlib.import_module(f"numerics.sweeps.{module}"), "SWEEP", None)
    if sweep is not None and sweep.name != module.replace("_", "-"):
        raise ValueError(f"name must be that of its module, got {sweep.name!r} in numerics.sweeps.{module}")
    return sweep


def _check_grid(grid: Mapping[str, tuple], named: str) -> None:
    if not isinstance(grid, Mapping):
        raise ValueError(f"{named} must map each key to its values, got {grid!r}")
    if "seed" not in grid:
        raise ValueError(f"{named} must have the key 'seed', got {list(grid)}")
    for key, values in grid.items():
        if not (isinstance(key, str) and key.isidentifier()) or key == "failed":
            raise ValueError(f"{named} must have names other than 'failed' as keys, got {key!r}")
        if not isinstance(values, tuple) or not values:
            raise ValueError(f"{named}[{key!r}] must be a tuple of at least one value, got {values!r}")
        # Exactly these types: others look the same but do not come back the same from JSON.
        kinds = {float if type(value) is int else type(value) for value in values}
        if len(kinds) > 1 or not kinds <= {bool, float, str}:
            raise ValueError(f"{named}[{key!r}] must be plain numbers, or words, or truth values, got {values!r}")
        if kinds == {float} and not all(math.isfinite(value) for value in values):
            raise ValueError(f"{named}[{key!r}] must be finite, got {values!r}")
        if len(set(values)) < len(values):
            raise ValueError(f"{named}[{key!r}] must not hold a value twice, got {values!r}")
    for seed in grid["seed"]:
        if type(seed) is not int or seed < 0:
            raise ValueError(f"{named}['seed'] must hold whole numbers >= 0, got {seed!r}")
