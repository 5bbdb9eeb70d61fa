"""A sweep that is killed at any point, or meets a full disk, goes on to the same result, each cell counted once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from numerics import store
from numerics.folder_lock import FolderBusy
from numerics.sweep import read_sweep, run_sweep
from tests.numerics import example_sweeps as example
from tests.numerics.sweep_results import CELLS, CHUNKS, differences, expected, left_over

ROOT = Path(__file__).parents[2]
# Files take their place in pairs, NPZ and then JSON; each is counted.
KILLED_BEFORE_FILE = """
import os, signal, sys
from numerics.sweep import run_sweep
folder, left = sys.argv[1], int(sys.argv[2])
real = os.replace
def replace(source, target):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    real(source, target)
os.replace = replace
run_sweep("tests.numerics.example_sweeps:PLAIN", folder)
"""
SLOW = """
import sys
from numerics.sweep import run_sweep
if __name__ == "__main__":
    run_sweep("tests.numerics.example_sweeps:SLOW", sys.argv[1], workers=2)
"""
# As where Python runs a destructor: what is raised there is dropped.
DEAF = """
import os, signal, sys
from numerics import sweep_chunks
from numerics.sweep import run_sweep
plain = sweep_chunks.write_sealed
def deaf(*arguments):
    plain(*arguments)
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        pass
if __name__ == "__main__":
    sweep_chunks.write_sealed = deaf
    run_sweep("tests.numerics.example_sweeps:SLOW", sys.argv[1], workers=int(sys.argv[2]))
"""
# Second file of the first chunk, first file of one in the middle, both files of the merged result.
STOPS = (1, 10, 2 * CHUNKS, 2 * CHUNKS + 1)


def start(script, *arguments):
    return subprocess.Popen([sys.executable, "-W", "error", "-c", script, *map(str, arguments)], cwd=ROOT)


@pytest.fixture(scope="module")
def right():
    return expected()


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Folders of runs that were killed just before each of the STOPS files took its place."""
    folders = {stop: tmp_path_factory.mktemp(f"killed{stop}") for stop in STOPS}
    processes = [start(KILLED_BEFORE_FILE, folder, stop) for stop, folder in folders.items()]
    assert [process.wait() for process in processes] == [-signal.SIGKILL] * len(STOPS)
    return folders


def assert_each_cell_once(path):
    arrays = read_sweep(path)[0]
    assert len(arrays["seed"]) == len({tuple(row) for row in zip(*(arrays[key] for key in example.GRID), strict=True)})
    assert len(arrays["seed"]) == CELLS


@pytest.mark.parametrize("stop", STOPS)
def test_killed_at_any_file_it_goes_on_to_the_same_result(killed, right, stop):
    folder = killed[stop]
    assert list(folder.rglob(".*.part"))
    ran = run_sweep(example.PLAIN, folder)
    whole = min(stop // 2, CHUNKS)
    assert (ran.found, ran.done, ran.damaged, ran.failed) == (whole, CHUNKS - whole, {}, {})
    assert differences(ran.path, right) == []
    assert_each_cell_once(ran.path)
    assert left_over(folder) == []


def lives(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_while_workers_measure_it_goes_on_and_no_worker_stays(tmp_path, right):
    process = start(SLOW, tmp_path)
    until(lambda: len(list(tmp_path.glob("*.chunks/*.json"))) >= 2)
    with pytest.raises(FolderBusy, match=f"held by process {process.pid} on "):
        run_sweep(example.PLAIN, tmp_path)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    assert process.wait() == -signal.SIGKILL
    until(lambda: not any(lives(worker) for worker in workers))
    whole = len(list(tmp_path.glob("*.chunks/*.json")))
    assert 2 <= whole < CHUNKS
    ran = run_sweep(example.PLAIN, tmp_path)
    assert (ran.found, ran.done) == (whole, CHUNKS - whole)
    assert differences(ran.path, right) == []
    assert_each_cell_once(ran.path)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_that_was_dropped_ends_the_sweep_all_the_same(tmp_path, workers):
    process = subprocess.run(
        [sys.executable, "-c", DEAF, str(tmp_path), str(workers)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert process.returncode == -signal.SIGINT
    assert process.stderr.rstrip().endswith("KeyboardInterrupt")
    assert len(list(tmp_path.glob("*.chunks/*.json"))) == 1
    assert not (tmp_path / ".lock").exists()


def test_an_interrupt_at_the_terminal_ends_the_workers_without_a_word_of_theirs(tmp_path):
    # The whole process group is interrupted, as a terminal does.
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: list(tmp_path.glob("*.chunks/*.json")))
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode not in (None, 0), said
    assert said.count("KeyboardInterrupt") <= 2
    assert "Process SpawnProcess" not in said
    assert not list(tmp_path.rglob(".*.part"))
    assert not (tmp_path / ".lock").exists()


def full_after(files, monkeypatch):
    """Every file after the first `files` leads to a device that is full: the operating system itself refuses."""
    seen, real = set(), store.partial_file

    def partial_file(path):
        part = real(path)
        if part not in seen:
            seen.add(part)
            if len(seen) > files:
                part.symlink_to("/dev/full")
        return part

    monkeypatch.setattr(store, "partial_file", partial_file)


@pytest.mark.parametrize("files", [0, *STOPS])
def test_a_full_disk_stops_it_clearly_and_it_goes_on_later(tmp_path, monkeypatch, right, files):
    with monkeypatch.context() as full:
        full_after(files, full)
        with pytest.raises(
            OSError, match=r"^\[Errno 28\] the sweep stopped because .* \(No space left on device\); what"
        ):
            run_sweep(example.PLAIN, tmp_path)
    whole = min(files // 2, CHUNKS)
    assert len(list(tmp_path.glob("*.chunks/*"))) == 2 * whole
    assert left_over(tmp_path) == []
    assert not (tmp_path / "example.json").exists()
    ran = run_sweep(example.PLAIN, tmp_path)
    assert (ran.found, ran.done, ran.damaged) == (whole, CHUNKS - whole, {})
    assert differences(ran.path, right) == []
    assert_each_cell_once(ran.path)


def test_a_full_disk_does_not_spoil_an_earlier_result(tmp_path, monkeypatch, right):
    ran = run_sweep(example.PLAIN, tmp_path)
    for suffix in ("npz", "json"):
        (tmp_path / "example.chunks" / f"00002.{suffix}").write_bytes(b"")
    with monkeypatch.context() as full:
        full_after(0, full)
        with pytest.raises(OSError, match="the sweep stopped"):
            run_sweep(example.PLAIN, tmp_path)
    assert differences(ran.path, right) == []


def test_a_record_of_failure_that_does_not_fit_stops_it_too(tmp_path, monkeypatch):
    def measure(cells, device):
        raise ValueError("no")

    with monkeypatch.context() as full:
        full_after(3, full)
        with pytest.raises(OSError, match="the sweep stopped"):
            run_sweep(example.declared(measure), tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [f"0000{k}.failed" for k in range(3)]
    assert json.loads((tmp_path / "example.chunks" / "00000.failed").read_text())["reason"] == "ValueError: no"


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(np, "savez_compressed", lambda *_, **__: refused())
    with pytest.raises(PermissionError, match=r"the sweep stopped because .* \(Permission denied\)"):
        run_sweep(example.PLAIN, tmp_path)
