"""Bad input to the loop that forgets numbers of copies."""

from tests.bad_values import NONNEGATIVE, of, whole

THRESHOLD = (1.5, NONNEGATIVE)

FUNCTIONS = {
    "theory.occupancy_loop.occupancy_law": of(n=(5, whole(0)), boxes=(3, whole(0)), threshold=THRESHOLD),
    "theory.occupancy_loop.stored_originals": of(
        n=(5, whole(1)), originals=(3, whole(1)), generations=(2, whole(0)), threshold=THRESHOLD
    ),
    "theory.occupancy_loop.occupancy_share": of(generations=(2, whole(0))),
}
