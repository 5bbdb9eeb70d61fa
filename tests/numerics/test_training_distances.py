"""Distances to a training set by trees and by products, against all pairs; the scores made of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import training_distances as td
from tests.strategies import seeds


def _pairs(generated: np.ndarray, training: np.ndarray) -> np.ndarray:
    return np.array([min(np.linalg.norm(x - z) for z in training) for x in generated])


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3, 12, 13, 40]), st.floats(0, 100), seeds())
def test_distances_are_those_of_all_pairs(m, n, d, away, seed):
    rng = np.random.default_rng(seed)
    generated, training = away + rng.standard_normal((m, d)), away + rng.standard_normal((n, d))
    generated[: m // 3] = training[rng.integers(n, size=m // 3)]
    found = td.training_distances(generated, training)
    np.testing.assert_allclose(found, _pairs(generated, training), rtol=1e-9)
    assert not found[: m // 3].any()
    for power in (1, 2, 3):
        assert td.generalisation_score(generated, training, power) == pytest.approx((found**power).mean())
    assert td.log_score(generated, training) == (-np.inf if m // 3 else pytest.approx(np.log(found).mean()))


def test_blocks_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    generated, training = rng.standard_normal((23, 15)), rng.standard_normal((9, 15))
    whole = td.training_distances(generated, training)
    monkeypatch.setattr(td, "_BLOCK", 40)
    np.testing.assert_array_equal(td.training_distances(generated, training), whole)


def test_the_default_is_the_square():
    assert td.generalisation_score([[0.0, 2.0], [5.0, 0.0]], [[0.0, 0.0], [4.0, 0.0]]) == (4 + 1) / 2
