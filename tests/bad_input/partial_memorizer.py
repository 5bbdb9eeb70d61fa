"""Bad input to the constant of EM Theorem 3.2."""

from tests.bad_values import NONNEGATIVE, POSITIVE, bad, of, whole

COUNT = (3.5, [*POSITIVE, bad("under 1", 0.5, "must be >= 1", "0.5")])
SHARED = {"snr": (0.5, NONNEGATIVE), "data_variance": (1.5, POSITIVE)}

FUNCTIONS = {
    "theory.partial_memorizer.participation": of(count=COUNT, energy_variance=(2.0, NONNEGATIVE)),
    "theory.partial_memorizer.constant_of_cluster": of(d=(4, whole(1)), count=COUNT, **SHARED),
    "theory.partial_memorizer.partial_memorizer_constant": of(
        d=(4, whole(1)), kept=(3, whole(1)), K=(2, whole(1)), **SHARED
    ),
    "theory.partial_memorizer.covered_twice": of(d=(4, whole(1)), K=(2, whole(1))),
}
