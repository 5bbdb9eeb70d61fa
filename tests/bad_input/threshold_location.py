"""Where an order parameter vanishes: decays, what is left at each, and the cut below which it is nothing."""

from tests.bad_values import POSITIVE, VECTOR, bad, of

FUNCTIONS = {
    "numerics.threshold_location.locate": of(
        weight_decay=(
            [1.0, 2.0, 3.0],
            [*VECTOR, bad("none beyond", [3.0, 4.0, 2.0], "must go beyond where order stays below 0.5", "4.0")],
        ),
        order=(
            [2.0, 1.0, 0.0],
            [
                *VECTOR,
                bad("too short", [2.0, 1.0], "must have one value a run, 3", "2"),
                bad("at one decay only", [2.0, 0.0, 0.0], "must reach 0.5 at two decays at least", "1"),
                bad("flat", [1.0, 1.0, 0.0], "must fall towards its threshold", "1.0"),
            ],
        ),
        cut=(0.5, POSITIVE),
    ),
}
