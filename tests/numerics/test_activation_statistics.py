"""Statistics on the device against those of numpy, at every scale; and which way each of them points."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import representation
from numerics.activation_statistics import MEMORISED, PRINTED, RECOMMENDED, STATISTICS, max_over_l2
from tests.strategies import seeds


@settings(max_examples=40)
@given(seeds(), st.integers(1, 50), st.floats(-30, 30))
def test_they_are_those_of_codes_at_every_scale_in_single_precision(seed, width, power):
    h = np.random.default_rng(seed).standard_normal((3, width)) * [[1.0], [10.0**power], [0.0]]
    found = {name: statistic(torch.from_numpy(h).float()).numpy() for name, statistic in STATISTICS.items()}
    # A deviation of nearly equal units keeps only the digits in which single precision tells them apart.
    lost = {"std": 2 * np.finfo(np.float32).eps * np.abs(h).max(axis=1)}
    for name in ("std", "l4_over_l2", "participation_ratio"):
        expected = getattr(representation, name)(h)
        assert (np.abs(found[name] - expected) <= 2e-5 * expected + lost.get(name, 0.0)).all(), name
    largest = np.abs(h[:2]).max(axis=1) / np.linalg.norm(h[:2], axis=1)
    assert np.allclose(found["max_over_l2"], [*largest, 0.0], rtol=1e-5)


def test_all_point_to_one_hot_codes_of_equal_length():
    one_hot, balanced = torch.eye(16)[0], torch.full((16,), 0.25)
    for name, statistic in STATISTICS.items():
        assert MEMORISED[name] * (statistic(one_hot) - statistic(balanced)) > 0, name
    assert {PRINTED, RECOMMENDED} <= set(STATISTICS)
    assert float(max_over_l2(balanced)) == pytest.approx(0.25)
