"""The gain of one more unit and the weight decay below which it pays."""

from tests.bad_values import DECAY, GATED, NETWORK, NOISE, NONNEGATIVE, POSITIVE, SAMPLES, X, bad, of

DIRECTION = (
    [[0.6, 0.8, 0.0], [0.0, 0.0, -1.0]],
    [
        bad("none", None, "must hold real numbers", "object"),
        bad("nan", [float("nan"), 0.0, 1.0], "must be finite", "[0] = nan"),
        bad("a number", 1.0, "must have 3 coordinates to match X", "()"),
        bad("of another X", [0.6, 0.8], "must have 3 coordinates to match X", "(2,)"),
        bad("too long", [0.6, 0.8, 0.1], "must have length 1", "1.00498"),
        bad("zero", [[0.6, 0.8, 0.0], [0.0, 0.0, 0.0]], "must have length 1", "0.0"),
    ],
)

LIMITED = (
    DECAY[0],
    [*NONNEGATIVE, bad("at the limit", 1.25 / 4, "must satisfy n·weight_decay < min‖x_i‖² = 1.25", "0.3125")],
)

FUNCTIONS = {
    "theory.dead_units.pull": of(**NETWORK, X=(X, SAMPLES), v=DIRECTION, sigma=NOISE),
    "theory.dead_units.new_unit_gain": of(X=(X, SAMPLES), v=DIRECTION, sigma=NOISE, weight_decay=LIMITED),
    "theory.dead_units.frozen_gain": of(X=(X, SAMPLES), v=DIRECTION, sigma=(0.1, POSITIVE), weight_decay=LIMITED),
    "theory.dead_units.critical_weight_decay": of(
        X=GATED, sigma=(0.03, [*POSITIVE, bad("too large", 0.13, "a quarter of min |x_i·x_j|/‖x_j‖", "got 0.13")])
    ),
}
