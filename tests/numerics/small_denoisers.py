"""Denoisers whose answers, codes and Jacobians are known, for tests of what is read from a denoiser."""

from __future__ import annotations

import torch
from torch import nn


class Linear(nn.Module):
    """f(y, σ) = My + b on flattened samples, as one module; a label c adds c to the first coordinate."""

    def __init__(self, matrix: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        super().__init__()
        d = len(matrix)
        self.map = nn.Linear(d, d, dtype=matrix.dtype)
        with torch.no_grad():
            self.map.weight.copy_(matrix)
            self.map.bias.copy_(torch.zeros(d) if bias is None else bias)

    def forward(self, y: torch.Tensor, sigma: torch.Tensor, label: torch.Tensor | None = None) -> torch.Tensor:
        assert sigma.shape == (len(y),)
        answer = self.map(y.flatten(1)).reshape(y.shape)
        if label is not None:
            answer = answer + label.to(answer.dtype).reshape(-1, *[1] * (y.ndim - 1)) * first_coordinate(y)
        return answer


class Autoencoder(nn.Module):
    """W2[W1ᵀy]_+ of W1, W2 (d, p), whatever the level, with a module for each step."""

    def __init__(self, W1: torch.Tensor, W2: torch.Tensor) -> None:
        super().__init__()
        d, p = W1.shape
        self.encoder, self.code, self.decoder = nn.Linear(d, p, bias=False), nn.ReLU(), nn.Linear(p, d, bias=False)
        self.to(W1.dtype)
        with torch.no_grad():
            self.encoder.weight.copy_(W1.T)
            self.decoder.weight.copy_(W2)

    def forward(self, y: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        del sigma
        return self.decoder(self.code(self.encoder(y.flatten(1)))).reshape(y.shape)


def first_coordinate(y: torch.Tensor) -> torch.Tensor:
    one = torch.zeros(y[0].numel(), dtype=y.dtype)
    one[0] = 1
    return one.reshape(y[0].shape)


def gaussian(variances: torch.Tensor, sigma: float) -> Linear:
    """The exact denoiser, at one level, of a centred Gaussian with these variances along turned axes."""
    d = len(variances)
    axes = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64))[0]
    return Linear(axes @ torch.diag(variances / (variances + sigma**2)) @ axes.T)
