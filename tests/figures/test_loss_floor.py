"""The figure of losses against the floor shows each kept descent's best, with floor and one unit's loss beside it."""

import pytest

from figures import loss_floor
from proofs_check.extensions.descent_floor import kept
from theory.homogeneity import loss_floor as floor


def test_every_mark_is_the_best_of_its_starts_beside_its_floor():
    drawing = loss_floor.draw(False)
    arrays = kept()
    assert len(drawing.rows) == 3 * 4 * 5
    assert len(drawing.figure.axes) == 3
    for row in drawing.rows:
        d, length, width, starts, least, one_unit, measured = (float(cell) for cell in row)
        rows = (arrays["d"] == d) & (arrays["length"] == length) & (arrays["width"] == width)
        assert starts == rows.sum() == 2
        assert measured == arrays["loss"][rows].min()
        # The surcharge of two layers is below 1e-6 of the floor.
        assert least == pytest.approx(floor(1.0, int(d), 1 / length), rel=1e-6)
        assert least < measured <= one_unit + 1e-4
