"""The figure of where descent lands: every mark is a row, drawn from the kept runs or from a few made now."""

import numpy as np

from figures import landing
from proofs_check.landing_evidence import kept, settled


def test_the_kept_runs_are_shown_whole():
    drawing = landing.draw(False)
    runs = kept()
    distances = [row for row in drawing.rows if row[0] == "distance"]
    assert len(distances) == runs["converged"].sum()
    assert {row[1] for row in distances} == {"memorising", "generalising", "hybrid", "several"}
    shares = [row for row in drawing.rows if row[0] == "full storage"]
    assert len(shares) == 9
    runs_shown, value, low, high = np.array([row[3:] for row in shares], dtype=float).T
    assert runs_shown.sum() == settled(runs).sum()
    assert (low <= value).all()
    assert (value <= high).all()
    left, right = drawing.figure.axes
    assert (left.get_xscale(), right.get_xscale()) == ("log", "log")


def test_a_quick_drawing_shows_two_problems():
    rows, runs = landing.draw(True).rows, kept()
    chosen = (runs["family"] == "memorising 4x2") & (runs["problem"] < 2)
    assert [row[1:4] for row in rows if row[0] == "full storage"] == [("M = 2", ratio, 2) for ratio in (1.0, 2.0, 4.0)]
    found = [row[2] for row in rows if row[0] == "distance"]
    assert found == sorted(runs["distance"][chosen & runs["converged"].astype(bool)])
