"""The losses of partial memorisers that the sweep measures, by the posterior mean and at the ends of ψ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.sweeps.partial_memorizer import N, clusters, losses
from theory.mixture_denoiser import posterior_mean


@settings(max_examples=20)
@given(st.integers(2, 12), st.integers(1, 6), st.floats(0.05, 20.0), st.integers(0, 1000), st.data())
def test_losses_are_those_of_the_posterior_means(count, d, snr, seed, data):
    kept = data.draw(st.integers(1, count - 1))
    X = np.random.default_rng(seed).standard_normal((count, d))
    excess, left_out = losses(X, kept, snr, seed)
    t = float(1 / np.sqrt(1 + snr))
    noise = np.random.default_rng([seed, d, kept]).standard_normal(X.shape)
    noisy = np.sqrt(1 - t**2) * X + t * noise
    partial, whole = (posterior_mean(noisy, t, X[:size], 0.0) for size in (kept, count))
    assert excess == pytest.approx(((partial - whole) ** 2).sum() / ((count - kept) * d), rel=1e-7, abs=1e-9)
    assert left_out == pytest.approx(((partial - X)[kept:] ** 2).sum() / ((count - kept) * d), rel=1e-7, abs=1e-9)


def test_no_noise_leaves_the_nearest_kept_sample_and_noise_alone_the_average():
    X = clusters(6, 3)
    assert X.shape == (N, 6)
    squared = ((X[20:, None] - X[:20]) ** 2).sum(axis=2).min(axis=1)
    excess, left_out = losses(X, 20, 1e12, 0)
    assert excess == pytest.approx(squared.mean() / 6)
    assert left_out == pytest.approx(excess)
    away = ((X[20:] - X[:20].mean(axis=0)) ** 2).sum(axis=1).mean() / 6
    assert losses(X, 20, 1e-12, 0)[1] == pytest.approx(away, rel=1e-4)
