"""What training sets are made of under each policy, by points that carry where they come from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.generations import MEMORISER, POLICIES, Model, generations
from theory import lineage

SEEDS = st.integers(0, 2**32 - 1)


def labelled(replicates):
    """A world in which no two points are the same: (replicate, generation drawn by, number); real ones by −1."""
    drawn = iter(range(10**6))

    def points(generation, n):
        return np.array([[(r, generation, next(drawn)) for _ in range(n)] for r in range(replicates)], dtype=float)

    fitted = iter(range(10**6))
    model = Model(lambda points, rng: next(fitted), lambda fit, n, rng: points(fit, n))
    return lambda n, rng: points(-1, n).reshape(replicates, n, 3), model


@given(st.sampled_from(POLICIES), st.integers(1, 5), st.integers(0, 4), st.integers(1, 3), st.data(), SEEDS)
def test_training_sets_hold_what_the_policy_says(policy, n, count, replicates, data, seed):
    fresh = data.draw(st.integers(0, n)) if policy == "fresh" else 0
    real, model = labelled(replicates)
    seen = list(generations(real, model, policy, n, count, np.random.default_rng(seed), fresh=fresh))
    assert len(seen) == count + 1
    assert [each.fit for each in seen] == list(range(count + 1))
    for g, (training, _, pool) in enumerate(seen):
        size = n * (g + 1) if policy == "accumulate" else n
        assert training.shape == (replicates, size, 3)
        grows = policy.startswith("accumulate")
        assert pool.shape == (replicates, n * (g + 1) if grows else n, 3)
        assert (training[:, :, 0] == np.arange(replicates)[:, None]).all()
        # No point twice, and all of them known.
        for ours, known in zip(training[:, :, 2].tolist(), pool[:, :, 2].tolist(), strict=True):
            assert len(set(ours)) == size
            assert set(ours) <= set(known)
        by = [np.count_nonzero(pool[:, :, 1] == k, axis=1).tolist() for k in range(-1, g)]
        each = [n] * replicates
        if grows:
            assert by == [each] * (g + 1)
        elif g:
            assert by[0] == [fresh] * replicates
            assert by[-1] == [n - fresh] * replicates or fresh == n
        else:
            assert by == [each]


@settings(max_examples=5)
@given(st.integers(2, 6), st.integers(1, 3), SEEDS)
def test_a_subsample_is_drawn_from_all_that_is_known_alike(n, count, seed):
    real, model = labelled(2000)
    last = list(generations(real, model, "accumulate-subsample", n, count, np.random.default_rng(seed)))[-1]
    share = (last.training[:, :, 1] < 0).sum(axis=1) / n
    # Five standard errors: false alarms 6e-7.
    assert abs(share.mean() - 1 / (count + 1)) <= 5 * share.std() / np.sqrt(2000)


@settings(max_examples=6)
@given(st.integers(5, 30), st.integers(0, 8), SEEDS)
def test_the_memoriser_is_wright_fisher(n, count, seed):
    """Survivors within five standard errors of 1,500 loops: false alarms 6e-7 each."""
    start = np.tile(np.arange(float(n))[None, :, None], (1500, 1, 1))
    for g, found in enumerate(
        generations(lambda m, rng: start, MEMORISER, "replace", n, count, np.random.default_rng(seed))
    ):
        survivors = 1 + (np.diff(np.sort(found.training[:, :, 0], axis=1), axis=1) > 0).sum(axis=1)
        away = abs(survivors.mean() - lineage.surviving_points(n, g))
        assert away <= 5 * survivors.std() / np.sqrt(1500) + 1e-9


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"policy": "keep"}, "policy must be one of replace, fresh, accumulate, accumulate-subsample, got 'keep'"),
        ({"n": 0}, "n must be >= 1, got 0"),
        ({"count": -1}, "count must be >= 0, got -1"),
        ({"policy": "fresh", "fresh": 4}, "fresh must be <= n = 3, got 4"),
        ({"policy": "fresh", "fresh": -1}, "fresh must be >= 0, got -1"),
        ({"fresh": 1}, "fresh must be 0 where policy is 'replace', got 1"),
    ],
)
def test_bad_input_is_refused_before_a_point_is_drawn(change, words):
    def nothing(*arguments):
        raise AssertionError("drawn")

    good = {"real": nothing, "model": Model(nothing, nothing), "policy": "replace", "n": 3, "count": 2}
    with pytest.raises(ValueError, match="must") as refused:
        generations(**{**good, **change}, rng=np.random.default_rng(0))
    assert str(refused.value) == words
