"""The sweeps across the edge of memorisation: what a cell means, and that what is measured is about that cell."""

import numpy as np
import pytest

from numerics.sweeps import (
    edge_autoencoder,
    edge_criteria,
    edge_decisive,
    edge_elsewhere,
    edge_fresh,
    edge_likelihood,
    edge_weightings,
)


def cell(**changes):
    made = {"setting": "12-8-2", "data_variance": 0.25, "weighting": "snr", "start": "samples", "fraction": 0.75}
    return {**made, "seed": 1, **changes}


@pytest.fixture
def small(monkeypatch):
    for name, value in {"GENERATED": 40, "FRESH": 60, "DRAWS": 2, "FINE": 10}.items():
        monkeypatch.setattr(edge_likelihood, name, value)


def test_a_setting_names_its_size_and_a_fraction_its_components():
    assert edge_likelihood.size("50-30-6") == (50, 30, 6)
    assert edge_likelihood.components(cell()) == 9


def test_models_are_measured_cell_by_cell(small):
    cells = [cell(), cell(data_variance=1.0), cell(fraction=1.0, seed=2)]
    found = edge_likelihood.measure(cells, "cpu")
    assert {len(array) for array in found.values()} == {3}
    assert found["ratio"].shape == (3, 3, 4)
    assert found["model_losses"].shape == (3, 26)
    alone = edge_likelihood.measure(cells[1:2], "cpu")
    for name in ("variance", "ratio", "singletons", "nominal_losses"):
        assert np.allclose(found[name][1:2], alone[name], rtol=1e-6)
    # All components on all samples: every draw is a sample, and nothing is learned but the samples.
    assert found["variance"][2] == 0
    assert (found["ratio"][2] == 1).all()
    assert found["singletons"][2] == 1
    assert np.allclose(found["model_losses"][2], found["memoriser_losses"][2], rtol=1e-6, atol=1e-12)


def test_data_sets_of_one_seed_differ_in_scale_alone():
    first, second = edge_likelihood.data_sets([cell(), cell(data_variance=4.0, weighting="one")])
    assert np.allclose(second.X - second.means[second.labels], 4 * (first.X - first.means[first.labels]))


def test_trained_models_are_measured_alike(small, monkeypatch):
    monkeypatch.setattr(edge_decisive, "STEPS", 40)
    monkeypatch.setattr(edge_decisive, "ROUND", 20)
    found = edge_decisive.measure([cell(weighting="fitted")], "cpu")
    assert set(found) == set(edge_likelihood.measure([cell()], "cpu"))
    assert 0 < found["variance"][0] < 1


def test_sweeps_share_their_keys_and_fresh_settings_are_fresh():
    trained = [edge_decisive.SWEEP, edge_elsewhere.SWEEP, edge_fresh.SWEEP, edge_weightings.SWEEP]
    assert len({tuple(sweep.grid) for sweep in trained}) == 1
    assert tuple(edge_criteria.SWEEP.grid) == tuple(edge_likelihood.SWEEP.grid)
    for quick in (True, False):
        built = trained[0].values(quick)
        for key in ("setting", "data_variance"):
            assert not set(trained[2].values(quick)[key]) & set(built[key])
        for key in ("setting", "weighting"):
            assert not set(trained[3].values(quick)[key]) & set(built[key])
        assert set(trained[3].values(quick)["weighting"]) <= set(edge_decisive.WEIGHTS)


def test_the_weightings_are_those_named():
    assert edge_decisive.WEIGHTS["capped"].max() == 5
    snr = edge_decisive.WEIGHTS["snr"]
    assert np.allclose(edge_decisive.WEIGHTS["root"] ** 2, snr)
    assert (edge_decisive.WEIGHTS["capped"][snr < 5] == snr[snr < 5]).all()


def test_an_autoencoder_is_counted_on_the_samples_it_was_trained_on(monkeypatch):
    monkeypatch.setattr(edge_autoencoder, "STEPS", 30)
    cells = [{"setting": "4-6-2", "data_variance": 1.0, "width": 2.0, "seed": seed} for seed in (0, 1)]
    found = edge_autoencoder.measure(cells, "cpu")
    # Four samples in six dimensions: each can have a unit of its own.
    assert (found["isolable"] == 1).all()
    assert np.isin(found["separable"] * 4, [1, 2, 3, 4]).all()
    for name in ("one_hot", "own", "own_fresh", "beyond"):
        assert ((found[name] >= 0) & (found[name] <= 1)).all()
    assert (found["train_loss"] != found["test_loss"]).all()
