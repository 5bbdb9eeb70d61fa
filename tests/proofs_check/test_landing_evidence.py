"""Shares with their intervals, and decisions about the kept runs that a changed column must upset."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from numerics.sweeps import landing
from proofs_check import landing_evidence as evidence
from proofs_check.check import Effort


@given(st.integers(1, 500), st.data())
def test_intervals_are_those_whose_ends_are_just_not_rejected(runs, data):
    hits = data.draw(st.integers(0, runs))
    found = evidence.share(np.arange(runs) < hits)
    assert (found.hits, found.runs, found.value) == (hits, runs, hits / runs)
    if hits:
        assert binom.sf(hits - 1, runs, found.low) == pytest.approx(0.025, rel=1e-6)
    else:
        assert found.low == 0
    if hits < runs:
        assert binom.cdf(hits, runs, found.high) == pytest.approx(0.025, rel=1e-6)
    else:
        assert found.high == 1


def test_the_kept_runs_are_classified_by_their_columns():
    runs = evidence.kept()
    converged = runs["converged"].astype(bool)
    assert ((runs["outcome"] == landing.UNCONVERGED) == ~converged).all()
    assert ((runs["outcome"] == landing.MATCHED)[converged] == (runs["distance"] <= landing.MATCH)[converged]).all()
    assert ((runs["units"] > 0).sum(axis=1) == runs["stored"]).all()
    assert (runs["units"].sum(axis=1) + runs["shared"] <= runs["ratio"] * runs["M"]).all()
    assert runs["d"].min() == 4
    assert runs["d"].max() == 256
    assert runs["M"].min() == 2
    assert runs["M"].max() == 8


def test_five_percent_elsewhere_are_too_many(monkeypatch):
    runs = dict(evidence.kept())
    hybrid = np.flatnonzero(evidence.settled(runs) & (runs["kind"] == "hybrid"))
    runs["distance"] = runs["distance"].copy()
    runs["distance"][hybrid[: len(hybrid) // 20 + 1]] = 0.01
    check = evidence.landing_check("landing", scope="")
    assert check.decide(Effort()).ok
    monkeypatch.setattr(evidence, "kept", lambda: runs)
    assert not check.decide(Effort()).ok
