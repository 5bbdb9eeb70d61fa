"""Distance to the block formula: zero at its members, least over the turns, in agreement with the float formula."""

import numpy as np
import pytest
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs_check.ball_blocks import block_formula_distance
from proofs_check.balls import precision
from proofs_check.reduced_samples import reduced_samples
from theory.block_minimizer import block_weights


def exact(matrix):
    return arb_mat([[arb(float(value)) for value in row] for row in matrix])


def two_clusters(seed, members=4, d=5):
    rng = np.random.default_rng(seed)
    centre = np.eye(1, d)
    X = np.concatenate([sign * centre + 0.2 * rng.standard_normal((members, d)) for sign in (1, -1)])
    return X, np.repeat([0, 1], members), rng


def distance(X, labels, widths, sigma, weight_decay, W1, W2):
    """For weights in R^d: the part of them in the span of the samples is compared."""
    with precision(160):
        samples = reduced_samples(X)
        reduced = [exact(samples.coordinates(W)) for W in (W1, W2)]
        return block_formula_distance(samples, labels, widths, arb(sigma), arb(weight_decay), *reduced)


def turn(angle, sign):
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sign * sin], [sin, sign * cos]])


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.floats(0, 6.3), st.sampled_from([1, -1]), st.sampled_from([0.0, 0.3]))
def test_every_member_of_the_family_is_at_distance_zero(seed, angle, sign, sigma):
    X, labels, _ = two_clusters(seed)
    widths, weight_decay = [2, 1], 1e-4
    W = block_weights(X, labels, widths, sigma, weight_decay)
    turned = np.concatenate([W[:, :2] @ turn(angle, sign).T, -W[:, 2:]], axis=1)
    found = distance(X, labels, widths, sigma, weight_decay, turned, turned)
    # Rounding turns the last direction kept towards the next by 1e-16 over the gap of their eigenvalues.
    values = np.linalg.svd(X[labels == 0], compute_uv=False) ** 2
    rounding = 1e-14 + 3e-15 * values[0] / (values[1] - values[2])
    assert found < rounding
    for wrong in ({"sigma": sigma + 0.05}, {"weight_decay": 2e-3}):
        arguments = {"sigma": sigma, "weight_decay": weight_decay, **wrong}
        assert distance(X, labels, widths, W1=turned, W2=turned, **arguments) > 1e-5


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_it_is_the_least_distance_over_all_turns(seed):
    X, labels, rng = two_clusters(seed)
    W = block_weights(X, labels, [2, 2], 0.1, 1e-4)
    W1, W2 = (W + 0.05 * X.T @ np.linalg.pinv(X.T) @ rng.standard_normal(W.shape) for _ in range(2))
    found = distance(X, labels, [2, 2], 0.1, 1e-4, W1, W2)
    best = 0.0
    for k in (0, 2):
        B, own1, own2 = W[:, k : k + 2], W1[:, k : k + 2], W2[:, k : k + 2]
        # Procrustes: the singular value decomposition is another route to the nearest O.
        left, _, right = np.linalg.svd((own1 + own2).T @ B)
        nearest = B @ (left @ right).T
        best += ((own1 - nearest) ** 2).sum() + ((own2 - nearest) ** 2).sum()
    assert float(found.mid()) == pytest.approx(np.sqrt(best), rel=1e-9)
    assert float(found.rad()) < 1e-20


def test_duplicates_count_in_the_gain_and_empty_blocks_are_skipped():
    X = np.array([[1.0, 0.0], [1.0, 0.0], [-0.5, 0.75]])
    labels = np.array([0, 0, 1])
    W = block_weights(X, labels, [1, 1], 0.2, 0.05)
    assert distance(X, labels, [1, 1], 0.2, 0.05, W, W) < 1e-14
    assert distance(X, labels, [0, 1], 0.2, 0.05, W[:, 1:], W[:, 1:]) < 1e-14
    assert distance(X, labels, [1, 0], 0.2, 0.05, W[:, :1], W[:, :1]) < 1e-14
    # A single sample of the same norm in place of the pair has another gain.
    assert distance(X[1:], labels[1:], [1, 1], 0.2, 0.05, W, W) > 1e-3


def test_tiny_distances_are_resolved():
    X = np.array([[1.0, 0.0], [-0.5, 0.75]])
    labels = np.array([0, 1])
    with precision(320):
        samples = reduced_samples(X)
        gain = (arb(1) - 2 * arb("0.125")) / (1 + arb("0.25") ** 2)
        W = exact([[0.0, 0.0], [0.0, 0.0]])
        W[0, 0] = gain.sqrt() + arb("1e-40")
        W[0, 1], W[1, 1] = arb(-0.5), arb(0.75)
        size = arb("0.8125")
        scale = ((size - 2 * arb("0.125")) / (size + arb("0.0625")) / size).sqrt()
        W[0, 1], W[1, 1] = scale * W[0, 1], scale * W[1, 1]
        found = block_formula_distance(samples, labels, [1, 1], arb(0.25), arb(0.125), W, W)
        assert found.overlaps(arb(2).sqrt() * arb("1e-40"))
        assert found.rel_accuracy_bits() > 60


def test_what_it_cannot_tell_is_refused():
    X, labels, _ = two_clusters(1)
    with pytest.raises(ValueError, match=r"widths must be <= 2 for a certified distance, got widths\[0\] = 3"):
        distance(X, labels, [3, 1], 0.1, 1e-4, np.ones((5, 4)), np.ones((5, 4)))
    with pytest.raises(ValueError, match="weights must be near the block formula"):
        distance(X, labels, [2, 1], 0.1, 1e-4, np.zeros((5, 3)), np.zeros((5, 3)))
