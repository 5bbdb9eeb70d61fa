"""The gradient of the denoising loss at noise drawn anew, for a stack of networks at once.

One draw per sample and network, y = x + σε, costs five products of matrices: z = yW1, W2[z]_+, and three of the
gradient. The mean over draws is the gradient of BR eq. 6.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Weights = Float[Tensor, "B d p"]


def noisy_gradient(
    W1: Weights, W2: Weights, X: Float[Tensor, "B n d"], noise: Float[Tensor, "B m d"]
) -> tuple[Weights, Weights]:
    """Gradients in W1 and W2 of (1/m) Σ ‖W2[W1ᵀ(x + noise)]_+ − x‖², X repeated m/n times; ReLU'(0) = 0.

    Overwrites `noise`.
    """
    count = noise.shape[1] // X.shape[1]
    clean = X if count == 1 else X.repeat(1, count, 1)
    inputs = noise.add_(clean)
    codes = torch.bmm(inputs, W1).clamp_(min=0)
    errors = torch.baddbmm(clean, codes, W2.mT, beta=-1)
    scale = 2 / inputs.shape[1]
    decoder = torch.bmm(errors.mT, codes).mul_(scale)
    back = torch.bmm(errors, W2).mul_(codes.sign_())
    return torch.bmm(inputs.mT, back).mul_(scale), decoder
