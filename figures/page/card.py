"""A claim as the page shows it: the card, what its checks found, and what it is linked with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sympy as sp
from markupsafe import Markup

from proofs_check.claim import Claim, Paper
from proofs_check.ledger import CheckReport, ClaimReport, claim_modules
from proofs_check.report import claim_docstring, deciding_scope, failures

from .formula import formula
from .kept import ROOT, evidence_named_in
from .picture import Picture
from .prose import Block, blocks


@dataclass(frozen=True)
class StatementView:
    """The printed or the corrected statement, with the verdict it reached and the one that was expected."""

    about: str
    words: str
    formulas: tuple[Markup, ...]
    verdict: str
    expected: str


@dataclass(frozen=True)
class CheckView:
    """A check with its steps, each a name and a formula."""

    report: CheckReport
    steps: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Card:
    """A claim ready to be shown: `used_by` and `figures` are identifiers, `evidence` names of kept sweeps."""

    report: ClaimReport
    scope: str
    statements: tuple[StatementView, ...]
    checks: tuple[CheckView, ...]
    troubles: tuple[str, ...]
    prose: tuple[Block, ...]
    source_file: str
    used_by: tuple[str, ...]
    evidence: tuple[str, ...]
    figures: tuple[str, ...]

    @property
    def claim(self) -> Claim:
        """The claim itself."""
        return self.report.claim

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts reached, printed first."""
        return tuple(statement.verdict for statement in self.statements)


def cards(reports: Sequence[ClaimReport], pictures: Iterable[Picture]) -> list[Card]:
    """One card a report, those of a paper together and in the order of their identifiers."""
    modules = {id(module.CLAIM): module for module in claim_modules() if hasattr(module, "CLAIM")}
    shown = list(pictures)
    users: dict[str, list[str]] = {}
    for report in reports:
        for name in report.claim.depends_on:
            users.setdefault(name, []).append(report.claim.identifier)
    found = []
    for report in reports:
        module = modules.get(id(report.claim))
        evidence = evidence_named_in(module.__name__) if module else ()
        found.append(
            Card(
                report=report,
                scope=deciding_scope(report),
                statements=_statements(report),
                checks=tuple(CheckView(check, _formulas(check.check.formulas)) for check in report.checks),
                troubles=tuple(failures(report)),
                prose=tuple(blocks(claim_docstring(report.claim))),
                source_file=Path(str(module.__file__)).relative_to(ROOT).as_posix() if module else "",
                used_by=tuple(users.get(report.claim.identifier, ())),
                evidence=evidence,
                figures=tuple(each.identifier for each in shown if set(each.evidence) & set(evidence)),
            )
        )
    return sorted(found, key=lambda card: (list(Paper).index(card.claim.paper), card.claim.identifier))


def _statements(report: ClaimReport) -> tuple[StatementView, ...]:
    found = []
    for about, reached in (("printed", report.printed), ("corrected", report.corrected)):
        statement = report.claim.statement(about)
        if statement and reached:
            formulas = tuple(map(formula, statement.formulas))
            found.append(StatementView(about, statement.words, formulas, reached.value, statement.expected.value))
    return tuple(found)


def _formulas(named: Iterable[tuple[str, sp.Basic]]) -> tuple[tuple[str, Markup], ...]:
    return tuple((name, formula(expression)) for name, expression in named)


def by_paper(found: Iterable[Card]) -> dict[str, list[Card]]:
    """The cards of each paper, in their order."""
    grouped: dict[str, list[Card]] = {}
    for card in found:
        grouped.setdefault(card.claim.paper.value, []).append(card)
    return grouped
