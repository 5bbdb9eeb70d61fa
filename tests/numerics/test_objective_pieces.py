"""The exact objective in pieces: batches, budgets of memory, and the kinds of its arguments."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from numerics import objective
from numerics.objective import expected_loss, loss_and_gradient
from numerics.problem import ARRAYS, pieces
from tests.numerics.test_objective import problems


@pytest.mark.parametrize("leading", [(), (1,), (5,), (2, 3), (0,), (2, 0)])
@pytest.mark.parametrize("p", [0, 1, 4])
@pytest.mark.parametrize("numbers", [1 << 17, 40, 1])
def test_leading_dimensions_are_separate_problems_whatever_the_pieces(leading, p, numbers):
    budget = numbers * 8 * ARRAYS
    rng = np.random.default_rng(3)
    W1, W2 = rng.standard_normal((2, *leading, 3, p))
    X = rng.standard_normal((5, 3))
    losses, grad_W1, grad_W2 = loss_and_gradient(W1, W2, X, 0.4, 0.1, memory_budget=budget)
    alone = expected_loss(W1, W2, X, 0.4, 0.1, memory_budget=budget)
    assert np.shape(losses) == np.shape(alone) == leading
    assert isinstance(alone, np.ndarray if leading else float)
    assert grad_W1.shape == grad_W2.shape == W1.shape
    np.testing.assert_allclose(losses, alone, rtol=1e-13)
    for index in np.ndindex(leading):
        single = loss_and_gradient(W1[index], W2[index], X, 0.4, 0.1)
        assert isinstance(single[0], float)
        for batch, value in zip((losses, grad_W1, grad_W2), single, strict=True):
            np.testing.assert_allclose(batch[index] if leading else batch, value, rtol=1e-12, atol=1e-13)


def test_pieces_cover_every_problem_and_sample_once_within_the_bound():
    limit = 1 << 17
    for batch, n, p in ((1, 1, 0), (3, 1000, 1), (1, 7, 300), (200, 50, 40), (2, 3, 2000), (1, 300_000, 2)):
        seen = np.zeros((batch, n), dtype=int)
        for problems_slice, rows in pieces(batch, n, p, limit):
            seen[problems_slice, rows] += 1
            problems_held, rows_held = seen[problems_slice, rows].shape
            assert problems_held * rows_held * p <= limit
            assert problems_held * p * p <= limit or problems_held == 1
        assert (seen == 1).all()


@settings(max_examples=40)
@given(problem=problems(), budget=st.integers(1, 1 << 18), scattered=st.sampled_from([0.0, 4.0, 1e9]))
def test_numbers_do_not_depend_on_pieces_kinds_or_the_way_pairs_are_gathered(problem, budget, scattered):
    W1, W2, X, sigma, weight_decay = problem
    expected = loss_and_gradient(*problem)
    tensors = [torch.tensor(array) for array in (W1, W2, X)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objective, "_SCATTERED", scattered)
        found = loss_and_gradient(*tensors, sigma, weight_decay, memory_budget=budget)
    size = 1 + abs(expected[0])
    for value, other in zip(found, expected, strict=True):
        assert isinstance(value, torch.Tensor)
        assert value.dtype == torch.float64
        assert not value.requires_grad
        np.testing.assert_allclose(value.numpy(), other, rtol=0, atol=1e-13 * size)
    lists = loss_and_gradient(W1.tolist(), W2, X.tolist(), sigma, weight_decay) if W1.shape[1] else expected
    assert isinstance(lists[0], float)
    for value, other in zip(lists, expected, strict=True):
        np.testing.assert_array_equal(value, other)


def test_what_the_kind_of_the_encoder_decides():
    rng = np.random.default_rng(12)
    W1, W2 = rng.standard_normal((2, 3, 4, 2))
    X = rng.standard_normal((5, 4))
    for array in (W1, W2, X):
        array.flags.writeable = False
    leaf = torch.tensor(W1, requires_grad=True)
    loss, grad_W1, _ = loss_and_gradient(leaf, W2, X, 0.5, 0.1)
    assert isinstance(loss, torch.Tensor)
    assert loss.shape == (3,)
    assert isinstance(grad_W1, torch.Tensor)
    assert leaf.grad is None
    single = expected_loss(leaf[0], W2[0], X, 0.5, 0.1)
    assert isinstance(single, torch.Tensor)
    assert single.shape == ()
    assert isinstance(expected_loss(leaf[0].float(), W2[0], X, 0.5, 0.1), torch.Tensor)
    assert isinstance(expected_loss(W1, torch.tensor(W2), torch.tensor(X), 0.5, 0.1), np.ndarray)
    # The arguments stay as they were, read-only arrays and views included.
    flipped = loss_and_gradient(W1[::-1], W2[::-1], X[::-1], 0.5, 0.1)
    np.testing.assert_allclose(flipped[0][::-1], loss.numpy(), rtol=1e-14)


class Meter(TorchDispatchMode):
    """Bytes of tensors alive that were made inside, and their peak."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[int, int] = {}
        self.live = self.peak = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and leaf.untyped_storage().data_ptr():
                storage = leaf.untyped_storage()
                self._hold(storage.data_ptr(), storage.nbytes())
                weakref.finalize(leaf, self._release, storage.data_ptr(), storage.nbytes())
        return result

    def _hold(self, pointer: int, size: int) -> None:
        self.owners[pointer] = self.owners.get(pointer, 0) + 1
        if self.owners[pointer] == 1:
            self.live += size
            self.peak = max(self.peak, self.live)

    def _release(self, pointer: int, size: int) -> None:
        self.owners[pointer] -= 1
        if not self.owners[pointer]:
            self.live -= size


@pytest.mark.parametrize("sigma", [0.3, 0.01])
@pytest.mark.parametrize(
    ("leading", "n", "d", "p"),
    [
        ((), 600, 4, 24),
        ((40,), 6, 4, 20),
        ((), 3000, 3, 5),
        ((), 40, 64, 40),
        ((200,), 1, 4, 20),
        ((9,), 20, 300, 3),
        ((9,), 200, 300, 3),
    ],
)
def test_memory_stays_within_its_budget_and_makes_use_of_it(leading, n, d, p, sigma):
    rng = np.random.default_rng(13)
    W1, W2 = rng.standard_normal((2, *leading, d, p))
    W1[..., 1] = W1[..., 0] + 1e-3 * W1[..., 1]
    X = rng.standard_normal((n, d))
    budget = 1 << 20
    with Meter() as meter:
        loss_and_gradient(W1, W2, X, sigma, 0.1, memory_budget=budget)
    held = (X.size + 5 * W1.size) * 8
    assert budget / 8 < meter.peak < budget + held, (meter.peak, held)
    assert meter.live == 0
