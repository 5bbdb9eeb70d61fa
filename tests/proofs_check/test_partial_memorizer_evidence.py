"""The evidence for the constant of EM Theorem 3.2: groups are the kept rows, checks pass, other laws fail."""

import numpy as np
import pytest

from numerics.sweep import evidence, read_sweep
from proofs_check import partial_memorizer_evidence as pe
from proofs_check.check import Effort


def test_every_cell_is_in_one_group():
    arrays = read_sweep(evidence("partial-memorizer"))[0]
    groups = pe.groups()
    assert sum(group.excess.count for group in groups) == len(arrays["d"])
    assert len({group[:3] for group in groups}) == len(groups)
    weighted = sum(group.excess.mean * group.excess.count for group in groups)
    assert weighted == pytest.approx(arrays["excess"].sum())
    assert not arrays["failed"].any()


def test_the_prediction_passes_and_a_law_five_per_cent_off_fails():
    check = pe.constant_check(
        "C", [("more", lambda d, kept, snr: 1.05 * pe.predicted(d, kept, snr))], about="printed", scope=""
    )
    outcome = check.decide(Effort())
    assert outcome.ok
    for row in outcome.tables[0].rows:
        assert int(row[0]) * float(row[2]) >= pe.RANGE
        assert int(row[1]) >= pe.COVERED
    assert not any(control.decide().ok for control in check.controls(Effort()))


def test_few_kept_samples_pass_two():
    check = pe.beyond_two_check("C", 2, [20, 100], about="printed", scope="")
    assert check.decide(Effort()).ok
    assert [control.decide().ok for control in check.controls(Effort())] == [False, False]
    least = min(
        np.array(
            [
                g.excess.mean - 4 * g.excess.standard_error
                for g in pe.groups()
                if g.kept == 2 and g.d >= 512 and g.snr >= 1
            ]
        )
    )
    assert check.decide(Effort()).margin == f"{least:.2f} > 2"
