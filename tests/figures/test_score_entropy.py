"""The figure of log GS against entropy: which changes keep to the slope q/d, which do not, and marks at the rows."""

import numpy as np
import pytest

from figures import score_entropy as figure
from theory.scaling_identity import scaling_slope


@pytest.fixture(scope="module")
def drawing():
    return figure.draw(True)


def _rows(drawing, series: str):
    return [row for row in drawing.rows if row[1] == series]


def test_predicted_is_the_slope_times_the_entropy(drawing):
    assert {row[0] for row in drawing.rows} == {"normal", "digits"}
    for panel, _, _, entropy, predicted, *_ in drawing.rows:
        assert predicted == pytest.approx(scaling_slope({"normal": 5, "digits": 20}[panel], 2) * entropy)


def test_scale_is_on_the_line_by_its_logarithm(drawing):
    rows = _rows(drawing, "scale")
    assert len(rows) == 2 * len(figure.FACTORS)
    for _, _, factor, _, predicted, measured, error in rows:
        assert measured == pytest.approx(predicted)
        assert measured == pytest.approx(2 * np.log(factor))
        assert error == pytest.approx(0, abs=1e-12)


def test_spectra_keep_to_the_line_and_copies_do_not(drawing):
    for kept in ("determinant", "trace"):
        rows = _rows(drawing, f"spectrum, {kept} fixed")
        assert len(rows) == 2 * len(figure.SPECTRUM_POWERS)
        # GS is the arithmetic mean, the identity is of the geometric one: a tenth lies between them here.
        assert all(abs(row[5] - row[4]) < 0.15 + 6 * row[6] for row in rows)
        assert max(abs(row[5]) for row in rows) > 0.3
    for *_, entropy, predicted, measured, _ in _rows(drawing, "near copies in D"):
        assert measured > 0 > predicted + 0.4
        assert entropy < -1
    for _, _, share, entropy, _, measured, _ in _rows(drawing, "copies in G"):
        assert entropy == 0
        assert measured == pytest.approx(np.log(1 - share), abs=0.01)
    for *_, entropy, _, measured, error in _rows(drawing, "loop of copies"):
        assert entropy < -0.3
        assert abs(measured) < 0.1 + 6 * error


def test_loops_of_refits_fall_along_the_line(drawing):
    for panel in ("normal", "digits"):
        rows = [row for row in _rows(drawing, "loop of refits") if row[0] == panel]
        assert [row[2] for row in rows] == [10.0, 20.0]
        assert rows[-1][5] < 0
        assert rows[-1][5] == pytest.approx(rows[-1][4], abs=0.5)


def test_marks_are_the_rows_and_the_line_has_the_slope(drawing):
    for panel, axes in zip(("normal", "digits"), drawing.figure.axes, strict=True):
        drawn = {
            (float(x), float(y))
            for container in axes.containers
            for x, y in zip(*container.lines[0].get_data(), strict=True)
        }
        assert drawn == {(row[3], row[5]) for row in drawing.rows if row[0] == panel}
        line = next(line for line in axes.get_lines() if str(line.get_label()).startswith("slope"))
        x, y = (np.asarray(values, dtype=float) for values in line.get_data())
        assert y == pytest.approx(scaling_slope({"normal": 5, "digits": 20}[panel], 2) * x)
