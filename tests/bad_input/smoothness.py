"""Bad input of `theory.smoothness`."""

from __future__ import annotations

from tests.bad_values import NOISE, NONNEGATIVE, SAMPLES, VECTOR, X, bad, of

FUNCTIONS = {
    "theory.smoothness.row_sum_norms": of(
        X=(X, SAMPLES),
        sigma=NOISE,
        weight_decay=(
            0.01,
            [*NONNEGATIVE, bad("at the limit", 1.25 / 4, "must satisfy n·weight_decay < min‖x_i‖² = 1.25", "0.3125")],
        ),
    ),
    "theory.smoothness.split_factors": of(
        shares=(
            [0.6, 0.8],
            [
                *VECTOR,
                bad("no shares", [], "must be >= 0 with squares that sum to 1", "[]"),
                bad("negative", [0.6, -0.8], "must be >= 0 with squares that sum to 1", "-0.8"),
                bad("too large", [0.6, 0.81], "must be >= 0 with squares that sum to 1", "0.81"),
                bad("too small", [0.6, 0.79], "must be >= 0 with squares that sum to 1", "0.79"),
            ],
        ),
    ),
}
