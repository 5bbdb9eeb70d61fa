"""The ledger: what checks and controls do to verdicts, and verdicts to the claims that rest on them."""

from __future__ import annotations

import time
from dataclasses import replace
from types import ModuleType

import pytest

from proofs_check import ledger
from proofs_check.check import Bears, Check, Control, Effort, Outcome
from proofs_check.claim import Statement
from proofs_check.ledger import ClaimReport, discover, in_dependency_order, verify
from proofs_check.verdict import SHOWS, Method, Verdict
from tests.example_claims import FAIL, PASS, check, claim, control

EFFORT = Effort()
MENDED: dict = {"corrected": Statement("mended", Verdict.PROVED)}


def reports(*claims, chosen=None, effort=EFFORT) -> dict[str, ClaimReport]:
    by_name = {each.identifier: each for each in claims}
    return {report.claim.identifier: report for report in verify(by_name, chosen or by_name, effort)}


def report(*checks: Check, **card) -> ClaimReport:
    return reports(claim("A", *checks, **card))["A"]


def crash(*_, depth: int = 5):
    if depth:
        crash(depth=depth - 1)
    raise RuntimeError("it broke here")


@pytest.mark.parametrize("method", Method)
def test_a_passing_check_earns_what_its_method_shows(method):
    result = report(check(method=method), expected=SHOWS[method])
    assert result.printed is SHOWS[method]
    assert result.corrected is None
    assert result.ok
    assert (result.tried, result.rejected) == (1, 1)
    assert result.weakest_link == "check"


def test_the_strongest_deciding_check_counts_and_supporting_ones_lift_nothing():
    result = report(
        check("proof", Method.SYMBOLIC, bears=Bears.SUPPORTS),
        check("balls", Method.BALLS),
        check("samples", Method.STATISTICAL),
        expected=Verdict.CERTIFIED,
    )
    assert result.printed is Verdict.CERTIFIED
    assert result.ok
    assert result.weakest_link == "balls"


def test_a_claim_with_supporting_checks_only_is_open():
    result = report(check(bears=Bears.SUPPORTS), expected=Verdict.OPEN)
    assert result.printed is Verdict.OPEN
    assert result.ok
    assert result.weakest_link == "nothing decides the printed statement"


@pytest.mark.parametrize("bears", Bears)
def test_one_failed_check_leaves_the_claim_open_and_not_ok(bears):
    result = report(check("good", bears=bears), check("bad", outcome=FAIL, bears=bears), expected=Verdict.OPEN)
    assert result.printed is Verdict.OPEN
    assert not result.ok
    assert result.weakest_link == "failed: bad"


def test_one_surviving_control_leaves_the_claim_open_and_not_ok():
    controls = [control(), control(PASS, "factor 2"), control()]
    result = report(check("good"), check("blunt", controls=controls), expected=Verdict.OPEN)
    assert result.printed is Verdict.OPEN
    assert not result.ok
    assert (result.tried, result.rejected) == (4, 3)
    assert [each.survivors for each in result.checks] == [(), ("factor 2",)]
    assert result.weakest_link == "failed: blunt"


@pytest.mark.parametrize("expected", [Verdict.PROVED, Verdict.OPEN])
def test_a_claim_without_any_control_is_open_and_not_ok(expected):
    result = report(check(controls=()), expected=expected)
    assert result.printed is Verdict.OPEN
    assert not result.ok
    assert result.tried == 0
    assert result.weakest_link == "failed: check"


@pytest.mark.parametrize("bears", Bears)
def test_no_check_may_leave_its_controls_to_another_of_the_same_claim(bears):
    result = report(check("alone", controls=(), bears=bears), check("good", about="corrected"), **MENDED)
    assert result.corrected is Verdict.OPEN
    assert not result.ok
    assert result.weakest_link == "failed: alone"


def test_an_unexpected_verdict_is_not_ok_however_strong():
    assert not report(check(), expected=Verdict.CERTIFIED).ok
    mended = Statement("mended", Verdict.TESTED)
    assert not report(check("p"), check("c", about="corrected"), corrected=mended).ok


def test_an_exception_in_a_check_is_a_failure_with_its_traceback():
    result = report(Check("check", Method.SYMBOLIC, crash, lambda effort: (control(),)), expected=Verdict.OPEN)
    assert result.printed is Verdict.OPEN
    assert not result.ok
    assert result.checks[0].outcome.margin == "error"
    assert "it broke here" in result.checks[0].outcome.detail
    # The end of the traceback, where the reason is, is kept.
    assert "raise RuntimeError" in result.checks[0].outcome.detail


def test_an_exception_in_a_control_is_no_rejection():
    result = report(check(controls=[Control("crashing", crash)]))
    assert result.checks[0].survivors == ("crashing",)
    assert not result.ok


def test_controls_that_cannot_be_built_are_not_rejected():
    result = report(Check("check", Method.SYMBOLIC, lambda effort: PASS, crash))
    assert (result.tried, result.rejected) == (1, 0)
    assert "raise RuntimeError" in result.checks[0].survivors[0]
    assert not result.ok


def test_controls_built_before_a_crash_still_count():
    def controls(effort):
        yield control()
        yield control()
        crash()

    result = report(Check("check", Method.SYMBOLIC, lambda effort: PASS, controls))
    assert (result.tried, result.rejected) == (3, 2)
    assert not result.ok


def test_a_refutation_outranks_every_supporting_check():
    result = report(
        check("sampled", Method.STATISTICAL, bears=Bears.SUPPORTS),
        check("counterexample", Method.RATIONAL, bears=Bears.REFUTES),
        expected=Verdict.REFUTED,
    )
    assert result.printed is Verdict.REFUTED
    assert result.ok


def test_a_refuting_check_that_fails_refutes_nothing():
    failed = check(method=Method.RATIONAL, outcome=FAIL, bears=Bears.REFUTES)
    assert report(failed, expected=Verdict.REFUTED).printed is Verdict.OPEN


def mended_claim(identifier: str = "A", method: Method = Method.BALLS):
    return claim(
        identifier,
        check("counterexample", Method.RATIONAL, bears=Bears.REFUTES),
        check("mended", method, about="corrected"),
        expected=Verdict.REFUTED,
        corrected=Statement("mended", SHOWS[method]),
    )


def test_printed_and_corrected_statements_carry_separate_verdicts():
    result = reports(mended_claim())["A"]
    assert (result.printed, result.corrected) == (Verdict.REFUTED, Verdict.CERTIFIED)
    assert result.ok
    assert result.weakest_link == "mended"


def test_a_corrected_statement_that_nothing_decides_is_open():
    result = report(check(), corrected=Statement("mended", Verdict.OPEN))
    assert (result.printed, result.corrected) == (Verdict.PROVED, Verdict.OPEN)
    assert result.weakest_link == "nothing decides the corrected statement"


@pytest.mark.parametrize("below", Method)
@pytest.mark.parametrize("above", Method)
def test_no_verdict_outranks_the_claim_it_rests_on(below, above):
    base = claim("base", check(method=below), expected=SHOWS[below])
    top = reports(claim("top", check(method=above), depends_on=("base",)), base)["top"]
    order = [Verdict.PROVED, Verdict.CERTIFIED, Verdict.TESTED, Verdict.OBSERVED]
    assert order.index(top.printed) == max(order.index(SHOWS[below]), order.index(SHOWS[above]))
    assert top.weakest_link == ("claim base" if order.index(SHOWS[below]) > order.index(SHOWS[above]) else "check")


def test_a_dependency_lends_its_corrected_statement():
    rests = claim("B", depends_on=("A",))
    assert reports(mended_claim("A"), rests)["B"].printed is Verdict.CERTIFIED


def test_a_refuted_dependency_carries_nothing():
    refuted = claim("A", check(bears=Bears.REFUTES), expected=Verdict.REFUTED)
    result = reports(refuted, claim("B", depends_on=("A",)))["B"]
    assert result.printed is Verdict.OPEN
    assert result.weakest_link == "claim A"


def test_a_refutation_needs_nothing_from_the_dependencies():
    opened = claim("A", check(outcome=FAIL))
    refuted = claim("B", check(bears=Bears.REFUTES), expected=Verdict.REFUTED, depends_on=("A",))
    assert reports(opened, refuted)["B"].printed is Verdict.REFUTED


def test_a_failure_is_felt_through_a_chain_of_dependencies():
    chain = [claim("C", depends_on=("B",)), claim("B", depends_on=("A",)), claim("A", check(outcome=FAIL))]
    assert [result.printed for result in reports(*chain).values()] == [Verdict.OPEN] * 3


def test_claims_run_once_each_after_what_they_rest_on():
    claims = {
        "top": claim("top", depends_on=("left", "right")),
        "left": claim("left", depends_on=("base",)),
        "right": claim("right", depends_on=("base",)),
        "base": claim("base"),
        "aside": claim("aside"),
    }
    assert in_dependency_order(claims, ["top", "base"]) == ["base", "left", "right", "top"]
    begun = []
    results = verify(claims, ["top"], EFFORT, lambda each: begun.append(each.identifier))
    assert begun == [result.claim.identifier for result in results] == ["base", "left", "right", "top"]


def test_a_claim_is_timed():
    def decide(effort):
        time.sleep(0.05)
        return PASS

    begun = time.perf_counter()
    slow = report(Check("slow", Method.SYMBOLIC, decide, lambda effort: (control(),)))
    assert 0.05 <= slow.seconds <= time.perf_counter() - begun


def test_circles_of_dependencies_are_refused():
    claims = {"A": claim("A", depends_on=("B",)), "B": claim("B", depends_on=("A",))}
    with pytest.raises(ValueError, match=r"depends_on must not be circular, got \['A', 'B', 'A'\]"):
        in_dependency_order(claims, ["A"])


@pytest.mark.parametrize("chosen", ["A", "missing"])
def test_unknown_names_are_refused(chosen):
    with pytest.raises(ValueError, match=r"claim must be one of \['A'\], got 'missing'"):
        in_dependency_order({"A": claim("A", depends_on=("missing",))}, [chosen])


def module(name: str, **content) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(content)
    return made


def discovered(monkeypatch, *modules: ModuleType):
    monkeypatch.setattr(ledger, "claim_modules", lambda: iter(modules))
    return discover()


def test_discovery_takes_every_module_with_a_claim(monkeypatch):
    found = discovered(monkeypatch, module("one", CLAIM=claim("A")), module("shared"), module("two", CLAIM=claim("B")))
    assert list(found) == ["A", "B"]


def test_discovery_refuses_an_identifier_used_twice(monkeypatch):
    with pytest.raises(ValueError, match="identifier must be unique, 'A' is used again in two"):
        discovered(monkeypatch, module("one", CLAIM=claim("A")), module("two", CLAIM=claim("A")))


def test_discovery_refuses_a_dependency_that_is_no_claim(monkeypatch):
    with pytest.raises(ValueError, match="got 'B'"):
        discovered(monkeypatch, module("one", CLAIM=claim("A", depends_on=("B",))))


def test_the_house_finds_every_module_of_its_claim_packages():
    names = [found.__name__ for found in ledger.claim_modules()]
    assert len(names) == len(set(names))
    assert {name.split(".")[1] for name in names} <= set(ledger.CLAIM_PACKAGES)
    assert set(discover()) == {found.CLAIM.identifier for found in ledger.claim_modules() if hasattr(found, "CLAIM")}


def test_checks_of_one_claim_have_distinct_names():
    with pytest.raises(ValueError, match="checks must have distinct names"):
        claim("A", check("same"), check("same"))


@pytest.mark.parametrize("about", ["printed", "corrected"])
def test_no_statement_is_both_decided_and_refuted(about):
    refuting = check("against", bears=Bears.REFUTES, about=about)
    with pytest.raises(ValueError, match=f"checks must not both decide for and refute the {about} statement of A"):
        claim("A", check("for", about=about), refuting, **MENDED)
    other = "corrected" if about == "printed" else "printed"
    claim("A", check("for", about=other), check("aside", about=about, bears=Bears.SUPPORTS), refuting, **MENDED)


def test_statements_are_found_by_name():
    made = claim("A", check(), **MENDED)
    assert made.statement("printed") is made.printed
    assert made.statement("corrected") is MENDED["corrected"]
    assert claim("B").statement("corrected") is None


def test_a_corrected_statement_is_stated_before_it_is_checked():
    with pytest.raises(ValueError, match="corrected must be stated before a check is about it"):
        claim("A", check(about="corrected"))


def test_a_full_run_tries_ten_times_as_many_problems():
    assert Effort().count(7) == 7
    assert Effort(full=True).count(7) == 70


def test_checks_and_controls_receive_the_effort():
    effort, received = Effort(full=True, seed=5), []

    def decide(given: Effort) -> Outcome:
        received.append(given)
        return PASS

    def controls(given: Effort):
        received.append(given)
        return (control(),)

    reports(claim("A", Check("check", Method.PROPERTY, decide, controls)), effort=effort)
    assert received == [effort, effort]


def test_a_claim_is_announced_before_it_is_decided():
    events = []

    def watched(name):
        def decide(effort):
            events.append(f"{name} decided")
            return PASS

        return replace(check(), decide=decide)

    by_name = {name: claim(name, watched(name)) for name in ("A", "B")}
    verify(by_name, by_name, EFFORT, lambda each: events.append(f"{each.identifier} announced"))
    assert events == ["A announced", "A decided", "B announced", "B decided"]
