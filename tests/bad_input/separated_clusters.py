"""Bad input to populations of separated clusters."""

from tests.bad_values import NONNEGATIVE, POSITIVE, VECTOR, bad, of, whole

FUNCTIONS = {
    "numerics.separated_clusters.separated_clusters": of(
        count=(2, whole(1)),
        length=(1.0, POSITIVE),
        spikes=([2.0], [*VECTOR, bad("negative", [-1.0], "must be >= 0", "-1.0")]),
        bulk=(0.5, NONNEGATIVE),
        d=(4, [*whole(1), bad("too few", 3, "must be >= count·(1 + the number of spikes) = 4", "3")]),
    ),
}
TAKES_CHECKED_ARRAYS = {f"numerics.separated_clusters.{name}" for name in ("draw", "draw_exact", "end")}
