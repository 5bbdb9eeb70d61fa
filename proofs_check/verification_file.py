"""A verification as `memorem verify --json` writes it, read back: what its checks found, for claims to be settled anew.

Only outcomes are read. Verdicts follow from them by the same rules as in a run, so that a file can state none of its
own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .check import Check, Effort, Outcome, Table
from .claim import Claim
from .ledger import CheckReport, Decided


@dataclass(frozen=True)
class KeptVerification:
    """What was decided of each claim, by identifier, and with what: versions, commit, seed."""

    decided: Mapping[str, Decided]
    made: Mapping[str, Any]

    def decisions(self, claims: Sequence[Claim], effort: Effort) -> Iterator[Decided]:
        """What the file says of the claims, in their order, for `ledger.verify`. The effort is that of the file."""
        del effort
        return (self.decided[claim.identifier] for claim in claims)


def read_verification(path: Path, known: Mapping[str, Claim]) -> KeptVerification:
    """The verification in the file `path`.

    Raises `ValueError` if it is not one, or lacks a claim or a check that is known, or holds others; `OSError` if the
    file cannot be read.
    """
    rule = "path must lead to what `memorem verify --json` writes"
    try:
        content = json.loads(path.read_bytes())
        found = {claim["id"]: claim for claim in content["claims"]}
        made = {name: str(value) for name, value in content["made"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{rule}, got {path}: {type(error).__name__}: {error}") from error
    for wrong, names in (("lacks", known.keys() - found.keys()), ("has unknown", found.keys() - known.keys())):
        if names:
            raise ValueError(f"{rule} for all claims of this version, got {path}, which {wrong} {sorted(names)}")
    try:
        decided = {name: _decided(claim, found[name]) for name, claim in known.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{rule}, got {path}: {type(error).__name__}: {error}") from error
    return KeptVerification(decided, made)


def _decided(claim: Claim, content: Mapping[str, Any]) -> Decided:
    here, there = [check.name for check in claim.checks], [check["name"] for check in content["checks"]]
    if here != there:
        raise ValueError(f"path must lead to the checks of {claim.identifier}, {here}, got {there}")
    reports = tuple(_check_report(*pair) for pair in zip(claim.checks, content["checks"], strict=True))
    return Decided(reports, float(content["seconds"]))


def _check_report(check: Check, content: Mapping[str, Any]) -> CheckReport:
    tables = tuple(
        Table(
            str(table["title"]), tuple(map(str, table["columns"])), tuple(tuple(map(str, row)) for row in table["rows"])
        )
        for table in content["tables"]
    )
    outcome = Outcome(content["passed"] is True, str(content["margin"]), str(content["detail"]), tables)
    return CheckReport(check, outcome, int(content["tried"]), tuple(map(str, content["survivors"])))
