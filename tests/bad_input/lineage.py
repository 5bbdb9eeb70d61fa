"""The memorising loop: numbers of points, generations and copies that make no sense."""

from tests.bad_values import NONNEGATIVE, POSITIVE, bad, of, whole

POINTS = (5, whole(1))
# One whole number or several.
GENERATIONS = (
    3,
    [
        *(value for value in whole(0) if value.label != "a list"),
        bad("a half among others", [1, 0.5], "must be a whole number", "0.5"),
        bad("one of them too small", [1, -2], "must be >= 0", "-2"),
    ],
)

COPIES = (1, [*whole(1), bad("no divisor", 2, "must divide n = 5", "got 2")])

FUNCTIONS = {
    "theory.lineage.surviving_points": of(
        n=POINTS, generations=GENERATIONS, threshold=(1.5, NONNEGATIVE), copies=COPIES
    ),
    "theory.lineage.expected_entropy": of(n=POINTS, generations=GENERATIONS, copies=COPIES),
    "theory.lineage.stored_mass": of(n=POINTS, generations=GENERATIONS, threshold=(1.5, NONNEGATIVE), copies=COPIES),
    "theory.lineage.count_law": of(n=POINTS, generations=(2, whole(0))),
    "theory.lineage.ancestor_law": of(n=POINTS, generations=(2, whole(0))),
    "theory.lineage.fixation_time": of(n=POINTS),
    "theory.lineage.survivor_share": of(generations=(2, whole(0))),
    "theory.lineage.coalescent_survivors": of(time=(0.5, POSITIVE)),
    "theory.lineage.coalescent_entropy": of(time=(0.5, POSITIVE)),
    "theory.lineage.early_entropy": of(n=POINTS, generations=(2, whole(1))),
    "theory.lineage.early_stored_mass": of(generations=(2, whole(1)), threshold=(1.5, NONNEGATIVE)),
}
