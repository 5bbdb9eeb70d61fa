"""Centred units against simulation and the exact objective, their limit, and the shape of the boundary law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.objective import expected_loss
from tests.strategies import noise_levels, seeds
from theory.generic_boundary import (
    TIED,
    UNTIED,
    Constants,
    boundary_ratio,
    centred_loss,
    centred_weights,
    population_loss,
)

RATIOS = st.floats(0.1, 4.0)


@st.composite
def sizes(draw):
    d = draw(st.integers(1, 8))
    return d, draw(st.integers(1, 2 * d))


@settings(max_examples=20)
@given(sizes(), noise_levels(), seeds())
def test_the_loss_is_the_mean_over_fresh_samples(size, sigma, seed):
    d, width = size
    W1, W2 = centred_weights(d, width, sigma)
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((20_000, d))
    noisy = X + sigma * rng.standard_normal(X.shape)
    errors = ((np.maximum(noisy @ W1, 0.0) @ W2.T - X) ** 2).sum(axis=1)
    # Five standard errors (and rounding): a false alarm in 6e-7 of the examples.
    allowed = 5 * errors.std(ddof=1) / len(X) ** 0.5 + 1e-12
    assert errors.mean() == pytest.approx(centred_loss(d, width, sigma), abs=allowed)


@settings(max_examples=10)
@given(st.integers(1, 8), st.data(), st.floats(0.05, 1.0), seeds())
def test_no_other_decoder_of_single_units_does_better_on_average(d, data, sigma, seed):
    """A step of the decoders in any direction costs what its square does: the slope along it is zero."""
    width = data.draw(st.integers(1, d))
    rng = np.random.default_rng(seed)
    W1, W2 = centred_weights(d, width, sigma)
    step = rng.standard_normal(W2.shape)
    X = rng.standard_normal((20_000, d))
    noisy = X + sigma * rng.standard_normal(X.shape)
    hidden = np.maximum(noisy @ W1, 0.0)
    slopes = 2 * ((hidden @ W2.T - X) * (hidden @ step.T)).sum(axis=1)
    # Five standard errors: a false alarm in 6e-7 of the examples.
    assert abs(slopes.mean()) <= 5 * slopes.std(ddof=1) / len(X) ** 0.5 + 1e-12


@settings(max_examples=25)
@given(st.integers(1, 6), noise_levels())
def test_twice_the_dimension_is_the_linear_denoiser(d, sigma):
    linear = d * sigma**2 / (1 + sigma**2)
    W1, W2 = centred_weights(d, 2 * d, sigma)
    y = np.linspace(-1, 2, d)
    assert np.allclose(W2 @ np.maximum(W1.T @ y, 0), y / (1 + sigma**2), rtol=1e-12, atol=1e-12)
    assert centred_loss(d, 2 * d, sigma) == pytest.approx(linear, rel=1e-9, abs=1e-12 * d)
    assert centred_loss(d, 2 * d + 5, sigma) == pytest.approx(linear, rel=1e-9, abs=1e-12 * d)
    assert expected_loss(W1, W2, y[None], sigma, 0.0) == pytest.approx(
        (sigma**2 / (1 + sigma**2)) ** 2 * (y**2).sum() + d * sigma**2 / (1 + sigma**2) ** 2, rel=1e-9, abs=1e-12
    )


@settings(max_examples=25)
@given(st.integers(1, 12), noise_levels())
def test_more_units_lose_less_and_pairs_alone_lose_more(d, sigma):
    losses = [centred_loss(d, width, sigma) for width in range(1, 2 * d + 1)]
    assert np.all(np.diff(losses) < 0)
    pairs = [d - width / 2 / (1 + sigma**2) for width in range(1, 2 * d + 1)]
    assert np.all(np.array(losses) <= np.array(pairs) + 1e-9)
    assert losses[0] == pytest.approx(pairs[0], rel=1e-12)


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 80), noise_levels())
def test_the_limit_is_reached_like_one_over_d(half, width, sigma):
    """All but one of the single units save in full, so the distance of the loss from its limit is at most one."""
    d = 50 * half
    width = min(50 * width, 2 * d)
    away = centred_loss(d, width, sigma) - d * population_loss(width / d, sigma)
    assert -1e-9 <= away <= 1


@settings(max_examples=25)
@given(RATIOS, noise_levels())
def test_without_units_everything_is_lost_and_with_many_only_noise(ratio, sigma):
    assert 0 <= population_loss(ratio, sigma) <= 1
    assert population_loss(1e-9, sigma) == pytest.approx(1)
    assert population_loss(2.0 + ratio, sigma) == pytest.approx(sigma**2 / (1 + sigma**2), abs=1e-12)
    assert population_loss(1.0, 0.0) == pytest.approx(1 - np.pi / (2 * (np.pi - 1)), rel=1e-12)


@settings(max_examples=25)
@given(st.floats(0.05, 1.95), st.floats(0.05, 0.5), st.sampled_from([UNTIED, TIED]))
def test_below_two_units_a_dimension_each_constant_acts_as_said(ratio, sigma, constants):
    found = boundary_ratio(ratio, sigma, constants)
    loss = population_loss(ratio, sigma)
    assert found > 0
    twice = constants._replace(amplitude=2 * constants.amplitude)
    assert boundary_ratio(ratio, sigma, twice) == pytest.approx(2 * found, rel=1e-12)
    steeper = constants._replace(exponent=constants.exponent + 1)
    assert boundary_ratio(ratio, sigma, steeper) == pytest.approx(found / loss, rel=1e-12)
    damped = constants._replace(damping=constants.damping + 1)
    assert boundary_ratio(ratio, sigma, damped) == pytest.approx(found / (1 + sigma**2), rel=1e-12)
    assert boundary_ratio(ratio, sigma, constants._replace(offset=9.0, slope=7.0)) == found


@settings(max_examples=25)
@given(st.floats(2.0, 4.0), st.floats(0.05, 0.5))
def test_from_two_units_a_dimension_on_the_boundary_is_linear_in_the_width(ratio, sigma):
    constants = Constants(3.0, 1.25, 4.0, 1.5, 2.0)
    assert boundary_ratio(ratio, sigma, constants) == pytest.approx((4 + 1.5 * ratio) / (1 + sigma**2) ** 2, rel=1e-12)


def test_the_square_root_of_the_single_units():
    """At equal loss: σ makes b equal at π = 1/2 and the same number of single units and pairs besides."""
    one = Constants(1.0, 0.0, 0.0, 0.0, 0.0)
    assert boundary_ratio(0.25, 0.3, one) == pytest.approx(0.5)
    assert boundary_ratio(1.0, 0.3, one) == pytest.approx(1.0)
    assert boundary_ratio(1.75, 0.3, one) == pytest.approx(0.5)


@pytest.mark.parametrize("constants", [UNTIED, TIED])
@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.4])
def test_the_boundary_falls_where_the_linear_denoiser_comes_within_reach(constants, sigma):
    assert boundary_ratio(2.0, sigma, constants) < 0.9 * boundary_ratio(1.7, sigma, constants)
    assert boundary_ratio(0.5, sigma, constants) < boundary_ratio(1.0, sigma, constants)
