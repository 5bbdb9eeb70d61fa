"""Weights of one noise level at another: what the functions refuse."""

from tests.bad_values import CLUSTERS, LABELS, NOISE, NONNEGATIVE, OBTUSE, POSITIVE, SAMPLES, WIDTHS, X, bad, of

FUNCTIONS = {
    "theory.noise_levels.transfer_excess": of(
        X=(X, SAMPLES),
        labels=(LABELS, CLUSTERS),
        widths=(
            [1, 2],
            [*WIDTHS, bad("over the rank", [3, 1], "must be <= the rank of each cluster", "widths[0] = 3")],
        ),
        trained_sigma=NOISE,
        sigma=NOISE,
        weight_decay=(
            0.001,
            [*NONNEGATIVE, bad("over a limit", 0.07, "must satisfy n·weight_decay < the width-th", "got 0.28")],
        ),
    ),
    "theory.noise_levels.stored_gain_ratios": of(X=(OBTUSE, SAMPLES), trained_sigma=(0.1, POSITIVE), sigma=NOISE),
    "theory.noise_levels.shared_units": of(
        gains=([[0.5, 0.25]], [*SAMPLES, bad("zero", [[0.5, 0.0]], "must be > 0", "0.0")])
    ),
}
