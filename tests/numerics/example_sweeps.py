"""Small sweeps for the tests, found by workers at "tests.numerics.example_sweeps:NAME"."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from numerics.sweep import Cell, Sweep

HERE = "tests.numerics.example_sweeps"
GRID = {"d": (2, 5, 3), "kind": ("one", "two"), "sigma": (0.5, 0.1), "seed": (0, 1, 2)}
QUICK = {"d": (2, 3), "kind": ("one",), "sigma": (0.1,), "seed": (0,)}


def products(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Singular values of products of random matrices: their last digits depend on how BLAS adds up."""
    rows, counts = [], []
    for cell in cells:
        A = np.random.default_rng([cell["seed"], cell["d"]]).standard_normal((60 * cell["d"], 60))
        rows.append(np.linalg.svd(A.T @ A * cell["sigma"], compute_uv=False)[:3])
        counts.append(cell["d"] * len(cell["kind"]))
    return {"values": np.array(rows), "count": np.array(counts), "good": np.array(counts) > 8}


def declared(measure, **changes) -> Sweep:
    """The sweep of the tests with another measure or declaration."""
    declaration = {"grid": GRID, "quick": QUICK, "together": ("kind", "d"), "chunk": 4, **changes}
    return Sweep("example", "Which singular values?", measure=measure, **declaration)


def fatal_once(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Kills its own process at one chunk, the first time: the folder in EXAMPLE_FATAL remembers."""
    if cells[0]["d"] == 5 and cells[0]["kind"] == "two":
        try:
            (Path(os.environ["EXAMPLE_FATAL"]) / "died").touch(exist_ok=False)
        except FileExistsError:
            return products(cells, device)
        os.kill(os.getpid(), signal.SIGKILL)
    return products(cells, device)


def fatal(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Kills its own process at one chunk, whenever that is measured."""
    if cells[0]["d"] == 5 and cells[0]["kind"] == "two":
        os.kill(os.getpid(), signal.SIGKILL)
    return products(cells, device)


def slow(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Long enough to be killed in the middle."""
    time.sleep(0.3)
    return products(cells, device)


def threads(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Threads on which BLAS adds up, those of PyTorch if loaded, and what libraries loaded later are told."""
    torch = sys.modules.get("torch")
    pools = [pool["num_threads"] for pool in threadpool_info()]
    counts = [max(pools), torch.get_num_threads() if torch else 1, int(os.environ["OMP_NUM_THREADS"])]
    return {"threads": np.tile(counts, (len(cells), 1)), "process": np.full(len(cells), os.getpid())}


def poisoned(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Raises for one chunk what cannot be pickled."""
    if cells[0]["d"] == 5 and cells[0]["kind"] == "two":

        class Local(Exception):
            pass

        raise Local("here")
    return products(cells, device)


PLAIN = declared(products)
FATAL_ONCE = declared(fatal_once)
FATAL = declared(fatal)
SLOW = declared(slow)
POISONED = declared(poisoned)
THREADS = declared(threads)
