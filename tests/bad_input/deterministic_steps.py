"""Bad input to the variance that steps of a sampler leave."""

from tests.bad_values import NONNEGATIVE, bad, of

RULE = "at least two falling noise levels in (0, 1]"

FUNCTIONS = {
    "theory.deterministic_steps.sampled_variance": of(
        variance=(0.5, NONNEGATIVE),
        times=(
            [0.9, 0.5, 0.1],
            [
                bad("one", [0.5], RULE, "[0.5]"),
                bad("rising", [0.1, 0.5], RULE, "[0.1, 0.5]"),
                bad("level", [0.5, 0.5], RULE, "[0.5, 0.5]"),
                bad("over one", [1.5, 0.5], RULE, "[1.5, 0.5]"),
                bad("zero", [0.5, 0.0], RULE, "[0.5, 0.0]"),
            ],
        ),
    ),
}
