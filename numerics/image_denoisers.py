"""Denoisers of small images by name: the ReLU autoencoder, a U-Net and a diffusion transformer behind one face."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from numerics.image_relu import ReluDenoiser
from numerics.image_transformer import TransformerDenoiser
from numerics.image_unet import UnetDenoiser
from numerics.preconditioning import ImageDenoiser
from theory import validation

ARCHITECTURES: dict[str, type[ImageDenoiser]] = {
    kind.architecture: kind for kind in (ReluDenoiser, UnetDenoiser, TransformerDenoiser)
}


def build(architecture: str, *, shape: tuple[int, int, int], classes: int, seed: int, **size: Any) -> ImageDenoiser:
    """A denoiser of images `shape` (C, H, W) in `classes` classes and a null class, with random weights of `seed`.

    `architecture` is "relu", "unet" or "transformer"; `size` what its class in `ARCHITECTURES` takes, `sigma_data`
    among them. The state of torch's random generator is left as it was. Raises `ValueError` for an unknown name or
    size, or sizes that do not fit.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture must be one of {tuple(ARCHITECTURES)}, got {architecture!r}")
    kind = ARCHITECTURES[architecture]
    known = [name for name, entry in inspect.signature(kind).parameters.items() if entry.kind is entry.KEYWORD_ONLY]
    for name in size:
        if name not in known:
            raise ValueError(f"size must be among {known} for {architecture!r}, got {name!r}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(validation.whole(seed, "seed", least=0))
        return kind(shape, classes, **size)


def rebuild(configuration: Mapping[str, Any]) -> ImageDenoiser:
    """A denoiser of the same `configuration`, with other weights. Raises `ValueError` if none can be built from it."""
    if not isinstance(configuration, Mapping) or not {"architecture", "shape", "classes"} <= set(configuration):
        raise ValueError(f"configuration must name architecture, shape and classes, got {configuration!r}")
    size = dict(configuration)
    architecture, shape, classes = (size.pop(name) for name in ("architecture", "shape", "classes"))
    if not isinstance(shape, list | tuple):
        raise ValueError(f"configuration must give shape as (C, H, W), got {shape!r}")
    return build(architecture, shape=tuple(shape), classes=classes, seed=0, **size)
