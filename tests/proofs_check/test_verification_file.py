"""A verification read back from its file settles as it did, and a file that is not one is refused."""

import json

import pytest

from proofs_check.check import Effort, Outcome, Table
from proofs_check.ledger import verify
from proofs_check.report import verification_dict
from proofs_check.verdict import Verdict
from proofs_check.verification_file import read_verification
from tests.example_claims import FAIL, PASS, check, claim, control

TABLE = Table("Rates", ("n", "rate"), (("1", "0.5"),))
GOOD = claim("BR-good", check(outcome=Outcome(True, "0.25", "200 problems", (TABLE,))), check("second"))
RESTS = claim("BR-rests", depends_on=("BR-good",))
BAD = claim("BR-bad", check("rotten", outcome=FAIL), check("loose", controls=(control(PASS, "factor 2"), control())))
KNOWN = {each.identifier: each for each in (GOOD, RESTS, BAD)}


@pytest.fixture
def content():
    return verification_dict(verify(KNOWN, KNOWN, Effort(seed=7)), effort=Effort(seed=7))


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "v.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_verification(path, KNOWN)

    return read


def test_what_was_decided_comes_back(content, read):
    kept = read(content)
    reports = verify(KNOWN, KNOWN, Effort(), decisions=kept.decisions)
    for again, before in zip(reports, verify(KNOWN, KNOWN, Effort()), strict=True):
        assert again.claim is before.claim
        assert again.checks == before.checks
        assert (again.printed, again.weakest_link, again.ok) == (before.printed, before.weakest_link, before.ok)
    assert kept.made["seed"] == "7"
    assert kept.made["commit"]


def test_a_verdict_in_the_file_counts_for_nothing(content, read):
    for each in content["claims"]:
        each["printed"], each["ok"] = "PROVED", True
        each["checks"][0]["ok"] = True
    last = verify(KNOWN, KNOWN, Effort(), decisions=read(content).decisions)[-1]
    assert last.claim is BAD
    assert last.printed is Verdict.OPEN
    assert not last.ok


def changed(content, change):
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.pop("made"), "KeyError: 'made'"),
        (lambda c: c.update(claims=3), "TypeError"),
        (lambda c: c.update(made=[1]), "AttributeError"),
        (lambda c: c["claims"].pop(0), r"which lacks \['BR-good'\]"),
        (lambda c: c["claims"].append(dict(c["claims"][0], id="BR-new")), r"which has unknown \['BR-new'\]"),
        (lambda c: c["claims"][0]["checks"].pop(), r"the checks of BR-good, \['check', 'second'\], got \['check'\]"),
        (lambda c: c["claims"][0]["checks"][0].pop("tried"), "KeyError: 'tried'"),
        (lambda c: c["claims"][0]["checks"][0].update(tables=[None]), "TypeError"),
    ],
)
def test_another_file_is_refused(content, read, change, told):
    with pytest.raises(ValueError, match=told):
        read(changed(content, change))


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '{"claims": {}, "made": 1}'])
def test_what_is_no_verification_is_refused(read, text):
    with pytest.raises(ValueError, match=r"path must lead to what `memorem verify --json` writes, got .*v\.json"):
        read(text)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_verification(tmp_path / "none.json", KNOWN)
