"""Bad input to the interventions on a cloud, and to the distances from generated to training points."""

from tests.bad_values import NONNEGATIVE, POSITIVE, SAMPLES, SCALAR, bad, of, whole

_POINTS = [[0.0, 1.0], [1.0, 0.5], [2.5, -1.0], [4.0, 3.0]]
_TRAINING = [[0.5, 0.5], [2.0, -0.5]]
_CLOUDS = {
    "generated": (_POINTS, [*SAMPLES, bad("other columns", [[1.0]], "must have 2 columns as training", "1")]),
    "training": (_TRAINING, SAMPLES),
}

FUNCTIONS = {
    "theory.entropy_or_scale.repeated_entropy_change": of(
        d=(3, whole(1)), times=(2, whole(1)), mean_log=(-0.5, SCALAR)
    ),
    "theory.entropy_or_scale.near_copies_bound": of(
        n=(5, whole(2)),
        kept=(3, [*whole(1), bad("all", 5, "must be < n = 5", "5")]),
        d=(2, whole(1)),
        distance=(0.5, [*POSITIVE, bad("over the diameter", 9.0, "must be <= diameter = 4.0", "9.0")]),
        diameter=(4.0, POSITIVE),
    ),
    "theory.entropy_or_scale.gaussian_log_score": of(n=(5, whole(1)), d=(2, whole(1)), power=(2, whole(1))),
    "theory.entropy_or_scale.line_score": of(n=(5, whole(1))),
    "numerics.training_distances.training_distances": of(**_CLOUDS),
    "numerics.training_distances.generalisation_score": of(**_CLOUDS, power=(2, whole(1))),
    "numerics.training_distances.log_score": of(**_CLOUDS),
    "numerics.cloud_interventions.spectrum_map": of(
        points=(
            _POINTS,
            [*SAMPLES, bad("on a line", [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], "must span all 2 dimensions", "0")],
        ),
        power=(2.0, SCALAR),
        keep=(
            "trace",
            [bad("another", "volume", "must be one of", "'volume'"), bad("none", None, "must be one of", "None")],
        ),
    ),
    "numerics.cloud_interventions.near_copies": of(
        points=(_POINTS, SAMPLES),
        kept=(3, [*whole(1), bad("over n", 5, "must be <= 4, the number of points", "5")]),
        distance=(0.1, NONNEGATIVE),
        seed=(0, whole(0)),
    ),
}
