"""Selection of spread-out points and entropy by neighbours: what they refuse."""

from tests.bad_values import POSITIVE, SAMPLES, VECTOR, bad, of, whole

_POINTS = [[0.0], [1.0], [2.5], [4.0], [4.5], [7.0], [8.0], [9.5], [11.0], [12.0], [13.5], [15.0]]
_SELECTED = {
    "points": (_POINTS, SAMPLES),
    "m": (3, [*whole(1), bad("over n", 13, "must be <= 12, the number of points", "13")]),
    "seed": (0, whole(0)),
}
_NEIGHBOUR = (1, [*whole(1), bad("as many as points", 12, "must be < 12, the number of points", "12")])
_DISTANCES = [1.0, 0.5, 2.0]

FUNCTIONS = {
    "numerics.selection.greedy_select": of(**_SELECTED),
    "numerics.selection.threshold_decay_select": of(
        **_SELECTED,
        threshold=(2.0, POSITIVE),
        decay=(0.9, [*POSITIVE, bad("one", 1.0, "must be < 1", "1.0")]),
    ),
    "numerics.selection.knn_entropy": of(points=(_POINTS, SAMPLES), k=_NEIGHBOUR),
    "numerics.neighbour_distances.neighbour_distances": of(points=(_POINTS, SAMPLES), k=_NEIGHBOUR),
    "theory.entropy.ball_log_volume": of(d=(3, whole(1))),
    "theory.entropy.gaussian_entropy": of(d=(3, whole(1))),
    "theory.entropy.gaussian_bias": of(
        n=(9, whole(2)), d=(3, whole(1)), k=(2, [*whole(1), bad("as many as points", 9, "must be < n = 9", "9")])
    ),
    "theory.entropy.neighbour_entropy": of(
        distances=(_DISTANCES, [*VECTOR, bad("negative", [1.0, -0.5], "must be >= 0", "-0.5")]),
        d=(3, whole(1)),
        k=(1, [*whole(1), bad("as many as distances", 3, "must be < 3, the number of distances", "3")]),
    ),
}
