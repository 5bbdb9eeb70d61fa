"""Baselines on denoisers where their values are known: linear ones, exact ones of Gaussians, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.denoiser_jacobian import leading_singular_values, trace
from numerics.detection_baselines import flipd, normal_bundle_dimension, repetition_density, score_difference
from numerics.image_denoisers import build
from tests.numerics.small_denoisers import Autoencoder, Linear, gaussian
from tests.strategies import seeds
from theory.jacobian import local_dimension


def test_the_difference_of_a_class_is_what_it_adds():
    network = Linear(torch.eye(4).double())
    found = score_difference(network, np.ones((3, 2, 2)), 0.5, [0, 1, 3], draws=2)
    assert np.allclose(found, [0, 1, 3])


def test_the_difference_is_taken_where_noise_of_its_own_meets_every_number():
    seen = []

    class Watched(Linear):
        def forward(self, y, sigma, label=None):
            seen.append(y.clone())
            return super().forward(y, sigma, label)

    score_difference(Watched(torch.eye(12).double()), np.zeros((3, 3, 4)), 0.5, [0, 1, 2], draws=2)
    of_labels, of_none, *again = seen
    assert torch.equal(of_labels, of_none)
    assert not torch.equal(of_labels, again[0])
    # Every sample meets the same noise, a number for each of its own: 12 of them, and none twice.
    assert of_labels.shape == (3, 3, 4)
    assert (of_labels == of_labels[:1]).all()
    assert len(of_labels[0].unique()) == 12


@settings(max_examples=8)
@given(seeds(), st.integers(1, 5), st.integers(1, 7))
def test_flipd_is_that_of_two_layers_in_closed_form(seed, d, p):
    rng = np.random.default_rng(seed)
    W1, W2, X = rng.standard_normal((d, p)), rng.standard_normal((d, p)), rng.standard_normal((3, d))
    found = flipd(Autoencoder(torch.tensor(W1), torch.tensor(W2)), X, 0.5, probes=d, at_once=2)
    assert np.allclose(found, local_dimension(W1, W2, X, 0.5), rtol=1e-9)


def test_random_signs_have_the_trace_as_their_mean():
    # The deviation of one probe is below √2‖M‖, over the root of their number: five deviations, false-alarm rate 6e-7.
    matrix = torch.randn(50, 50, dtype=torch.float64)
    found = trace(Linear(matrix), torch.zeros(1, 50, dtype=torch.float64), 1.0, probes=49, seed=1)
    more = [trace(Linear(matrix), torch.zeros(1, 50, dtype=torch.float64), 1.0, probes=8, seed=s)[0] for s in range(20)]
    off = matrix - torch.diag(torch.diag(matrix))
    deviation = float((off + off.T).norm() / 2**0.5)
    assert abs(found[0] - float(matrix.trace())) < 5 * deviation / 7
    assert abs(np.mean(more) - float(matrix.trace())) < 5 * deviation / 160**0.5


@settings(max_examples=6)
@given(seeds(), st.integers(2, 30), st.integers(1, 6))
def test_leading_singular_values_are_exact_where_the_rank_allows(seed, d, rank):
    generator = torch.Generator().manual_seed(seed)
    rank = min(rank, d)
    matrix = torch.randn(d, rank, generator=generator, dtype=torch.float64) @ torch.randn(
        rank, d, generator=generator, dtype=torch.float64
    )
    x = torch.randn(3, d, generator=generator, dtype=torch.float64)
    found = leading_singular_values(Linear(matrix), x, 0.1, rank=rank, at_once=2)
    expected = torch.linalg.svdvals(matrix)[:rank].numpy()
    assert np.allclose(found, expected, rtol=1e-7, atol=1e-6 * expected[0])


@pytest.mark.parametrize("architecture", ["relu", "unet", "transformer"])
def test_products_with_the_jacobian_of_every_architecture_are_its_own(architecture):
    network = build(
        architecture,
        shape=(1, 4, 4),
        classes=2,
        seed=1,
    )
    with torch.no_grad():
        for each in network.parameters():
            each.add_(0.1 * torch.randn_like(each))
    network.double()
    x = torch.randn(2, 1, 4, 4, dtype=torch.float64)
    levels = torch.full((1,), 0.5, dtype=torch.float64)
    found = leading_singular_values(network, x, 0.5, rank=5)
    exactly, traces = leading_singular_values(network, x, 0.5, rank=16), trace(network, x, 0.5, probes=16)
    for sample, values, whole, total in zip(x, found, exactly, traces, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda y: network(y[None], levels)[0], sample).reshape(16, 16)
        exact = torch.linalg.svdvals(jacobian).numpy()
        assert np.allclose(whole, exact, rtol=1e-6, atol=1e-6)
        # A randomised factorisation of a matrix of full rank is near its leading values, from below.
        assert (values <= exact[:5] * (1 + 1e-9)).all()
        assert np.allclose(values, exact[:5], rtol=0.2)
        assert total == pytest.approx(float(jacobian.trace()), rel=1e-9)


@pytest.mark.parametrize("dimension", [0, 1, 3, 7])
def test_the_normal_bundle_counts_the_directions_along_the_data(dimension):
    variances = torch.zeros(8, dtype=torch.float64)
    variances[:dimension] = 400.0
    found = normal_bundle_dimension(gaussian(variances, 0.5), np.zeros((2, 8)), 0.5, points=200, at_once=64)
    assert found.tolist() == [dimension] * 2


def test_density_is_the_distance_to_other_generations():
    generations = np.array([[0.0], [0.0], [0.1], [3.0], [7.0]])
    x = generations[[0, 3, 4]]
    assert repetition_density(x, generations, neighbours=2) == pytest.approx([0.0, -2.9, -4.0])
    assert repetition_density(x, generations, neighbours=1) == pytest.approx([0.0, 0.0, 0.0])
    assert repetition_density(x, generations, own=[0, 3, 4], neighbours=2) == pytest.approx([-0.1, -2.9 - 0.1, -6.9])
    with pytest.raises(ValueError, match="generations must hold 5 others, got 5 in all"):
        repetition_density(x, generations, own=[0, 3, 4])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f, x: score_difference(f, x, 0.1, [0]), "labels must hold one number for each of the 2"),
        (lambda f, x: score_difference(f, x, 0.1, [0, 0.5]), "labels must be whole numbers"),
        (lambda f, x: flipd(f, x, 0.0), "sigma must be > 0"),
        (lambda f, x: flipd(f, x, 0.1, probes=0), "probes must be >= 1"),
        (
            lambda f, x: normal_bundle_dimension(f, x, 0.1, points=3),
            "points must be at least the 4 coordinates",
        ),
        (lambda f, x: repetition_density(x, np.ones((9, 3))), "generations must have the 4 coordinates of x, got 3"),
        (
            lambda f, x: repetition_density(x, np.ones((9, 4)), own=[0, 9]),
            "own must be rows of the 9 generations",
        ),
        (
            lambda f, x: leading_singular_values(f, torch.tensor(x), 0.1, rank=5),
            "rank must be at most the 4 coord",
        ),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(Linear(torch.eye(4).double()), np.ones((2, 4)))
