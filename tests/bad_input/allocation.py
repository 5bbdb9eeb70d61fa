"""Bad input to the allocation of units to blocks."""

from tests.bad_values import CLUSTERS, DECAY, LABELS, NOISE, NONNEGATIVE, SAMPLES, VECTOR, X, bad, of, whole

PAIR = [
    *VECTOR,
    bad("three", [1.0, 2.0, 3.0], "must be two numbers > 0", "[1.0, 2.0, 3.0]"),
    bad("zero", [1.0, 0.0], "must be two numbers > 0", "[1.0, 0.0]"),
]

FUNCTIONS = {
    "theory.allocation.marginal_gains": of(X=(X, SAMPLES), labels=(LABELS, CLUSTERS), sigma=NOISE, weight_decay=DECAY),
    "theory.allocation.allocate": of(
        X=(X, SAMPLES), labels=(LABELS, CLUSTERS), width=(2, whole(0)), sigma=NOISE, weight_decay=DECAY
    ),
    "theory.allocation.noise_crossover": of(
        eigenvalues=([4.5, 4.0], PAIR), sizes=([2, 1], PAIR), decay=(0.1, NONNEGATIVE)
    ),
    "theory.allocation.decay_crossover": of(
        eigenvalues=([4.5, 4.0], PAIR), sizes=([2, 1], PAIR), sigma=(1.0, NONNEGATIVE)
    ),
}
