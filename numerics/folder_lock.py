"""One process at a time in a folder.

The operating system holds the lock for as long as the process lives: it is gone after `kill -9`, and never stale.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


class FolderBusy(RuntimeError):
    """Another process works in the folder; the message says which."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold `folder` for the length of a `with` block. Raises `FolderBusy` if another process holds it."""
    path = folder / LOCK
    descriptor = _locked(path)
    try:
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S %z")}
        os.truncate(descriptor, 0)
        os.write(descriptor, json.dumps(holder).encode())
        yield
    finally:
        # While the lock is still held, so that no other process can have locked the file that goes.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _leads_to(path, descriptor):
                return descriptor
        except BlockingIOError:
            raise FolderBusy(f"folder must not be in use, got {path.parent}, {_holder(descriptor)}") from None
        except BaseException:
            os.close(descriptor)
            raise
        # The holder before us removed this file between our opening and locking it: lock the one that is there now.
        os.close(descriptor)


def _leads_to(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _holder(descriptor: int) -> str:
    try:
        words = os.read(descriptor, 10_000)
    finally:
        os.close(descriptor)
    try:
        holder = json.loads(words)
    except json.JSONDecodeError:
        return "held by a process that is just starting"
    return f"held by process {holder['pid']} on {holder['host']} since {holder['since']}"
