"""Decides claims of the house in several processes at once; the verdicts are settled where the answers come back."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from threadpoolctl import threadpool_limits

from .check import Effort, Outcome
from .claim import Claim
from .ledger import CheckReport, Decided, decide, decide_here, discover

# What a process sends back of each check: its outcome, how many controls it tried, and which survived.
Answer = tuple[Outcome, int, tuple[str, ...]]
_known: dict[str, Claim] = {}


Decisions = Callable[[Sequence[Claim], Effort], Iterator[Decided]]


def suited_to(claims: int, processes: int | None = None) -> Decisions:
    """Decisions for so many claims, made by so many processes, or else by as many as are worth their start."""
    # Ten claims are decided before another process would have started.
    count = processes or min(cores(), 1 + claims // 10)
    return decide_here if count == 1 else in_processes(count)


def cores() -> int:
    """Cores that this process may use, where the system says so, and else those there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(count: int) -> Decisions:
    """Decisions for `ledger.verify`, made by `count` processes, in the order of the claims.

    Each process finds the claims anew, so they must be those that `discover` finds: `KeyError` names one that is not.
    A process that dies raises `BrokenProcessPool`. Raises `ValueError` for fewer than one process.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")

    def decisions(claims: Sequence[Claim], effort: Effort) -> Iterator[Decided]:
        # Started afresh: a process copied from one with threads running could wait for a lock that nobody holds.
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, mp_context=fresh, initializer=_begin) as pool:
            waiting = [pool.submit(_answers, claim.identifier, effort) for claim in claims]
            for claim, future in zip(claims, waiting, strict=True):
                answers, seconds = future.result()
                reports = zip(claim.checks, answers, strict=True)
                yield Decided(tuple(CheckReport(check, *answer) for check, answer in reports), seconds)

    return decisions


def _begin() -> None:
    threadpool_limits(1)
    _known.update(discover())


def _answers(identifier: str, effort: Effort) -> tuple[list[Answer], float]:
    decided = decide(_known[identifier], effort)
    return [(report.outcome, report.tried, report.survivors) for report in decided.reports], decided.seconds
