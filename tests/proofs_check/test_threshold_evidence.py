"""Claims about thresholds: a prediction moved by more than the bracket is rejected, as is evidence that is too thin."""

import numpy as np
import pytest

from numerics.sweeps.soft_threshold import samples
from proofs_check.check import Effort
from proofs_check.extensions import descent_duplication, descent_soft_threshold, descent_zero_columns
from proofs_check.threshold_evidence import distance_check

MODULES = [descent_duplication, descent_soft_threshold, descent_zero_columns]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CLAIM.identifier)
@pytest.mark.parametrize(("factor", "ok"), [(1.0, True), (1.015, True), (0.985, True), (1.09, False), (0.92, False)])
def test_located_means_bracketed_within_a_twentieth(module, factor, ok):
    check = module.EVIDENCE.check("moved", lambda setting: factor * module.predicted_threshold(setting), {})
    assert check.decide(Effort()).ok == ok


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CLAIM.identifier)
def test_unconverged_descents_and_other_starts_never_count(module):
    arrays = module.EVIDENCE.kept()
    for setting in module.EVIDENCE.settings:
        runs = module.EVIDENCE.chosen(setting)
        assert runs["converged"].all()
        assert set(runs["start"]) == {module.EVIDENCE.start}
        here = (arrays["setting"] == setting) & (arrays["start"] == module.EVIDENCE.start) & arrays["converged"]
        assert len(runs["decay"]) == here.sum() > 0


def test_four_settings_are_too_few():
    few = descent_duplication.EVIDENCE._replace(settings=descent_duplication.EVIDENCE.settings[:4])
    assert not few.check("few", descent_duplication.predicted_threshold, {}).decide(Effort()).ok


def test_a_law_is_kept_up_to_its_tolerance():
    check = distance_check("law", lambda factor: abs(factor - 1) + 0.25, 0.25, {"other": 1.5}, "3 descents")
    assert check.scope == "3 descents"
    assert check.decide(Effort()).ok
    (control,) = check.controls(Effort())
    assert control.name == "law: other"
    assert not control.decide().ok


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CLAIM.identifier)
def test_the_table_has_a_row_for_each_setting_and_start(module):
    (table,) = module.CLAIM.checks[0].decide(Effort()).tables
    quick = module.SWEEP.quick
    pairs = [(setting, start) for setting in quick["setting"] for start in quick["start"]]
    assert [row[:2] for row in table.rows] == pairs


def test_gains_are_those_of_the_cards_formulas():
    """By rational numbers typed in here: m = 2, ‖x‖² = 1, n = 5, σ = 1/5, nλ = 1/2."""
    assert descent_duplication.predicted_gain("pair", 0.1) == pytest.approx((2 - 0.5) / (2 + 2 / 25), rel=1e-12)
    assert descent_duplication.predicted_threshold("pair") == pytest.approx(2 / 5, rel=1e-12)
    name = "two-first"
    X, labels = samples(name)
    cluster = X[labels == 1]
    largest = np.linalg.eigvalsh(cluster.T @ cluster)[-1]
    assert descent_soft_threshold.predicted_threshold(name) == pytest.approx(largest / 8, rel=1e-12)
