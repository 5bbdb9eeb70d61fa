"""Greedy and threshold selection against plain loops, on exact ties and copies too; entropy by neighbours."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from numerics import selection
from numerics.neighbour_distances import neighbour_distances
from numerics.selection import UntrustedEntropyWarning, greedy_select, knn_entropy, threshold_decay_select
from theory.entropy import ball_log_volume, gaussian_entropy

seeds = st.integers(0, 2**32 - 1)


def distances(points):
    """By differences, one pair at a time as far as numpy allows."""
    return np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))


def plain_greedy(points, m, start):
    apart = distances(points)
    taken = [start]
    while len(taken) < m:
        least = apart[:, taken].min(axis=1)
        least[taken] = -1
        taken.append(int(least.argmax()))
    return taken


def plain_filter(points, m, threshold, decay, order, only_after_idle_scan):
    """As printed (the threshold falls after a scan that takes nothing) or as released (after every scan)."""
    apart, taken, left = distances(points), [], list(order)
    while len(taken) < m:
        before = len(taken)
        for point in list(left):
            if not taken or (apart[point, taken] > threshold).all():
                taken.append(point)
                left.remove(point)
            if len(taken) == m:
                break
        if len(taken) == before or not only_after_idle_scan:
            threshold *= decay
    return taken


@st.composite
def clouds(draw):
    """Points with whole coordinates, in which products are exact and ties and copies are common, or normal ones."""
    n, d, seed = draw(st.integers(1, 40)), draw(st.integers(1, 20)), draw(seeds)
    rng = np.random.default_rng(seed)
    if draw(st.booleans()):
        return rng.integers(0, draw(st.integers(1, 4)), size=(n, d)).astype(float)
    return rng.standard_normal((n, d))


@given(clouds(), st.data(), seeds)
def test_greedy_is_the_plain_loop(points, data, seed):
    m = data.draw(st.integers(1, len(points)))
    found = greedy_select(points, m, seed)
    assert found.tolist() == plain_greedy(points, m, int(found[0]))


@given(clouds(), st.data(), seeds)
def test_a_pool_smaller_than_the_points_changes_nothing(points, data, seed):
    m, threshold = data.draw(st.integers(1, len(points))), data.draw(st.sampled_from([0.5, 1.5, 100.0]))
    whole = greedy_select(points, m, seed), threshold_decay_select(points, m, threshold, 0.75, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "_POOL", 3)
        patch.setattr(selection, "_BLOCK", 50)
        parts = greedy_select(points, m, seed), threshold_decay_select(points, m, threshold, 0.75, seed)
    for one, other in zip(whole, parts, strict=True):
        assert one.tolist() == other.tolist()


@given(clouds(), st.data(), seeds, st.sampled_from([0.3, 1.5, 7.0]), st.sampled_from([0.5, 0.75]), st.booleans())
def test_threshold_filter_is_the_plain_loop_printed_or_released(points, data, seed, threshold, decay, printed):
    distinct = len(np.unique(points, axis=0))
    m = data.draw(st.integers(1, distinct))
    order = np.random.default_rng(seed).permutation(len(points))
    found = threshold_decay_select(points, m, threshold, decay, seed)
    assert found.tolist() == plain_filter(points, m, threshold, decay, order.tolist(), printed)


@given(clouds(), seeds, st.floats(1e-8, 1e8), st.sampled_from([1e-300, 0.1, 0.95, 1 - 1e-9, np.nextafter(1, 0)]))
def test_the_filter_ends_on_every_input_with_copies_last(points, seed, threshold, decay):
    n, distinct = len(points), len(np.unique(points, axis=0))
    found = threshold_decay_select(points, n, threshold, float(decay), seed)
    assert sorted(found) == list(range(n))
    assert len(np.unique(points[found[:distinct]], axis=0)) == distinct
    assert threshold_decay_select(points, 1, threshold, float(decay), seed).tolist() == found[:1].tolist()


@pytest.mark.parametrize("points", [np.zeros((6, 20)), np.eye(6), np.eye(14), np.repeat(np.eye(3), 4, axis=0)])
def test_copies_and_equal_distances(points):
    n = len(points)
    for found in (greedy_select(points, n, 1), threshold_decay_select(points, n, 60.0, 0.95, 1)):
        assert sorted(found) == list(range(n))


@settings(max_examples=40)
@given(seeds, st.integers(1, 3), st.integers(2, 8))
def test_greedy_keeps_half_of_the_best_least_distance(seed, d, n):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((n, d)) * rng.exponential(size=d)
    m = int(rng.integers(2, n + 1))
    apart = distances(points) + np.diag(np.full(n, np.inf))
    best = max(apart[np.ix_(chosen, chosen)].min() for chosen in combinations(range(n), m))
    taken = greedy_select(points, m, seed)
    assert apart[np.ix_(taken, taken)].min() >= best / 2 * (1 - 1e-12)
    # The last insertion distance is the least.
    assert apart[taken[-1], taken[:-1]].min() == pytest.approx(apart[np.ix_(taken, taken)].min(), rel=1e-12)


@given(st.integers(14, 60), st.integers(1, 20), st.integers(1, 5), seeds)
def test_distances_of_neighbours_are_those_of_scikit_learn(n, d, k, seed):
    points = np.random.default_rng(seed).standard_normal((n, d)) + 100
    other = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0][:, -1]
    assert neighbour_distances(points, k) == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("d", [3, 30])
def test_entropy_scales_and_shifts_as_an_entropy_does(d):
    points = np.random.default_rng(d).standard_normal((400, d))
    with pytest.warns(UntrustedEntropyWarning, match="nats off") if d == 30 else nullcontext():
        plain, moved = knn_entropy(points, 2), knn_entropy(3 * points[::-1] + 5, 2)
    assert moved - plain == pytest.approx(d * np.log(3), rel=1e-9)


def test_entropy_of_many_normal_points():
    """Five standard errors of 5,000 points: 6e-7. The variance of −log f and of log distances is below (d + 3)/2."""
    for d in (1, 2, 4):
        points = np.random.default_rng().standard_normal((5000, d))
        assert abs(knn_entropy(points, 3) - gaussian_entropy(d)) <= 5 * np.sqrt((d + 3) / 2 / 5000) + 0.03


def test_two_points_by_hand():
    with pytest.warns(UntrustedEntropyWarning, match=r"2 normal points in 3 dimensions"):
        found = knn_entropy(np.array([[0.0, 0, 0], [0, 3, 4]]), 1)
    # ψ(2) − ψ(1) = 1.
    assert found == pytest.approx(1 + ball_log_volume(3) + 3 * np.log(5))


@pytest.mark.parametrize("d", [2, 40])
def test_copies_have_no_entropy_but_at_a_later_neighbour(d):
    points = np.random.default_rng(0).standard_normal((30, d))
    points[7] = points[3]
    with pytest.warns(UntrustedEntropyWarning, match="2 of 30 points have 1 copies or more"):
        assert knn_entropy(points, 1) == -np.inf
    assert np.isfinite(neighbour_distances(points, 2)).all()
    assert (neighbour_distances(points, 2) > 0).all()


@pytest.mark.parametrize(("n", "d", "warned"), [(100, 2, False), (100, 12, True), (1000, 10, False), (20, 8, True)])
def test_the_warning_stands_where_the_bias_of_normal_points_is_large(n, d, warned):
    points = np.random.default_rng(1).standard_normal((n, d))
    with pytest.warns(UntrustedEntropyWarning, match="nats off") if warned else nullcontext():
        knn_entropy(points, 1)
