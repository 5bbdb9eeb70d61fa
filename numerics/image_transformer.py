"""A small diffusion transformer as a denoiser of images: square patches as tokens, modulated by noise level and class.

Every block scales, shifts and gates its two halves by a linear function of the features that all blocks share, plus a
table of its own (Chen et al. 2023, adaLN-single); the gates start at zero, so that each block starts as the identity.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from numerics.preconditioning import ImageDenoiser, NoiseFeatures
from theory import validation

_WAVES, _EXPANSION = 16, 4


class TransformerBlock(nn.Module):
    """Attention among tokens (B, t, w), then a network of each token; `modulation` (B, 6, w) scales both halves."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.table = nn.Parameter(torch.zeros(6, width))
        self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, _EXPANSION * width), nn.Linear(_EXPANSION * width, width)

    def forward(self, x: Float[Tensor, "B t w"], modulation: Float[Tensor, "B 6 w"]) -> Float[Tensor, "B t w"]:
        B, t, w = x.shape
        steps = (modulation + self.table)[:, :, None].unbind(dim=1)
        y = F.layer_norm(x, (w,)) * (1 + steps[0]) + steps[1]
        parts = self.inward(y).reshape(B, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        x = x + steps[2] * self.outward(mixed.transpose(1, 2).reshape(B, t, w))
        y = F.layer_norm(x, (w,)) * (1 + steps[3]) + steps[4]
        return x + steps[5] * self.narrow(F.gelu(self.wide(y), approximate="tanh"))


class TransformerDenoiser(ImageDenoiser):
    """`depth` blocks of `width` over patches of `patch` × `patch` pixels; H and W must be multiples of `patch`.

    Representations: `blocks.0` … `blocks.{depth − 1}`, each (B, tokens, width); `features` (B, width) holds noise
    level and class.
    """

    architecture = "transformer"

    def __init__(
        self,
        shape: tuple[int, int, int],
        classes: int,
        *,
        sigma_data: float = 0.5,
        patch: int = 4,
        width: int = 96,
        depth: int = 7,
        heads: int = 4,
    ) -> None:
        size = {"patch": patch, "width": width, "depth": depth, "heads": heads}
        super().__init__(shape, classes, sigma_data, size)
        for name, number in size.items():
            validation.whole(number, name, least=1)
        channels, rows, columns = self.shape
        if rows % patch or columns % patch:
            raise ValueError(f"shape must have H and W divisible by the patch {patch}, got {self.shape}")
        if width % heads:
            raise ValueError(f"heads must divide the width {width}, got {heads}")
        self.patch = patch
        self.noise = nn.Sequential(NoiseFeatures(_WAVES), nn.Linear(2 * _WAVES, width))
        self.label = nn.Embedding(self.classes + 1, width)
        self.features = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.inward = nn.Linear(channels * patch**2, width)
        self.place = nn.Parameter(0.02 * torch.randn(rows // patch * (columns // patch), width))
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.outward = nn.Linear(width, channels * patch**2)
        nn.init.zeros_(self.outward.weight)

    def raw(
        self, x: Float[Tensor, "B C H W"], noise: Float[Tensor, " B"], label: Int64[Tensor, " B"]
    ) -> Float[Tensor, "B C H W"]:
        features = self.features(self.noise(noise) + self.label(label))
        modulation = self.modulation(features).unflatten(1, (6, -1))
        folded = F.pixel_unshuffle(x, self.patch)
        tokens = self.inward(folded.flatten(2).transpose(1, 2)) + self.place
        for block in self.blocks:
            tokens = block(tokens, modulation)
        tokens = self.outward(F.layer_norm(tokens, tokens.shape[-1:]))
        return F.pixel_shuffle(tokens.transpose(1, 2).reshape(folded.shape), self.patch)
