"""Jacobians and local dimensions: what they refuse."""

from tests.bad_values import DECAY, NETWORK, NONNEGATIVE, POSITIVE, SAMPLES, VECTOR, X, bad, of, whole

_NETWORK = {**NETWORK, "y": (X, SAMPLES)}

FUNCTIONS = {
    "theory.jacobian.network_jacobian": of(**_NETWORK),
    "theory.jacobian.local_dimension": of(**_NETWORK, sigma=(0.1, POSITIVE)),
    "theory.jacobian.stored_dimension": of(
        squared_norm=(2.0, POSITIVE),
        sigma=(0.1, POSITIVE),
        n=(3, whole(1)),
        weight_decay=(
            0.01,
            [
                *DECAY[1],
                bad("at the limit", 2.0 / 3, "must satisfy n·weight_decay < squared_norm = 2.0", "with n = 3"),
            ],
        ),
    ),
    "theory.jacobian.block_dimension": of(
        spectrum=([1.0, 0.5], [*VECTOR, bad("negative", [1.0, -0.5], "must be >= 0", "-0.5")]),
        width=(1, [*whole(0), bad("over the spectrum", 3, "must be <= the 2 entries of spectrum", "3")]),
        mixing=(0.5, [*POSITIVE, bad("over 1", 1.5, "must be <= 1", "1.5")]),
        sigma=(0.1, POSITIVE),
        weight_decay=(0.01, NONNEGATIVE),
    ),
}
