"""Bad input to memorising weights for generic data."""

from tests.bad_values import DECAY, NOISE, NONNEGATIVE, ORIGIN, POSITIVE, SAMPLES, SCALAR, X, bad, of, whole

ENCLOSED = [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
APART = (X, [*SAMPLES, ORIGIN])
ALONE = (
    X,
    [*APART[1], bad("in a cone", ENCLOSED, "must hold no sample that its own unit cannot separate", "sample 1")],
)
UNDER_ONE = bad("one", 1.0, "must be < 1", "1.0")

FUNCTIONS = {
    "theory.inhibition.inhibition": of(X=ALONE, margin=(0.1, SCALAR)),
    "theory.inhibition.tilts": of(X=APART),
    "theory.inhibition.mean_squared_tilt": of(
        n=(2, [*whole(1), bad("over d - 2", 4, "must be <= d - 2 = 3", "4")]), d=(5, whole(3))
    ),
    "theory.inhibition.memorizer_loss": of(X=APART, sigma=NOISE, weight_decay=DECAY),
    "theory.inhibition.memorizer": of(
        X=ALONE, sigma=(0.1, POSITIVE), weight_decay=DECAY, deviations=(1.0, [v for v in SCALAR if v.label != "none"])
    ),
    "theory.leaky_gates.pair_coefficient": of(cosine=(0.5, [*NONNEGATIVE, UNDER_ONE]), deviations=(1.0, SCALAR)),
    "theory.leaky_gates.pair_deviations": of(
        cosine=(0.5, [*POSITIVE, bad("one", 1.0, "must be between 0.001 and 0.999999", "1.0")])
    ),
    "theory.paired_units.paired_memorizer": of(
        X=(
            X,
            [*SAMPLES, bad("in a cone", ENCLOSED, "only samples that a unit can fire on alone", "sample 1")],
        ),
        sigma=NOISE,
    ),
}
