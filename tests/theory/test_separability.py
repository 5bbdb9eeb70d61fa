"""Separability against plain loops, exact fractions and exhaustive search."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import rotations, sample_arrays, seeds, separable_problems
from theory.clique import largest_clique
from theory.separability import (
    alpha_beta,
    largest_separable_subset,
    max_clusters,
    regular_simplex,
    separable_subset,
)


def plain_alpha_beta(X, labels):
    """Definition 3.1 in rational arithmetic up to the square roots: no array operation."""
    clusters = [
        [[Fraction(v) for v in x] for x, k in zip(X.tolist(), labels, strict=True) if k == c] for c in set(labels)
    ]
    means = [[sum(column) / len(cluster) for column in zip(*cluster, strict=True)] for cluster in clusters]

    def dot(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    spread = max(
        dot(step, step) / dot(mean, mean)
        for cluster, mean in zip(clusters, means, strict=True)
        for step in ([x - m for x, m in zip(member, mean, strict=True)] for member in cluster)
    )
    cosines = [float(dot(a, b)) / math.sqrt(dot(a, a) * dot(b, b)) for a, b in itertools.combinations(means, 2)]
    return math.sqrt(spread), max(cosines, default=-1.0)


def pair_allowed(a, b, beta):
    """cos(a, b) ≤ β and < 0, exactly, by moving the square root of a rational to one side."""
    a, b = ([Fraction(v) for v in x.tolist()] for x in (a, b))
    inner = sum(x * y for x, y in zip(a, b, strict=True))
    squares = sum(x * x for x in a) * sum(y * y for y in b)
    return inner < 0 and inner * inner >= Fraction(beta) ** 2 * squares


def allowed_pairs(X, beta):
    return {(i, j): pair_allowed(X[i], X[j], beta) for i, j in itertools.combinations(range(len(X)), 2)}


def exhaustive_size(X, beta):
    """The largest number of compatible nonzero rows, by trying every set."""
    pairs = allowed_pairs(X, beta)
    for size in range(len(X), 1, -1):
        if any(
            all(pairs[p] for p in itertools.combinations(chosen, 2))
            for chosen in itertools.combinations(range(len(X)), size)
        ):
            return size
    return int(X.any())


@given(problem=separable_problems())
def test_alpha_beta_is_the_definition(problem):
    alpha, beta = alpha_beta(problem.X, problem.labels)
    expected = plain_alpha_beta(problem.X, problem.labels.tolist())
    assert (alpha, beta) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert beta < 0


@given(problem=separable_problems(), data=st.data())
def test_alpha_beta_ignores_rotation_order_and_the_scale_of_a_cluster(problem, data):
    X, labels = problem.X, problem.labels
    expected = pytest.approx(alpha_beta(X, labels), abs=1e-13)
    assert alpha_beta(X @ data.draw(rotations(X.shape[1])), labels) == expected
    order = data.draw(st.permutations(range(len(X))))
    assert alpha_beta(X[order], labels[order]) == expected
    names = np.array(data.draw(st.permutations(range(labels.max() + 1))))
    assert alpha_beta(X, names[labels]) == expected
    scales = np.array([data.draw(st.sampled_from([1e-200, 0.7, 3.0, 1e200])) for _ in names])
    assert alpha_beta(X * scales[labels][:, None], labels) == expected


def test_alpha_beta_of_points_and_of_a_worked_case():
    assert alpha_beta(np.array([[2.0, 1.0]]), [0]) == (0.0, -1.0)
    assert alpha_beta(np.array([[2.0], [4.0]]), [0, 0]) == (pytest.approx(1 / 3), -1.0)
    alpha, beta = alpha_beta(np.array([[3.0, 4.0], [-1.0, 0.0], [0.0, -2.0]]), [0, 1, 2])
    assert (alpha, beta) == (0.0, 0.0)
    assert alpha_beta(np.array([[3.0, 4.0], [-6.0, -8.0]]), [1, 0]) == (0.0, -1.0)
    # The spread counts against the mean of its own cluster, and the widest cluster decides.
    alpha, beta = alpha_beta(
        np.array([[8.0, 0.0], [8.0, 6.0], [8.0, -6.0], [-1.0, 0.1], [-1.0, -0.1]]), [0, 0, 0, 1, 1]
    )
    assert (alpha, beta) == (pytest.approx(0.75), -1.0)


def test_rounding_never_carries_a_cosine_outside_its_range():
    # About one direction in five has a computed square norm above 1, so 100 directions cannot all miss it.
    for direction in np.random.default_rng(0).standard_normal((100, 5)):
        for scale in (1.0, -1.0):
            _, beta = alpha_beta(np.array([direction, scale * direction]), [0, 1])
            assert abs(beta) <= 1
            assert beta == pytest.approx(scale, abs=1e-14)


def test_a_cluster_mean_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"X must have nonzero cluster means, got mean 0 in cluster 1"):
        alpha_beta(np.array([[1.0, 0.0], [0.0, 2.0], [0.0, -2.0]]), [0, 1, 1])


@given(d=st.integers(1, 9), data=st.data())
def test_the_simplex_attains_the_largest_number_of_clusters(d, data):
    M = data.draw(st.integers(2, d + 1))
    vertices = regular_simplex(M, d)
    assert vertices.shape == (M, d)
    gram = np.eye(M) * (1 + 1 / (M - 1)) - 1 / (M - 1)
    np.testing.assert_allclose(vertices @ vertices.T, gram, rtol=0, atol=1e-14)
    beta = -1 / (M - 1)
    assert max_clusters(beta * (1 - 1e-12), d) == M
    assert max_clusters(max(-1.0, beta * (1 + 1e-12)), d) == (2 if M == 2 else M - 1)


@given(k=st.integers(1, 10**6), steps=st.integers(-2, 2))
def test_the_floor_is_exact_beside_every_jump(k, steps):
    beta = -1 / k
    for _ in range(abs(steps)):
        beta = max(-1.0, math.nextafter(beta, math.copysign(1.0, steps)))
    expected = max(M for M in range(max(1, k - 5), k + 7) if (M - 1) * Fraction(-beta) <= 1)
    assert max_clusters(beta, 10**7) == expected


@pytest.mark.parametrize(
    ("beta", "d", "count"),
    [
        (-1.0, 1, 2),
        (-1.0, 5, 2),
        (-0.5, 1, 2),
        (-0.5, 2, 3),
        (-0.5, 9, 3),
        (-0.25, 4, 5),
        (-0.25, 3, 4),
        (-0.2, 9, 5),
        (-0.51, 9, 2),
        (-1e-300, 7, 8),
        (-5e-324, 7, 8),
        (0.0, 1, 2),
        (0.0, 7, 14),
        (-0.0, 3, 6),
    ],
)
def test_known_numbers_of_clusters(beta, d, count):
    assert max_clusters(beta, d) == count


@pytest.mark.parametrize("beta", [0.1, 1.0, 5e-324, math.nextafter(-1.0, -2.0), -2.0])
def test_beta_outside_its_range_is_refused(beta):
    with pytest.raises(ValueError, match=r"beta must be in \[-1, 0\]"):
        max_clusters(beta, 3)
    with pytest.raises(ValueError, match=r"beta must be in \[-1, 0\]"):
        separable_subset(np.array([[1.0]]), beta)


@pytest.mark.parametrize(
    ("M", "d", "rule"), [(1, 3, "M must be >= 2"), (5, 3, r"M must be <= d \+ 1 = 4, got 5"), (2, 0, "d must be >= 1")]
)
def test_a_simplex_that_does_not_exist_is_refused(M, d, rule):
    with pytest.raises(ValueError, match=rule):
        regular_simplex(M, d)


@given(d=st.integers(1, 6), beta=st.floats(-1.0, 0.0), seed=seeds())
def test_no_random_search_beats_the_bound(d, beta, seed):
    """Vectors are added wherever the previous ones allow it; right angles count, as they do at β = 0."""
    rng = np.random.default_rng(seed)
    basis = np.concatenate([np.eye(d), -np.eye(d)])
    kept = np.empty((0, d))
    for x in rng.permutation(np.concatenate([rng.standard_normal((200, d)), basis])):
        x = x / np.linalg.norm(x)
        if (kept @ x <= beta - 1e-12 * (beta < 0)).all():
            kept = np.concatenate([kept, x[None]])
    assert len(kept) <= max_clusters(beta, d)


@settings(max_examples=200)
@given(
    X=sample_arrays(n=st.integers(1, 12), d=st.integers(1, 6)),
    beta=st.sampled_from([0.0, -0.1, -0.25, -0.5, -1.0, -1 / 3, -0.2]) | st.floats(-1.0, 0.0),
    node_budget=st.integers(1, 40) | st.just(10_000),
)
def test_the_subset_is_separable_maximal_and_honestly_bounded(X, beta, node_budget):
    found = largest_separable_subset(X, beta, node_budget=node_budget)
    members = found.indices.tolist()
    pairs = allowed_pairs(X, beta)
    assert members == sorted(set(members))
    assert all(X[i].any() for i in members)
    assert all(pairs[p] for p in itertools.combinations(members, 2))
    for other in set(range(len(X))) - set(members):
        assert not X[other].any() or not all(pairs[min(i, other), max(i, other)] for i in members)
    largest = exhaustive_size(X, beta)
    assert len(members) <= largest <= found.upper_bound <= len(X)
    assert found.upper_bound <= X.shape[1] + 1
    assert found.is_optimal == (len(members) == found.upper_bound)
    if node_budget == 10_000:  # more than the number of sets of 12 rows
        assert found.is_optimal
        np.testing.assert_array_equal(separable_subset(X, beta), found.indices)


@given(d=st.integers(1, 8), data=st.data(), copies=st.integers(1, 3))
def test_a_hidden_simplex_is_found_once_among_copies_and_zero_rows(d, data, copies):
    M = data.draw(st.integers(2, d + 1))
    simplex = regular_simplex(M, d) @ data.draw(rotations(d))
    lengths = np.random.default_rng(data.draw(seeds())).uniform(0.1, 10, (M * copies, 1))
    X = np.concatenate([np.zeros((2, d)), np.tile(simplex, (copies, 1)) * lengths])
    found = largest_separable_subset(X, -0.999 / (M - 1))
    assert found.is_optimal
    assert found.upper_bound == len(found.indices) == M
    assert sorted((found.indices - 2) % M) == list(range(M))


def test_the_dimension_bounds_what_colours_alone_do_not():
    # Obtuse pairs among 61 points of a circle: 16 or more steps apart, so each colour covers at most 16 points.
    angles = 2 * np.pi * np.arange(61) / 61
    found = largest_separable_subset(np.stack([np.cos(angles), np.sin(angles)], axis=1), node_budget=1)
    assert (len(found.indices), found.is_optimal, found.upper_bound) == (3, True, 3)


def test_no_row_and_one_row():
    found = largest_separable_subset(np.zeros((3, 2)))
    assert (found.indices.tolist(), found.is_optimal, found.upper_bound) == ([], True, 0)
    found = largest_separable_subset(np.array([[0.0], [2.0], [1.0]]), -0.5)
    assert (len(found.indices), found.is_optimal, found.upper_bound) == (1, True, 1)


def test_pairs_that_rounding_cannot_tell_apart_are_decided_exactly():
    # Exactly opposite, and opposite but for one unit in the last place.
    x = np.array([0.1, 0.7, -0.3])
    turned = x.copy()
    turned[0] = np.nextafter(0.1, 1.0)
    assert separable_subset(np.array([x, -2 * x]), -1.0).size == 2
    assert separable_subset(np.array([x, -turned]), -1.0).size == 1
    # The inner product of the second pair is -2**-60, far below the rounding of the cosine.
    tiny = 2.0**-60
    assert separable_subset(np.array([[1.0, 0.0], [0.0, 1.0]])).size == 1
    assert separable_subset(np.array([[1.0, 0.0], [-tiny, 1.0]])).size == 2
    assert separable_subset(np.array([[1.0, 0.0], [tiny, 1.0]])).size == 1
    # cos = −3/5 exactly: the float −0.6 is larger than −3/5, the one before it is smaller.
    assert Fraction(-0.6) > Fraction(-3, 5)
    assert separable_subset(np.array([[5.0, 0.0], [-3.0, 4.0]]), -0.6).size == 2
    assert separable_subset(np.array([[5.0, 0.0], [-3.0, 4.0]]), math.nextafter(-0.6, -1.0)).size == 1
    # Any magnitude a float can have.
    assert separable_subset(np.array([[1e-310, 0.0], [-1e300, 1e300]]), -0.7).size == 2


def graph(n, edges):
    adjacent = np.zeros((n, n), dtype=bool)
    for i, j in edges:
        adjacent[i, j] = adjacent[j, i] = True
    return adjacent


@given(
    n=st.integers(1, 9), density=st.floats(0, 1), seed=seeds(), node_budget=st.integers(1, 30), enough=st.integers(1, 9)
)
def test_a_clique_search_cut_short_is_still_right(n, density, seed, node_budget, enough):
    adjacent = np.triu(np.random.default_rng(seed).random((n, n)) < density, 1)
    adjacent |= adjacent.T
    cliques = [
        set(c)
        for size in range(1, n + 1)
        for c in itertools.combinations(range(n), size)
        if all(adjacent[i, j] for i, j in itertools.combinations(c, 2))
    ]
    largest = len(cliques[-1])
    found = largest_clique(adjacent, node_budget=node_budget, enough=enough)
    assert set(found.members) in cliques
    assert largest <= found.upper_bound <= n
    if len(found.members) < enough:
        assert not any(set(found.members) < c for c in cliques)
    full = largest_clique(adjacent, node_budget=2**n + 1, enough=enough)
    assert min(largest, enough) <= len(full.members) <= largest
    assert len(largest_clique(adjacent, node_budget=2**n + 1, enough=n).members) == largest


def test_the_budget_counts_nodes_and_enough_ends_the_search():
    # A five-cycle needs three colours but holds no triangle: proving it takes more than finding an edge.
    cycle = graph(5, [(i, (i + 1) % 5) for i in range(5)])
    short = largest_clique(cycle, node_budget=1, enough=5)
    assert (len(short.members), short.upper_bound) == (2, 3)
    full = largest_clique(cycle, node_budget=100, enough=5)
    assert (len(full.members), full.upper_bound) == (2, 2)
    # Two triangles and an edge: a clique of three is enough, though the search is not over.
    assert (
        len(largest_clique(np.ones((6, 6), dtype=bool) ^ np.eye(6, dtype=bool), node_budget=1, enough=6).members) == 6
    )
    for budget, enough, name in ((0, 1, "node_budget"), (1, 0, "enough")):
        with pytest.raises(ValueError, match=f"{name} must be >= 1"):
            largest_clique(cycle, node_budget=budget, enough=enough)
