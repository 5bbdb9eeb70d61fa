"""What sweeps say to bad declarations and arguments, as JSON.

Run as a program, so that annotations are not checked before the functions check.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from numerics.sweep import Sweep, find, read_sweep, run_sweep
from tests.numerics import example_sweeps as example

SEEDS = (0, 1)


def grid(**keys: Any) -> dict[str, Any]:
    return {"d": (2, 3), "seed": SEEDS} | keys


# Argument, value, and words of the message.
DECLARATIONS = [
    *[("name", value, ("lower-case words", repr(value))) for value in ("", "Big", "a_b", "a--b", "-a", "a/b", 3, None)],
    *[("question", value, ("must be a sentence", repr(value))) for value in ("", " ", 3)],
    *[
        (argument, value, words)
        for argument in ("grid", "quick")
        for value, words in [
            (3, ("must map each key", "3")),
            ([("seed", SEEDS)], ("must map each key",)),
            ({"d": (2, 3)}, ("must have the key 'seed'", "['d']")),
            (grid(seed=()), ("['seed'] must be a tuple of at least one", "()")),
            (grid(seed=[0, 1]), ("['seed'] must be a tuple", "[0, 1]")),
            (grid(seed=3), ("['seed'] must be a tuple", "3")),
            (grid(seed=(0, -1)), ("['seed'] must hold whole numbers >= 0", "-1")),
            (grid(seed=(0.5,)), ("['seed'] must hold whole numbers >= 0", "0.5")),
            (grid(seed=(True,)), ("['seed'] must hold whole numbers >= 0", "True")),
            (grid(seed=("a",)), ("['seed'] must hold whole numbers >= 0", "'a'")),
            (grid(d=(2, 3, 2)), ("['d'] must not hold a value twice", "(2, 3, 2)")),
            (grid(d=(2, 2.0)), ("['d'] must not hold a value twice", "(2, 2.0)")),
            (grid(d=(2.0, math.nan)), ("['d'] must be finite", "nan")),
            (grid(d=(2, math.inf)), ("['d'] must be finite", "inf")),
            (grid(d=(2, "a")), ("['d'] must be plain numbers, or words, or truth values", "'a'")),
            (grid(d=(1, True)), ("['d'] must be plain numbers", "True")),
            (grid(d=(None,)), ("['d'] must be plain numbers", "None")),
            (grid(d=((1, 2),)), ("['d'] must be plain numbers", "(1, 2)")),
            (grid(d=(np.float64(2.0),)), ("['d'] must be plain numbers", "2.0")),
            (grid(d=(np.int64(2),)), ("['d'] must be plain numbers", "2")),
            (grid(failed=(1,)), ("must have names other than 'failed' as keys", "'failed'")),
            (grid(**{"a b": (1,)}), ("must have names other than", "'a b'")),
            ({3: (1,), **grid()}, ("must have names other than", "3")),
        ]
    ],
    ("quick", {"seed": SEEDS}, ("must have the keys of grid ['d', 'seed']", "['seed']")),
    ("quick", {"seed": SEEDS, "d": (2,)}, ("must have the keys of grid ['d', 'seed']", "['seed', 'd']")),
    ("together", ("d", "n"), ("must hold keys of grid", "'n'")),
    ("together", "d", ("must be a tuple", "'d'")),
    ("together", None, ("must be a tuple", "None")),
    *[("chunk", value, ("must be a whole number >= 1", repr(value))) for value in (0, -1, 1.0, True, "3", None)],
    ("measure", 3, ("must be callable", "3")),
]

RUNS = [
    ("sweep", "nothing", ("must be one of", "'nothing'")),
    ("sweep", "", ("must be one of", "''")),
    ("sweep", f"{example.HERE}:NOTHING", ("must lead to a sweep", "NOTHING")),
    ("sweep", "tests.no_such_module:PLAIN", ("must lead to a sweep", "no_such_module")),
    ("sweep", ":PLAIN", ("must lead to a sweep", "':PLAIN'")),
    ("sweep", f"{example.HERE}:GRID", ("must lead to a sweep", "GRID")),
    ("sweep", 3, ("must be a sweep or the name of one", "3")),
    ("folder", 3, ("must be a path", "3")),
    ("folder", __file__, ("must be a folder", __file__)),
    *[("quick", value, ("must be True or False", repr(value))) for value in (1, "yes", None)],
    *[("device", value, ("must be 'cpu', 'cuda'", repr(value))) for value in ("", "gpu", "cuda:", "mps", 0, None)],
    ("device", "cuda:99", ("must be one of this machine", "'cuda:99'")),
    *[("workers", value, ("must be a whole number >= 1", repr(value))) for value in (0, -1, 2.0, True, "2", None)],
    ("scheduler", 8786, ("must be an address or None", "8786")),
]


def outcome(call: Any, **arguments: Any) -> list[str]:
    try:
        call(**arguments)
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["returned", ""]


def main(folder: str) -> None:
    good = {"name": "a", "question": "Why?", "grid": grid(), "quick": grid(), "together": ("d",), "chunk": 1}
    run = {"sweep": example.PLAIN, "folder": Path(folder) / "unused"}
    report = {
        "declarations": [outcome(Sweep, **(good | {"measure": print, key: value})) for key, value, _ in DECLARATIONS],
        "runs": [outcome(run_sweep, **(run | {key: value})) for key, value, _ in RUNS],
        "other": {
            "good": outcome(Sweep, **good, measure=print),
            "two kinds of workers": outcome(run_sweep, **run, workers=2, scheduler="tcp://127.0.0.1:1"),
            "nobody finds it": outcome(run_sweep, **run, workers=2),
            "no such name": outcome(find, address="nothing"),
            "no such file": outcome(read_sweep, path=Path(folder) / "none.npz"),
        },
        "left behind": [path.name for path in Path(folder).iterdir()],
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])
