"""The face of every image denoiser: EDM preconditioning around a network (Karras et al. 2022, eq. 7 and table 1).

Noise is variance exploding, x = x_0 + σε, and D(x, σ) estimates E[x_0 | x]:
D = c_skip x + c_out F(c_in x, c_noise, label) with c_skip = σ_d²/(σ² + σ_d²), c_out = σσ_d/√(σ² + σ_d²),
c_in = 1/√(σ² + σ_d²), c_noise = (log σ)/4, so that F sees and gives numbers of order 1 at every noise level.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from theory import validation

# The network is told no smaller noise level: its output has no weight there, and log 0 would make it NaN.
_LEAST_LEVEL = 1e-6
# Sine waves over c_noise, of frequencies from the first to the second, in radians per unit of c_noise.
_FREQUENCIES = (0.5, 12.0)


class ImageDenoiser(nn.Module):
    """A denoiser of images (C, H, W) under noise of standard deviation σ, in the units of the pixels.

    `shape` is (C, H, W), `classes` the number of classes, `sigma_data` σ_d; `configuration` is what `build` of
    `numerics.image_denoisers` makes an equal network from, and can be written as JSON. A subclass defines `raw`.
    """

    architecture: ClassVar[str]
    # The noise level from which images are sampled unless another is asked for.
    start_level: ClassVar[float] = 20.0

    def __init__(self, shape: tuple[int, int, int], classes: int, sigma_data: float, size: dict[str, Any]) -> None:
        super().__init__()
        if len(shape) != 3:
            raise ValueError(f"shape must be (C, H, W), got {shape!r}")
        channels, height, width = (validation.whole(number, "shape", least=1) for number in shape)
        self.shape = (channels, height, width)
        self.classes = validation.whole(classes, "classes", least=1)
        self.sigma_data = validation.positive(sigma_data, "sigma_data")
        self.configuration = {
            "architecture": self.architecture,
            "shape": list(self.shape),
            "classes": self.classes,
            "sigma_data": self.sigma_data,
            **size,
        }

    def raw(
        self, x: Float[Tensor, "B C H W"], noise: Float[Tensor, " B"], label: Int64[Tensor, " B"]
    ) -> Float[Tensor, "B C H W"]:
        """F: the network itself, of scaled images, c_noise and labels 0 … classes (the last is the null class)."""
        raise NotImplementedError

    def forward(
        self, x: Float[Tensor, "B C H W"], sigma: Float[Tensor, " B"], label: Int64[Tensor, " B"] | None = None
    ) -> Float[Tensor, "B C H W"]:
        """The posterior mean, of the dtype of x. The network runs in the precision of its weights.

        sigma ≥ 0, one an image (not checked: that would wait for the device); at σ = 0 the answer is x. No label, or
        one equal to `classes`, is the null class. Raises `ValueError` for images of another shape, or arguments that
        do not match in number or type.
        """
        if x.ndim != 4 or tuple(x.shape[1:]) != self.shape:
            raise ValueError(f"x must have shape (B, {', '.join(map(str, self.shape))}), got {tuple(x.shape)}")
        if sigma.shape != x.shape[:1]:
            raise ValueError(f"sigma must hold one level for each of {len(x)} images, got shape {tuple(sigma.shape)}")
        if label is None:
            label = torch.full(x.shape[:1], self.classes, device=x.device)
        if label.shape != x.shape[:1] or label.dtype != torch.int64:
            raise ValueError(
                f"label must be int64, one for each of {len(x)} images, got {label.dtype} {tuple(label.shape)}"
            )
        precision = next(self.parameters()).dtype
        level = sigma.to(x.dtype)
        total = (level**2 + self.sigma_data**2)[:, None, None, None]
        skip, out = self.sigma_data**2 / total, level[:, None, None, None] * self.sigma_data / total.sqrt()
        noise = level.clamp(min=_LEAST_LEVEL).log().to(precision) / 4
        return skip * x + out * self.raw((x / total.sqrt()).to(precision), noise, label).to(x.dtype)


class NoiseFeatures(nn.Module):
    """Sines and cosines of c_noise (B,) as features (B, 2 · waves); no weights."""

    frequencies: Tensor

    def __init__(self, waves: int) -> None:
        super().__init__()
        low, high = map(math.log, _FREQUENCIES)
        self.register_buffer("frequencies", torch.linspace(low, high, waves).exp(), persistent=False)

    def forward(self, noise: Float[Tensor, " B"]) -> Float[Tensor, "B features"]:
        angles = noise[:, None] * self.frequencies.to(noise.dtype)
        return torch.cat([angles.cos(), angles.sin()], dim=1)
