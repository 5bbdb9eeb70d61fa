"""Bad input of `theory.denoiser_estimation`."""

from __future__ import annotations

import numpy as np

from tests.bad_values import MATRIX, NONNEGATIVE, POSITIVE, VECTOR, bad, of, whole

SPECTRUM = (
    [1.0, 0.5, 2.0],
    [
        *VECTOR,
        bad("empty", [], "must hold at least one eigenvalue", "(0,)"),
        bad("negative", [1.0, -0.5, 2.0], "must be >= 0", "-0.5"),
    ],
)
WITH_GAP = (SPECTRUM[0], [*SPECTRUM[1], bad("no gap", [1.0, 1.0, 2.0], "must have a gap", "0.0", "width = 2")])
MEAN = (
    [0.5, -0.25, 1.0],
    [
        *VECTOR,
        bad("too short", [0.5], "must have one coordinate for each of the 3 directions", "(1,)"),
        bad("too long a mean", [0.0, 0.0, 1.5], "must leave a covariance", "-0.2"),
    ],
)
WIDTH = (2, [*whole(1), bad("over d", 4, "must be <= d = 3", "4")])

FUNCTIONS = {
    "theory.denoiser_estimation.truncated_denoiser": of(
        S=(
            [[2.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.25]],
            [
                *MATRIX,
                bad("oblong", np.ones((3, 2)), "must be square", "(3, 2)"),
                bad("empty", np.zeros((0, 0)), "must be square and not empty", "(0, 0)"),
                bad("not symmetric", np.eye(3) + np.eye(3, k=1), "must be symmetric", "1.0"),
                bad("a negative direction", np.diag([1.0, 1.0, -0.5]), "must have no negative eigenvalue", "-0.5"),
            ],
        ),
        width=WIDTH,
        sigma=(0.5, POSITIVE),
    ),
    "theory.denoiser_estimation.estimation_bound": of(spectrum=WITH_GAP, width=WIDTH, distance=(0.5, NONNEGATIVE)),
    "theory.denoiser_estimation.second_moment_error": of(spectrum=SPECTRUM, mean=MEAN),
    "theory.denoiser_estimation.denoiser_fluctuation": of(
        spectrum=WITH_GAP, mean=MEAN, width=WIDTH, sigma=(0.5, POSITIVE)
    ),
}
