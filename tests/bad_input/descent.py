"""Descent: what a batch of problems, its starts and its settings must be."""

import numpy as np

from numerics.descent import ADAM
from tests.bad_values import ARRAY, OBTUSE, bad, of, whole

_ONE_OR_TWO = [
    bad("below zero", -0.5, "must be >= 0", "-0.5"),
    bad("three for two", [0.1, 0.1, 0.1], "must be a number or 2 numbers", "(3,)"),
    bad("not finite", np.nan, "must be finite", "nan"),
    bad("text", "much", "must hold real numbers", "<U4"),
]

FUNCTIONS = {
    "numerics.descent.descend": of(
        X=(
            OBTUSE,
            [
                *ARRAY,
                bad("one row", [1.0, 2.0], "must have shape (n, d) or (2, n, d)", "(2,)"),
                bad("three stacks for two", np.ones((3, 2, 2)), "must have shape (n, d) or (2, n, d)", "(3, 2, 2)"),
                bad("no coordinates", np.ones((2, 0)), "nowhere empty", "(2, 0)"),
            ],
        ),
        width=(2, [*_ONE_OR_TWO, bad("half a unit", 1.5, "must be a whole number", "1.5")]),
        sigma=(0.1, _ONE_OR_TWO),
        weight_decay=(0.01, _ONE_OR_TWO),
        seeds=(
            [0, 1],
            [
                bad("none", [], "must be whole numbers >= 0, at least one", "[]"),
                bad("below zero", [0, -1], "must be whole numbers >= 0", "[0, -1]"),
                bad("fractions", [0.5, 1.0], "must be whole numbers >= 0", "0.5"),
            ],
        ),
        optimizer=(ADAM, []),
        objective=("exact", [bad("another", "noisy", "must be one of exact, fresh", "'noisy'")]),
        tied=(False, []),
        start=(
            0.1,
            [
                bad("below zero", -0.1, "must be >= 0", "-0.1"),
                bad("one array", [np.ones((3, 2))], "must be a deviation or a pair of weights", "1 arrays"),
                bad("another width", (np.ones((3, 5)), np.ones((3, 5))), "must hold weights of shape (3, 2)", "(3, 5)"),
            ],
        ),
        steps=(1, whole(0)),
        tolerance=(1e-6, [bad("none", 0.0, "must be > 0", "0.0")]),
        check_every=(10, whole(1)),
        draws=(1, whole(1)),
        device=("cpu", []),
        dtype=(
            "float64",
            [
                bad("another", "float16", "must be one of float64, float32", "'float16'"),
                bad("single", "float32", "must be float64 where the objective is exact", "'float32'"),
            ],
        ),
    ),
}

TAKES_CHECKED_ARRAYS = {
    "numerics.descent_run.activate",
    "numerics.noisy_gradient.noisy_gradient",
    "numerics.objective.evaluate",
    "numerics.optimizers.memory",
    "numerics.optimizers.step_",
}
