"""The sampler against exact flows: one Gaussian in closed form, a mixture by Runge–Kutta; orders, guidance, seeds."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.denoiser_sampling import noise_levels, sample, starting_noise
from numerics.sampling import follow_flow
from theory.mixture_denoiser import posterior_mean


class Gaussians:
    """The exact posterior mean of N(m_label, s²I); the last mean is that of the null class."""

    start_level = 10.0

    def __init__(self, means, spread):
        self.means, self.variance = torch.from_numpy(means), spread**2
        self.shape, self.classes = (1, 1, means.shape[1]), len(means) - 1

    def __call__(self, x, sigma, label):
        mean, level = self.means[label][:, None, None], sigma[:, None, None, None] ** 2
        return (self.variance * x + level * mean) / (self.variance + level)


class Mixture:
    """The exact posterior mean of an equal mixture of N(m_i, s²I), without classes."""

    start_level = 10.0

    def __init__(self, means, spread):
        self.means, self.variance = means, spread**2
        self.shape, self.classes = (1, 1, means.shape[1]), 1

    def rows(self, y, sigma):
        # x_t = α x_0 + t z is the same posterior as y = x_t/α at σ = t/α.
        alpha = 1 / np.sqrt(1 + sigma**2)
        return posterior_mean(alpha * y, sigma * alpha, self.means, self.variance)

    def __call__(self, x, sigma, label):
        return torch.from_numpy(self.rows(x[:, 0, 0].numpy(), float(sigma[0])))[:, None, None]


def exact_end(start, mean, spread, high):
    """Where the flow of N(mean, s²) ends at σ = 0: distances to the mean shrink like √(s² + σ²)."""
    return mean + (start - mean) * spread / np.sqrt(spread**2 + high**2)


def largest_error(denoiser, end, steps, method, **levels):
    found = sample(denoiser, [0] * len(end), steps=steps, seed=3, method=method, **levels)
    return float(np.abs(found.numpy()[:, 0, 0] - end).max())


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 5), spread=st.floats(0.2, 2))
def test_errors_fall_with_the_order_of_the_method(seed, d, spread):
    rng = np.random.default_rng(seed)
    denoiser = Gaussians(rng.standard_normal((2, d)), spread)
    levels = {"sigma_min": 1e-4 * spread, "sigma_max": 20 * spread}
    start = starting_noise((4, 1, 1, d), 3).numpy()[:, 0, 0] * levels["sigma_max"]
    end = exact_end(start, denoiser.means.numpy()[0], spread, levels["sigma_max"])
    for method, factor, tolerance in (("heun", 4, 0.6), ("euler", 2, 0.25)):
        coarse, fine = (largest_error(denoiser, end, steps, method, **levels) for steps in (100, 200))
        assert abs(coarse / fine - factor) < tolerance
        assert fine < (0.02 if method == "heun" else 0.2) * np.abs(start).max() / 20


@settings(max_examples=2)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 4), count=st.integers(2, 5))
def test_the_mixture_ends_where_a_fine_flow_ends(seed, d, count):
    rng = np.random.default_rng(seed)
    denoiser = Mixture(rng.standard_normal((count, d)), 0.8)
    levels = {"sigma_min": 0.01, "sigma_max": 20.0}
    start = starting_noise((6, 1, 1, d), 3).numpy()[:, 0, 0] * 20
    flow = follow_flow(denoiser.rows, start, np.geomspace(20.0, 0.01, 150))
    end = denoiser.rows(flow, 0.01)
    coarse, fine = (largest_error(denoiser, end, steps, "heun", **levels) for steps in (25, 100))
    assert fine < 0.01
    # Four times as many steps of second order.
    assert 12 < coarse / fine < 24


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), weight=st.floats(0, 5), classes=st.integers(1, 4))
def test_guidance_moves_the_mean_away_from_that_of_the_null_class(seed, weight, classes):
    """Of equal variances, (1 + w)D(label) − wD(null) is the denoiser around (1 + w)m_label − w m_null."""
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((classes + 1, 3))
    labels = rng.integers(0, classes + 1, size=5)
    guided = (1 + weight) * means - weight * means[-1]
    found, alone = (
        sample(Gaussians(given_means, 0.5), labels, steps=10, seed=1, guidance=w)
        for given_means, w in ((means, weight), (guided, 0.0))
    )
    torch.testing.assert_close(found, alone)


def test_a_number_asks_for_the_null_class_and_samples_do_not_depend_on_their_number(monkeypatch):
    denoiser = Gaussians(np.arange(6.0).reshape(3, 2), 0.5)
    whole = sample(denoiser, 5, steps=4, seed=7)
    assert whole.shape == (5, 1, 1, 2)
    assert torch.equal(whole, sample(denoiser, [2] * 5, steps=4, seed=7))
    assert torch.equal(whole[:3], sample(denoiser, 3, steps=4, seed=7))
    assert not torch.equal(whole, sample(denoiser, 5, steps=4, seed=8))
    assert torch.equal(whole, sample(denoiser, 5, steps=4, seed=7, sigma_max=10.0))
    monkeypatch.setattr("numerics.denoiser_sampling._AT_ONCE", 2)
    torch.testing.assert_close(sample(denoiser, 5, steps=4, seed=7), whole)


@given(steps=st.integers(2, 50), low=st.floats(1e-3, 1), factor=st.floats(1.5, 1e3), rho=st.floats(1, 10))
def test_the_levels_are_those_printed(steps, low, factor, rho):
    found = noise_levels(steps, low, low * factor, rho).numpy()
    i = np.arange(steps)
    a, b = (low * factor) ** (1 / rho), low ** (1 / rho)
    np.testing.assert_allclose(found[:-1], (a + i / (steps - 1) * (b - a)) ** rho, rtol=1e-9)
    assert found[-1] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"method": "rk4"}, "method must be one of"),
        ({"steps": 0}, "steps must be >= 1"),
        ({"sigma_min": 0.0}, "sigma_min must be > 0"),
        ({"sigma_min": 50.0}, "sigma_min must be at most"),
        ({"rho": -1.0}, "rho must be > 0"),
        ({"guidance": -0.5}, "guidance must be >= 0"),
        ({"seed": -1}, "seed must be >= 0"),
        ({"labels": [3]}, r"labels must be a number of samples or classes 0 … 2"),
        ({"labels": [-1]}, "labels must be a number"),
        ({"labels": [0.5]}, "labels must be a number"),
        ({"labels": []}, "labels must be a number"),
        ({"labels": 0}, "labels must be >= 1"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    denoiser = Gaussians(np.zeros((3, 2)), 1.0)
    with pytest.raises(ValueError, match=words):
        inspect.unwrap(sample)(denoiser, **{"labels": [0], "seed": 0, **arguments})
