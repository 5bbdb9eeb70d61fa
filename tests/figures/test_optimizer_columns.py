"""The figure of columns by optimiser shows each one at each width, with means and counts of its converged runs."""

import pytest

from figures import optimizer_columns
from proofs_check.column_evidence import kept, runs


def test_every_optimiser_is_a_row_at_each_width():
    drawing = optimizer_columns.draw(False)
    arrays = kept()
    assert len(drawing.rows) == 8
    assert len({row[:2] for row in drawing.rows}) == 8
    for width, optimizer, *numbers in drawing.rows:
        use = runs(arrays, str(optimizer), float(width))
        count, columns, _, stored, sparse, low, high = map(float, numbers)
        assert count == len(use)
        assert columns == pytest.approx(arrays["effective"][use].mean())
        assert (stored, sparse) == (arrays["stored"][use].sum(), arrays["sparse"][use].sum())
        assert 0 <= low <= sparse / stored <= high <= 1
