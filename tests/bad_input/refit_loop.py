"""Bad input to the refit loops: drift, mixed data, scaling, the linear flow, and their simulation."""

import numpy as np

from tests.bad_values import ARRAY, MATRIX, NONNEGATIVE, POSITIVE, bad, inf, nan, of, whole

GENERATIONS = (3, whole(0))
FLAG = (False, [])
FRESH = (2, [*whole(0), bad("over n", 6, "must be <= n = 5", "6")])
# More samples than dimensions, of which there are two.
MANY = (5, whole(3))
REPLICATES = (4, [*whole(1), bad("too many", 2**25, "must keep their points under", f"{2**25} numbers")])
COVARIANCE = (
    [[2.0, 0.5], [0.5, 1.0]],
    [
        *MATRIX,
        bad("no dimension", np.zeros((0, 0)), "must be square", "(0, 0)"),
        bad("a rectangle", [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0]], "must be square", "(2, 3)"),
        bad("not symmetric", [[1.0, 0.5], [0.0, 1.0]], "must be symmetric", "0.5"),
        bad("singular", [[1.0, 1.0], [1.0, 1.0]], "must be positive definite", "1.0"),
        bad("indefinite", [[1.0, 2.0], [2.0, 1.0]], "must be positive definite", "2.0"),
    ],
)
SIMULATION = {"covariance": COVARIANCE, "n": (5, whole(1)), "generations": GENERATIONS, "replicates": REPLICATES}
SEED = (7, whole(0))

FUNCTIONS = {
    "theory.refit_loop.digamma_excess": of(
        x=(
            [0.5, 40.0],
            [
                *ARRAY,
                bad("zero", [1.0, 0.0], "must be > 0", "0.0"),
                bad("negative", -0.25, "must be > 0", "-0.25"),
            ],
        )
    ),
    "theory.refit_loop.lyapunov_rates": of(n=(5, whole(1)), d=(2, whole(1)), unbiased=FLAG),
    "theory.refit_loop.gaussian_log_det_drift": of(n=(5, whole(1)), d=(2, whole(1)), unbiased=FLAG),
    "theory.refit_loop.log_det_variance": of(n=MANY, d=(2, whole(1))),
    "theory.refit_loop.drift_bounds": of(n=MANY, d=(2, whole(1))),
    "theory.refit_loop.entropy_drift": of(n=(5, whole(1)), parameters=(2, whole(0))),
    "theory.refit_loop.proportional_drift": of(c=(0.5, POSITIVE)),
    "theory.refit_loop.mean_covariance_factor": of(n=(5, whole(1)), generations=GENERATIONS),
    "theory.refit_loop.refit_rank": of(n=(5, whole(1)), d=(2, whole(1)), generations=GENERATIONS),
    "theory.mixed_data.accumulated_variance": of(n=(5, whole(1)), generations=GENERATIONS),
    "theory.mixed_data.accumulated_limit": of(n=(5, whole(1))),
    "theory.mixed_data.subsampled_variance": of(n=(5, whole(1)), generations=GENERATIONS),
    "theory.mixed_data.fresh_variance": of(n=(5, whole(1)), fresh=FRESH),
    "theory.mixed_data.fresh_variances": of(n=(5, whole(1)), fresh=FRESH, generations=(3, whole(1))),
    "theory.scaling_identity.isotropic_drift": of(n=(5, whole(1)), d=(2, whole(1))),
    "theory.scaling_identity.scaling_slope": of(d=(2, whole(1)), power=(2, whole(1))),
    "theory.scaling_identity.late_slope": of(n=MANY, d=(2, whole(1)), power=(2, whole(1))),
    "theory.flow_loop.flow_variances": of(
        spectrum=([0.5, 2.0, 0.0], [*ARRAY, bad("negative", [1.0, -0.5], "must be >= 0", "-0.5")]),
        generations=GENERATIONS,
        sigma_max=(2.0, POSITIVE),
        sigma_min=(
            0.25,
            [*NONNEGATIVE, bad("as large", 2.0, "must be < sigma_max = 2.0", "2.0")],
        ),
    ),
    "numerics.refit_simulation.replace": of(**SIMULATION, seed=SEED),
    "numerics.refit_simulation.with_fresh": of(**SIMULATION, seed=SEED, fresh=FRESH),
    "numerics.refit_simulation.accumulate": of(**SIMULATION, seed=SEED, subsample=FLAG),
    "numerics.refit_simulation.log_determinants": of(
        covariances=(
            [[[2.0, 0.5], [0.5, 1.0]]],
            [
                bad("nan", [[1.0, 0.0], [0.0, nan]], "must be finite", "[1, 1] = nan"),
                bad("infinite", [[-inf, 0.0], [0.0, 1.0]], "must be finite", "[0, 0] = -inf"),
                bad("one row", [1.0, 2.0], "must be square", "(2,)"),
                bad("a rectangle", [[1.0, 2.0]], "must be square", "(1, 2)"),
                bad("indefinite", [[1.0, 2.0], [2.0, 1.0]], "must have determinants >= 0", "-1"),
            ],
        )
    ),
}
