"""Claims decided in other processes: what comes back is what one process finds."""

import pytest

from proofs_check.check import Effort
from proofs_check.ledger import discover, verify
from proofs_check.ledger_processes import in_processes
from proofs_check.verdict import Method
from tests.example_claims import check, claim

CHOSEN = ("BR-eq-3", "own-lineage-fixation", "own-spike-test")
DRAWN = "own-spike-test"
SEED = 4


def found(report):
    """What was found, without margins that are rounding: their last digits may differ between processes."""
    outcome = report.outcome
    drawn = outcome.margin if report.check.method is Method.STATISTICAL else None
    return report.check.name, outcome.ok, outcome.detail, drawn, report.tried, report.survivors


def test_two_processes_find_what_one_finds():
    known, effort = discover(), Effort(seed=SEED)
    apart = verify(known, CHOSEN, effort, decisions=in_processes(2))
    here = verify(known, CHOSEN, effort)
    assert [report.claim for report in apart] == [report.claim for report in here]
    for one, other in zip(apart, here, strict=True):
        assert (one.printed, one.corrected, one.weakest_link) == (other.printed, other.corrected, other.weakest_link)
        assert list(map(found, one.checks)) == list(map(found, other.checks))
        assert one.seconds > 0


def test_processes_that_were_not_told_the_seed_would_be_seen():
    assert DRAWN in CHOSEN
    told, untold = (verify(discover(), [DRAWN], effort)[-1].checks for effort in (Effort(seed=SEED), Effort()))
    assert list(map(found, told)) != list(map(found, untold))


def test_a_claim_that_is_none_of_the_house_is_refused():
    stranger = claim("BR-stranger", check())
    with pytest.raises(KeyError, match="BR-stranger"):
        verify({"BR-stranger": stranger}, ["BR-stranger"], Effort(), decisions=in_processes(1))


def test_there_is_at_least_one_process():
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        in_processes(0)
