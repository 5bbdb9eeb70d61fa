"""The figure of the chains: its rows are the kept chains and both predictions, its marks and lines the rows."""

import numpy as np

from figures import autoencoder_chain
from proofs_check import chain_evidence as ce


def test_rows_marks_and_lines_are_the_kept_chains_and_the_predictions():
    drawing = autoencoder_chain.draw(True)
    assert len(drawing.rows) == 3 * 2 * 3 * 7
    panels = iter(drawing.figure.axes)
    for name in ("even", "uneven"):
        for arm in autoencoder_chain.ARMS:
            axes = next(panels)
            marks = [line for line in axes.get_lines() if line.get_marker() in autoencoder_chain.MARKERS]
            for line, threshold in zip(marks, (0.1, 1.5, 2.5), strict=True):
                rows = [row for row in drawing.rows if row[:3] == (arm, name, threshold)]
                assert [row[3] for row in rows] == list(range(7))
                place = ce.Place(arm, name, threshold)
                columns = np.array([row[4:] for row in rows], dtype=float).T
                np.testing.assert_array_equal(columns[0], ce.wright_fisher(place).mean)
                np.testing.assert_array_equal(columns[1], ce.predicted_weights(place).mean)
                np.testing.assert_array_equal(columns[2], ce.measured(place).mean)
                np.testing.assert_array_equal(np.asarray(line.get_ydata()), columns[2])
                drawn = [np.asarray(each.get_ydata(), dtype=float) for each in axes.get_lines()]
                for column in columns[:2]:
                    assert any(np.array_equal(each, column) for each in drawn)
