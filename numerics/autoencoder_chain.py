"""Chains of ReLU denoising autoencoders: each is trained on what the last one samples.

Training is by descent on the exact objective (BR eq. 6) from a Gaussian start. Sampling follows deterministic steps
from noise with the one network at all levels, as a power method would. A bias-free network is positively homogeneous:
what it returns lies on the rays of what it stored, at lengths that the start and the weight decay decide. Lengths are
kept "raw"; or they are "restored": each end becomes the training point nearest in direction, and a start at which the
network is silent, as it is at half of them when it stores one sample, is reflected first.

`block_chain` has the weights that BR predicts in place of trained ones: on the ray of original k, with energy Λ = Σz²
of its m points among n, a unit of gain (Λ − nλ)_+/(Λ + mσ²), and none where that is zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from numerics.descent import descend
from numerics.generations import Model, Points
from numerics.optimizers import Optimizer
from numerics.sampling import sample
from theory import validation

# Deviation of a weight at a start, times √d; Adam's rate; when a descent has ended, in units of mean‖x‖².
START, RATE, TOLERANCE, STEPS, CHECK = 0.7, 0.05, 1e-3, 4000, 25
# Levels of sampling, in units of the originals' length: after them a mixture of two samples is rare.
LEVELS = np.append(np.geomspace(1.0, 1e-4, 40), 0.0)
# A point that is shorter, in units of the originals' length, is nothing.
NOTHING = 1e-9
# A network is silent at a point of which it returns a smaller share, and a unit counts as gone if no point is left more
# by it: decay removes units exponentially, and descent ends before that.
SILENT = 0.01


class Networks(NamedTuple):
    """Networks of all replicates, what they were trained on, and whether their descents ended at a stationary point."""

    W1: Float64[np.ndarray, "replicates d p"]
    W2: Float64[np.ndarray, "replicates d p"]
    training: Float64[np.ndarray, "replicates n d"]
    converged: Bool[np.ndarray, " replicates"]


def trained_chain(width: int, sigma: float, weight_decay: float, lengths: str) -> Model:
    """Networks of `width` units trained at noise level `sigma` with `weight_decay`, from starts drawn anew each time.

    lengths: "raw" or "restored". Training sets that are nothing train nothing: their weights are zero. Raises
    `ValueError` for bad input.
    """
    width = validation.whole(width, "width", 1)
    sigma = validation.nonnegative(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")

    def fit(points: Points, rng: np.random.Generator) -> Networks:
        replicates, _, d = points.shape
        W1, W2 = np.zeros((2, replicates, d, width))
        converged = np.ones(replicates, dtype=bool)
        # As many seeds for any number of replicates that are left.
        seeds = rng.integers(2**31, size=replicates)
        alive = (points**2).sum(axis=(1, 2)) > NOTHING
        if alive.any():
            found = descend(
                points[alive],
                width,
                sigma,
                weight_decay,
                seeds=seeds[alive].tolist(),
                start=START / np.sqrt(d),
                optimizer=Optimizer("adam", RATE),
                steps=STEPS,
                tolerance=TOLERANCE,
                check_every=CHECK,
            )
            heights = np.linalg.norm(found.W1, axis=1) * np.linalg.norm(found.W2, axis=1)
            kept = (heights >= SILENT)[:, None]
            W1[alive], W2[alive], converged[alive] = found.W1 * kept, found.W2 * kept, found.converged
        return Networks(W1, W2, points, converged)

    return Model(fit, _sampler(lengths))


def block_chain(originals: Float64[np.ndarray, "M d"], sigma: float, weight_decay: float, lengths: str) -> Model:
    """The same with predicted weights: training points belong to the original nearest in direction.

    `originals` (M, d), none at the origin. Raises `ValueError` for bad input.
    """
    originals = _originals(originals)
    sigma = validation.nonnegative(sigma, "sigma")
    weight_decay = validation.nonnegative(weight_decay, "weight_decay")
    units = originals / np.linalg.norm(originals, axis=1, keepdims=True)

    def fit(points: Points, rng: np.random.Generator) -> Networks:
        energy, copies = ray_energies(points, originals)
        stored = energy > points.shape[1] * weight_decay
        gain = np.zeros_like(energy)
        gain[stored] = (energy - points.shape[1] * weight_decay)[stored] / (energy + copies * sigma**2)[stored]
        W = units.T * np.sqrt(gain)[:, None, :]
        return Networks(W, W, points, np.ones(len(points), dtype=bool))

    return Model(fit, _sampler(lengths))


def ray_energies(
    points: Points, originals: Float64[np.ndarray, "M d"]
) -> tuple[Float64[np.ndarray, "replicates M"], Float64[np.ndarray, "replicates M"]]:
    """Σz² and number of the points that are nearest in direction to each original; points that are nothing to none.

    Raises `ValueError` for bad input.
    """
    points, originals = validation.real_array(points, "points", ndim=3), _originals(originals)
    units = originals / np.linalg.norm(originals, axis=1, keepdims=True)
    nearest = (points @ units.T).argmax(axis=2)
    squares = (points**2).sum(axis=2)
    belongs = (nearest[..., None] == np.arange(len(units))) & (squares > NOTHING**2)[..., None]
    return (belongs * squares[..., None]).sum(axis=1), belongs.sum(axis=1).astype(float)


def follow(networks: Networks, n: int, rng: np.random.Generator, *, reflect: bool) -> Points:
    """n ends of each network's sampling, at their raw lengths; `reflect` starts at which the network is silent."""
    replicates, d, _ = networks.W1.shape

    def denoiser(y: np.ndarray, sigma: float) -> np.ndarray:
        del sigma
        heights = np.maximum(y.reshape(replicates, n, d) @ networks.W1, 0.0)
        return (heights @ networks.W2.mT).reshape(-1, d)

    noise = LEVELS[0] * rng.standard_normal((replicates * n, d))
    if reflect:
        answers = np.linalg.norm(denoiser(noise, LEVELS[0]), axis=1)
        noise[answers < SILENT * np.linalg.norm(noise, axis=1)] *= -1
    return sample(denoiser, noise, LEVELS).reshape(replicates, n, d)


def _originals(values: Any) -> Float64[np.ndarray, "M d"]:
    originals = validation.samples(values, "originals")
    if not originals.any(axis=1).all():
        raise ValueError(f"originals must not be at the origin, got {originals.tolist()}")
    return originals


def _sampler(lengths: str) -> Any:
    if lengths not in ("raw", "restored"):
        raise ValueError(f"lengths must be raw or restored, got {lengths!r}")

    def draw(networks: Networks, n: int, rng: np.random.Generator) -> Points:
        ends = follow(networks, n, rng, reflect=lengths == "restored")
        if lengths == "raw":
            return ends
        norms = np.linalg.norm(networks.training, axis=2)
        directions = networks.training / np.maximum(norms, NOTHING)[..., None]
        nearest = (ends @ directions.mT).argmax(axis=2)
        restored = np.take_along_axis(networks.training, nearest[..., None], axis=1)
        return np.where(np.linalg.norm(ends, axis=2, keepdims=True) > NOTHING, restored, 0.0)

    return draw
