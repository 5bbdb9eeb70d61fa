"""Bad input of `theory.generic_boundary`."""

from __future__ import annotations

from tests.bad_values import NONNEGATIVE, POSITIVE, bad, of, whole
from theory.generic_boundary import UNTIED

SIZES = {"d": (3, whole(1)), "sigma": (0.5, NONNEGATIVE)}
WIDE = bad("over twice the dimension", 7, "must be <= 2d = 6", "7")

FUNCTIONS = {
    "theory.generic_boundary.centred_weights": of(**SIZES, width=(4, [*whole(1), WIDE])),
    "theory.generic_boundary.centred_loss": of(**SIZES, width=(4, whole(1))),
    "theory.generic_boundary.population_loss": of(width_ratio=(1.5, POSITIVE), sigma=(0.5, NONNEGATIVE)),
    "theory.generic_boundary.boundary_ratio": of(
        width_ratio=(1.5, POSITIVE), sigma=(0.5, NONNEGATIVE), constants=(UNTIED, [])
    ),
}

# Read what a sweep has measured, or the cells of its own declaration.
TAKES_CHECKED_ARRAYS = {f"numerics.boundary_points.{name}" for name in ("columns", "last_crossing")}
