"""Steering by a layer: hooks that leave nothing behind, no push at strength 0, directions and sampling by hand."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from numerics.steering import Pushed, Steering, representation, response
from tests.strategies import seeds


class Small(nn.Module):
    """Convolution, rectifier in place, convolution, with the noise level in between; labels are ignored."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.first, self.gate, self.last = nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(3, 1, 1)
        self.again = self.last

    def forward(self, x, sigma, label):
        return self.last(self.gate(self.first(x) / (1 + sigma[:, None, None, None])))


class Twice(Small):
    def forward(self, x, sigma, label):
        return super().forward(super().forward(x, sigma, label), sigma, label)


class Pair(Small):
    """Its submodule `split` gives two tensors."""

    class Split(nn.Module):
        def forward(self, x):
            return x, -x

    def __init__(self) -> None:
        super().__init__()
        self.split = self.Split()

    def forward(self, x, sigma, label):
        return self.split(super().forward(x, sigma, label))[0]


def images(seed: int, count: int = 3) -> torch.Tensor:
    return torch.randn(count, 1, 4, 5, generator=torch.Generator().manual_seed(seed))


def hooks(network: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in network.modules())


@pytest.mark.parametrize("layer", ["first", "gate", "last", "again"])
def test_strength_zero_is_unsteered_to_the_bit_and_nothing_stays_behind(layer):
    network, x = Small(), images(1)
    steering = Steering(network, layer, {2: images(2), 7: images(3)})
    found = response(steering, x, 0.7, [0.0, 1.0], [2, 7, 2], [7, 2, 7])
    plain = network(x, torch.full((3,), 0.7), None)
    assert torch.equal(found[:, 0], plain)
    assert not torch.allclose(found[:, 1], plain)
    assert hooks(network) == 0
    assert torch.equal(network(x, torch.full((3,), 0.7), None), plain)


def test_the_hook_is_removed_when_the_pass_fails():
    network = Small()
    message = r"push must broadcast to \(3, 3, 4, 5\), got shape \(2, 4, 5\)"
    with pytest.raises(ValueError, match=message), Pushed(network, "first", torch.zeros(2, 4, 5)):
        network(images(0), torch.ones(3), None)
    assert hooks(network) == 0


@settings(max_examples=20)
@given(seeds(), st.floats(-3, 3), st.floats(-3, 3))
def test_the_last_linear_layer_answers_in_a_straight_line(seed, first, second):
    network = Small(seed % 2**32).double()
    steering = Steering(network, "gate", {0: images(seed % 2**32).double()})
    strengths = [first, (first + second) / 2, second]
    ends = response(steering, images(1).double(), 0.5, strengths, [0, 0, 0])
    assert torch.allclose(ends[:, 1], (ends[:, 0] + ends[:, 2]) / 2, rtol=0, atol=1e-10)


def test_directions_are_means_at_the_level_and_their_differences():
    network, sets = Small(), {5: images(1, 4), 3: images(2, 6)}
    steering = Steering(network, "gate", sets, draws=3, seed=11)
    by_hand = []
    for shown in sets.values():
        noise = torch.randn((3, *shown.shape), generator=torch.Generator().manual_seed(11))
        passed = [torch.relu(network.first(shown + 0.4 * draw) / 1.4) for draw in noise]
        by_hand.append(torch.cat(passed).mean(dim=0))
    assert torch.allclose(steering.means(0.4), torch.stack(by_hand), atol=1e-6)
    strengths = torch.tensor([2.0, -1.0])
    push = steering.push(0.4, strengths, [3, 5])
    assert torch.allclose(push, torch.stack([2 * by_hand[1], -by_hand[0]]), atol=1e-5)
    apart = steering.push(0.4, strengths, [3, 5], [5, 3])
    assert torch.allclose(apart, torch.stack([2 * (by_hand[1] - by_hand[0]), by_hand[1] - by_hand[0]]), atol=1e-5)


def test_sampling_pushes_at_every_level_each_sample_by_itself():
    network, start, levels = Small().double(), images(4).double(), [1.0, 0.5, 0.2, 0.0]
    steering = Steering(network, "first", {0: images(1).double(), 1: images(2).double()})
    strengths, target = [0.0, 0.3, 0.9], [1, 0, 1]
    found = response(steering, start, levels, strengths, target)
    for row, name in enumerate(target):
        for column, strength in enumerate(strengths):
            y = start[row : row + 1]
            for high, low in pairwise(levels):
                hidden = network.first(y) / 1 + strength * steering.means(high)[name]
                clean = network.last(torch.relu(hidden / (1 + high)))
                y = clean + low / high * (y - clean)
            assert torch.allclose(found[row, column], y[0], atol=1e-12)


def test_half_precision_stays_half():
    network, x = Small().half(), images(0).half()
    with Pushed(network, "first", torch.ones(3, 1, 1)):
        steered = network(x, torch.ones(3, dtype=torch.float16), None)
    assert steered.dtype == torch.float16
    assert representation(network, "first", x, 1.0).dtype == torch.float32


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Pushed(Small(), "frist", torch.zeros(1)), "layer must name a module of the network, got 'frist'"),
        (lambda: Steering(Small(), "", {0: images(0)}), "layer must name a module"),
        (lambda: Steering(Small(), "gate", {}), "targets must hold at least one set"),
        (lambda: Steering(Small(), "gate", {4: images(0)[0]}), r"targets\[4\] must be a tensor of images"),
        (lambda: Steering(Small(), "gate", {0: images(0)}, draws=0), "draws must be >= 1"),
        (lambda: Steering(Small(), "gate", {0: images(0)}, seed=-1), "seed must be >= 0"),
        (lambda: representation(Twice(), "first", images(0), 1.0), "called once in a pass to be steered, got 2"),
        (lambda: Steering(Small(), "gate", {0: images(0)}).means(-1.0), "sigma must be >= 0"),
        (lambda: Steering(Small(), "gate", {0: images(0)}).push(1.0, torch.ones(1), [3]), r"among \[0\], got 3"),
    ],
)
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_a_layer_with_two_outputs_is_refused_when_the_network_runs():
    network = Pair()
    message = "layer must give one tensor to be pushed, got tuple of 'split'"
    with pytest.raises(ValueError, match=message), Pushed(network, "split", torch.zeros(1)):
        network(images(0), torch.ones(3), None)
    assert hooks(network) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": torch.zeros(2, 3)}, "start must be a tensor of images"),
        ({"levels": [0.1, 0.2]}, "levels must fall"),
        ({"strengths": 1.0}, "strengths must have 1 dimension"),
        ({"target": [0]}, "target must hold one name for each of the 3 starts"),
    ],
)
def test_bad_responses_are_named(change, message):
    good = {"start": images(0), "levels": [0.2, 0.1], "strengths": [0.0, 1.0], "target": [0, 0, 0]}
    with pytest.raises(ValueError, match=message):
        response(Steering(Small(), "gate", {0: images(0)}), **{**good, **change})
