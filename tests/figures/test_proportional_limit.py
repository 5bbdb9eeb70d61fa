"""The figure of the proportional limit shows limits as lines, measured blocks as marks, and ships both."""

import numpy as np
import pytest

from figures import proportional_limit
from numerics.block_draws import draw_blocks
from theory.proportional_limit import test_loss_limit as fresh_loss_limit
from theory.proportional_limit import train_loss_limit
from theory.reproducibility import full_rank_distance, spiked_distance
from theory.spiked_covariance import spiked_losses


@pytest.fixture(scope="module")
def drawing():
    return proportional_limit.draw(True)


def cells(drawing, quantity, cluster):
    return [row for row in drawing.rows if row[:2] == (quantity, cluster)]


def test_every_mark_is_a_row_with_its_prediction(drawing):
    assert len(drawing.rows) == 9 * 3
    assert all(
        isinstance(cell, str | int | float) and not isinstance(cell, np.generic) for r in drawing.rows for cell in r
    )
    spectrum = np.ones(256)
    for train, fresh, apart, ratio in zip(
        cells(drawing, "train", "isotropic"),
        cells(drawing, "test", "isotropic"),
        cells(drawing, "all directions", "isotropic"),
        (0.25, 1.0, 4.0),
        strict=True,
    ):
        assert train[2:6] == (256, int(256 / ratio), 0.7, 6)
        assert train[6] == train_loss_limit(spectrum, ratio, 0.7)
        assert fresh[6] == fresh_loss_limit(spectrum, ratio, 0.7)
        assert apart[6] == full_rank_distance(spectrum, ratio, 0.7).relative
        assert apart[7] == pytest.approx(apart[6], rel=0.03)
        found = draw_blocks(spectrum, np.zeros(256), train[3], 256, 0.7, 0.0, 3, seed=train[3])
        assert train[7] == pytest.approx(found.train.mean() / 256, rel=1e-12)
        assert fresh[8] == pytest.approx(found.test.std(ddof=1) / 256 / 6**0.5, rel=1e-9)


def test_losses_are_within_two_percent_and_savings_within_their_errors(drawing):
    for row in drawing.rows:
        kind, cluster, *_, predicted, measured, error = row
        if kind in ("train", "test") and cluster != "one unit":
            assert measured == pytest.approx(predicted, rel=0.01)
        else:
            assert measured == pytest.approx(predicted, abs=6 * error + 0.02 * predicted)
    losses = spiked_losses(np.array([2.5]), 256, 4.0, 1.0, 0.5)
    total = 2.5 + 255 * 0.5
    assert cells(drawing, "train", "one unit")[2][6] == pytest.approx(total - losses.train, rel=1e-12)
    assert cells(drawing, "test", "one unit")[2][6] == pytest.approx(total - losses.test, rel=1e-12)
    expected = spiked_distance(np.array([2.5]), 4.0, 1.0, 0.5).relative
    assert cells(drawing, "one unit on one spike", "one spike")[2][6] == expected


def test_lines_are_the_laws(drawing):
    losses, savings, distances = drawing.figure.axes
    curves = [line for line in losses.get_lines() if len(line.get_xdata()) == len(proportional_limit.LINE)]
    assert len(curves) == 4
    for x, y in zip(curves[1].get_xdata()[::40], curves[1].get_ydata()[::40], strict=True):
        assert y == fresh_loss_limit(np.ones(256), x, 0.7)
    printed = next(line for line in losses.get_lines() if line.get_label().startswith("printed"))
    assert printed.get_ydata()[0] == pytest.approx(0.7**4 / 1.49**2, rel=1e-12)
    threshold = next(line for line in savings.get_lines() if line.get_label().startswith("ℓ"))
    assert 0.5 * (1 + np.sqrt(threshold.get_xdata()[0])) == pytest.approx(2.5, rel=1e-12)
    assert [axes.get_xscale() for axes in (losses, savings, distances)] == ["log"] * 3
