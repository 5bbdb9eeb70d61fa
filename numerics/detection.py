"""How memorised a sample looks to a denoiser: statistics of hidden activations (BR Algorithm 1), and a local dimension.

Algorithm 1 adds noise of level σ to a sample, runs the denoiser once without prompt, and scores the standard deviation
over the units of a hidden representation. Here several draws of noise are averaged, the same ones for every sample, so
that a sample's score depends on no other sample; any module may be scored, by any statistic of
`numerics.activation_statistics`, which also says which is recommended and why. Scores point the same way: larger means
memorised.

A denoiser is any torch module that takes samples (b, …) and levels (b,), and labels (b,) if they are given; without
labels it must answer for no prompt. It is run as it is: call its `eval` first where that makes a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64

from numerics.activation_statistics import MEMORISED, RECOMMENDED, STATISTICS
from numerics.activations import codes, middle_layer, recorded
from numerics.denoiser_jacobian import leading_singular_values
from numerics.denoiser_pass import Denoiser, module_of, run, samples_of
from theory import validation

# The noise level decided beforehand, for pixels in [−1, 1]: that of BR's released autoencoders.
SIGMA = 0.2
# A direction counts when the denoiser keeps more than half of a small step along it. A Gaussian of variance s answers
# with the gain s/(s + σ²): more than half exactly where s > σ².
KEPT = 0.5
_FIRST_RANK = 32
_PROBES = 4
# The layer of the house's denoisers that stands in the middle, as a representation of the whole image.
_MIDDLE = {"relu": "code", "unet": "middle"}


@dataclass(frozen=True)
class Draws:
    """Noise that is added to every sample: `count` draws of `seed`, and how many samples run together."""

    count: int = 4
    seed: int = 0
    at_once: int = 64

    def __post_init__(self) -> None:
        validation.whole(self.count, "draws", least=1)
        validation.whole(self.seed, "seed", least=0)
        validation.whole(self.at_once, "at_once", least=1)

    def noise(self, shape: tuple[int, ...]) -> Float64[np.ndarray, "draws ..."]:
        """Standard normal numbers (draws, *shape), the same on every device."""
        return np.random.default_rng([self.seed, 2]).standard_normal((self.count, *shape))


def memorization_score(
    denoiser: Denoiser,
    x: Any,
    sigma: float,
    *,
    statistic: str = RECOMMENDED,
    layer: str | None = None,
    pool: str = "flatten",
    draws: int = 4,
    seed: int = 0,
    at_once: int = 64,
) -> Float64[np.ndarray, " n"]:
    """One score for each sample of x (n, …), larger for memorised ones, at noise level sigma > 0 in the units of x.

    `statistic` is a name in `STATISTICS` ("std" is BR's own), taken over the units of `layer`, a module's name, or by
    default the middle of the network (`representation_layer`); `pool` says what a unit is (`numerics.activations`).
    The mean over `draws` draws of noise. Raises `ValueError` for bad input.
    """
    _known(statistic)
    x = samples_of(x)
    sigma = validation.positive(sigma, "sigma")
    noise = Draws(draws, seed, at_once)
    layer = representation_layer(denoiser, x, sigma) if layer is None else layer
    scores = statistic_grid(denoiser, x, [sigma], [layer], [pool], [statistic], noise)
    return scores[0, 0, 0, 0]


def statistic_grid(
    denoiser: Denoiser,
    x: torch.Tensor,
    sigmas: Sequence[float],
    layers: Sequence[str],
    pools: Sequence[str],
    statistics: Sequence[str],
    draws: Draws,
) -> Float64[np.ndarray, "sigmas layers pools statistics n"]:
    """Scores of x (n, …) by every combination, from one pass a draw and level. `ValueError` for a layer not there."""
    for name in statistics:
        _known(name)
    noise = draws.noise(tuple(x.shape[1:]))
    scores = np.zeros((len(sigmas), len(layers), len(pools), len(statistics), len(x)))
    for level, sigma in enumerate(sigmas):
        for at, part in _parts(x, draws.at_once):
            for each in noise:
                with torch.no_grad(), recorded(module_of(denoiser), layers) as kept:
                    run(denoiser, part + sigma * torch.as_tensor(each, dtype=part.dtype), sigma)
                for number, name in enumerate(layers):
                    for how, pool in enumerate(pools):
                        h = codes(kept[name], name, pool)
                        for which, statistic in enumerate(statistics):
                            found = STATISTICS[statistic](h).double().cpu().numpy()
                            scores[level, number, how, which, at] += MEMORISED[statistic] * found / draws.count
    return scores


def jacobian_dimension(denoiser: Denoiser, x: Any, sigma: float, *, seed: int = 0) -> Float64[np.ndarray, " n"]:
    """Number of directions that the denoiser keeps at each sample of x (n, …): singular values of ∂f/∂y above 1/2.

    y = x, at the noise level sigma > 0. For the exact denoiser of a Gaussian it is the number of directions with a
    variance above sigma². Memorised samples have few. The leading singular values are found by a randomised
    factorisation with as many directions as it takes until the last is below 1/2. Raises `ValueError` for bad input.
    """
    x = samples_of(x)
    sigma = validation.positive(sigma, "sigma")
    d = int(np.prod(x.shape[1:]))
    rank, dimension = min(_FIRST_RANK, d), np.zeros(len(x))
    left = np.arange(len(x))
    while len(left):
        values = leading_singular_values(denoiser, x[torch.as_tensor(left)], sigma, rank=rank, seed=seed)
        dimension[left] = (values > KEPT).sum(axis=1)
        left = left[dimension[left] == rank] if rank < d else left[:0]
        rank = min(2 * rank, d)
    return dimension


def representation_layer(denoiser: Denoiser, x: torch.Tensor, sigma: float) -> str:
    """The layer that is scored by default: of the house's denoisers their middle representation, of others the middle
    module by order of calls (`numerics.activations.middle_layer`).

    It hangs on the network, the shape of the samples (n, …) and the level alone, never on their values.
    """
    network = module_of(denoiser)
    architecture = getattr(network, "architecture", None)
    if architecture == "transformer":
        return f"blocks.{len(list(network.get_submodule('blocks').children())) // 2}"
    if architecture in _MIDDLE:
        return _MIDDLE[str(architecture)]
    probes = _probes(x, sigma)
    with torch.no_grad():
        return middle_layer(network, lambda: run(denoiser, probes, sigma))


def _probes(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """Noise of the shape and kind of the samples x, of one to a hundred times the level: as samples in σ's units are.

    Each beside its negative: a rectifier without bias is open on one of the two.
    """
    noise = np.random.default_rng(3).standard_normal((_PROBES, *x.shape[1:]))
    sizes = sigma * np.geomspace(1, 100, _PROBES).reshape(-1, *[1] * (x.ndim - 1))
    return torch.as_tensor(np.concatenate([sizes * noise, -sizes * noise])).to(x)


def _parts(x: torch.Tensor, at_once: int) -> Iterator[tuple[slice, torch.Tensor]]:
    for start in range(0, len(x), at_once):
        yield slice(start, start + at_once), x[start : start + at_once]


def _known(statistic: str) -> None:
    if statistic not in STATISTICS:
        raise ValueError(f"statistic must be one of {tuple(STATISTICS)}, got {statistic!r}")
