"""Bad input to gating, convex hulls and layers with biases."""

from tests.bad_values import SAMPLES, X, bad, of, whole

INDEX = [*whole(0), bad("past the end", 4, "must be < n = 4", "got 4")]

FUNCTIONS = {
    "theory.convex_hull.nearest_to_origin": of(points=(X, SAMPLES)),
    "theory.gating.isolation_probability": of(n=(5, whole(1)), d=(3, whole(1))),
    "theory.gating.is_isolable": of(X=(X, SAMPLES), j=(1, INDEX)),
    "theory.gating.isolable": of(X=(X, SAMPLES)),
    "theory.gating.extreme": of(X=(X, SAMPLES)),
    "theory.gating.isolating_direction": of(X=(X, SAMPLES), j=(1, INDEX)),
}
