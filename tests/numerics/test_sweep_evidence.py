"""Committed results of sweeps: whole, with their provenance, and of the grid that is declared."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import numerics
from numerics.sweep import Sweep, discover, read_sweep, run_sweep
from numerics.sweep_chunks import write_sealed
from tests.numerics import example_sweeps as example

EVIDENCE = Path(numerics.__file__).parent / "evidence" / "sweeps"
COMMITTED = sorted(path.with_suffix("") for path in EVIDENCE.glob("*.json"))
VERSIONS = {"numpy", "scipy", "torch", "python", "machine"}


def shortcomings(path: Path, known: dict[str, Sweep]) -> list[str]:
    """What a result at `path` lacks to be evidence."""
    arrays, description = read_sweep(path)
    sweep = known.get(path.name)
    if sweep is None or description["sweep"] != path.name:
        return [f"no sweep is called {path.name}"]
    found = []
    grid = sweep.values(description["quick"])
    if description["declaration"] != sweep.declaration(description["quick"]):
        found.append("declared otherwise")
    if description["grid"] != {key: list(values) for key, values in grid.items()}:
        found.append("another grid")
    rows = list(itertools.product(*grid.values()))
    columns = {key: np.array([row[number] for row in rows]) for number, key in enumerate(grid)}
    if not all(np.array_equal(arrays[key], column) for key, column in columns.items()):
        found.append("other cells")
    if {len(array) for array in arrays.values()} != {len(rows)}:
        found.append("not one row a cell")
    if description["seeds"] != list(grid["seed"]):
        found.append("other seeds")
    if description["failed"] or arrays["failed"].any():
        found.append("failed chunks")
    if not description["devices"] or not all(description["devices"]):
        found.append("no device")
    if not description["commits"] or {"", "unknown"} & set(description["commits"]):
        found.append("no commit")
    if not description["seconds"] > 0:
        found.append("no wall time")
    versions = description["versions"]
    if not versions or not all(set(each) == VERSIONS and all(each.values()) for each in versions):
        found.append("no versions")
    return found


def test_committed_evidence_is_whole_and_says_where_it_comes_from():
    assert {path.name: shortcomings(path, discover()) for path in COMMITTED} == {path.name: [] for path in COMMITTED}


def test_nothing_else_is_kept_with_the_evidence():
    kept = {f"{path.name}{suffix}" for path in COMMITTED for suffix in (".json", ".npz")}
    there = {path.name for path in EVIDENCE.glob("*") if not path.name.endswith((".chunks", ".lock", ".md"))}
    assert there == kept


@pytest.fixture(params=[False, True], ids=["whole", "quick"])
def result(request, tmp_path, monkeypatch):
    # In a copy without its repository there is no commit to find.
    monkeypatch.setattr("numerics.sweep_execution._provenance", lambda: dict.fromkeys([*VERSIONS, "commit"], "1"))
    return run_sweep(example.PLAIN, tmp_path, quick=request.param).path


def test_a_finished_sweep_is_evidence(result):
    assert shortcomings(result, {"example": example.PLAIN}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grid": {**example.GRID, "d": (2, 4, 3)}, "quick": {**example.QUICK, "d": (2, 4)}}, "other cells"),
        ({"grid": {**example.GRID, "d": (3, 2)}, "quick": {**example.QUICK, "d": (3,)}}, "not one row a cell"),
        ({"grid": {**example.GRID, "seed": (1, 2)}, "quick": {**example.QUICK, "seed": (1,)}}, "other seeds"),
        ({"chunk": 3}, "declared otherwise"),
    ],
)
def test_the_result_of_another_declaration_is_no_evidence(result, changes, expected):
    known = {"example": example.declared(example.products, **changes)}
    assert expected in shortcomings(result, known)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grid": {"seed": [0]}}, "another grid"),
        ({"devices": []}, "no device"),
        ({"devices": [""]}, "no device"),
        ({"commits": []}, "no commit"),
        ({"commits": ["1", "unknown"]}, "no commit"),
        ({"seconds": 0.0}, "no wall time"),
        ({"versions": []}, "no versions"),
        ({"versions": [{"numpy": "1"}]}, "no versions"),
        ({"versions": [dict.fromkeys(VERSIONS, "")]}, "no versions"),
        ({"failed": [{"chunk": 0}]}, "failed chunks"),
        ({"seeds": [7]}, "other seeds"),
        ({"sweep": "other"}, "no sweep is called example"),
    ],
)
def test_incomplete_provenance_is_no_evidence(result, changes, expected):
    arrays, description = read_sweep(result)
    write_sealed(result, arrays, description | changes)
    assert shortcomings(result, {"example": example.PLAIN}) == [expected]
