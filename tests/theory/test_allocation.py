"""Allocation of units to blocks: against all compositions, by the loss of actual weights with frozen gates."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import noise_levels, sample_arrays, seeds
from theory.allocation import allocate, decay_crossover, marginal_gains, noise_crossover
from theory.block_minimizer import frozen_loss
from theory.linear_autoencoder import optimal_weights


@st.composite
def clustered(draw):
    """Any samples, any labels, σ and λ; nothing has to be separable, the gates are frozen."""
    X = draw(sample_arrays(n=st.integers(1, 6), d=st.integers(1, 4)))
    M = draw(st.integers(1, min(3, len(X))))
    rng = np.random.default_rng(draw(seeds()))
    labels = np.concatenate([np.arange(M), rng.integers(0, M, len(X) - M)])
    rng.shuffle(labels)
    decay = draw(st.just(0.0) | st.floats(0.001, 1.0)) * float((X**2).sum()) / len(X)
    return X, labels, draw(noise_levels()), decay


def loss_of_widths(X, labels, widths, sigma, weight_decay):
    """L of Lemma D.1's blocks by matrices, gates frozen."""
    n = len(X)
    blocks = [
        optimal_weights(X[labels == k], width, sigma, n * weight_decay / float((labels == k).sum()))
        for k, width in enumerate(int(width) for width in widths)
    ]
    W = np.concatenate(blocks, axis=1)
    return frozen_loss(W, W, X, labels, np.array(widths), sigma, weight_decay)


@given(clustered(), st.integers(0, 5))
@settings(max_examples=60)
def test_no_composition_does_better(problem, width):
    X, labels, sigma, weight_decay = problem
    M = labels.max() + 1
    widths = allocate(X, labels, width, sigma, weight_decay)
    compositions = [c for c in itertools.product(range(width + 1), repeat=M) if sum(c) <= width]
    losses = [loss_of_widths(X, labels, list(c), sigma, weight_decay) for c in compositions]
    scale = (X**2).mean() + 1e-300
    assert widths.sum() <= width
    assert loss_of_widths(X, labels, widths, sigma, weight_decay) <= min(losses) + 1e-12 * scale


@given(clustered())
@settings(max_examples=60)
def test_one_more_unit_lowers_the_loss_by_its_gain(problem):
    X, labels, sigma, weight_decay = problem
    gains = marginal_gains(X, labels, sigma, weight_decay)
    scale = (X**2).mean() + 1e-300
    for k, of_cluster in enumerate(gains):
        assert len(of_cluster) == min((labels == k).sum(), X.shape[1])
        assert (np.diff(of_cluster) <= 0).all()
        widths = [0] * len(gains)
        before = loss_of_widths(X, labels, widths, sigma, weight_decay)
        for gain in [*of_cluster, 0.0]:
            widths[k] += 1
            after = loss_of_widths(X, labels, widths, sigma, weight_decay)
            assert before - after == pytest.approx(gain, abs=1e-12 * scale)
            before = after


@given(clustered())
def test_no_unit_is_spent_on_nothing(problem):
    X, labels, sigma, weight_decay = problem
    gains = marginal_gains(X, labels, sigma, weight_decay)
    widths = allocate(X, labels, 100, sigma, weight_decay)
    assert widths.tolist() == [int((each > 0).sum()) for each in gains]
    assert allocate(X, labels, 0, sigma, weight_decay).tolist() == [0] * len(gains)


def test_equal_gains_go_to_the_smaller_label():
    X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert allocate(X, np.array([0, 1, 2]), 2, 0.1, 0.0).tolist() == [1, 1, 0]
    assert allocate(X, np.array([2, 1, 0]), 1, 0.1, 0.0).tolist() == [1, 0, 0]


# Λ = 4.5 from two samples against Λ = 4 from one: Λ²/n is 10.125 against 16.
TURNING = np.array([[1.5, 0.0], [1.5, 0.0], [0.0, 2.0]]), np.array([0, 0, 1])


def test_noise_turns_the_order():
    X, labels = TURNING
    crossover = noise_crossover([4.5, 4.0], [2, 1], 0.0)
    assert crossover is not None
    assert crossover**2 == pytest.approx(9 / 11.75)
    assert allocate(X, labels, 1, 0.99 * crossover, 0.0).tolist() == [1, 0]
    assert allocate(X, labels, 1, 1.01 * crossover, 0.0).tolist() == [0, 1]
    tensors = allocate(torch.tensor(X), torch.tensor(labels), 1, 1.01 * crossover, 0.0)
    assert tensors.dtype == np.int64
    assert tensors.tolist() == [0, 1]


def test_decay_turns_the_order():
    (X, labels), sigma = TURNING, 1.0
    crossover = decay_crossover([4.5, 4.0], [2, 1], sigma)
    assert crossover is not None
    assert allocate(X, labels, 1, sigma, 0.99 * crossover / 3).tolist() == [0, 1]
    assert allocate(X, labels, 1, sigma, 1.01 * crossover / 3).tolist() == [1, 0]


def gain(eigenvalue, size, sigma, decay):
    return max(eigenvalue - decay, 0.0) ** 2 / (eigenvalue + size * sigma**2)


@st.composite
def directions(draw):
    """Two eigenvalues that differ by at least 1 %, and two cluster sizes."""
    first = draw(st.floats(0.1, 10.0))
    eigenvalues = draw(st.permutations([first, first * draw(st.floats(1.01, 20.0))]))
    return eigenvalues, draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))


def orders(eigenvalues, sizes, levels):
    """Which of two directions gains more at each (σ, nλ); 0 where they differ by less than 1e-9 of their sum."""
    for sigma, decay in levels:
        first, second = (gain(*pair, sigma, decay) for pair in zip(eigenvalues, sizes, strict=True))
        yield 0 if abs(first - second) <= 1e-9 * (first + second) else int(np.sign(first - second))


@given(directions(), st.floats(0.0, 0.99))
@settings(max_examples=200)
def test_the_order_turns_once_with_noise(pair, share):
    eigenvalues, sizes = pair
    decay = share * min(eigenvalues)
    crossover = noise_crossover(eigenvalues, sizes, decay)
    if crossover is None:
        levels = [(sigma, decay) for sigma in (0.0, 1e-2, 0.1, 1.0, 10.0, 1e2, 1e6)]
        assert set(orders(eigenvalues, sizes, levels)) - {0} in ({1}, {-1})
    else:
        below, at, above = orders(
            eigenvalues, sizes, [(0.9 * crossover, decay), (crossover, decay), (1.1 * crossover, decay)]
        )
        assert at == 0
        assert below == -above or 0 in (below, above)
        assert below in (0, next(orders(eigenvalues, sizes, [(0.0, decay)])))


@given(directions(), st.floats(0.0, 3.0))
@settings(max_examples=200)
def test_the_order_turns_once_with_decay(pair, sigma):
    eigenvalues, sizes = pair
    crossover = decay_crossover(eigenvalues, sizes, sigma)
    largest = 1 if eigenvalues[0] > eigenvalues[1] else -1
    if crossover is None:
        levels = [(sigma, share * min(eigenvalues)) for share in (0.0, 0.3, 0.7, 0.99)]
        assert set(orders(eigenvalues, sizes, levels)) - {0} == {largest}
    else:
        assert 0 < crossover < min(eigenvalues)
        decays = [0.0, crossover, (crossover + min(eigenvalues)) / 2]
        before, at, after = orders(eigenvalues, sizes, [(sigma, decay) for decay in decays])
        assert before in (0, -largest)
        assert at == 0
        assert after == largest


def test_no_crossover():
    assert noise_crossover([4.5, 4.0], [2, 2], 0.3) is None
    assert noise_crossover([4.0, 4.0], [2, 1], 0.0) is None
    assert noise_crossover([4.5, 4.0], [2, 1], 4.0) is None
    assert noise_crossover([4.5, 4.0], [1, 2], 0.0) is None
    assert decay_crossover([4.5, 4.0], [2, 2], 0.3) is None
    assert decay_crossover([4.5, 4.0], [2, 1], 0.0) is None
    assert decay_crossover([4.0, 4.0], [2, 1], 0.5) is None


def test_crossovers_move_both_ways():
    first, second = noise_crossover([4.5, 4.0], [2, 1], 0.5), noise_crossover([4.0, 4.5], [1, 2], 0.5)
    assert first == pytest.approx(second)
    assert gain(4.5, 2, first, 0.5) == pytest.approx(gain(4.0, 1, first, 0.5), rel=1e-13)


def test_gates_are_not_looked_at():
    # The cluster's leading direction is across its mean: no unit is active on both members, yet it saves most.
    X, labels = np.array([[1.0, 2.0], [1.0, -2.0], [-2.5, 0.0]]), np.array([0, 0, 1])
    assert [float(3 * gains[0]) for gains in marginal_gains(X, labels, 0.0, 0.0)] == pytest.approx([8.0, 6.25])
    assert allocate(X, labels, 1, 0.0, 0.0).tolist() == [1, 0]
