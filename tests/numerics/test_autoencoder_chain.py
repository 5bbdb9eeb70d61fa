"""Chains of autoencoders: the predicted weights, trained ones, the ends of sampling, and what is seen of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import autoencoder_chain as ac
from numerics.generations import generations
from theory.block_minimizer import block_weights, memorizing_weights
from theory.separability import regular_simplex

SEEDS = st.integers(0, 2**32 - 1)


def network(W):
    """One replicate with these weights, trained on its columns."""
    return ac.Networks(W[None], W[None], W.T[None].copy(), np.ones(1, dtype=bool))


@settings(max_examples=30)
@given(st.integers(2, 5), st.lists(st.integers(1, 4), min_size=5, max_size=5), st.floats(0, 0.2), st.floats(0, 0.9))
def test_predicted_weights_are_those_of_duplicated_clusters(M, copies, sigma, share):
    X = np.linspace(1.0, 1.4, M)[:, None] * regular_simplex(M, M)
    labels = np.repeat(np.arange(M), copies[:M])
    decay = share * min(c * x @ x for c, x in zip(copies, X, strict=False)) / len(labels)
    found = ac.block_chain(X, sigma, decay, "raw").fit(X[labels][None], np.random.default_rng(0))
    expected = block_weights(X[labels], labels, [1] * M, sigma, decay)
    np.testing.assert_allclose(found.W1[0] @ found.W2[0].T, expected @ expected.T, atol=1e-12)


def test_an_original_under_its_threshold_has_no_column():
    X = np.eye(3)
    points = np.repeat(X, [1, 2, 3], axis=0)[None]
    W = ac.block_chain(X, 0.0, 1.5 / 6, "raw").fit(points, np.random.default_rng(0)).W1[0]
    np.testing.assert_allclose(np.diag(W.T @ W), [0.0, 0.25, 0.5], atol=1e-12)


def test_trained_networks_are_the_predicted_ones():
    """On a regular simplex with copies: the same map, for all but the few that miss a sample."""
    X, rng = regular_simplex(3, 3), np.random.default_rng(5)
    points = np.stack([X[np.repeat(np.arange(3), rng.permutation([1, 2, 3]))] for _ in range(4)])
    decay, sigma = 1.5 / 6, 0.03
    trained = ac.trained_chain(12, sigma, decay, "restored").fit(points, rng)
    predicted = ac.block_chain(X, sigma, decay, "restored").fit(points, rng)
    assert trained.converged.all()
    replies = [np.maximum(X @ each.W1, 0) @ each.W2.mT for each in (trained, predicted)]
    # Gradients of 1e-3 leave 1e-2 of a gain.
    close = np.abs(replies[0] - replies[1]).max(axis=(1, 2)) < 0.03
    # About one network in a hundred misses a sample; three of four have a chance of 4e-6.
    assert close.sum() >= 2


def test_nothing_trains_nothing():
    found = ac.trained_chain(4, 0.1, 0.1, "raw").fit(np.zeros((2, 3, 2)), np.random.default_rng(0))
    assert not found.W1.any()
    assert not found.W2.any()
    assert found.converged.all()
    ends = ac.trained_chain(4, 0.1, 0.1, "restored").draw(found, 5, np.random.default_rng(0))
    np.testing.assert_array_equal(ends, np.zeros((2, 5, 2)))


def test_ends_lie_on_the_rays_of_what_is_stored():
    X = regular_simplex(4, 4)
    ends = ac.follow(network(memorizing_weights(X, 0.01, 0.02)), 400, np.random.default_rng(0), reflect=False)[0]
    cosines = (ends @ X.T).max(axis=1) / np.linalg.norm(ends, axis=1)
    assert (cosines > 0.999).mean() > 0.9
    # One stored sample, or weights that point one way: half of the starts are not answered unless reflected.
    lone = network(np.array([[1.0], [0.0]]))
    for reflect, share in ((False, 0.5), (True, 1.0)):
        ends = ac.follow(lone, 400, np.random.default_rng(1), reflect=reflect)[0]
        assert abs((ends[:, 0] > ac.NOTHING).mean() - share) <= 5 * 0.5 / 20 * (1 - reflect) + 0.02
        np.testing.assert_allclose(ends[:, 1], 0.0, atol=1e-12)


def test_restored_ends_are_training_points_and_raw_ones_are_not():
    X = 1.5 * regular_simplex(3, 3)
    chains = {
        lengths: list(
            generations(
                lambda n, rng: np.tile(X, (5, n // 3, 1)),
                ac.block_chain(X, 0.01, 0.01, lengths),
                "replace",
                6,
                2,
                np.random.default_rng(3),
            )
        )
        for lengths in ("raw", "restored")
    }
    for found, kept in ((chains["restored"], True), (chains["raw"], False)):
        away = np.linalg.norm(found[-1].training[:, :, None] - X, axis=3).min(axis=2)
        assert (away < 1e-9).all() == kept


@given(st.integers(1, 4), st.integers(1, 5), SEEDS)
def test_energies_add_up(M, n, seed):
    rng = np.random.default_rng(seed)
    X = np.eye(M, 5) + 0.1
    chosen, lengths = rng.integers(M, size=(2, n)), rng.uniform(0.1, 2.0, size=(2, n))
    points = np.concatenate([lengths[..., None] * X[chosen], np.zeros((2, 1, 5))], axis=1)
    energy, copies = ac.ray_energies(points, X)
    for r in range(2):
        for k in range(M):
            own = chosen[r] == k
            assert copies[r, k] == own.sum()
            assert energy[r, k] == pytest.approx((lengths[r, own] ** 2).sum() * (X[k] @ X[k]), abs=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lengths": "long"}, "lengths must be raw or restored, got 'long'"),
        ({"sigma": -1.0}, "sigma must be >= 0, got -1.0"),
        ({"weight_decay": -0.5}, "weight_decay must be >= 0, got -0.5"),
    ],
)
def test_bad_input_is_refused(change, words):
    good = {"sigma": 0.1, "weight_decay": 0.1, "lengths": "raw"}
    for make, first in ((ac.trained_chain, {"width": 3}), (ac.block_chain, {"originals": np.eye(2)})):
        with pytest.raises(ValueError, match="must") as refused:
            make(**first, **{**good, **change})
        assert str(refused.value) == words
    with pytest.raises(ValueError, match="width must be >= 1, got 0"):
        ac.trained_chain(0, 0.1, 0.1, "raw")
    with pytest.raises(ValueError, match="originals must not be at the origin"):
        ac.block_chain(np.zeros((1, 2)), 0.1, 0.1, "raw")
