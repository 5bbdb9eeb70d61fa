"""The evidence that is kept: what was measured, on which devices, with which versions, and which modules name it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from numerics import store
from numerics.sweep import evidence
from proofs_check.certificate import certificate_paths

ROOT = Path(__file__).parents[2]
SWEEPS = evidence("any").parent
CERTIFICATES = SWEEPS.parent / "certificates"


@dataclass(frozen=True)
class Kept:
    """A kept result: its name, what it answers, and where it comes from, in words."""

    name: str
    question: str
    size: str
    devices: str
    versions: str
    commits: str
    seconds: float
    sha256: str


def kept_sweeps() -> list[Kept]:
    """Every sweep whose result is kept, in alphabetical order."""
    return [_sweep(path) for path in sorted(SWEEPS.glob("*.json"), key=lambda path: path.stem)]


def kept_certificates() -> list[Kept]:
    """Every folder of certificates that is kept."""
    return [_certificates(folder) for folder in sorted(CERTIFICATES.glob("*")) if folder.is_dir()]


def _sweep(path: Path) -> Kept:
    found = store.load_description(path.with_suffix(""))
    grid = " × ".join(f"{len(values)} {name}" for name, values in found["grid"].items())
    failed = len(found["failed"])
    return Kept(
        name=found["sweep"],
        question=found["question"],
        size=("reduced grid: " if found["quick"] else "") + grid + (f"; {failed} chunks failed" if failed else ""),
        devices=_listed(found["devices"]),
        versions=_listed(map(_versions, found["versions"])),
        commits=_listed(found["commits"]),
        seconds=float(found["seconds"]),
        sha256=found["sha256"],
    )


def _certificates(folder: Path) -> Kept:
    found = [store.load_description(path) for path in certificate_paths(folder)]
    provenances = [each["provenance"] for each in found]
    certified = sum(bool(each["certified"]) for each in found)
    return Kept(
        name=folder.name,
        question="Is there a strict local minimiser beside the block formula, and how far from it?",
        size=f"{len(found)} certificates, {certified} certified",
        devices="cpu",
        versions=_listed(map(_versions, provenances)),
        commits=_listed(each["commit"] for each in provenances),
        seconds=sum(float(each.get("seconds", 0)) for each in provenances),
        sha256="",
    )


def _versions(provenance: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in provenance.items() if name not in ("commit", "seconds"))


def _listed(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


@cache
def evidence_named_in(module: str) -> tuple[str, ...]:
    """Names of the kept sweeps that a module of claims or figures names, itself or through what it imports from the
    checker and from the declarations of sweeps.

    `module` is a dotted name. A module of evidence serves several claims, so a name too many can be among them.
    """
    names = set(_literals(module))
    for first in _imports(module):
        if first.startswith("proofs_check.") and first.count(".") == 1:
            names |= _literals(first)
            for second in _imports(first):
                names |= _literals(second) if second.startswith("numerics.sweeps.") else set()
        elif first.startswith("numerics.sweeps."):
            names |= _literals(first)
    return tuple(sorted(names))


def _source(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_source(module).read_text(encoding="utf-8"))


@cache
def _literals(module: str) -> frozenset[str]:
    """The names of kept sweeps that stand in a module as strings."""
    strings = (node.value for node in ast.walk(_tree(module)) if isinstance(node, ast.Constant))
    kept = {path.stem for path in SWEEPS.glob("*.json")}
    return frozenset(text for text in strings if isinstance(text, str) and text in kept)


@cache
def _imports(module: str) -> frozenset[str]:
    return frozenset(name for name in _imported(module) if _source(name).is_file())


def _imported(module: str) -> Iterator[str]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from (base, *(f"{base}.{alias.name}" for alias in node.names))
