"""Loss, gradient and Hessian in floats against enclosures in balls that share no code with them, on 200 problems."""

import numpy as np
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.curvature import hessian
from numerics.objective import expected_loss, loss_and_gradient
from proofs_check.ball_derivatives import Derivatives, network
from proofs_check.ball_integrals import expected_loss_ball
from proofs_check.balls import precision

ACCURACY = 1e-12


@st.composite
def problems(draw):
    """Up to three samples, coordinates and units, copies and parallel columns among them, tiny and large noise."""
    n, d, p = (draw(st.integers(1, 3)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X, W1, W2 = (rng.standard_normal(shape) for shape in ((n, d), (d, p), (d, p)))
    if draw(st.booleans()):
        X[-1] = X[0]
    if p > 1 and draw(st.booleans()):
        away = draw(st.sampled_from([0.0, 1e-9, 1e-3]))
        W1[:, 1] = W1[:, 0] * draw(st.sampled_from([1.0, -2.0])) + away * rng.standard_normal(d)
    sigma = draw(st.sampled_from([0.03125, 0.25, 1.0, 4.0]))
    return W1, W2, X, sigma, draw(st.sampled_from([0.0, 0.125]))


def exact(matrix):
    return arb_mat([[arb(float(value)) for value in row] for row in matrix])


def farthest(floats, balls):
    """Largest distance of a float from its enclosure, over the Euclidean size of the whole.

    Where all gates are closed (a size below 1e-6, for data of size 1) the rounding of μ/s alone costs more digits.
    """
    away = max(float(abs(arb(float(v)) - ball)) for v, ball in zip(np.ravel(floats), balls, strict=True))
    size = float(sum((ball * ball for ball in balls), arb(0)).mid()) ** 0.5
    return away / max(size, 1e-6)


@settings(max_examples=200)
@given(problems())
def test_loss_gradient_and_hessian_are_those_of_the_balls(problem):
    W1, W2, X, sigma, weight_decay = problem
    d, p = W1.shape
    with precision(128):
        loss = expected_loss_ball(*problem)
        rows = [[arb(float(value)) for value in row] for row in X]
        here = Derivatives(rows, [1] * len(X), network(exact(W1), exact(W2)), arb(sigma), arb(weight_decay))
        slopes = [entry for layer in here.gradient() for entry in layer.entries()]
        curved = here.hessian().tolist()
        assert max(float(ball.rad()) for row in curved for ball in row) < 1e-13
        # Balls are ordered by unit and then coordinate, floats the other way round.
        order = [layer * p * d + a * d + j for layer in range(2) for j in range(d) for a in range(p)]
        curvatures = [curved[i][j] for i in order for j in order]
        found = expected_loss(*problem)
        also_found, *gradient = loss_and_gradient(*problem)
        assert farthest([found], [loss]) < ACCURACY
        assert farthest([also_found], [loss]) < ACCURACY
        assert farthest(np.stack(gradient), slopes) < ACCURACY
        assert farthest(hessian(*problem), curvatures) < ACCURACY


def test_an_error_in_the_eleventh_digit_would_show():
    balls = [arb("0.1"), arb(2), arb(-1)]
    assert farthest([0.1, 2.0, -1.0], balls) < 1e-16
    assert farthest([0.1, 2.0 * (1 + 1e-11), -1.0], balls) > ACCURACY
    assert farthest([1e-9], [arb(0)]) > ACCURACY
