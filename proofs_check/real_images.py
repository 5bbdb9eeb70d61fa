"""Descent on real photographs: from perturbed and random weights to the predicted minimiser of the exact objective.

Images are centred and scaled to mean norm one, so σ is in units of the mean norm. Every descent works in the full
dimension (625 for faces, 64 for digits) on the exact objective, and counts only if its gradient norm ends below 1e-10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from numerics.data import Name, augmented_cluster, duplicated, separable_images
from numerics.landing import block_distance, column_distance
from numerics.minimize import Minimum, minimize
from theory.block_minimizer import block_weights, gate_margin, memorizing_weights

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

# σ is "small against the margin" here: what the gates get wrong is of order exp(−margin²/4σ²) ~ 1e-9 of the weights.
MARGIN_OVER_SIGMA = 9.0
SIGMAS = (0.05, 0.1, 0.2, 0.5, 1.0)
# Wider blocks turn freely while their gates are settled; beyond this σ they leave the formula for good.
BLOCK_SIGMAS = (0.05, 0.1)
RANDOM_STARTS = 3
LANDED = 1e-6
DECAY_SHARE = 0.1
SUBSETS: tuple[tuple[Name, int], ...] = tuple((name, count) for name in ("faces", "digits") for count in (3, 4, 5, 6))

Predict = Callable[[np.ndarray, np.ndarray, tuple[int, ...], float, float], np.ndarray]


@dataclass(frozen=True, eq=False)
class Scene:
    """Real images in clusters, scaled to mean norm one, with the decay and the σ that the evidence uses."""

    name: str
    X: np.ndarray
    labels: np.ndarray
    widths: tuple[int, ...]
    weight_decay: float
    cosine: float

    @property
    def margin(self) -> float:
        """Least distance of a sample from a gate, for the weights predicted at σ = 0."""
        predicted = block_weights(self.X, self.labels, self.widths, 0.0, self.weight_decay)
        return gate_margin(predicted, self.X, self.labels, self.widths)


def _scaled(X: np.ndarray) -> np.ndarray:
    return X / np.linalg.norm(X, axis=1).mean()


@cache
def memorizing_scene(name: Name, count: int) -> Scene:
    """`count` single images with pairwise negative inner products."""
    X, _, cosine = separable_images(name, count)
    X = _scaled(X)
    limit = float((X**2).sum(axis=1).min()) / count
    return Scene(f"{name}, M = {count}", X, np.arange(count), (1,) * count, DECAY_SHARE * limit, cosine)


@cache
def cluster_scene(name: Name, hybrid: bool) -> Scene:
    """Two clusters of six variations of an image in two units each; if `hybrid`, the second is one image five times."""
    images, _, cosine = separable_images(name, 2)
    rng = np.random.default_rng(2)
    varied = [augmented_cluster(image, 6, 0.25, rng) for image in images]
    if hybrid:
        varied[1] = duplicated(images[1:], [5])[0]
    X = _scaled(np.concatenate(varied))
    labels = np.repeat([0, 1], [len(block) for block in varied])
    widths = (2, 1) if hybrid else (2, 2)
    second = min(np.linalg.svd(X[labels == k])[1][width - 1] ** 2 for k, width in enumerate(widths))
    kind = "cluster beside a duplicate" if hybrid else "two clusters"
    return Scene(f"{name}, {kind}", X, labels, widths, DECAY_SHARE * float(second) / len(X), cosine)


@cache
def descended(scene: Scene, sigma: float, seed: int, start: str) -> Minimum:
    """Minimise the exact objective from the prediction shaken by 5 %, or from random weights of the same size."""
    predicted = block_weights(scene.X, scene.labels, scene.widths, sigma, scene.weight_decay)
    rng = np.random.default_rng([seed, *start.encode()])
    shake = [rng.standard_normal(predicted.shape) for _ in range(2)]
    unit = np.linalg.norm(predicted) / np.sqrt(predicted.size)
    if start == "random":
        return minimize(scene.X, unit * shake[0], unit * shake[1], sigma, scene.weight_decay)
    W1, W2 = (predicted + 0.05 * unit * change for change in shake)
    return minimize(scene.X, W1, W2, sigma, scene.weight_decay)


def predict_memorizing(X, labels, widths, sigma, weight_decay) -> np.ndarray:
    """Corollary 3.2's weights."""
    del labels, widths
    return memorizing_weights(X, sigma, weight_decay)


def predict_blocks(X, labels, widths, sigma, weight_decay) -> np.ndarray:
    """Theorem 3.1's weights."""
    return block_weights(X, labels, widths, sigma, weight_decay)


def _distance(scene: Scene, found: Minimum, sigma: float, predict: Predict) -> float:
    predicted = predict(scene.X, scene.labels, scene.widths, sigma, scene.weight_decay)
    if set(scene.widths) == {1}:
        both = np.concatenate([found.W1, found.W2])
        return column_distance(both, np.concatenate([predicted, predicted]))
    return block_distance(found.W1, found.W2, predicted, scene.X, scene.labels)


def landing_check(
    name: str,
    scenes: Callable[[], list[Scene]],
    predict: Predict,
    wrong: Iterable[tuple[str, Predict]],
    *,
    about: str = "printed",
    scope: str,
) -> Check:
    """A check that descent from perturbed weights lands within 1e-6 of the prediction where σ ≪ margin, on every scene.

    Its table shows the distance as σ grows and how many random starts reach the same minimiser.
    """

    def decide_about(candidate: Predict, effort: Effort, with_table: bool) -> Outcome:
        worst = 0.0
        for scene in scenes():
            sigma = scene.margin / MARGIN_OVER_SIGMA
            found = descended(scene, sigma, effort.seed, "perturbed")
            if not found.converged:
                return Outcome(
                    False, margin=f"gradient {found.gradient_norm:.1e}", detail=f"not converged: {scene.name}"
                )
            worst = max(worst, distance := _distance(scene, found, sigma, candidate))
            if not distance <= LANDED:
                return Outcome(
                    False, margin=f"{distance:.1e}", detail=f"{scene.name} at σ = {sigma:.3g}: over {LANDED:.0e}"
                )
        tables = (_growth(name, scenes(), predict, effort),) if with_table else ()
        return Outcome(True, f"worst {worst:.1e} ≤ {LANDED:.0e}", f"{len(scenes())} sets of images", tables)

    def controls(effort: Effort) -> Iterable[Control]:
        for label, other in wrong:
            yield Control(f"{name}: {label}", lambda other=other: decide_about(other, effort, False))

    return Check(
        name, Method.DESCENT, lambda effort: decide_about(predict, effort, True), controls, Bears.SUPPORTS, about, scope
    )


def _growth(title: str, scenes: list[Scene], predict: Predict, effort: Effort) -> Table:
    rows = []
    single_units = all(set(scene.widths) == {1} for scene in scenes)
    sigmas = SIGMAS if single_units else BLOCK_SIGMAS
    for scene in scenes:
        small = scene.margin / MARGIN_OVER_SIGMA
        cells = [scene.name, f"{scene.cosine:.3f}", f"{small:.4f}"]
        for sigma in (small, *sigmas):
            found = descended(scene, sigma, effort.seed, "perturbed")
            distance = _distance(scene, found, sigma, predict)
            cells.append(f"{distance:.1e}" if found.converged else "not converged")
        starts = effort.count(RANDOM_STARTS) if single_units else 0
        reached = 0
        for seed in range(starts):
            found = descended(scene, small, effort.seed + 1000 * (seed + 1), "random")
            reached += found.converged and _distance(scene, found, small, predict) <= LANDED
        rows.append((*cells, f"{reached} of {starts}" if starts else "not tried"))
    columns = ("images", "β", "small σ", "at small σ", *(f"σ = {sigma}" for sigma in sigmas), "random starts landing")
    return Table(f"{title}: relative distance of the minimiser from the prediction", columns, tuple(rows))
