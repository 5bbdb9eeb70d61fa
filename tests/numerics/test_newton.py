"""The trust-region step on quadratics whose minimiser is known, and where Newton's method may not step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.newton import Coordinates, _steihaug, newton, truncated_newton
from tests.strategies import rotations, seeds


def quadratic(curvatures, rotation):
    matrix = rotation @ np.diag(curvatures) @ rotation.T
    return matrix, lambda direction: matrix @ direction


@settings(max_examples=40)
@given(st.data(), st.integers(1, 6), seeds())
def test_within_the_radius_the_step_is_the_minimiser(data, m, seed):
    rng = np.random.default_rng(seed)
    matrix, product = quadratic(rng.uniform(0.5, 2, m), data.draw(rotations(m)))
    gradient = rng.standard_normal(m)
    step = _steihaug(product, gradient, 1e3, 1e-12)
    assert np.allclose(step, -np.linalg.solve(matrix, gradient), atol=1e-10)
    # A looser slope is reached earlier, and no earlier than that.
    loose = _steihaug(product, gradient, 1e3, 0.1)
    assert np.linalg.norm(gradient + matrix @ loose) <= 0.1 or m == 1


@settings(max_examples=40)
@given(st.data(), st.integers(1, 6), seeds(), st.booleans())
def test_beyond_it_or_downwards_the_step_ends_on_the_edge(data, m, seed, saddle):
    rng = np.random.default_rng(seed)
    curvatures = rng.uniform(0.5, 2, m)
    if saddle:
        curvatures *= -1
    matrix, product = quadratic(curvatures, data.draw(rotations(m)))
    gradient = rng.standard_normal(m)
    radius = 0.9 * np.linalg.norm(np.linalg.solve(matrix, gradient))
    step = _steihaug(product, gradient, radius, 1e-12)
    assert np.linalg.norm(step) == pytest.approx(radius, rel=1e-12)
    # Never worse than the lowest point along the gradient alone.
    fraction = np.inf if saddle else gradient @ gradient / (gradient @ matrix @ gradient)
    steepest = -min(fraction, radius / np.linalg.norm(gradient)) * gradient
    model = [gradient @ s + s @ matrix @ s / 2 for s in (step, steepest)]
    assert model[0] <= model[1] * (1 - 1e-12) < 0


def test_no_wild_steps_along_a_flat_direction():
    """At λ = 0 the rescaling (w, −v) of one unit is flat: from 5e-5 off the minimisers the nearest is reached."""
    X = np.array([[0.6, 0.8]])
    gain = 1 / (1 + 0.05**2)
    w, v = 2.0 * X.T, 0.5 * gain * X.T * (1 + 1e-4)
    coordinates = Coordinates(X, 0.05, 0.0, 1)
    for method in (newton, truncated_newton):
        W1, W2 = coordinates.split(method(coordinates, coordinates.join(w, v), 1e-12))
        start = coordinates.join(w, v)
        flat = coordinates.join(w, -v) / np.linalg.norm(start)
        assert abs((coordinates.join(W1, W2) - start) @ flat) < 2e-4
        assert np.allclose(W2 @ W1.T, gain * X.T @ X, atol=1e-11)
        assert np.linalg.norm(coordinates.value(coordinates.join(W1, W2))[1]) <= 1e-12


def test_points_and_layers():
    coordinates = Coordinates(np.array([[3.0, 4.0], [0.0, 1.0]]), 0.1, 0.0, 3)
    point = np.arange(12.0)
    W1, W2 = coordinates.split(point)
    assert coordinates.size == 12
    assert coordinates.scale == 13.0
    assert W1.shape == W2.shape == (2, 3)
    np.testing.assert_array_equal(coordinates.join(W1, W2), point)
    matrix = coordinates.hessian(point)
    np.testing.assert_allclose(coordinates.products(point)(point), matrix @ point, rtol=1e-12)
