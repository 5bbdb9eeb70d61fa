"""Predictions where the theorems decide: separable data, copies, decay, narrow networks, clusters, generic data."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.objective import expected_loss
from theory.block_minimizer import memorizing_loss, memorizing_weights
from theory.dead_units import critical_weight_decay
from theory.mean_field import mean_field_errors
from theory.prediction import predict
from theory.separability import regular_simplex
from theory.storage import storage
from theory.structures import left_out_loss

SIMPLEX = 2 * regular_simplex(4, 6)


def clusters(spread: float, size: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.repeat(2 * regular_simplex(2, 4), size, axis=0) + spread * rng.standard_normal((2 * size, 4))


def test_separable_samples_are_memorised_with_the_weights_of_the_theorem():
    found = predict(SIMPLEX, 0.05, 0.005, 4)
    assert found.regime == "memorise"
    assert found.stored.all()
    assert not found.uncertain.any()
    W = memorizing_weights(SIMPLEX, 0.05, 0.005)
    for predicted in (found.W1, found.W2):
        # Up to the order of the columns.
        np.testing.assert_allclose(predicted @ predicted.T, W @ W.T, atol=1e-3)
    assert found.train_error == pytest.approx(memorizing_loss(SIMPLEX, 0.05), rel=0.05)
    assert found.loss == pytest.approx(expected_loss(found.W1, found.W2, SIMPLEX, 0.05, 0.005), rel=1e-6)
    assert (found.test_error, found.critical_weight_decay) == (None, None)
    assert [group.members for group in sorted(found.groups)] == [(0,), (1,), (2,), (3,)] or len(found.groups) == 4
    assert all(group.test_error is None for group in found.groups)
    assert all(sample.why == "has a unit of its own" for sample in found.samples)
    assert found.reasons[0] == "4 of 4 distinct samples have a unit of their own, 0 share units, 0 are left out"


def test_columns_to_spare_bring_the_critical_decay():
    found = predict(SIMPLEX, 0.05, 0.005, 6)
    assert found.critical_weight_decay == pytest.approx(critical_weight_decay(SIMPLEX, 0.05), rel=1e-6)
    # Gates stand at 2/3 from the samples; within four deviations they are not those of the theorem.
    near, nearer = predict(SIMPLEX, 0.16, 0.005, 6), predict(SIMPLEX, 0.17, 0.005, 6)
    assert near.regime == nearer.regime == "memorise"
    assert near.critical_weight_decay is not None
    assert nearer.critical_weight_decay is None


@pytest.mark.parametrize(("copies", "stored"), [(1, False), (2, True)])
def test_copies_lift_a_sample_over_the_threshold(copies, stored):
    X = SIMPLEX * np.array([[1.0], [1.0], [1.0], [0.4]])
    X = np.concatenate([X, np.repeat(X[3:], copies - 1, axis=0)])
    # m* lies between 1 and 2 for the short sample.
    decay = 1.5 * float((X[3] ** 2).sum()) / len(X)
    found = predict(X, 0.02, decay, 5)
    assert found.samples[3].threshold == pytest.approx(1.5)
    assert found.samples[3].copies == copies
    assert found.stored.tolist() == [True] * 3 + [stored] * copies
    if not stored:
        assert found.samples[3].why == "decay leaves it out: m <= m*"
        assert found.reasons[0] == "3 of 4 distinct samples have a unit of their own, 0 share units, 1 are left out"
        assert found.reasons[1] == "decay leaves 1 out: they occur no more than m* = nλ/‖x‖² times"
        assert found.regime == "memorise"


def test_a_sample_barely_over_the_threshold_is_left_out_too():
    X = SIMPLEX * np.array([[1.0], [1.0], [1.0], [0.4]])
    found = predict(X, 0.02, 0.995 * float((X[3] ** 2).sum()) / 4, 5)
    assert found.samples[3].why == "less than 1 % of it would come back"


def test_decay_over_everything_stores_nothing():
    found = predict(SIMPLEX, 0.05, 5.0, 4)
    assert found.regime == "nothing is stored"
    assert not found.stored.any()
    assert found.groups == ()
    assert found.loss == pytest.approx(4.0)
    assert found.test_error is None


def test_a_narrow_network_stores_as_many_as_it_has_units():
    found = predict(SIMPLEX * np.array([[1.0], [1.3], [1.2], [0.9]]), 0.05, 0.01, 2)
    assert found.stored.tolist() == [False, True, True, False]
    assert found.samples[0].why == "no unit of 2 is spent on it"
    nothing = 4 * (1.0 + 1.3**2 + 1.2**2 + 0.9**2) / 4
    assert found.reasons[0] == "2 of 4 distinct samples have a unit of their own, 0 share units, 2 are left out"
    assert found.reasons[1] == "2 units cannot give each of 4 distinct samples its own"
    assert found.reasons[2].endswith(f"of nothing {nothing:.6g}")
    assert len(found.reasons) == 3


def test_tight_clusters_generalise_and_have_an_error_on_fresh_samples():
    X = clusters(0.1)
    found = predict(X, 0.3, 0.001, 2)
    assert found.regime == "generalise"
    assert not found.stored.any()
    assert sorted(group.members for group in found.groups) == [tuple(range(8)), tuple(range(8, 16))]
    assert [group.units for group in found.groups] == [1, 1]
    by_hand = np.mean([left_out_loss(part, 1, 0.3, 16 * 0.001) for part in (X[:8], X[8:])])
    assert found.test_error == pytest.approx(by_hand)
    assert found.samples[0].why == "shares its units with 7 others"
    assert found.reasons[0] == "0 of 16 distinct samples have a unit of their own, 16 share units, 0 are left out"
    errors = mean_field_errors(found.W1, found.W2, X, 0.3)
    assert found.train_error == pytest.approx(errors.mean())
    assert sorted(group.train_error for group in found.groups) == pytest.approx(
        sorted([errors[:8].mean(), errors[8:].mean()])
    )


def test_copies_beside_a_cluster_are_a_hybrid():
    X = clusters(0.2)
    X[:8] = X[0]
    found = predict(X, 0.2, 0.001, 2)
    assert found.regime == "hybrid"
    assert found.stored.tolist() == [True] * 8 + [False] * 8
    assert found.test_error is None
    assert sum(group.test_error is not None for group in found.groups) == 1


def test_generic_samples_in_many_dimensions_are_memorised_by_lateral_inhibition():
    X = np.eye(4) + 0.2
    found = predict(X, 0.05, 1e-4, 4)
    assert found.regime == "memorise with lateral inhibition"
    assert found.stored.all()
    # Encoders point away from the other samples, decoders along their own.
    answers = X @ found.W1
    own = answers.argmax(axis=0)
    assert (np.delete(answers, own, axis=0) < answers.max()).all()
    assert ((answers <= 1e-3) | (answers == answers.max(axis=0))).all()
    assert any("must learn to be silent" in reason for reason in found.reasons)


def test_scale_of_the_data_changes_nothing():
    X = clusters(0.5, 3)
    small, large = predict(X, 0.1, 0.01, 4), predict(100 * X, 10.0, 100.0, 4)
    assert small.stored.tolist() == large.stored.tolist()
    assert large.loss == pytest.approx(1e4 * small.loss, rel=1e-3)


def test_weights_stand_in_the_given_coordinates_and_store_what_is_said():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((5, 3)) @ rng.standard_normal((3, 40))
    found = predict(X, 0.5, 0.1, 6)
    assert found.W1.shape == found.W2.shape == (40, 6)
    again = storage(found.W1, found.W2, X, 0.5)
    assert np.array_equal(again.stored, found.stored)
    np.testing.assert_allclose(again.gain, [sample.gain for sample in found.samples], atol=1e-9)
    assert [trial.loss for trial in found.trials] == sorted(trial.loss for trial in found.trials)
    assert sorted(trial.clusters for trial in found.trials) == [1, 2, 3, 4, 5]


def test_a_close_call_is_said_to_be_one():
    # Two equal samples for one unit: which one is stored is decided by rounding.
    found = predict(np.array([[1.0, 0.0], [-1.0, 0.0]]), 0.1, 0.01, 1)
    assert found.stored.sum() == 1
    assert found.uncertain.all()


@pytest.mark.parametrize("X", [[[2.0]], [[1.0], [1.0]], [[1.0], [-2.0]], [[1.0, 1.0], [0.0, 0.0]]])
def test_degenerate_data(X):
    found = predict(np.array(X), 0.1, 0.01, 3)
    assert found.stored.tolist() == [any(row) for row in X]
    assert found.regime.startswith("memorise")
