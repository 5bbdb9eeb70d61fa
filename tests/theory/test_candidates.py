"""Candidates: all of the width asked for, ordered by loss, at most forty, told of before they run."""

from __future__ import annotations

import numpy as np
import pytest

from theory.block_minimizer import memorizing_loss
from theory.candidates import FINALISTS, PARTITIONS, _filled, candidates
from theory.mean_field import mean_field_loss
from theory.separability import regular_simplex

SIMPLEX = 2 * regular_simplex(3, 3)


def test_separable_samples_come_out_alone_at_the_closed_form_loss():
    told = []
    found = candidates(SIMPLEX, 0.05, 0.0, 3, told.append)
    assert found[0].network.loss == pytest.approx(memorizing_loss(SIMPLEX, 0.05), rel=1e-6)
    assert told[:3] == ["1 clusters", "2 clusters", "3 clusters"]
    assert told[3:] == [f"finalist {k}, {c} clusters" for k, c in zip((1, 2, 3), _order(told), strict=True)]


def _order(told: list[str]) -> list[int]:
    return [int(words.split(", ")[1].split()[0]) for words in told if "finalist" in words]


@pytest.mark.parametrize("width", [1, 2, 7])
def test_all_have_the_width_and_their_loss_and_the_lowest_comes_first(width):
    X = np.random.default_rng(1).standard_normal((5, 3))
    found = candidates(X, 0.2, 0.01, width)
    losses = [each.network.loss for each in found]
    assert losses == sorted(losses)
    for structure, network in found:
        assert network.W1.shape == network.W2.shape == (3, width)
        assert network.loss == pytest.approx(mean_field_loss(network.W1, network.W2, X, 0.2, 0.01))
        assert sum(structure.widths) <= width
    assert sorted(each.structure.labels.max() + 1 for each in found) == [1, 2, 3, 4, 5]


def test_finalists_are_relaxed_to_the_end():
    X = np.random.default_rng(2).standard_normal((6, 4))
    for _, network in candidates(X, 0.2, 0.01, 6)[:1]:
        step = 1e-3 * np.random.default_rng(3).standard_normal((2, *network.W1.shape))
        slope = [
            mean_field_loss(network.W1 + sign * step[0], network.W2 + sign * step[1], X, 0.2, 0.01) for sign in (1, -1)
        ]
        assert abs(slope[0] - slope[1]) < 1e-5
    assert FINALISTS < 6


def test_large_data_try_at_most_forty_partitions_from_one_cluster_to_all():
    # Decay over everything: no candidate has a block, so that relaxing is quick.
    X = np.random.default_rng(0).standard_normal((60, 2))
    found = candidates(X, 0.1, 10.0, 1)
    counts = sorted(int(each.structure.labels.max()) + 1 for each in found)
    assert len(counts) <= PARTITIONS
    assert counts[:4] == [1, 2, 3, 4]
    assert counts[-1] == 60


def test_the_same_data_give_the_same_candidates():
    X = np.random.default_rng(4).standard_normal((4, 3))
    once, again = candidates(X, 0.2, 0.01, 4), candidates(X, 0.2, 0.01, 4)
    assert all(np.array_equal(a.network.W1, b.network.W1) for a, b in zip(once, again, strict=True))


@pytest.mark.parametrize(("W", "size"), [(5 * np.eye(4)[:, :2], 5.0), (np.zeros((4, 0)), 1.0)])
def test_spare_columns_are_shorter_and_all_are_nudged(W, size):
    filled = _filled(W, 6, np.random.default_rng(0))
    used = W.shape[1]
    np.testing.assert_allclose(np.linalg.norm(filled[:, used:], axis=0), 0.3 * size, rtol=0.02)
    nudge = np.abs(filled[:, :used] - W)
    assert (nudge > 0).all()
    assert (nudge < 5e-3 * size).all()
