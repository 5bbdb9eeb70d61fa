"""EM's data: lengths of the means, moments about them, and what a seed fixes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.sphere_mixture import draw_mixture, means_on_sphere
from tests.strategies import seeds


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(1, 8), st.integers(1, 5), st.floats(0, 4), st.integers(0, 5), seeds())
def test_shapes_and_lengths(N, d, K, variance, fresh, seed):
    data = draw_mixture(N, d, K, variance, seed, fresh)
    assert (data.X.shape, data.fresh.shape, data.means.shape) == ((N, d), (fresh, d), (K, d))
    assert np.allclose(np.linalg.norm(data.means, axis=1), np.sqrt(d), rtol=1e-12)
    unit = draw_mixture(N, d, K, 1.0, seed)
    assert np.array_equal(data.labels, unit.labels)
    offsets = unit.X - unit.means[unit.labels]
    assert np.allclose(data.X - data.means[data.labels], np.sqrt(variance) * offsets, atol=1e-12)


@given(st.integers(1, 6), st.integers(1, 6), seeds())
def test_means_lie_on_the_sphere_and_follow_the_seed(K, d, seed):
    means = means_on_sphere(np.random.default_rng(seed), K, d)
    assert np.allclose((means**2).sum(axis=1), d)
    assert np.array_equal(means, means_on_sphere(np.random.default_rng(seed), K, d))
    assert means.shape == (K, d)


def test_samples_and_fresh_draws_have_the_variance_and_all_means():
    """Five standard errors of each mean square, 6e-7 each."""
    data = draw_mixture(600, 40, 3, 0.25, int(np.random.default_rng().integers(2**31)), fresh=500)
    for points in (data.X, data.fresh):
        squared = ((points[:, None] - data.means) ** 2).mean(axis=2)
        # Means are about 2d = 80 apart: deviations of 0.5 do not reach from one to another.
        nearest = squared.argmin(axis=1)
        assert len(set(nearest.tolist())) == 3
        value = squared.min(axis=1)
        assert abs(value.mean() - 0.25) <= 5 * 0.25 * np.sqrt(2 / 40 / len(points))
    assert not np.isin(data.fresh, data.X).any()
