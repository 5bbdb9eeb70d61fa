"""A small U-Net as a denoiser of images: pixels folded into channels, two resolutions, attention in the middle.

Noise level and class are added as features and scale and shift every normalised layer.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from numerics.preconditioning import ImageDenoiser, NoiseFeatures
from theory import validation

_WAVES, _FOLD, _GROUPS = 16, 2, 8


class ResidualBlock(nn.Module):
    """Two normalised 3 × 3 convolutions beside a skip; `features` (B, f) scale and shift between them."""

    def __init__(self, inside: int, outside: int, features: int) -> None:
        super().__init__()
        self.first_norm = nn.GroupNorm(_GROUPS, inside)
        self.first = nn.Conv2d(inside, outside, 3, padding=1)
        self.modulation = nn.Linear(features, 2 * outside)
        self.second_norm = nn.GroupNorm(_GROUPS, outside)
        self.second = nn.Conv2d(outside, outside, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        self.skip = nn.Identity() if inside == outside else nn.Conv2d(inside, outside, 1)

    def forward(self, x: Float[Tensor, "B a h w"], features: Float[Tensor, "B f"]) -> Float[Tensor, "B b h w"]:
        scale, shift = self.modulation(features)[:, :, None, None].chunk(2, dim=1)
        y = self.first(F.silu(self.first_norm(x)))
        y = self.second(F.silu(self.second_norm(y) * (1 + scale) + shift))
        return self.skip(x) + y


class SelfAttention(nn.Module):
    """Attention among the pixels of a feature map, beside a skip."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(_GROUPS, width)
        self.inward, self.outward = nn.Conv2d(width, 3 * width, 1), nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.outward.weight)

    def forward(self, x: Float[Tensor, "B c h w"]) -> Float[Tensor, "B c h w"]:
        B, c, h, w = x.shape
        parts = self.inward(self.norm(x)).reshape(B, 3, self.heads, c // self.heads, h * w).transpose(-1, -2)
        mixed = F.scaled_dot_product_attention(parts[:, 0], parts[:, 1], parts[:, 2])
        return x + self.outward(mixed.transpose(-1, -2).reshape(B, c, h, w))


class Middle(nn.Module):
    """The lowest resolution: block, attention, block."""

    def __init__(self, width: int, features: int, heads: int) -> None:
        super().__init__()
        self.first, self.last = (ResidualBlock(width, width, features) for _ in range(2))
        self.attention = SelfAttention(width, heads)

    def forward(self, x: Float[Tensor, "B c h w"], features: Float[Tensor, "B f"]) -> Float[Tensor, "B c h w"]:
        return self.last(self.attention(self.first(x, features)), features)


class UnetDenoiser(ImageDenoiser):
    """The U-Net of the two `widths`, multiples of 8; H and W must be multiples of 4.

    Representations: `fine` (B, widths[0], H/2, W/2), `coarse`, `middle` (B, widths[1], H/4, W/4), then, on the way
    up, `coarse_up` and `fine_up` of the same shapes; `features` (B, f) holds noise level and class.
    """

    architecture = "unet"

    def __init__(
        self,
        shape: tuple[int, int, int],
        classes: int,
        *,
        sigma_data: float = 0.5,
        widths: tuple[int, int] | list[int] = (56, 80),
        heads: int = 4,
    ) -> None:
        super().__init__(shape, classes, sigma_data, {"widths": list(widths), "heads": heads})
        channels, height, width = self.shape
        if height % (2 * _FOLD) or width % (2 * _FOLD):
            raise ValueError(f"shape must have H and W divisible by {2 * _FOLD}, got {self.shape}")
        if len(widths) != 2 or any(validation.whole(w, "widths", least=1) % _GROUPS for w in widths):
            raise ValueError(f"widths must be two multiples of {_GROUPS}, got {widths!r}")
        low, high = widths
        if high % validation.whole(heads, "heads", least=1):
            raise ValueError(f"heads must divide the second width {high}, got {heads}")
        f = 2 * high
        self.noise = nn.Sequential(NoiseFeatures(_WAVES), nn.Linear(2 * _WAVES, f))
        self.label = nn.Embedding(self.classes + 1, f)
        self.features = nn.Sequential(nn.SiLU(), nn.Linear(f, high), nn.SiLU())
        f = high
        self.inward = nn.Conv2d(channels * _FOLD**2, low, 3, padding=1)
        self.fine = ResidualBlock(low, low, f)
        self.down = nn.Conv2d(low, low, 3, stride=2, padding=1)
        self.coarse = ResidualBlock(low, high, f)
        self.middle = Middle(high, f, heads)
        self.coarse_up = ResidualBlock(2 * high, high, f)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.fine_up = ResidualBlock(low + high, low, f)
        last = nn.Conv2d(low, channels * _FOLD**2, 3, padding=1)
        nn.init.zeros_(last.weight)
        self.outward = nn.Sequential(nn.GroupNorm(_GROUPS, low), nn.SiLU(), last)

    def raw(
        self, x: Float[Tensor, "B C H W"], noise: Float[Tensor, " B"], label: Int64[Tensor, " B"]
    ) -> Float[Tensor, "B C H W"]:
        features = self.features(self.noise(noise) + self.label(label))
        fine = self.fine(self.inward(F.pixel_unshuffle(x, _FOLD)), features)
        coarse = self.coarse(self.down(fine), features)
        deep = self.middle(coarse, features)
        deep = self.coarse_up(torch.cat([deep, coarse], dim=1), features)
        top = self.fine_up(torch.cat([self.up(deep), fine], dim=1), features)
        return F.pixel_shuffle(self.outward(top), _FOLD)
