"""Measures of a regime (stored samples, angles, gates, Jacobians, distances, losses): what they refuse."""

from __future__ import annotations

import numpy as np

from tests.bad_values import (
    BATCH,
    CLUSTERS,
    LABELS,
    MATRIX,
    NETWORK,
    NETWORKS,
    NOISE,
    NONNEGATIVE,
    POSITIVE,
    SAMPLES,
    W,
    X,
    bad,
    of,
    whole,
)

_ENCODER = (W, [*BATCH, bad("of another X", np.ones((4, 2)), "must have shape (…, 3, p)", "(4, 2)")])
_THRESHOLD = (0.9, [*POSITIVE, bad("over 1", 1.25, "must be <= 1", "1.25")])
_COLUMNS = (W, [*MATRIX, bad("of another X", np.ones((4, 2)), "must have shape (3, p) to match X", "(4, 2)")])
_SHARE = (1e-6, NONNEGATIVE)
_PAIR = [
    bad("none", None, "must be a pair (W1, W2)", "None"),
    bad("text", "ab", "must be a pair (W1, W2)", "'ab'"),
    bad("one matrix", np.ones((3, 2)), "must be a pair (W1, W2)", "1."),
    bad("no numbers", [W, [["a"]]], "[1] must hold real numbers", "<U1"),
    bad("nan", [[[np.nan], [0.0], [0.0]], [[1.0], [0.0], [0.0]]], "[0] must be finite", "[0, 0] = nan"),
    bad("vectors", [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], "[0] must have shape (…, 3, p)", "(3,)"),
    bad("of another X", [np.ones((4, 2)), np.ones((4, 2))], "[0] must have shape (…, 3, p)", "(4, 2)"),
    bad("unlike layers", [W, np.ones((3, 5))], "[1] must have the shape of", "(3, 2)", "(3, 5)"),
]

FUNCTIONS = {
    "numerics.stored_samples.stored_samples": of(**NETWORK, X=(X, SAMPLES), threshold=_THRESHOLD),
    "numerics.stored_samples.stored_fraction": of(**NETWORKS, X=(X, SAMPLES), threshold=_THRESHOLD),
    "numerics.principal_angles.principal_angles": of(
        first=(W, MATRIX),
        second=(W, [*MATRIX, bad("of another d", np.ones((4, 2)), "must have the 3 rows of first", "(4, 2)")]),
    ),
    "numerics.principal_angles.principal_directions": of(
        X=(X, SAMPLES), width=(2, [*whole(0), bad("over the rank", 4, "must be <= the rank 3 of X", "4")])
    ),
    "numerics.principal_angles.block_angles": of(columns=_COLUMNS, X=(X, SAMPLES)),
    "numerics.gate_pattern.gate_pattern": of(W1=_ENCODER, X=(X, SAMPLES)),
    "numerics.gate_pattern.settled_share": of(W1=_ENCODER, X=(X, SAMPLES), sigma=NOISE, deviations=(3.0, NONNEGATIVE)),
    "numerics.gate_pattern.regions": of(**NETWORK, X=(X, SAMPLES)),
    "numerics.gate_pattern.live_units": of(
        W1=(W, [*BATCH[:-1], bad("one column", [1.0, 2.0, 3.0], "(3,)")]),
        W2=(W, NETWORKS["W2"][1]),
        negligible=_SHARE,
    ),
    "numerics.gate_pattern.block_allocation": of(
        **NETWORK, X=(X, SAMPLES), labels=(LABELS, CLUSTERS), negligible=_SHARE
    ),
    "numerics.jacobian_spectrum.jacobian_spectrum": of(**NETWORK, y=(X, SAMPLES)),
    "numerics.jacobian_spectrum.mean_jacobian": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE),
    "numerics.jacobian_spectrum.mean_jacobian_spectrum": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE),
    "numerics.denoiser_distance.mean_square_output": of(**NETWORKS, X=(X, SAMPLES), sigma=NOISE),
    "numerics.denoiser_distance.denoiser_distance": of(
        first=([W, W], [*_PAIR, bad("zero", [np.zeros((3, 2))] * 2, "must not be zero at every sample", "0.0")]),
        second=([W, np.ones((3, 2)).tolist()], _PAIR),
        X=(X, SAMPLES),
        sigma=NOISE,
    ),
    "numerics.loss_ratio.train_test_losses": of(
        **NETWORKS,
        train=(X, SAMPLES),
        test=(X[:3], [*SAMPLES, bad("other coordinates", np.ones((2, 4)), "must have the 3 coordinates", "(2, 4)")]),
        sigma=NOISE,
    ),
    "numerics.representation.codes": of(W1=_ENCODER, X=(X, SAMPLES)),
    "numerics.representation.one_hotness": of(
        W1=(W, [*_ENCODER[1], bad("no columns", np.zeros((3, 0)), "must have at least one column", "(3, 0)")]),
        X=(X, SAMPLES),
    ),
}
