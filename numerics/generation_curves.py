"""The measures of a loop on images, generation by generation, with pictures of what is drawn, up to a last moment."""

from __future__ import annotations

import math
import time

import numpy as np
from jaxtyping import Float64

from numerics.generation_measures import MEASURES, Reference, measures
from numerics.image_loop import Learner, Policy, generations

# Pictures kept of each generation.
PICTURES = 6


def generation_curves(
    real: Float64[np.ndarray, "sets n d"],
    held_out: Float64[np.ndarray, "m d"],
    learner: Learner,
    policy: Policy,
    seed: int,
    *,
    count: int,
    until: float = math.inf,
) -> dict[str, np.ndarray]:
    """Arrays with a row for each set of images, pixels in [−1, 1], for `count` generations.

    Each of `MEASURES` (sets, count); pictures (sets, count, 6, d), 0 black to 255 white; done (sets,), how many
    generations there are, and converged, whether all: none begins that would not be done by `until`, in seconds of the
    clock `time.time`, if it took as long as the last. What is missing is NaN, and black. For real images in place of
    drawn ones, against the first training set: real_score, real_novelty, real_copies, of the held-out images, and
    real_distance, of that set from them (sets,). The arguments are checked as far as `measures` checks them.
    """
    reference, sets = Reference(held_out), len(real)
    curves = {name: np.full((sets, count), np.nan) for name in MEASURES}
    pictures = np.zeros((sets, count, PICTURES, real.shape[2]), dtype=np.uint8)
    done = 0
    loop = generations(real, learner, policy, seed)
    begun, took = time.time(), 0.0
    while done < count and begun + took <= until:
        generation = next(loop)
        for place, first in enumerate(real):
            found = measures(generation.training[place], generation.generated[place], first, reference)
            for name, value in found.items():
                curves[name][place, done] = value
        shown = generation.generated[:, :PICTURES]
        pictures[:, done, : shown.shape[1]] = np.round((shown.clip(-1, 1) + 1) * 127.5)
        done += 1
        begun, took = time.time(), time.time() - begun
    plain = [measures(first, held_out, first, reference) for first in real]
    return {
        **curves,
        "pictures": pictures,
        "done": np.full(sets, done),
        "converged": np.full(sets, done == count),
        **{f"real_{name}": np.array([found[name] for found in plain]) for name in ("score", "novelty", "copies")},
        "real_distance": np.array([reference.distance(first) for first in real]),
    }
