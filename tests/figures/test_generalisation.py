"""The figure of generalising descents shows limits as lines and kept descents as marks, and ships both."""

import numpy as np
import pytest

from figures import generalisation
from proofs_check import generalisation_evidence as evidence


@pytest.fixture(scope="module")
def drawing():
    return generalisation.draw(False)


def test_every_mark_is_a_row_with_its_limit(drawing):
    assert len(drawing.rows) == 2 * (12 + 6)
    for width, loss, clusters, d, n, units, sigma, descents, limit, measured, error in drawing.rows:
        narrow = width == "four units a cluster"
        arrays = evidence.kept(evidence.NARROW if narrow else evidence.FULL)
        law = evidence.narrow_limits if narrow else evidence.full_limits
        rows = (arrays["samples"] == n) & (arrays["clusters"] == clusters)
        assert (d, sigma, descents) == ((128, 1.0, 3) if narrow else (128, 0.7, 2))
        assert units == (4 if narrow else min(128, n))
        assert limit == getattr(law(d, d / n, units), loss)
        assert measured == pytest.approx(arrays[f"{loss}_loss"][rows].mean(), rel=1e-12)
        assert error == pytest.approx(arrays[f"{loss}_loss"][rows].std(ddof=1) / descents**0.5, rel=1e-9)
        assert measured == pytest.approx(limit, rel=0.03)


def test_lines_are_the_limits_and_meet_within_a_tenth_at_the_vertical(drawing):
    for axes, law in zip(drawing.figure.axes, (evidence.narrow_limits, evidence.full_limits), strict=True):
        train, test = (
            next(line for line in axes.get_lines() if line.get_label() == f"{loss}, limit")
            for loss in ("train", "test")
        )
        for n, low, high in list(zip(train.get_xdata(), train.get_ydata(), test.get_ydata(), strict=True))[::40]:
            assert (low, high) == tuple(law(128, 128 / n, 4))
        meeting = next(line for line in axes.get_lines() if line.get_label().startswith("test = 1.1"))
        n = float(np.ravel(meeting.get_xdata())[0])
        losses = law(128, 128 / n, 4)
        assert losses.test == pytest.approx(1.1 * losses.train, rel=1e-9)
        assert axes.get_xscale() == "log"
