"""Bad input to image-like data."""

import numpy as np

from tests.bad_values import bad, of, whole

FUNCTIONS = {
    "numerics.image_like.image_like": of(
        rng=(np.random.default_rng(0), []),
        N=(3, whole(1)),
        K=(2, [*whole(1), bad("too many", 10_000, "must be at most the number of digits", "10000")]),
        rank=(1, whole(1)),
        templates=("digits", [bad("unknown", "faces", "must be one of digits, normal", "'faces'")]),
        pixels=(64, [*whole(1), bad("other", 60, "must be 64 for digits", "60")]),
    ),
}
