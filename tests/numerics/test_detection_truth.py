"""The truth from the training set: by brute force, at the thresholds, and with copies among the training images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.detection_truth import GENERALISED, MEMORISED, UNDECIDED, ground_truth
from tests.strategies import seeds


@settings(max_examples=30)
@given(seeds(), st.integers(1, 6), st.integers(2, 12))
def test_ratio_and_origin_are_those_of_all_distances(seed, d, n):
    rng = np.random.default_rng(seed)
    images, samples = 5 + rng.standard_normal((n, d)), 5 + rng.standard_normal((40, d))
    copies = np.concatenate([images, images[::-1]])
    repeated = np.arange(2 * n) == 2 * n - 1  # the second copy of the first image
    found = ground_truth(samples, copies, repeated)
    apart = np.linalg.norm(samples[:, None] - images, axis=2)
    nearest = apart.argmin(axis=1)
    ordered = np.sort(apart, axis=1)
    assert np.allclose(found.ratio, ordered[:, 0] / ordered[:, 1], rtol=1e-9)
    assert (copies[found.origin] == images[nearest]).all()
    expected = np.where(found.ratio > 1 / 2, GENERALISED, UNDECIDED)
    expected[(found.ratio <= 1 / 3) & (nearest == 0)] = MEMORISED
    assert (found.kind == expected).all()


def test_thresholds_on_a_line():
    # Distances to 0 and to 1, of which 0 was repeated; exactly a third is memorised, exactly a half undecided.
    samples = np.array([[0.0], [0.25], [1 / 3], [0.4], [0.8], [1.0], [-1.0]])
    found = ground_truth(samples, [[0.0], [1.0]], np.array([True, False]))
    assert found.kind.tolist() == [MEMORISED, MEMORISED, UNDECIDED, GENERALISED, UNDECIDED, UNDECIDED, UNDECIDED]
    assert found.ratio[-1] == 0.5
    # Where nothing was repeated nothing is memorised.
    assert MEMORISED not in ground_truth(samples, [[0.0], [1.0]], np.array([False, False])).kind


@pytest.mark.parametrize(
    ("samples", "training", "repeated", "words"),
    [
        ([[np.nan]], [[0.0], [1.0]], [True, False], "samples must be finite"),
        ([[1.0, 2.0]], [[0.0], [1.0]], [True, False], "samples must have the 1 coordinates of training, got 2"),
        ([[1.0]], [[0.0], [1.0]], [1, 0], "repeated must be booleans"),
        ([[1.0]], [[0.0], [1.0]], [True], "one for each of 2 images"),
        ([[1.0]], [[1.0], [1.0]], [True, True], "training must hold at least two distinct images, got 1"),
    ],
)
def test_bad_input_is_refused(samples, training, repeated, words):
    with pytest.raises(ValueError, match=words):
        ground_truth(samples, training, np.array(repeated))
