"""One pass of any torch denoiser over samples at one noise level, on the device and in the precision of its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from theory import validation

Denoiser = Callable[..., torch.Tensor]


def samples_of(x: Any, name: str = "x") -> torch.Tensor:
    """Samples (n, …) as a tensor on the CPU, float64 unless they were floats of another precision; checked."""
    if isinstance(x, torch.Tensor) and x.is_floating_point():
        array = x.detach().cpu()
        validation.real_array(array.double(), name)
    else:
        array = torch.from_numpy(validation.real_array(x, name))
    if array.ndim < 2 or 0 in array.shape:
        raise ValueError(
            f"{name} must hold at least one sample of at least one coordinate, got shape {tuple(array.shape)}"
        )
    return array


def module_of(denoiser: Any) -> torch.nn.Module:
    """The denoiser as a module whose layers can be hooked; `ValueError` for anything else."""
    if not isinstance(denoiser, torch.nn.Module):
        raise ValueError(f"denoiser must be a torch module, got {type(denoiser).__name__}")
    return denoiser


def on_device(denoiser: Any, y: torch.Tensor) -> torch.Tensor:
    """y on the device and in the precision of the denoiser's weights; as it is where there are none."""
    weight = next(module_of(denoiser).parameters(), y)
    return y.to(weight.device, weight.dtype)


def run(denoiser: Denoiser, y: torch.Tensor, sigma: float, label: torch.Tensor | None = None) -> torch.Tensor:
    """The denoiser's answer to y (b, …) at one level, with a label (b,) for each or without any."""
    y = on_device(denoiser, y)
    levels = torch.full((len(y),), sigma, device=y.device, dtype=y.dtype)
    return denoiser(y, levels) if label is None else denoiser(y, levels, label.to(y.device))
