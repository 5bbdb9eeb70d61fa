"""The denoising loss against automatic differentiation, and where no noise is drawn against any noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from numerics.mixture_fit import Mixtures
from numerics.mixture_loss import Identified, Levels, Points, certain_loss, drawn_loss, identify
from numerics.mixture_training import loss_levels
from tests.strategies import seeds


def mixtures(N: int, d: int, counts: list[int], variance: float, seed: int, spread: float = 1.0) -> Mixtures:
    """Means near samples, so that some pairs are certain and others not."""
    rng = np.random.default_rng(seed)
    B, M = len(counts), max(counts)
    X = rng.standard_normal((B, N, d)) * spread
    used = np.arange(M) < np.array(counts)[:, None]
    means = np.where(used[..., None], X[:, :M] + 0.3 * rng.standard_normal((B, M, d)), 0.0)
    return Mixtures(*(torch.from_numpy(np.array(a)) for a in (X, means, np.full(B, variance), used)))


def levels(ends: tuple[float, float] = (0.01, 1.0), count: int = 6) -> Levels:
    return loss_levels("snr", np.linspace(*ends, count), "cpu")


def by_hand(batch: Mixtures, its: Levels, nearest: Tensor, points: Points, noise: Tensor, controlled: bool):
    """Loss of the points one mixture at a time, straight from the definition; less the control where asked."""
    means, variance = batch.means.clone().requires_grad_(), batch.variance.clone().requires_grad_()
    losses = []
    for k in range(len(batch.X)):
        x0, alpha, sigma = batch.X[k][points.sample[k]], its.alpha[points.level[k]], its.sigma[points.level[k]]
        centres, V = means[k][batch.used[k]], alpha**2 * variance[k] + sigma**2
        x = alpha[:, None] * x0 + sigma[:, None] * noise[k]
        distances = (x[:, None] - alpha[:, None, None] * centres).square().sum(2)
        shares = torch.softmax(-distances / (2 * V[:, None]), dim=1)
        a, b = alpha * variance[k] / V, sigma**2 / V
        loss = (a[:, None] * x + b[:, None] * (shares @ centres) - x0).square().sum(1)
        if controlled:
            apart = x0 - means[k][nearest[k][points.sample[k]]]
            loss = loss - a**2 * sigma**2 * (noise[k].square().sum(1) - x0.shape[1])
            loss = loss + 2 * a * b * sigma * (apart * noise[k]).sum(1)
        losses.append((points.share[k] * loss).sum())
    total = torch.stack(losses)
    return total.detach(), *torch.autograd.grad(total.sum(), [means, variance])


@settings(max_examples=15)
@given(st.integers(2, 7), st.integers(1, 5), seeds(), st.floats(1e-4, 2.0))
def test_loss_and_gradient_by_automatic_differentiation(N, d, seed, variance):
    rng = np.random.default_rng(seed)
    batch, its = mixtures(N, d, [1, int(rng.integers(1, N + 1))], variance, seed), levels()
    found = identify(batch, its)
    points = Points.of(its, torch.zeros_like(found.certain))
    noise = torch.from_numpy(rng.standard_normal((2, points.sample.shape[1], d)))
    got = drawn_loss(batch, its, found.nearest, points, noise)
    wanted = by_hand(batch, its, found.nearest, points, noise, controlled=True)
    for one, other in zip(got, wanted, strict=False):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9 * (1 + float(other.abs().max())))


def test_the_control_leaves_the_expectation():
    """Mean over noise of what is taken off is 0 within 5 standard errors; a control of a wrong scale is not."""
    batch, its = mixtures(4, 3, [3], 0.2, 0), levels((0.2, 0.9), 4)
    found = identify(batch, its)
    points = Points.of(its, torch.zeros_like(found.certain))
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(300):
        noise = torch.from_numpy(rng.standard_normal((1, points.sample.shape[1], 3)))
        with_it = drawn_loss(batch, its, found.nearest, points, noise)
        without = by_hand(batch, its, found.nearest, points, noise, controlled=False)
        parts = zip(with_it, without, strict=False)
        rows.append(torch.cat([torch.cat([one.flatten(), other.flatten()]) for one, other in parts]).numpy())
    table = np.array(rows)
    sizes = [1, 9, 1]
    start = 0
    for size in sizes:
        with_it, without = table[:, start : start + size], table[:, start + size : start + 2 * size]
        apart = with_it - without
        error = apart.std(axis=0) / np.sqrt(len(table))
        assert (np.abs(apart.mean(axis=0)) <= 5 * error + 1e-12).all()
        assert error.max() > 0
        start += 2 * size


@settings(max_examples=15)
@given(st.integers(2, 12), st.integers(2, 12), seeds(), st.floats(1e-3, 0.3))
def test_certain_pairs_need_no_noise(N, d, seed, variance):
    batch, its = mixtures(N, d, [N, max(1, N - 2)], variance, seed, spread=3.0), levels()
    found = identify(batch, its)
    points = Points.of(its, ~found.certain)
    noise = torch.from_numpy(np.random.default_rng(seed).standard_normal((2, points.sample.shape[1], d)))
    exact, drawn = certain_loss(batch, its, found), drawn_loss(batch, its, found.nearest, points, noise)
    for one, other in zip(exact, drawn, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6 * (1 + float(other.abs().max())))


def test_pairs_that_are_not_certain_do_need_it():
    batch, its = mixtures(12, 3, [10], 0.1, 5), levels((0.3, 0.9), 4)
    found = identify(batch, its)
    assert not found.certain.all()
    points = Points.of(its, found.certain)
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal((1, points.sample.shape[1], 3)))
    claimed = certain_loss(batch, its, Identified(found.nearest, ~found.certain))
    assert abs(float(claimed.loss / drawn_loss(batch, its, found.nearest, points, noise).loss) - 1) > 0.01


def test_one_component_is_certain_and_every_pair_is_drawn_or_certain():
    batch, its = mixtures(5, 4, [1, 4], 0.1, 2, spread=2.0), levels()
    found = identify(batch, its)
    assert found.certain[0].all()
    points = Points.of(its, found.certain)
    for k in range(2):
        counted = points.share[k] > 0
        pairs = {(int(i), int(t)) for i, t in zip(points.sample[k][counted], points.level[k][counted], strict=True)}
        open_ = torch.nonzero(~found.certain[k] & (its.share > 0))
        assert pairs == {(int(i), int(t)) for i, t in open_}


@pytest.mark.parametrize("variance", [0.0, 1e-9])
def test_the_memoriser_has_no_loss_where_it_is_certain(variance):
    batch, its = mixtures(4, 10, [4], 1.0, 0, spread=5.0), levels((0.01, 0.3), 3)
    batch = batch._replace(means=batch.X, variance=torch.tensor([variance], dtype=torch.float64))
    found = identify(batch, its)
    assert found.certain.all()
    assert float(certain_loss(batch, its, found).loss) == pytest.approx(0.0, abs=1e-8)
