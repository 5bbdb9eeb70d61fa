"""Isotropic clusters: the quadrature against another one of the density, closed forms, and simulated blocks."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.block_draws import draw_blocks
from theory import proportional_limit as pl
from theory.marchenko_pastur import bulk_edges, gain_moments, isotropic_losses

RATIOS, SIGMAS, VARIANCES = st.floats(0.05, 20.0), st.floats(0.1, 3.0), st.floats(0.1, 5.0)


def by_density(ratio, low, function):
    """∫ f(t) √((b − t)(t − a))/(2πct) dt from max(a, low) to b, by mpmath's tanh-sinh quadrature."""
    a, b = (1 - mpmath.sqrt(ratio)) ** 2, (1 + mpmath.sqrt(ratio)) ** 2
    low = max(a, low)
    density = lambda t: mpmath.sqrt(abs((b - t) * (t - a))) / (2 * mpmath.pi * ratio * t)  # noqa: E731
    return mpmath.quad(lambda t: function(t) * density(t), [low, (low + b) / 2, b]) if low < b else mpmath.mpf(0)


def test_edges():
    assert bulk_edges(0.25) == (0.25, 2.25)
    assert bulk_edges(4.0) == (1.0, 9.0)


@settings(max_examples=25)
@given(RATIOS, SIGMAS, VARIANCES, st.floats(0.0, 1.2))
def test_gains_and_losses_are_integrals_of_the_density(ratio, sigma, variance, threshold):
    """At a weight decay `threshold` of the largest eigenvalue."""
    decay = threshold * variance * bulk_edges(ratio)[1]
    gain = lambda t: max(variance * t - decay, 0) / (variance * t + sigma**2)  # noqa: E731
    first, second = (by_density(ratio, decay / variance, lambda t, k=k: gain(t) ** k) for k in (1, 2))
    found = gain_moments(ratio, sigma, variance, decay)
    assert found[0] == pytest.approx(float(first), abs=1e-8)
    assert found[1] == pytest.approx(float(second), abs=1e-8)
    losses = isotropic_losses(ratio, sigma, variance, decay)
    # The objective, eigenvalue by eigenvalue: signal lost, noise passed and weight decay; the rest of v lies below.
    objective = lambda t: (  # noqa: E731
        (1 - gain(t)) ** 2 * variance * t + sigma**2 * gain(t) ** 2 + 2 * decay * gain(t) - variance * t
    )
    train = variance + by_density(ratio, decay / variance, objective)
    assert losses.train == pytest.approx(float(train), abs=1e-8 * (1 + variance))
    test = by_density(ratio, decay / variance, lambda t: (gain(t) - 2) * gain(t) * variance + sigma**2 * gain(t) ** 2)
    assert losses.test == pytest.approx(variance + float(test), abs=1e-8 * (1 + variance))


@settings(max_examples=40)
@given(RATIOS, SIGMAS, VARIANCES)
def test_all_directions_without_decay_are_the_closed_form(ratio, sigma, variance):
    losses = isotropic_losses(ratio, sigma, variance)
    assert losses.train == pytest.approx(pl.train_loss_limit(np.array([variance]), ratio, sigma), rel=1e-7)
    assert losses.test == pytest.approx(pl.test_loss_limit(np.array([variance]), ratio, sigma), rel=1e-7)
    _, _, second = pl.equivalent(np.array([variance]), ratio, sigma)
    squared = second + pl.scatter_limit(np.array([variance]), ratio, sigma)[0]
    assert gain_moments(ratio, sigma, variance)[1] == pytest.approx(squared, rel=1e-7)


@settings(max_examples=30)
@given(RATIOS, SIGMAS, st.floats(0.02, 1.0))
def test_the_share_kept_is_the_fraction_of_the_leading_eigenvalues(ratio, sigma, fraction):
    """With σ → 0 every kept direction has the gain one; zeros of the Gram matrix cannot be kept."""
    assert gain_moments(ratio, 1e-6, 1.0, 0.0, fraction)[0] == pytest.approx(min(fraction, 1.0, 1 / ratio), abs=1e-5)
    assert gain_moments(ratio, sigma, 1.0, 0.0, 0.0) == (0.0, 0.0)
    # Leading ones: the fewer are kept the higher their gains on average.
    assert (
        gain_moments(ratio, sigma, 1.0, 0.0, fraction / 2)[0] >= gain_moments(ratio, sigma, 1.0, 0.0, fraction)[0] / 2
    )


def test_a_threshold_above_every_eigenvalue_leaves_the_variance():
    assert isotropic_losses(0.5, 0.3, 2.0, 2.0 * bulk_edges(0.5)[1]) == (2.0, 2.0)
    assert isotropic_losses(0.5, 0.3, 2.0, 100.0, 0.3) == (2.0, 2.0)


@pytest.mark.parametrize(
    ("ratio", "decay", "fraction"),
    [(0.5, 0.0, 0.25), (0.5, 0.6, 1.0), (2.0, 0.9, 0.9), (2.0, 0.3, 0.2), (1.0, 0.0, 0.5)],
)
def test_simulated_blocks_with_decay_and_fewer_units(ratio, decay, fraction):
    sigma, variance, d = 0.6, 1.5, 240
    found = draw_blocks(np.full(d, variance), np.zeros(d), int(d / ratio), int(fraction * d), sigma, decay, 3, seed=2)
    losses = isotropic_losses(ratio, sigma, variance, decay, fraction)
    assert found.train.mean() / d == pytest.approx(losses.train, rel=0.01)
    assert found.test.mean() / d == pytest.approx(losses.test, rel=0.005)
