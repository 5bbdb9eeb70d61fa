"""Separated clusters: their geometry and moments, and what is read off a network that ends on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.cluster_descent import ABSENT, Setting
from numerics.separated_clusters import draw, draw_exact, end, separated_clusters
from tests.strategies import seeds
from theory.block_minimizer import block_weights, frozen_loss


@given(st.integers(1, 4), st.integers(0, 2), st.integers(0, 5), seeds())
def test_means_have_their_cosines_and_fresh_samples_the_very_moments(count, spikes, more, seed):
    d = count * (1 + spikes) + more
    variances = np.arange(2.0, 2.0 + spikes)
    clusters = separated_clusters(count, 7.0, variances, 0.5, d)
    gram = clusters.means @ clusters.means.T / 49
    assert gram == pytest.approx(np.eye(count) - (1 - np.eye(count)) / count, abs=1e-12)
    for spectrum in clusters.spectra:
        assert sorted(spectrum) == pytest.approx(sorted([*variances, *[0.5] * (d - spikes)]))
    # Spikes lie across all means, and apart from those of other clusters.
    assert (clusters.spectra[:, :count] == 0.5).all()
    assert ((clusters.spectra != 0.5).sum(axis=0) <= 1).all()
    X, labels = draw_exact(clusters, d + 3, np.random.default_rng(seed))
    for k in range(count):
        own = X[labels == k]
        assert own.mean(axis=0) == pytest.approx(clusters.means[k], abs=1e-9)
        assert np.cov(own.T, bias=True).reshape(d, d) == pytest.approx(np.diag(clusters.spectra[k]), abs=1e-9)


@given(seeds())
def test_samples_are_around_their_means(seed):
    clusters = separated_clusters(2, 9.0, np.array([4.0]), 0.1, 6)
    X, labels = draw(clusters, 400, np.random.default_rng(seed))
    for k in range(2):
        away = (X[labels == k] - clusters.means[k]) / np.sqrt(clusters.spectra[k])
        # 12 means, and 12 variances, of 400 draws within 6 standard errors: false alarm below 1e-7.
        assert np.abs(away.mean(axis=0)).max() <= 6 / 20
        assert np.abs(away.var(axis=0) - 1).max() <= 6 * np.sqrt(2 / 400)


@settings(max_examples=20)
@given(seeds(), st.integers(0, 2), st.integers(0, 2))
def test_an_end_at_a_block_is_that_block(seed, first, second):
    clusters = separated_clusters(2, 60.0, np.array([2.0]), 0.1, 6)
    rng = np.random.default_rng(seed)
    X, labels = draw(clusters, 8, rng)
    fresh, marks = draw_exact(clusters, 9, rng)
    W = block_weights(X, labels, [first, second], 1.0, 0.0)
    # A unit closed everywhere counts as none; one open to both clusters, or half open, as mixed.
    closed = -clusters.means.sum(axis=0)[:, None]
    found = end(np.hstack([W, closed]), np.hstack([W, closed]), X, labels, fresh, 1.0)
    assert found.open_units.tolist() == [first, second]
    assert found.mixed == 0
    loss = frozen_loss(W, W, X, labels, [first, second], 1.0, 0.0)
    assert found.train == pytest.approx(loss, rel=1e-9)
    assert found.block == pytest.approx(loss, rel=1e-9)
    assert found.test == pytest.approx(frozen_loss(W, W, fresh, marks, [first, second], 1.0, 0.0), rel=1e-9)
    half = np.eye(6)[:, [5]]
    mixed = end(np.hstack([W, -closed, half]), np.hstack([W, -closed, half]), X, labels, fresh, 1.0)
    assert mixed.mixed == 2
    assert mixed.open_units.tolist() == [first, second]


def test_bad_clusters_are_refused():
    good = {"count": 2, "length": 1.0, "spikes": np.array([2.0]), "bulk": 0.5, "d": 4}
    for key, value, rule in [
        ("count", 0, "count must be"),
        ("length", 0.0, "length must be"),
        ("spikes", np.array([-1.0]), "spikes must be >= 0, got -1.0"),
        ("bulk", -0.5, "bulk must be"),
        ("d", 3, "d must be >= count·\\(1 \\+ the number of spikes\\) = 4, got 3"),
    ]:
        with pytest.raises(ValueError, match=rule):
            separated_clusters(**{**good, key: value})
    with pytest.raises(ValueError, match="n must be > d = 4, got 4"):
        draw_exact(separated_clusters(**good), 4, np.random.default_rng(0))


@pytest.mark.parametrize("at_random", [False, True])
def test_descents_end_in_blocks_of_their_samples(at_random):
    setting = Setting(
        sigma=1.0,
        length=60.0,
        spikes=(3.0,),
        bulk=0.1,
        units=lambda d, n: 2,
        near=0.1 if at_random else 0.02,
        rate=0.02,
        steps=2000,
        tolerance=1e-5,
        most=3,
        at_random=at_random,
    )
    cells = [{"d": 8, "clusters": 1, "samples": 12, "seed": seed} for seed in range(2)]
    found = setting.measure(cells, "cpu")
    assert found["converged"].all()
    assert (found["gradient"] <= 1e-5).all()
    assert (found["open_units"][:, 1:] == ABSENT).all()
    assert found["train_loss"] == pytest.approx(found["block_loss"], rel=1e-3)
    if not at_random:
        assert (found["open_units"][:, 0] == 2).all()
    X, _, fresh = setting.samples(cells[0])
    assert X.shape == (12, 8)
    assert fresh.shape == (32, 8)
