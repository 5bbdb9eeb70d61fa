"""Detection from files alone: a model in safetensors, images in .npy, scores with the settings they came from."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64

from numerics.activation_statistics import RECOMMENDED, STATISTICS
from numerics.detection import SIGMA, jacobian_dimension, memorization_score, representation_layer
from numerics.detection_baselines import flipd
from numerics.model_files import load
from theory import validation

# What can be scored from a model and images alone.
METHODS = (*STATISTICS, "flipd", "jacobian_dimension")
# Grey levels stored as floats are far above it; what a sampler leaves, and rounding, is below.
_LARGEST = 2.0


@dataclass(frozen=True)
class Detection:
    """Scores (n,), larger for memorised samples, and what they are: method; layer, pooling and draws of noise (None
    for a dimension); noise level; seed.
    """

    scores: Float64[np.ndarray, " n"]
    statistic: str
    layer: str | None
    pool: str | None
    sigma: float
    draws: int | None
    seed: int


def read_images(path: Path | str, shape: tuple[int, int, int]) -> torch.Tensor:
    """Images (n, C, H, W) of `shape` (C, H, W) from a .npy file of (n, C, H, W), (n, C·H·W), or, if C = 1, (n, H, W).

    uint8 is grey levels 0 … 255, brought to [−1, 1]; floats are taken as they are and must lie in [−2, 2]. Nothing in
    the file is executed. Raises `ValueError` for another file, shape, type or value, `OSError` if it cannot be read.
    """
    with Path(path).open("rb") as stream:
        try:
            array = np.lib.format.read_array(stream, allow_pickle=False)
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"data must be an array of numbers in .npy format, got {path}: {error}") from error
    allowed = [shape, (int(np.prod(shape)),), *([shape[1:]] if shape[0] == 1 else [])]
    if array.ndim == 0 or len(array) == 0 or array.shape[1:] not in allowed:
        shapes = " or ".join(f"(n, {', '.join(map(str, each))})" for each in allowed)
        raise ValueError(f"data must have shape {shapes}, n >= 1, to suit the model, got {array.shape}")
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise ValueError(f"data must be grey levels (uint8) or floats in [-2, 2], got dtype {array.dtype}")
    images = validation.real_array(array, "data").reshape(len(array), *shape)
    if array.dtype == np.uint8:
        images = images / 127.5 - 1
    if np.abs(images).max() > _LARGEST:
        raise ValueError(
            f"data must lie in [-2, 2] if floats, black -1 and white 1, got {images.flat[np.abs(images).argmax()]}"
        )
    return torch.from_numpy(images).float()


def detect(
    model: Path | str,
    data: Path | str,
    *,
    statistic: str = RECOMMENDED,
    layer: str | None = None,
    pool: str = "flatten",
    sigma: float = SIGMA,
    draws: int = 4,
    seed: int = 0,
) -> Detection:
    """Score the images in one file by the denoiser in another, as `memorization_score` does or by a local dimension.

    Of a dimension the negative is the score, so that larger means memorised. Raises `ValueError` for bad files and
    settings, before anything is scored, and `OSError` for files that cannot be read.
    """
    if statistic not in METHODS:
        raise ValueError(f"statistic must be one of {METHODS}, got {statistic!r}")
    sigma = validation.positive(sigma, "sigma")
    of_layer = statistic in STATISTICS
    if layer is not None and not of_layer:
        raise ValueError(f"layer must not be named for {statistic!r}, which is of the whole network, got {layer!r}")
    denoiser, _ = load(model)
    images = read_images(data, denoiser.shape)
    if of_layer:
        layer = representation_layer(denoiser, images, sigma) if layer is None else layer
        scores = memorization_score(
            denoiser, images, sigma, statistic=statistic, layer=layer, pool=pool, draws=draws, seed=seed
        )
    elif statistic == "flipd":
        scores = -flipd(denoiser, images, sigma, seed=seed)
    else:
        scores = -jacobian_dimension(denoiser, images, sigma, seed=seed)
    return Detection(scores, statistic, layer, pool if of_layer else None, sigma, draws if of_layer else None, seed)


def detection_lines(found: Detection) -> Iterator[str]:
    """What was found, for a reader: the settings, then number and score of each image."""
    where = f" of {found.layer} ({found.pool}), {found.draws} draws" if found.layer else ""
    yield f"{len(found.scores)} images by {found.statistic}{where}, σ = {found.sigma:g}; larger means memorised"
    for number, score in enumerate(found.scores):
        yield f"{number}\t{score:.6g}"


def detection_dict(found: Detection, model: Path | str, data: Path | str) -> dict[str, Any]:
    """What was found as JSON holds it."""
    settings = {name: value for name, value in vars(found).items() if name != "scores"}
    return {
        "model": str(model),
        "data": str(data),
        **settings,
        "larger_means": "memorised",
        "scores": found.scores.tolist(),
    }
