"""Sampled refit loops: means against closed forms within five standard errors, ranks, shapes, reproducibility."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import refit_simulation as rs
from theory import mixed_data, refit_loop

SEEDS = st.integers(0, 2**32 - 1)
REPLICATES = 3000
few = settings(max_examples=8)


def spread(d: int) -> np.ndarray:
    """A covariance that is no multiple of the identity."""
    return np.diag(np.arange(1.0, d + 1)) + 0.3


def close(values: np.ndarray, expected: float) -> bool:
    """Within five standard errors, or rounding where nothing varies.

    False alarms: 6e-7 of what is nearly symmetric, logarithms say; up to 1e-5 of variances, which are skew. Products
    of many fits to few points are so skew that the mean of thousands says nothing, and are not asked.
    """
    return bool(abs(values.mean() - expected) <= 5 * values.std() / np.sqrt(len(values)) + 1e-12)


@few
@given(st.integers(1, 4), st.integers(3, 9), st.integers(0, 5), SEEDS)
def test_log_determinants_drift_as_predicted(d, beyond, generations, seed):
    n = d + beyond
    fits = rs.replace(spread(d), n, generations, REPLICATES, seed)
    moved = rs.log_determinants(fits[-1]) - np.linalg.slogdet(spread(d))[1]
    assert close(moved, generations * refit_loop.gaussian_log_det_drift(n, d))
    assert fits[0, 0, 0, 0] == 1.3
    # The factors of the generations are independent, and few products of them make up most of the mean product.
    factor = refit_loop.mean_covariance_factor(n, 1)
    assert refit_loop.mean_covariance_factor(n, generations) == pytest.approx(factor**generations, rel=1e-13)
    if generations:
        assert close((fits[1:, :, 0, 0] / fits[:-1, :, 0, 0]).ravel(), factor)


@few
@given(st.integers(2, 4), st.integers(3, 9), st.integers(1, 4), SEEDS)
def test_volumes_of_leading_directions_shrink_at_the_lyapunov_rates(d, beyond, generations, seed):
    """Leading minors multiply, a generation by factors of one law, whatever the covariance."""
    n = d + beyond
    fits = rs.replace(spread(d), n, generations, REPLICATES, seed)
    rates = refit_loop.lyapunov_rates(n, d)
    for k in range(1, d + 1):
        moved = rs.log_determinants(fits[-1, :, :k, :k]) - rs.log_determinants(fits[0, :, :k, :k])
        assert close(moved, generations * float(rates[:k].sum()))


@few
@given(st.integers(1, 5), st.integers(1, 8), st.integers(0, 6), st.booleans(), SEEDS)
def test_pools_keep_the_variance_predicted(n, d, generations, subsample, seed):
    pools = rs.accumulate(spread(d), n, generations, REPLICATES, seed, subsample=subsample)
    law = mixed_data.subsampled_variance if subsample else mixed_data.accumulated_variance
    for g in range(generations + 1):
        assert close(np.trace(pools[g], axis1=1, axis2=2) / np.trace(spread(d)), law(n, g))


@few
@given(st.integers(1, 6), st.integers(1, 3), st.data(), SEEDS)
def test_fresh_points_keep_the_variance_predicted(n, d, data, seed):
    fresh = data.draw(st.integers(0, n))
    # Without real points the second moment of n − 1 degrees of freedom grows by 1 + 2/(n − 1) a fit, here to 5 at most.
    most = 6 if fresh or n == 1 else int(np.log(5) / np.log(1 + 2 / (n - 1))) - 1
    generations = data.draw(st.integers(0, most))
    fits = rs.with_fresh(spread(d), n, fresh, generations, REPLICATES, seed)
    expected = mixed_data.fresh_variances(n, fresh, generations + 1)
    for g in range(generations + 1):
        assert close(fits[g, :, -1, -1] / spread(d)[-1, -1], expected[g])


@pytest.mark.parametrize(("n", "d"), [(1, 1), (1, 3), (2, 2), (3, 3), (2, 5)])
def test_fits_to_few_samples_keep_their_rank(n, d):
    fits = rs.replace(np.eye(d), n, 3, 20, 5)
    for g in range(4):
        values = np.linalg.eigvalsh(fits[g])
        ranks = (values > 1e-10 * values[:, -1:]).sum(axis=1) if n > 1 or g == 0 else np.zeros(20)
        assert (ranks == refit_loop.refit_rank(n, d, g)).all()
    if n == 1:
        np.testing.assert_array_equal(fits[1:], 0.0)


def test_a_seed_gives_one_result_and_arrays_have_their_shape():
    first, again, other = (rs.accumulate(np.eye(2), 3, 2, 5, seed, subsample=True) for seed in (1, 1, 2))
    assert first.shape == (3, 5, 2, 2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert rs.replace(np.eye(2), 3, 4, 5, 0).shape == rs.with_fresh(np.eye(2), 3, 1, 4, 5, 0).shape == (5, 5, 2, 2)


def test_a_singular_covariance_has_no_volume():
    assert rs.log_determinants(np.zeros((2, 2))) == -np.inf
    assert rs.log_determinants(np.diag([2.0, 3.0])) == pytest.approx(np.log(6))


def test_a_long_loop_is_not_lost_to_rounding():
    """100 generations of N = 2: e^{−196}, far below what is left of a spread beside a mean of order one."""
    fits = rs.replace(np.eye(1), 2, 100, 500, 3)
    assert close(np.log(fits[-1, :, 0, 0]), 100 * refit_loop.gaussian_log_det_drift(2, 1))
