"""The sweep of chains: its originals, who draws the points in each arm, and what is seen of a generation."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.autoencoder_chain import Networks
from numerics.sweeps import autoencoder_chain as chain
from theory.block_minimizer import memorizing_weights


@pytest.mark.parametrize("name", chain.SETTINGS)
def test_originals_repel_each_other_and_the_shortest_has_length_one(name):
    X = chain.originals(name)
    assert X.shape == (chain.ORIGINALS, chain.SETTINGS[name].d)
    inner = X @ X.T
    assert (inner[~np.eye(len(X), dtype=bool)] < 0).all()
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.linspace(1, chain.SETTINGS[name].longest, chain.ORIGINALS))


def test_arms_differ_in_who_draws():
    last = {}
    for arm in ("families", "restored", "raw"):
        model = chain.models(arm, "even", 2.5)[1]
        run = chain.chains(arm, "even", 2.5, model, 4, seed=1)
        assert len(run) == chain.GENERATIONS + 1
        np.testing.assert_array_equal(run[0].training[0], np.repeat(chain.originals("even"), 2, axis=0))
        # With m* over two copies the first networks are empty.
        assert not run[0].fit.W1.any()
        last[arm] = run[-1].training
    assert last["families"].any(axis=2).all()
    assert not last["restored"].any()
    assert not last["raw"].any()
    again, other = (
        chain.chains("families", "even", 2.5, chain.models("families", "even", 2.5)[1], 4, seed) for seed in (1, 2)
    )
    np.testing.assert_array_equal(again[-1].training, last["families"])
    assert not np.array_equal(other[-1].training, last["families"])


def test_what_is_seen_of_a_generation():
    X = chain.originals("even")
    W = memorizing_weights(X, chain.SIGMA, 0.01)
    # The last original is not stored, the first there twice as long and once astray, and a point is nothing.
    W[:, -1] = 0
    training = np.array([[2 * X[0], X[1], X[1], X[0] + 0.5 * X[1], 0 * X[0]]])
    seen = chain.look(training, Networks(W[None], W[None], training, np.ones(1, dtype=bool)), X)
    np.testing.assert_array_equal(seen.copies[0], [2, 2, 0, 0, 0, 0])
    astray = ((X[0] + 0.5 * X[1]) ** 2).sum()
    np.testing.assert_allclose(seen.energy[0], [4 + astray, 2, 0, 0, 0, 0])
    np.testing.assert_array_equal(seen.stored[0], [True] * 5 + [False])
    assert seen.astray[0] == 0.2
    # What the noise adds to the answer of a unit is far below its height.
    np.testing.assert_allclose(seen.gain[0, :5], (1 - 6 * 0.01) / (1 + chain.SIGMA**2), rtol=1e-6)
