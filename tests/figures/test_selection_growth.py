"""The figure of growth under selection: rows near their law, marks at the rows, lines along the law."""

import numpy as np
import pytest

from figures import selection_growth as figure
from theory.selection_growth import spread_bounds, spread_factor


@pytest.fixture(scope="module")
def drawing():
    return figure.draw(True)


def test_rows_are_the_law_beside_loops(drawing):
    assert len(drawing.rows) == 2 * len(figure.DIMENSIONS) * len(figure.RATIOS)
    growth = {row[1:3]: row for row in drawing.rows if row[0] == "growth"}
    for panel, series, ratio, predicted, measured, error in drawing.rows:
        law = spread_factor(float(ratio), int(str(series).removeprefix("d = ")))
        assert predicted == pytest.approx(law if panel == "growth" else law**-0.5)
        # Of 56 means, of three loops each, none is farther out by chance; the law is for large pools.
        assert abs(float(measured) / float(predicted) - 1) < 0.08 + 6 * float(error)
        if panel == "balance":
            assert float(measured) == pytest.approx(float(growth[series, ratio][4]) ** -0.5)
            assert float(error) < float(growth[series, ratio][5])


def test_lines_follow_the_law_and_the_limits_hold_them(drawing):
    growth, balance = drawing.figure.axes
    for axes, power in ((growth, 1.0), (balance, -0.5)):
        lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 60 and line.get_linestyle() == "-"]
        assert len(lines) == len(figure.DIMENSIONS)
        for d, line in zip(figure.DIMENSIONS, lines, strict=True):
            x, y = (np.asarray(values, dtype=float) for values in line.get_data())
            for place in (0, 30, 59):
                assert y[place] == pytest.approx(spread_factor(float(x[place]), d) ** power)
    corners = growth.collections[0].get_paths()[0].vertices
    low, high = spread_bounds(10.0)
    at_the_end = corners[np.isclose(corners[:, 0], 10.0), 1]
    assert (at_the_end.min(), at_the_end.max()) == (pytest.approx(low), pytest.approx(high))
