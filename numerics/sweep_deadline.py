"""A sweep in a given number of seconds: `python -m numerics.sweep_deadline NAME --seconds 240 --device cuda --out DIR`.

For a borrowed machine. The last moment is told to the processes that measure in the environment; a sweep that heeds it
(`last_moment`) ends early with whole generations, and says so by `converged`.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Sequence

from numerics.sweep import run_sweep

# Seconds of the clock `time.time`, as text.
UNTIL = "MEMOREM_UNTIL"


def last_moment() -> float:
    """Seconds of the clock `time.time` at which measuring should end; infinite if nothing was said.

    Raises `ValueError` if the environment holds no number.
    """
    said = os.environ.get(UNTIL)
    try:
        return math.inf if said is None else float(said)
    except ValueError as error:
        raise ValueError(f"{UNTIL} must be a number of seconds, got {said!r}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sweep as the arguments say; 0 exactly when no chunk has failed."""
    parser = argparse.ArgumentParser(
        prog="python -m numerics.sweep_deadline", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("name")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    if not given.seconds > 0:
        parser.error(f"--seconds must be > 0, got {given.seconds}")
    os.environ[UNTIL] = repr(time.time() + given.seconds)
    ran = run_sweep(
        given.name, given.out, quick=given.quick, device=given.device, workers=given.workers,
        progress=lambda news: print(f"chunk {news.number}: {news.state} {news.reason}", flush=True),
    )  # fmt: skip
    print(f"{ran.done} chunks done, {ran.found} found, {len(ran.failed)} failed; {ran.seconds:.0f} s; {ran.path}.npz")
    return 1 if ran.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
