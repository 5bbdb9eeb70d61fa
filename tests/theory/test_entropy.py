"""The neighbour estimate of entropy: constants, exact cases, and its bias against simulation and a second integral."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from theory.entropy import ball_log_volume, gaussian_bias, gaussian_entropy, neighbour_entropy


def test_volumes_of_balls_by_hand():
    for d, volume in ((1, 2), (2, math.pi), (3, 4 * math.pi / 3), (4, math.pi**2 / 2)):
        assert ball_log_volume(d) == pytest.approx(math.log(volume), rel=1e-14)


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 2**32 - 1), st.floats(0.01, 100.0))
def test_estimate_moves_with_the_scale_and_counts_every_distance(d, k, seed, scale):
    found = np.random.default_rng(seed).exponential(size=k + 7) + 1e-3
    plain = neighbour_entropy(found, d, k)
    assert neighbour_entropy(scale * found, d, k) == pytest.approx(plain + d * math.log(scale), rel=1e-9, abs=1e-9)
    harmonic = sum(1 / j for j in range(k, k + 7))
    assert plain == pytest.approx(harmonic + ball_log_volume(d) + d * np.log(found).mean(), rel=1e-12, abs=1e-12)
    assert neighbour_entropy([*found, 0.0], d, k) == -math.inf


@settings(max_examples=20)
@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_no_bias_where_the_density_is_constant(n, k, seed):
    """Points on a circle of circumference one, entropy 0: within five standard errors of 300 sets, 6e-7 an example."""
    k = min(k, n - 1)
    points = np.random.default_rng(seed).random((300, n))
    apart = np.abs(points[:, :, None] - points[:, None])
    # Balls of half the circle or more would wrap around: distances up to where their mass is one.
    apart = np.sort(np.minimum(apart, 1 - apart), axis=2)[:, :, k]
    found = np.array([neighbour_entropy(row, 1, k) for row in apart])
    assert abs(found.mean()) <= 5 * found.std(ddof=1) / math.sqrt(300)


@pytest.mark.parametrize(("n", "d", "k"), [(5, 1, 1), (40, 2, 3), (60, 6, 1), (100, 20, 3), (50, 100, 1)])
def test_bias_of_normal_points_is_the_simulated_one(n, d, k):
    """Five standard errors of 400 sets: 6e-7 for each of five."""
    rng = np.random.default_rng()
    found = np.empty(400)
    for number in range(len(found)):
        X = rng.standard_normal((n, d))
        squares = (X**2).sum(axis=1)
        apart = squares[:, None] + squares - 2 * X @ X.T
        np.fill_diagonal(apart, np.inf)
        found[number] = neighbour_entropy(np.sqrt(np.sort(apart, axis=1)[:, k - 1]), d, k)
    error = found.std(ddof=1) / 20
    assert abs(found.mean() - gaussian_entropy(d) - gaussian_bias(n, d, k)) <= 5 * error


@pytest.mark.parametrize(("n", "k"), [(2, 1), (10, 2), (300, 1)])
def test_bias_on_the_line_by_adaptive_integration(n, k):
    """The mass of an interval by the normal law function, and the distance by parts, in place of χ² and a grid."""

    def mean_log(x: float) -> float:
        def below(s: float) -> float:
            reach = math.exp(s)
            return float(special.betainc(k, n - k, special.ndtr(x + reach) - special.ndtr(x - reach)))

        left = integrate.quad(below, -45, 0, limit=400)[0]
        return integrate.quad(lambda s: 1 - below(s), 0, 4, limit=400)[0] - left

    mean = integrate.quad(lambda x: 2 * stats.norm.pdf(x) * mean_log(x), 0, 8.5)[0]
    estimate = float(special.psi(n) - special.psi(k)) + math.log(2) + mean
    assert gaussian_bias(n, 1, k) == pytest.approx(estimate - gaussian_entropy(1), abs=1e-6)


def test_bias_in_the_dimensions_of_images_is_in_the_hundreds():
    """As the nearest of 50,000 is hardly nearer than the farthest: squared distances within 15 % of 2d."""
    d, n = 3072, 50_000
    whole = math.log(n) + np.euler_gamma + ball_log_volume(d) + d / 2 * math.log(2 * d) - gaussian_entropy(d)
    assert whole - d / 2 * 0.15 < gaussian_bias(n, d) < whole


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(1, 4))
def test_bias_falls_in_many_dimensions_as_points_are_added(d, k):
    at = [gaussian_bias(n, d, k) for n in (30, 300, 3000, 10**6)]
    assert np.isfinite(at).all()
    if d > 30:
        assert (np.diff(at) < 0).all()
    if d <= 3:
        assert abs(at[-1]) < 1e-2


def test_two_points_in_the_plane_in_closed_form():
    """log|x − y|² of two normal points is log 4 plus that of an exponential variable: log 4 − γ."""
    expected = 1 + math.log(math.pi) + (math.log(4) - np.euler_gamma) - gaussian_entropy(2)
    assert gaussian_bias(2, 2, 1) == pytest.approx(expected, abs=1e-9)
