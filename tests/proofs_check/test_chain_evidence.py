"""Predictions for chains of autoencoders against simulation and by hand, and checks that reject what is planted."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.sweeps import autoencoder_chain as chain
from proofs_check import chain_evidence as ce
from proofs_check.check import Effort

PLACE = ce.Place("families", "uneven", 1.5)


def test_the_kept_chains_are_whole():
    arrays = ce.kept()
    assert arrays["stored"].shape == (18, chain.GENERATIONS + 1, chain.CHAINS, chain.ORIGINALS)
    assert arrays["settled"].all()
    # Where lengths are kept all twelve points belong to an original, or the chain is empty; a start that nearly no gate
    # answers may be lost.
    points = arrays["copies"][arrays["arm"] != "raw"].sum(axis=-1)
    assert ((points == 12) | (points == 0)).mean() > 0.99
    assert (points[arrays["arm"][arrays["arm"] != "raw"] == "families"] == 12).all()
    for place in ce.places(("families",), (0.1, 1.5, 2.5)):
        assert (ce.looks(place).copies[0] == chain.COPIES).all()


def test_thresholds_are_those_of_predicted_gains_of_a_hundredth():
    squares = (chain.originals("uneven") ** 2).sum(axis=1)
    for m, square in zip(ce.thresholds(PLACE), squares, strict=True):
        gain = (m * square - PLACE.threshold) / (m * square + m * chain.SIGMA**2)
        assert gain == pytest.approx(0.01, rel=1e-9)
    copies = np.tile(np.arange(1.0, 7), (1, 1))
    np.testing.assert_array_equal(ce.above(copies * squares, copies, PLACE), copies > ce.thresholds(PLACE))
    moved = ce.above(copies * squares, copies, PLACE, change=1.0)
    np.testing.assert_array_equal(moved, copies > ce.thresholds(PLACE, change=1.0))


def test_families_drawn_by_copies_are_wright_fisher_with_predicted_networks():
    """The predicted networks of the arm against the exact law: two routes, within five standard errors."""
    found, claimed = ce.predicted_weights(PLACE), ce.wright_fisher(PLACE)
    assert (np.abs(found.mean - claimed.mean) <= 5 * found.error + 1e-12).all()
    later = ce.wright_fisher(PLACE, later=2).mean
    np.testing.assert_allclose(later[1:-2], claimed.mean[3:], rtol=1e-12)


def test_rules_and_courses_reject_what_is_planted(monkeypatch):
    where = [ce.Place("families", "even", 1.5)]
    real = ce.looks(where[0])
    rule = ce.rule_check(where, 0.03, {})
    course = ce.course_check("course", ce.wright_fisher, {}, where, scope="one cell")
    assert rule.decide(Effort()).ok
    assert course.decide(Effort()).ok
    # One original in twenty forgotten, and a network that stores one more of those that are there.
    for change in (real.stored & (np.arange(24)[:, None] > 1), real.stored | ((real.copies > 0) & (real.copies < 2))):
        monkeypatch.setattr(ce, "looks", lambda place, change=change: real._replace(stored=change))
        assert not rule.decide(Effort()).ok
    assert not course.decide(Effort()).ok


def test_intervals_hold_the_share():
    low, high = ce.share_interval(10, 1000)
    assert low < 0.01 < high
    assert high == pytest.approx(0.0216, abs=2e-3)
    assert ce.share_interval(0, 100)[0] == 0
