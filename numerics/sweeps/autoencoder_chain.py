"""Chains of ReLU autoencoders: how much has a chain stored at generation g, and does m* say so?

Six originals in pairwise negative inner products, each twice in the first training set of n = 12. Three ways on:

    families  the next set is drawn from the last with replacement (Wright–Fisher), networks are trained beside it;
    restored  the next set is what the network samples, each end set to the training point nearest in direction;
    raw       the next set is what the network samples.

The weight decay is λ = m*/n, m* the threshold of a sample of length one. A cell is a batch of chains; `block` holds
the same of chains whose networks have predicted weights. An original counts as stored by `theory.storage`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from numerics.autoencoder_chain import Networks, Points, block_chain, ray_energies, trained_chain
from numerics.generations import MEMORISER, Generation, Model, generations
from numerics.sweep_declaration import Cell, Sweep
from theory.separability import regular_simplex
from theory.storage import storage

ORIGINALS, COPIES = 6, 2
POINTS = ORIGINALS * COPIES
WIDTH, SIGMA = 2 * ORIGINALS, 0.03
CHAINS, GENERATIONS = 24, 6


class Setting(NamedTuple):
    """Dimension, longest original (the shortest has length one), and how far directions are from a regular simplex."""

    d: int
    longest: float
    uneven: float


SETTINGS = {"even": Setting(6, 1.0, 0.0), "uneven": Setting(8, 1.3, 0.15)}


def originals(name: str) -> Float64[np.ndarray, "M d"]:
    """The originals of a setting, the shortest first."""
    setting = SETTINGS[name]
    rng = np.random.default_rng([*name.encode()])
    directions = regular_simplex(ORIGINALS, setting.d)
    directions = directions + setting.uneven / ORIGINALS * rng.standard_normal(directions.shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    turn = np.linalg.qr(rng.standard_normal((setting.d, setting.d)))[0]
    return np.linspace(1.0, setting.longest, ORIGINALS)[:, None] * directions @ turn


def chains(arm: str, name: str, threshold: float, model: Model, count: int, seed: int) -> list[Generation]:
    """Generations of `count` chains of an arm; under "families" `model` is fitted, and the training set drawn from."""
    X = np.repeat(originals(name), COPIES, axis=0)
    if arm == "families":
        model = Model(model.fit, lambda fit, n, rng: MEMORISER.draw(fit.training, n, rng))
    rng = np.random.default_rng([seed, round(100 * threshold), *arm.encode(), *name.encode()])
    start = np.broadcast_to(X, (count, *X.shape))
    return list(generations(lambda n, rng: start[:, :n], model, "replace", POINTS, GENERATIONS, rng))


def models(arm: str, name: str, threshold: float) -> tuple[Model, Model]:
    """Trained networks of a cell, and predicted ones."""
    lengths, decay = "raw" if arm == "raw" else "restored", threshold / POINTS
    return trained_chain(WIDTH, SIGMA, decay, lengths), block_chain(originals(name), SIGMA, decay, lengths)


class Looks(NamedTuple):
    """What is seen of a generation, (chains,) or (chains, M): copies and energy of each original's ray, which originals
    the network stores, its gain x·f(x)/‖x‖² at them, and the share of training points that are not along any ray.
    """

    copies: np.ndarray
    energy: np.ndarray
    stored: np.ndarray
    gain: np.ndarray
    astray: np.ndarray


def look(training: Points, networks: Networks, X: Float64[np.ndarray, "M d"]) -> Looks:
    """See `Looks`. A ray is met within a cosine of 0.99."""
    energy, copies = ray_energies(training, X)
    kept = [storage(W1, W2, X, SIGMA) for W1, W2 in zip(networks.W1, networks.W2, strict=True)]
    norms = np.linalg.norm(training, axis=2)
    along = (training @ (X / np.linalg.norm(X, axis=1, keepdims=True)).T).max(axis=2)
    stored, gain = np.array([each.stored for each in kept]), np.array([each.gain for each in kept])
    return Looks(copies, energy, stored, gain, (along < 0.99 * norms).mean(axis=1))


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """By cell, generation and chain: `Looks`, and whether the descent converged."""
    del device
    rows = []
    for cell in cells:
        arm, name, threshold = cell["arm"], cell["setting"], float(cell["threshold"])
        X = originals(name)
        trained = chains(arm, name, threshold, models(arm, name, threshold)[0], CHAINS, int(cell["seed"]))
        looks = [look(training, networks, X) for training, networks, _ in trained]
        found = {key: np.array([getattr(each, key) for each in looks]) for key in Looks._fields}
        found["settled"] = np.array([networks.converged for _, networks, _ in trained])
        rows.append(found)
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


SWEEP = Sweep(
    name="autoencoder-chain",
    question="How much has a chain of ReLU autoencoders stored at generation g, and do m* and Wright–Fisher say so?",
    grid={
        "arm": ("families", "restored", "raw"),
        "setting": tuple(SETTINGS),
        "threshold": (0.1, 1.5, 2.5),
        "seed": tuple(range(8)),
    },
    quick={
        "arm": ("families", "restored", "raw"),
        "setting": tuple(SETTINGS),
        "threshold": (0.1, 1.5, 2.5),
        "seed": (0,),
    },
    together=("arm", "setting", "threshold", "seed"),
    chunk=1,
    measure=measure,
)
