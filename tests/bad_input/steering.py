"""Steering: what its functions refuse."""

from tests.bad_values import ACUTE, NETWORK, ORIGIN, POSITIVE, SAMPLES, SCALAR, VECTOR, X, bad, of

_ARGUMENTS = {
    **NETWORK,
    "y": (X, SAMPLES),
    "v": ([0.5, 0.25], [*VECTOR, bad("too short", [0.5], "must hold one number for each of the 2 units", "(1,)")]),
}

FUNCTIONS = {
    "theory.steering.steered": of(**_ARGUMENTS, strength=(0.5, SCALAR)),
    "theory.steering.gate_crossings": of(**_ARGUMENTS),
    "theory.steering.switching_strength": of(
        X=(
            [[1.0, 0.0], [-1.0, 0.5]],
            [*SAMPLES, ORIGIN, ACUTE, bad("three", [[1.0], [-1.0], [2.0]], "must hold two samples", "3")],
        ),
        sigma=(0.1, POSITIVE),
    ),
}
