"""The figure of thresholds: every converged descent is in a mark, and the lines are the predictions."""

import numpy as np
import pytest

from figures import thresholds
from figures.thresholds import PANELS


def test_marks_are_the_converged_descents_from_the_starts_in_question():
    rows = thresholds.draw(False).rows
    for panel in PANELS:
        kept, name = panel.evidence.kept(), panel.evidence.sweep.name
        chosen = (kept["start"] == panel.evidence.start) & kept["converged"].astype(bool)
        chosen &= np.isin(kept["setting"], panel.evidence.settings)
        mine = [row for row in rows if row[0] == name]
        assert sum(int(row[3]) for row in mine) == chosen.sum()
        for _, setting, decay, _, mean, least, most, _ in mine:
            at = chosen & (kept["setting"] == setting) & (kept["decay"] == decay)
            values = kept[panel.evidence.order][at]
            assert mean == pytest.approx(values.sum() / len(values), abs=1e-12)
            assert (least, most) == (min(values), max(values))


def test_gains_vanish_at_the_threshold_and_lie_on_the_line_before():
    rows = thresholds.draw(True).rows
    assert {row[3] for row in rows} == {1}
    for name, _, decay, _, mean, _, _, predicted in rows:
        if name != "zero-columns":
            assert float(mean) == pytest.approx(float(predicted), abs=1.5e-3)
            assert (float(mean) > 1e-4) == (float(decay) < 1)
        elif not 0.95 < float(decay) < 1:
            # Nearer below the threshold columns grow too slowly for every run to show it.
            assert (float(mean) > 1e-4) == (float(decay) < 1)


def test_lines_reach_zero_at_one():
    drawing = thresholds.draw(True)
    for axes, panel in zip(drawing.figure.axes, PANELS, strict=True):
        lines = [line for line in axes.get_lines() if line.get_linestyle() == "-"]
        assert len(lines) == (len(panel.evidence.settings) if panel.predicted else 0)
        for line in lines:
            decay, gain = np.array(line.get_data())
            assert (gain[decay >= 1] == 0).all()
            assert (gain[decay < 0.995] > 0).all()
