"""The shipped ReLU autoencoder of digits, steered by its closed form: matrices of each level, exact ends and slopes."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import torch

from numerics.denoiser_sampling import noise_levels
from numerics.image_models import load_shipped
from numerics.image_relu import ReluDenoiser
from numerics.relu_levels import relu_level
from numerics.steering import Steering, response
from theory.steered_sampling import Level, piece

from .check import Bears, Check
from .sampling import Law, property_check
from .steering_evidence import kept

MODEL = "digits-hybrid-relu"
# Levels of the sampler: fewer than were measured, as each holds two matrices of the network.
_LEVELS = 6


class Problem(NamedTuple):
    """The network steered towards the pictures that are kept of it, at these levels, and the matrices of each."""

    steering: Steering
    levels: np.ndarray
    networks: list[Level]
    largest: float


@cache
def problem() -> Problem:
    """The shipped network in double precision. Raises `ValueError` if it does not ship."""
    denoiser, _ = load_shipped(MODEL)
    if not isinstance(denoiser, ReluDenoiser):
        raise ValueError(f"denoiser must be a ReLU autoencoder, got {type(denoiser).__name__}")
    denoiser = denoiser.double()
    arrays, description = kept()
    shown = torch.as_tensor(arrays[f"{MODEL}/0/shown"][:, -1:], dtype=torch.float64) / 127.5 - 1
    steering = Steering(denoiser, "code", {0: shown})
    plan = description["plan"]
    levels = noise_levels(_LEVELS, plan["sigma_min"], denoiser.start_level, 7.0).numpy()
    networks = [relu_level(denoiser, sigma, steering.means(sigma)[0]) for sigma in levels[:-1].tolist()]
    largest = next(way["largest"] for way in description["ways"] if way["model"] == MODEL and way["number"] == 0)
    return Problem(steering, levels, networks, largest)


def answers(start: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """What the network gives from one start (d,) at each strength: (strengths, d)."""
    chosen = problem()
    side = int(np.sqrt(len(start)))
    image = torch.as_tensor(start.reshape(1, 1, side, side))
    return response(chosen.steering, image, chosen.levels, strengths, [0])[0].flatten(1).numpy()


def closed_form_check(name: str) -> Check:
    """That the network ends where the closed form says, with its slope, up to the next switch of a gate."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, float]:
        chosen = problem()
        return chosen.levels[0] * rng.standard_normal(len(chosen.networks[0].W1)), rng.uniform(0, chosen.largest)

    def discrepancy(drawn: tuple[np.ndarray, float], pushed: float, slope: float) -> float:
        start, strength = drawn
        chosen = problem()
        networks = [level._replace(v=pushed * level.v) for level in chosen.networks]
        found = piece(networks, chosen.levels, start, strength)
        after = strength + 0.9 * (min(found.high, chosen.largest) - strength)
        predicted = np.stack([found.end, found.end + slope * (after - strength) * found.slope])
        away = np.abs(answers(start, np.array([strength, after])) - predicted).max()
        moved = np.abs((after - strength) * found.slope).max()
        return float(max(away / np.abs(predicted).max(), 1e-4 * away / max(moved, 1e-12)))

    def law(label: str, pushed: float, slope: float) -> Law:
        return Law(label, draw, lambda drawn: discrepancy(drawn, pushed, slope), 1e-7)

    return property_check(
        law(name, 1.0, 1.0),
        [law("pushed 1 % more", 1.01, 1.0), law("slope 1 % larger", 1.0, 1.01)],
        problems=2,
        bears=Bears.SUPPORTS,
        scope=f"{MODEL}, {_LEVELS} levels",
    )
