"""The device that a run is asked to use: its name, and whether this machine has it."""

from __future__ import annotations

import re


def known_device(device: str) -> str:
    """The name if it is one of a device. Raises `ValueError` for another, before torch is imported."""
    if not isinstance(device, str) or not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise ValueError(f"device must be 'cpu', 'cuda' or 'cuda:N', got {device!r}")
    return device


def present_device(device: str) -> str:
    """The name if this machine has the device. Raises `ValueError` if not, or as `known_device`."""
    if known_device(device) != "cpu":
        import torch

        if not torch.cuda.is_available():
            raise ValueError(f"device must be one of this machine, which has no CUDA, got {device!r}")
        if int(device.partition(":")[2] or 0) >= torch.cuda.device_count():
            raise ValueError(f"device must be one of this machine's {torch.cuda.device_count()}, got {device!r}")
    return device
