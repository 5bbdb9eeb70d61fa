"""Samples in their own span: every inner product survives, multiplicities are counted, ranks are exact."""

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.balls import precision
from proofs_check.reduced_samples import reduced_samples
from tests.strategies import sample_arrays


def exact_products(X):
    return [[sum((arb(float(p)) * arb(float(q)) for p, q in zip(v, w, strict=True)), arb(0)) for w in X] for v in X]


@settings(max_examples=60)
@given(sample_arrays(st.integers(1, 6), st.integers(1, 7)), st.integers(1, 3))
def test_inner_products_and_counts_survive(X, copies):
    X = np.concatenate([X, np.repeat(X[:1], copies, axis=0)])
    if not X.any():
        with pytest.raises(ValueError, match="X must hold a sample that is not zero"):
            reduced_samples(X)
        return
    with precision(256):
        found = reduced_samples(X)
        rows = [found.rows[i] for i in found.index]
        for ours, theirs in zip(exact_products(X), [[dot(v, w) for w in rows] for v in rows], strict=True):
            for exact, reduced in zip(ours, theirs, strict=True):
                assert exact.overlaps(reduced)
                # Rows that are dependent up to rounding cost twice its 16 digits, of 77, and more where that is too.
                assert float(reduced.rad()) < 1e-12 * (1 + np.abs(X).max() ** 2)
        assert found.count == len(X) == sum(found.multiplicities)
        assert len(found.rows) == len(np.unique(X, axis=0))
        counts = np.bincount(found.index, minlength=len(found.rows))
        assert counts.tolist() == found.multiplicities
        assert found.dimension + found.transverse == X.shape[1]
        identity = (found.basis * found.basis.transpose()).tolist()
        for i, row in enumerate(identity):
            for j, value in enumerate(row):
                assert value.overlaps(arb(int(i == j)))


def dot(v, w):
    return sum((p * q for p, q in zip(v, w, strict=True)), arb(0))


@pytest.mark.parametrize(
    ("X", "dimension"),
    [
        ([[1.0, 0.0, 0.0], [-0.5, 0.75, 0.0], [-0.5, -0.75, 0.0]], 2),
        ([[0.0, 0.0], [3.0, 4.0]], 1),
        ([[1e-30, 1.0, 2.0], [0.0, 1.0, 2.0]], 2),
        ([[0.1, 0.2, 0.3], [0.2, 0.4, 0.6]], 1),
        ([[1.0], [2.0]], 1),
    ],
)
def test_ranks_are_exact(X, dimension):
    """The third pair differs by 1e-30, which only exact arithmetic tells from a copy; 2·(0.1, 0.2, 0.3) is exact."""
    with precision(256):
        found = reduced_samples(np.array(X))
    assert found.dimension == dimension
    assert found.transverse == len(X[0]) - dimension


def test_full_rank_keeps_the_given_coordinates():
    X = np.array([[0.5, 2.0], [1.0, -3.0], [0.25, 0.0]])
    found = reduced_samples(X)
    assert [[float(v.mid()) for v in row] for row in found.rows] == X.tolist()
    W = np.random.default_rng(0).standard_normal((2, 3))
    assert np.array_equal(found.coordinates(W), W)


def test_coordinates_of_weights_keep_their_products_with_the_samples():
    rng = np.random.default_rng(3)
    X, W = rng.standard_normal((3, 8)), rng.standard_normal((8, 2))
    found = reduced_samples(X)
    rows = np.array([[float(v.mid()) for v in row] for row in found.rows])
    assert np.allclose(rows @ found.coordinates(W), X @ W, rtol=0, atol=1e-13)


def test_the_first_row_points_along_the_first_axis():
    found = reduced_samples(np.array([[0.0, 3.0, 4.0], [1.0, 0.0, 0.0], [0.0, 3.0, 4.0]]))
    assert [float(v.mid()) for v in found.rows[0]] == pytest.approx([5.0, 0.0])
    assert found.index.tolist() == [0, 1, 0]
    assert found.multiplicities == [2, 1]
