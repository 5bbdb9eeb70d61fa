"""Rungs of the ladder: margin and law of each certificate, and no rung that does not hold."""

import numpy as np
import pytest

from proofs_check.certificate import write_certificate
from proofs_check.certify import certify_blocks, certify_minimizer
from proofs_check.residual_ladder import ladder, rung

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
