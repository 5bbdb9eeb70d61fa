"""Image-like data: clusters of the stated rank and size, of few templates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.image_like import image_like
from tests.strategies import seeds


@given(seeds(), st.integers(1, 3), st.sampled_from(["digits", "normal"]))
def test_each_sample_is_coefficients_times_a_template(seed, rank, templates):
    X = image_like(np.random.default_rng(seed), 12, 2, rank, templates)
    assert X.shape == (12, 64 * rank)
    rows = X.reshape(12, rank, 64)
    assert all(np.linalg.matrix_rank(each) == 1 for each in rows)
    # Two templates, so that all samples together span two directions of pixels at most.
    assert np.linalg.matrix_rank(rows.reshape(-1, 64)) <= 2


def test_a_cluster_has_unit_variance_a_coordinate_of_its_subspace():
    X = image_like(np.random.default_rng(0), 4000, 1, 2, "normal", 9)
    assert np.linalg.matrix_rank(X) == 2
    spectrum = np.sort(np.linalg.eigvalsh(X.T @ X / 4000))[::-1]
    # Coefficients are standard normal and templates of squared length 9; six deviations are .13.
    assert spectrum[:2] / 9 == pytest.approx([1, 1], abs=0.15)
