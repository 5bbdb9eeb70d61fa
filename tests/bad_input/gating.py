"""Bad input to gating, convex hulls and layers with biases."""

from tests.bad_values import (
    CLUSTERS,
    LABELS,
    NETWORK,
    NOISE,
    POSITIVE,
    SAMPLES,
    SCALAR,
    VECTOR,
    WIDTHS,
    X,
    bad,
    of,
    whole,
)

INDEX = [*whole(0), bad("past the end", 4, "must be < n = 4", "got 4")]
DIRECTION = [
    *VECTOR,
    bad("too short", [1.0, 2.0], "must have shape (3,) to match X", "(2,)"),
    bad("zero", [0.0, 0.0, 0.0], "must not be zero", "[0.0, 0.0, 0.0]"),
    bad("across two samples", [1.0, 0.0, 0.0], "must give every sample of X a place of its own", "got a gap of 0.0"),
]
RAMP = [*SCALAR, *(bad(f"{value}", value, "must lie in (0, 1)", f"{value}") for value in (0.0, 1.0, -0.5))]
# A sample of the second cluster lies between the two of the first.
INSIDE = [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
LINE = {"X": (X, SAMPLES), "direction": ([1.0, 0.3, 0.2], DIRECTION), "ramp": (0.5, RAMP)}
CLUSTERED = {"X": (X, SAMPLES), "labels": (LABELS, CLUSTERS)}
BLOCKS = {**CLUSTERED, "widths": ([1, 2], WIDTHS)}

FUNCTIONS = {
    "theory.convex_hull.nearest_to_origin": of(points=(X, SAMPLES)),
    "theory.gating.isolation_probability": of(n=(5, whole(1)), d=(3, whole(1))),
    "theory.gating.least_extreme_chance": of(n=(5, whole(1)), d=(3, whole(1))),
    "theory.gating.is_isolable": of(X=(X, SAMPLES), j=(1, INDEX)),
    "theory.gating.isolable": of(X=(X, SAMPLES)),
    "theory.gating.extreme": of(X=(X, SAMPLES)),
    "theory.gating.isolating_direction": of(X=(X, SAMPLES), j=(1, INDEX)),
    "theory.affine_layer.line_memorizer": of(**LINE),
    "theory.affine_layer.line_memorizer_bound": of(**LINE, sigma=(0.1, POSITIVE)),
    "theory.separated_blocks.separating_hyperplane": of(
        X=(
            X,
            [
                *SAMPLES,
                bad("a hull that meets the rest", INSIDE, "must give clusters that hyperplanes split", "for cluster 1"),
            ],
        ),
        labels=(LABELS, [*CLUSTERS, bad("one cluster", [0, 0, 0, 0], "must give at least two clusters", "got 1")]),
        k=(1, [*whole(0), bad("no such cluster", 2, "must be < the number of clusters 2", "got 2")]),
    ),
    "theory.separated_blocks.separated_blocks": of(**BLOCKS, sigma=NOISE),
    "theory.separated_blocks.separated_loss": of(**BLOCKS, sigma=NOISE),
    "theory.separated_blocks.separated_loss_gap": of(**BLOCKS, sigma=(0.1, POSITIVE)),
    "numerics.affine_objective.affine_loss": of(
        **NETWORK,
        b=([0.5, -1.0], [*VECTOR, bad("too short", [1.0], "must have shape (2,) to match the weights", "(1,)")]),
        c=([0.5, 0.0, 0.1], [*VECTOR, bad("too short", [1.0], "must have shape (3,) to match the weights", "(1,)")]),
        X=(X, SAMPLES),
        sigma=NOISE,
    ),
}

NAMED_INSTEAD = {
    ("theory.separated_blocks.separating_hyperplane", "X", "a hull that meets the rest"): "labels",
}
