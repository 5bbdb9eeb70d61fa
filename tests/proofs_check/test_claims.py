"""The claims of the house: their cards, and one run of all of them with a seed that nobody chose."""

from __future__ import annotations

import importlib
import re
import secrets

import pytest

from proofs_check.check import Bears, Effort
from proofs_check.claim import PAPERS, Claim, Kind
from proofs_check.ledger import ClaimReport, claim_modules, discover, verify
from proofs_check.report import claim_docstring
from proofs_check.verdict import Method, Verdict

CLAIMS = discover()
REQUIRED = {
    *("BR-eq-1-2", "BR-eq-3", "BR-def-3.1", "BR-lem-D.1"),
    *("BR-thm-3.1", "BR-thm-3.1-rotation", "BR-thm-3.1-rescaling"),
    *("BR-cor-3.2", "BR-cor-3.2-loss", "BR-cor-3.2-one-hot"),
    *("BR-cor-3.3-weights", "BR-cor-3.3-test-loss", "BR-cor-3.4"),
    *("own-gaussian-relu", "own-exact-objective", "own-frozen-gates", "own-noiseless-blocks"),
}
each_claim = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)


def statements(claim: Claim):
    return [(about, found) for about in ("printed", "corrected") if (found := claim.statement(about))]


def test_no_required_claim_is_missing():
    assert set(CLAIMS) >= REQUIRED


def test_every_module_of_a_claim_package_holds_a_claim():
    assert [module.__name__ for module in claim_modules() if not hasattr(module, "CLAIM")] == []


@each_claim
def test_identifiers_name_paper_and_place(claim):
    assert re.fullmatch(
        r"(BR|EM|MC)-(eq|def|lem|thm|cor|prop|alg)-([A-Z0-9]+|[a-z]+)([.-][a-z0-9]+)*|own(-[a-z]+)+", claim.identifier
    )
    assert claim.identifier.split("-")[0] == claim.paper.value
    assert claim.paper in PAPERS
    assert isinstance(claim.kind, Kind)


@each_claim
def test_cards_are_filled_in(claim):
    assert claim_docstring(claim).strip()
    assert claim.title.strip()
    assert claim.source.strip()
    assert claim.hypotheses
    assert all(hypothesis.strip() for hypothesis in claim.hypotheses)
    assert claim.checks
    for _, statement in statements(claim):
        assert statement.words.strip().endswith((".", ".)"))
        assert statement.expected in Verdict


@each_claim
def test_what_is_refuted_or_left_open_is_mended_by_something_decided(claim):
    if claim.corrected is None:
        assert claim.printed.expected not in (Verdict.REFUTED, Verdict.OPEN)
    else:
        assert claim.corrected.expected not in (Verdict.REFUTED, Verdict.OPEN)


@each_claim
def test_every_statement_is_decided_by_a_method_strong_enough(claim):
    for about, statement in statements(claim):
        found = [check for check in claim.checks if check.about == about]
        refuted, left_open = statement.expected is Verdict.REFUTED, statement.expected is Verdict.OPEN
        assert any(check.bears is Bears.REFUTES for check in found) is refuted
        assert any(check.bears is Bears.DECIDES for check in found) is not (refuted or left_open)
        if statement.expected is Verdict.PROVED:
            assert any(check.method is Method.SYMBOLIC and check.bears is Bears.DECIDES for check in found)


@each_claim
def test_every_check_says_what_it_covers_or_counts(claim):
    for check in claim.checks:
        assert check.name.strip()
        assert check.scope.strip() or check.bears is Bears.SUPPORTS


@each_claim
def test_own_results_have_nothing_to_mend_and_no_one_rests_on_itself(claim):
    if claim.identifier.startswith("own-"):
        assert claim.corrected is None
    assert claim.identifier not in claim.depends_on
    assert len(set(claim.depends_on)) == len(claim.depends_on)


def test_claims_are_the_modules_own():
    for module in claim_modules():
        assert importlib.import_module(module.__name__).CLAIM is CLAIMS[module.CLAIM.identifier]


@pytest.fixture(scope="session")
def run() -> tuple[int, dict[str, ClaimReport]]:
    """One run of everything; the seed is part of every message below."""
    seed = secrets.randbelow(2**31)
    return seed, {report.claim.identifier: report for report in verify(CLAIMS, CLAIMS, Effort(seed=seed))}


@pytest.mark.parametrize("identifier", CLAIMS)
def test_the_claim_is_ok_at_any_seed(run, identifier):
    seed, reports = run
    report = reports[identifier]
    failed = [(check.check.name, check.outcome, check.survivors) for check in report.checks if not check.ok]
    assert failed == [], f"seed {seed}"
    assert report.printed is report.claim.printed.expected, f"seed {seed}: {report.weakest_link}"
    assert report.ok, f"seed {seed}: corrected {report.corrected}, {report.weakest_link}"


@pytest.mark.parametrize("identifier", CLAIMS)
def test_every_control_is_rejected(run, identifier):
    seed, reports = run
    report = reports[identifier]
    assert report.tried == report.rejected, f"seed {seed}"
    assert all(check.tried for check in report.checks), f"seed {seed}"


def test_the_run_is_whole_and_has_controls_enough(run):
    seed, reports = run
    assert set(reports) == set(CLAIMS)
    assert sum(report.tried for report in reports.values()) >= 150, f"seed {seed}"
