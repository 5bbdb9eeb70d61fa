"""Checks on kept scores of detectors: a moved number, another reading and other weights are each rejected."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from numerics.detection_metrics import auroc
from proofs_check import detection_evidence
from proofs_check.check import Effort
from proofs_check.detection_evidence import (
    hybrids,
    kept_scores,
    line,
    lines,
    model_check,
    pairs,
    reading_check,
    table,
    table_check,
)

NETWORK = "digits-hybrid-unet"


def test_networks_and_pairs_are_those_of_the_table():
    assert hybrids() == ("digits-hybrid-transformer", NETWORK, "faces-hybrid-unet")
    assert set(pairs()) == {
        *("digits-few-transformer | digits-all-transformer", "digits-few-unet | digits-all-unet"),
    }
    assert len(lines(NETWORK, "tuned")) == 9
    assert line(NETWORK, "tuned", "flipd") in lines(NETWORK, "tuned")
    for network in hybrids():
        for found in lines(network, "beforehand"):
            if found.statistic not in ("jacobian_dimension", "normal_bundle"):
                assert min(found.memorised, found.generalised) >= 500


def test_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="'kurtosis' for 'digits-hybrid-unet', tuned, got none"):
        line(NETWORK, "tuned", "kurtosis")
    with pytest.raises(ValueError, match="statistic must have been measured for 'digits-hybrid-unet', got 'kurtosis'"):
        kept_scores(NETWORK, "kurtosis")


def test_scores_are_of_the_samples_that_have_one():
    for method, count in (("std", 1200), ("jacobian_dimension", 300)):
        scores, memorised, clusters = kept_scores(NETWORK, method)
        assert len(scores) == len(memorised) == len(clusters) == count
        assert np.isfinite(scores).all()
        assert auroc(scores, memorised) == pytest.approx(line(NETWORK, "beforehand", method).auroc)


def test_a_line_that_the_scores_do_not_give_fails(monkeypatch):
    check = table_check("lines", count=1, scope="here")
    assert check.decide(Effort()).ok
    assert all(not control.decide().ok for control in check.controls(Effort()))
    moved = tuple(dataclasses.replace(each, tpr_low=each.tpr_low + 1e-6) for each in table())
    monkeypatch.setattr(detection_evidence, "table", lambda: moved)
    assert not check.decide(Effort()).ok


def test_readings_are_compared_line_by_line():
    group = ("digits-few-unet | digits-all-unet", "beforehand")
    stated = [(each.level, each.recommended_is) for each in lines(*group)]
    found = reading_check("r", {group: stated}, scope="here").decide(Effort())
    assert found.ok
    assert found.margin == "7 of 7 lines"
    assert len(found.tables[0].rows) == 7
    assert len(found.tables[1].rows) == 2 * len(hybrids())
    stated[5] = ("reversed", stated[5][1])
    other = reading_check("r", {group: stated}, scope="here").decide(Effort())
    assert not other.ok
    assert other.margin == "6 of 7 lines"
    assert "flipd: separates, better" in other.detail
    by_std = [(each.level, each.printed_is) for each in lines(*pair(1))]
    assert reading_check("r", {pair(1): by_std}, rival="std", scope="here").decide(Effort()).ok
    assert not reading_check("r", {pair(1): by_std}, scope="here").decide(Effort()).ok


def pair(number: int) -> detection_evidence.Group:
    return sorted(pairs(), reverse=True)[number], "beforehand"


def test_a_model_of_other_weights_fails(monkeypatch, tmp_path):
    monkeypatch.setattr(detection_evidence, "hybrids", lambda: (NETWORK,))
    check = model_check("models", samples=2, scope="here")
    assert check.decide(Effort()).ok
    assert all(not control.decide().ok for control in check.controls(Effort()))
    models = detection_evidence.MODELS
    other = (models / "digits-all-unet.safetensors").read_bytes()
    (tmp_path / f"{NETWORK}.safetensors").write_bytes(other)
    monkeypatch.setattr(detection_evidence, "MODELS", tmp_path)
    assert not check.decide(Effort()).ok
