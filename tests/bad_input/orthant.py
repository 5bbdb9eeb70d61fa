"""Bad input of `theory.orthant`."""

from __future__ import annotations

from tests.bad_values import NONNEGATIVE, of, whole

FUNCTIONS = {
    **{
        f"theory.orthant.{name}": of(width=(3, whole(1)))
        for name in ("admissible_share", "largest_margin", "mean_margin")
    },
    "theory.orthant.admissible_share_bound": of(width=(3, whole(1)), spread=(0.25, NONNEGATIVE)),
}
