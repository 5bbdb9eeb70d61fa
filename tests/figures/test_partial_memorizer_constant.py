"""The figure of C shows every kept setting beside its prediction, and the marks stand where the rows say."""

import numpy as np
import pytest

from figures import partial_memorizer_constant as figure
from numerics.sweep import evidence, read_sweep
from theory.partial_memorizer import constant_of_cluster


def test_rows_are_the_kept_means():
    arrays = read_sweep(evidence("partial-memorizer"))[0]
    rows = figure.draw(False).rows
    assert len(rows) == len(figure.KEPT) * len(figure.SNRS) * len(np.unique(arrays["d"]))
    for kept, snr, d, count, _, mean, error in rows:
        values = arrays["excess"][(arrays["kept"] == kept) & (arrays["snr"] == snr) & (arrays["d"] == d)]
        assert count == len(values) == 12
        assert (mean, error) == pytest.approx((values.mean(), values.std(ddof=1) / 12**0.5))


def test_marks_and_lines_of_a_quick_drawing():
    drawing = figure.draw(True)
    assert {row[:3] for row in drawing.rows} == {(M, s, d) for M in figure.KEPT for s in figure.SNRS for d in (16, 128)}
    for axes, snr in zip(drawing.figure.axes, figure.SNRS, strict=True):
        marks = {
            (float(x), float(y))
            for line in axes.get_lines()
            if line.get_marker() in figure.MARKERS
            for x, y in zip(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), strict=True)
        }
        assert marks == {(float(row[2]), row[5]) for row in drawing.rows if row[1] == snr}
        # Forty samples a cluster on average: the line of M = 160 ends near the constant of such a cluster.
        (line,) = [each for each in axes.get_lines() if each.get_label() == "predicted, M = 160"]
        assert np.asarray(line.get_ydata())[-1] == pytest.approx(constant_of_cluster(2048, 40.0, snr, 1.0), abs=0.01)
