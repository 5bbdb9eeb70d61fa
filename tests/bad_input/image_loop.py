"""Loops of generations on images: what their measures refuse, and what takes checked arrays."""

import numpy as np

from numerics.generation_measures import Reference
from tests.bad_values import SAMPLES, bad, of

_IMAGES = [[0.0, 1.0], [1.0, 0.5], [0.25, -1.0], [0.5, 0.5]]
_ROWS = [*SAMPLES, bad("three pixels", [[1.0, 2.0, 3.0]], "must have the 2 pixels of reference", "(1, 3)")]
_ONE = bad("one image", [[1.0, 0.5]], "must hold at least two distinct images", "1")
_COPIES = bad("copies", [[1.0, 0.5]] * 3, "must hold at least two distinct images", "1")

FUNCTIONS = {
    "numerics.generation_measures.measures": of(
        training=(_IMAGES, [*_ROWS, _ONE, _COPIES]),
        generated=(_IMAGES, _ROWS),
        real=(_IMAGES, [*_ROWS, _ONE, _COPIES]),
        reference=(Reference(np.array(_IMAGES)), []),
    ),
}

TAKES_CHECKED_ARRAYS = {
    "numerics.generation_curves.generation_curves",
    "numerics.image_loop.generations",
    "numerics.memorization_ratio.two_nearest_rows",
}
