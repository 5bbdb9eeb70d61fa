"""Running a sweep: what is merged, resumed, measured again, refused, and told."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from numerics import store
from numerics.folder_lock import FolderBusy, alone_in
from numerics.sweep import PROVENANCE, find, read_sweep, run_sweep
from tests.numerics import example_sweeps as example
from tests.numerics.sweep_results import CELLS, CHUNKS, differences, expected, left_over


@pytest.fixture(scope="module")
def right():
    return expected()


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return run_sweep(example.PLAIN, tmp_path_factory.mktemp("finished"))


@pytest.fixture
def finished(once, tmp_path):
    """A finished run of the example, in a folder of its own."""
    shutil.copytree(once.path.parent, tmp_path, dirs_exist_ok=True)
    return replace(once, path=tmp_path / "example")


def chunk(path, number, suffix):
    return path.with_name("example.chunks") / f"{number:05d}.{suffix}"


def test_the_result_is_what_measuring_by_hand_gives(tmp_path, right):
    ran = run_sweep(f"{example.HERE}:PLAIN", str(tmp_path / "new" / "folder"))
    assert ran.path == tmp_path / "new" / "folder" / "example"
    assert (ran.cells, ran.chunks, ran.done, ran.found, ran.damaged, ran.failed) == (CELLS, CHUNKS, CHUNKS, 0, {}, {})
    assert differences(ran.path, right) == []
    assert left_over(ran.path.parent) == []


def test_a_result_that_differs_in_the_last_bit_would_be_seen(finished, right):
    moved = {**right, "values": right["values"].copy()}
    moved["values"][17, 2] = np.nextafter(moved["values"][17, 2], np.inf)
    assert differences(finished.path, moved) == ["values"]
    assert differences(finished.path, {**right, "count": right["count"].astype(float)}) == ["count"]
    assert differences(finished.path, right | {"more": right["count"]}) == ["more"]


@pytest.mark.parametrize("suffix", ["", ".npz", ".json"])
def test_a_result_says_what_it_is_and_where_it_comes_from(finished, suffix):
    description = read_sweep(f"{finished.path}{suffix}")[1]
    assert set(description) == set(PROVENANCE)
    assert description["sweep"] == "example"
    assert description["question"] == "Which singular values?"
    assert description["quick"] is False
    assert description["grid"] == {key: list(values) for key, values in example.GRID.items()}
    assert list(description["grid"]) == list(example.GRID)
    assert description["declaration"] == example.PLAIN.declaration(False)
    assert description["seeds"] == [0, 1, 2]
    assert description["devices"] == ["cpu"]
    here = store.provenance()
    assert description["commits"] == [here.pop("commit")]
    assert description["versions"] == [here]
    assert description["failed"] == []
    accounts = [json.loads(chunk(finished.path, number, "json").read_text()) for number in range(CHUNKS)]
    assert description["seconds"] == pytest.approx(math.fsum(account["seconds"] for account in accounts), abs=1e-5)
    assert all(account["commit"] == store.provenance()["commit"] for account in accounts)


def test_the_shortest_measurement_takes_time(tmp_path):
    at_once = example.declared(lambda cells, device: {"place": np.arange(len(cells))})
    assert read_sweep(run_sweep(at_once, tmp_path, quick=True).path)[1]["seconds"] > 0


def test_the_quick_grid_is_measured_alone(tmp_path):
    ran = run_sweep(example.PLAIN, tmp_path, quick=True)
    assert (ran.cells, ran.chunks) == (2, 2)
    arrays, description = read_sweep(ran.path)
    assert arrays["d"].tolist() == [2, 3]
    assert description["quick"] is True
    assert description["grid"] == {key: list(values) for key, values in example.QUICK.items()}


def test_what_is_there_is_not_measured_again(finished, tmp_path, right):
    def never(cells, device):
        raise AssertionError("measured again")

    told = []
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.chunks/*")}
    again = run_sweep(example.declared(never), tmp_path, progress=told.append)
    assert (again.done, again.found, again.failed, again.damaged) == (0, CHUNKS, {}, {})
    assert {news.state for news in told} == {"found"}
    assert sorted(news.number for news in told) == list(range(CHUNKS))
    assert differences(again.path, right) == []
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.chunks/*")}


def test_a_result_without_its_chunks_is_finished_too(finished, tmp_path):
    for path in tmp_path.glob("*.chunks/*"):
        path.unlink()
    (tmp_path / "example.chunks").rmdir()
    before = finished.path.with_suffix(".json").read_bytes()
    again = run_sweep(example.PLAIN, tmp_path)
    assert (again.cells, again.chunks, again.done, again.found) == (CELLS, CHUNKS, 0, CHUNKS)
    assert finished.path.with_suffix(".json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["example.json", "example.npz"]
    # Not so if it is damaged.
    finished.path.with_suffix(".npz").write_bytes(b"")
    assert run_sweep(example.PLAIN, tmp_path).done == CHUNKS


def truncated(path):
    path.write_bytes(path.read_bytes()[:-7])


def emptied(path):
    path.write_bytes(b"")


def one_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def removed(path):
    path.unlink()


def another_number(path):
    path.write_text(path.read_text().replace('"seconds": ', '"seconds": 1'))


def another_declaration(path):
    path.write_text(path.read_text().replace('"quick": false', '"quick": true'))


def no_seal(path):
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if "256" not in key}))


def a_list(path):
    path.write_text("[]")


def of_another_chunk(path):
    for suffix in (".npz", ".json"):
        path.with_suffix(suffix).write_bytes(path.with_name("00003").with_suffix(suffix).read_bytes())


@pytest.mark.parametrize(
    ("damage", "suffix"),
    [
        *[(damage, "npz") for damage in (truncated, emptied, one_bit, removed)],
        *[(damage, "json") for damage in (truncated, emptied, one_bit, another_number, another_declaration, no_seal)],
        *[(damage, "json") for damage in (a_list, of_another_chunk)],
    ],
)
def test_a_damaged_chunk_is_told_and_measured_again(finished, tmp_path, right, damage, suffix):
    damage(chunk(finished.path, 5, suffix))
    told = []
    again = run_sweep(example.PLAIN, tmp_path, progress=told.append)
    assert list(again.damaged) == [5]
    assert (again.done, again.found) == (1, CHUNKS - 1)
    assert [(news.number, news.state) for news in told if news.state != "found"] == [(5, "damaged"), (5, "done")]
    assert all(news.reason == again.damaged[5] for news in told if news.state == "damaged")
    assert again.damaged[5]
    assert differences(again.path, right) == []
    assert run_sweep(example.PLAIN, tmp_path).damaged == {}


@pytest.mark.parametrize("damage", [truncated, emptied, one_bit])
@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_damaged_result_is_not_read_and_is_merged_anew(finished, tmp_path, right, damage, suffix):
    damage(finished.path.with_suffix(suffix))
    with pytest.raises(ValueError, match=r"^path must lead to"):
        read_sweep(finished.path)
    assert run_sweep(example.PLAIN, tmp_path).found == CHUNKS
    assert differences(finished.path, right) == []


@pytest.mark.parametrize("change", [another_number, no_seal, a_list])
def test_an_altered_description_is_not_read(finished, change):
    change(finished.path.with_suffix(".json"))
    with pytest.raises(ValueError, match="path must lead to"):
        read_sweep(finished.path)


def test_a_chunk_is_no_merged_result(finished):
    with pytest.raises(ValueError, match=r"^path must lead to a merged sweep, got .* lacks question, seeds"):
        read_sweep(chunk(finished.path, 0, "npz"))


@pytest.mark.parametrize(
    ("changes", "quick", "words"),
    [
        ({}, True, "with quick False, not True"),
        ({"grid": {**example.GRID, "seed": (0, 1, 3)}}, False, r"with grid \{.*\[0, 1, 2\]\}, not \{.*\[0, 1, 3\]\}"),
        ({"chunk": 5}, False, "cut into other chunks"),
        ({"together": ("d",)}, False, "cut into other chunks"),
    ],
)
@pytest.mark.parametrize("merged", [True, False])
def test_results_of_another_declaration_are_refused_and_left_alone(finished, tmp_path, changes, quick, words, merged):
    if not merged:
        finished.path.with_suffix(".json").unlink()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    with pytest.raises(ValueError, match=rf"^folder must hold results of this declaration only, got .*{words}: choose"):
        run_sweep(example.declared(example.products, **changes), tmp_path, quick=quick)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == before


def test_a_commit_that_differs_is_written_down(finished, tmp_path, monkeypatch):
    chunk(finished.path, 4, "json").unlink()
    monkeypatch.setattr(
        "numerics.sweep_execution._provenance", lambda: {**store.provenance(), "commit": "later", "numpy": "9.9"}
    )
    run_sweep(example.PLAIN, tmp_path)
    description = read_sweep(finished.path)[1]
    assert description["commits"] == [store.provenance()["commit"], "later"]
    assert [versions["numpy"] for versions in description["versions"]] == [np.__version__, "9.9"]


def poisoned(how):
    """The example, spoilt in the chunks of d = 5 and kind "one"; "kind" makes it two chunks, of four cells and two."""

    def measure(cells, device):
        found = example.products(cells, device)
        return how(found) if cells[0]["d"] == 5 and cells[0]["kind"] == "one" else found

    return example.declared(measure)


def raises(found):
    raise ArithmeticError("too hot")


def has_nan(found):
    found["values"][-1, 1] = np.nan
    return found


def lacks_a_row(found):
    return found | {"count": found["count"][1:]}


def has_another_shape(found):
    return found | {"values": found["values"][:, :2]}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (raises, "ArithmeticError: too hot"),
        (has_nan, "ValueError: measure must return finite numbers, got 'values' not finite in cell {'d': 5, 'kind': "),
        (lacks_a_row, "ValueError: measure must return one row for each of"),
        (has_another_shape, "measure must return the same arrays for every chunk, got {'count'"),
    ],
)
def test_a_poisoned_chunk_is_recorded_and_does_not_stop_the_others(tmp_path, right, how, words):
    told = []
    ran = run_sweep(poisoned(how), tmp_path, progress=told.append)
    assert (ran.done, ran.found, list(ran.failed)) == (CHUNKS - 2, 0, [4, 5])
    assert all(reason.startswith(words) for reason in ran.failed.values())
    assert [(news.number, news.reason) for news in told if news.state == "failed"] == list(ran.failed.items())
    record = json.loads(chunk(ran.path, 4, "failed").read_text())
    assert record["reason"] == ran.failed[4]
    assert ("Traceback" in record["trace"]) == (how is not has_another_shape)
    arrays, description = read_sweep(ran.path)
    assert description["failed"] == [
        {"chunk": 4, "cells": 4, "reason": ran.failed[4]},
        {"chunk": 5, "cells": 2, "reason": ran.failed[5]},
    ]
    bad = (right["d"] == 5) & (right["kind"] == "one")
    assert np.array_equal(arrays["failed"], bad)
    for name in ("values", "count", "good"):
        assert np.array_equal(arrays[name][~bad], right[name][~bad])
        assert np.isnan(arrays[name][bad]).all()
    for name in example.GRID:
        assert np.array_equal(arrays[name], right[name])

    # A later run tries it again, and nothing of the failure remains.
    again = run_sweep(example.PLAIN, tmp_path)
    assert (again.done, again.found, again.failed) == (2, CHUNKS - 2, {})
    assert differences(again.path, right) == []
    assert left_over(tmp_path) == []


def test_when_every_chunk_fails_the_result_says_so(tmp_path):
    def measure(cells, device):
        raise ValueError("no")

    ran = run_sweep(example.declared(measure), tmp_path)
    assert len(ran.failed) == CHUNKS
    arrays, description = read_sweep(ran.path)
    assert arrays["failed"].all()
    assert set(arrays) == {*example.GRID, "failed"}
    assert len(description["failed"]) == CHUNKS


def test_an_interrupt_stops_the_run_and_keeps_what_there_is(tmp_path, right):
    def measure(cells, device):
        if cells[0]["d"] == 5:
            raise KeyboardInterrupt
        return example.products(cells, device)

    with pytest.raises(KeyboardInterrupt):
        run_sweep(example.declared(measure), tmp_path)
    ran = run_sweep(example.PLAIN, tmp_path)
    assert (ran.done, ran.found) == (CHUNKS - 4, 4)
    assert differences(ran.path, right) == []


def test_measure_cannot_change_the_cells(tmp_path, right):
    def measure(cells, device):
        found = example.products(cells, device)
        for cell in cells:
            cell.clear()
        return found

    assert differences(run_sweep(example.declared(measure), tmp_path).path, right) == []


def test_a_folder_in_use_is_refused(tmp_path):
    with alone_in(tmp_path), pytest.raises(FolderBusy, match="folder must not be in use"):
        run_sweep(example.PLAIN, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_sweeps_name_is_needed_by_workers_elsewhere(tmp_path):
    assert find(f"{example.HERE}:PLAIN") is example.PLAIN
    with pytest.raises(ValueError, match=r"^sweep must be given by name or as"):
        run_sweep(example.PLAIN, tmp_path, workers=2)
