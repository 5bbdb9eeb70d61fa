"""The architecture of the house, held by reading the source: who imports whom, names, sizes, docstrings."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the bottom up: a module imports its own package and those before it.
HOUSE = ["theory", "numerics", "proofs_check", "figures", "memorem"]
DOCUMENTED = {"theory", "numerics", "proofs_check"}
THEORY_MAY_IMPORT = {"sympy", "numpy", "scipy", "jaxtyping", "theory", *sys.stdlib_module_names}
NUMERICS_MAY_NOT_IMPORT = {"flint", "typer", "rich"}
IMPORTED_ONLY_BY = {
    "typer": {"memorem.py"},
    "rich": {"proofs_check/console.py", "proofs_check/report.py", "proofs_check/prediction_report.py"},
}
LONGEST = 400
EMPTY_NAMES = {"utils", "helpers", "common", "misc"}


def violations(source: str, path: str) -> list[str]:
    """What is wrong with the module at `path`, relative to the root and with forward slashes."""
    tree = ast.parse(source)
    package = path.split("/")[0].removesuffix(".py")
    found = [f"is named {part}" for part in path.removesuffix(".py").split("/") if part in EMPTY_NAMES]
    if len(source.splitlines()) > LONGEST:
        found.append(f"has {len(source.splitlines())} lines")
    if package in HOUSE:
        found += [wrong for name in sorted(imported(tree)) for wrong in wrong_import(name, package, path)]
    if package in DOCUMENTED:
        found += [f"{name} has no docstring" for name in undocumented(tree)]
    return found


def imported(tree: ast.Module) -> set[str]:
    """Top-level names that a module imports anywhere; a relative import is of its own package."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).split(".")[0])
    return names


def wrong_import(name: str, package: str, path: str) -> Iterator[str]:
    if name in HOUSE and HOUSE.index(name) > HOUSE.index(package):
        yield f"imports {name}, which stands above it"
    elif package == "theory" and name not in THEORY_MAY_IMPORT:
        yield f"imports {name}: theory is closed forms only"
    elif package == "numerics" and name in NUMERICS_MAY_NOT_IMPORT:
        yield f"imports {name}: numerics only measures"
    elif path not in IMPORTED_ONLY_BY.get(name, {path}):
        yield f"imports {name}: only {sorted(IMPORTED_ONLY_BY[name])} do"


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Public functions and classes of the module that lack a docstring."""
    for node in tree.body:
        documentable = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if documentable and not node.name.startswith("_") and not ast.get_docstring(node):
            yield node.name


def modules() -> list[str]:
    packages = [folder for folder in ROOT.iterdir() if (folder / "__init__.py").exists()]
    files = [*ROOT.glob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    files += [file for package in packages for file in package.rglob("*.py")]
    return sorted(file.relative_to(ROOT).as_posix() for file in files)


@pytest.mark.parametrize("path", modules())
def test_every_module_keeps_the_rules(path):
    assert violations((ROOT / path).read_text(encoding="utf-8"), path) == []


def test_the_modules_of_the_house_are_among_those_read():
    assert {"memorem.py", "theory/validation.py", "proofs_check/ledger.py"} <= set(modules())
    assert "tests/test_architecture.py" in modules()


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("theory/a.py", "import numerics.descent", "imports numerics, which stands above it"),
        (
            "theory/a.py",
            "def f():\n    '''x'''\n    from memorem import app",
            "imports memorem, which stands above it",
        ),
        ("numerics/a.py", "from proofs_check import ledger", "imports proofs_check, which stands above it"),
        ("proofs_check/p/a.py", "import figures", "imports figures, which stands above it"),
        ("figures/a.py", "import os, memorem", "imports memorem, which stands above it"),
        ("theory/a.py", "import torch as t", "imports torch: theory is closed forms only"),
        ("theory/a.py", "from rich.table import Table", "imports rich: theory is closed forms only"),
        ("numerics/a.py", "from flint import arb", "imports flint: numerics only measures"),
        ("numerics/a.py", "if True:\n    import typer", "imports typer: numerics only measures"),
        ("proofs_check/a.py", "import typer", "imports typer: only ['memorem.py'] do"),
        (
            "proofs_check/ledger.py",
            "import rich.console",
            "imports rich: only "
            "['proofs_check/console.py', 'proofs_check/prediction_report.py', 'proofs_check/report.py'] do",
        ),
        ("proofs_check/utils/a.py", "", "is named utils"),
        ("tests/helpers.py", "", "is named helpers"),
        ("benchmarks/a.py", "x = 1\n" * 401, "has 401 lines"),
        ("theory/a.py", "def f(): ...", "f has no docstring"),
        ("numerics/a.py", "async def f(): ...", "f has no docstring"),
        ("proofs_check/a.py", "class A: ...", "A has no docstring"),
    ],
)
def test_a_planted_violation_is_found(path, source, expected):
    assert violations(source, path) == [expected]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "theory/a.py",
            "import math\nimport sympy\nfrom scipy import special\nfrom theory import validation",
        ),
        ("numerics/a.py", "import torch\nfrom theory import clique\nfrom . import descent"),
        ("proofs_check/report.py", "import flint\nimport numerics\nfrom rich.table import Table"),
        ("proofs_check/prediction_report.py", "from rich.console import RenderableType"),
        ("memorem.py", "import typer\nfrom figures import page\ndef f(): ..."),
        (
            "theory/a.py",
            "def _f(): ...\nclass _A: ...\nclass B:\n    '''x'''",
        ),
        ("benchmarks/a.py", "x = 1\n" * 400),
        ("tests/a.py", "import torch, typer, rich, flint\ndef test_x(): ..."),
    ],
)
def test_what_is_allowed_is_not_reported(path, source):
    assert violations(source, path) == []


IMPORT_ALL = """
import importlib, pkgutil, sys
package, *blocked = sys.argv[1:]

class Absent:
    # As on a machine without them: not found, and no trace of them among the modules.
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
walked = pkgutil.walk_packages(importlib.import_module(package).__path__, package + ".")
found = [module.name for module in walked if not module.ispkg]
for name in found:
    importlib.import_module(name)
print(*found)
"""


@pytest.mark.parametrize(
    ("package", "blocked"),
    [("theory", ["flint", "typer", "rich", "torch"]), ("numerics", ["flint", "typer"])],
)
def test_the_lower_floors_stand_without_the_upper(package, blocked):
    command = [sys.executable, "-c", IMPORT_ALL, package, *blocked]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.split()) == {
        path.removesuffix(".py").replace("/", ".")
        for path in modules()
        if path.startswith(f"{package}/") and not path.endswith("__init__.py")
    }
