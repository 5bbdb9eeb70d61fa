"""Linear denoisers in a loop: one generation in the mean, many points, the flow in small steps, policies."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import flow_simulation
from numerics.flow_simulation import linear_flows
from numerics.sampling import follow_flow
from theory import flow_loop, mixed_data

SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=8)


def spread(d):
    """A covariance that is no multiple of the identity."""
    return np.diag(np.arange(1.0, d + 1)) + 0.3


def flowed(covariances, top, least):
    """s_{g+1} as a function of matrices, by its formula rather than by eigenvectors."""
    one = np.eye(covariances.shape[-1])
    return top**2 * (covariances + least**2 * one) @ np.linalg.inv(covariances + top**2 * one)


@few
@given(st.integers(1, 3), st.integers(2, 9), st.integers(1, 3), st.floats(0.5, 4), st.floats(0, 0.9), SEEDS)
def test_the_mean_of_a_generation_given_the_last_is_that_of_the_flow(d, n, count, top, share, seed):
    """E S_{g+1} = (1 − 1/n) s_{g+1}(S_g): the difference is a martingale, zero within five standard errors."""
    found = linear_flows(spread(d), n, count, 2000, seed, top, share * top)
    moved = (found[1:] - (1 - 1 / n) * flowed(found[:-1], top, share * top)).sum(axis=0)
    for i in range(d):
        for j in range(d):
            assert abs(moved[:, i, j].mean()) <= 5 * moved[:, i, j].std() / np.sqrt(2000)


@few
@given(st.integers(1, 3), st.integers(0, 4), st.floats(0.5, 4), st.floats(0, 0.9), SEEDS)
def test_many_points_follow_the_loop_without_sampling(d, count, top, share, seed):
    n, spectrum = 20_000, np.arange(1.0, d + 1)
    found = linear_flows(np.diag(spectrum), n, count, 4, seed, top, share * top)[-1].mean(axis=0)
    expected = flow_loop.flow_variances(spectrum, count, top, share * top)
    # A variance of 20,000 points is off by 1 % and each generation adds one; five of them, of a mean over four.
    np.testing.assert_allclose(
        found / np.sqrt(np.outer(expected, expected)), np.eye(d), atol=0.025 * (count + 1) ** 0.5
    )


def test_a_draw_is_the_end_of_the_flow_in_small_steps():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((2, 3, 2)) + 2.0
    noise = 2 * rng.standard_normal((2, 500, 2))
    ends = flow_simulation._ends(flow_simulation._fit(points, rng), noise, 2.0, 0.3)
    for training, start, end in zip(points, noise, ends, strict=True):
        mean, S = training.mean(axis=0), np.cov(training.T, bias=True)

        def denoiser(y, sigma, mean=mean, S=S):
            return mean + (y - mean) @ np.linalg.inv(S + sigma**2 * np.eye(2)) @ S

        np.testing.assert_allclose(end, follow_flow(denoiser, start, np.geomspace(2.0, 0.3, 60)), atol=1e-5)


@few
@given(st.integers(1, 3), st.integers(2, 6), st.data(), SEEDS)
def test_policies_reach_the_engine(d, n, data, seed):
    """As σ_max grows the flow's ends have the law of the fit but for their mean: fresh points keep their variance."""
    fresh = data.draw(st.integers(1, n))
    found = linear_flows(spread(d), n, 3, 3000, seed, 1e4, policy="fresh", fresh=fresh)
    expected = mixed_data.fresh_variances(n, fresh, 4)
    for g in range(4):
        share = np.trace(found[g], axis1=1, axis2=2) / np.trace(spread(d))
        assert abs(share.mean() - expected[g]) <= 5 * share.std() / np.sqrt(3000) + 1e-3


def test_a_seed_gives_one_result():
    first, again, other = (linear_flows(np.eye(2), 3, 2, 4, seed, 2.0) for seed in (1, 1, 2))
    assert first.shape == (3, 4, 2, 2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
