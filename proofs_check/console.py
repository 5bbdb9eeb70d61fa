"""Where commands print: plain and unfolded when piped, with a line of progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

# Wider than any row, so that nothing is folded when the output goes to a file or another program.
_UNBOUNDED = 1_000_000


def console(stream: TextIO) -> Console:
    """A console on `stream` that prints text as it is."""
    plain: dict[str, Any] = (
        {} if stream.isatty() else {"width": _UNBOUNDED, "force_terminal": False, "color_system": None}
    )
    return Console(file=stream, markup=False, highlight=False, emoji=False, **plain)


@contextmanager
def progress_shown(total: int | None, *, piped: bool = False) -> Iterator[Callable[[str], None]]:
    """What is being worked on, shown live on standard error and gone when done.

    Where that is no terminal nothing is shown, or lines if `piped`.
    """
    columns = (SpinnerColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=total)

        def tell(name: str) -> None:
            progress.update(task, advance=1, description=name)
            if piped and not sys.stderr.isatty():
                print(name, file=sys.stderr)

        yield tell
