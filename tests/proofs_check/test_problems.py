"""Random problems are what they promise: separable, under their limits, in every dimension, and varied."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.problems import (
    LEAST_GAP,
    Problem,
    random_noise_level,
    random_rotation,
    random_samples,
    separable_problem,
)

seeds = st.integers(0, 2**32)


def clusters(problem: Problem) -> list[np.ndarray]:
    return [problem.X[problem.labels == k] for k in range(len(problem.widths))]


@settings(max_examples=150)
@given(seeds, st.sampled_from([{}, {"most_clusters": 2}, {"most_members": 1}, {"most_width": 4}, {"spread": 0.1}]))
def test_clusters_are_separable_and_decay_and_widths_below_their_limits(seed, options):
    problem = separable_problem(np.random.default_rng(seed), **options)
    blocks = clusters(problem)
    n, d = problem.X.shape
    assert 1 <= len(blocks) <= options.get("most_clusters", 4)
    assert max(len(blocks) - 1, 1) <= d <= len(blocks) + 3
    assert sum(len(block) for block in blocks) == n == len(problem.labels)
    limits = []
    for block, width in zip(blocks, problem.widths, strict=True):
        assert 1 <= len(block) <= options.get("most_members", 4)
        assert 1 <= width <= min(np.linalg.matrix_rank(block, tol=1e-6), options.get("most_width", 2))
        eigenvalues = np.append(np.linalg.svd(block, compute_uv=False) ** 2, 0.0)
        # By another route than that of the draw: to rounding.
        assert width == 1 or eigenvalues[width - 1] - eigenvalues[width] >= (LEAST_GAP - 1e-12) * eigenvalues[0]
        limits.append(eigenvalues[width - 1])
        mean = block.mean(axis=0)
        farthest = np.linalg.norm(block - mean, axis=1).max() / np.linalg.norm(mean)
        assert farthest < 2.1 * options.get("spread", 0.05) / len(blocks)
    assert n * problem.weight_decay >= 0.05 * min(limits) * (1 - 1e-9)
    assert n * problem.weight_decay <= 0.9 * min(limits) * (1 + 1e-9)
    for k, block in enumerate(blocks):
        for other in blocks[:k]:
            assert (block @ other.T < 0).all()


@settings(max_examples=100)
@given(seeds, st.sampled_from([0.05, 0.1, 0.3]))
def test_noise_stays_under_its_share_of_the_margin(seed, share):
    problem = separable_problem(np.random.default_rng(seed), sigma_over_margin=share)
    means = [block.mean(axis=0) for block in clusters(problem)]
    distances = [
        abs(block @ mean).min() / np.linalg.norm(mean)
        for k, mean in enumerate(means)
        for other, block in enumerate(clusters(problem))
        if other != k
    ]
    margin = min(distances, default=min(np.linalg.norm(mean) for mean in means))
    # The bound is on the distances of the centres; members lie within 5 % of them, over the number of clusters.
    assert problem.sigma == 0 or 0.25 * share * margin <= problem.sigma <= 1.2 * share * margin


def test_all_kinds_of_problem_are_drawn():
    rng = np.random.default_rng(0)
    problems = [separable_problem(rng) for _ in range(300)]
    silent = sum(problem.sigma == 0 for problem in problems)
    # One in eight: 37.5 expected of 300, standard deviation 5.7; these bounds are more than four of them away.
    assert 12 <= silent <= 65
    assert {len(problem.widths) for problem in problems} == {1, 2, 3, 4}
    assert {problem.X.shape[1] for problem in problems} == set(range(1, 8))
    assert {width for problem in problems for width in problem.widths} == {1, 2}
    kinds = set()
    for problem in problems:
        for block in clusters(problem):
            same = bool((np.abs(block - block[0]) < 1e-12).all())
            kinds.add((len(block) > 1, same))
            if len(block) > 1 and not same:
                assert np.abs(block - block[0]).max() > 1e-6
    assert kinds == {(False, True), (True, True), (True, False)}
    norms = [np.linalg.norm(block.mean(axis=0)) for problem in problems for block in clusters(problem)]
    assert 0.6 < min(norms) < 0.75 < 1.9 < max(norms) < 2.1


def test_the_simplex_is_turned_at_random():
    def without_turn(problem: Problem) -> bool:
        return bool((np.abs(problem.X) < 1e-12).any())

    rng = np.random.default_rng(1)
    problems = [separable_problem(rng) for _ in range(60)]
    assert not any(without_turn(problem) for problem in problems if problem.X.shape[1] > 1)


@settings(max_examples=60)
@given(seeds, st.integers(1, 8))
def test_rotations_are_orthogonal(seed, d):
    turn = random_rotation(np.random.default_rng(seed), d)
    assert turn.shape == (d, d)
    assert np.abs(turn @ turn.T - np.eye(d)).max() < 1e-13


def test_samples_have_every_shape_up_to_the_most():
    rng = np.random.default_rng(0)
    shapes = {random_samples(rng, most=3).shape for _ in range(300)}
    assert shapes == {(n, d) for n in (1, 2, 3) for d in (1, 2, 3)}
    assert max(random_samples(rng).shape[0] for _ in range(200)) == 6
    large = random_samples(rng, most=200)
    while large.size < 5000:
        large = random_samples(rng, most=200)
    assert 0.45 < large.std() < 2.1


def test_scales_of_samples_vary():
    rng = np.random.default_rng(0)
    scales = [block.std() for block in (random_samples(rng, most=60) for _ in range(300)) if block.size > 900]
    assert 0.4 < min(scales) < 0.65 < 1.8 < max(scales) < 2.2


@pytest.mark.parametrize("seed", range(3))
def test_noise_levels_lie_in_their_range_and_vanish_one_time_in_eight(seed):
    rng = np.random.default_rng(seed)
    levels = np.array([random_noise_level(rng) for _ in range(2000)])
    positive = levels[levels > 0]
    assert 0.05 <= positive.min() < 0.06
    assert 0.98 < positive.max() <= 1.0
    # 250 expected, standard deviation 14.8: six of them.
    assert abs((levels == 0).sum() - 250) < 89
