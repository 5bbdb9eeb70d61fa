"""EM against automatic differentiation, against each fit alone, and at the ends M = 1 and M = N."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from sklearn.mixture import GaussianMixture

from numerics.mixture_fit import Mixtures, squared_distances
from numerics.mixture_likelihood import likelihood_step, maximum_likelihood
from tests.strategies import seeds


def clusters(N: int, d: int, K: int, variance: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((K, d))
    means *= np.sqrt(d) / np.linalg.norm(means, axis=1, keepdims=True)
    return means[rng.integers(K, size=N)] + np.sqrt(variance) * rng.standard_normal((N, d))


def minus_log_likelihood(X: np.ndarray, means: np.ndarray, variance: float) -> float:
    d = X.shape[1]
    squares = ((X[:, None] - means) ** 2).sum(2)
    terms = logsumexp(-squares / (2 * variance), axis=1) - np.log(len(means)) - d / 2 * np.log(2 * np.pi * variance)
    return -float(terms.mean())


@settings(max_examples=20)
@given(st.integers(2, 8), st.integers(1, 6), seeds(), st.floats(0.05, 3.0))
def test_loss_and_gradient_are_those_of_the_density(N, d, seed, variance):
    rng = np.random.default_rng(seed)
    M = int(rng.integers(1, N + 1))
    X, means = rng.standard_normal((2, N, d))
    used = np.arange(N) < M
    arrays = X, np.where(used[:, None], means, 0.0), np.float64(variance), used
    batch = Mixtures(*(torch.from_numpy(np.array(values))[None] for values in arrays))
    found = likelihood_step(batch)
    assert float(found.loss[0]) == pytest.approx(minus_log_likelihood(X, means[:M], variance), rel=1e-11, abs=1e-11)
    centres = torch.tensor(means[:M], requires_grad=True)
    level = torch.tensor(np.log(variance), dtype=torch.float64, requires_grad=True)
    exponents = -(torch.tensor(X)[:, None] - centres).square().sum(2) / (2 * level.exp())
    loss = d / 2 * level - torch.logsumexp(exponents, 1).mean()
    by_mean, by_level = torch.autograd.grad(loss, [centres, level])
    norm = np.sqrt(variance * float(by_mean.square().sum()) + float(by_level) ** 2)
    assert float(found.gradient_norm[0]) == pytest.approx(norm, rel=1e-8, abs=1e-11)


@settings(max_examples=10)
@given(st.integers(2, 6), seeds(), st.sampled_from(["samples", "elsewhere"]))
def test_em_never_loses_likelihood_and_ends_where_it_is_stationary(d, seed, start):
    X = clusters(20, d, 3, 0.3, seed)
    found = maximum_likelihood(X, [3, 5], seeds=[seed, seed + 1], start=start, tolerance=1e-7)
    assert found.converged.all()
    for k, count in enumerate([3, 5]):
        history = found.history[np.isfinite(found.history[:, k]), k]
        assert (np.diff(history) <= 1e-10 * (1 + np.abs(history[1:]))).all()
        means, variance = found.means[k, :count], float(found.variance[k])
        assert found.loss[k] == pytest.approx(minus_log_likelihood(X, means, variance), rel=1e-10)
        # No nearby point is better: a control of the gradient's size, on directions it knows nothing of.
        rng = np.random.default_rng(seed)
        for _ in range(5):
            step = 1e-2 * np.sqrt(variance) * rng.standard_normal(means.shape)
            ahead, behind = (minus_log_likelihood(X, means + sign * step, variance) for sign in (1, -1))
            assert ahead + behind - 2 * found.loss[k] > 0 or abs(ahead - behind) < 1e-6


def test_scikit_learn_does_not_improve_on_a_fit():
    X = clusters(60, 4, 3, 0.3, 1)
    found = maximum_likelihood(X, 3, seeds=[5], start="elsewhere")
    theirs = GaussianMixture(
        3, covariance_type="spherical", means_init=found.means[0], weights_init=np.full(3, 1 / 3),
        precisions_init=np.full(3, 1 / found.variance[0]), reg_covar=0.0, tol=1e-10, max_iter=1,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="did not converge"):
        theirs.fit(X)
    # One step of theirs moves the means nowhere; weights and variances are free there and fixed here.
    np.testing.assert_allclose(theirs.means_, found.means[0], atol=1e-6)


def test_one_component_is_mean_and_variance():
    X = clusters(9, 3, 2, 1.0, 0)
    found = maximum_likelihood(X, 1, seeds=[0, 1], start_variance=[1e-6, 4.0])
    assert found.converged.all()
    np.testing.assert_allclose(found.means, np.broadcast_to(X.mean(0), (2, 1, 3)), atol=1e-10)
    np.testing.assert_allclose(found.variance, X.var(axis=0).mean(), rtol=1e-8)


def test_fits_of_a_batch_are_their_own():
    X = np.stack([clusters(15, 4, 3, 0.5, seed) for seed in range(3)])
    counts = [4, 9, 12]
    found = maximum_likelihood(X, counts, seeds=[7, 8, 9])
    for k, count in enumerate(counts):
        alone = maximum_likelihood(X[k], count, seeds=[7 + k])
        np.testing.assert_allclose(alone.means[0], found.means[k, :count], atol=1e-9)
        assert alone.variance[0] == pytest.approx(found.variance[k], rel=1e-9)
        assert not found.means[k, count:].any()


@pytest.mark.parametrize("kind", ["as many means as samples", "duplicates", "one point"])
def test_an_unbounded_likelihood_is_reported(kind):
    X = clusters(12, 5, 3, 1.0, 3)
    count = 12
    if kind == "duplicates":
        X, count = np.concatenate([X[:6], X[:6]]), 6
    elif kind == "one point":
        X, count = np.ones((4, 5)), 2
    start = X[:count] if kind == "duplicates" else "samples"
    found = maximum_likelihood(X, count, seeds=[0], start=start, start_variance=1e-3)
    assert found.collapsed.all()
    assert not found.converged.any()
    assert found.variance[0] == 0.0
    assert found.loss[0] == -np.inf
    assert not maximum_likelihood(clusters(12, 5, 3, 1.0, 3), 11, seeds=[0]).collapsed.any()


def test_a_remote_component_does_not_pass_for_converged():
    X = clusters(10, 3, 1, 1.0, 0)
    start = np.concatenate([X.mean(axis=0, keepdims=True), np.full((1, 3), 1e3)])
    stuck = maximum_likelihood(X, 2, seeds=[0], start=start, steps=0)
    assert not stuck.converged.any()
    freed = maximum_likelihood(X, 2, seeds=[0], start=start, tolerance=1e-6)
    assert freed.converged.all()
    assert np.abs(freed.means).max() < 10


def test_too_few_steps_are_not_convergence():
    found = maximum_likelihood(clusters(30, 2, 3, 1.0, 2), 3, seeds=[0, 1], start="elsewhere", steps=2)
    assert not found.converged.any()
    assert (found.steps == 2).all()


def test_distances_are_those_of_scipy():
    points, centres = np.random.default_rng(0).standard_normal((2, 3, 5, 4))
    found = squared_distances(torch.tensor(points), torch.tensor(centres))
    np.testing.assert_allclose(found, ((points[:, :, None] - centres[:, None]) ** 2).sum(-1), atol=1e-12)
