"""Bad input to the crossovers of EM eq. 21 and of nearest neighbours."""

from tests.bad_values import ARRAY, POSITIVE, VECTOR, bad, of

LEVELS = [
    *VECTOR,
    bad("negative", [0.5, -0.25, 1.0], "must be >= 0", "-0.25"),
]
SHARED = {"data_variance": (1.5, POSITIVE), "constant": (2.0, POSITIVE)}

FUNCTIONS = {
    "theory.crossover.signal_to_noise": of(
        t=(
            [0.25, 1.0],
            [
                *ARRAY,
                bad("zero", [0.5, 0.0], "must lie in (0, 1]", "0.0"),
                bad("over 1", [0.5, 1.25], "must lie in (0, 1]", "1.25"),
                bad("negative", -0.5, "must lie in (0, 1]", "-0.5"),
            ],
        )
    ),
    "theory.crossover.crossover_fraction": of(
        weighting=(
            [1.0, 0.0, 2.0],
            [
                *LEVELS,
                bad("empty", [], "must hold at least one level", "(0,)"),
                bad("all zero", [0.0, 0.0, 0.0], "must not vanish everywhere", "[0.0, 0.0, 0.0]"),
            ],
        ),
        snr=(
            [0.0, 3.0, 8.0],
            [*LEVELS, bad("too short", [1.0, 2.0], "must have the shape of weighting (3,)", "(2,)")],
        ),
        **SHARED,
    ),
    "theory.crossover.nearest_neighbour_crossover": of(
        c=(0.125, [*POSITIVE, bad("over a third", 0.5, "must be <= 1/3", "0.5")])
    ),
}

TAKES_NO_DATA = {"theory.crossover.printed_grid", "theory.crossover.fitted_weights"}
