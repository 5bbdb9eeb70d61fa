"""Jacobians against automatic differentiation, local dimensions by hand and against the networks that they describe."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import networks, seeds, separable_problems
from theory.block_minimizer import block_weights, gate_margin, memorizing_weights
from theory.jacobian import block_dimension, local_dimension, network_jacobian, stored_dimension


@given(st.data(), st.integers(1, 5), st.integers(0, 6), st.integers(1, 3), st.floats(0.05, 2.0), seeds())
def test_jacobian_and_flipd_against_automatic_differentiation(data, d, p, m, sigma, seed):
    W1, W2 = data.draw(networks(d, p))
    y = np.random.default_rng(seed).standard_normal((m, d))
    encoder, decoder = torch.tensor(W1), torch.tensor(W2)

    def network(point):
        return decoder @ torch.relu(encoder.T @ point)

    slopes, dimensions = network_jacobian(W1, W2, y), local_dimension(W1, W2, y, sigma)
    assert slopes.shape == (m, d, d)
    for slope, dimension, point in zip(slopes, dimensions, torch.tensor(y), strict=True):
        expected = np.asarray(torch.autograd.functional.jacobian(network, point))
        assert np.allclose(slope, expected, atol=1e-13)
        misfit = float(((network(point) - point) ** 2).sum())
        assert dimension == pytest.approx(np.trace(expected) + misfit / sigma**2, rel=1e-12, abs=1e-12)


def test_a_gate_at_zero_is_shut():
    assert (network_jacobian(np.ones((1, 1)), np.ones((1, 1)), np.array([[0.0], [1.0]])) == [[[0.0]], [[1.0]]]).all()


@given(st.floats(0.3, 3.0), st.floats(0.1, 2.0), st.integers(1, 4), st.floats(0.0, 0.99))
def test_a_stored_sample_counts_as_its_network_says(norm, sigma, copies, share):
    """The same sample `copies` times is one cluster: n copies feel the decay n·λ as one does nλ, over n."""
    X = norm * np.eye(1, 3)
    W = memorizing_weights(X, sigma, share * norm**2)
    found = stored_dimension(norm**2, sigma, copies, share * norm**2 / copies)
    assert found == pytest.approx(local_dimension(W, W, X, sigma)[0], rel=1e-12)
    assert found == pytest.approx(block_dimension(np.array([norm**2, 0.0]), 1, 1.0, sigma, share * norm**2), rel=1e-12)


@given(st.floats(0.3, 3.0), st.floats(0.1, 2.0))
def test_a_stored_sample_without_decay_counts_less_than_one(norm, sigma):
    found = stored_dimension(norm**2, sigma, 1, 0.0)
    assert found == pytest.approx(1 - sigma**4 / (norm**2 + sigma**2) ** 2, rel=1e-12)
    assert 0 < found < 1


@pytest.mark.parametrize(("decay", "above"), [(0.99, False), (1.01, True)])
def test_decay_lifts_the_count_above_one_below_a_noise_level(decay, above):
    assert (stored_dimension(4.0, 1.0, 2, decay * 1.0 / 8) > 1) is above


@settings(max_examples=30)
@given(separable_problems())
def test_the_mean_count_over_a_cluster(problem):
    sigma = problem.sigma + 0.05
    W = block_weights(problem.X, problem.labels, problem.widths, sigma, problem.weight_decay)
    assume(gate_margin(W, problem.X, problem.labels, problem.widths) > 0)
    counts = local_dimension(W, W, problem.X, sigma)
    for k, width in enumerate(problem.widths):
        cluster = problem.X[problem.labels == k]
        spectrum = np.linalg.eigvalsh(cluster.T @ cluster / len(cluster)).clip(0.0)
        mixing = len(cluster) / len(problem.X)
        claimed = block_dimension(spectrum, width, mixing, sigma, problem.weight_decay)
        assert claimed == pytest.approx(counts[problem.labels == k].mean(), rel=1e-7)


def test_block_dimension_by_hand():
    # s = 3 and 1 at σ = 1: 1 − 1/16 for the first, 1 − 1/4 or, left out, 1/1 for the second; in any order.
    assert block_dimension(np.array([1.0, 3.0]), 2, 1.0, 1.0, 0.0) == pytest.approx(1.6875, rel=1e-14)
    assert block_dimension(np.array([1.0, 3.0]), 1, 1.0, 1.0, 0.0) == pytest.approx(1.9375, rel=1e-14)
    # λ/ρ = 1: gains 1/2 and 0.
    assert block_dimension(np.array([3.0, 1.0]), 2, 0.5, 1.0, 0.5) == pytest.approx(0.5 + 0.75 + 1.0, rel=1e-14)
    assert block_dimension(np.array([3.0, 1.0]), 0, 0.5, 2.0, 0.5) == pytest.approx(1.0, rel=1e-14)
