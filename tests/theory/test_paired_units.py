"""Two units a sample: what they answer, where they are silent, and the exact loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.objective import expected_loss
from tests.strategies import seeds
from theory.block_minimizer import memorizing_loss
from theory.gating import isolable, isolating_direction
from theory.paired_units import paired_memorizer


@st.composite
def isolable_samples(draw):
    n, d = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(seeds()))
    while True:
        X = rng.standard_normal((n, d)) * rng.uniform(0.5, 2.0, size=(n, 1))
        if isolable(X).all():
            return X * draw(st.sampled_from([1e-6, 1.0, 1e6]))
        n = 1 + n // 2


@given(isolable_samples(), st.floats(0.0, 0.5))
def test_near_its_sample_a_pair_is_one_unit_along_it(X, share):
    sigma = share * float(np.linalg.norm(X, axis=1).min())
    W1, W2 = paired_memorizer(X, sigma)
    n = len(X)
    answers = X @ W1
    own = np.repeat(np.eye(n, dtype=bool), 2, axis=1)
    assert (answers[own] > 0).all()
    assert (answers[~own] < 0).all()
    for j, x in enumerate(X):
        pair = slice(2 * j, 2 * j + 2)
        jacobian = W2[:, pair] @ W1[:, pair].T
        expected = np.outer(x, x) / (x @ x + sigma**2)
        np.testing.assert_allclose(jacobian, expected, atol=1e-8 * float((W1[:, pair] ** 2).sum()))
        direction, _ = isolating_direction(X, j)
        second = W1[:, 2 * j + 1]
        np.testing.assert_allclose(second / np.linalg.norm(second), direction, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(W1, axis=0), np.linalg.norm(W2, axis=0), rtol=1e-12)


@given(isolable_samples())
@settings(max_examples=30)
def test_the_exact_loss_is_that_of_corollary_3_2(X):
    W1, _ = paired_memorizer(X, 0.0)
    sigma = float(np.abs(X @ W1 / np.linalg.norm(W1, axis=0)).min()) / 15
    W1, W2 = paired_memorizer(X, sigma)
    loss = expected_loss(W1, W2, X, sigma, 0.0)
    assert loss == pytest.approx(memorizing_loss(X, sigma), rel=1e-6)
    assert loss < sigma**2


@pytest.mark.parametrize("second", [[1.0, 1.0], [0.5, 2.0], [3.0, 0.1]])
def test_the_step_halves_the_nearest_response(second):
    X = np.array([[1.0, 0.0], second])
    W1, _ = paired_memorizer(X, 0.0)
    for j, x in enumerate(X):
        across = np.array([-x[1], x[0]])
        stepped, g = (column / (column @ across) for column in W1[:, 2 * j : 2 * j + 2].T)
        # The step is along x, so the parts across it agree once g·x = 1.
        step = (stepped @ x) / (g @ x) - 1
        expected = -(X[1 - j] @ g / (g @ x)) * (x @ x) / (2 * (x @ X[1 - j]))
        assert step == pytest.approx(min(1.0, expected), rel=1e-9)
