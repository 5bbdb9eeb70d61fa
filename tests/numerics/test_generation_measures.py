"""Measures of a generation against plain loops, and the distance of Gaussians against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from numerics.generation_measures import MEASURES, Reference, measures
from numerics.selection import knn_entropy


@given(st.integers(3, 20), st.integers(2, 9), st.integers(0, 2**31))
def test_measures_are_those_of_plain_loops(n, d, seed):
    rng = np.random.default_rng(seed)
    training, real, held_out = rng.standard_normal((3, n, d))
    training[0] = real[1]
    # A copy of the first two, to a hundredth, and others; what comes after n is not looked at.
    generated = np.concatenate([training[:2] + 1e-2 * rng.standard_normal((2, d)), rng.standard_normal((n, d))])
    found = measures(training, generated, real, Reference(held_out))
    assert tuple(found) == MEASURES
    apart, apart_real = cdist(generated[:n], training), cdist(generated[:n], real)
    within = cdist(training, training) + np.diag(np.full(n, np.inf))
    assert found["score"] == pytest.approx((apart.min(axis=1) ** 2).mean() / d, rel=1e-9)
    assert found["novelty"] == pytest.approx(apart.min(axis=1).mean() / within.min(axis=1).mean(), rel=1e-9)
    for name, distances in (("copies", apart), ("copies_of_real", apart_real)):
        first, second = np.sort(distances, axis=1)[:, :2].T
        assert found[name] == pytest.approx((3 * first <= second).mean())
    assert found["real_share"] == pytest.approx(1 / n)
    assert found["distinct"] == 1
    assert found["variance"] == pytest.approx(((training - training.mean(axis=0)) ** 2).mean(), rel=1e-9)


def test_entropy_is_that_of_distinct_images():
    rng = np.random.default_rng(1)
    training = rng.standard_normal((200, 2))
    twice = np.concatenate([training, training[:50]])
    found = measures(twice, training, training, Reference(training))
    assert found["entropy"] == pytest.approx(knn_entropy(training), rel=1e-12)
    assert (found["distinct"], found["real_share"]) == (0.8, 1)
    # Every one is a copy, of the training set and of the real images.
    assert (found["score"], found["copies"], found["copies_of_real"]) == (0, 1, 1)


@given(st.integers(1, 6), st.integers(0, 2**31))
def test_the_distance_is_that_of_gaussians(d, seed):
    rng = np.random.default_rng(seed)
    ours, theirs = rng.standard_normal((30, d)), rng.standard_normal((40, d)) @ rng.standard_normal((d, d)) + 2
    (a, b), (m, k) = (
        [np.cov(x, rowvar=False, bias=True).reshape(d, d) for x in (ours, theirs)],
        [x.mean(axis=0) for x in (ours, theirs)],
    )
    expected = ((m - k) ** 2).sum() + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
    assert Reference(theirs).distance(ours) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert Reference(ours).distance(ours) == pytest.approx(0, abs=1e-9)


def test_the_distance_looks_at_leading_directions():
    rng = np.random.default_rng(0)
    held_out = rng.standard_normal((300, 30)) * np.r_[np.full(20, 10.0), np.full(10, 0.1)]
    reference = Reference(held_out)
    moved = held_out + 5 * np.eye(30)[0]
    assert reference.distance(moved) == pytest.approx(25, rel=0.01)
    assert reference.distance(held_out + 5 * np.eye(30)[29]) < 0.1


@pytest.mark.parametrize("held_out", [[[1.0, 2.0]], [[1.0, np.nan], [0.0, 0.0]]])
def test_a_bad_reference_is_refused(held_out):
    with pytest.raises(ValueError, match="held_out"):
        Reference(np.array(held_out))
