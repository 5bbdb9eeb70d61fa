"""Sets of certificates that are worth keeping, and the run that finds them one by one.

A run writes each certificate as soon as it is found, and skips what is there already: a run that is killed loses at
most the one in progress. What cannot be certified is kept with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from numerics import store
from numerics.data import Name, augmented_cluster, duplicated, separable_images
from theory.block_minimizer import block_weights, gate_margin
from theory.linear_autoencoder import gram_spectrum
from theory.separability import regular_simplex

from .certificate import Certificate, read_certificate, write_certificate
from .certify import certify_blocks
from .problems import random_rotation

RANDOM_COUNT = 100
# Weight decay as a share of the largest that leaves every block its width.
DECAY_SHARES = (0.02, 0.1, 0.3)
IMAGE_CLUSTER_SIZE = 5
# Margins in units of σ.
SINGLE_RUNGS = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)
BLOCK_RUNGS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0)


@dataclass(frozen=True, eq=False)
class Problem:
    """A named problem for `certify_blocks`; sigma is `margin_over_sigma` below the gate margin."""

    name: str
    X: np.ndarray
    labels: np.ndarray
    widths: tuple[int, ...]
    margin_over_sigma: float
    decay_share: float
    bits: int

    @property
    def weight_decay(self) -> float:
        """λ: the share of its limit, the least Gram eigenvalue in use over n."""
        used = [gram_spectrum(self.X[self.labels == k])[0][width - 1] for k, width in enumerate(self.widths)]
        return self.decay_share * float(min(used)) / len(self.X)

    @property
    def margin(self) -> float:
        """Least distance of a sample from a gate hyperplane of the block formula at σ = 0."""
        formula = block_weights(self.X, self.labels, self.widths, 0.0, self.weight_decay)
        return gate_margin(formula, self.X, self.labels, self.widths)

    def certify(self) -> Certificate:
        """The certificate, or the reason why there is none."""
        sigma = self.margin / self.margin_over_sigma
        return certify_blocks(self.name, self.X, self.labels, self.widths, sigma, self.weight_decay, bits=self.bits)


def real_problems() -> Iterator[Problem]:
    """Faces (d = 625) and digits (d = 64): stored singly, hybrid, and in blocks of two units."""
    for name in ("faces", "digits"):
        for count in (2, 3, 4, 5, 6):
            X = _unit_mean(separable_images(name, count)[0])
            for number, ratio in enumerate((2.0, 3.0, 5.0)):
                label = f"{name}-memorising-M{count}-margin{ratio:.0f}sigma"
                share = DECAY_SHARES[(count + number) % len(DECAY_SHARES)]
                yield Problem(label, X, np.arange(count), (1,) * count, ratio, share, 160)
        for seed in range(2):
            for ratio in (2.5, 4.0):
                yield _image_clusters(name, "hybrid", seed, ratio)
                yield _image_clusters(name, "blocks", seed, ratio)


def _image_clusters(name: Name, kind: str, seed: int, ratio: float) -> Problem:
    """A varied image in two units beside one image several times ("hybrid"), or beside another varied one."""
    images, _, _ = separable_images(name, 2)
    rng = np.random.default_rng([seed, *kind.encode()])
    first, second = (augmented_cluster(image, IMAGE_CLUSTER_SIZE, 0.3, rng) for image in images)
    if kind == "hybrid":
        second = duplicated(images[1:], [3])[0]
    X = _unit_mean(np.concatenate([first, second]))
    labels = np.repeat([0, 1], [len(first), len(second)])
    widths = (2, 1) if kind == "hybrid" else (2, 2)
    return Problem(f"{name}-{kind}-{seed}-margin{ratio:g}sigma", X, labels, widths, ratio, 0.1, 256)


def ladder_problems() -> Iterator[Problem]:
    """Falling noise levels on fixed data, for the law of the residual: margins, decays, and blocks of two units."""
    single = {
        "pair-cos0.3": [[1.0, 0.0], [-0.3, np.sqrt(0.91)]],
        "pair-cos0.6-unequal": [[1.0, 0.0], [-1.2, 1.6]],
        "triple": [[1.0, 0.2, 0.1], [-0.4, 0.8, 0.3], [-0.3, -0.6, 0.9]],
    }
    for name, rows in single.items():
        for share in (0.1, 0.9):
            labels = np.arange(len(rows))
            yield from _ladder(f"{name}-decay{share:g}", np.array(rows), labels, (1,) * len(rows), share, SINGLE_RUNGS)
    spread = np.array([[1.0, 0.3], [1.0, -0.2], [-1.0, 0.1]])
    yield from _ladder("spread-one-unit", spread, np.array([0, 0, 1]), (1, 1), 0.1, SINGLE_RUNGS)
    # A gate that closes on a sample of its own cluster lowers the loss, one that opens on another raises it: where own
    # gates are the nearest the block turns until they close, where the others are it stays between them.
    labels, widths = np.array([0, 0, 1]), (2, 1)
    for half in (0.5, 0.8):
        rows = np.array([[1.0, half], [1.0, -half], [-1.0, 0.0]])
        yield from _ladder(f"two-units-own-gates-near-{half:g}", rows, labels, widths, 0.1, BLOCK_RUNGS[:-1])
    rows = np.array([[1.0, 0.4], [1.0, -0.5], [-0.3, 0.02]])
    yield from _ladder("two-units-other-gates-near", rows, labels, widths, 0.1, BLOCK_RUNGS)


def _ladder(
    name: str, X: np.ndarray, labels: np.ndarray, widths: tuple[int, ...], share: float, rungs: tuple[float, ...]
) -> Iterator[Problem]:
    for ratio in rungs:
        yield Problem(f"{name}-rung{ratio:04.1f}", X, labels, widths, ratio, share, 320)


def random_problems(count: int = RANDOM_COUNT, seed: int = 0) -> Iterator[Problem]:
    """`count` data sets with M = 2 … 8 clusters in d = 1 … 1000, of single or repeated samples."""
    for number in range(count):
        yield random_problem(f"random-{seed}-{number:03d}", np.random.default_rng([seed, number]))


def random_problem(name: str, rng: np.random.Generator) -> Problem:
    """Single or repeated samples near the vertices of a simplex, any pair of them at an obtuse angle."""
    M = int(rng.integers(2, 9))
    d = int(rng.choice([M - 1, M, M + 3, 30, 100, 1000]))
    rows = _obtuse(rng, M, d)
    copies = rng.integers(1, 4, size=M) if rng.random() < 0.3 else np.ones(M, dtype=int)
    labels = np.repeat(np.arange(M), copies)
    ratio = float(rng.uniform(2.0, 6.0))
    return Problem(name, rows[labels], labels, (1,) * M, ratio, float(rng.uniform(0.02, 0.5)), 160)


def _obtuse(rng: np.random.Generator, M: int, d: int) -> np.ndarray:
    """M vectors in R^d, d ≥ M − 1, with pairwise negative inner products, turned at random."""
    simplex = regular_simplex(M, d)
    spread = 0.3 / M
    while True:
        rows = simplex + spread * rng.standard_normal((M, d)) / np.sqrt(d)
        products = rows @ rows.T
        if products[~np.eye(M, dtype=bool)].max() < -0.3 / M:
            break
        spread /= 2
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True) * rng.uniform(0.7, 1.4, size=(M, 1))
    return rows @ random_rotation(rng, d).T


def _unit_mean(X: np.ndarray) -> np.ndarray:
    return X / np.linalg.norm(X, axis=1).mean()


SETS: dict[str, Callable[[], Iterator[Problem]]] = {
    "real": real_problems,
    "ladder": ladder_problems,
    "random": random_problems,
}


def run(problems: Iterator[Problem], folder: Path, done: Callable[[Certificate], None]) -> None:
    """Certify each problem that `folder` holds no certificate of, and report every one, old or new, to `done`."""
    for problem in problems:
        path = folder / problem.name
        if not store.exists(path):
            write_certificate(problem.certify(), folder)
        done(read_certificate(path))
