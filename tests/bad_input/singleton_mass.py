"""Bad input to the ratio and the crossing predicted without diffusion."""

from tests.bad_values import POSITIVE, bad, of, whole

MIXTURE = {
    "N": (12, whole(2)),
    "d": (5, whole(2)),
    "K": (2, whole(1)),
    "data_variance": (0.5, POSITIVE),
    "c": (0.125, [*POSITIVE, bad("one", 1.0, "must be < 1", "1.0")]),
}
COMPONENTS = (
    9.5,
    [
        *POSITIVE,
        bad("under 1", 0.5, "must be in [1, N = 12]", "0.5"),
        bad("over N", 13, "must be in [1, N = 12]", "13.0"),
    ],
)

FUNCTIONS = {
    "theory.singleton_mass.singleton_mass": of(**MIXTURE, M=COMPONENTS, sampler=(None, [])),
    "theory.singleton_mass.predicted_ratio": of(**MIXTURE, M=COMPONENTS, sampler=(None, [])),
    "theory.singleton_mass.predicted_singletons": of(
        **{name: cases for name, cases in MIXTURE.items() if name != "c"}, M=COMPONENTS
    ),
    "theory.singleton_mass.predicted_crossing": of(
        **MIXTURE, level=(0.5, [*POSITIVE, bad("one", 1.0, "must be < 1", "1.0")])
    ),
}
