"""The image denoisers that ship: what each one is trained on and how, where its file stands, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numerics.image_sets import SIDE, Data, Regime
from numerics.model_files import load
from numerics.preconditioning import ImageDenoiser

MODELS = Path(__file__).parent / "models"

_SIZES: Mapping[str, Mapping[str, Any]] = {
    "unet": {"widths": [56, 80], "heads": 4},
    "transformer": {"patch": 4, "width": 96, "depth": 7, "heads": 4},
    "relu": {"units": 1024},
}
_SMALL_SIZES: Mapping[str, Mapping[str, Any]] = {
    "unet": {"widths": [16, 24], "heads": 2},
    "transformer": {"patch": 4, "width": 32, "depth": 3, "heads": 2},
    "relu": {"units": 256},
}
_RATES = {"unet": 1e-3, "transformer": 1e-3, "relu": 1e-3}
# BR takes 60 steps.
_SAMPLING_STEPS = {"unet": 32, "transformer": 32, "relu": 60}
# Root mean square of the pixels about their mean.
_SIGMA_DATA = {"digits": 0.62, "faces": 0.45}
# What a model gets of the time of a run, relative to others; most where one network does both.
_SHARES = {"unet": 3.0, "transformer": 2.0, "relu": 0.5}
_HYBRID = 1.5


@dataclass(frozen=True)
class ImageModel:
    """A recipe: `architecture` and `size` of the denoiser, data and regime, Adam's steps at most, batch and rate.

    `null_share` of the images are seen without their class. `samples` are drawn from it once it is trained, in
    `sampling_steps` steps. `share`: its part of the time of a run that trains several, in units of its own.
    """

    name: str
    architecture: str
    data: Data
    regime: Regime
    size: Mapping[str, Any]
    batch: int
    steps: int
    learning_rate: float
    samples: int
    sampling_steps: int
    share: float
    null_share: float = 0.2
    seed: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an image: (C, H, W)."""
        return (1, SIDE, SIDE)


def _recipe(data: Data, regime: Regime, architecture: str, small: bool) -> ImageModel:
    return ImageModel(
        name=f"{data}-{regime}-{architecture}" + ("-small" if small else ""),
        architecture=architecture,
        data=data,
        regime=regime,
        size={"sigma_data": _SIGMA_DATA[data], **(_SMALL_SIZES if small else _SIZES)[architecture]},
        batch=32 if small else 128,
        steps=4_000 if small else 60_000,
        learning_rate=_RATES[architecture],
        samples=200 if small else 2_000,
        sampling_steps=_SAMPLING_STEPS[architecture],
        share=_SHARES[architecture] * (_HYBRID if regime == "hybrid" else 1.0),
    )


def recipes(small: bool = False) -> dict[str, ImageModel]:
    """By name, those that ship; `small`: smaller networks of the same data, for two cores and a few minutes each."""
    chosen = [
        _recipe("digits", regime, architecture, small)
        for architecture in ("unet", "transformer", "relu")
        for regime in ("few", "all", "hybrid")
    ]
    return {model.name: model for model in (*chosen, _recipe("faces", "hybrid", "unet", small))}


def find_recipe(name: str, small: bool = False) -> ImageModel:
    """The recipe of a model by its name, that of the smaller network if `small`; `ValueError` for an unknown name."""
    known = {model.name.removesuffix("-small"): model for model in recipes(small).values()}
    if name not in known:
        raise ValueError(f"name must be one of {tuple(known)}, got {name!r}")
    return known[name]


def shipped() -> tuple[str, ...]:
    """Names of the models whose weights lie in this package."""
    return tuple(sorted(path.stem for path in MODELS.glob("*.safetensors")))


def load_shipped(name: str) -> tuple[ImageDenoiser, dict[str, Any]]:
    """A model that ships, and its card. Raises `ValueError` for another name."""
    if name not in shipped():
        raise ValueError(f"name must be one of {shipped()}, got {name!r}")
    return load(MODELS / f"{name}.safetensors")
