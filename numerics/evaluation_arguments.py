"""What the commands that evaluate a folder of image models are told."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def evaluation_arguments(program: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    """`models`, `out`, `digits`, `device`, `seconds` and `quick`, of `arguments` or else of the command line."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--digits", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args(arguments)
