"""What the example sweep must come to, measured chunk by chunk without the machinery, and how to compare."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from numerics.sweep import read_sweep
from tests.numerics import example_sweeps as example

CHUNKS = 12
CELLS = 36


def expected() -> dict[str, np.ndarray]:
    """Chunks of the declaration, by hand: the three seeds of one noise level and the first of the other, then the rest
    of each (d, kind).
    """
    rows = list(itertools.product(*example.GRID.values()))
    arrays = {key: np.array([row[k] for row in rows]) for k, key in enumerate(example.GRID)}
    arrays["failed"] = np.zeros(CELLS, dtype=bool)
    for d, kind in itertools.product(example.GRID["d"], example.GRID["kind"]):
        together = np.flatnonzero((arrays["d"] == d) & (arrays["kind"] == kind))
        for chunk in (together[:4], together[4:]):
            cells = [dict(zip(example.GRID, rows[row], strict=True)) for row in chunk]
            for name, values in example.products(cells, "cpu").items():
                arrays.setdefault(name, np.zeros((CELLS, *values.shape[1:]), values.dtype))[chunk] = values
    return arrays


def differences(path: Path, arrays: dict[str, np.ndarray]) -> list[str]:
    """Names of the arrays at `path` that differ in a single bit, or are there on one side only."""
    found = read_sweep(path)[0]
    return [
        name
        for name in sorted(found.keys() | arrays.keys())
        if name not in found
        or name not in arrays
        or found[name].dtype != arrays[name].dtype
        or found[name].shape != arrays[name].shape
        or found[name].tobytes() != arrays[name].tobytes()
    ]


def left_over(folder: Path) -> list[str]:
    """Files in `folder` that are neither the result nor whole chunks."""
    whole = {f"example.chunks/{number:05d}.{suffix}" for number in range(CHUNKS) for suffix in ("npz", "json")}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return sorted(there - whole - {"example.npz", "example.json"})
