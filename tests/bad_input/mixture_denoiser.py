"""Bad input of `theory.mixture_denoiser`."""

from __future__ import annotations

import numpy as np

from tests.bad_values import NONNEGATIVE, NOT_NUMBERS, SAMPLES, SCALAR, bad, inf, nan, of

MEANS = ([[1.0, 0.0], [-1.0, 0.5], [0.0, 2.0]], SAMPLES)
POINTS = (
    [[0.5, 0.25]],
    [
        *NOT_NUMBERS,
        bad("nan", [0.5, nan], "must be finite", "[1] = nan"),
        bad("infinite", [[-inf, 0.5]], "must be finite", "[0, 0] = -inf"),
        bad("of other means", [[1.0, 2.0, 3.0]], "must have the 2 coordinates of means", "(1, 3)"),
        bad("a number", 0.5, "must have the 2 coordinates of means", "()"),
    ],
)
TIME = (0.5, [*SCALAR, bad("negative", -0.25, "must be in [0, 1]", "-0.25"), bad("over 1", 1.25, "[0, 1]", "1.25")])
SHARED = {"x": POINTS, "t": TIME, "means": MEANS}
STACK = [
    *NOT_NUMBERS,
    bad("nan", [[[1.0, nan]]], "must be finite", "[0, 0, 1] = nan"),
    bad("infinite", [[[-inf]]], "must be finite", "[0, 0, 0] = -inf"),
    bad("one matrix", np.eye(2), "must have 3 dimension(s)", "(2, 2)"),
    bad("of two means", np.zeros((2, 2, 2)), "must have shape (3, 2", "(2, 2, 2)"),
]

FUNCTIONS = {
    "theory.mixture_denoiser.signal": of(t=TIME),
    "theory.mixture_denoiser.responsibilities": of(**SHARED, variance=(0.5, NONNEGATIVE)),
    "theory.mixture_denoiser.posterior_mean": of(**SHARED, variance=(0.5, NONNEGATIVE)),
    "theory.mixture_denoiser.posterior_mean_general": of(
        **SHARED,
        covariances=(
            np.stack([np.eye(2)] * 3),
            [
                *STACK,
                bad("oblong", np.zeros((3, 2, 1)), "must have shape (3, 2, 2)", "(3, 2, 1)"),
                bad("not symmetric", np.stack([np.eye(2) + np.eye(2, k=1)] * 3), "must be symmetric", "1.0"),
                bad(
                    "a negative direction",
                    np.stack([np.diag([1.0, -0.5])] * 3),
                    "must have no negative eigenvalue",
                    "-0.5",
                ),
            ],
        ),
    ),
    "theory.mixture_denoiser.posterior_mean_low_rank": of(
        **SHARED, factors=(np.ones((3, 2, 1)), STACK), variance=(0.5, NONNEGATIVE)
    ),
}
