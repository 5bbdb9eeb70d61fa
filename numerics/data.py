"""Real images as samples in rows: faces and digits, separable choices of them, clusters around one image."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float, Float64, Int64
from scipy.ndimage import gaussian_filter
from skimage.data import lfw_subset
from sklearn.datasets import load_digits

from theory import validation
from theory.clique import largest_clique
from theory.separability import NODE_BUDGET

Variant = Literal["unit", "centred"]
Name = Literal["faces", "digits"]

# The first hundred images of scikit-image's subset of Labeled Faces in the Wild are faces, the others not.
FACES = 100
DIGIT_WHITE = 16.0
# A smaller gain in the largest cosine is not looked for: it is near the rounding of the cosines.
IMPROVEMENT = 1e-9


def faces(variant: Variant) -> Float64[np.ndarray, "100 625"]:
    """100 grey faces of 25 × 25 pixels; "unit": in [−1, 1], white is 1; "centred": minus the mean face too.

    Raises `ValueError` for another variant.
    """
    return _scaled(lfw_subset()[:FACES], 1.0, variant)


def digits(variant: Variant) -> Float64[np.ndarray, "1797 64"]:
    """1797 handwritten digits of 8 × 8 pixels; "unit": in [−1, 1]; "centred": minus the mean image too.

    Raises `ValueError` for another variant.
    """
    return _scaled(load_digits(return_X_y=True)[0], DIGIT_WHITE, variant)


def digit_labels() -> Int64[np.ndarray, " images"]:
    """Which digit 0 … 9 each row of `digits` shows: shape (1797,)."""
    return np.asarray(load_digits(return_X_y=True)[1], dtype=np.int64)


def separable_images(
    name: Name, count: int
) -> tuple[Float64[np.ndarray, "count d"], Int64[np.ndarray, " count"], float]:
    """`count` centred images as far apart as possible: (images, their indices, largest pairwise cosine β).

    Theorem 3.1 (BR) needs β < 0.  No choice has a β smaller by more than 1e-9, unless the budget of the exact
    search ran out, which it does not for up to six images.  Deterministic.
    Raises `ValueError` for an unknown name, `count` < 2, or when no `count` images with β < 0 are found.
    """
    if name not in get_args(Name):
        raise ValueError(f"name must be one of {get_args(Name)}, got {name!r}")
    count = validation.whole(count, "count", least=2)
    images = faces("centred") if name == "faces" else digits("centred")
    units = images / np.linalg.norm(images, axis=1, keepdims=True)
    cosines = units @ units.T
    np.fill_diagonal(cosines, np.inf)  # no image stands beside itself
    members, beta = np.arange(0), 0.0
    while True:
        clique = largest_clique(cosines <= beta - IMPROVEMENT, node_budget=NODE_BUDGET, enough=count)
        if len(clique.members) < count:
            break
        members, beta = _exchange(cosines, np.array(clique.members))
    if not len(members):
        raise ValueError(f"count must allow pairwise negative cosines among the {name}, got {count}")
    return images[members], members, beta


def augmented_cluster(
    image: Float[Any, " d"], size: int, alpha: float, rng: np.random.Generator
) -> Float64[np.ndarray, "size d"]:
    """`size` variations x of a square image (d = side², row by row), each with ‖x − image‖ ≤ α‖image‖.

    A variation mixes, with Gaussian weights, contrast, brightness, shifts by a fraction of a pixel along both
    axes (interpolated linearly with the image moved by one pixel, borders repeated) and smooth noise; its
    distance is uniform between 0 and the bound.  Relative to the mean of the variations, the α of Definition
    3.1 (BR) is at most 2α/(1 − α).
    Raises `ValueError` if d is not a square, the image is zero, `size` < 1, or α is not in [0, 1).
    """
    image = validation.real_array(image, "image", ndim=1)
    size = validation.whole(size, "size", least=1)
    alpha = validation.nonnegative(alpha, "alpha")
    if alpha >= 1:
        raise ValueError(f"alpha must be < 1, got {alpha!r}")
    side = math.isqrt(len(image))
    if side**2 != len(image) or not image.any():
        raise ValueError(f"image must be square and nonzero, got {len(image)} pixels of norm {np.linalg.norm(image)}")
    picture = image.reshape(side, side)
    framed = np.pad(picture, 1, mode="edge")
    variations = [picture, np.ones_like(picture)]
    for moved in (framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:]):
        variations.append(moved - picture)
    cluster = np.empty((size, side, side))
    for member in cluster:
        smooth = gaussian_filter(rng.standard_normal(picture.shape), sigma=1.0)
        step = np.sum([rng.standard_normal() * _normalised(v) for v in (*variations, smooth)], axis=0)
        member[:] = picture + rng.uniform() * alpha * np.linalg.norm(picture) * _normalised(step)
    return cluster.reshape(size, -1)


def duplicated(
    X: Float[Any, "n d"], multiplicities: Any
) -> tuple[Float64[np.ndarray, "copies d"], Int64[np.ndarray, " copies"]]:
    """Row i of X (n, d) repeated `multiplicities[i]` ≥ 1 times, and the labels which make each row a cluster.

    Raises `ValueError` if the multiplicities are not n whole numbers ≥ 1.
    """
    X = validation.samples(X)
    repeats = validation.real_array(multiplicities, "multiplicities", ndim=1)
    if len(repeats) != len(X):
        raise ValueError(f"multiplicities must match the {len(X)} samples of X, got {len(repeats)}")
    if not (np.equal(repeats, np.floor(repeats)) & (repeats >= 1)).all():
        raise ValueError(f"multiplicities must be whole numbers >= 1, got {repeats.tolist()}")
    labels = np.repeat(np.arange(len(X), dtype=np.int64), repeats.astype(np.int64))
    return X[labels], labels


def _scaled(images: Float[np.ndarray, "n *shape"], white: float, variant: Variant) -> Float64[np.ndarray, "n d"]:
    """Grey levels 0 … `white` brought to −1 … 1, one image per row."""
    if variant not in get_args(Variant):
        raise ValueError(f"variant must be one of {get_args(Variant)}, got {variant!r}")
    rows = images.reshape(len(images), -1).astype(np.float64) * (2 / white) - 1
    return rows if variant == "unit" else rows - rows.mean(axis=0)


def _normalised(picture: Float64[np.ndarray, "side side"]) -> Float64[np.ndarray, "side side"]:
    """Unit norm; zero stays zero, as a constant image does not change when it is shifted."""
    norm = np.linalg.norm(picture)
    return picture / norm if norm > 0 else picture


def _exchange(
    cosines: Float64[np.ndarray, "n n"], members: Int64[np.ndarray, " m"]
) -> tuple[Int64[np.ndarray, " m"], float]:
    """Replace each member by the image best placed beside the others, while the largest cosine falls."""
    beta, tried = np.inf, members
    while (reached := float(cosines[np.ix_(tried, tried)][np.triu_indices(len(tried), 1)].max())) < beta:
        members, beta = np.sort(tried), reached
        for _ in members:
            rest = tried[1:]
            tried = np.append(rest, cosines[rest].max(axis=0).argmin())
    return members, beta
