"""Statistics of steering responses: what they refuse. Steered networks are tried in tests/numerics/test_steering.py."""

import numpy as np

from tests.bad_values import SAMPLES, bad, of

_CURVES = (
    [[0.0, 1.0, 2.0, 4.0, 8.0], [0.0, 3.0, 3.0, 3.0, 5.0]],
    [*SAMPLES, bad("too few strengths", np.ones((2, 4)), "must hold at least 5 strengths", "(2, 4)")],
)

FUNCTIONS = {
    f"numerics.response_curves.{name}": of(curves=_CURVES) for name in ("sharpness", "width", "preference")
} | {
    "numerics.response_groups.statistics": of(curves=_CURVES),
}
# Take curves whose statistics are NaN where there is no answer, torch modules, or what those give.
TAKES_CHECKED_ARRAYS = {
    *(f"numerics.response_groups.{name}" for name in ("resampled_medians", "compare", "decide")),
    *(f"numerics.steering.{name}" for name in ("representation", "response")),
    *(f"numerics.steered_groups.{name}" for name in ("draw_samples", "class_probabilities")),
    *(f"numerics.steering_evaluation.{name}" for name in ("ways", "evaluate", "main")),
}
