"""Ball gradients and Hessians: against differences of the loss enclosure, in higher dimension, and over whole boxes."""

import numpy as np
import pytest
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.ball_derivatives import Derivatives, network
from proofs_check.ball_integrals import expected_loss_ball
from proofs_check.balls import precision

# Central differences with this step are wrong by a multiple of its square.
STEP = 2.0**-24


def exact(matrix, radius=0.0):
    return arb_mat([[arb(float(value), radius) for value in row] for row in matrix])


def derivatives(W1, W2, X, sigma, weight_decay, multiplicities=None, radius=0.0, slack=0.0):
    rows = [[arb(float(value)) for value in row] for row in X]
    weights = network(exact(W1, radius), exact(W2, radius), slack)
    return Derivatives(rows, multiplicities or [1] * len(X), weights, arb(sigma), arb(weight_decay))


def middles(matrix):
    return np.array([[float(value.mid()) for value in row] for row in matrix.tolist()])


def widest(matrix):
    return max(float(value.rad()) for value in matrix.entries())


def vector(W1, W2):
    """Entries in the order of the Hessian: layer, unit, coordinate."""
    return np.concatenate([W1.T.ravel(), W2.T.ravel()])


def layers(point, d, p):
    W1, W2 = point.reshape(2, p, d)
    return W1.T, W2.T


@st.composite
def problems(draw, parallel=True):
    """Small networks without zero columns, some with parallel or opposite ones (on a line all are)."""
    n, d = (draw(st.integers(1, 3)) for _ in range(2))
    p = draw(st.integers(1, 3 if parallel or d > 1 else 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X, W1, W2 = rng.standard_normal((n, d)), rng.standard_normal((d, p)), rng.standard_normal((d, p))
    if p > 1 and parallel and draw(st.booleans()):
        W1[:, 1] = draw(st.sampled_from([1.0, 2.0, -1.0, -0.5])) * W1[:, 0]
    return W1, W2, X, draw(st.sampled_from([0.25, 0.5, 2.0])), draw(st.sampled_from([0.0, 0.125]))


def loss_slope(W1, W2, X, sigma, weight_decay, k):
    """∂L/∂(entry k) from two loss enclosures, as a ball with the rounding of both but not the error of the step."""
    d, p = W1.shape
    point, shift = vector(W1, W2), np.zeros(2 * d * p)
    shift[k] = STEP
    high, low = (expected_loss_ball(*layers(point + s * shift, d, p), X, sigma, weight_decay) for s in (1, -1))
    moved = (point + shift)[k] - (point - shift)[k]
    return (high - low) / arb(float(moved))


@settings(max_examples=15)
@given(problems(), st.data())
def test_the_gradient_is_the_slope_of_the_loss(problem, data):
    X = problem[2]
    with precision(128):
        found = derivatives(*problem)
        gradient1, gradient2 = found.gradient()
        assert max(widest(gradient1), widest(gradient2)) < 1e-16
        slopes = vector(middles(gradient1), middles(gradient2))
        k = data.draw(st.integers(0, len(slopes) - 1))
        expected = float(loss_slope(*problem, k).mid())
    assert slopes[k] == pytest.approx(expected, rel=0, abs=1e-11 * (1 + np.abs(slopes).max() + np.abs(X).max() ** 3))


@settings(max_examples=25)
@given(problems(parallel=False), st.data())
def test_the_hessian_is_the_slope_of_the_gradient(problem, data):
    """Away from parallel columns, where third derivatives jump; there it is continuous, as shown below."""
    W1, W2, X, sigma, weight_decay = problem
    d, p = W1.shape
    point = vector(W1, W2)
    k = data.draw(st.integers(0, len(point) - 1))
    shift = np.zeros(len(point))
    shift[k] = STEP
    with precision(128):
        hessian = derivatives(*problem).hessian()
        assert widest(hessian) < 1e-14
        high, low = (derivatives(*layers(point + s * shift, d, p), X, sigma, weight_decay).gradient() for s in (1, -1))
        moved = (point + shift)[k] - (point - shift)[k]
        column = vector(*(middles((a - b) * arb(1 / moved)) for a, b in zip(high, low, strict=True)))
    found = middles(hessian)
    assert np.array_equal(found, found.T)
    # Third derivatives of the slope grow as the gates get sharp: like 1/(σ‖w‖)².
    sharpness = (1 + 1 / (sigma * np.linalg.norm(W1, axis=0).min())) ** 4
    size = 1 + np.abs(found).max() + np.abs(X).max() ** 3
    assert np.allclose(found[:, k], column, rtol=0, atol=STEP**2 * 30 * sharpness * size)


@settings(max_examples=15)
@given(problems(), st.integers(1, 3))
def test_equal_samples_count_as_often_as_they_occur(problem, copies):
    W1, W2, X, sigma, weight_decay = problem
    counted = derivatives(W1, W2, X, sigma, weight_decay, [copies] + [1] * (len(X) - 1))
    written = derivatives(W1, W2, np.concatenate([np.repeat(X[:1], copies, axis=0), X[1:]]), sigma, weight_decay)
    for one, other in zip(counted.gradient(), written.gradient(), strict=True):
        assert one.overlaps(other)
    assert counted.hessian().overlaps(written.hessian())
    assert counted.transverse1().overlaps(written.transverse1())


@settings(max_examples=10)
@given(problems())
def test_transverse_curvature_is_the_hessian_of_an_added_coordinate(problem):
    """In one more dimension, which no sample and no weight enters, the blocks T1 and T2 appear and nothing else."""
    W1, W2, X, sigma, weight_decay = problem
    d, p = W1.shape
    with precision(128):
        check_added_coordinate(W1, W2, X, sigma, weight_decay, d, p)


def check_added_coordinate(W1, W2, X, sigma, weight_decay, d, p):
    flat = derivatives(W1, W2, X, sigma, weight_decay)
    more = [np.pad(a, [(0, 1), (0, 0)]) for a in (W1, W2)]
    hessian = derivatives(*more, np.pad(X, [(0, 0), (0, 1)]), sigma, weight_decay).hessian()
    new = [u * (d + 1) + d for u in range(2 * p)]
    old = [i for i in range(2 * p * (d + 1)) if i not in new]
    table = hessian.tolist()
    for first, block in ((0, flat.transverse1()), (p, flat.transverse2())):
        cut = arb_mat([[table[new[first + a]][new[first + b]] for b in range(p)] for a in range(p)])
        assert cut.overlaps(block)
        assert widest(block) < 1e-10
    for i in new:
        assert all(table[i][j].contains(0) for j in old)
    for a in range(p):
        assert all(table[new[a]][new[p + b]].contains(0) for b in range(p))
    reduced = arb_mat([[table[i][j] for j in old] for i in old])
    assert reduced.overlaps(flat.hessian())


@settings(max_examples=15)
@given(problems(), st.integers(0, 2**32 - 1))
def test_over_a_box_every_point_is_inside(problem, seed):
    W1, W2, X, sigma, weight_decay = problem
    radius, rng = 1e-4, np.random.default_rng(seed)
    wide = derivatives(*problem, radius=radius)
    moved = [W + rng.uniform(-radius, radius, W.shape) * 0.999 for W in (W1, W2)]
    inside = derivatives(*moved, X, sigma, weight_decay)
    for box, point in zip(
        (*wide.gradient(), wide.hessian(), wide.transverse1(), wide.transverse2()),
        (*inside.gradient(), inside.hessian(), inside.transverse1(), inside.transverse2()),
        strict=True,
    ):
        assert all(b.contains(p.mid()) for b, p in zip(box.entries(), point.entries(), strict=True))


def test_slack_allows_for_components_orthogonal_to_the_samples():
    rng = np.random.default_rng(5)
    X, W1, W2 = (rng.standard_normal(shape) for shape in ((3, 2), (2, 2), (2, 2)))
    length = 1e-3
    wide = derivatives(W1, W2, X, 0.5, 0.1, slack=length**2).transverse1()
    tilted = [np.concatenate([W, length * np.array([[0.6, 0.8]])]) for W in (W1, W2)]
    inside = derivatives(*tilted, np.pad(X, [(0, 0), (0, 1)]), 0.5, 0.1).transverse1()
    assert all(b.contains(p.mid()) for b, p in zip(wide.entries(), inside.entries(), strict=True))
    narrow = derivatives(W1, W2, X, 0.5, 0.1).transverse1()
    assert not all(b.contains(p.mid()) for b, p in zip(narrow.entries(), inside.entries(), strict=True))


@pytest.mark.parametrize("factor", [2.0, -2.0, 1.0, -1.0])
def test_derivatives_are_continuous_at_parallel_columns(factor):
    rng = np.random.default_rng(8)
    X, W1, W2 = (rng.standard_normal(shape) for shape in ((2, 2), (2, 2), (2, 2)))
    W1[:, 1] = factor * W1[:, 0]
    with precision(128):
        at = derivatives(W1, W2, X, 0.5, 0.1)
        near = derivatives(W1 + 1e-9 * rng.standard_normal((2, 2)), W2, X, 0.5, 0.1)
        for parallel, close in zip((*at.gradient(), at.hessian()), (*near.gradient(), near.hessian()), strict=True):
            size = max(abs(middles(parallel)).max(), 1.0)
            assert abs(middles(parallel) - middles(close)).max() < 1e-6 * size
            assert widest(parallel) < 1e-16 * size


def test_a_box_around_parallel_columns_is_narrow():
    """Its width is that of τ, about the square root of the radius of the entries."""
    rng = np.random.default_rng(8)
    X, W1, W2 = (rng.standard_normal(shape) for shape in ((2, 2), (2, 2), (2, 2)))
    W1[:, 1] = -W1[:, 0]
    with precision(128):
        wide = derivatives(W1, W2, X, 0.5, 0.1, radius=1e-10)
        assert widest(wide.gradient()[0]) < 1e-5
        assert widest(wide.hessian()) < 1e-4


def test_a_column_that_may_vanish_is_refused():
    with pytest.raises(ValueError, match="weights must have no zero column in the encoder, column 1 may vanish"):
        derivatives(np.array([[1.0, 0.0], [0.0, 0.0]]), np.ones((2, 2)), np.ones((1, 2)), 0.5, 0.1)
    with pytest.raises(ValueError, match="column 0 may vanish"):
        derivatives(np.full((2, 1), 1e-3), np.ones((2, 1)), np.ones((1, 2)), 0.5, 0.1, radius=2e-3)
