"""The mixture denoisers against Bayes' rule in many digits, Tweedie's identity by autodiff, and their own limits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import scipy.integrate
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import SIDES, rotations, sample_arrays, seeds
from theory.mixture_denoiser import (
    MEAN,
    NOISE,
    POINT,
    SHARED_DENOISER,
    SIGNAL,
    VARIANCE,
    posterior_mean,
    posterior_mean_general,
    posterior_mean_low_rank,
    responsibilities,
    signal,
)

INSIDE = st.floats(0.02, 0.98)
TIMES = INSIDE | st.sampled_from([0.0, 1e-200, 1e-9, 1e-3, 0.999, 1.0])
VARIANCES = st.just(0.0) | st.floats(0.01, 4.0)


def drawn_points(means, t, seed, rows=3):
    rng = np.random.default_rng(seed)
    picked = means[rng.integers(len(means), size=rows)]
    return math.sqrt(1 - t * t) * picked + (t + 0.1) * rng.standard_normal(picked.shape)


def drawn_factors(means, r, seed):
    return np.random.default_rng([seed, 1]).standard_normal((*means.shape, r))


def bayes(x, t, means, variance):
    """Posterior probabilities and mean with 60 digits, the prior of a component times its density, no shift."""
    with mpmath.workdps(60):
        alpha = mpmath.sqrt(1 - mpmath.mpf(t) ** 2)
        seen = alpha**2 * mpmath.mpf(variance) + mpmath.mpf(t) ** 2
        weights, posterior = [], []
        for mean in means.tolist():
            apart = [mpmath.mpf(a) - alpha * mpmath.mpf(m) for a, m in zip(x, mean, strict=True)]
            weights.append(mpmath.exp(-mpmath.fsum(a * a for a in apart) / (2 * seen)))
            posterior.append([m + alpha * variance / seen * a for m, a in zip(mean, apart, strict=True)])
        total = mpmath.fsum(weights)
        weights = [w / total for w in weights]
        columns = zip(*posterior, strict=True)
        return [float(w) for w in weights], [
            float(mpmath.fsum(w * c for w, c in zip(weights, column, strict=True))) for column in columns
        ]


@given(sample_arrays(), INSIDE, VARIANCES, seeds())
def test_weights_and_mean_are_those_of_bayes_rule(means, t, variance, seed):
    x = drawn_points(means, t, seed)
    weights, found = responsibilities(x, t, means, variance), posterior_mean(x, t, means, variance)
    # An exponent is as large as the squared distances over the variance, and so is its rounding.
    rounding = 1e-14 * (1 + ((x[:, None] - means) ** 2).sum(-1).max() / (t * t + (1 - t * t) * variance))
    for row, got, probabilities in zip(x.tolist(), found, weights, strict=True):
        expected, mean = bayes(row, t, means, variance)
        assert np.allclose(probabilities, expected, rtol=0, atol=rounding)
        assert np.allclose(got, mean, rtol=0, atol=rounding * (1 + np.abs(means).max() + np.abs(x).max()))


@given(sample_arrays(), INSIDE, st.integers(0, 3), VARIANCES, seeds())
def test_tweedie_by_automatic_differentiation_of_the_density(means, t, r, variance, seed):
    """E[X_0 | x] = (x + t²∇log p_t(x))/α_t, the density of X_t from torch's multivariate normal."""
    x = torch.tensor(drawn_points(means, t, seed), requires_grad=True)
    F = drawn_factors(means, r, seed)
    alpha, d = signal(t), means.shape[1]
    covariances = F @ F.transpose(0, 2, 1) + variance * np.eye(d)
    noisy = torch.tensor(alpha**2 * covariances + t * t * np.eye(d))
    densities = torch.distributions.MultivariateNormal(torch.tensor(alpha * means), noisy).log_prob(x[:, None])
    densities.logsumexp(1).sum().backward()
    assert x.grad is not None
    expected = (x.detach() + t * t * x.grad).numpy() / alpha
    points, largest = x.detach().numpy(), float(torch.linalg.cond(noisy).max())
    atol = 1e-11 * (1 + largest) * (1 + np.abs(points).max() ** 2 / t**2) / alpha
    assert np.allclose(posterior_mean_general(points, t, means, covariances), expected, rtol=0, atol=atol)
    assert np.allclose(posterior_mean_low_rank(points, t, means, F, variance), expected, rtol=0, atol=atol)


@given(sample_arrays(), TIMES, st.integers(0, 9), VARIANCES, seeds())
def test_woodbury_agrees_with_dense_covariances(means, t, r, variance, seed):
    x, F = drawn_points(means, t, seed), drawn_factors(means, r, seed)
    dense = posterior_mean_general(x, t, means, F @ F.transpose(0, 2, 1) + variance * np.eye(means.shape[1]))
    squares = np.sort(((x[:, None] - means) ** 2).sum(-1), axis=1)
    rounding = 1e-9 * (1 + squares.max()) / max(variance + t * t, 1e-3)
    found = posterior_mean_low_rank(x, t, means, F, variance)
    if variance + t > 0.1:
        assert np.allclose(found, dense, rtol=0, atol=rounding)
    assert np.isfinite(found).all()
    assert np.isfinite(dense).all()


@given(sample_arrays(), TIMES, VARIANCES, seeds())
def test_all_three_agree_where_they_mean_the_same(means, t, variance, seed):
    x = drawn_points(means, t, seed)
    shared = posterior_mean(x, t, means, variance)
    nothing = np.zeros((*means.shape, 1))
    # At small t and s² = 0 exponents are as large as 1/t², so that rounding decides near a bisector; stay off it.
    squares = np.sort(((x[:, None] - signal(t) * means) ** 2).sum(-1), axis=1)
    near = squares - squares[:, :1]
    clear = ((near < 1e-13) | (near > 1e-6 * (1 + squares))).all(axis=1) | (variance + t > 0.01)
    atol = 1e-10 * (1 + np.abs(x).max() + np.abs(means).max()) * (1 + squares.max() / max(variance + t * t, 1e-4))
    for found in (
        posterior_mean_low_rank(x, t, means, nothing, variance),
        posterior_mean_low_rank(x, t, means, nothing[..., :0], variance),
        posterior_mean_general(
            x, t, means, np.broadcast_to(variance * np.eye(means.shape[1]), (*means.shape, x.shape[1]))
        ),
    ):
        assert np.allclose(found[clear], shared[clear], rtol=0, atol=atol)


def test_quadrature_of_the_posterior_in_one_dimension():
    means, variance, t, x = np.array([[-1.0], [0.5], [2.0]]), 0.3, 0.6, 0.7

    def joint(x0: float) -> float:
        prior = np.exp(-((x0 - means[:, 0]) ** 2) / (2 * variance)).sum()
        return float(prior * math.exp(-((x - 0.8 * x0) ** 2) / (2 * t * t)))

    mass, first = (scipy.integrate.quad(lambda a, k=k: a**k * joint(a), -12, 12)[0] for k in (0, 1))
    assert posterior_mean(np.array([x]), t, means, variance)[0] == pytest.approx(first / mass, rel=1e-9)
    assert posterior_mean(np.array([x]), t, means, 1.1 * variance)[0] != pytest.approx(first / mass, rel=1e-3)


@given(st.data(), sample_arrays(), TIMES, VARIANCES, seeds())
def test_turning_everything_turns_the_answer(data, means, t, variance, seed):
    Q, F = data.draw(rotations(means.shape[1])), drawn_factors(means, 1, seed)
    x = drawn_points(means, t, seed)
    if variance + t > 0.1:
        scale = (1 + np.abs(x).max() + np.abs(means).max()) ** 3 / (variance + t * t)
        shared = posterior_mean(x @ Q.T, t, means @ Q.T, variance)
        assert np.allclose(shared, posterior_mean(x, t, means, variance) @ Q.T, atol=1e-12 * scale)
        turned = posterior_mean_low_rank(x @ Q.T, t, means @ Q.T, Q @ F, variance)
        assert np.allclose(turned, posterior_mean_low_rank(x, t, means, F, variance) @ Q.T, atol=1e-11 * scale)


@given(SIDES, TIMES, VARIANCES, st.integers(1, 4), seeds())
def test_one_component_or_copies_of_it_are_linear(d, t, variance, copies, seed):
    """M = 1: μ + α s²/(α²s² + t²)(x − αμ) exactly, and copies change nothing."""
    mean = np.random.default_rng(seed).standard_normal((1, d))
    x, alpha = drawn_points(mean, t, seed), math.sqrt(1 - t * t)
    seen = alpha**2 * variance + t * t
    expected = mean + (alpha * variance / seen if seen else 0.0) * (x - alpha * mean)
    many = np.repeat(mean, copies, axis=0)
    assert np.allclose(posterior_mean(x, t, many, variance), expected, rtol=0, atol=1e-12)
    assert np.allclose(responsibilities(x, t, many, variance), 1 / copies)
    covariances = np.repeat(variance * np.eye(d)[None], copies, axis=0)
    assert np.allclose(posterior_mean_general(x, t, many, covariances), expected, rtol=0, atol=1e-12)


@given(sample_arrays(), VARIANCES, seeds())
def test_both_ends_of_time(means, variance, seed):
    x = drawn_points(means, 0.5, seed)
    F = drawn_factors(means, 2, seed)
    average = np.broadcast_to(means.mean(axis=0), x.shape)
    assert np.allclose(posterior_mean(x, 1.0, means, variance), average, atol=1e-14 * (1 + np.abs(means).max()))
    found = posterior_mean_low_rank(x, 1.0, means, F, variance)
    assert np.allclose(found, average, atol=1e-13 * (1 + np.abs(means).max()))
    if variance > 0:
        assert np.array_equal(posterior_mean(x, 0.0, means, variance), x)
    else:
        squares = ((x[:, None] - means) ** 2).sum(-1)
        memorised = posterior_mean(x, 0.0, means, 0.0)
        for row, answer in zip(squares, memorised, strict=True):
            nearest = means[row <= row.min() + 1e-9]
            if np.ptp(nearest, axis=0).max() == 0:
                assert np.allclose(answer, nearest[0], rtol=0, atol=1e-14 * (1 + np.abs(means).max()))


@pytest.mark.parametrize(
    "denoise",
    [
        lambda t: posterior_mean(np.array([1.0, 0.0]), t, np.array([[0.0, 0], [2, 0], [2, 0]]), 0.0),
        lambda t: posterior_mean_low_rank(
            np.array([1.0, 0.0]), t, np.array([[0.0, 0], [2, 0], [2, 0]]), np.zeros((3, 2, 1)), 0.0
        ),
        lambda t: posterior_mean_general(
            np.array([1.0, 0.5]), t, np.array([[0.0, 0], [2, 1]]), np.stack([np.diag([1.0, 0]), np.diag([2.0, 0])])
        ),
        lambda t: posterior_mean_low_rank(
            np.array([1.0, 0.5]), t, np.array([[0.0, 0], [2, 1]]), np.array([[[1.0], [0]], [[-2.0], [0]]]), 0.0
        ),
        lambda t: posterior_mean_general(
            np.zeros(2), t, np.array([[0.0, 0], [0, 0], [1, 1]]), np.stack([np.eye(2), np.diag([1.0, 0]), np.eye(2)])
        ),
    ],
    ids=["two copies opposite", "by factors", "parallel supports", "parallel by factors", "the thinner wins"],
)
def test_ties_at_time_zero_are_limits(denoise):
    """Equally near supports: the value at t = 0, and where t² underflows, continues that at small t."""
    assert np.allclose(denoise(0.0), denoise(1e-4), rtol=0, atol=1e-6)
    assert np.array_equal(denoise(0.0), denoise(1e-170))


def test_shapes_and_blocks():
    rng = np.random.default_rng(0)
    means, x = rng.standard_normal((64, 128)), rng.standard_normal((3, 200, 128))
    F = rng.standard_normal((64, 128, 1))
    found = posterior_mean_low_rank(x, 0.5, means, F, 0.5)
    assert found.shape == x.shape
    # More rows than fit in one block.
    assert np.allclose(found[2, 150], posterior_mean_low_rank(x[2, 150], 0.5, means, F, 0.5), rtol=0, atol=1e-12)
    assert posterior_mean(x, 0.5, means, 0.5).shape == x.shape
    assert responsibilities(x[0, 0], 0.5, means, 0.5).shape == (64,)
    assert posterior_mean(x[:0], 0.5, means, 0.5).shape == (0, 200, 128)
    assert posterior_mean_low_rank(x[:0], 0.5, means, F, 0.5).shape == (0, 200, 128)


def test_the_symbols_by_hand():
    values = {POINT: 5, MEAN: 2, SIGNAL: sp.Rational(3, 5), NOISE: sp.Rational(4, 5), VARIANCE: 1}
    assert SHARED_DENOISER.subs(values) == 3 + sp.Rational(32, 25)
    assert signal(0.8) == pytest.approx(0.6, rel=1e-15)
    # √(1 − t²) by itself would lose half of its digits here.
    assert signal(1 - 2.0**-50) == pytest.approx(math.sqrt(2.0**-49), rel=1e-12)
