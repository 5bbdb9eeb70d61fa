"""What a trained image denoiser does, measured for its card: losses on seen and unseen images, copies among samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from numerics.denoiser_sampling import starting_noise
from numerics.image_sets import ImageSet
from numerics.preconditioning import ImageDenoiser
from theory import validation

# A sample is a copy when it is three times as near to one training image as to any other (EM: c = 1/9).
COPY = 1 / 9
# Noise levels at which the mean squared error per pixel is measured.
LEVELS = (0.1, 0.3, 1.0, 3.0)
_IMAGES = 500


@torch.no_grad()
def mean_squared_errors(
    denoiser: ImageDenoiser, images: Float32[np.ndarray, "n C H W"], labels: Any, seed: int, device: str = "cpu"
) -> list[float]:
    """‖D − x_0‖² per pixel at each of `LEVELS`, averaged over at most 500 evenly spaced images, one draw each.

    Raises `ValueError` for labels that do not match, or a seed that is no whole number ≥ 0.
    """
    known = validation.real_array(labels, "labels", ndim=1)
    if len(known) != len(images) or not len(images):
        raise ValueError(f"labels must hold one for each of {len(images)} images, got {len(known)}")
    chosen = np.unique(np.linspace(0, len(images) - 1, _IMAGES).round().astype(int))
    clean, label = torch.from_numpy(images[chosen]).to(device), torch.from_numpy(known[chosen]).long().to(device)
    found = []
    for number, level in enumerate(LEVELS):
        noise = starting_noise(tuple(clean.shape), seed + number).to(clean)
        guess = denoiser(clean + level * noise, clean.new_full((len(clean),), level), label)
        found.append((guess - clean).square().mean().item())
    return found


def nearest_two(
    samples: Float[Tensor, "m C H W"], training: ImageSet
) -> tuple[Float64[np.ndarray, "m 2"], Int64[np.ndarray, "m 2"]]:
    """Distances of each sample to its two nearest training images, in pixels' units, and which they are."""
    images = torch.from_numpy(training.images).double().flatten(1)
    # In float64 products lose less than a millionth of a distance between images.
    apart = torch.cdist(samples.double().flatten(1), images, compute_mode="use_mm_for_euclid_dist")
    near, which = (values.numpy() for values in apart.topk(2, largest=False))
    return near, which


def copies(samples: Float[Tensor, "m C H W"], training: ImageSet) -> dict[str, float]:
    """Shares of samples that are copies: of any training image, and of one that stands more than once in the set."""
    near, which = nearest_two(samples, training)
    copied = near[:, 0] ** 2 <= COPY * near[:, 1] ** 2
    found = {"copies": float(copied.mean())}
    repeated = training.repetition > 1
    if repeated.any():
        found["copies_of_repeated"] = float((copied & repeated[which[:, 0]]).mean())
    return found


def card_text(name: str, card: dict[str, Any]) -> str:
    """The card as Markdown: one line an entry."""
    lines = [f"# {name}", ""]
    lines += [f"- {key.replace('_', ' ')}: {_shown(value)}" for key, value in card.items()]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    return str(value)
