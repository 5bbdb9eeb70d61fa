"""What is measured of one generation of a loop: novelty, copies, spread, entropy, and distance from held-out images.

Every number compares images as points of R^d, pixel by pixel. Of what was drawn, as many as a training set holds are
used, before any selection.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from numerics.memorization_ratio import two_nearest_rows
from numerics.neighbour_distances import neighbour_distances
from theory import validation
from theory.clustering import distinct_samples
from theory.entropy import neighbour_entropy

# A copy is at most a third as far from the nearest training image as from the second nearest.
COPY = 1 / 9
# Directions of the held-out images in which distributions are compared.
DIRECTIONS = 20

MEASURES = ("score", "novelty", "copies", "copies_of_real", "real_share", "entropy", "distinct", "variance", "distance")


class Reference:
    """Real images (m, d) that no model sees: their mean, leading directions, and covariance there.

    Raises `ValueError` for bad input and for fewer than two images.
    """

    def __init__(self, held_out: Float[Any, "m d"]) -> None:
        images = validation.samples(held_out, "held_out")
        if len(images) < 2:
            raise ValueError(f"held_out must hold at least two images, got {len(images)}")
        self.images = images
        self.centre = images.mean(axis=0)
        self.directions = np.linalg.svd(images - self.centre, full_matrices=False)[2][:DIRECTIONS].T
        _, self.covariance = _moments((images - self.centre) @ self.directions)

    def distance(self, images: Float64[np.ndarray, "m d"]) -> float:
        """Fréchet distance ‖μ − μ'‖² + tr(Σ + Σ' − 2(ΣΣ')^½) of Gaussians in the leading directions, squared pixels."""
        mean, covariance = _moments((images - self.centre) @ self.directions)
        # The root's trace by the symmetric product, whose eigenvalues rounding may leave below zero.
        values, vectors = np.linalg.eigh(self.covariance)
        half = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
        root = np.sqrt(np.linalg.eigvalsh(half @ covariance @ half).clip(min=0)).sum()
        # About the centre of the reference, whose own mean is zero.
        apart = float((mean**2).sum())
        return apart + float(np.trace(covariance) + np.trace(self.covariance) - 2 * root)


def measures(
    training: Float[Any, "n d"], generated: Float[Any, "m d"], real: Float[Any, "r d"], reference: Reference
) -> dict[str, float]:
    """The numbers of `MEASURES` for one generation, whose loop began with the `real` images.

    score: MC's GS, the mean over the generated of the least mean squared difference a pixel; novelty: mean distance of
    the generated to the training set over that within it; copies, copies_of_real: share of the generated that are
    copies of one training image, or of one real one; real_share: share of the training set that is real; entropy: Ĥ_1
    of its distinct images, nats; distinct: their share; variance: mean over pixels, of the training set; distance: of
    the generated from the reference. Raises `ValueError` for bad input and for fewer than two distinct images.
    """
    training, generated = validation.samples(training, "training"), validation.samples(generated, "generated")
    real = validation.samples(real, "real")
    for points, name in ((training, "training"), (generated, "generated"), (real, "real")):
        if points.shape[1] != reference.images.shape[1]:
            raise ValueError(
                f"{name} must have the {reference.images.shape[1]} pixels of reference, got {points.shape}"
            )
    generated = generated[: len(training)]
    within, rows = _distinct(training, "training")
    near = two_nearest_rows(generated, rows)
    known = {row.tobytes() for row in real}
    return {
        "score": float(near[:, 0].mean()) / training.shape[1],
        "novelty": float(np.sqrt(near[:, 0]).mean() / within.mean()),
        "copies": _copies(near),
        "copies_of_real": _copies(two_nearest_rows(generated, _distinct(real, "real")[1])),
        "real_share": float(np.mean([row.tobytes() in known for row in training])),
        "entropy": neighbour_entropy(within, training.shape[1]),
        "distinct": len(rows) / len(training),
        "variance": float(training.var(axis=0).mean()),
        "distance": reference.distance(generated),
    }


def _distinct(points: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the nearest other one among the distinct points, and these."""
    within = neighbour_distances(points) if len(points) > 1 else np.zeros(1)
    # Only where there are copies is it worth comparing all with all.
    if not within.all():
        points = distinct_samples(points).rows
        if len(points) < 2:
            raise ValueError(f"{name} must hold at least two distinct images, got {len(points)}")
        within = neighbour_distances(points)
    return within, points


def _copies(near: np.ndarray) -> float:
    return float((near[:, 0] <= COPY * near[:, 1]).mean())


def _moments(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centred = points - points.mean(axis=0)
    return points.mean(axis=0), centred.T @ centred / len(points)
