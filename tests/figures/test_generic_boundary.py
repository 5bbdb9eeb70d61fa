"""The figure of the boundary shows every column of both maps beside the law's boundary, and ships both."""

import math

import numpy as np
import pytest

from figures import generic_boundary
from proofs_check.generic_map import FITTED, FRESH, kept
from theory.generic_boundary import TIED, UNTIED, boundary_ratio


@pytest.fixture(scope="module")
def drawing():
    return generic_boundary.draw(False)


def test_every_column_is_a_row_with_its_prediction(drawing):
    found = [("fitted", column) for column in kept(FITTED)] + [("fresh", column) for column in kept(FRESH)]
    assert len(drawing.rows) == len(found)
    for (name, column), row in zip(found, drawing.rows, strict=True):
        law = column.d * boundary_ratio(column.width / column.d, column.sigma, TIED if column.tied else UNTIED)
        layers = "tied" if column.tied else "two"
        assert row[:6] == (name, layers, column.d, column.width, column.sigma, len(column.samples))
        assert row[6:] == (column.crossing, law)


def test_marks_are_crossings_and_lines_the_law(drawing):
    _, untied, tied = drawing.figure.axes
    for axes, layers, constants in ((untied, "two", UNTIED), (tied, "tied", TIED)):
        marks = [(float(x), float(y)) for line in axes.get_lines() if line.get_marker() not in ("None", "", None)
                 for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]  # fmt: skip
        shown = [(row[3] / row[2], row[6] / row[2]) for row in drawing.rows if row[1] == layers]
        crossing = [place for place in shown if 0 < place[1] < math.inf]
        assert np.array(sorted(marks)) == pytest.approx(np.array(sorted(crossing)))
        curves = [line for line in axes.get_lines() if str(line.get_label()).startswith("law")]
        assert len(curves) == len({row[4] for row in drawing.rows})
        for curve in curves:
            sigma = float(curve.get_label().split("= ")[1])
            for x, y in list(zip(curve.get_xdata(), curve.get_ydata(), strict=True))[:80:20]:
                assert y == pytest.approx(boundary_ratio(float(x), sigma, constants))


def test_a_quick_drawing_shows_the_smallest_dimension_of_each_map():
    rows = generic_boundary.draw(True).rows
    for name, found in (("fitted", kept(FITTED)), ("fresh", kept(FRESH))):
        least = min(column.d for column in found)
        assert [row[2] for row in rows if row[0] == name] == [least for column in found if column.d == least]
