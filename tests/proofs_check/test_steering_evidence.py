"""The rule about steering, on planted answers: each outcome, which comparisons there are, who counts as answering."""

import numpy as np
import pytest

import proofs_check.steering_evidence as evidence
from numerics.detection_truth import GENERALISED, MEMORISED, UNDECIDED
from proofs_check.check import Effort
from proofs_check.steering_evidence import (
    Place,
    comparison,
    group,
    outcome,
    outcomes_check,
    places,
    sampled_check,
    table,
)

STRENGTHS = np.linspace(0, 1, 13)
# Slopes of memorised and generalised answers of each network, and what follows.
PLANTED = {"relu": (80.0, 2.0), "unet": (5.0, 2.0), "transformer": (2.0, 80.0)}
EXPECTED = {"relu": "holds", "unet": "weaker form holds", "transformer": "reversed"}


def _answers(slope: float, count: int, seed: int) -> np.ndarray:
    middle = np.random.default_rng(seed).uniform(0.4, 0.6, size=(count, 1))
    low, high = (1 / (1 + np.exp(-slope * (a - middle))) for a in (0.0, 1.0))
    return ((1 / (1 + np.exp(-slope * (STRENGTHS - middle)))) - low) / (high - low)


@pytest.fixture(autouse=True)
def _planted(monkeypatch):
    arrays, ways = {}, []
    for architecture, (memorised, generalised) in PLANTED.items():
        model = f"digits-hybrid-{architecture}"
        arrays[f"{model}/kind"] = np.repeat([MEMORISED, UNDECIDED, GENERALISED], [40, 3, 40]).astype(np.int8)
        arrays[f"{model}/origin"] = np.r_[np.arange(40) % 20, np.arange(3), np.arange(40)]
        curves = np.concatenate([_answers(memorised, 40, 0), np.zeros((3, 13)), _answers(generalised, 40, 1)])
        for response in ("distance", "path"):
            arrays[f"{model}/0/{response}"] = curves.astype(np.float32)
        rise = np.where(np.arange(83) % 4 == 0, 0.4, 0.9)[:, None]
        arrays[f"{model}/0/probability"] = (rise * curves).astype(np.float32)
        ways.append({"model": model, "number": 0, "layer": "l", "direction": "mean", "passes": "sampling"})
    ways.append({"model": "digits-few-relu", "number": 0, "layer": "l", "direction": "mean", "passes": "sampling"})
    monkeypatch.setattr(evidence, "kept", lambda: (arrays, {"ways": ways}))
    comparison.cache_clear()
    yield
    comparison.cache_clear()


def test_each_outcome_is_decided_from_its_answers():
    assert {architecture: outcome(architecture) for architecture in PLANTED} == EXPECTED
    assert outcome("relu", swapped=True) == "reversed"
    assert outcome("relu", shuffled=3) == "not seen"


def test_only_what_was_measured_on_both_sides_is_compared():
    assert places() == [Place(each, "within", 0, r) for each in PLANTED for r in ("distance", "path", "probability")]


def test_samples_that_rise_by_less_than_one_half_do_not_answer():
    curves, values, origins = group(Place("relu", "within", 0, "probability"), GENERALISED)
    assert len(curves) == len(origins) == 40
    assert np.array_equal(np.isnan(values[0]), curves.max(axis=1) < 0.5)
    assert comparison(Place("relu", "within", 0, "probability")).samples == (30, 30)
    assert comparison(Place("relu", "within", 0, "distance")).samples == (40, 40)


def test_the_check_accepts_what_is_and_rejects_its_controls():
    check = outcomes_check("planted", EXPECTED)
    found = check.decide(Effort(seed=1))
    assert found.ok
    assert [row[-1] for row in found.tables[0].rows] == [
        "as printed",
        "as printed",
        "memorised sharper",
        "memorised sharper",
        "generalised sharper",
        "generalised sharper",
    ]
    assert not any(control.decide().ok for control in check.controls(Effort(seed=1)))
    assert not outcomes_check("planted", {**EXPECTED, "unet": "holds"}).decide(Effort()).ok
    assert len(table([]).rows) == 0


def test_every_way_of_sampling_must_be_sharper_in_distance():
    check = sampled_check("planted", ("relu", "unet"))
    found = check.decide(Effort(seed=1))
    assert found.ok
    assert (found.margin, found.detail) == ("none amiss", "2 ways")
    assert [row[3] for row in found.tables[0].rows] == ["distance", "probability"] * 2
    assert not any(control.decide().ok for control in check.controls(Effort(seed=1)))
    assert sampled_check("planted", ("relu", "transformer")).decide(Effort()).margin == "transformer, way 0, distance"
    assert not sampled_check("planted", ("relu", "transformer")).decide(Effort()).ok
    assert not sampled_check("planted", ()).decide(Effort()).ok


def test_a_generalised_probability_that_is_sharper_is_enough_to_fail(monkeypatch):
    arrays, description = evidence.kept()
    changed = arrays | {"digits-hybrid-relu/0/probability": arrays["digits-hybrid-transformer/0/probability"]}
    monkeypatch.setattr(evidence, "kept", lambda: (changed, description))
    found = sampled_check("planted", ("relu",)).decide(Effort())
    assert (found.ok, found.margin) == (False, "relu, way 0, probability")


def test_a_group_without_samples_is_shown_as_a_dash(monkeypatch):
    arrays, description = evidence.kept()
    kinds = {"digits-hybrid-relu/kind": np.full(83, GENERALISED, dtype=np.int8)}
    monkeypatch.setattr(evidence, "kept", lambda: (arrays | kinds, description))
    row = table([Place("relu", "within", 0, "distance")]).rows[0]
    # Three of them do not move at all.
    assert (row[4], row[5].split()[:2], row[-1]) == ("0 / 80", ["–", "/"], "undecided")
    assert "–" not in row[5].split()[2]
