"""The front door: `memorem verify` decides the claims, `memorem show` prints one claim's card."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from proofs_check import report
from proofs_check.check import Effort
from proofs_check.claim import Claim, Paper
from proofs_check.ledger import ClaimReport, discover, in_dependency_order
from proofs_check.ledger import verify as run_claims

# Wider than any row, so that nothing is folded when the output goes to a file or another program.
UNBOUNDED = 1_000_000

app = typer.Typer(
    name="memorem",
    help="Decides, claim by claim, what is true about memorisation and generalisation in diffusion models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
def verify(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="CLAIM", help="Identifiers; all when none is given.")
    ] = None,
    paper: Annotated[Paper | None, typer.Option(help="Only the claims of this paper.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the results to FILE as JSON.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Ten times as many random problems.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random problems.")] = 0,
    tables: Annotated[bool, typer.Option(help="Print the tables that belong to the verdicts.")] = True,
) -> None:
    """Decide claims and, before them, the claims they depend on.

    The exit code is 0 exactly when every claim reaches the verdicts that its card expects and rejects every
    negative control.
    """
    destination = None if json_file is None else _writable(json_file)
    known = discover()
    reports = _run(known, _choose(known, claims or [], paper), Effort(full=full, seed=seed))
    # Written before anything is printed, so that a reader who closes the pipe early still gets the file.
    unwritten = _attempt(lambda: destination and write_json(destination, report.verification_dict(reports)))
    console = _console(sys.stdout)
    console.print(report.summary(reports))
    console.print()
    if tables:
        for claim in reports:
            for piece in report.tables(claim):
                console.print(piece)
    for claim in reports:
        for line in report.failures(claim):
            console.print(line)
    console.print(report.closing_line(reports))
    if unwritten:
        typer.echo(f"Error: {destination} was not written: {unwritten}", err=True)
    raise typer.Exit(1 if unwritten or not all(claim.ok for claim in reports) else 0)


@app.command()
def show(claim: Annotated[str, typer.Argument(metavar="CLAIM", help="Identifier of the claim.")]) -> None:
    """Run one claim and print its card.

    The card says what is stated, on what it rests, and what every check found.
    The exit code is 0 exactly when the claim reaches the verdicts that its card expects.
    """
    known = discover()
    shown = _run(known, _choose(known, [claim], None), Effort())[-1]
    console = _console(sys.stdout)
    for piece in report.card(shown):
        console.print(piece)
    raise typer.Exit(0 if shown.ok else 1)


def write_json(path: Path, content: Any) -> None:
    """Replace `path` by `content` in one step: a write that fails leaves the old file as it was."""
    part = _part(path)
    try:
        with part.open("w", encoding="utf-8") as stream:
            json.dump(content, stream, ensure_ascii=False, indent=2)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _writable(path: Path) -> Path:
    """The file that `path` leads to; refuses, before any work is done, what could not be written later."""
    target = path.resolve()
    if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
        raise typer.BadParameter(f"{path} must be a file that may be written", param_hint="--json")
    trouble = _attempt(lambda: (_part(target).touch(), _part(target).unlink()))
    if trouble:
        raise typer.BadParameter(f"{path} must be in a folder that may be written: {trouble}", param_hint="--json")
    return target


def _attempt(action: Callable[[], object]) -> OSError | None:
    try:
        action()
    except OSError as error:
        return error
    return None


def _choose(known: Mapping[str, Claim], named: list[str], paper: Paper | None) -> list[str]:
    of_paper = [name for name, claim in known.items() if paper in (None, claim.paper)]
    if not of_paper:
        present = ", ".join(sorted({claim.paper.value for claim in known.values()})) or "none"
        raise typer.BadParameter(f"no claim is of {paper or 'any paper'}; papers with claims: {present}")
    for name in named:
        if name not in of_paper:
            raise typer.BadParameter(
                f"{name!r} is no claim{f' of {paper}' if paper else ''}; "
                f"the claims{f' of {paper}' if paper else ''} are {', '.join(sorted(of_paper))}",
                param_hint="CLAIM",
            )
    return named or of_paper


def _run(known: Mapping[str, Claim], chosen: list[str], effort: Effort) -> list[ClaimReport]:
    with _progress(len(in_dependency_order(known, chosen))) as progress:
        return run_claims(known, chosen, effort, progress)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Claim], None]]:
    """Which claim is being decided, shown live on standard error and gone when done."""
    columns = (SpinnerColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_console(sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=total)

        def deciding(claim: Claim) -> None:
            progress.update(task, advance=1, description=claim.identifier)

        yield deciding


def _console(stream: TextIO) -> Console:
    plain = {} if stream.isatty() else {"width": UNBOUNDED, "force_terminal": False, "color_system": None}
    return Console(file=stream, markup=False, highlight=False, emoji=False, **plain)


def main() -> None:
    """Entry point of the `memorem` command."""
    app()


if __name__ == "__main__":
    main()
