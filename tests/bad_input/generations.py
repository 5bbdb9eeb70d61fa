"""Bad input to the loops of generations with mixtures and linear denoisers."""

import numpy as np

from tests.bad_values import MATRIX, NONNEGATIVE, NOT_NUMBERS, POSITIVE, SAMPLES, VECTOR, bad, nan, of, whole

_FRESH = [*whole(0), bad("over n", 7, "must be <= n = 6", "7"), bad("with replace", 2, "must be 0 where policy", "2")]
_POLICY = ("replace", [bad(f"{value!r}", value, "must be one of replace, fresh", f"{value!r}") for value in ("", None)])
_LOOP = {
    "n": (6, whole(1)),
    "generations": (2, whole(0)),
    "replicates": (2, whole(1)),
    "seed": (7, whole(0)),
    "policy": _POLICY,
    "fresh": (0, _FRESH),
}

FUNCTIONS = {
    "numerics.mixture_loop.mixture_refits": of(
        **{**_LOOP, "n": (6, whole(2))},
        means=([[-9.0, 0.0], [9.0, 1.0]], SAMPLES),
        variance=(1.0, POSITIVE),
        method=("likelihood", [bad("unknown", "moments", "must be one of likelihood, denoiser", "'moments'")]),
        grid=(
            [1.0, 0.5, 0.0],
            # None stands for exact draws.
            [*VECTOR[1:], bad("rising", [0.5, 1.0], "must hold falling times", "[0.5, 1.0]")],
        ),
    ),
    "numerics.flow_simulation.linear_flows": of(
        **_LOOP,
        covariance=(
            [[2.0, 0.5], [0.5, 1.0]],
            [
                *MATRIX,
                bad("no dimension", np.zeros((0, 0)), "must be square", "(0, 0)"),
                bad("a rectangle", [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0]], "must be square", "(2, 3)"),
                bad("not symmetric", [[1.0, 0.5], [0.0, 1.0]], "must be symmetric", "0.5"),
                bad("indefinite", [[1.0, 2.0], [2.0, 1.0]], "must be positive semidefinite", "-1"),
            ],
        ),
        sigma_max=(2.0, POSITIVE),
        sigma_min=(0.25, [*NONNEGATIVE, bad("as large", 2.0, "must be < sigma_max = 2.0", "2.0")]),
    ),
    "theory.mixture_refit.separated_drift": of(n=(6, whole(2)), d=(3, whole(1)), components=(2, whole(1))),
    "theory.mixture_refit.separated_variance": of(n=(6, whole(2)), components=(2, whole(1)), generations=(3, whole(0))),
    "numerics.autoencoder_chain.ray_energies": of(
        points=(
            [[[1.0, 0.0], [0.0, 0.0]]],
            [
                *NOT_NUMBERS,
                bad("nan", [[[1.0, nan]]], "must be finite", "[0, 0, 1] = nan"),
                bad("no stack", [[1.0, 2.0]], "dimension", "(1, 2)"),
            ],
        ),
        originals=(
            [[1.0, 0.5], [-1.0, 0.0]],
            [*SAMPLES, bad("at the origin", [[0.0, 0.0], [1.0, 2.0]], "must not be at the origin", "[0.0, 0.0]")],
        ),
    ),
}

# Models and networks; what they refuse is in their own tests.
TAKES_CHECKED_ARRAYS = {
    "numerics.generations.generations",
    *(f"numerics.autoencoder_chain.{name}" for name in ("trained_chain", "block_chain", "follow")),
}
