"""Image-like data of arXiv 2508.17689: y = c ⊗ template, clusters of low rank in many dimensions.

The r coefficients c are standard normal and multiply one of K templates of D/r pixels, so that a cluster fills an
r-dimensional subspace of R^D. Templates have the length √pixels, as the means of `numerics.sphere_mixture` have √d.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from numerics.data import digits
from theory import validation

TEMPLATES = ("digits", "normal")
_DIGIT_PIXELS = 64


def image_like(
    rng: np.random.Generator, N: int, K: int, rank: int, templates: str, pixels: int = _DIGIT_PIXELS
) -> Float64[np.ndarray, "N D"]:
    """N samples in R^(rank·pixels) of K templates: centred digits of 8 × 8 pixels, or normal vectors.

    Raises `ValueError` for bad input, such as digits of another number of pixels.
    """
    N, K = validation.whole(N, "N", 1), validation.whole(K, "K", 1)
    rank, pixels = validation.whole(rank, "rank", 1), validation.whole(pixels, "pixels", 1)
    if templates not in TEMPLATES:
        raise ValueError(f"templates must be one of {', '.join(TEMPLATES)}, got {templates!r}")
    if templates == "digits":
        if pixels != _DIGIT_PIXELS:
            raise ValueError(f"pixels must be {_DIGIT_PIXELS} for digits, got {pixels!r}")
        images = digits("centred")
        if len(images) < K:
            raise ValueError(f"K must be at most the number of digits {len(images)}, got {K!r}")
        found = images[rng.choice(len(images), K, replace=False)]
    else:
        found = rng.standard_normal((K, pixels))
    found = found * (np.sqrt(pixels) / np.linalg.norm(found, axis=1, keepdims=True))
    chosen = found[rng.integers(K, size=N)]
    return (rng.standard_normal((N, rank, 1)) * chosen[:, None]).reshape(N, -1)
