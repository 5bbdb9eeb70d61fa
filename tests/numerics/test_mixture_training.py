"""Training against closed forms, against L-BFGS on fixed noise, and where it must say that it has not converged."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import mixture_training
from numerics.mixture_fit import Mixtures
from numerics.mixture_likelihood import maximum_likelihood
from numerics.mixture_loss import Levels, Points, certain_loss, drawn_loss, identify
from numerics.mixture_slope import measured_slope
from numerics.mixture_training import loss_levels, train
from numerics.sphere_mixture import draw_mixture
from tests.strategies import seeds

FEW = np.linspace(0.05, 0.95, 5)


def as_mixtures(X: np.ndarray, means: np.ndarray, variance: float) -> Mixtures:
    arrays = X, means, np.float64(variance), np.ones(len(means), dtype=bool)
    return Mixtures(*(torch.from_numpy(np.array(values))[None] for values in arrays))


def by_quasi_newton(X: np.ndarray, means: np.ndarray, variance: float, levels: Levels, draws: int):
    """L-BFGS on noise that is drawn once, a different one for each of the draws."""
    M, d = means.shape
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(draws, 1, len(X) * len(levels.sigma), d, generator=generator, dtype=torch.float64)

    def value(point: np.ndarray) -> tuple[float, np.ndarray]:
        batch = as_mixtures(X, point[:-1].reshape(M, d), float(np.exp(point[-1])))
        found = identify(batch, levels)
        points = Points.of(levels, torch.zeros_like(found.certain))
        loss, slope = 0.0, np.zeros_like(point)
        for one in noise:
            part = drawn_loss(batch, levels, found.nearest, points, one)
            loss += float(part.loss) / draws
            slope[:-1] += part.means.numpy().ravel() / draws
            slope[-1] += float(part.variance * batch.variance) / draws
        return loss, slope

    found = scipy.optimize.minimize(value, np.append(means.ravel(), np.log(variance)), jac=True, method="L-BFGS-B")
    return found.x[:-1].reshape(M, d), float(np.exp(found.x[-1]))


@settings(max_examples=3)
@given(st.integers(2, 8), st.integers(1, 6), seeds(), st.sampled_from(["snr", "one"]))
def test_one_component_learns_mean_and_variance(N, d, seed, weighting):
    X = draw_mixture(N, d, 2, 1.0, seed).X
    found = train(X, 1, seeds=[seed], weighting=weighting, grid=FEW)
    assert found.converged.all()
    scale = np.sqrt(X.var(axis=0).mean())
    np.testing.assert_allclose(found.means[0, 0], X.mean(axis=0), atol=0.02 * scale)
    assert found.variance[0] == pytest.approx(scale**2, rel=0.02)


def test_another_method_ends_at_the_same_minimum():
    X, levels = draw_mixture(14, 6, 3, 1.0, 3).X, loss_levels("snr", FEW, "cpu")
    ours = train(X, 9, seeds=[0], grid=FEW, tolerance=2e-3)
    assert ours.converged.all()
    start = maximum_likelihood(X, 9, seeds=[0])
    means, variance = by_quasi_newton(X, start.means[0], start.variance[0], levels, 40)
    assert ours.variance[0] == pytest.approx(variance, rel=0.02)
    assert np.linalg.norm(ours.means[0] - means, axis=1).max() < 0.2 * np.sqrt(6 * variance)
    slopes = measured_slope(as_mixtures(X, means, variance), levels, 1e-3, torch.Generator().manual_seed(1))
    assert float(slopes.loss) == pytest.approx(ours.loss[0], rel=0.03)


@pytest.mark.parametrize("size", [0.02, 0.1, 1.0, 30.0])
def test_noise_is_drawn_until_the_slope_is_told_from_nothing_at_any_scale(size):
    X, tolerance = draw_mixture(14, 6, 3, 1.0, 3).X, 0.02
    likely = maximum_likelihood(X, 9, seeds=[0])
    batch = as_mixtures(size * X, size * likely.means[0], size**2 * float(likely.variance[0]))
    found = measured_slope(batch, loss_levels("snr", FEW, "cpu"), tolerance, torch.Generator().manual_seed(1))
    beyond = found.norm > tolerance * found.loss + 3 * found.error
    assert bool(((found.error <= tolerance * found.loss) | beyond).all())
    # Draws double until then: the error of the last but one, at most twice this one, was too large.
    if size == 0.1:
        assert float(found.error / found.loss) > 0.6 * tolerance


def test_starts_decide_which_minimum():
    """From samples training ends beside the maximum of the likelihood that EM finds from there, from elsewhere not."""
    X = draw_mixture(16, 10, 3, 1.0, 0).X
    near = train(X, 12, seeds=[0], grid=FEW, tolerance=2e-3)
    far = train(X, 12, seeds=[0], grid=FEW, start="elsewhere", tolerance=2e-3)
    assert near.converged.all()
    assert far.converged.all()
    likely = maximum_likelihood(X, 12, seeds=[0])
    np.testing.assert_allclose(near.variance, likely.variance, rtol=0.03)
    assert (np.abs(np.log(far.variance / near.variance)) > 0.06).all()
    assert (np.abs(far.loss - near.loss) > 5 * far.gradient_error).all()


def test_the_start_is_not_stationary_and_too_few_steps_say_so():
    X = draw_mixture(12, 5, 3, 1.0, 1).X
    found = train(X, [8, 4], seeds=[0, 1], grid=FEW, steps=0)
    assert not found.converged.any()
    assert (found.gradient_norm > 1e-3 * found.loss).all()
    assert (found.steps == 0).all()
    assert found.variance == pytest.approx(1e-6)


@pytest.mark.parametrize("duplicated", [False, True])
def test_as_many_components_as_points_memorise(duplicated):
    X = 2 * draw_mixture(6, 8, 2, 1.0, 2).X
    samples = np.concatenate([X, X]) if duplicated else X
    found = train(samples, 6, seeds=[0], start=X + 0.01, start_variance=1e-3, grid=FEW)
    assert found.collapsed.all()
    assert found.variance[0] == 0
    np.testing.assert_allclose(found.means[0], X, atol=0.05)
    other = train(samples, 5, seeds=[0], start=X[:5], start_variance=1e-3, grid=FEW)
    assert not other.collapsed.any()


def test_padding_is_unused_and_problems_are_their_own():
    X = np.stack([draw_mixture(12, 10, 3, 1.0, seed).X for seed in range(2)])
    found = train(X, [7, 9], seeds=[5, 6], grid=FEW, tolerance=2e-3)
    assert found.converged.all()
    assert not found.means[0, 7:].any()
    alone = train(X[1], 9, seeds=[6], grid=FEW, tolerance=2e-3)
    assert alone.variance[0] == pytest.approx(found.variance[1], rel=0.03)


def test_batches_of_like_size_come_back_in_their_order(monkeypatch):
    """Each trained alone, the largest first: problems of one component have closed forms."""
    monkeypatch.setattr(mixture_training, "CHUNK", {"cpu": 1})
    X = np.stack([scale * draw_mixture(8, 5, 2, 1.0, seed).X for seed, scale in enumerate((1.0, 1.0, 2.0))])
    found = train(X, [1, 3, 1], seeds=[0, 1, 2], grid=FEW, tolerance=5e-3)
    assert found.means.shape == (3, 3, 5)
    for k in (0, 2):
        scale = np.sqrt(X[k].var(axis=0).mean())
        np.testing.assert_allclose(found.means[k, 0], X[k].mean(axis=0), atol=0.05 * scale)
        assert found.variance[k] == pytest.approx(scale**2, rel=0.05)
        assert not found.means[k, 1:].any()
    assert (found.history[0] > 0).all()


def test_the_reported_slope_is_that_of_much_fresh_noise():
    X, levels = draw_mixture(10, 4, 2, 1.0, 4).X, loss_levels("one", FEW, "cpu")
    batch = as_mixtures(X, X[:6], 0.3)
    slope = measured_slope(batch, levels, 1e-2, torch.Generator().manual_seed(0))
    found = identify(batch, levels)
    points = Points.of(levels, found.certain)
    noise = torch.randn(2000, 1, points.sample.shape[1], 4, dtype=torch.float64)
    parts = [drawn_loss(batch, levels, found.nearest, points, each) for each in noise]
    exact = certain_loss(batch, levels, found)
    by_mean = exact.means + torch.stack([part.means for part in parts]).mean(0)
    by_variance = exact.variance + torch.stack([part.variance for part in parts]).mean(0)
    norm = torch.sqrt((0.3 + FEW[0] ** 2) * by_mean.square().sum() + (0.3 * by_variance).square().sum())
    assert float(slope.norm) == pytest.approx(float(norm), abs=6 * float(slope.error))
    assert float(norm) > 3 * float(slope.error)
