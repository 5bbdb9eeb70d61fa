"""The figure of the memorising statistic: loops beside their laws, shares of copies given back, marks at the rows."""

import numpy as np
import pytest

from figures import memorising_statistic as figure
from theory.lineage import surviving_points
from theory.neighbour_rank import refit_bound


@pytest.fixture(scope="module")
def drawing():
    return figure.draw(True)


def test_both_loops_lose_the_variance_alike(drawing):
    """The seeds are fixed; at six standard errors none of 32 means is a matter of chance."""
    rows = [row for row in drawing.rows if row[0] == "variance"]
    assert len(rows) == 2 * figure.GENERATIONS
    for _, _, g, predicted, measured, error in rows:
        assert predicted == pytest.approx((1 - 1 / 40) ** (g + 1))
        assert abs(measured - predicted) < 6 * error


def test_the_statistic_tells_them_apart(drawing):
    bound = refit_bound(40, 3)
    for panel, series, g, predicted, measured, error in drawing.rows:
        if panel == "rank" and series == "refits":
            assert predicted == 0.5
            assert abs(measured - 0.5) < bound
        if panel == "rank" and series == "copies":
            assert predicted == pytest.approx(1 / (surviving_points(40, int(g)) + 1))
            # By Jensen's inequality the mean is above, while survivors are many a little.
            assert predicted - 6 * error - 1e-12 < measured < 1.3 * predicted
            assert measured < 0.5 - bound


def test_shares_of_copies_come_back(drawing):
    rows = [row for row in drawing.rows if row[0] == "digits"]
    assert len(rows) == len(figure.SIZES) * len(figure.SHARES)
    for _, _, share, predicted, measured, _ in rows:
        assert predicted == share
        # One standard error of five splits of 100 ranks is about 0.03.
        assert measured == pytest.approx(share, abs=0.2)
        assert share < 1 or measured == pytest.approx(1, abs=1e-9)


def test_marks_are_the_rows(drawing):
    for panel, axes in zip(("variance", "rank", "digits"), drawing.figure.axes, strict=True):
        drawn = {
            (float(x), float(y))
            for container in axes.containers
            for x, y in zip(*container.lines[0].get_data(), strict=True)
        }
        assert drawn == {(row[2], row[4]) for row in drawing.rows if row[0] == panel}
        assert np.isfinite(list(drawn)).all()
