"""Denoisers as learners of image loops: they learn each its own set, and draw the same from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.denoiser_batch import DenoiserBatch
from numerics.unet_learner import UnetLearner

SMALL = DenoiserBatch(width=32, blocks=1, steps=400, batch=32)


def test_each_set_is_learnt_by_itself():
    """Two images each: nearly all draws lie near one of their own, none near the other set's."""
    corners = np.array([[[0.8, 0.8, -0.8], [-0.8, 0.2, -0.8]], [[0.5, -0.9, 0.9], [-0.5, -0.2, 0.9]]])
    drawn = SMALL(corners, 200, 0)
    assert drawn.shape == (2, 200, 3)
    for own, other in ((0, 1), (1, 0)):
        near = np.linalg.norm(drawn[own][:, None] - corners[own], axis=2)
        assert (near.min(axis=1) < 0.4).mean() > 0.8
        # Both are drawn: a share of ½, seven standard errors.
        assert abs((near.argmin(axis=1) == 0).mean() - 0.5) < 0.25
        assert np.linalg.norm(drawn[own][:, None] - corners[other], axis=2).min() > 0.4


def test_a_normal_law_keeps_its_mean_and_spread():
    rng = np.random.default_rng(0)
    points = np.array([0.1, -0.2]) + np.array([0.3, 0.1]) * rng.standard_normal((1, 400, 2))
    drawn = SMALL(points, 1000, 3)[0]
    assert drawn.mean(axis=0) == pytest.approx(points[0].mean(axis=0), abs=0.08)
    assert drawn.std(axis=0) == pytest.approx(points[0].std(axis=0), rel=0.3)


def test_draws_are_cut_to_the_range_of_pixels_and_repeat():
    short = DenoiserBatch(width=4, blocks=2, steps=3, batch=2)
    points = np.random.default_rng(0).uniform(-1, 1, size=(2, 5, 3))
    drawn = short(points, 6, 1)
    assert np.abs(drawn).max() <= 1
    assert np.array_equal(drawn, short(points, 6, 1))
    assert not np.array_equal(drawn, short(points, 6, 2))


@pytest.mark.parametrize("name", ["width", "blocks", "steps", "batch", "rate"])
def test_a_bad_recipe_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        DenoiserBatch(**{"width": 4, "blocks": 1, "steps": 2, "batch": 2, name: 0.0 if name == "rate" else 0})


def test_sets_without_difference_are_refused():
    with pytest.raises(ValueError, match="points must differ within each of the 2 sets"):
        SMALL(np.stack([np.eye(3), np.ones((3, 3))]), 2, 0)


def test_unets_are_trained_one_after_the_other():
    learner = UnetLearner((8, 8), steps=2, batch=2)
    points = np.random.default_rng(0).uniform(-1, 1, size=(2, 3, 64))
    drawn = learner(points, 3, 5)
    assert drawn.shape == (2, 3, 64)
    assert np.abs(drawn).max() <= 1
    assert np.array_equal(learner(points[1:], 3, 5)[0], drawn[1])
    with pytest.raises(ValueError, match="points must be square images, got 63 pixels"):
        learner(points[:, :, 1:], 3, 5)
