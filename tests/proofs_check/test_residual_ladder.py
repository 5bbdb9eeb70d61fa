"""Rungs of the ladder: margin and law of each certificate, and no rung that does not hold."""

import numpy as np
import pytest

from proofs_check.certificate import write_certificate
from proofs_check.certify import certify_blocks, certify_minimizer
from proofs_check.check import Effort
from proofs_check.ledger import run_check
from proofs_check.residual_ladder import ladder, ladder_check, rung

PAIR = np.array([[1.0, 0.0], [-0.6, 0.8]])


@pytest.fixture(scope="module")
def single():
    return certify_minimizer(PAIR, 0.125, 0.0625)


def test_a_rung_knows_its_margin_and_its_law(single):
    found = rung(single)
    assert found.margin == pytest.approx(0.6)
    assert found.predicted == pytest.approx(single.distance[0], rel=1e-2)
    assert found.predicted != pytest.approx(single.distance[0], rel=1e-9)


def test_the_law_covers_single_samples_only():
    spread = np.array([[1.0, 0.3], [1.0, -0.2], [-1.0, 0.1]])
    labels = np.array([0, 0, 1])
    assert np.isnan(rung(certify_blocks("one", spread, labels, [1, 1], 0.25, 0.03)).predicted)
    assert np.isnan(rung(certify_blocks("two", PAIR, np.array([0, 1]), [1, 0], 0.25, 0.03)).predicted)


def test_rungs_are_read_in_order_and_verified_again(single, tmp_path):
    write_certificate(single.with_changes(name="b"), tmp_path)
    write_certificate(single.with_changes(name="a"), tmp_path)
    write_certificate(single.with_changes(name="c", certified=False, reason="none"), tmp_path)
    assert [found.certificate.name for found in ladder(verify_again=True, folder=tmp_path)] == ["a", "b"]
    write_certificate(single.with_changes(name="d", sigma=0.126), tmp_path)
    assert len(list(ladder(verify_again=False, folder=tmp_path))) == 3
    with pytest.raises(ValueError, match="certificates must hold, d does not: the gradient norm"):
        list(ladder(verify_again=True, folder=tmp_path))


def test_the_check_holds_on_the_law_and_rejects_its_neighbours(tmp_path):
    for ratio in (5.0, 7.0):
        write_certificate(
            certify_minimizer(PAIR, 0.6 / ratio, 0.0625, bits=256).with_changes(name=f"r{ratio}"), tmp_path
        )
    report = run_check(ladder_check("law", about="printed", scope="a pair", folder=tmp_path), Effort())
    assert report.ok, (report.outcome, report.survivors)
    assert report.tried == 3
    assert "2 certified residuals" in report.outcome.detail


def test_a_certificate_off_the_law_fails_the_check(single, tmp_path):
    low, high = single.distance
    write_certificate(single.with_changes(name="a"), tmp_path)
    check = ladder_check("law", about="printed", scope="a pair", folder=tmp_path)
    assert check.decide(Effort()).ok
    write_certificate(single.with_changes(name="b", distance=(1.2 * low, 1.2 * high)), tmp_path)
    assert not check.decide(Effort()).ok
    write_certificate(single.with_changes(name="b", radius=1e-60), tmp_path)
    assert check.decide(Effort(full=True)).margin == "rejected"
