"""Scores of samples by hidden activations, and the local dimension, where codes and Jacobians are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import representation
from numerics.detection import Draws, jacobian_dimension, memorization_score, representation_layer, statistic_grid
from numerics.image_denoisers import build
from tests.numerics.small_denoisers import Autoencoder, Linear, gaussian
from tests.strategies import seeds
from theory.block_minimizer import memorizing_weights
from theory.separability import regular_simplex


@settings(max_examples=8)
@given(seeds(), st.sampled_from(["std", "l4_over_l2", "participation_ratio"]), st.integers(1, 5))
def test_the_score_is_the_mean_statistic_of_the_codes_of_noisy_samples(seed, statistic, at_once):
    rng = np.random.default_rng(seed)
    W1, W2, X = rng.standard_normal((4, 6)), rng.standard_normal((4, 6)), rng.standard_normal((3, 2, 2))
    network = Autoencoder(torch.tensor(W1), torch.tensor(W2))
    found = memorization_score(network, X, 0.3, statistic=statistic, draws=2, seed=5, at_once=at_once)
    noise = Draws(2, 5).noise((2, 2))
    codes = np.maximum((X + 0.3 * noise[:, None]).reshape(2, 3, 4) @ W1, 0)
    expected = getattr(representation, statistic)(codes).mean(axis=0)
    sign = -1 if statistic == "participation_ratio" else 1
    assert np.allclose(found, sign * expected, rtol=1e-10)
    # Of a sample alone, whatever stands beside it; and another seed is another noise.
    alone = memorization_score(network, X[1:2], 0.3, statistic=statistic, draws=2, seed=5)
    assert np.allclose(alone, found[1:2], rtol=1e-12)
    other = memorization_score(network, X, 0.3, statistic="std", draws=2, seed=6)
    assert not np.allclose(other, memorization_score(network, X, 0.3, statistic="std", draws=2, seed=5))


def test_stored_samples_score_above_new_ones_by_the_recommended_statistic():
    X = 2 * regular_simplex(4, 6)
    W = torch.tensor(memorizing_weights(X, 0.05, 1e-4))
    new = X[[0, 1, 2]] + X[[1, 2, 3]] + np.array([0.0, 0.0, 0.0, 0.0, 0.5, 0.0])
    score = memorization_score(Autoencoder(W, W), np.concatenate([X, new]), 0.05)
    assert score[:4].min() > 0.99
    assert score[4:].max() < 0.95


def test_every_combination_is_the_score_of_that_combination():
    network = build("transformer", shape=(1, 8, 8), classes=2, seed=1, width=8, depth=3, heads=2)
    x = torch.randn(3, 1, 8, 8)
    layers, pools, statistics = ("blocks.1", "blocks.1.wide"), ("flatten", "mean"), ("std", "max_over_l2")
    grid = statistic_grid(network, x, [0.1, 1.0], layers, pools, statistics, Draws(2, 3, 2))
    assert grid.shape == (2, 2, 2, 2, 3)
    one = memorization_score(
        network, x, 1.0, statistic="max_over_l2", layer="blocks.1", pool="mean", draws=2, seed=3, at_once=2
    )
    assert np.array_equal(grid[1, 0, 1, 1], one)
    default = memorization_score(network, x, 0.1, statistic="std", draws=2, seed=3, at_once=2)
    assert np.array_equal(grid[0, 0, 0, 0], default)


@pytest.mark.parametrize(("architecture", "layer"), [("relu", "code"), ("unet", "middle"), ("transformer", "blocks.3")])
def test_the_layers_of_the_house_run_and_are_their_middle(architecture, layer):
    network = build(architecture, shape=(1, 8, 8), classes=2, seed=1)
    x = torch.randn(2, 1, 8, 8)
    assert representation_layer(network, x, 0.2) == layer
    assert np.isfinite(memorization_score(network.half(), x, 0.2, draws=1)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_layer_hangs_on_no_sample_even_where_all_gates_are_shut(dtype):
    one_gate = torch.zeros(3, 2, dtype=dtype)
    one_gate[0] = 1
    network = Autoencoder(one_gate, one_gate)
    for first in (-9.0, 0.0, 9.0):
        x = torch.full((2, 3), first, dtype=dtype)
        assert representation_layer(network, x, 0.2) == "code"
    shut = memorization_score(network, torch.full((2, 3), -9.0, dtype=dtype), 0.2, statistic="l4_over_l2")
    assert shut.tolist() == [0.0, 0.0]


@settings(max_examples=8)
@given(st.lists(st.sampled_from([0.0, 0.5, 0.99, 1.01, 2.0, 8.0]), min_size=2, max_size=45))
def test_the_dimension_counts_the_variances_above_the_noise(variances):
    # The factorisation starts with 32 directions, so that longer lists need more.
    found = jacobian_dimension(
        gaussian(torch.tensor(variances, dtype=torch.float64), 1.0), np.ones((2, len(variances))), 1.0
    )
    assert found.tolist() == [sum(v > 1 for v in variances)] * 2


def test_a_denoiser_that_keeps_everything_has_every_dimension():
    assert jacobian_dimension(Linear(torch.eye(75).double()), np.ones((1, 3, 25)), 0.1).tolist() == [75]


def test_what_is_no_torch_module_is_refused():
    with pytest.raises(ValueError, match="denoiser must be a torch module, got function"):
        memorization_score(lambda y, sigma: y, np.ones((2, 3)), 0.1)
    with pytest.raises(ValueError, match="layer must name a module of the network, got 'code2'; near it are code"):
        memorization_score(Autoencoder(torch.eye(3), torch.eye(3)), np.ones((2, 3)), 0.1, layer="code2")
