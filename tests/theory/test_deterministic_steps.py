"""The variance that steps leave, against the sampler itself, the exact flow, and steps without length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.mixture_sampling import ddim
from tests.strategies import seeds
from theory.deterministic_steps import (
    ALPHA,
    NEXT_ALPHA,
    NEXT_SIGMA,
    SIGMA,
    STEP_LOSS,
    VARIANCE,
    sampled_variance,
)

variances = st.floats(1e-4, 30.0)


def times(seed: int, count: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).uniform(1e-3, 1.0, count))[::-1]


@given(variances, seeds(), st.integers(2, 40))
def test_the_sampler_does_so_to_one_component(variance, seed, count):
    rng, grid = np.random.default_rng(seed), times(seed, count)
    mean, noise = rng.standard_normal((1, 3)), rng.standard_normal((2, 3))
    ends = ddim(mean, variance, grid, noise)
    # Two starts: what is common to both, the mean's path, drops out.
    factor = (ends[0] - ends[1]) / (noise[0] - noise[1])
    np.testing.assert_allclose(factor**2, sampled_variance(variance, grid), rtol=1e-9)


@given(variances, seeds(), st.integers(2, 40))
def test_less_than_the_flow_and_more_with_more_steps(variance, seed, count):
    grid = times(seed, count)
    first, last = (1 - grid[[0, -1]] ** 2) * variance + grid[[0, -1]] ** 2
    found, finer = (
        sampled_variance(variance, g) for g in (grid, np.sort([*grid, *((grid[1:] + grid[:-1]) / 2)])[::-1])
    )
    assert found < finer < last / first


def test_first_order_in_the_number_of_steps():
    exact = ((1 - 0.01**2) * 0.2 + 0.01**2) / ((1 - 0.99**2) * 0.2 + 0.99**2)
    short = [1 - sampled_variance(0.2, np.linspace(0.99, 0.01, steps + 1)) / exact for steps in (2000, 4000)]
    assert short[0] / short[1] == pytest.approx(2, rel=0.01)


def test_a_point_stays_a_point():
    """Without variance, distances shrink with the noise."""
    assert sampled_variance(0.0, np.array([0.8, 0.4, 0.1])) == pytest.approx((0.1 / 0.8) ** 2)


def test_the_loss_of_a_step_is_what_the_flow_would_have_kept():
    alpha, sigma, later_alpha, later_sigma, variance = values = (0.6, 0.8, 0.8, 0.6, 0.5)
    before, after = alpha**2 * variance + sigma**2, later_alpha**2 * variance + later_sigma**2
    symbols = (ALPHA, SIGMA, NEXT_ALPHA, NEXT_SIGMA, VARIANCE)
    loss = float(STEP_LOSS.subs(dict(zip(symbols, values, strict=True))))
    assert loss == pytest.approx(1 - sampled_variance(variance, np.array([sigma, later_sigma])) * before / after)
