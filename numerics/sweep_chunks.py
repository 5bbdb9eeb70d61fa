"""The chunks of one run on disk: which are done, which are damaged, and which have failed.

A chunk that is done is a result of `numerics.store`, `00007.npz` and `00007.json`; one that has failed is
`00007.failed`, in JSON, and is tried again by the next run. Descriptions are sealed by a checksum like the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numerics import store
from numerics.sweep_declaration import Sweep, fingerprint
from numerics.sweep_execution import Measured

VERSIONS = (*store.LIBRARIES, "python", "machine")
SEAL = "description_sha256"

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class ChunkFolder:
    """The chunks of a run of `sweep`, whole or quick, in the folder `path`."""

    path: Path
    sweep: Sweep
    quick: bool

    def begin(self) -> None:
        """Make the folder and remove what a killed run left half-written; only while no other process works in it.

        Raises `ValueError` if the folder holds chunks of another declaration: they are not to be mixed.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        remove_parts(self.path)
        for path in sorted(self.path.glob("*.json")):
            refuse_another(path.with_suffix(""), self.sweep, self.quick)

    def found(self) -> tuple[dict[int, tuple[Arrays, dict[str, Any]]], dict[int, str]]:
        """Chunks that are done, as arrays and account, and what is wrong with those that are damaged, by number."""
        done, damaged = {}, {}
        for number, rows in enumerate(self.sweep.chunks(self.quick)):
            if not store.exists(self._result(number)):
                continue
            try:
                arrays, account = read_sealed(self._result(number))
                if account["chunk"] != number or any(len(array) != len(rows) for array in arrays.values()):
                    raise ValueError(f"path must lead to the {len(rows)} cells of chunk {number}, got others")
            except (ValueError, OSError) as error:
                damaged[number] = str(error)
                continue
            done[number] = arrays, account
        return done, damaged

    def keep(self, result: Measured) -> dict[str, Any]:
        """Write down what became of a chunk; returns its account."""
        account = {**identity(self.sweep, self.quick), "chunk": result.number, **result.account}
        if result.arrays is None:
            store.write_json(self._failure(result.number), {**account, "reason": result.reason, "trace": result.trace})
        else:
            write_sealed(self._result(result.number), result.arrays, account)
            self._failure(result.number).unlink(missing_ok=True)
        return account

    def _result(self, number: int) -> Path:
        return self.path / f"{number:05d}"

    def _failure(self, number: int) -> Path:
        return self.path / f"{number:05d}.failed"


def identity(sweep: Sweep, quick: bool) -> dict[str, Any]:
    """What every description says about the declaration it belongs to."""
    grid = {key: list(values) for key, values in sweep.values(quick).items()}
    return {"sweep": sweep.name, "quick": quick, "grid": grid, "declaration": sweep.declaration(quick)}


def refuse_another(path: Path, sweep: Sweep, quick: bool) -> None:
    """Raise `ValueError` if a sound description at `path` belongs to another declaration."""
    try:
        description = _opened(store.load_description(path), path)
    except ValueError:
        # Damaged: whose it is cannot be told, and it will be measured anew.
        return
    if description["declaration"] == sweep.declaration(quick):
        return
    ours = identity(sweep, quick)
    for key in ("sweep", "quick", "grid"):
        if description[key] != ours[key]:
            raise ValueError(
                f"folder must hold results of this declaration only, got {path} with {key} {description[key]}, "
                f"not {ours[key]}: choose another folder or remove it"
            )
    raise ValueError(
        f"folder must hold results of this declaration only, got {path}, cut into other chunks: "
        "choose another folder or remove it"
    )


def write_sealed(path: Path, arrays: Mapping[str, np.ndarray], description: Mapping[str, Any]) -> None:
    """As `store.save`, the description sealed by a checksum of its own."""
    store.save(path, arrays, {**description, SEAL: fingerprint(description)})


def read_sealed(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """What `write_sealed` wrote; `ValueError` if arrays or description are not those that were written."""
    arrays, description = store.load(path)
    return arrays, _opened(description, path)


def remove_parts(folder: Path, of: str = "") -> None:
    """Remove files that a killed process left half-written in `folder`, those of names that begin with `of`."""
    for part in folder.glob(f".{of}*.part"):
        part.unlink()


def _opened(description: dict[str, Any], path: Path) -> dict[str, Any]:
    content = {key: value for key, value in description.items() if key not in ("sha256", SEAL)}
    if description.get(SEAL) != fingerprint(content):
        raise ValueError(f"path must lead to a description as it was written, got an altered one in {path}.json")
    return content
