"""Sampling images with EDM's deterministic sampler (Karras et al. 2022, Algorithm 1), Heun's steps or Euler's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from theory import validation

Method = Literal["heun", "euler"]
# Images that pass through the denoiser together.
_AT_ONCE = 500


@runtime_checkable
class Denoiser(Protocol):
    """What can be sampled: a posterior mean of images (B, C, H, W) at levels (B,) and labels (B,) or none."""

    shape: tuple[int, int, int]
    classes: int
    start_level: ClassVar[float]

    def __call__(self, x: Tensor, sigma: Tensor, label: Tensor | None, /) -> Tensor: ...


def noise_levels(steps: int, sigma_min: float, sigma_max: float, rho: float) -> Float64[Tensor, " levels"]:
    """EDM eq. 5: σ_i^{1/ρ} evenly spaced from σ_max down to σ_min in `steps` levels, then 0: shape (steps + 1,)."""
    steps = validation.whole(steps, "steps", least=1)
    low, high = validation.positive(sigma_min, "sigma_min"), validation.positive(sigma_max, "sigma_max")
    rho = validation.positive(rho, "rho")
    if low > high:
        raise ValueError(f"sigma_min must be at most sigma_max = {high}, got {low}")
    spaced = torch.linspace(high ** (1 / rho), low ** (1 / rho), steps, dtype=torch.float64) ** rho
    return torch.cat([spaced, spaced.new_zeros(1)])


def starting_noise(shape: tuple[int, ...], seed: int) -> Float64[Tensor, "..."]:
    """Standard normal numbers of `seed`, the same on every device."""
    generator = torch.Generator().manual_seed(validation.whole(seed, "seed", least=0))
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def sample(
    denoiser: Denoiser,
    labels: Any,
    *,
    steps: int = 18,
    sigma_min: float = 0.02,
    sigma_max: float | None = None,
    rho: float = 7.0,
    seed: int,
    guidance: float = 0.0,
    device: str = "cpu",
    method: Method = "heun",
) -> Float64[Tensor, "n C H W"]:
    """Images (n, C, H, W), on the CPU, of `labels` (n,), or of the null class where `labels` is their number.

    dx/dσ = (x − D(x, σ))/σ from σ_max to 0, x(σ_max) ~ N(0, σ_max²); the state is float64. σ_max is by default the
    denoiser's `start_level`. Sample i depends on the seed and i alone, up to rounding. `guidance` w > 0 puts
    (1 + w)D(label) − wD(null) in the place of D(label). Raises `ValueError` for bad input.
    """
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {get_args(Method)}, got {method!r}")
    chosen = _labels(labels, denoiser.classes)
    levels = noise_levels(steps, sigma_min, denoiser.start_level if sigma_max is None else sigma_max, rho)
    weight = validation.nonnegative(guidance, "guidance")
    x = starting_noise((len(chosen), *denoiser.shape), seed) * levels[0]
    return torch.cat(
        [
            _flow(denoiser, part.to(device), label.to(device), levels.tolist(), weight, method).cpu()
            for part, label in zip(x.split(_AT_ONCE), chosen.split(_AT_ONCE), strict=True)
        ]
    )


@torch.no_grad()
def _flow(
    denoiser: Denoiser, x: Tensor, label: Tensor, levels: list[float], guidance: float, method: Method
) -> Float64[Tensor, "b C H W"]:
    def slope(x: Tensor, sigma: float) -> Tensor:
        level = x.new_full((len(x),), sigma)
        mean = denoiser(x, level, label)
        if guidance:
            null = denoiser(x, level, torch.full_like(label, denoiser.classes))
            mean = (1 + guidance) * mean - guidance * null
        return (x - mean) / sigma

    for high, low in pairwise(levels):
        first = slope(x, high)
        ahead = x + (low - high) * first
        # At σ = 0 the slope has no value: the last step is Euler's in both methods.
        if method == "heun" and low > 0:
            ahead = x + (low - high) * (first + slope(ahead, low)) / 2
        x = ahead
    return x


def _labels(labels: Any, classes: int) -> Int64[Tensor, " n"]:
    if isinstance(labels, int):
        return torch.full((validation.whole(labels, "labels", least=1),), classes)
    array = validation.real_array(labels, "labels", ndim=1)
    if not len(array) or (array != array.astype(int)).any() or array.min() < 0 or array.max() > classes:
        raise ValueError(f"labels must be a number of samples or classes 0 … {classes} (null), got {labels!r}")
    return torch.from_numpy(array).long()
