"""The memorising loop: against all tables of draws, exact fractions, simulation, and its limits."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from proofs_check.memorising_loops import all_ends, copies
from theory import lineage

points, rounds = st.integers(1, 9), st.integers(0, 12)


@pytest.mark.parametrize(("n", "g"), [(1, 3), (2, 1), (2, 5), (3, 2), (4, 1)])
def test_all_tables_of_draws_give_the_same_means(n, g):
    """Every equally likely table, composed draw by draw: survivors, entropy, and points in families of two or more."""
    found = []
    for now in all_ends(n, g):
        counts = np.bincount(now, minlength=n)
        found.append([np.count_nonzero(counts), special.entr(counts / n).sum(), counts[counts > 1].sum() / n])
    expected = np.mean(found, axis=0)
    assert lineage.surviving_points(n, g) == pytest.approx(expected[0], rel=1e-12)
    assert lineage.expected_entropy(n, g) == pytest.approx(expected[1], rel=1e-12, abs=1e-12)
    assert lineage.stored_mass(n, g, 1.0) == pytest.approx(expected[2], rel=1e-12, abs=1e-12)


@settings(max_examples=40)
@given(points, rounds)
def test_two_exact_chains_agree_and_floats_follow(n, g):
    counts, ancestors = lineage.count_law(n, g), lineage.ancestor_law(n, g)
    assert sum(counts) == sum(ancestors) == 1
    assert sum(k * p for k, p in enumerate(counts)) == 1
    survivors = n * (1 - counts[0])
    assert survivors == sum(a * p for a, p in enumerate(ancestors))
    assert lineage.surviving_points(n, g) == pytest.approx(float(survivors), rel=1e-12)
    entropy = sum(float(p) * k * np.log(n / k) for k, p in enumerate(counts) if k)
    assert lineage.expected_entropy(n, g) == pytest.approx(entropy, rel=1e-11, abs=1e-300)


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 3), rounds, st.floats(0, 5))
def test_several_copies_of_each_original_are_lineages_that_are_joined(originals, copies, g, threshold):
    """E f(C_g)/C_0 by the exact law of one original's copies from C_0 on."""
    n = originals * copies
    law = [Fraction(int(k == copies)) for k in range(n + 1)]
    for _ in range(g):
        law = [
            sum(p * comb(n, k) * Fraction(i, n) ** k * Fraction(n - i, n) ** (n - k) for i, p in enumerate(law))
            for k in range(n + 1)
        ]
    chances = np.array([float(p) for p in law])
    sizes = np.arange(n + 1)
    large, entropy = originals * chances[sizes > threshold].sum(), originals * chances @ special.entr(sizes / n)
    stored = originals * chances @ np.where(sizes > threshold, sizes, 0) / n
    assert lineage.surviving_points(n, g, copies=copies) == pytest.approx(originals * (1 - chances[0]), rel=1e-11)
    large_found = lineage.surviving_points(n, g, threshold=threshold, copies=copies)
    assert large_found == pytest.approx(large, rel=1e-11, abs=1e-14)
    assert lineage.expected_entropy(n, g, copies=copies) == pytest.approx(entropy, rel=1e-11, abs=1e-14)
    assert lineage.stored_mass(n, [g], threshold, copies=copies)[0] == pytest.approx(stored, rel=1e-11, abs=1e-14)


def standard_errors(n, g, rng, loops):
    """Distances of three simulated means from the predicted ones."""
    counts = copies(rng, n, g, loops)
    simulated = [
        (counts > 0).sum(axis=1),
        special.entr(counts / n).sum(axis=1),
        np.where(counts > 2, counts, 0).sum(axis=1) / n,
    ]
    predicted = [lineage.surviving_points(n, g), lineage.expected_entropy(n, g), lineage.stored_mass(n, g, 2.5)]
    errors = np.std(simulated, axis=1, ddof=1) / np.sqrt(loops)
    return np.abs(np.mean(simulated, axis=1) - predicted) / errors


@settings(max_examples=8)
@given(st.integers(15, 60), st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_simulated_loops_have_the_predicted_means(n, g, seed):
    """Within four standard errors of 1,000 loops or, if not, of 4,000 new ones: false alarms 4e-8 an example."""
    rng = np.random.default_rng(seed)
    assert (standard_errors(n, g, rng, 1000) <= 4).all() or (standard_errors(n, g, rng, 4000) <= 4).all()


@settings(max_examples=30)
@given(st.integers(2, 40), st.lists(st.integers(0, 150), min_size=1, max_size=6))
def test_several_generations_are_as_each_by_itself_and_fall(n, asked):
    for function in (lineage.surviving_points, lineage.expected_entropy):
        together = function(n, asked)
        assert together == pytest.approx([function(n, g) for g in asked], rel=1e-10)
        assert (np.diff(function(n, sorted(asked))) <= 1e-9).all()


def test_squaring_far_ahead_is_stepping():
    law = lineage.count_law(4, 30)
    assert lineage.surviving_points(4, 30) == pytest.approx(float(4 * (1 - law[0])), rel=1e-12)
    # 1 − P(one ancestor) decays by 3/4 a generation.
    ratio = (lineage.surviving_points(4, 61) - 1) / (lineage.surviving_points(4, 60) - 1)
    assert ratio == pytest.approx(0.75, rel=1e-6)


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(0, 9))
def test_the_limit_at_fixed_generation_is_within_its_bound(n, g):
    away = abs(float(1 - lineage.count_law(n, g)[0]) - lineage.survivor_share(g))
    assert away <= g * (g + 1) / (2 * n) + 1e-15


def test_first_shares_and_entropies_are_the_published_ones():
    assert [round(lineage.survivor_share(g), 3) for g in (0, 1, 2, 3)] == [1, 0.632, 0.469, 0.374]
    # 12 copies and more have chance below 1e-9.
    poisson = sum(k * np.log(k) * np.exp(-1) / special.factorial(k) for k in range(2, 30))
    assert lineage.expected_entropy(1500, 1) == pytest.approx(np.log(1500) - poisson, abs=5e-4)
    assert poisson == pytest.approx(0.5734, abs=5e-5)


@pytest.mark.parametrize("time", [0.4, 1.0, 2.5])
def test_limits_of_proportional_generations(time):
    survivors = [lineage.surviving_points(n, round(time * n)) for n in (40, 80, 160)]
    entropy = [lineage.expected_entropy(n, round(time * n)) for n in (40, 80, 160)]
    away = np.abs(
        np.array([survivors, entropy]) - [[lineage.coalescent_survivors(time)], [lineage.coalescent_entropy(time)]]
    )
    # Halved, or nearly so where there is a logarithm, when n doubles.
    assert (away[:, 1:] < 0.6 * away[:, :-1]).all()
    assert away[1, 2] < 0.05


@given(st.floats(0.05, 30.0))
def test_entropy_of_the_limit_falls_at_half_the_survivors_less_one(time):
    step = 1e-4 * time
    slope = (lineage.coalescent_entropy(time + step) - lineage.coalescent_entropy(time - step)) / (2 * step)
    assert slope == pytest.approx(-(lineage.coalescent_survivors(time) - 1) / 2, rel=1e-5)
    if time > 12:
        assert lineage.coalescent_entropy(time) == pytest.approx(1.5 * np.exp(-time), rel=1e-6)


def test_early_forms_meet_the_exact_ones():
    assert lineage.expected_entropy(1000, 30) == pytest.approx(lineage.early_entropy(1000, 30), abs=0.05)
    assert lineage.stored_mass(1000, 30, 20.5) == pytest.approx(lineage.early_stored_mass(30, 20.5), abs=0.02)
    assert lineage.early_stored_mass(7, 0.0) == 1.0
    assert lineage.coalescent_entropy(0.01) == pytest.approx(lineage.early_entropy(10**6, 10**4), abs=0.01)


def test_fixation_of_two_and_three_points_by_hand():
    assert lineage.fixation_time(1) == 0
    assert lineage.fixation_time(2) == pytest.approx(2, rel=1e-14)
    # From three to two with chance 6/9 and to one with 1/9; from two to one with 1/3.
    assert lineage.fixation_time(3) == pytest.approx(float((1 + Fraction(6, 9) * 3) / Fraction(7, 9)), rel=1e-14)


@given(st.integers(2, 12))
def test_fixation_is_the_sum_over_generations_of_not_being_there(n):
    g = np.arange(60 * n)
    # All points agree when one original has n copies.
    missing = 1 - lineage.stored_mass(n, g, n - 0.5)
    assert lineage.fixation_time(n) == pytest.approx(missing.sum(), rel=1e-9)
    assert 2 * (n - 1) - np.log(n) <= lineage.fixation_time(n) <= 2 * (n - 1) + 1e-9


@given(points, rounds)
def test_no_threshold_stores_all_and_n_copies_nothing(n, g):
    assert lineage.stored_mass(n, g, 0.0) == pytest.approx(1, rel=1e-12)
    assert lineage.stored_mass(n, g, float(n)) == 0.0


@settings(max_examples=8)
@given(st.integers(2, 14), st.integers(0, 2**32 - 1))
def test_simulated_loops_take_the_predicted_time_to_fixation(n, seed):
    """Within five standard errors of 800 loops: false alarms 6e-7."""
    rng = np.random.default_rng(seed)
    counts, times = np.ones((800, n), dtype=np.int64), np.zeros(800)
    while (going := counts.max(axis=1) < n).any():
        times += going
        counts = rng.multinomial(n, counts / n)
    assert abs(times.mean() - lineage.fixation_time(n)) <= 5 * times.std(ddof=1) / np.sqrt(800)
