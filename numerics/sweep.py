"""Running a sweep: a declared grid is measured in chunks, kept chunk by chunk, and merged into one result.

`run_sweep` goes on from whatever an earlier run left behind. Only the calling process writes; a chunk is whole on the
disk or absent, so that a run which is killed, or meets a full disk, loses at most the chunks in progress. The result,
FOLDER/name.npz and FOLDER/name.json, has a row for each cell of the grid.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

from numerics import store
from numerics.device import known_device, present_device
from numerics.folder_lock import alone_in
from numerics.interrupts import remembered_interrupts
from numerics.sweep_chunks import (
    VERSIONS,
    Arrays,
    ChunkFolder,
    identity,
    read_sealed,
    refuse_another,
    remove_parts,
    write_sealed,
)
from numerics.sweep_declaration import Cell, Sweep, discover, find
from numerics.sweep_execution import Measured, Task, in_processes, in_this_process, on_cluster

__all__ = [
    "PROVENANCE",
    "Cell",
    "ChunkNews",
    "Sweep",
    "SweepRun",
    "discover",
    "evidence",
    "find",
    "read_sweep",
    "run_sweep",
]

# What the description of a merged result says: which sweep, what it was computed with, and what has failed.
PROVENANCE = (
    *("sweep", "question", "quick", "grid", "declaration", "seeds"),
    *("versions", "devices", "commits", "seconds", "failed"),
)


def evidence(name: str) -> Path:
    """Where the kept result of the sweep `name` stands in the package, as `read_sweep` takes it."""
    return Path(__file__).parent / "evidence" / "sweeps" / name


@dataclass(frozen=True)
class ChunkNews:
    """Something about a chunk: found finished, found damaged (and measured again), done, or failed."""

    number: int
    chunks: int
    state: Literal["found", "damaged", "done", "failed"]
    reason: str = ""


@dataclass(frozen=True)
class SweepRun:
    """What a run did: where the result stands, and how many chunks were done, found, and (why) damaged or failed."""

    path: Path
    cells: int
    chunks: int
    done: int
    found: int
    damaged: Mapping[int, str]
    failed: Mapping[int, str]
    seconds: float


def run_sweep(
    sweep: Sweep | str,
    folder: Path | str,
    *,
    quick: bool = False,
    device: str = "cpu",
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[ChunkNews], object] | None = None,
) -> SweepRun:
    """Measure what is not yet in `folder` of a sweep, given as such, by name, or as "package.module:ATTRIBUTE".

    `workers` processes of this machine measure, or those of the dask scheduler at the address `scheduler`; with either
    the sweep must be given by name or path, or be one of the house. A chunk that fails is recorded with the reason,
    does not stop the others, and is tried again by the next run. The result is the same bit for bit however the
    chunks were spread, for a `measure` that is deterministic on its device.

    Raises `ValueError` for bad arguments and for a folder that holds results of another declaration, `FolderBusy`
    (`numerics.folder_lock`) while another process works in it, `ConnectionError` for a scheduler that does not answer,
    and `OSError` when the disk is full; what was measured until then is kept.
    """
    begun = time.perf_counter()
    _check_machine(device, workers, scheduler)
    sweep, address = _resolved(sweep, workers > 1 or scheduler is not None)
    if not isinstance(folder, Path | str):
        raise ValueError(f"folder must be a path, got {folder!r}")
    if not isinstance(quick, bool):
        raise ValueError(f"quick must be True or False, got {quick!r}")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"folder must be a folder, got the file {folder}")
    tell = progress or (lambda news: None)
    rows = sweep.chunks(quick)
    cells = sweep.cells(quick)
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        path = folder / sweep.name
        remove_parts(folder, of=f"{sweep.name}.")
        if store.exists(path):
            refuse_another(path, sweep, quick)
        chunks = ChunkFolder(folder / f"{sweep.name}.chunks", sweep, quick)
        if not chunks.path.exists() and _is_complete(path):
            return SweepRun(path, len(cells), len(rows), 0, len(rows), {}, {}, time.perf_counter() - begun)
        with _stops_on_a_full_disk(folder):
            chunks.begin()
        results, damaged = chunks.found()
        for number in results:
            tell(ChunkNews(number, len(rows), "found"))
        for number, reason in damaged.items():
            tell(ChunkNews(number, len(rows), "damaged", reason))
        found, failed = len(results), {}
        declared = sweep.declaration(quick)
        tasks = [
            Task(number, [cells[row] for row in held], device, quick, declared)
            for number, held in enumerate(rows)
            if number not in results
        ]
        measuring = _measured(sweep, address, tasks, workers, scheduler)
        with remembered_interrupts() as end_if_interrupted, closing(measuring) as measured:
            for result in measured:
                result = _alike(result, results)
                with _stops_on_a_full_disk(folder):
                    account = chunks.keep(result)
                if result.arrays is None:
                    failed[result.number] = result.reason
                    tell(ChunkNews(result.number, len(rows), "failed", result.reason))
                else:
                    results[result.number] = result.arrays, account
                    tell(ChunkNews(result.number, len(rows), "done"))
                end_if_interrupted()
        failed = dict(sorted(failed.items()))
        with _stops_on_a_full_disk(folder):
            write_sealed(path, *_merged(sweep, quick, results, failed))
    done = len(results) - found
    return SweepRun(path, len(cells), len(rows), done, found, damaged, failed, time.perf_counter() - begun)


def read_sweep(path: Path | str) -> tuple[Arrays, dict[str, Any]]:
    """Arrays and description of a merged result; `path` leads to its NPZ or JSON file, or to both without suffix.

    The arrays are the grid's keys and what was measured, one row a cell, and `failed`: rows of failed cells hold NaN.
    Raises `ValueError` if the files were altered or are no merged sweep, `FileNotFoundError` if one is missing.
    """
    path = Path(path)
    arrays, description = read_sealed(path.with_suffix("") if path.suffix in (".npz", ".json") else path)
    absent = [key for key in PROVENANCE if key not in description]
    if absent:
        raise ValueError(f"path must lead to a merged sweep, got {path} whose description lacks {', '.join(absent)}")
    return arrays, description


def _resolved(sweep: Sweep | str, elsewhere: bool) -> tuple[Sweep, str]:
    if isinstance(sweep, str):
        return find(sweep), sweep
    if not isinstance(sweep, Sweep):
        raise ValueError(f"sweep must be a sweep or the name of one, got {sweep!r}")
    if elsewhere and discover().get(sweep.name) is not sweep:
        raise ValueError(
            f"sweep must be given by name or as 'package.module:ATTRIBUTE' for other processes to find it, "
            f"got {sweep.name!r}"
        )
    return sweep, sweep.name


def _check_machine(device: str, workers: int, scheduler: str | None) -> None:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers must be a whole number >= 1, got {workers!r}")
    if not isinstance(scheduler, str | None):
        raise ValueError(f"scheduler must be an address or None, got {scheduler!r}")
    if scheduler is not None and workers != 1:
        raise ValueError(f"workers must be 1 with a scheduler, which has its own, got {workers!r}")
    if scheduler is not None and find_spec("distributed") is None:
        raise ValueError(f"scheduler must be None without dask (pip install 'memorem[cluster]'), got {scheduler!r}")
    # With a scheduler the machines that measure are others.
    (known_device if scheduler is not None else present_device)(device)


def _measured(
    sweep: Sweep, address: str, tasks: Sequence[Task], workers: int, scheduler: str | None
) -> Generator[Measured, None, None]:
    if not tasks:
        return
    if scheduler is not None:
        yield from on_cluster(address, tasks, scheduler)
    elif workers > 1:
        yield from in_processes(address, tasks, workers)
    else:
        yield from in_this_process(sweep, tasks)


def _alike(result: Measured, others: Mapping[int, tuple[Arrays, Mapping[str, Any]]]) -> Measured:
    """The result, failed if its arrays could not be merged with those that are there."""
    if result.arrays is None or not others:
        return result
    number, (known, _) = next(iter(others.items()))
    ours, theirs = _layout(result.arrays), _layout(known)
    if ours == theirs:
        return result
    reason = f"measure must return the same arrays for every chunk, got {ours}, unlike {theirs} of chunk {number}"
    return replace(result, arrays=None, reason=reason)


def _layout(arrays: Arrays) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (array.dtype.name, array.shape[1:]) for name, array in sorted(arrays.items())}


def _merged(
    sweep: Sweep,
    quick: bool,
    results: Mapping[int, tuple[Arrays, Mapping[str, Any]]],
    failed: Mapping[int, str],
) -> tuple[Arrays, dict[str, Any]]:
    cells, rows = sweep.cells(quick), sweep.chunks(quick)
    arrays = {key: np.array([cell[key] for cell in cells]) for key in sweep.grid}
    arrays["failed"] = np.zeros(len(cells), dtype=bool)
    for number in failed:
        arrays["failed"][rows[number]] = True
    first = next(iter(results.values()))[0] if results else {}
    for name, example in sorted(first.items()):
        # NaN, not a number that could be taken for a measured one.
        dtype = np.result_type(example.dtype, np.float64) if failed and example.dtype.kind != "f" else example.dtype
        whole = np.full((len(cells), *example.shape[1:]), np.nan if failed else 0, dtype=dtype)
        for number, (measured, _) in results.items():
            whole[rows[number]] = measured[name]
        arrays[name] = whole
    accounts = [account for _, (_, account) in sorted(results.items())]
    return arrays, {
        **identity(sweep, quick),
        "question": sweep.question,
        "seeds": list(sweep.values(quick)["seed"]),
        "versions": _distinct({name: account[name] for name in VERSIONS} for account in accounts),
        "devices": _distinct(account["device"] for account in accounts),
        "commits": _distinct(account["commit"] for account in accounts),
        "seconds": round(sum(account["seconds"] for account in accounts), 6),
        "failed": [{"chunk": number, "cells": len(rows[number]), "reason": why} for number, why in failed.items()],
    }


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _is_complete(path: Path) -> bool:
    """Whether a sound result without failures stands at `path`, its chunks gone."""
    try:
        return not read_sweep(path)[1]["failed"]
    except (ValueError, FileNotFoundError):
        return False


@contextmanager
def _stops_on_a_full_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(
            error.errno,
            f"the sweep stopped because {folder} could not be written to ({error.strerror or error}); "
            "what was measured until then is kept, and the same command goes on from there",
        ) from error
