"""Where the chunks of a sweep are measured: here, in processes of this machine, or on a cluster.

Workers are given a sweep's address and plain cells and look the sweep up themselves; arrays come back. Every chunk is
measured on one thread, since the order in which threads add up would change the last digits. A chunk that fails, or
whose worker dies twice, comes back with the reason in place of arrays.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from numerics import store
from numerics.sweep_declaration import Cell, Sweep, find

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

CONNECT_SECONDS = 10


@dataclass(frozen=True, eq=False)
class Task:
    """One chunk to measure; `declaration` is that of the process which hands it out."""

    number: int
    cells: list[Cell]
    device: str
    quick: bool
    declaration: str


@dataclass(frozen=True, eq=False)
class Measured:
    """What became of a chunk: arrays with one row a cell, or the reason why there are none, and what it ran on."""

    number: int
    arrays: dict[str, np.ndarray] | None = None
    reason: str = ""
    trace: str = ""
    account: Mapping[str, Any] = field(default_factory=dict)


def measured(sweep: Sweep, task: Task) -> Measured:
    """Measure one chunk in this process, on however many threads it has."""
    begun = time.perf_counter()
    arrays, reason, trace = None, "", ""
    try:
        if sweep.declaration(task.quick) != task.declaration:
            raise ValueError(f"sweep must be declared alike everywhere, got another {sweep.name!r} in a worker")
        arrays = checked_arrays(sweep, task.cells, sweep.measure([dict(cell) for cell in task.cells], task.device))
    except Exception as error:
        reason, trace = f"{type(error).__name__}: {error}", traceback.format_exc()
    seconds = time.perf_counter() - begun
    account = {"device": device_name(task.device), "seconds": round(seconds, 6), **_provenance()}
    return Measured(task.number, arrays, reason, trace, account)


def checked_arrays(sweep: Sweep, cells: Sequence[Cell], found: Any) -> dict[str, np.ndarray]:
    """What `measure` gave for `cells`, as numpy arrays; `ValueError` where that is no result."""
    if not isinstance(found, Mapping) or not found:
        raise ValueError(f"measure must return named arrays, got {type(found).__name__}")
    arrays = {name: np.asarray(values) for name, values in found.items()}
    for name, array in arrays.items():
        if not isinstance(name, str) or not name.isidentifier() or name in (*sweep.grid, "failed"):
            raise ValueError(f"measure must name arrays unlike the grid's keys and 'failed', got {name!r}")
        if array.dtype.kind not in "biuf":
            raise ValueError(f"measure must return numbers, got {name!r} of dtype {array.dtype}")
        if array.ndim == 0 or len(array) != len(cells):
            raise ValueError(f"measure must return one row for each of {len(cells)} cells, got {name!r} {array.shape}")
    unconverged = np.zeros(len(cells), dtype=bool)
    if "converged" in arrays:
        if arrays["converged"].dtype != bool:
            raise ValueError(f"measure must return truth values 'converged', got {arrays['converged'].dtype}")
        unconverged = ~arrays["converged"].reshape(len(cells), -1).all(axis=1)
    for name, array in arrays.items():
        allowed = np.isnan(array) & unconverged.reshape(-1, *[1] * (array.ndim - 1))
        if not (np.isfinite(array) | allowed).all():
            row = int(np.argwhere(~(np.isfinite(array) | allowed))[0][0])
            raise ValueError(f"measure must return finite numbers, got {name!r} not finite in cell {cells[row]}")
    return arrays


def in_this_process(sweep: Sweep, tasks: Sequence[Task]) -> Iterator[Measured]:
    """The chunks one after the other; the process has its threads back afterwards."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    torch_threads = sys.modules["torch"].get_num_threads() if "torch" in sys.modules else None
    limits = _use_one_thread()
    try:
        for task in tasks:
            yield measured(sweep, task)
    finally:
        limits.restore_original_limits()
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        if torch_threads is not None:
            sys.modules["torch"].set_num_threads(torch_threads)


def in_processes(address: str, tasks: Sequence[Task], workers: int) -> Iterator[Measured]:
    """The chunks in `workers` processes of this machine, in the order in which they are done.

    A worker that dies takes the pool with it; the chunks it may have died of are tried again one at a time, each in
    a process of its own, and a chunk whose own process dies has failed.
    """
    suspects = deque[Task]()
    waiting = deque(tasks)
    while waiting:
        with _pool(min(workers, len(waiting))) as pool:
            running: dict[Future[Measured], Task] = {}
            try:
                while waiting or running:
                    # No more than there are workers, so that few are suspected when one dies.
                    while waiting and len(running) < workers:
                        running[pool.submit(measured_by_worker, address, waiting[0])] = waiting[0]
                        waiting.popleft()
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del running[future]
                        yield result
            except BrokenProcessPool:
                suspects.extend(running.values())
        while suspects:
            yield _alone(address, suspects.popleft())


def _alone(address: str, task: Task) -> Measured:
    with _pool(1) as pool:
        try:
            return pool.submit(measured_by_worker, address, task).result()
        except BrokenProcessPool:
            return Measured(task.number, reason="its worker process died twice")


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned, not forked: a forked child shares locks of threads that it does not have, and cannot use the GPU.
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_follow_parent)


def on_cluster(address: str, tasks: Sequence[Task], scheduler: str) -> Iterator[Measured]:
    """The chunks on the workers of the dask scheduler at this address, in the order in which they are done.

    The scheduler gives the chunks of a worker that died to others; a chunk that was with several of them has failed.
    Raises `ConnectionError` if the scheduler cannot be reached or is lost.
    """
    from distributed import CancelledError, Client, KilledWorker, as_completed

    _ask(scheduler)
    with Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False) as client:
        running = {client.submit(measured_by_worker, address, task, pure=False): task for task in tasks}
        for future in as_completed(list(running), loop=client.loop):
            task = running.pop(future)
            try:
                yield future.result()
            except KilledWorker as error:
                yield Measured(task.number, reason=f"{error.allowed_failures + 1} workers died with it")
            except CancelledError as error:
                raise ConnectionError(
                    f"the sweep stopped because scheduler {scheduler!r} was lost ({error}); "
                    "what was measured until then is kept, and the same command goes on from there"
                ) from error


def _ask(scheduler: str) -> None:
    """Raise `ConnectionError` unless a scheduler answers at this address."""
    from distributed import rpc

    async def identity() -> None:
        remote: Any
        async with rpc(scheduler, timeout=CONNECT_SECONDS) as remote:
            found = await remote.identity()
            if found["type"] != "Scheduler":
                raise ValueError(f"a {found['type']} answers")

    # Before a client is made: one that does not find its scheduler waits in a thread of its own to be cleared away,
    # and a later client of the same process may wait for it for ever. In a thread, as the caller may have a loop.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, asyncio.wait_for(identity(), CONNECT_SECONDS)).result()
        except (OSError, ValueError) as error:
            raise ConnectionError(f"scheduler must be one that answers, got {scheduler!r}: {error}") from error


def measured_by_worker(address: str, task: Task) -> Measured:
    """Look the sweep up and measure one chunk on one thread; what fails is told, not raised."""
    try:
        sweep = find(address)
    except ValueError as error:
        return Measured(task.number, reason=f"{type(error).__name__}: {error}", trace=traceback.format_exc())
    _use_one_thread()
    return measured(sweep, task)


def device_name(device: str) -> str:
    """The device by its model, where it has one: "cpu", "NVIDIA H100 80GB HBM3"."""
    if not device.startswith("cuda"):
        return device
    import torch

    return torch.cuda.get_device_name(device)


def _use_one_thread() -> threadpool_limits:
    # The environment is for libraries that are loaded later.
    os.environ.update(ONE_THREAD)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    return threadpool_limits(1)


def _follow_parent() -> None:
    # An interrupt at the terminal reaches the workers too, and a traceback from each would bury the message.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os._exit(1)

    # A pool's workers would wait for ever for work from a process that was killed.
    threading.Thread(target=end_with_parent, daemon=True).start()


# Once a process: it runs git.
_provenance = cache(store.provenance)
