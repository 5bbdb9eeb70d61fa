"""Curves of a loop: measures in order, pictures, and an end in time with whole generations."""

from __future__ import annotations

import time

import numpy as np
import pytest

from numerics.generation_curves import PICTURES, generation_curves
from numerics.generation_measures import MEASURES, Reference, measures
from numerics.image_loop import POLICIES

REAL = np.random.default_rng(0).uniform(-1, 1, size=(2, 10, 4))
HELD_OUT = np.random.default_rng(1).uniform(-1, 1, size=(20, 4))


def memoriser(points, draws, seed):
    rng = np.random.default_rng(seed)
    return points[:, rng.integers(points.shape[1], size=draws)]


def halved(points, draws, seed):
    return points[:, np.arange(draws) % points.shape[1]] / 2


def curves(learner, **more):
    return generation_curves(REAL, HELD_OUT, learner, POLICIES["replace"], 0, **{"count": 3, **more})


def test_curves_are_measures_generation_by_generation():
    found = curves(halved)
    for g in range(3):
        for place in range(2):
            # A permutation of the images, which no measure sees.
            training = REAL[place] / 2**g
            expected = measures(training, training / 2, REAL[place], Reference(HELD_OUT))
            for name in MEASURES:
                assert found[name][place, g] == pytest.approx(expected[name], rel=1e-9, abs=1e-12)
    assert found["converged"].all()
    assert found["done"].tolist() == [3, 3]
    apart = ((HELD_OUT[:, None] - REAL[0]) ** 2).sum(axis=2).min(axis=1)[:10]
    assert found["real_score"][0] == pytest.approx(apart.mean() / 4, rel=1e-9)
    assert found["real_distance"][1] == pytest.approx(Reference(HELD_OUT).distance(REAL[1]), rel=1e-9)
    assert found["pictures"].shape == (2, 3, PICTURES, 4)
    shown = np.round((REAL[0, :PICTURES] / 2 + 1) * 127.5)
    assert np.array_equal(found["pictures"][0, 0], shown)


def test_copying_is_seen_where_it_is():
    found = curves(memoriser)
    assert (found["copies"] == 1).all()
    assert (found["score"] == 0).all()
    assert (np.diff(found["distinct"], axis=1) < 0).all()
    assert (found["copies_of_real"] == 1).all()


def test_no_generation_begins_that_would_not_be_done():
    slept = 0.5

    def slow(points, draws, seed):
        time.sleep(slept)
        return memoriser(points, draws, seed)

    begun = time.time()
    found = curves(slow, count=50, until=begun + 2.2 * slept)
    took = time.time() - begun
    done = int(found["done"][0])
    # One generation at least, and no third after 2 · 0.5 s, since it would end after 1.1 s.
    assert done in (1, 2)
    assert took < 50 * slept
    assert not found["converged"].any()
    assert np.isfinite(found["score"][:, :done]).all()
    assert np.isnan(found["score"][:, done:]).all()
    assert (found["pictures"][:, done:] == 0).all()
    assert np.isfinite(found["real_distance"]).all()


def test_nothing_begins_after_the_last_moment():
    found = curves(memoriser, until=time.time() - 1)
    assert found["done"].tolist() == [0, 0]
    assert np.isnan(found["entropy"]).all()
