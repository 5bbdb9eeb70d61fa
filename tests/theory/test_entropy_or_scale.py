"""What moves GS and the entropy: closed forms against integrals, draws, and clouds of which they are functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from theory import entropy_or_scale as eos
from theory.entropy import ball_log_volume, neighbour_entropy
from theory.scaling_identity import scaling_slope


def test_the_least_squared_distance_on_the_line():
    """To one point twice the variance; to two, 2 − E|U² − V²|/2 with U − V and U + V independent; fewer are farther."""
    assert eos.line_score(1) == pytest.approx(2, rel=1e-9)
    assert eos.line_score(2) == pytest.approx(2 - 2 * np.sqrt(3) / np.pi, rel=1e-9)
    scores = [eos.line_score(n) for n in (1, 2, 3, 10, 100, 1000, 10000)]
    assert scores == sorted(scores, reverse=True)


@settings(max_examples=5)
@given(st.integers(3, 8), st.integers(0, 2**32 - 1))
def test_the_least_squared_distance_of_draws(n, seed):
    """Within six standard errors of a skew mean of 20,000: false alarms under 1e-6."""
    rng = np.random.default_rng(seed)
    least = (rng.standard_normal((20000, 1)) - rng.standard_normal((20000, n))) ** 2
    least = least.min(axis=1)
    assert abs(least.mean() - eos.line_score(n)) < 6 * least.std() / np.sqrt(len(least))


@settings(max_examples=8)
@given(st.integers(1, 6), st.integers(1, 12), st.integers(1, 2), st.integers(0, 2**32 - 1))
def test_the_log_score_of_normal_points(d, n, power, seed):
    """Within five standard errors: false alarms 6e-7."""
    rng = np.random.default_rng(seed)
    apart = rng.standard_normal((4000, 1, d)) - rng.standard_normal((4000, n, d))
    logs = power * np.log(np.sqrt((apart**2).sum(axis=2)).min(axis=1))
    assert abs(logs.mean() - eos.gaussian_log_score(n, d, power)) < 5 * logs.std() / np.sqrt(len(logs))


@given(st.integers(1, 30), st.integers(1, 2))
def test_one_training_point_has_a_closed_form(d, power):
    # ‖x − z‖² is 2χ²_d.
    expected = power / 2 * (2 * np.log(2) + special.psi(d / 2))
    assert eos.gaussian_log_score(1, d, power) == pytest.approx(expected, abs=1e-8)


def test_many_points_follow_the_entropy_with_the_scaling_slope():
    for d in (1, 2):
        fall = eos.gaussian_log_score(20000, d, 2) - eos.gaussian_log_score(10000, d, 2)
        expected = -scaling_slope(d, 2) * (special.psi(20001) - special.psi(10001))
        assert fall == pytest.approx(expected, rel=0.02)


@given(st.integers(1, 6), st.integers(1, 5), st.floats(-3, 3))
def test_repetition_takes_each_distance_into_the_larger_space(d, times, mean_log):
    distances = np.exp(mean_log + np.array([-0.5, 0.0, 0.5]))
    before = neighbour_entropy(distances, d)
    after = neighbour_entropy(np.sqrt(times) * distances, times * d)
    assert eos.repeated_entropy_change(d, times, mean_log) == pytest.approx(after - before, abs=1e-10)


@given(st.integers(2, 30), st.data(), st.integers(1, 5), st.floats(1e-6, 1.0), st.floats(1.0, 9.0))
def test_the_bound_is_the_estimate_of_copies_at_the_distance_and_the_others_at_the_diameter(
    n, data, d, distance, diameter
):
    kept = data.draw(st.integers(1, n - 1))
    distances = np.r_[np.full(n - kept, distance), np.full(kept, diameter)]
    expected = neighbour_entropy(distances, d)
    assert eos.near_copies_bound(n, kept, d, distance, diameter) == pytest.approx(expected, abs=1e-9)
    assert expected == pytest.approx(
        special.psi(n) - special.psi(1) + ball_log_volume(d) + d * np.log(distances).mean()
    )
