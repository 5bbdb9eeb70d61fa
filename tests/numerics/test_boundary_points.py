"""Crossings of the boundary: on lines where they are known, and from cells of a map made up for it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.boundary_points import LEVEL, columns, last_crossing


@given(st.lists(st.integers(1, 4000), min_size=2, max_size=8, unique=True), st.data())
def test_a_line_in_the_logarithm_crosses_where_it_should(counts, data):
    counts = np.array(sorted(counts))
    share = data.draw(st.floats(0.001, 0.999))
    place = counts[0] * (counts[-1] / counts[0]) ** share
    slope = data.draw(st.floats(0.1, 5.0))
    values = LEVEL - slope * np.log(counts / place)
    assert last_crossing(counts, values, LEVEL) == pytest.approx(place, rel=1e-9)


def test_the_last_of_several_crossings_counts():
    counts = np.array([1, 2, 4, 8, 16])
    assert last_crossing(counts, np.array([3.0, 0.0, 3.0, 1.0, 0.0]), 2.0) == pytest.approx(4 * 2**0.5)
    assert last_crossing(counts, np.array([3.0, 0.0, 0.0, 1.0, 0.0]), 2.0) == pytest.approx(2 ** (1 / 3))


def test_outside_the_numbers_of_samples_there_is_no_place():
    counts = np.array([5, 10])
    assert last_crossing(counts, np.array([1.0, 0.0]), 2.0) == 0.0
    assert last_crossing(counts, np.array([1.0, 3.0]), 2.0) == math.inf
    assert last_crossing(np.array([5]), np.array([3.0]), 2.0) == math.inf


def made_up(rows):
    """Cells (d, p/d, n/d, σ, tied, ln of the ratio, converged) as a merged sweep has them."""
    keys = ("d", "width_ratio", "sample_ratio", "sigma", "tied", "log", "converged")
    arrays = {key: np.array(values) for key, values in zip(keys, zip(*rows, strict=True), strict=True)}
    arrays["train_loss"] = np.full(len(rows), 0.7)
    arrays["test_loss"] = 0.7 * np.exp(arrays.pop("log"))
    return arrays


def test_columns_gather_seeds_and_leave_out_what_has_not_converged():
    first = [(4, 1.5, 2.0, 0.1, False, log, True) for log in (2 * LEVEL, 4 * LEVEL)]
    later = [(4, 1.5, 8.0, 0.1, False, log, True) for log in (LEVEL / 2, -LEVEL / 2)]
    lost = [(4, 1.5, 8.0, 0.1, False, 99.0, False), (4, 1.5, 16.0, 0.2, False, 1.0, False)]
    tied = [(4, 1.5, 2.0, 0.1, True, LEVEL / 2, True)]
    found = columns(made_up([*first, *later, *lost, *tied]))
    assert [(c.d, c.width, c.sigma, c.tied) for c in found] == [(4, 6, 0.1, False), (4, 6, 0.1, True)]
    assert found[0].samples.tolist() == [8, 8, 32, 32]
    assert found[0].log_ratio == pytest.approx(np.array([2, 4, 0.5, -0.5]) * LEVEL)
    # From three times the level to none: two thirds of the way in ln n.
    assert found[0].crossing == pytest.approx(8 * 4 ** (2 / 3))
    assert found[1].crossing == 0.0


def test_sizes_are_rounded_like_the_networks_were():
    found = columns(made_up([(5, 0.5, 4.5, 0.1, False, 1.0, True), (7, 2.4, 1.5, 0.1, True, 1.0, True)]))
    assert [(c.width, c.samples.tolist()) for c in found] == [(2, [22]), (17, [10])]
