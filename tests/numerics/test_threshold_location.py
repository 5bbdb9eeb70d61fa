"""The location of a threshold from an order parameter that falls to zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.threshold_location import locate


@given(st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.integers(0, 2**32 - 1))
def test_a_straight_order_parameter_is_located_exactly_in_any_order_of_runs(threshold, slope, seed):
    rng = np.random.default_rng(seed)
    decays = threshold * np.repeat([0.8, 0.9, 0.95, 1.04, 1.2], 3)
    order = slope * np.maximum(0.0, threshold - decays)
    # Some runs miss what could be had.
    order[rng.integers(0, 3) :: 3] = 0.0
    turn = rng.permutation(len(decays))
    found = locate(decays[turn], order[turn], 1e-3 * slope * threshold)
    assert found.zero == pytest.approx(threshold, rel=1e-9)
    assert (found.low, found.high) == (decays[6], decays[9])


def test_what_is_left_beyond_moves_the_bracket():
    found = locate(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 2.0, 1.0, 0.0]), 0.5)
    assert found == (4.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("decays", "order", "cut", "message"),
    [
        ([1.0, 2.0, 3.0], [2.0, 1.0], 0.5, "order must have one value a run"),
        ([1.0, 2.0, 3.0], [2.0, 0.1, 0.0], 0.5, "order must reach"),
        ([1.0, 2.0], [2.0, 1.0], 0.5, "weight_decay must go beyond"),
        ([1.0, 2.0, 3.0], [1.0, 1.0, 0.0], 0.5, "order must fall"),
        ([1.0, 2.0, 3.0], [2.0, 1.0, 0.0], 0.0, "cut must be"),
        ([1.0, 2.0, np.nan], [2.0, 1.0, 0.0], 0.5, "weight_decay must be finite"),
    ],
)
def test_bad_input_is_refused(decays, order, cut, message):
    with pytest.raises(ValueError, match=message):
        locate(np.array(decays), np.array(order), cut)
