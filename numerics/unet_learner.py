"""U-Nets trained from scratch, without classes, one training set after the other, as the learner of an image loop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from numerics.denoiser_sampling import sample
from numerics.denoiser_training import train
from numerics.image_denoisers import build
from theory import validation


@dataclass(frozen=True)
class UnetLearner:
    """A U-Net of two `widths`, trained for `steps` on `batch` square images each, at `rate`."""

    widths: tuple[int, int]
    steps: int
    batch: int
    rate: float = 1e-3
    device: str = "cpu"

    def __call__(self, points: Float[Any, "sets n d"], draws: int, seed: int) -> Float64[np.ndarray, "sets draws d"]:
        """`draws` images of each training set's own network, pixels in [−1, 1]; a set's do not depend on the others.

        Raises `ValueError` for bad input, images that are not square, and a set of images that are all the same.
        """
        points, draws = validation.real_array(points, "points", ndim=3), validation.whole(draws, "draws", 1)
        side = math.isqrt(points.shape[2])
        if side**2 != points.shape[2]:
            raise ValueError(f"points must be square images, got {points.shape[2]} pixels")
        return np.stack([self._drawn(images.reshape(-1, 1, side, side), draws, seed) for images in points])

    def _drawn(self, images: np.ndarray, draws: int, seed: int) -> Float64[np.ndarray, "draws d"]:
        network = build(
            "unet", shape=images.shape[1:], classes=1, seed=seed, widths=self.widths, sigma_data=float(images.std())
        )
        labels = np.zeros(len(images), dtype=np.int64)
        train(
            network, images, labels, steps=self.steps, batch=self.batch, learning_rate=self.rate, seed=seed,
            device=self.device, null_share=1.0,
        )  # fmt: skip
        drawn = sample(network.to(self.device), draws, seed=seed, device=self.device)
        return drawn.clamp(-1, 1).reshape(draws, -1).double().numpy()
