"""The sweeps of generic data: enough cells, none shared by the two maps, and what a cell measures."""

import numpy as np
import pytest

from numerics.objective import loss_and_gradient
from numerics.sweeps import generic_boundary, generic_boundary_fresh
from numerics.sweeps.generic_boundary import SWEEP, measure, samples, sizes

FRESH = generic_boundary_fresh.SWEEP


@pytest.mark.parametrize("quick", [False, True])
def test_the_map_has_at_least_five_hundred_cells_and_the_fresh_one_none_of_them(quick):
    assert len(SWEEP.cells(quick)) >= 500
    for key in ("width_ratio", "sigma", "seed", "d"):
        assert not set(FRESH.values(quick)[key]) & set(SWEEP.values(quick)[key])


def test_the_whole_map_reaches_the_sizes_asked_for():
    largest = np.max([sizes(cell) for cell in SWEEP.cells(False)], axis=0)
    assert largest.tolist() == [64, 128, 1024]


def test_networks_that_differ_in_noise_see_the_same_samples_and_others_do_not():
    cell = {"d": 3, "width_ratio": 1.0, "sample_ratio": 2.5, "tied": False, "sigma": 0.2, "seed": 1}
    X, fresh = samples(cell)
    assert X.shape == (8, 3)
    assert fresh.shape == (1000, 3)
    assert np.array_equal(samples({**cell, "sigma": 0.4, "tied": True})[0], X)
    for key, value in {"seed": 2, "width_ratio": 2.0, "sample_ratio": 3.0}.items():
        assert not np.array_equal(samples({**cell, key: value})[0], X)


@pytest.mark.parametrize("tied", [False, True])
def test_a_cell_ends_at_small_gradients_with_a_loss_below_that_of_fresh_samples(tied, monkeypatch):
    kept = []
    descend = generic_boundary.descend
    monkeypatch.setattr(generic_boundary, "descend", lambda *a, **k: kept.append(descend(*a, **k)) or kept[-1])
    cells = [{"d": 2, "width_ratio": 0.5, "sample_ratio": 1.5, "tied": tied, "sigma": s, "seed": 0} for s in (0.3, 0.6)]
    found = measure(cells, "cpu")
    assert found["converged"].all()
    end = kept[-1]
    for k, cell in enumerate(cells):
        X, fresh = samples(cell)
        train, *gradients = loss_and_gradient(end.W1[k], end.W2[k], X, cell["sigma"], generic_boundary.WEIGHT_DECAY)
        # Tied layers move by the sum of both gradients.
        norm = np.linalg.norm(sum(gradients) if tied else gradients)
        assert norm / (X**2).sum(axis=1).mean() == pytest.approx(found["gradient"][k], rel=1e-6)
        decay = generic_boundary.WEIGHT_DECAY * ((end.W1[k] ** 2).sum() + (end.W2[k] ** 2).sum())
        assert train - decay == pytest.approx(found["train_loss"][k], rel=1e-9)
        test, *_ = loss_and_gradient(end.W1[k], end.W2[k], fresh, cell["sigma"], 0.0)
        assert test == pytest.approx(found["test_loss"][k], rel=1e-9)
        assert found["train_loss"][k] < found["test_loss"][k]
        assert np.array_equal(end.W1[k], end.W2[k]) is tied
    assert (found["gradient"] <= generic_boundary.TOLERANCE).all()
