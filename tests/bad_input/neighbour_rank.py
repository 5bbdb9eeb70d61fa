"""Bad input to the memorising statistic."""

from tests.bad_values import NONNEGATIVE, POSITIVE, SAMPLES, SCALAR, bad, of, whole

_OVER = bad("over one", 1.5, "must be <= 1", "1.5")
_CLOUDS = {
    "generated": (
        [[0.0, 1.0], [1.0, 0.5]],
        [*SAMPLES, bad("other columns", [[1.0]], "must have 2 columns as training", "1")],
    ),
    "training": ([[0.5, 0.5], [2.0, -0.5], [1.0, 1.0]], SAMPLES),
}

FUNCTIONS = {
    "theory.neighbour_rank.mean_rank": of(n=(5, whole(1)), share=(0.5, [*NONNEGATIVE, _OVER])),
    "theory.neighbour_rank.copy_share": of(mean=(0.3, SCALAR), n=(5, whole(2))),
    "theory.neighbour_rank.refit_bound": of(n=(5, whole(3)), d=(2, whole(1))),
    "theory.neighbour_rank.points_needed": of(
        share=(0.5, [*POSITIVE, _OVER]), error=(0.1, [*POSITIVE, bad("one", 1.0, "must be < 1", "1.0")])
    ),
    "numerics.neighbour_rank.neighbour_ranks": of(**_CLOUDS),
    "numerics.neighbour_rank.in_closest_pair": of(**_CLOUDS),
}
