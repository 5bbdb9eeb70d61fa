"""The check on kept certificates: it verifies what it says, fails on a forgery, and rejects its own forgeries."""

import numpy as np
import pytest

from proofs_check.certificate import write_certificate
from proofs_check.certified_minimizers import certified_check, forgeries
from proofs_check.certify import certify_minimizer
from proofs_check.check import Effort
from proofs_check.ledger import run_check
from proofs_check.recheck import recheck

PAIR = np.array([[1.0, 0.0], [-0.6, 0.8]])


@pytest.fixture(scope="module")
def certificate():
    return certify_minimizer(PAIR, 0.125, 0.0625)


def written(certificate, folder, names, **changes):
    for name in names:
        write_certificate(certificate.with_changes(name=name, **changes), folder)
    return certified_check("minimisers", folder, quick=2, about="printed", scope="a pair")


def test_it_holds_with_every_control_rejected(certificate, tmp_path):
    check = written(certificate, tmp_path, ["a", "b"])
    report = run_check(check, Effort(seed=3))
    assert report.ok
    assert report.tried == 6
    assert "2 of 2 certificates" in report.outcome.detail
    assert report.outcome.tables[0].rows[0][0] == "a"


def test_an_ordinary_run_takes_some_and_a_full_one_all(certificate, tmp_path):
    names = [f"c{k:02d}" for k in range(5)]
    check = written(certificate, tmp_path, names)
    assert f"2 of {len(names)}" in check.decide(Effort()).detail
    assert f"{len(names)} of {len(names)}" in check.decide(Effort(full=True)).detail


def test_one_forgery_among_them_fails_it(certificate, tmp_path):
    written(certificate, tmp_path, ["a"])
    outcome = written(certificate, tmp_path, ["b"], sigma=0.126).decide(Effort(full=True))
    assert not outcome.ok
    assert outcome.detail.startswith("b: the gradient norm")


def test_those_not_certified_are_listed_and_not_counted(certificate, tmp_path):
    written(certificate, tmp_path, ["a"])
    check = written(certificate, tmp_path, ["z"], certified=False, reason="a curvature of −1")
    outcome = check.decide(Effort(full=True))
    assert outcome.ok
    assert "1 of 1" in outcome.detail
    assert outcome.tables[0].rows[1][-1] == "a curvature of −1"


def test_only_the_kind_asked_for_is_looked_at(certificate, tmp_path):
    written(certificate, tmp_path, ["a"])
    written(certificate, tmp_path, ["b"], sigma=0.126)
    check = certified_check(
        "a", tmp_path, kind=lambda found: found.name == "a", quick=2, about="printed", scope="a pair"
    )
    assert check.decide(Effort(full=True)).ok


def test_no_certificates_are_no_success(tmp_path):
    check = certified_check("none", tmp_path, quick=2, about="printed", scope="nothing")
    assert not run_check(check, Effort()).ok


@pytest.mark.parametrize("seed", range(4))
def test_every_forgery_differs_in_one_thing_and_is_rejected(certificate, seed):
    found = forgeries(certificate, seed)
    assert [label for label, _ in found] == [
        "a weight moved by ten radii", "σ 1 % larger", "eigenvalue bound 5 % larger",
    ]  # fmt: skip
    moved, noisier, bolder = (forged for _, forged in found)
    assert np.abs(moved.parts[-1]).sum() == pytest.approx(10 * certificate.radius)
    assert noisier.sigma == pytest.approx(0.12625)
    assert bolder.smallest_eigenvalue == pytest.approx(1.05 * certificate.smallest_eigenvalue)
    assert not any(recheck(forged).holds for _, forged in found)
