"""The loop that forgets numbers of copies: against all placings of balls, its mean, simulation, and its limit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from theory import lineage, occupancy_loop


@settings(max_examples=20)
@given(st.integers(0, 5), st.integers(1, 4), st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 7.0]))
def test_all_placings_of_the_balls_give_the_law(n, boxes, threshold):
    found = np.zeros(boxes + 1)
    for placing in product(range(boxes), repeat=n):
        found[(np.bincount(placing, minlength=boxes) > threshold).sum()] += 1 / boxes**n
    np.testing.assert_allclose(occupancy_loop.occupancy_law(n, boxes, threshold), found, atol=1e-14)


@settings(max_examples=40)
@given(st.integers(1, 25), st.integers(1, 12), st.floats(0, 6))
def test_the_mean_is_that_of_one_box_by_their_number(n, boxes, threshold):
    law = occupancy_loop.occupancy_law(n, boxes, threshold)
    assert law.sum() == pytest.approx(1, rel=1e-12)
    mean = boxes * stats.binom.sf(np.floor(threshold), n, 1 / boxes)
    assert law @ np.arange(boxes + 1) == pytest.approx(mean, rel=1e-11, abs=1e-14)


def test_nothing_is_left_of_nothing():
    np.testing.assert_array_equal(occupancy_loop.occupancy_law(5, 0), [1.0])
    np.testing.assert_array_equal(occupancy_loop.stored_originals(2, 3, 4, threshold=2.0), [3, 0, 0, 0, 0])


@settings(max_examples=8)
@given(st.integers(2, 25), st.integers(2, 10), st.integers(1, 5), st.floats(0, 3), st.integers(0, 2**32 - 1))
def test_simulated_loops_have_the_predicted_mean(n, originals, generations, threshold, seed):
    """Within five standard errors of 3,000 loops (false alarms 6e-7), or rounding where nothing varies."""
    rng = np.random.default_rng(seed)
    stored = np.ones((3000, originals), dtype=bool)
    for _ in range(generations):
        left = stored.sum(axis=1, keepdims=True)
        chances = np.where(left > 0, stored / np.maximum(left, 1), 1 / originals)
        stored = np.logical_and(rng.multinomial(n, chances) > threshold, left > 0)
    values = stored.sum(axis=1)
    predicted = occupancy_loop.stored_originals(n, originals, generations, threshold)[-1]
    # Where all 3,000 loops agree, another end has a chance below 5e-3 (but for 3e-7).
    assert abs(values.mean() - predicted) <= 5 * values.std() / np.sqrt(3000) + 5e-3 * originals


def test_shares_at_fixed_generations():
    assert [round(occupancy_loop.occupancy_share(g), 3) for g in (0, 1, 2, 3)] == [1, 0.632, 0.502, 0.434]
    away = [
        np.abs(occupancy_loop.stored_originals(n, n, 3) / n - [occupancy_loop.occupancy_share(g) for g in range(4)])
        for n in (8, 16)
    ]
    assert (away[1] <= 0.6 * away[0]).all()


@pytest.mark.parametrize("generations", [100, 3000, 100_000])
def test_numbers_forgotten_keep_a_share_of_one_over_a_logarithm(generations):
    share = occupancy_loop.occupancy_share(generations)
    # e^y/y dy = dg: Ei(1/k) is g, up to a logarithm.
    assert special.expi(1 / share) == pytest.approx(generations, rel=0.1)
    assert share > 5 * lineage.survivor_share(generations)
