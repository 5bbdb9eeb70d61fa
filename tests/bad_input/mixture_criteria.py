"""Data of the sphere, losses by level and criteria of memorisation: what they refuse."""

import numpy as np

from tests.bad_values import NONNEGATIVE, POSITIVE, SAMPLES, VECTOR, bad, of, whole

_X = [[0.0, 1.0], [1.0, 0.0]]
_WIDE = [*SAMPLES, bad("of another X", [[1.0, 2.0, 3.0]], "must have the 2 coordinates of X", "(1, 3)")]
_ONE = bad("one sample", [[0.0, 1.0]], "must hold at least two distinct samples", "1")

FUNCTIONS = {
    "numerics.sphere_mixture.draw_mixture": of(
        N=(3, whole(1)),
        d=(2, whole(1)),
        K=(2, whole(1)),
        data_variance=(0.5, NONNEGATIVE),
        seed=(0, whole(0)),
        fresh=(2, whole(0)),
    ),
    "numerics.sphere_mixture.means_on_sphere": of(rng=(np.random.default_rng(0), []), K=(2, whole(1)), d=(2, whole(1))),
    "numerics.level_losses.level_losses": of(
        means=([[0.5, 0.5]], _WIDE),
        variance=(0.5, NONNEGATIVE),
        X=(_X, SAMPLES),
        grid=(
            [0.1, 0.5],
            [
                *VECTOR,
                bad("below 0", [-0.5, 0.5], "must hold noise levels in [0, 1]", "[-0.5, 0.5]"),
                bad("over 1", [0.5, 1.5], "must hold noise levels in [0, 1]", "[0.5, 1.5]"),
            ],
        ),
        draws=(2, whole(1)),
        seed=(0, whole(0)),
    ),
    "numerics.memorization_criteria.singleton_mass": of(
        means=([[0.5, 0.5]], _WIDE), variance=(0.5, NONNEGATIVE), X=(_X, SAMPLES)
    ),
    "numerics.memorization_criteria.against_fresh": of(
        samples=([[0.1, 0.2]], _WIDE),
        fresh=([[0.3, 0.2]], _WIDE),
        X=(_X, [*SAMPLES, _ONE]),
        level=(0.5, [*POSITIVE, bad("one", 1.0, "must be < 1", "1.0")]),
    ),
}
