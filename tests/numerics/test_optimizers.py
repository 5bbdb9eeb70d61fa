"""Steps of a stack against torch.optim, network by network; what an optimiser refuses."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.optimizers import NAMES, Optimizer, memory, step_


def reference(optimizer: Optimizer, W: torch.Tensor) -> torch.optim.Optimizer:
    """The optimiser of torch with the same rule; its AdamW decays elsewhere and its step on the data is Adam's."""
    rate = optimizer.learning_rate
    if optimizer.name == "sgd":
        return torch.optim.SGD([W], lr=rate, momentum=optimizer.momentum)
    if optimizer.name == "rmsprop":
        return torch.optim.RMSprop([W], lr=rate, momentum=optimizer.momentum)
    return torch.optim.Adam([W], lr=rate)


@settings(max_examples=40)
@given(
    st.sampled_from(NAMES),
    st.floats(1e-3, 1.0),
    st.sampled_from([0.0, 0.5, 0.9]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(0, 2**32 - 1),
)
def test_each_network_moves_as_torch_would_move_it_alone(name, rate, momentum, B, d, p, seed):
    generator = torch.Generator().manual_seed(seed)
    W, *gradients = torch.randn(6, B, d, p, dtype=torch.float64, generator=generator)
    gradients[1][:, :, : p // 2] = 0.0
    # Each network at a rate of its own: the k-th at k + 1 times the first.
    factors = torch.arange(1, B + 1, dtype=torch.float64)[:, None, None]
    alone = [W[k].clone().requires_grad_() for k in range(B)]
    others = [reference(Optimizer(name, rate * (k + 1), momentum), alone[k]) for k in range(B)]
    past = memory(W)
    for gradient in gradients:
        step_(Optimizer(name, rate, momentum), W, gradient, past, rate * factors)
        for k, other in enumerate(others):
            alone[k].grad = gradient[k].clone()
            other.step()
    torch.testing.assert_close(W, torch.stack(alone).detach(), rtol=1e-12, atol=1e-12)


def test_memory_of_some_networks_goes_on_as_theirs():
    W, gradient = torch.randn(2, 3, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rate = torch.full((3, 1, 1), 0.1, dtype=torch.float64)
    some = torch.tensor([2, 0])
    past, whole = memory(W), W.clone()
    step_(Optimizer("adam"), whole, gradient, past, rate)
    part, memory_of_part = whole[some].clone(), past.at(some)
    step_(Optimizer("adam"), part, gradient[some], memory_of_part, rate[some])
    step_(Optimizer("adam"), whole, gradient, past, rate)
    torch.testing.assert_close(part, whole[some], rtol=0, atol=0)


def test_only_adamw_decays_the_weights_themselves():
    assert [Optimizer(name).decoupled for name in NAMES] == [False, False, True, False]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lion",), "name must be one of sgd, adam, adamw, rmsprop, got 'lion'"),
        (("sgd", 0.0), "learning_rate must be > 0, got 0.0"),
        (("sgd", float("nan")), "learning_rate must be finite"),
        (("sgd", 0.1, 1.0), "momentum must be < 1, got 1.0"),
        (("sgd", 0.1, -0.1), "momentum must be >= 0, got -0.1"),
    ],
)
def test_an_optimizer_that_is_none_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        Optimizer(*arguments)
