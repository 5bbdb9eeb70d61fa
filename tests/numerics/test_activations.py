"""Hooks: modules by name, shared and repeated calls, half precision, odd outputs, and that nothing is left behind."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from numerics.activations import codes, middle_layer, module_names, pooled, recorded


class Twice(nn.Module):
    """A layer under two names, called twice; an operation in place after it; outputs that are no tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.again = self.first
        self.pair = Pair()
        self.idle = nn.Linear(3, 3)
        self.numbers = Numbers()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.again(torch.relu_(self.first(x)))
        self.numbers(y)
        return self.pair(y)["second"]


class Pair(nn.Module):
    def forward(self, x: torch.Tensor) -> dict:
        return {"count": 3, "first": (torch.arange(3), -x), "second": 2 * x}


class Numbers(nn.Module):
    def forward(self, x: torch.Tensor) -> list:
        return [len(x)]


def hooks(network: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in network.modules())


@pytest.mark.parametrize("name", ["first", "again"])
def test_every_call_of_a_shared_module_is_kept_under_either_name_and_as_it_was(name):
    # Enough rows that some unit of some row is negative, whatever the weights.
    network, x = Twice(), torch.randn(200, 3)
    with recorded(network, [name, "pair"]) as kept:
        output = network(x)
    before = network.first(x)
    calls = [before, network.first(before.relu())]
    assert len(kept[name]) == 2
    # Not what the operation in place made of it.
    assert (before < 0).any()
    for found, expected in zip(kept[name], calls, strict=True):
        assert torch.equal(found, expected.detach())
        assert not found.requires_grad
    assert torch.equal(codes(kept[name], name, "flatten"), torch.cat(calls, dim=1))
    assert torch.equal(kept["pair"][0], -output / 2)
    assert hooks(network) == 0


@pytest.mark.parametrize(
    ("dtype", "kept_as"),
    [(torch.float16, torch.float32), (torch.bfloat16, torch.float32), (torch.float64, torch.float64)],
)
def test_half_precision_becomes_single_and_nothing_else_changes(dtype, kept_as):
    network = nn.Sequential(nn.Linear(3, 2)).to(dtype)
    x = torch.randn(4, 3, dtype=dtype)
    with recorded(network, ["0"]) as kept:
        output = network(x)
    assert output.dtype == dtype
    assert kept["0"][0].dtype == kept_as
    assert torch.equal(kept["0"][0], output.to(kept_as))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("frist", "near it are first"),
        ("", "its modules are"),
        ("zzz", "its modules are first, again, pair"),
    ],
)
def test_a_missing_layer_is_refused_with_those_near_it(name, words):
    network = Twice()
    with pytest.raises(ValueError, match="layer must name a module") as refused, recorded(network, ["first", name]):
        pytest.fail("the network would have run")
    assert words in str(refused.value)
    assert hooks(network) == 0


def test_hooks_go_when_the_network_or_a_hook_fails():
    network = Twice()
    with pytest.raises(RuntimeError), recorded(network, ["first"]):
        network(torch.randn(2, 4))
    assert hooks(network) == 0
    with pytest.raises(ValueError, match="'numbers', which puts out list"), recorded(network, ["first", "numbers"]):
        network(torch.randn(2, 3))
    assert hooks(network) == 0
    with recorded(network, ["idle"]) as kept:
        network(torch.randn(2, 3))
    with pytest.raises(ValueError, match="'idle', which was not called"):
        codes(kept["idle"], "idle", "mean")


@pytest.mark.parametrize("modules", [12, 13])
def test_of_many_modules_the_first_twelve_are_named(modules):
    network = nn.Sequential(*(nn.ReLU() for _ in range(modules)))
    with pytest.raises(ValueError, match="its modules are") as refused, recorded(network, ["zzz"]):
        pytest.fail("the network would have run")
    said = str(refused.value).split("its modules are ")[1]
    assert said == ", ".join(map(str, range(12))) + (", …" if modules > 12 else "")


@pytest.mark.parametrize("axes", [2, 3, 4, 5])
@settings(max_examples=10)
@given(data=st.data())
def test_pooling_keeps_samples_apart_and_averages_over_space_or_tokens(axes, data):
    shape = data.draw(st.lists(st.integers(2, 4), min_size=axes, max_size=axes))
    activation = torch.randn(shape, dtype=torch.float64)
    flat, mean = pooled(activation, "flatten"), pooled(activation, "mean")
    assert torch.equal(flat, activation.reshape(shape[0], -1))
    axes = {2: (), 3: (1,), 4: (2, 3), 5: (2, 3, 4)}[len(shape)]
    expected = activation.mean(dim=axes) if axes else activation
    assert mean.shape == (shape[0], shape[-1] if len(shape) == 3 else shape[1])
    assert torch.allclose(mean, expected)


def test_pooling_refuses_what_has_no_units():
    with pytest.raises(ValueError, match=r"at least one unit a sample, got shape \(3,\)"):
        pooled(torch.ones(3), "mean")
    with pytest.raises(ValueError, match=r"got shape \(3, 0\)"):
        pooled(torch.ones(3, 0), "flatten")


class Levelled(nn.Module):
    """A network whose level passes through modules of its own, which do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.level = nn.Sequential(nn.Linear(1, 4), nn.SiLU(), nn.Linear(4, 4), nn.SiLU(), nn.Linear(4, 4))
        self.encoder, self.code, self.decoder = nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scale = self.level(torch.ones(len(x), 1))
        return self.decoder(self.code(self.encoder(x)) * scale)


def test_the_middle_layer_is_the_rectifier_of_an_autoencoder():
    network = Levelled()
    torch.nn.init.ones_(network.encoder.bias)
    found = middle_layer(network, lambda: network(torch.tensor([[0.0, 0.0, 0.0], [0.5, -0.5, 0.1]])))
    assert found == "code"
    assert hooks(network) == 0
    with pytest.raises(ValueError, match="layer must be named"):
        middle_layer(network, lambda: network(torch.ones(2, 3)))


def test_names_hold_both_of_a_shared_module():
    assert module_names(Twice()) == ("first", "again", "pair", "idle", "numbers")
