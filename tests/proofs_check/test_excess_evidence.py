"""Evidence on the excess loss: what the checks read, refuse and print."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.sweeps.excess_loss import SWEEP, time_of
from proofs_check import excess_evidence as ee
from proofs_check.check import Effort

CHECKS = [ee.bounds_check("bounds", about="corrected"), ee.leading_check("leading", about="printed")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_kept_evidence_passes_and_controls_do_not(check):
    assert check.decide(Effort()).ok
    assert [control.name for control in check.controls(Effort()) if control.decide().ok] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_other_losses_are_refused(monkeypatch, check, factor):
    altered = {**ee.kept(), "generaliser": factor * ee.kept()["generaliser"], "excess": factor * ee.kept()["excess"]}
    monkeypatch.setattr(ee, "kept", lambda: altered)
    assert not check.decide(Effort()).ok


def test_the_columns_belong_together():
    arrays = ee.kept()
    assert np.allclose(arrays["excess"], arrays["generaliser"] - arrays["memoriser"])
    assert len(ee.terms()) == len(arrays["d"]) == np.prod([len(values) for values in SWEEP.grid.values()])
    assert arrays["d"].min() == 8
    assert arrays["d"].max() == 2048


def test_energy_is_d_times_the_ratio_of_signal_to_noise():
    t = time_of(50, 16.0)
    assert 50 * (1 - t * t) / t**2 == pytest.approx(16.0)


def test_tables_have_a_row_for_each_dimension():
    for table in (ee.ratio_table(), ee.reach_table()):
        assert [row[0] for row in table.rows] == [str(d) for d in SWEEP.grid["d"]]
        assert all(len(row) == len(table.columns) for row in table.rows)
