"""The command line on claims small enough to know every answer: exit codes, JSON, plain output, cards."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

import memorem
from proofs_check import ledger_processes, report
from proofs_check.check import Bears, Check, Effort, Outcome, Table
from proofs_check.claim import Paper, Statement
from proofs_check.ledger import decide_here, discover
from proofs_check.ledger import verify as run_claims
from proofs_check.verdict import Method, Verdict
from tests.example_claims import FAIL, PASS, check, claim, control

ROOT = Path(__file__).parents[1]
LONG_SCOPE = "n = d = 1 to 3, " * 30 + "and no further"
MARGINS = Table("Margins by width", ("p", "margin"), (("1", "0.5 ± 1e-9"), ("2", "[bold]0.25")))
GOOD = claim("BR-good", check(scope=LONG_SCOPE, outcome=Outcome(True, "0.25", "200 problems", (MARGINS,))))
MENDED = claim(
    "own-mended",
    check("counterexample", Method.RATIONAL, bears=Bears.REFUTES, scope="one point"),
    check("mended", Method.BALLS, about="corrected", scope="all of the box"),
    check("aside", Method.DESCENT, about="corrected", bears=Bears.SUPPORTS, scope="ten starts"),
    paper=Paper.OWN,
    expected=Verdict.REFUTED,
    corrected=Statement("The mended words.", Verdict.CERTIFIED),
    depends_on=("BR-good",),
)
BAD = claim("BR-bad", check("rotten", Method.BALLS, FAIL, [control(PASS, "factor 2"), control()]))
WEAK = claim("BR-weak", check(method=Method.DESCENT))
UNCONTROLLED = claim("BR-uncontrolled", check(controls=()))


@pytest.fixture
def run(monkeypatch):
    """Runs a command line on the given claims instead of the house's."""
    monkeypatch.setattr(report, "claim_modules", lambda: [])

    def run(claims, *arguments):
        monkeypatch.setattr(memorem, "discover", lambda: {each.identifier: each for each in claims})
        return CliRunner().invoke(memorem.app, [str(argument) for argument in arguments])

    return run


@pytest.mark.parametrize(
    ("claims", "options", "cores", "processes"),
    [(9, [], 2, 1), (10, [], 2, 2), (40, [], 2, 2), (40, [], 1, 1), (25, [], 8, 3), (1, ["--processes", "4"], 2, 4)],
)
def test_many_claims_are_decided_by_as_many_processes_as_there_are_cores(
    run, monkeypatch, claims, options, cores, processes
):
    used = [1]
    monkeypatch.setattr(ledger_processes, "in_processes", lambda count: (used.append(count), decide_here)[1])
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(cores), raising=False)
    assert run([claim(f"BR-{number}", check()) for number in range(claims)], "verify", *options).exit_code == 0
    assert used[-1] == processes


@pytest.mark.parametrize(("there", "used"), [(6, 6), (None, 1)])
def test_where_the_system_does_not_say_which_cores_may_be_used_all_are(monkeypatch, there, used):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert ledger_processes.cores() == used


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([GOOD], 0),
        ([GOOD, MENDED], 0),
        ([GOOD, BAD], 1),
        ([WEAK], 1),
        ([UNCONTROLLED], 1),
    ],
)
def test_verify_exits_0_exactly_when_every_claim_is_ok(run, tmp_path, claims, code):
    result = run(claims, "verify", "--json", tmp_path / "v.json")
    assert result.exit_code == code
    assert json.loads((tmp_path / "v.json").read_text())["ok"] is (code == 0)


def test_only_the_chosen_claims_decide_the_exit_code(run):
    assert run([GOOD, BAD, MENDED], "verify", "BR-good").exit_code == 0
    assert run([GOOD, BAD, MENDED], "verify", "BR-good", "BR-bad").exit_code == 1
    assert run([GOOD, BAD, MENDED], "verify", "--paper", "own").exit_code == 0
    assert run([GOOD, BAD, MENDED], "verify", "--paper", "BR").exit_code == 1


def test_the_claims_of_a_paper_bring_what_they_rest_on(run):
    lines = run([MENDED, BAD, GOOD], "verify", "--paper", "own").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["BR-good", "own-mended"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["verify", "BR-god"], ["'BR-god'", "BR-good", "own-mended"]),
        (["show", "BR-god"], ["'BR-god'", "BR-good", "own-mended"]),
        (["verify", "own-mended", "--paper", "BR"], ["'own-mended'", "BR-good"]),
        (["verify", "--paper", "XY"], ["'BR'", "'EM'", "'MC'", "'own'"]),
        (["verify", "--paper", "EM"], ["EM", "BR, own"]),
        (["verify", "--seed", "-1"], ["--seed"]),
        (["verify", "--json", "/nowhere/at/all.json"], ["--json", "/nowhere/at/all.json"]),
        (["verify", "--json", "/dev/null"], ["--json", "/dev/null"]),
        (["verify", "--json", "/"], ["--json"]),
    ],
)
def test_bad_usage_exits_2_before_any_work_and_names_what_is_valid(run, monkeypatch, arguments, named):
    monkeypatch.setattr(memorem, "run_claims", lambda *_: pytest.fail("work was started"))
    result = run([GOOD, MENDED], *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    for name in named:
        assert name in result.stderr


def test_no_claims_at_all_is_not_a_success(run):
    result = run([], "verify")
    assert result.exit_code == 2
    assert "papers with claims: none" in result.stderr


def test_the_json_has_the_promised_schema(run, tmp_path):
    assert run([GOOD, MENDED, BAD], "verify", "--json", tmp_path / "v.json").exit_code == 1
    written = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert set(written) == {"ok", "made", "claims", "out_of_scope"}
    assert (written["made"]["seed"], written["made"]["full"]) == ("0", "false")
    promised = {"id", "paper", "source", "printed", "corrected", "expected", "ok", "checks", "controls"}
    assert all(promised <= set(each) for each in written["claims"])
    good, mended, bad = written["claims"]
    assert (good["id"], good["paper"], good["source"]) == ("BR-good", "BR", "version 1, Eq. (3)")
    assert (good["printed"], good["corrected"], good["ok"]) == ("PROVED", None, True)
    assert good["expected"] == {"printed": "PROVED", "corrected": None}
    assert good["controls"] == {"tried": 1, "rejected": 1}
    [only] = good["checks"]
    assert (only["name"], only["method"], only["ok"], only["margin"]) == ("check", "symbolic", True, "0.25")
    assert only["tables"] == [
        {"title": MARGINS.title, "columns": ["p", "margin"], "rows": [["1", "0.5 ± 1e-9"], ["2", "[bold]0.25"]]}
    ]
    assert (mended["paper"], mended["printed"], mended["corrected"]) == ("own", "REFUTED", "CERTIFIED")
    assert mended["expected"] == {"printed": "REFUTED", "corrected": "CERTIFIED"}
    assert [each["about"] for each in mended["checks"]] == ["printed", "corrected", "corrected"]
    assert [each["bears"] for each in mended["checks"]] == ["refutes", "decides", "supports"]
    assert (bad["printed"], bad["ok"], bad["checks"][0]["ok"]) == ("OPEN", False, False)
    assert bad["controls"] == {"tried": 2, "rejected": 1}
    assert bad["checks"][0]["survivors"] == ["factor 2"]


def test_a_check_with_a_surviving_control_is_not_ok_in_the_json():
    [found] = run_claims({"A": claim("A", check(controls=[control(PASS)]))}, ["A"], Effort())
    assert report.claim_dict(found)["checks"][0]["ok"] is False


def test_the_json_is_replaced_whole_and_nothing_else_is_left(run, tmp_path):
    (tmp_path / "v.json").write_text("old " * 10_000)
    assert run([GOOD], "verify", "--json", tmp_path / "v.json").exit_code == 0
    assert json.loads((tmp_path / "v.json").read_text())["ok"] is True
    assert os.listdir(tmp_path) == ["v.json"]


def test_the_json_follows_a_link(run, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "v.json")
    assert run([GOOD], "verify", "--json", tmp_path / "link.json").exit_code == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "there" / "v.json").read_text())["ok"] is True


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_still_prints_the_results(run, monkeypatch, tmp_path, step):
    def full(*_):
        raise OSError("no space left")

    (tmp_path / "v.json").write_text("old")
    monkeypatch.setattr(os, step, full)
    result = run([GOOD], "verify", "--json", tmp_path / "v.json")
    assert result.exit_code == 1
    assert "no space left" in result.stderr
    assert "1 claims (all ok)" in result.stdout
    assert (tmp_path / "v.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["v.json"]


def test_content_that_cannot_be_written_leaves_the_old_file(tmp_path):
    (tmp_path / "v.json").write_text("old")
    with pytest.raises(TypeError):
        memorem.write_json(tmp_path / "v.json", {"begun": "fine", "then": object()})
    assert (tmp_path / "v.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["v.json"]


def test_the_summary_says_what_was_reached_and_on_what_it_rests(run):
    lines = run([GOOD, MENDED], "verify").stdout.splitlines()
    headings = ["claim", "printed", "corrected", "scope", "weakest link", "controls", "time", "ok"]
    starts = [lines[0].index(heading) for heading in headings]
    cells = [[line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)] for line in lines[1:3]]
    assert cells[0][:6] == ["BR-good", "PROVED", "-", LONG_SCOPE, "check", "1/1"]
    assert cells[1][:6] == ["own-mended", "REFUTED", "CERTIFIED", "one point; all of the box", "mended", "3/3"]
    assert [row[-1] for row in cells] == ["yes", "yes"]


def test_tables_are_printed_with_their_titles_unless_declined(run):
    printed = run([GOOD], "verify").stdout.splitlines()
    at = printed.index("BR-good: Margins by width")
    assert [line.split() for line in printed[at + 1 : at + 4]] == [
        ["p", "margin"],
        ["1", "0.5", "±", "1e-9"],
        ["2", "[bold]0.25"],
    ]
    assert "Margins by width" not in run([GOOD], "verify", "--no-tables").stdout


def test_every_failure_is_one_line_with_margin_and_remainder(run):
    lines = run([GOOD, BAD, WEAK, UNCONTROLLED], "verify").stdout.splitlines()
    assert [line for line in lines if line.startswith("FAILED")] == [
        "FAILED BR-bad, rotten (balls): margin x - 1; the remainder is x - 1",
        "FAILED BR-bad, rotten (balls): controls not rejected: factor 2",
        "FAILED BR-bad: the printed statement came out OPEN, its card expects PROVED",
        "FAILED BR-weak: the printed statement came out OBSERVED, its card expects PROVED",
        "FAILED BR-uncontrolled, check (symbolic): no control was tried, so the check does not count",
        "FAILED BR-uncontrolled: the printed statement came out OPEN, its card expects PROVED",
    ]
    assert lines[-1].startswith("4 claims (3 not ok), 4 checks, controls 4 tried 3 rejected, ")


def test_no_failure_is_listed_for_a_claim_that_is_ok():
    for found in run_claims({each.identifier: each for each in (GOOD, MENDED)}, ["own-mended"], Effort()):
        assert report.failures(found) == []


@pytest.mark.parametrize(
    ("arguments", "effort"),
    [([], Effort()), (["--full"], Effort(full=True)), (["--seed", "7"], Effort(seed=7))],
)
def test_effort_reaches_the_checks(run, arguments, effort):
    received = []

    def decide(given: Effort) -> Outcome:
        received.append(given)
        return PASS

    watching = claim("BR-watch", Check("watch", Method.SYMBOLIC, decide, lambda effort: (control(),)))
    assert run([watching], "verify", *arguments).exit_code == 0
    assert received == [effort]


def test_show_prints_the_card_with_its_formulas_and_what_was_found(run):
    result = run([GOOD, MENDED], "show", "BR-good")
    assert result.exit_code == 0
    for piece in (
        "BR-good: what BR-good is about",
        "arXiv 2512.20963",
        "version 1, Eq. (3)",
        "equality",
        "x > 0",
        "depends on: no other claim",
        "printed: PROVED, the card expects PROVED",
        "The printed words.",
        "   2\n  x\n  ── = √x\n  y\n",
        "check: check, symbolic, decides the printed statement",
        LONG_SCOPE,
        "margin: 0.25",
        "200 problems",
        "Margins by width",
        "controls: 1 tried, 1 rejected",
    ):
        assert piece in result.stdout


def test_show_prints_both_statements_and_every_failure(run):
    shown = run([GOOD, MENDED], "show", "own-mended").stdout
    assert "depends on: BR-good" in shown
    assert "printed: REFUTED, the card expects REFUTED" in shown
    assert "corrected: CERTIFIED, the card expects CERTIFIED" in shown
    assert "The mended words." in shown
    result = run([BAD], "show", "BR-bad")
    assert result.exit_code == 1
    assert "control not rejected: factor 2" in result.stdout
    # Once for the check and once for the claim.
    assert result.stdout.count("controls: 2 tried, 1 rejected\n") == 2
    assert "margin: x - 1" in result.stdout


def test_the_card_ends_with_the_docstring_of_the_claims_own_file(run, monkeypatch):
    own, other = ModuleType("own", "What this file shows.\n\n    indented"), ModuleType("other", "Another claim.")
    own.CLAIM, other.CLAIM = GOOD, MENDED
    monkeypatch.setattr(report, "claim_modules", lambda: [ModuleType("no_claim"), other, own])
    assert run([GOOD], "show", "BR-good").stdout.endswith("\nWhat this file shows.\n\nindented\n")
    assert report.claim_docstring(BAD) == ""


def test_every_claim_of_the_house_has_a_docstring():
    assert [name for name, known in discover().items() if not report.claim_docstring(known)] == []


PROGRAM = """
import memorem
from tests.test_command_line import BAD, GOOD, MENDED
memorem.discover = lambda: {claim.identifier: claim for claim in (GOOD, MENDED, BAD)}
memorem.main()
"""


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1"} | changes


@pytest.mark.parametrize("changes", [{}, {"COLUMNS": "40"}, {"FORCE_COLOR": "1"}])
def test_piped_output_is_plain_and_whole(changes):
    command = [sys.executable, "-c", PROGRAM, "verify"]
    result = subprocess.run(command, env=environment(**changes), capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 1
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    assert "…" not in result.stdout
    [row] = [line for line in result.stdout.splitlines() if line.startswith("BR-good ")]
    assert LONG_SCOPE in row
    assert row.split()[-1] == "yes"


def test_a_terminal_sees_which_claim_is_being_decided():
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, "verify", "BR-bad", "own-mended"]
    result = subprocess.run(
        command, env=environment(), stdout=subprocess.PIPE, stderr=theirs, encoding="utf-8", check=False
    )
    os.close(theirs)
    live = os.read(ours, 100_000).decode()
    os.close(ours)
    assert result.returncode == 1
    assert "3/3" in live
    assert "own-mended" in live
    assert "\x1b" not in result.stdout
