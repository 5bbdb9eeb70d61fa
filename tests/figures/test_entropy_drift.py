"""The figure of the entropy's drift: its rows are the closed forms and loops that agree, its lines the rows."""

import numpy as np
import pytest

from figures import entropy_drift
from theory import refit_loop


def test_rows_are_laws_beside_loops_and_lines_pass_through_them():
    drawing = entropy_drift.draw(True)
    assert {row[0] for row in drawing.rows} == {"entropy", "proportional", "mixed"}
    for panel, series, x, predicted, measured, error in drawing.rows:
        if panel == "proportional":
            n = int(str(series).removeprefix("N = "))
            exact = refit_loop.gaussian_log_det_drift(n, round(float(x) * n)) / round(float(x) * n)
            assert measured == pytest.approx(exact)
            assert predicted == refit_loop.proportional_drift(float(x))
        else:
            # The seeds are fixed; at six standard errors none of 168 means is a matter of chance.
            assert abs(float(measured) - float(predicted)) <= 6 * float(error) + 1e-12
    for name, axes in zip(("entropy", "proportional", "mixed"), drawing.figure.axes, strict=True):
        drawn = [
            (float(x), float(y))
            for line in axes.get_lines()
            if line.get_marker() in entropy_drift.MARKERS
            for x, y in zip(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), strict=True)
        ]
        assert sorted(drawn) == sorted((float(row[2]), float(row[4])) for row in drawing.rows if row[0] == name)


def test_the_entropy_of_a_line_is_the_drift_times_the_generation():
    lines = entropy_drift.draw(True).figure.axes[0].get_lines()
    expected = refit_loop.gaussian_log_det_drift(20, 2) / 2 * np.arange(11)
    assert any(
        np.allclose(np.asarray(line.get_ydata(), dtype=float), expected)
        for line in lines
        if len(line.get_xdata()) == 11
    )
