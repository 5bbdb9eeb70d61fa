"""How a verification reads: reports as dictionaries for files, as lines and grids for people."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy as sp
from rich.console import RenderableType
from rich.table import Table as Grid

from numerics.store import provenance

from .certificate import Certificate
from .check import Bears, Effort, Table
from .claim import PAPERS, Claim, Statement
from .contents import Entry
from .ledger import CheckReport, ClaimReport, claim_modules


def verification_dict(
    reports: Sequence[ClaimReport], left_out: Sequence[Entry] = (), effort: Effort | None = None
) -> dict[str, Any]:
    """A whole verification, ready for JSON: `ok`, true when every claim is, what it was `made` with (versions, commit,
    and the effort that was spent), the `claims` in order, and what is `out_of_scope`.
    """
    return {
        "ok": all(report.ok for report in reports),
        "made": made_with(effort or Effort()),
        "claims": [claim_dict(report) for report in reports],
        "out_of_scope": [
            {"paper": e.paper.value, "place": e.place, "statement": e.statement, "reason": e.out_of_scope}
            for e in left_out
        ],
    }


def made_with(effort: Effort) -> dict[str, str]:
    """Versions, machine and commit of this run, its seed, and whether it was a full one."""
    return {**provenance(), "seed": str(effort.seed), "full": str(effort.full).lower()}


def claim_dict(report: ClaimReport) -> dict[str, Any]:
    """One claim, ready for JSON; `corrected` is null where the card has no corrected statement."""
    claim = report.claim
    return {
        "id": claim.identifier,
        "title": claim.title,
        "paper": claim.paper.value,
        "source": claim.source,
        "printed": report.printed.value,
        "corrected": report.corrected.value if report.corrected else None,
        "expected": {
            "printed": claim.printed.expected.value,
            "corrected": claim.corrected.expected.value if claim.corrected else None,
        },
        "ok": report.ok,
        "weakest_link": report.weakest_link,
        "seconds": report.seconds,
        "checks": [_check_dict(check) for check in report.checks],
        "controls": {"tried": report.tried, "rejected": report.rejected},
    }


def _check_dict(report: CheckReport) -> dict[str, Any]:
    check, outcome = report.check, report.outcome
    return {
        "name": check.name,
        "method": check.method.value,
        "about": check.about,
        "bears": check.bears.value,
        "scope": check.scope,
        "ok": report.ok,
        "passed": outcome.ok,
        "margin": outcome.margin,
        "detail": outcome.detail,
        "tried": report.tried,
        "survivors": list(report.survivors),
        "tables": [
            {"title": table.title, "columns": list(table.columns), "rows": [list(row) for row in table.rows]}
            for table in outcome.tables
        ],
    }


def pieces(reports: Sequence[ClaimReport], left_out: Sequence[Entry], with_tables: bool) -> Iterator[RenderableType]:
    """What `memorem verify` prints: summary, tables, failures, what was left out of scope, and the closing line."""
    yield summary(reports)
    yield ""
    for claim in reports if with_tables else ():
        yield from tables(claim)
    for claim in reports:
        yield from failures(claim)
    yield from left_out_lines(left_out)
    yield closing_line(reports)


def summary(reports: Iterable[ClaimReport]) -> Grid:
    """One row per claim: its verdicts, the scope and the weakest link they rest on, controls, time, ok."""
    lines = grid("claim", "printed", "corrected", "scope", "weakest link", "controls", "time", "ok")
    for report in reports:
        lines.add_row(
            report.claim.identifier,
            report.printed.value,
            report.corrected.value if report.corrected else "-",
            deciding_scope(report),
            report.weakest_link,
            f"{report.rejected}/{report.tried}",
            f"{report.seconds:.1f} s",
            _yes(report.ok),
        )
    return lines


def deciding_scope(report: ClaimReport) -> str:
    """The scopes of the checks that decide or refute a statement, each once, in the order of the card."""
    scopes = [check.check.scope for check in report.checks if check.check.bears is not Bears.SUPPORTS]
    return "; ".join(scope for scope in dict.fromkeys(scopes) if scope) or "-"


def tables(report: ClaimReport) -> Iterator[RenderableType]:
    """Every table of the claim's checks, each after a line with its title, and a blank line after it."""
    for check in report.checks:
        for table in check.outcome.tables:
            yield f"{report.claim.identifier}: {table.title}"
            yield _rows(table)
            yield ""


def failures(report: ClaimReport) -> list[str]:
    """One line for everything that keeps the claim from being ok; empty exactly when it is ok."""
    lines = []
    for check in report.checks:
        name = f"{report.claim.identifier}, {check.check.name} ({check.check.method.value})"
        if not check.outcome.ok:
            found = [f"margin {check.outcome.margin or 'not given'}", check.outcome.detail]
            lines.append(f"FAILED {name}: " + "; ".join(part for part in found if part))
        if not check.tried:
            lines.append(f"FAILED {name}: no control was tried, so the check does not count")
        if check.survivors:
            lines.append(f"FAILED {name}: controls not rejected: " + "; ".join(check.survivors))
    for about, reached in (("printed", report.printed), ("corrected", report.corrected)):
        statement = report.claim.statement(about)
        if statement and reached is not statement.expected:
            lines.append(
                f"FAILED {report.claim.identifier}: the {about} statement came out {reached}, "
                f"its card expects {statement.expected}"
            )
    return [" ".join(line.split()) for line in lines]


def left_out_lines(left_out: Sequence[Entry]) -> list[str]:
    """One line for every statement of the papers that no claim decides, with the reason."""
    return [f"OUT OF SCOPE {e.paper.value}, {e.place}: {e.statement}: {e.out_of_scope}" for e in left_out]


def closing_line(reports: Sequence[ClaimReport]) -> str:
    """The totals of a verification."""
    not_ok = sum(not report.ok for report in reports)
    return (
        f"{len(reports)} claims ({f'{not_ok} not ok' if not_ok else 'all ok'}), "
        f"{sum(len(report.checks) for report in reports)} checks, "
        f"controls {sum(report.tried for report in reports)} tried "
        f"{sum(report.rejected for report in reports)} rejected, "
        f"{sum(report.seconds for report in reports):.1f} s"
    )


def card(report: ClaimReport) -> Iterator[RenderableType]:
    """The card of a claim with what its checks found, piece by piece."""
    claim = report.claim
    yield f"{claim.identifier}: {claim.title}"
    yield f"paper: {claim.paper.value}, {PAPERS[claim.paper]}"
    yield f"source: {claim.source}"
    yield f"kind: {claim.kind.value}"
    yield from (f"hypothesis: {hypothesis}" for hypothesis in claim.hypotheses)
    yield f"depends on: {', '.join(claim.depends_on) or 'no other claim'}"
    for about, reached in (("printed", report.printed), ("corrected", report.corrected)):
        statement = claim.statement(about)
        if statement:
            yield f"\n{about}: {reached}, the card expects {statement.expected}"
            yield _statement(statement)
    for check in report.checks:
        yield ""
        yield from _check_card(check)
    yield f"\nweakest link: {report.weakest_link}"
    yield f"controls: {report.tried} tried, {report.rejected} rejected"
    yield f"ok: {_yes(report.ok)} ({report.seconds:.1f} s)"
    docstring = claim_docstring(claim)
    if docstring:
        yield f"\n{docstring}"


def claim_docstring(claim: Claim) -> str:
    """The docstring of the claim's own file, or nothing for a claim that is in no file."""
    for module in claim_modules():
        if getattr(module, "CLAIM", None) is claim:
            return inspect.getdoc(module) or ""
    return ""


def _statement(statement: Statement) -> str:
    lines = [statement.words, *(line for formula in statement.formulas for line in ("", *_pretty(formula)))]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _pretty(formula: sp.Basic) -> list[str]:
    return sp.pretty(formula, use_unicode=True, wrap_line=False).splitlines()


def _check_card(report: CheckReport) -> Iterator[RenderableType]:
    check, outcome = report.check, report.outcome
    yield f"check: {check.name}, {check.method.value}, {check.bears.value} the {check.about} statement"
    if check.scope:
        yield f"  scope: {check.scope}"
    for name, formula in check.formulas:
        yield f"  {name}:"
        yield "\n".join(f"      {line}".rstrip() for line in _pretty(formula))
    yield f"  ok: {_yes(report.ok)}"
    yield f"  margin: {outcome.margin or 'not given'}"
    if outcome.detail:
        yield "  detail: " + outcome.detail.rstrip().replace("\n", "\n    ")
    yield f"  controls: {report.tried} tried, {report.tried - len(report.survivors)} rejected"
    for survivor in report.survivors:
        yield "  control not rejected: " + survivor.rstrip().replace("\n", "\n    ")
    for table in outcome.tables:
        yield f"  {table.title}"
        yield _rows(table)


def _rows(table: Table) -> Grid:
    lines = grid(*table.columns)
    for row in table.rows:
        lines.add_row(*row)
    return lines


def grid(*columns: str) -> Grid:
    """An empty table with these headings, plain when piped."""
    lines = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        # Folded, never cut: the end of a scope can be the part that matters.
        lines.add_column(column, overflow="fold")
    return lines


def _yes(ok: bool) -> str:
    return "yes" if ok else "NO"


def certificate_line(certificate: Certificate) -> str:
    """One certificate in one line: what it proves, or why it proves nothing."""
    (n, d), p = certificate.X.shape, certificate.parts.shape[-1]
    problem = f"{certificate.name}: n = {n}, d = {d}, p = {p}, σ = {certificate.sigma:.4g}"
    if not certificate.certified:
        return f"{problem}: not certified: {certificate.reason}"
    low, high = certificate.distance
    return (
        f"{problem}: radius {certificate.radius:.0e}, least eigenvalue > {certificate.smallest_eigenvalue:.3g}, "
        f"distance to the formula in [{low:.6g}, {high:.6g}]"
    )
