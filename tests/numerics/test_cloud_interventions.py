"""Interventions do what they say to the spectrum, the determinant, the trace, and the points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.cloud_interventions import near_copies, spectrum_map
from tests.strategies import seeds


@settings(max_examples=30)
@given(st.integers(1, 6), st.floats(-2, 3), st.sampled_from(["determinant", "trace"]), st.floats(0.01, 100), seeds())
def test_eigenvalues_to_a_power_on_the_same_axes(d, power, keep, scale, seed):
    rng = np.random.default_rng(seed)
    points = scale * rng.standard_normal((3 * d + 5, d)) @ (np.eye(d) + 0.2 * rng.standard_normal((d, d)))
    before = np.cov(points.T, bias=True).reshape(d, d)
    mapped = spectrum_map(points, power, keep)
    np.testing.assert_array_equal(mapped, mapped.T)
    assert np.linalg.eigvalsh(mapped)[0] > 0
    after = mapped @ before @ mapped
    np.testing.assert_allclose(before @ after, after @ before, atol=1e-9 * np.abs(before @ after).max())
    values, axes = np.linalg.eigh(before)
    found = np.einsum("ij,jk,ki->i", axes.T, after, axes)
    np.testing.assert_allclose(np.log(found / found[0]), power * np.log(values / values[0]), atol=1e-7)
    same = np.linalg.slogdet if keep == "determinant" else np.trace
    np.testing.assert_allclose(same(after), same(before), rtol=1e-9, atol=1e-9)


def test_the_first_power_changes_nothing():
    points = np.random.default_rng(3).standard_normal((30, 4)) * [1, 2, 3, 4]
    np.testing.assert_allclose(spectrum_map(points, 1.0, "trace"), np.eye(4), atol=1e-12)


@settings(max_examples=30)
@given(st.integers(1, 20), st.data(), st.integers(1, 5), st.sampled_from([0.0, 1e-3, 2.0]), seeds())
def test_points_stay_or_move_next_to_one_that_stays(n, data, d, distance, seed):
    kept = data.draw(st.integers(1, n))
    points = np.random.default_rng(seed).standard_normal((n, d))
    changed = near_copies(points, kept, distance, seed)
    staying = (changed == points).all(axis=1)
    assert staying.sum() == kept
    for moved in changed[~staying]:
        gaps = np.linalg.norm(points[staying] - moved, axis=1)
        assert np.isclose(gaps, distance, rtol=1e-9, atol=1e-12).any()
    np.testing.assert_array_equal(changed, near_copies(points, kept, distance, seed))


def test_every_point_may_stay_and_any_may_be_copied():
    points = np.arange(4.0)[:, None]
    runs = [near_copies(points, 2, 0.0, seed) for seed in range(200)]
    # Each of the four stays in half of the runs, and is copied in most of those.
    for point in range(4):
        stays = np.mean([run[point, 0] == point for run in runs])
        copied = np.mean([(run == point).sum() > 1 for run in runs])
        assert stays == pytest.approx(0.5, abs=0.18)
        assert copied == pytest.approx(0.375, abs=0.18)
