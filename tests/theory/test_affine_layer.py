"""Layers with biases: stored samples, the denoising error against sampling, blocks against their hyperplanes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from numerics.affine_objective import affine_loss
from numerics.objective import expected_loss
from tests.strategies import networks, rotations, sample_arrays, seeds
from theory.affine_layer import line_memorizer, line_memorizer_bound
from theory.linear_autoencoder import optimal_value
from theory.separated_blocks import (
    TILT,
    separated_blocks,
    separated_loss,
    separated_loss_gap,
    separating_hyperplane,
)


def output(layer, y):
    W1, b, W2, c = layer
    return np.maximum(y @ W1 + b, 0.0) @ W2.T + c


def spread_out(rng, n, d):
    """Samples and a direction on which they are 0.5 or more apart, in random order."""
    X, u = rng.standard_normal((n, d)), rng.standard_normal(d)
    u = u / np.linalg.norm(u)
    places = np.cumsum(rng.uniform(0.5, 2.0, n))[rng.permutation(n)]
    return X + np.outer(places - X @ u, u), u


@given(seeds(), st.integers(1, 7), st.integers(1, 5), st.floats(0.05, 0.95), st.floats(0.1, 10))
def test_between_its_ramps_the_line_memoriser_is_constant_and_on_them_a_mixture(seed, n, d, ramp, length):
    rng = np.random.default_rng(seed)
    X, u = spread_out(rng, n, d)
    layer = line_memorizer(X, length * u, ramp)
    assert layer.W1.shape == layer.W2.shape == (d, 2 * (n - 1))
    order = np.argsort(X @ u)
    along, ordered = (X @ u)[order], X[order]
    for t in rng.uniform(along[0] - 2, along[-1] + 2, 20):
        y = t * u + rng.standard_normal(d) @ (np.eye(d) - np.outer(u, u))
        expected = ordered[0].copy()
        for k in range(n - 1):
            gap = along[k + 1] - along[k]
            rise = np.clip(((t - along[k]) / gap - 0.5) / ramp + 0.5, 0, 1)
            expected += rise * (ordered[k + 1] - ordered[k])
        assert output(layer, y) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40)
@given(seeds(), st.integers(1, 6), st.integers(1, 4), st.floats(0.05, 0.9), st.floats(0.1, 0.6))
def test_its_error_is_the_chance_to_reach_a_ramp_at_most_and_that_of_its_farthest_step(seed, n, d, ramp, sigma):
    X, u = spread_out(np.random.default_rng(seed), n, d)
    bound = line_memorizer_bound(X, u, ramp, sigma)
    order = np.argsort(X @ u)
    along, plain = (X @ u)[order], 0.0

    for place, i in enumerate(order):
        farthest = max(((X[i] - x) ** 2).sum() for x in X)
        for neighbour in (place - 1, place + 1):
            if 0 <= neighbour < n:
                plain += farthest * norm.sf((1 - ramp) * abs(along[place] - along[neighbour]) / 2 / sigma) / n
    assert bound == pytest.approx(plain, rel=1e-9)
    assert affine_loss(*line_memorizer(X, u, ramp), X, sigma) <= bound + 1e-11


def test_two_samples_and_a_steep_ramp_attain_the_bound():
    X, u = np.array([[0.0, 1.0], [2.0, 0.5]]), np.array([2.0, 0.0])
    exact = affine_loss(*line_memorizer(X, u, 1e-4), X, 0.7)
    assert exact == pytest.approx(line_memorizer_bound(X, u, 1e-4, 0.7), rel=1e-3)


@given(st.data(), sample_arrays(st.integers(1, 4), st.integers(1, 4)), st.floats(0.05, 2.0))
def test_without_biases_the_exact_error_is_that_of_the_objective_about_the_centre(data, X, sigma):
    d = X.shape[1]
    W1, W2 = data.draw(networks(d, data.draw(st.integers(0, 4))))
    c = np.random.default_rng(data.draw(seeds())).standard_normal(d)
    expected = expected_loss(W1, W2, X - c, sigma, 0.0)
    assert affine_loss(W1, -c @ W1, W2, c, X, sigma) == pytest.approx(expected, rel=1e-9, abs=1e-11)


@settings(max_examples=10)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_the_exact_error_is_the_mean_of_sampled_ones(n, d, p):
    """Seven standard errors: false alarms once in 4e11 problems.

    Each gate turns within a deviation and a half of a sample: one that passes once in 1e6 draws would not be sampled.
    """
    rng = np.random.default_rng()
    X, W1, W2, c = (rng.standard_normal(shape) for shape in ((n, d), (d, p), (d, p), d))
    near = X[rng.integers(n, size=p)]
    b = 0.6 * np.linalg.norm(W1, axis=0) * rng.uniform(-1.5, 1.5, p) - (near * W1.T).sum(axis=1)
    x = X[rng.integers(n, size=40_000)]
    errors = ((output((W1, b, W2, c), x + 0.6 * rng.standard_normal(x.shape)) - x) ** 2).sum(axis=1)
    assert abs(errors.mean() - affine_loss(W1, b, W2, c, X, 0.6)) <= 7 * errors.std() / 200


@st.composite
def separated(draw):
    """Clusters around distinct places with hyperplanes between each of them and the rest."""
    rng = np.random.default_rng(draw(seeds()))
    d, clusters = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    labels = np.repeat(np.arange(clusters), draw(st.lists(st.integers(1, 4), min_size=clusters, max_size=clusters)))
    X = (3 * rng.standard_normal((clusters, d)) + 4)[labels] + 0.2 * rng.standard_normal((len(labels), d))
    try:
        planes = [separating_hyperplane(X, labels, k) for k in range(clusters)]
    except ValueError:
        planes = []
    assume(planes and min(plane.margin for plane in planes) > 0.1)
    order = rng.permutation(len(labels))
    widths = draw(st.lists(st.integers(0, 3), min_size=clusters, max_size=clusters))
    return X[order], labels[order], widths, planes


@settings(max_examples=40)
@given(st.data(), separated())
def test_the_hyperplane_splits_with_the_largest_margin_wherever_the_samples_lie(data, problem):
    X, labels, _, planes = problem
    d = X.shape[1]
    rng = np.random.default_rng(data.draw(seeds()))
    for k, (normal, offset, margin) in enumerate(planes):
        side = np.where(labels == k, 1.0, -1.0)
        assert np.linalg.norm(normal) == pytest.approx(1.0, abs=1e-12)
        assert (side * (X @ normal - offset)).min() == pytest.approx(margin, rel=1e-9)
        # No other direction does better: tried at random and close by.
        for other in np.vstack([rng.standard_normal((10, d)), normal + 0.05 * rng.standard_normal((10, d))]):
            along = X @ (other / np.linalg.norm(other))
            assert (along[labels == k].min() - along[labels != k].max()) / 2 <= margin + 1e-9
        turn, shift = data.draw(rotations(d)), 10 * rng.standard_normal(d)
        moved = separating_hyperplane(3 * X @ turn.T + shift, labels, k)
        assert moved.normal == pytest.approx(turn @ normal, abs=1e-5)
        assert moved.margin == pytest.approx(3 * margin, rel=1e-6)


@settings(max_examples=40)
@given(separated(), st.floats(0.0, 1.0))
def test_blocks_act_as_lemma_d1_about_each_mean_until_a_gate_is_reached(problem, sigma):
    X, labels, widths, planes = problem
    layer = separated_blocks(X, labels, widths, sigma)
    owner = np.repeat(np.arange(len(widths)), np.array(widths) + 2)
    assert layer.W1.shape == (X.shape[1], len(owner))
    distances = np.where(labels[:, None] == owner, 1.0, -1.0) * (X @ layer.W1 + layer.b)
    distances /= np.linalg.norm(layer.W1, axis=0)
    assert math.isclose((1 - TILT) / (1 + TILT / 2), 4 / 7)
    promised = 4 / 7 * np.array([plane.margin for plane in planes])[owner]
    assert (distances >= promised - 1e-9).all()
    # The untilted units stand a share of the margin on either side of the hyperplane.
    nearest = np.array([plane.margin for plane in planes]) * (1 - TILT)
    for k, plane in enumerate(planes):
        own = distances[:, np.flatnonzero(owner == k)[-2:]]
        assert own.min() == pytest.approx(nearest[k], rel=1e-6)
        assert own.min(axis=0).tolist() == pytest.approx([own.min()] * 2, rel=1e-6)
        members = X[labels == k]
        centred = members - members.mean(axis=0)
        noise = len(members) * sigma**2
        _, singular, axes = np.linalg.svd(centred, full_matrices=False)
        gains = np.where(singular > 1e-9, singular**2 / (singular**2 + noise + 1e-300), 0.0)[: widths[k]]
        expected = members.mean(axis=0) + (centred @ axes[: widths[k]].T * gains) @ axes[: widths[k]]
        assert output(layer, members) == pytest.approx(expected, abs=1e-8)
        assert plane.margin > 0


@settings(max_examples=40)
@given(separated(), st.floats(0.02, 0.5))
def test_their_error_is_the_lemmas_up_to_the_gates(problem, share):
    X, labels, widths, planes = problem
    sigma = share * min(plane.margin for plane in planes)
    claimed = separated_loss(X, labels, widths, sigma)
    plain = sum(
        optimal_value(X[labels == k] - X[labels == k].mean(axis=0), width, sigma, 0.0) for k, width in enumerate(widths)
    )
    assert claimed == pytest.approx(plain / len(X), rel=1e-12)
    layer = separated_blocks(X, labels, widths, sigma)
    exact = affine_loss(*layer, X, sigma)
    gap = separated_loss_gap(X, labels, widths, sigma)
    upper, lower = (np.sqrt(claimed) + gap) ** 2, max(np.sqrt(claimed) - gap, 0.0) ** 2
    assert lower - 1e-10 <= exact <= upper + 1e-10
    per_sample = [
        sum(
            np.linalg.norm(v)
            * np.linalg.norm(w)
            * sigma
            / np.sqrt(2)
            * np.exp(-((w @ x + bias) ** 2) / (w @ w) / 4 / sigma**2)
            for w, bias, v in zip(layer.W1.T, layer.b, layer.W2.T, strict=True)
        )
        for x in X
    ]
    assert gap == pytest.approx(np.sqrt(np.mean(np.square(per_sample))), rel=1e-6, abs=1e-300)


def test_with_gates_far_within_the_noise_every_unit_counts_in_full():
    X, labels = np.array([[0.0], [1e-3]]), np.array([0, 1])
    gap = separated_loss_gap(X, labels, [0, 0], 10.0)
    layer = separated_blocks(X, labels, [0, 0], 10.0)
    assert gap == pytest.approx((np.abs(layer.W2) * np.abs(layer.W1)).sum() * 10.0 / np.sqrt(2), rel=1e-6)


def test_no_hyperplane_no_block():
    with pytest.raises(ValueError, match="got none for cluster 1"):
        separated_blocks(np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 2]), [0, 0, 0], 0.1)
