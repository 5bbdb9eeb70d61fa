"""What the public functions do with every bad value of the table, and with good ones in every form, as JSON.

Run as a program, so that annotations are not checked before the functions check.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from tests.bad_input_table import FUNCTIONS, cases, identifier

TAKE_FILES = re.compile(r"numerics\.(store|folder_lock|evaluation_arguments|sweep(_\w+|s(\.\w+)?)?)")


def public_functions() -> dict[str, Callable[..., Any]]:
    """Every public function of `theory` and `numerics` by full name, but the input rules themselves, and what takes
    folders, files, command lines and whole results: the store, the sweeps and the arguments of evaluations, whose own
    tests give them bad input.
    """
    found = {}
    for package in ("theory", "numerics"):
        for entry in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            module = importlib.import_module(entry.name)
            if TAKE_FILES.fullmatch(entry.name) or entry.name == "theory.validation":
                continue
            for name, value in vars(module).items():
                own = getattr(value, "__module__", None) == entry.name
                if own and inspect.isfunction(inspect.unwrap(value)) and not name.startswith("_"):
                    found[f"{entry.name}.{name}"] = value
    return found


def _good(function: str) -> dict[str, Any]:
    arguments = FUNCTIONS[function].good()
    return {**arguments, "rng": np.random.default_rng(0)} if "rng" in arguments else arguments


def outcome(call: Callable[..., Any], arguments: dict[str, Any]) -> list[str]:
    try:
        return ["returned", repr(call(**arguments))]
    except Exception as error:
        return [type(error).__name__, str(error)]


def _leaves(value: Any) -> Iterator[np.ndarray]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = tuple(vars(value).values())
    if isinstance(value, tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield np.asarray(value)


def _same(left: Any, right: Any) -> bool:
    pairs = list(zip(_leaves(left), _leaves(right), strict=True))
    return all(a.shape == b.shape and np.array_equal(a, b) for a, b in pairs)


def _converted(function: str, convert: Callable[[np.ndarray], Any]) -> dict[str, Any]:
    good = _good(function)
    data = {name for name, values in FUNCTIONS[function].bad.items() if values and isinstance(good[name], list)}
    return {name: convert(np.array(value)) if name in data else value for name, value in good.items()}


def main() -> None:
    functions = public_functions()
    kinds = {"numpy": lambda v: v, "torch": torch.tensor, "lists": lambda v: v.tolist()}
    report = {
        "bad": {identifier(f, a, c): outcome(functions[f], {**_good(f), a: c.value}) for f, a, c in cases()},
        "good": {f: outcome(functions[f], _good(f)) for f in FUNCTIONS},
        "same": {},
    }
    for f in FUNCTIONS:
        expected = functions[f](**_converted(f, kinds["numpy"]))
        for kind in ("torch", "lists"):
            report["same"][f"{f} of {kind}"] = _same(expected, functions[f](**_converted(f, kinds[kind])))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
