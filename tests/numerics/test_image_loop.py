"""Loops of generations: what the next training set is made of under each policy."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.image_loop import FALL, POLICIES, Policy, generations
from numerics.neighbour_distances import neighbour_distances
from numerics.selection import greedy_select, threshold_decay_select


def fresh(points, draws, seed):
    """New points for every set, that say where they are from: the set in the first coordinate."""
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((len(points), draws, points.shape[2]))
    drawn[..., 0] = points[:, :1, 0]
    return drawn


def start(sets, n, d):
    real = np.random.default_rng(n).standard_normal((sets, n, d))
    real[..., 0] = np.arange(sets)[:, None]
    return real


def run(real, policy, count, learner=fresh, seed=0):
    return list(islice(generations(real, learner, policy, seed), count))


sizes = {"sets": st.integers(1, 3), "n": st.integers(1, 9), "d": st.integers(2, 5), "seed": st.integers(0, 2**31)}


@given(**sizes)
def test_replaced_sets_are_what_was_drawn(sets, n, d, seed):
    real = start(sets, n, d)
    first, second, third = run(real, POLICIES["replace"], 3, seed=seed)
    assert np.array_equal(first.training, real)
    for before, after in ((first, second), (second, third)):
        assert before.generated.shape == (sets, n, d)
        assert {row.tobytes() for row in after.training.reshape(-1, d)} == {
            row.tobytes() for row in before.generated.reshape(-1, d)
        }
    # A seed of its own for every generation.
    assert not np.array_equal(first.generated, second.generated)


@given(**sizes)
def test_accumulated_sets_hold_equal_shares_without_repetition(sets, n, d, seed):
    found = run(start(sets, n, d), POLICIES["accumulate"], 4, seed=seed)
    for number, generation in enumerate(found):
        pools = [found[0].training, *[each.generated for each in found[:number]]]
        for place in range(sets):
            known = {row.tobytes(): pool for pool, points in enumerate(pools) for row in points[place]}
            from_pools = [known[row.tobytes()] for row in generation.training[place]]
            assert len({row.tobytes() for row in generation.training[place]}) == n
            counts = np.bincount(from_pools, minlength=len(pools))
            assert counts.max() - counts.min() <= 1


def test_the_thresholds_fall_as_in_the_paper():
    """MC, settings of its experiments: by a factor .95 a pass where sets are replaced, .8 where they accumulate."""
    assert FALL == {"replace": 0.95, "accumulate": 0.8}


@pytest.mark.parametrize("policy", ["replace-greedy", "replace-filter", "accumulate-greedy", "accumulate-filter"])
def test_selected_sets_are_chosen_from_twice_as_many_or_from_the_pool(policy):
    sets, n, d = 2, 12, 3
    first, second, third = run(start(sets, n, d), POLICIES[policy], 3)
    replaces = policy.startswith("replace")
    assert first.generated.shape == second.generated.shape == (sets, (2 if replaces else 1) * n, d)
    for place in range(sets):
        pools = [first.training, first.generated, second.generated]
        for after, among in ((second, pools[:2]), (third, pools)):
            pool = np.concatenate([points[place] for points in (among[-1:] if replaces else among)])
            known = {row.tobytes(): number for number, row in enumerate(pool)}
            chosen = [known[row.tobytes()] for row in after.training[place]]
            assert len(set(chosen)) == n
            if policy.endswith("greedy"):
                # All that greedy needs is where it begins.
                assert any(chosen == greedy_select(pool, n, seed).tolist() for seed in range(200))
            else:
                farthest = neighbour_distances(pool[greedy_select(pool, n, 0)]).min()
                assert neighbour_distances(pool[chosen]).min() > FALL[policy.partition("-")[0]] * farthest / 2
    assert len(threshold_decay_select(first.generated[0], n, 1e3, 0.5, 0)) == n


@pytest.mark.parametrize("policy", POLICIES)
def test_sets_side_by_side_do_not_mix(policy):
    real = start(3, 8, 4)

    def shrunk(points, draws, seed):
        rng = np.random.default_rng(seed)
        return points[:, rng.integers(points.shape[1], size=draws)] + 0.1 * rng.standard_normal((1, draws, 4))

    together = run(real, POLICIES[policy], 3, shrunk)
    alone = run(real[:1], POLICIES[policy], 3, shrunk)
    for all_sets, one in zip(together, alone, strict=True):
        assert np.array_equal(all_sets.training[:1], one.training)
    assert not np.array_equal(together[2].training[0], together[2].training[1])


@pytest.mark.parametrize(
    ("learner", "words"),
    [
        (lambda points, draws, seed: points[:, 1:], r"of shape \(1, 4, 2\), got \(1, 3, 2\)"),
        (lambda points, draws, seed: points * np.nan, "must draw finite images"),
        (lambda points, draws, seed: np.ones((1, draws, 2)), "images that differ, got 8 copies of one"),
    ],
)
def test_bad_draws_are_refused(learner, words):
    policy = Policy("replace", "filter") if "differ" in words else Policy("replace")
    with pytest.raises(ValueError, match=words):
        run(start(1, 4, 2), policy, 2, learner)
