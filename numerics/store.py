"""Small results on disk: arrays in an NPZ file, what they mean and where they come from in a JSON file beside it.

Every file is written beside its place and renamed into it, so that it is whole or absent. The JSON file takes its
place last and holds the checksum of the arrays: a result exists exactly when its JSON file does.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

LIBRARIES = ("numpy", "scipy", "torch")


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Replace `path` by what `write` puts into a stream, in one step: if that fails the old file stays as it was."""
    replace_files({path: write})


def replace_files(writes: Mapping[Path, Callable[[BinaryIO], object]]) -> None:
    """As `replace_file`, for several files: none is renamed into its place before all of them are on the disk."""
    parts = {path: partial_file(path) for path in writes}
    try:
        for path, write in writes.items():
            with parts[path].open("wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
        for path, part in parts.items():
            os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def partial_file(path: Path) -> Path:
    """Where the content of `path` stands while this process writes it."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def writable(path: Path) -> Path:
    """The file that `path` leads to, seen to be one that can be written.

    Raises `ValueError` for what is no file, or a file or folder that may not be written.
    """
    target = path.resolve()
    if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
        raise ValueError(f"path must lead to a file that may be written, got {path}")
    part = partial_file(target)
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        raise ValueError(f"path must lead to a folder that may be written, got {path}: {error.strerror}") from error
    return target


def write_json(path: Path, content: Any) -> None:
    """`content` as readable JSON in the file `path`, in one step; numbers keep every digit."""
    text = _readable(content)
    replace_file(path, lambda stream: stream.write(text))


def save(path: Path, arrays: Mapping[str, np.ndarray], description: Mapping[str, Any]) -> None:
    """Write `arrays` to path.npz and `description`, with their checksum, to path.json; `path` has no suffix.

    Raises `ValueError` for arrays that hold objects, which could be read back only by running code.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(f"arrays must hold numbers, got objects in {name!r}")
    data = _beside(path, ".npz")

    def described() -> bytes:
        return _readable({**description, "sha256": _checksum(partial_file(data))})

    replace_files(
        {
            data: lambda stream: np.savez_compressed(stream, allow_pickle=False, **arrays),
            _beside(path, ".json"): lambda stream: stream.write(described()),
        }
    )


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What `save` wrote to `path`: arrays and description.

    Raises `ValueError` if the arrays are not those that the description was written for, `FileNotFoundError` if one
    of the two files is missing.
    """
    description = load_description(path)
    data = _beside(path, ".npz")
    if description.get("sha256") != _checksum(data):
        raise ValueError(f"path must lead to arrays with the checksum in their description, got others in {data}")
    with np.load(data, allow_pickle=False) as archive:
        return dict(archive), description


def load_description(path: Path) -> dict[str, Any]:
    """The description at `path` alone, with the checksum; `ValueError` if it cannot be read as one."""
    file = _beside(path, ".json")
    try:
        description = json.loads(file.read_bytes())
    except ValueError as error:
        raise ValueError(f"path must lead to a description in JSON, got {file}: {error}") from error
    if not isinstance(description, dict):
        raise ValueError(f"path must lead to a description with names, got {type(description).__name__} in {file}")
    return description


def exists(path: Path) -> bool:
    """Whether a whole result stands at `path` (given without suffix)."""
    return _beside(path, ".json").is_file()


def provenance() -> dict[str, str]:
    """Versions, machine and commit that a result was computed with.

    Outside a checkout the commit is what the environment variable MEMOREM_COMMIT says, or else "unknown".
    """
    return {
        **{name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "commit": _commit(),
    }


def _commit() -> str:
    root = Path(__file__).parents[1]
    if git := shutil.which("git"):
        found = subprocess.run(
            [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode == 0:
            return found.stdout.strip()
    return os.environ.get("MEMOREM_COMMIT") or "unknown"


def _readable(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
