"""Loops of draws with replacement: the two ways to make them have one law."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from proofs_check.memorising_loops import all_ends, copies


@pytest.mark.parametrize(("size", "rounds"), [(1, 2), (2, 3), (3, 2)])
def test_all_tables_are_gone_through_and_random_loops_follow_them(size, rounds):
    """Chi-squared, with an expected count of 50 or more in every class: false-alarm rate about 1e-8."""
    ends = list(all_ends(size, rounds))
    assert len(ends) == size ** (size * rounds)
    law = Counter(tuple(np.bincount(points, minlength=size).tolist()) for points in ends)
    found = Counter(map(tuple, copies(np.random.default_rng(), size, rounds, 4000).tolist()))
    assert set(found) <= set(law)
    expected = np.array([4000 * number / len(ends) for number in law.values()])
    assert expected.min() >= 50
    excess = ((np.array([found[end] for end in law]) - expected) ** 2 / expected).sum()
    assert excess <= stats.chi2.isf(1e-8, max(len(law) - 1, 1))


def test_no_round_leaves_every_point():
    assert list(all_ends(3, 0)) == [[0, 1, 2]]
    assert (copies(np.random.default_rng(0), 4, 0, 2) == 1).all()


def test_loops_go_on_from_where_they_were():
    once = copies(np.random.default_rng(3), 5, 4, 6)
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(copies(rng, 5, 3, start=copies(rng, 5, 1, 6)), once)
