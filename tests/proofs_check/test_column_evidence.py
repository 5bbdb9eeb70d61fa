"""Counts and paired differences of the kept runs, on made-up ones whose answers are known."""

import numpy as np
import pytest
from scipy.stats import binom

from proofs_check import column_evidence as evidence
from proofs_check.check import Effort


def _arrays(sgd, adam, converged=None):
    runs = len(sgd)
    return {
        "optimizer": np.array(["sgd"] * runs + ["adam"] * runs),
        "samples": np.full(2 * runs, 3.0),
        "ratio": np.full(2 * runs, 4.0),
        "seed": np.tile(np.arange(runs), 2),
        "effective": np.array([*sgd, *adam], dtype=float),
        "converged": np.ones(2 * runs) if converged is None else np.array(converged),
        "stored": np.full(2 * runs, 3.0),
        "sparse": np.array([3.0] + [2.0] * (2 * runs - 1)),
    }


def test_runs_are_paired_by_data_and_start_where_both_converged():
    arrays = _arrays([1, 2, 3, 4], [2, 2, 9, 5], [1, 1, 1, 1, 1, 1, 0, 1])
    more, error = evidence.ahead(arrays, "adam", "sgd", 4.0)
    assert more == pytest.approx(2 / 3)
    assert error == pytest.approx(np.std([1, 0, 1], ddof=1) / 3**0.5)
    assert evidence.ahead(arrays, "sgd", "adam", 4.0) == pytest.approx((-2 / 3, error))


def test_a_run_is_sparse_where_all_its_stored_samples_are():
    arrays = _arrays([1, 2, 3], [1, 2, 3])
    hits, low, high = evidence.sparse_runs(arrays, evidence.runs(arrays, "sgd", 4.0))
    assert hits == 1
    assert binom.sf(0, 3, low) == pytest.approx(0.025)
    assert binom.cdf(1, 3, high) == pytest.approx(0.025)


def test_changed_columns_upset_the_decisions(monkeypatch):
    split = evidence.mostly_split("split", 4.0, 0.2, scope="")
    more = evidence.more_columns("more", (("adam", "sgd"),), 4.0, scope="")
    assert split.decide(Effort()).ok
    assert more.decide(Effort()).ok
    arrays = evidence.kept()
    sparse = dict(arrays, sparse=np.where(arrays["optimizer"] == "adam", arrays["stored"], arrays["sparse"]))
    monkeypatch.setattr(evidence, "kept", lambda: sparse)
    assert not split.decide(Effort()).ok
    level = dict(arrays, effective=np.where(arrays["optimizer"] == "adam", 2.0, arrays["effective"]))
    monkeypatch.setattr(evidence, "kept", lambda: level)
    assert not more.decide(Effort()).ok
