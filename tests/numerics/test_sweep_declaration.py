"""Declarations of sweeps: which cells a chunk holds, what changes the declaration, and what is refused."""

import itertools
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import numerics.sweeps
from numerics.sweep import Sweep, discover, find
from tests.numerics import bad_sweeps
from tests.numerics import example_sweeps as example

ROOT = Path(__file__).parents[2]

KEYS = ("d", "kind", "noise", "on")
VALUES = st.one_of(
    st.lists(st.integers(-9, 9), min_size=1, max_size=4, unique=True),
    st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=4, unique=True),
    st.lists(st.text(max_size=3), min_size=1, max_size=3, unique=True),
    st.just([False, True]),
)


@st.composite
def declarations(draw):
    keys = draw(st.permutations(("seed", *draw(st.lists(st.sampled_from(KEYS), unique=True)))))
    seeds = draw(st.lists(st.integers(0, 99), min_size=1, max_size=5, unique=True))
    grid = {key: tuple(seeds if key == "seed" else draw(VALUES)) for key in keys}
    quick = {key: values[:1] for key, values in grid.items()}
    together = tuple(draw(st.lists(st.sampled_from(keys), unique=True)))
    return "drawn", "Any?", grid, quick, together, draw(st.integers(1, 9)), print


@given(declarations(), st.booleans())
def test_the_cells_are_the_product_of_the_grid(declaration, quick):
    sweep = Sweep(*declaration)
    grid = sweep.quick if quick else sweep.grid
    expected = [list(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    assert [list(cell.items()) for cell in sweep.cells(quick)] == expected


@given(declarations(), st.booleans())
def test_every_cell_is_in_one_chunk_and_chunks_are_as_declared(declaration, quick):
    sweep = Sweep(*declaration)
    cells, chunks = sweep.cells(quick), sweep.chunks(quick)
    assert sorted(itertools.chain(*chunks)) == list(range(len(cells)))
    assert all(1 <= len(rows) <= sweep.chunk for rows in chunks)
    groups = [{tuple(cells[row][key] for key in sweep.together) for row in rows} for rows in chunks]
    assert all(len(group) == 1 for group in groups)
    # No more chunks than needed: at most one of each group is not full.
    part = [group for group, rows in zip(map(tuple, groups), chunks, strict=True) if len(rows) < sweep.chunk]
    assert len(part) == len(set(part))


@given(declarations())
def test_the_declaration_survives_json_and_equal_sweeps_share_it(declaration):
    sweep = Sweep(*declaration)
    grid = {key: tuple(values) for key, values in json.loads(json.dumps(dict(sweep.grid))).items()}
    again = Sweep(sweep.name, "Another question?", grid, sweep.quick, sweep.together, sweep.chunk, id)
    assert again.declaration(False) == sweep.declaration(False)
    assert again.chunks(False) == sweep.chunks(False)


GRID = example.GRID


@pytest.mark.parametrize(
    "changes",
    [
        {"grid": {**GRID, "d": (2, 3, 5)}},
        {"grid": {**GRID, "d": (2, 5)}},
        {"grid": {**GRID, "sigma": (0.5, 0.10000000000000002)}},
        {"grid": {**GRID, "seed": (0, 1, 3)}},
        {"grid": dict(reversed(GRID.items())), "quick": dict(reversed(example.QUICK.items()))},
        {"together": ("d", "kind")},
        {"together": ("kind",)},
        {"chunk": 5},
    ],
)
def test_what_changes_the_cells_of_a_chunk_changes_the_declaration(changes):
    assert example.declared(print, **changes).declaration(False) != example.PLAIN.declaration(False)


def test_the_quick_grid_is_a_declaration_of_its_own():
    same = example.declared(print, quick=GRID)
    assert same.declaration(True) != same.declaration(False)
    renamed = Sweep("other", same.question, same.grid, same.quick, same.together, same.chunk, print)
    assert renamed.declaration(False) != same.declaration(False)


def test_a_sweep_is_found_by_its_path():
    assert find(f"{example.HERE}:PLAIN") is example.PLAIN


def planted(monkeypatch, tmp_path, **modules):
    """A package of sweeps in place of the house's."""
    for name, sweep in modules.items():
        (tmp_path / f"{name}.py").write_text("")
        module = types.ModuleType(f"numerics.sweeps.{name}")
        if sweep is not None:
            module.SWEEP = sweep
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(numerics.sweeps, "__path__", [str(tmp_path)])


def test_modules_that_define_a_sweep_are_discovered(monkeypatch, tmp_path):
    planted(monkeypatch, tmp_path, example=example.PLAIN, shared=None)
    assert discover() == {"example": example.PLAIN}
    assert find("example") is example.PLAIN
    for unknown in ("shared", "none", "exam_ple"):
        with pytest.raises(ValueError, match=rf"^sweep must be one of example, got '{unknown}'$"):
            find(unknown)


def test_a_sweep_named_unlike_its_module_is_refused(monkeypatch, tmp_path):
    planted(monkeypatch, tmp_path, other_name=example.PLAIN)
    for seek in (discover, lambda: find("other-name")):
        with pytest.raises(ValueError, match=r"^name must be that of its module, got 'example' in numerics.sweeps.oth"):
            seek()


def test_every_sweep_of_the_house_is_declared_and_its_quick_grid_is_smaller():
    for name, sweep in discover().items():
        assert sweep.name == name
        assert len(sweep.cells(True)) < len(sweep.cells(False)), name


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    command = [sys.executable, "-W", "error", "-m", "tests.numerics.bad_sweeps", str(tmp_path_factory.mktemp("bad"))]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("table", "number"),
    [
        (table, number)
        for table, cases in (("declarations", bad_sweeps.DECLARATIONS), ("runs", bad_sweeps.RUNS))
        for number in range(len(cases))
    ],
)
def test_bad_input_is_refused_by_name_value_and_rule(report, table, number):
    argument, _, words = getattr(bad_sweeps, table.upper())[number]
    kind, message = report[table][number]
    assert kind == "ValueError", message
    assert message.startswith((f"{argument} must", f"{argument}["))
    for word in words:
        assert word in message


def test_good_input_is_not_refused_and_other_mistakes_are(report):
    other = report["other"]
    assert other["good"] == ["returned", ""]
    assert other["two kinds of workers"][0] == "ValueError"
    assert "workers must be 1 with a scheduler" in other["two kinds of workers"][1]
    assert "sweep must be given by name or as 'package.module:ATTRIBUTE'" in other["nobody finds it"][1]
    assert "sweep must be one of" in other["no such name"][1]
    assert other["no such file"][0] == "FileNotFoundError"
    assert report["left behind"] == []
