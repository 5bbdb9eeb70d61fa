"""The table of contents: every claim about a paper has its place, every place a claim or a reason."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

import memorem
from proofs_check import contents
from proofs_check.claim import Paper
from proofs_check.contents import CONTENTS, Entry, out_of_scope
from proofs_check.ledger import discover
from tests.example_claims import check, claim

CLAIMS = discover()
DECIDED = Entry(Paper.BR, "Corollary 9", "all is well", ("BR-good",))
LEFT_OUT = Entry(Paper.BR, "Table 9", "it scores .99", (), "the network is not public")
OTHERS = Entry(Paper.MC, "Table 1", "it shrinks", (), "needs more machines")


def test_every_claim_about_a_paper_has_its_place():
    placed = {name for entry in CONTENTS for name in entry.decided_by}
    assert {name for name, known in CLAIMS.items() if known.paper is not Paper.OWN} <= placed


@pytest.mark.parametrize("entry", CONTENTS, ids=lambda entry: f"{entry.paper}, {entry.place}")
def test_every_place_has_claims_that_exist_or_a_reason(entry):
    assert set(entry.decided_by) <= set(CLAIMS)
    assert all(text.strip() for text in (entry.place, entry.statement))
    assert entry.decided_by or re.match(r"\w[\w ,].{20}", entry.out_of_scope)


def test_no_place_stands_twice():
    places = [(entry.paper, entry.place) for entry in CONTENTS]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("given", [{}, {"decided_by": ("BR-good",), "out_of_scope": "too large"}])
def test_an_entry_is_either_decided_or_left_out(given):
    with pytest.raises(ValueError, match="decided_by or out_of_scope must be given, and not both, in BR, Corollary 9"):
        Entry(Paper.BR, "Corollary 9", "all is well", **given)


def test_what_is_left_out_is_found_by_paper(monkeypatch):
    monkeypatch.setattr(contents, "CONTENTS", (DECIDED, LEFT_OUT, OTHERS))
    assert out_of_scope() == [LEFT_OUT, OTHERS]
    assert out_of_scope(Paper.MC) == [OTHERS]
    assert out_of_scope(Paper.EM) == []


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["verify"], [LEFT_OUT, OTHERS]),
        (["verify", "--paper", "BR"], [LEFT_OUT]),
        (["verify", "BR-good"], []),
    ],
)
def test_verify_says_what_is_out_of_scope_and_why(monkeypatch, tmp_path, arguments, shown):
    monkeypatch.setattr(contents, "CONTENTS", (DECIDED, LEFT_OUT, OTHERS))
    monkeypatch.setattr(memorem, "discover", lambda: {"BR-good": claim("BR-good", check())})
    result = CliRunner().invoke(memorem.app, [*arguments, "--json", str(tmp_path / "v.json")])
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if line.startswith("OUT OF SCOPE")]
    assert lines == [f"OUT OF SCOPE {e.paper}, {e.place}: {e.statement}: {e.out_of_scope}" for e in shown]
    written = json.loads((tmp_path / "v.json").read_text())["out_of_scope"]
    assert written == [
        {"paper": e.paper, "place": e.place, "statement": e.statement, "reason": e.out_of_scope} for e in shown
    ]
