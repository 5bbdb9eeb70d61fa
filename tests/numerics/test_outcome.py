"""The outcome: the lowest of several minima, what it stores, and how often random starts agree."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.minimize import minimize
from numerics.objective import expected_loss
from numerics.outcome import outcome
from theory.block_minimizer import memorizing_weights
from theory.prediction import predict
from theory.separability import regular_simplex

SIMPLEX = 2 * regular_simplex(3, 5)


def test_the_lowest_minimum_is_kept_whichever_start_reached_it():
    W = memorizing_weights(SIMPLEX, 0.05, 0.01)
    found = outcome(SIMPLEX, W, W, 0.05, 0.01, starts=3)
    assert len(found.losses) == 3
    assert found.minimum.loss == min(*found.losses, found.descended.loss)
    assert found.minimum.loss == pytest.approx(
        expected_loss(found.minimum.W1, found.minimum.W2, SIMPLEX, 0.05, 0.01), rel=1e-12
    )
    assert found.minimum.converged
    assert found.stored.all()


def test_a_prediction_that_no_random_start_reaches_is_the_outcome():
    # One unit of four lies on a sample that random starts leave to chance; two lie on nothing.
    X = SIMPLEX * np.array([[1.0], [1.5], [1.0]])
    W = memorizing_weights(X, 0.05, 0.01)
    chance = outcome(X, W[:, :1], W[:, :1], 0.05, 0.01, starts=2, seed=1)
    best = outcome(X, W[:, 1:2], W[:, 1:2], 0.05, 0.01, starts=2, seed=1)
    assert np.array_equal(chance.losses, best.losses)
    assert chance.descended.loss > best.descended.loss + 0.1
    assert best.stored.tolist() == [False, True, False]
    assert best.only_from_prediction == bool((best.losses > best.descended.loss * (1 + 1e-6)).all())
    assert not outcome(X, 0 * W, 0 * W, 0.05, 0.01, starts=1).only_from_prediction


def test_agreement_is_the_share_of_samples_judged_alike():
    X = SIMPLEX * np.array([[1.0], [1.5], [1.0]])
    W = memorizing_weights(X, 0.05, 0.01)[:, 1:2]
    for seed in range(3):
        found = outcome(X, W, W, 0.05, 0.01, starts=1, seed=seed)
        # One unit: the random start stores the same sample, or another one and so disagrees about two.
        same = found.losses[0] < found.descended.loss + 1e-6
        assert found.agreement == pytest.approx(1.0 if same else 1 / 3)


def test_seed_and_starts_decide_the_random_networks_and_all_are_told_of():
    told = []
    W = memorizing_weights(SIMPLEX, 0.05, 0.01)
    once = outcome(SIMPLEX, W, W, 0.05, 0.01, starts=2, seed=3, on_step=told.append)
    again = outcome(SIMPLEX, W, W, 0.05, 0.01, starts=2, seed=3)
    assert np.array_equal(once.losses, again.losses)
    assert told == [
        "descent from random start 1 of 2",
        "descent from random start 2 of 2",
        "descent from the prediction",
    ]


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_scale_of_the_data_changes_nothing(scale):
    W = memorizing_weights(SIMPLEX, 0.05, 0.01)
    found = outcome(scale * SIMPLEX, W, W, 0.05 * scale, 0.01 * scale**2, starts=1)
    assert found.stored.all()
    assert found.minimum.converged


def test_predictions_agree_with_the_outcome_on_small_problems_of_each_regime():
    rng = np.random.default_rng(0)
    blob = np.repeat(2 * regular_simplex(2, 3), 4, axis=0) + 0.1 * rng.standard_normal((8, 3))
    for X, sigma, decay, width in (
        (SIMPLEX, 0.1, 0.02, 4),
        (blob, 0.3, 0.002, 2),
        (np.concatenate([blob[:4], np.repeat(blob[4:5], 3, axis=0)]), 0.3, 0.002, 2),
        (np.eye(4) + 0.2, 0.05, 1e-3, 4),
        (SIMPLEX, 0.1, 5.0, 3),
    ):
        predicted = predict(X, sigma, decay, width)
        found = outcome(X, predicted.W1, predicted.W2, sigma, decay, starts=1)
        assert np.array_equal(found.stored, predicted.stored)
        # What the mean field leaves out is small here.
        assert found.minimum.loss == pytest.approx(predicted.loss, rel=0.01)


def test_descent_from_the_prediction_is_that_of_minimize():
    W = memorizing_weights(SIMPLEX, 0.3, 0.01)
    found = outcome(SIMPLEX, W, W, 0.3, 0.01, starts=1)
    direct = minimize(SIMPLEX, W, W, 0.3, 0.01, gradient_tolerance=1e-8)
    assert found.descended.loss == pytest.approx(direct.loss, rel=1e-8)


def test_random_starts_fit_the_scale_of_the_samples(monkeypatch):
    seen = []

    def watched(X, W1, W2, sigma, weight_decay, *, gradient_tolerance):
        seen.append((W1, W2, gradient_tolerance))
        return minimize(X, W1, W2, sigma, weight_decay, gradient_tolerance=gradient_tolerance)

    monkeypatch.setattr("numerics.outcome.minimize", watched)
    X = np.array([[3.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    W = np.zeros((3, 100))
    W[0, 0] = 1.0
    outcome(X, W, W, 3.0, 20.0, starts=2)
    square = 10 / 3
    for (W1, W2, tolerance), size in zip(seen, (0.3, 1.0, None), strict=True):
        assert tolerance == pytest.approx(1e-5 * square)
        for start in (W1, W2):
            assert not start[1:].any()
            if size:
                # In the span of the samples, one direction here.
                assert np.sqrt((start**2).sum(axis=0).mean()) == pytest.approx(size / np.sqrt(square), rel=0.2)
    assert np.array_equal(seen[2][0], W)
