"""The figure of the memorising loop: its rows are the closed forms and loops that agree, its marks the rows."""

import numpy as np
import pytest

from figures import memorising_loop
from theory import lineage


def test_rows_are_laws_beside_loops_and_marks_are_the_rows():
    drawing = memorising_loop.draw(True)
    laws = {
        "survivors": lambda g, size: lineage.surviving_points(int(size), g) / size,
        "entropy": lambda g, size: lineage.expected_entropy(int(size), g),
        "families": lambda g, m: lineage.stored_mass(memorising_loop.FAMILIES, g, m),
    }
    for panel, series, g, predicted, measured, error in drawing.rows:
        value = float(str(series).split(" = ")[1])
        assert predicted == pytest.approx(laws[str(panel)](int(g), value), rel=1e-9, abs=1e-12)
        # The seeds are fixed; at six standard errors none of a hundred means is a matter of chance. Where no loop of a
        # hundred has a large family, fewer than one in ten has.
        assert abs(float(measured) - float(predicted)) <= 6 * float(error) + 2e-3
    scale = {"survivors": lambda label: 1.0, "entropy": float, "families": float}
    for panel, axes in zip(laws, drawing.figure.axes, strict=True):
        drawn = [
            (float(x), float(y))
            for line in axes.get_lines()
            if line.get_marker() in memorising_loop.MARKERS
            for x, y in zip(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), strict=True)
        ]
        own = [row for row in drawing.rows if row[0] == panel]
        expected = [(float(row[2]) / scale[panel](str(row[1]).split(" = ")[1]), float(row[4])) for row in own]
        assert sorted(drawn) == sorted(expected)
