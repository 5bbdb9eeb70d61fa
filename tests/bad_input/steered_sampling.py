"""Steering through a sampler: what its functions refuse."""

from tests.bad_values import POSITIVE, SCALAR, VECTOR, W, bad, of

_NETWORK = (0.5, W, W, [0.5, 0.25])
_NETWORKS = (
    (_NETWORK, _NETWORK),
    [
        bad("one missing", (_NETWORK,), "must be one for each of 3 levels but the last", "got 1"),
        bad("none", (), "must be one for each of 3 levels but the last", "got 0"),
        bad("a push too short", (_NETWORK, (0.5, W, W, [0.5])), "must hold 2 numbers, one a unit", "got 1"),
        bad("no push", (_NETWORK, (0.5, W, W, None)), "must hold real numbers", "object"),
        bad("no skip", (_NETWORK, (None, W, W, [0.5, 0.25])), "must hold real numbers", "object"),
    ],
)
_LEVELS = ([2.0, 1.0, 0.0], [*VECTOR, bad("rising", [0.0, 1.0, 2.0], "must fall and stay >= 0", "[0.0, 1.0, 2.0]")])
_START = ([1.0, 2.0, 3.0], VECTOR)
_ARGUMENTS = {"networks": _NETWORKS, "levels": _LEVELS, "start": _START}

FUNCTIONS = {
    "theory.steered_sampling.piece": of(**_ARGUMENTS, strength=(0.5, SCALAR)),
    "theory.steered_sampling.pieces": of(**_ARGUMENTS, largest=(0.5, POSITIVE)),
}
# Takes a torch module; tests/numerics/test_relu_levels.py gives it bad pushes.
TAKES_CHECKED_ARRAYS = {"numerics.relu_levels.relu_level"}
