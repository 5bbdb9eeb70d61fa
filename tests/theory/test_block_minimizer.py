"""The block formula and its corollaries against dense matrices, loops, automatic differentiation and sampling."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics.objective import expected_loss
from tests.strategies import networks, noise_levels, rotations, seeds, separable_problems
from theory import block_minimizer as bm
from theory.separability import regular_simplex

CLUSTERS_OF_ONE = separable_problems(sizes=st.just(1))


def blocks_of(W, widths):
    return np.split(W, np.cumsum(widths)[:-1], axis=1)


@st.composite
def problems_with_empty_blocks(draw):
    """A separable problem in which some clusters have no unit."""
    problem = draw(separable_problems())
    return problem._replace(widths=[width * draw(st.integers(0, 3)) // 3 for width in problem.widths])


def frozen_objective(W1, W2, X, labels, widths, sigma, weight_decay):
    """The objective sample by sample in torch, with only the units of the sample's own cluster on."""
    owner = torch.tensor(np.repeat(np.arange(len(widths)), widths))
    total = weight_decay * ((W1**2).sum() + (W2**2).sum())
    for x, label in zip(torch.tensor(X), labels, strict=True):
        on = (owner == int(label)).double()
        denoiser = (W2 * on) @ W1.T
        total = total + (((denoiser @ x - x) ** 2).sum() + sigma**2 * (denoiser**2).sum()) / len(X)
    return total


@given(problems_with_empty_blocks())
def test_each_block_is_a_matrix_function_of_its_gram_matrix(problem):
    X, labels, widths, sigma, weight_decay = problem
    W = bm.block_weights(*problem)
    assert W.shape == (X.shape[1], sum(widths))
    for k, (block, width) in enumerate(zip(blocks_of(W, widths), widths, strict=True)):
        members = X[labels == k]
        values, vectors = np.linalg.eigh(members.T @ members)
        values, vectors = values[::-1], vectors[:, ::-1][:, :width]
        # (Λ − nλ)(Λ + n_kσ²)⁻¹ on the leading directions.
        gain = (values[:width] - len(X) * weight_decay) / (values[:width] + len(members) * sigma**2)
        gap = values[width - 1] - values[width] if 0 < width < len(values) else values[0]
        accuracy = 1e-13 * values[0] / max(gap, 1e-300) + 1e-15 * values[0] / values[max(width - 1, 0)] + 1e-12
        assert np.allclose(block @ block.T, (vectors * gain) @ vectors.T, rtol=0, atol=10 * accuracy)


@given(problems_with_empty_blocks())
def test_all_units_of_a_block_respond_equally_and_positively_to_the_mean(problem):
    W = bm.block_weights(*problem)
    for k, block in enumerate(blocks_of(W, problem.widths)):
        mean = problem.X[problem.labels == k].mean(axis=0)
        response = mean @ block
        assert np.allclose(response, np.sqrt(mean @ block @ block.T @ mean / max(1, len(response))), rtol=1e-9)
        assert (response > 0).all()


@given(st.data(), problems_with_empty_blocks())
def test_the_frozen_loss_has_no_slope_at_the_block_weights(data, problem):
    X, labels, widths, sigma, weight_decay = problem
    W = bm.block_weights(*problem)
    W1, W2 = (torch.tensor(W, requires_grad=True) for _ in range(2))
    frozen_objective(W1, W2, X, labels, widths, sigma, weight_decay).backward()
    scale = np.abs(X).max() ** 2
    for layer in (W1, W2):
        slope = layer.grad.numpy() if layer.grad is not None else np.zeros(1)
        assert np.abs(slope).max(initial=0) < 1e-11 * scale
    value = bm.frozen_loss(W, W, *problem)
    step1, step2 = (0.1 * step for step in data.draw(networks(X.shape[1], W.shape[1])))
    moved = [torch.tensor(W + step) for step in (step1, step2)]
    elsewhere = float(frozen_objective(*moved, X, labels, widths, sigma, weight_decay))
    assert bm.frozen_loss(W + step1, W + step2, *problem) == pytest.approx(elsewhere, rel=1e-11)
    assert elsewhere >= value - 1e-11 * scale


@given(st.data(), separable_problems())
def test_turning_the_data_turns_the_blocks_and_order_is_nothing(data, problem):
    X, labels, widths, sigma, weight_decay = problem
    # Leading directions only: the top eigenvalue of a tight cluster is isolated, the others may nearly meet.
    widths = [1] * len(widths)
    Q = data.draw(rotations(X.shape[1]))
    order = np.array(data.draw(st.permutations(range(len(X)))))
    W = bm.block_weights(X, labels, widths, sigma, weight_decay)
    assert np.allclose(bm.block_weights(X @ Q.T, labels, widths, sigma, weight_decay), Q @ W, atol=1e-9)
    assert np.allclose(bm.block_weights(X[order], labels[order], widths, sigma, weight_decay), W, atol=1e-9)


@given(CLUSTERS_OF_ONE)
def test_clusters_of_one_sample_give_the_memorising_weights(problem):
    X, labels, widths, sigma, weight_decay = problem
    W = bm.memorizing_weights(X, sigma, weight_decay)
    order = np.argsort(labels)
    assert np.allclose(bm.block_weights(*problem), W[:, order], rtol=1e-10, atol=1e-12)
    for x, column in zip(X, W.T, strict=True):
        squared = math.fsum(c * c for c in x.tolist())
        scale = math.sqrt((squared - len(X) * weight_decay) / (squared**2 + sigma**2 * squared))
        assert np.allclose(column, scale * x, rtol=1e-12, atol=0)
    assert widths == [1] * len(X)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_decay_limit_of_the_memorising_weights_is_excluded(n):
    X = 2.0 * np.eye(n)
    with pytest.raises(ValueError, match="weight_decay"):
        bm.memorizing_weights(X, 0.5, 4.0 / n)
    below = bm.memorizing_weights(X, 0.5, np.nextafter(4.0 / n, 0))
    assert (np.diag(below) > 0).all()


@pytest.mark.parametrize("share", [1 - 1e-9, 1 + 1e-9])
def test_the_decay_limit_of_a_block_is_its_last_eigenvalue(share):
    X = np.array([[2.0, 0.5], [2.0, -0.5], [-3.0, 0.0]])
    limit = 0.5  # Gram matrix of the first cluster: diag(8, 1/2).
    arguments = (X, np.array([0, 0, 1]), [2, 1], 0.3, share * limit / 3)
    if share < 1:
        assert np.linalg.eigvalsh(bm.block_weights(*arguments)[:, :2].T @ bm.block_weights(*arguments)[:, :2])[0] > 0
    else:
        with pytest.raises(ValueError, match="weight_decay must satisfy"):
            bm.block_weights(*arguments)


@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e2])
@pytest.mark.parametrize(("share", "accepted"), [(2.0, True), (1.005, True), (0.995, False), (0.0, False)])
def test_a_mean_across_its_block_is_refused(share, accepted, scale):
    """The limit is 1e-12 of the cluster's largest singular value, here √2.

    With offset c the leading direction is turned by 0.1c/1.98 from the first axis, where the mean is (c/2, 0.1).
    """
    offset = share * math.sqrt(2) * 1e-12 / (1 / 2 + 0.1**2 / 1.98)
    X = scale * np.array([[1.0 + offset, 0.1], [-1.0, 0.1]])
    if accepted:
        assert bm.block_weights(X, np.array([0, 0]), [1], 0.0, 0.0).shape == (2, 1)
    else:
        with pytest.raises(ValueError, match="mean has a component"):
            bm.block_weights(X, np.array([0, 0]), [1], 0.0, 0.0)


@given(st.integers(1, 5), st.integers(0, 5), noise_levels(), st.floats(0.1, 3.0), seeds(), st.floats(0.05, 2.0))
def test_a_duplicated_sample_is_stored_above_the_threshold(copies, others, sigma, norm, seed, share):
    n = copies + others
    x = np.random.default_rng(seed).standard_normal(3)
    x *= norm / np.linalg.norm(x)
    # The others, far larger, stay in their own block.
    X = np.concatenate([np.repeat(x[None], copies, axis=0), np.repeat(-1e3 * x[None], others, axis=0)])
    labels = np.repeat([0, 1], [copies, others])
    widths = [1] if others == 0 else [1, 1]
    weight_decay = share * copies * norm**2 / n
    threshold = bm.duplication_threshold(norm**2, n, weight_decay)
    assert threshold == pytest.approx(share * copies, rel=1e-12)
    if abs(share - 1) < 1e-9:
        return
    if copies > threshold:
        column = bm.block_weights(X, labels, widths, sigma, weight_decay)[:, 0]
        gain = (copies * norm**2 - n * weight_decay) / (copies * (norm**2 + sigma**2))
        assert column @ column == pytest.approx(gain, rel=1e-9)
        values = {bm.SQUARED_NORM: norm**2, bm.SIGMA: sigma, bm.WEIGHT_DECAY: weight_decay}
        symbolic = bm.DUPLICATED_GAIN.subs({**values, bm.COUNT: n, bm.MULTIPLICITY: copies})
        assert float(symbolic) == pytest.approx(gain, rel=1e-9)
    else:
        with pytest.raises(ValueError, match="weight_decay must satisfy"):
            bm.block_weights(X, labels, widths, sigma, weight_decay)


def test_the_symbols_by_hand():
    values = {bm.SQUARED_NORM: 3, bm.SIGMA: 2, bm.WEIGHT_DECAY: sp.Rational(1, 5), bm.COUNT: 7, bm.MULTIPLICITY: 4}
    assert bm.DUPLICATED_GAIN.subs(values) == sp.Rational(12 * 5 - 7, 5) / 28
    assert bm.MEMORIZING_SQUARED_SCALE.subs(values) == sp.Rational(15 - 7, 5) / 21
    assert bm.MEMORIZING_SAMPLE_LOSS.subs(values) == sp.Rational(12, 7)


@given(separable_problems())
def test_the_gate_margin_is_the_least_signed_distance(problem):
    X, labels, widths, _, _ = problem
    W = bm.block_weights(*problem)
    owner = [k for k, width in enumerate(widths) for _ in range(width)]
    distances = []
    for x, label in zip(X, labels, strict=True):
        for unit, column in zip(owner, W.T, strict=True):
            distance = float(x @ column) / math.sqrt(float(column @ column))
            distances.append(distance if unit == label else -distance)
    margin = bm.gate_margin(W, X, labels, widths)
    assert margin == pytest.approx(min(distances), rel=1e-10, abs=1e-12)
    assert bm.gate_margin(7 * W, X, labels, widths) == pytest.approx(margin, rel=1e-10, abs=1e-12)
    assert bm.gate_margin(W[:, :0], X, labels, [0] * len(widths)) == math.inf


@st.composite
def obtuse_samples(draw):
    """Samples with pairwise negative inner products, the vertices of a stretched simplex."""
    d = draw(st.integers(1, 6))
    n = draw(st.integers(1, d + 1))
    rng = np.random.default_rng(draw(seeds()))
    directions = np.eye(1, d) if n == 1 else regular_simplex(n, d)
    return rng.uniform(0.5, 2.0, (n, 1)) * directions @ draw(rotations(d))


def gate_distances(X):
    """t_ij with t_ii = ‖x_i‖ and t_ij = −x_i·x_j/‖x_j‖, by loops."""
    distance = lambda i, j: abs(sum(a * b for a, b in zip(X[i], X[j], strict=True))) / math.hypot(*X[j])  # noqa: E731
    return [[distance(i, j) for j in range(len(X))] for i in range(len(X))]


@given(obtuse_samples(), st.floats(0.02, 2.0))
def test_the_loss_gap_and_the_failure_bound_are_the_sums_they_say(X, sigma):
    distances = gate_distances(X.tolist())
    squares = [sum(sigma * math.exp(-t * t / (4 * sigma**2)) / math.sqrt(2) for t in row) ** 2 for row in distances]
    assert bm.memorizing_loss_gap(X, sigma) == pytest.approx(math.sqrt(sum(squares) / len(X)), rel=1e-9, abs=1e-300)
    failures = [sum(scipy.stats.norm.sf(t / sigma) for t in row) for row in distances]
    assert np.allclose(bm.one_hot_failure(X, sigma), failures, rtol=1e-9, atol=0)


@given(obtuse_samples(), st.floats(0.02, 2.0))
def test_the_exact_loss_lies_within_the_gap(X, sigma):
    W = bm.memorizing_weights(X, sigma, 0.0)
    exact, frozen = expected_loss(W, W, X, sigma, 0.0), bm.memorizing_loss(X, sigma)
    assert frozen == pytest.approx(bm.frozen_loss(W, W, X, np.arange(len(X)), [1] * len(X), sigma, 0.0), rel=1e-10)
    expected = sum(sigma**2 * s / (sigma**2 + s) for s in (X**2).sum(axis=1)) / len(X)
    assert frozen == pytest.approx(expected, rel=1e-10)
    assert abs(math.sqrt(exact) - math.sqrt(frozen)) <= bm.memorizing_loss_gap(X, sigma) + 1e-12


def test_one_hot_failures_stay_under_their_bound_and_near_it():
    """Frequencies over 400 000 draws, ±5 standard errors: false alarms 3·6e-7; the seed is fixed.

    With one rare gate per sample the union bound is nearly the probability itself.
    """
    X, sigma, draws = np.array([[1.0, 0.0], [-1.0, 0.3], [-0.3, -2.0]]), 0.35, 400_000
    W = bm.memorizing_weights(X, sigma, 0.0)
    bound = bm.one_hot_failure(X, sigma)
    rng = np.random.default_rng(5)
    for i, x in enumerate(X):
        active = (x + sigma * rng.standard_normal((draws, 2))) @ W > 0
        frequency = 1 - (active == np.eye(3, dtype=bool)[i]).all(axis=1).mean()
        error = 5 * math.sqrt(bound[i] * (1 - bound[i]) / draws)
        pairs = [scipy.stats.norm.sf(t / sigma) for t in gate_distances(X.tolist())[i]]
        # Bonferroni: P(∪) ≥ Σ P − Σ P(∩), and each intersection is at most the rarer of its two events.
        lower = sum(pairs) - sum(min(a, b) for a, b in itertools.combinations(pairs, 2))
        assert lower - error <= frequency <= bound[i] + error


@given(st.integers(1, 4), st.integers(1, 3), st.data(), noise_levels(), seeds())
def test_the_generalising_loss_is_that_of_the_matrices(d, clusters, data, sigma, seed):
    rng = np.random.default_rng(seed)
    widths = data.draw(st.lists(st.integers(0, d), min_size=clusters, max_size=clusters))
    spectra = rng.uniform(0.1, 3.0, (clusters, d)) * (rng.random((clusters, d)) < 0.8)
    mixing = rng.dirichlet(np.ones(clusters))
    expected = 0.0
    for weight, spectrum, width in zip(mixing, spectra, widths, strict=True):
        Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
        moment = (Q * spectrum) @ Q.T
        values, vectors = np.linalg.eigh(moment)
        kept = vectors[:, np.argsort(-values)[:width]]
        # The ridge regression of the kept coordinates on their noisy selves.
        inside = kept.T @ moment @ kept
        denoiser = kept @ inside @ np.linalg.pinv(inside + sigma**2 * np.eye(width), rcond=1e-9) @ kept.T
        left = np.eye(d) - denoiser
        expected += weight * (np.trace(left @ moment @ left.T) + sigma**2 * (denoiser**2).sum())
    assert bm.generalizing_loss(spectra, mixing, widths, sigma) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_mixing_may_miss_one_by_rounding_only():
    spectra, widths = np.ones((2, 1)), [1, 1]
    assert bm.generalizing_loss(spectra, np.array([0.5, 0.5 + 0.995e-9]), widths, 1.0) == pytest.approx(0.5)
    for off in (1.005e-9, -1.005e-9):
        with pytest.raises(ValueError, match="mixing must be >= 0 and sum to 1"):
            bm.generalizing_loss(spectra, np.array([0.5, 0.5 + off]), widths, 1.0)


@given(st.integers(1, 8), seeds(), st.sampled_from(["generic", "aligned", "nearly aligned", "opposite"]))
def test_the_rotation_spreads_a_response_equally(p, seed, kind):
    rng = np.random.default_rng(seed)
    ones = np.ones(p)
    generic = rng.standard_normal(p)
    response = {"generic": generic, "aligned": ones, "nearly aligned": ones + 1e-9 * generic, "opposite": -ones}[kind]
    response = response * 10.0 ** rng.uniform(-6, 6)
    turn = bm.aligning_rotation(response)
    assert np.allclose(turn @ turn.T, np.eye(p), atol=1e-12)
    assert np.allclose(turn @ response, np.linalg.norm(response) / math.sqrt(p), rtol=1e-9)
