"""The exact objective against enclosures, sampling, the noiseless network and its own symmetries."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from numerics.objective import expected_loss, loss_and_gradient
from proofs_check.ball_integrals import expected_loss_ball
from theory.block_minimizer import memorizing_weights


def on_grid(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normal numbers rounded to multiples of 2^-10, so that steps of 2^-20 are exact in double precision."""
    return np.round(rng.standard_normal(shape) * 1024) / 1024


def degenerate(rng: np.random.Generator, W: np.ndarray) -> np.ndarray:
    """Zero, repeated, opposite or rescaled columns, in place of some columns of W (d, p)."""
    W = W.copy()
    for column in range(1, W.shape[1]):
        factor = rng.choice([np.nan, np.nan, 0.0, 1.0, -1.0, 2.0, -0.5, 3.0])
        if not np.isnan(factor):
            W[:, column] = factor * W[:, column - 1]
    return W


def random_problem(k: int, stream: int):
    """Problem k of a stream: d, n, p of every size down to 1, low rank, degenerate columns, σ from 0.1 to 2."""
    rng = np.random.default_rng([stream, k])
    n, d, p = rng.integers(1, 5), rng.integers(1, 6), rng.integers(1, 5)
    rank = rng.integers(1, min(n, d) + 1)
    X = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d))
    W1, W2 = rng.standard_normal((2, d, p))
    if k % 2:
        W1 = degenerate(rng, W1)
    if k % 3 == 0:
        W2 = degenerate(rng, W2)
    return W1, W2, X, float(10 ** rng.uniform(-1, 0.3)), float(rng.choice([0.0, 0.05, 1.0]))


@st.composite
def problems(draw):
    """Small problems with p = 0, zero columns, duplicates and σ = 0 among them."""
    n, d, p = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    W1, W2, X = on_grid(rng, d, p), on_grid(rng, d, p), on_grid(rng, n, d)
    if draw(st.booleans()):
        W1 = degenerate(rng, W1)
    return W1, W2, X, draw(st.sampled_from([0.0, 0.01, 0.5, 3.0])), draw(st.sampled_from([0.0, 0.1, 2.0]))


def noiseless_loss(W1, W2, X, weight_decay):
    output = np.maximum(X @ W1, 0) @ W2.T
    return ((output - X) ** 2).sum() / len(X) + weight_decay * ((W1**2).sum() + (W2**2).sum())


def sampled_loss(rng, W1, W2, X, sigma, weight_decay, draws=40_000):
    """Mean and standard error of the data term over antithetic noise, plus the decay."""
    noise = sigma * rng.standard_normal((draws, *X.shape))
    errors = [((np.maximum((X + sign * noise) @ W1, 0) @ W2.T - X) ** 2).sum(-1).mean(-1) for sign in (1, -1)]
    value = (errors[0] + errors[1]) / 2
    decay = weight_decay * ((W1**2).sum() + (W2**2).sum())
    return value.mean() + decay, value.std(ddof=1) / np.sqrt(draws)


def test_loss_agrees_with_sampling_on_fifty_problems():
    """z = (sampled − exact)/standard error is close to N(0, 1): max |z| < 5 and Σz² below its 1 − 1e-6 quantile.

    For Gaussian z the false-alarm rate is 50·5.7e-7 + 1e-6 = 3e-5; the seeds are fixed.
    """
    scores = []
    for k in range(50):
        problem = random_problem(k, stream=1)
        value, error = sampled_loss(np.random.default_rng([2, k]), *problem)
        exact = expected_loss(*problem)
        if error > 1e-12 * exact:
            scores.append((value - exact) / error)
        else:
            # Every unit is dead in the decoder: no randomness is left.
            assert value == pytest.approx(exact, rel=1e-12)
    assert len(scores) > 40
    assert 50 * 2 * norm.sf(5) < 3e-5
    assert np.max(np.abs(scores)) < 5
    assert np.sum(np.square(scores)) < chi2.isf(1e-6, len(scores))


@pytest.mark.parametrize("k", range(20))
def test_loss_lies_within_1e12_of_its_enclosure(k):
    problem = random_problem(k, stream=3)
    ball = expected_loss_ball(*problem)
    assert float(ball.rad()) < 1e-15 * float(ball.mid())
    assert expected_loss(*problem) == pytest.approx(float(ball.mid()), rel=1e-12, abs=0)
    assert loss_and_gradient(*problem)[0] == pytest.approx(float(ball.mid()), rel=1e-12, abs=0)


def test_enclosure_rejects_a_loss_that_is_wrong_in_the_tenth_digit():
    W1, W2, X, sigma, weight_decay = random_problem(4, stream=3)
    value = float(expected_loss_ball(W1, W2, X, sigma, weight_decay).mid())
    assert expected_loss(W1, W2, X, sigma * (1 + 1e-10), weight_decay) != pytest.approx(value, rel=1e-12, abs=0)


def test_pairs_of_nearly_parallel_columns_keep_every_digit():
    rng = np.random.default_rng(8)
    X, W2 = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    for gap in (1e-2, 1e-4, 1e-7, 1e-9, 1e-14):
        w = rng.standard_normal(3)
        W1 = np.array([w, w + gap * rng.standard_normal(3), -w, -1.7 * w + gap * rng.standard_normal(3)]).T
        ball = expected_loss_ball(W1, W2, X, 0.7, 0.0)
        assert expected_loss(W1, W2, X, 0.7, 0.0) == pytest.approx(float(ball.mid()), rel=1e-12, abs=0)


@pytest.mark.parametrize("k", range(32))
def test_gradient_agrees_with_differences_of_enclosures(k):
    """Central differences with exact steps of 2^-30 along random directions: truncation near 1e-18 relative.

    Every fourth problem has parallel columns, where the loss is still twice differentiable. The noise goes down to
    where gates are 40 deviations from their thresholds.
    """
    rng = np.random.default_rng([5, k])
    n, d, p = rng.integers(1, 3), rng.integers(1, 4), rng.integers(1, 4)
    X, W1, W2 = on_grid(rng, n, d), on_grid(rng, d, p), on_grid(rng, d, p)
    sigma, weight_decay = [0.5, 1.5, 0.2, 0.0625][k % 4], [0.0, 0.1][k // 4 % 2]
    if k % 4 == 3 and p > 1:
        W1[:, 1] = [1, -1, 2][k // 4 % 3] * W1[:, 0]
    _, grad_W1, grad_W2 = loss_and_gradient(W1, W2, X, sigma, weight_decay)
    step = 2.0**-30
    for layer, gradient in ((0, grad_W1), (1, grad_W2)):
        direction = on_grid(rng, d, p)
        ends = []
        for sign in (1, -1):
            moved = [W1.copy(), W2.copy()]
            moved[layer] += sign * step * direction
            ends.append(expected_loss_ball(*moved, X, sigma, weight_decay))
        slope = float((ends[0] - ends[1]) / (2 * step))
        scale = np.linalg.norm(gradient) * np.linalg.norm(direction) + 1e-3
        assert abs((gradient * direction).sum() - slope) < 1e-12 * scale


@pytest.mark.parametrize("k", range(12))
def test_loss_keeps_its_digits_with_gates_far_from_their_thresholds(k):
    """Pre-activations of 3 to 40 deviations, nearly parallel columns among them."""
    W1, W2, X, _, weight_decay = random_problem(k, stream=7)
    if W1.shape[1] > 1:
        W1[:, 1] = W1[:, 0] + 10.0 ** -rng_power(k) * W1[:, 1]
    sigma = 1 / [3, 6, 9, 12, 20, 40][k % 6]
    value = float(expected_loss_ball(W1, W2, X, sigma, weight_decay).mid())
    assert expected_loss(W1, W2, X, sigma, weight_decay) == pytest.approx(value, rel=1e-12, abs=0)


@pytest.mark.parametrize("sigma", [0.1, 1e-2, 1e-3, 1e-5])
def test_a_loss_that_is_small_keeps_its_digits(sigma):
    """At the memorising weights the loss is about σ², far below the squares of the samples."""
    X = np.array([[1.0, 0.25, 0.0], [-1.0, 0.5, 0.25], [-0.25, -1.5, 0.5]])
    W = memorizing_weights(X, sigma, 0.0)
    value = float(expected_loss_ball(W, W, X, sigma, 0.0).mid())
    assert value < 2 * sigma**2 * len(X)
    assert expected_loss(W, W, X, sigma, 0.0) == pytest.approx(value, rel=1e-12, abs=0)


def rng_power(k: int) -> int:
    """How close to parallel two columns of problem k are, in digits."""
    return int(np.random.default_rng([11, k]).integers(0, 16))


def quadrature_loss(W1, W2, X, sigma, weight_decay) -> torch.Tensor:
    """The loss in torch operations that autograd differentiates: pairs by conditioning on one gate, 384 nodes.

    E[(α + u)_+ (β + v)_+] = ∫_{−α}^∞ (α + u)φ(u) τ[cΦ(c) + φ(c)] du, c = (β + ρu)/τ; good for |ρ| < 0.97.
    """
    x, w = np.polynomial.legendre.leggauss(16)
    nodes = torch.tensor(((np.arange(24)[:, None] + (x + 1) / 2) / 24).ravel())
    weights = torch.tensor(np.tile(w / 48, 24))

    def phi(t):
        return torch.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    def ramp(t):
        """E[(t + u)_+]"""
        return t * torch.special.ndtr(t) + phi(t)

    norms = torch.sqrt((W1 * W1).sum(0))
    s = sigma * norms
    alpha = X @ W1 / s
    h = s * ramp(alpha)
    square = s * s * ((alpha * alpha + 1) * torch.special.ndtr(alpha) + alpha * phi(alpha))
    total = (X * X).sum() - 2 * ((X @ W2) * h).sum() + (square @ (W2 * W2).sum(0)).sum()
    for a in range(W1.shape[1]):
        for b in range(a):
            rho = (W1[:, a] * W1[:, b]).sum() / (norms[a] * norms[b])
            tau = torch.sqrt(1 - rho * rho)
            low = torch.clamp(-alpha[:, a], -12.0, 12.0)[:, None]
            u = low + (12 - low) * nodes
            inner = tau * ramp((alpha[:, b, None] + rho * u) / tau)
            moment = (((alpha[:, a, None] + u) * phi(u) * inner) @ weights) * (12 - low[:, 0])
            total = total + 2 * s[a] * s[b] * (W2[:, a] * W2[:, b]).sum() * moment.sum()
    return total / len(X) + weight_decay * ((W1 * W1).sum() + (W2 * W2).sum())


@settings(max_examples=60)
@given(problem=problems())
def test_loss_and_gradient_agree_with_automatic_differentiation_of_quadrature(problem):
    W1, W2, X, sigma, weight_decay = problem
    sigma = max(sigma, 0.05)
    alive = (W1 != 0).any(0)
    units = W1[:, alive] / np.linalg.norm(W1[:, alive], axis=0)
    cosines = np.abs(units.T @ units - np.eye(units.shape[1]))
    assume(cosines.max(initial=0) < 0.97)
    # A unit of no weight has no gradient but that of the decay.
    leaves = [torch.tensor(W[:, alive], requires_grad=True) for W in (W1, W2)]
    value = quadrature_loss(*leaves, torch.tensor(X), sigma, weight_decay)
    if leaves[0].numel():
        value.backward()
    loss, *gradients = loss_and_gradient(W1, W2, X, sigma, weight_decay)
    dead = weight_decay * (W2[:, ~alive] ** 2).sum()
    assert loss == pytest.approx(float(value.detach()) + dead, rel=1e-9, abs=1e-9)
    for gradient, leaf, W in zip(gradients, leaves, (W1, W2), strict=True):
        np.testing.assert_array_equal(gradient[:, ~alive], 2 * weight_decay * W[:, ~alive])
        if leaf.grad is not None:
            np.testing.assert_allclose(gradient[:, alive], leaf.grad.numpy(), rtol=0, atol=1e-9 * (1 + abs(loss)))


def test_gradient_entry_by_entry_with_many_units():
    rng = np.random.default_rng(9)
    W1, W2, X = rng.standard_normal((2, 3, 6)), rng.standard_normal((2, 3, 6)), rng.standard_normal((4, 3))
    _, *gradients = loss_and_gradient(W1, W2, X, 0.6, 0.03)
    step = 2.0**-17
    for layer, gradient in enumerate(gradients):
        for index in np.ndindex(3, 6):
            ends = []
            for sign in (1, -1):
                moved = [W1.copy(), W2.copy()]
                moved[layer][:, *index] += sign * step
                ends.append(expected_loss(*moved, X, 0.6, 0.03))
            slope = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(gradient[:, *index], slope, rtol=1e-7, atol=1e-7)


@given(problem=problems())
def test_without_noise_the_loss_is_that_of_the_network(problem):
    W1, W2, X, _, weight_decay = problem
    expected = noiseless_loss(W1, W2, X, weight_decay)
    size = 1 + (X**2).sum() + (W1**2).sum() + (W2**2).sum()
    assert abs(expected_loss(W1, W2, X, 0.0, weight_decay) - expected) <= 1e-14 * size**3
    # Backpropagation through the noiseless network.
    loss, grad_W1, grad_W2 = loss_and_gradient(W1, W2, X, 0.0, weight_decay)
    hidden = np.maximum(X @ W1, 0)
    residual = hidden @ W2.T - X
    back = (residual @ W2) * (X @ W1 > 0)
    assert abs(loss - expected) <= 1e-14 * size**3
    np.testing.assert_allclose(grad_W2, 2 * residual.T @ hidden / len(X) + 2 * weight_decay * W2, atol=1e-14 * size**3)
    np.testing.assert_allclose(grad_W1, 2 * X.T @ back / len(X) + 2 * weight_decay * W1, atol=1e-14 * size**3)


def test_tiny_noise_joins_the_noiseless_loss():
    W1, W2, X, _, weight_decay = random_problem(2, stream=3)
    exact = expected_loss(W1, W2, X, 0.0, weight_decay)
    for sigma in (1e-9, 1e-160, 1e-310):
        assert expected_loss(W1, W2, X, sigma, weight_decay) == pytest.approx(exact, rel=1e-12)
        assert np.isfinite(loss_and_gradient(W1, W2, X, sigma, weight_decay)[1]).all()


@settings(max_examples=60)
@given(problem=problems())
def test_euler_identities(problem):
    """With λ = 0 the reconstruction is 1-homogeneous in each layer: both layers have the same radial derivative."""
    W1, W2, X, sigma, _ = problem
    loss, grad_W1, grad_W2 = loss_and_gradient(W1, W2, X, sigma, 0.0)
    size = 1 + abs(loss)
    np.testing.assert_allclose((W1 * grad_W1).sum(0), (W2 * grad_W2).sum(0), atol=1e-12 * size * 10)
    # L = q t² − 2 l t + c along W2 -> t W2, so that the derivative at 1 is 2 (q − l).
    half = expected_loss(W1, W2 / 2, X, sigma, 0.0)
    constant = (X**2).sum() / len(X)
    quadratic = 2 * (loss + constant - 2 * half)
    linear = (quadratic + constant - loss) / 2
    assert abs((W2 * grad_W2).sum() - 2 * (quadratic - linear)) <= 1e-11 * size


@settings(max_examples=60)
@given(problem=problems(), seed=st.integers(0, 2**32 - 1))
def test_permuting_units_and_samples_and_rescaling_units_change_nothing(problem, seed):
    W1, W2, X, sigma, weight_decay = problem
    rng = np.random.default_rng(seed)
    loss, grad_W1, grad_W2 = loss_and_gradient(W1, W2, X, sigma, weight_decay)
    order, rows = rng.permutation(W1.shape[1]), rng.permutation(len(X))
    moved = loss_and_gradient(W1[:, order], W2[:, order], X[rows], sigma, weight_decay)
    size = 1 + loss
    for found, expected in zip(moved, (loss, grad_W1[:, order], grad_W2[:, order]), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-11 * size)
    scale = 2.0 ** rng.integers(-3, 4, W1.shape[1])
    plain = loss_and_gradient(W1, W2, X, sigma, 0.0)
    scaled = loss_and_gradient(W1 * scale, W2 / scale, X, sigma, 0.0)
    assert scaled[0] == pytest.approx(plain[0], rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(scaled[1] * scale, plain[1], atol=1e-11 * (1 + plain[0]))
    np.testing.assert_allclose(scaled[2] / scale, plain[2], atol=1e-11 * (1 + plain[0]))


@given(problem=problems())
def test_zero_columns_add_nothing_but_their_decoder_decay(problem):
    W1, W2, X, sigma, weight_decay = problem
    dead = np.column_stack([W1, np.zeros(len(W1))])
    decoder = np.column_stack([W2, np.ones(len(W2))])
    loss, grad_W1, grad_W2 = loss_and_gradient(dead, decoder, X, sigma, weight_decay)
    alive, alive_W1, alive_W2 = loss_and_gradient(W1, W2, X, sigma, weight_decay)
    assert loss == pytest.approx(alive + weight_decay * len(W1), rel=1e-12)
    np.testing.assert_allclose(grad_W1, np.column_stack([alive_W1, np.zeros(len(W1))]), atol=1e-12 * (1 + loss))
    np.testing.assert_allclose(
        grad_W2, np.column_stack([alive_W2, np.full(len(W1), 2 * weight_decay)]), atol=1e-12 * (1 + loss)
    )
