"""Small sets for exhaustive selection: points apart from one another, and fewer of them to keep than there are."""

import numpy as np
from hypothesis import example, given

from proofs_check.model_collapse.proposition_selection import small_set
from tests.strategies import seeds


# Five numbers below 30 with two values only.
@example(5911)
@given(seeds())
def test_there_is_always_something_to_choose(seed):
    points, kept = small_set(np.random.default_rng(seed))
    assert 2 <= kept < len(points) <= 9
    assert len(np.unique(points, axis=0)) == len(points)
