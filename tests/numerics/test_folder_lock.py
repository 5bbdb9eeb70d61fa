"""One process at a time in a folder, for as long as it lives."""

import fcntl
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from numerics import folder_lock
from numerics.folder_lock import FolderBusy, alone_in

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from numerics.folder_lock import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_and_told_the_first(tmp_path):
    with holder(tmp_path) as first:
        with (
            pytest.raises(FolderBusy, match=rf"held by process {first.pid} on {re.escape(socket.gethostname())} since"),
            alone_in(tmp_path),
        ):
            pass
        first.communicate("")
    with alone_in(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_killed_process_holds_nothing(tmp_path):
    with holder(tmp_path) as first:
        first.kill()
    assert (tmp_path / ".lock").exists()
    with alone_in(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_the_folder_is_free_after_an_exception(tmp_path):
    with pytest.raises(ZeroDivisionError), alone_in(tmp_path):
        raise ZeroDivisionError
    with alone_in(tmp_path), pytest.raises(FolderBusy), alone_in(tmp_path):
        pass


def test_a_holder_that_has_not_yet_signed_is_a_holder(tmp_path):
    with (tmp_path / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(FolderBusy, match="held by a process that is just starting"), alone_in(tmp_path):
            pass


@pytest.mark.parametrize("replaced", [True, False])
def test_a_lock_removed_between_opening_and_locking_is_not_taken_for_one(tmp_path, monkeypatch, replaced):
    def late(descriptor, how):
        # The earlier holder leaves now, and, if `replaced`, another one makes a file of its own.
        if not locked:
            (tmp_path / ".lock").unlink()
            if replaced:
                (tmp_path / ".lock").touch()
        locked.append(descriptor)
        real(descriptor, how)

    locked, real = [], fcntl.flock
    monkeypatch.setattr(folder_lock.fcntl, "flock", late)
    with alone_in(tmp_path):
        assert len(locked) == 2
        monkeypatch.undo()
        with pytest.raises(FolderBusy, match=f"held by process {os.getpid()}"), alone_in(tmp_path):
            pass
