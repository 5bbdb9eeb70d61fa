"""The figure of isolation shows every measured size beside Wendel's curve, and ships both."""

import numpy as np
import pytest

from figures import isolation
from proofs_check.isolation_evidence import kept, sizes
from theory.gating import isolation_probability


def test_every_size_is_a_row_beside_the_curve():
    rows = isolation.draw(False).rows
    gates = [row for row in rows if row[0] == "gates"]
    networks = [row for row in rows if row[0] == "networks"]
    for found, name, column in ((gates, "isolation", "alone"), (networks, "one-hot-storage", "one_hot")):
        arrays = kept(name)
        expected = {(d, n): at for n, d, at in sizes(arrays) if len(at) > 1}
        assert {(row[1], row[2]) for row in found} == set(expected)
        for _, *numbers in found:
            d, n, count = map(int, numbers[:3])
            curve, share = map(float, numbers[3:5])
            at = expected[d, n]
            assert (count, curve) == (len(at), float(isolation_probability(n, d)))
            assert share == pytest.approx(arrays[column][at].sum() / (n * len(at)))


def test_marks_stand_where_the_rows_say_and_lines_pass_one_half_at_n_2d():
    drawing = isolation.draw(True)
    axes = drawing.figure.axes[0]
    marks = [
        (float(x), float(y))
        for line in axes.get_lines()
        if line.get_marker() in isolation.MARKERS
        for x, y in zip(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), strict=True)
    ]
    assert sorted(marks) == sorted((float(row[2]) / float(row[1]), row[5]) for row in drawing.rows)
    for line in axes.get_lines():
        if str(line.get_label()).startswith("Wendel"):
            at = dict(zip(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist(), strict=True))
            assert at[2.0] == 0.5
    assert [(row[0], row[5]) for row in drawing.rows if row[1] == row[2]] == [("gates", 1.0), ("gates", 1.0)]
