"""Sampling: what the flow of the memorising weights and the sampler itself refuse."""

import numpy as np

from tests.bad_values import DECAY, GATED, NONNEGATIVE, OBTUSE, POSITIVE, SAMPLES, VECTOR, bad, of, whole

_POINTS = (
    [[0.1, 0.2, 0.3]],
    [*SAMPLES, bad("of another X", [[1.0, 2.0]], "must have the 3 coordinates of X", "(1, 2)")],
)
_LEVELS = [
    *VECTOR,
    bad("none at all", [], "must fall and stay >= 0", "[]"),
    bad("level", [1.0, 1.0], "must fall and stay >= 0", "[1.0, 1.0]"),
    bad("rising", [0.5, 1.0], "must fall and stay >= 0", "[0.5, 1.0]"),
    bad("below zero", [0.5, -0.25], "must fall and stay >= 0", "[0.5, -0.25]"),
]
_STORED = {
    "squared_norm": (2.0, POSITIVE),
    "n": (3, whole(1)),
    "weight_decay": (
        0.01,
        [
            *DECAY[1],
            bad("at the limit", 2.0 / 3, "must satisfy n·weight_decay < squared_norm = 2.0", "with n = 3"),
        ],
    ),
}


def _halved(y, sigma):
    del sigma
    return y / 2


def _cut(y, sigma):
    del sigma
    return y[:, :1]


FUNCTIONS = {
    "theory.sampling_flow.memorizing_denoiser": of(
        y=_POINTS,
        X=(OBTUSE, SAMPLES),
        sigma=(0.1, NONNEGATIVE),
        weight_decay=(
            0.01,
            [
                *DECAY[1],
                bad("at the limit", 0.4, "must satisfy n·weight_decay < min‖x_i‖² = 1.0", "got 0.4 with n = 3"),
            ],
        ),
    ),
    "theory.sampling_flow.lone_factor": of(
        **_STORED,
        start=(0.5, POSITIVE),
        end=(0.25, [*NONNEGATIVE, bad("over the start", 0.75, "must be <= start = 0.5", "0.75")]),
    ),
    "theory.sampling_flow.lone_factor_in_steps": of(**_STORED, levels=([1.0, 0.5, 0.0], _LEVELS)),
    "theory.sampling_flow.falling_levels": of(levels=([1.0, 0.5, 0.0], _LEVELS)),
    "theory.sampling_flow.gate_strengths": of(y=_POINTS, X=(OBTUSE, SAMPLES), sigma=(0.1, POSITIVE)),
    "theory.sampling_flow.flow_limit": of(
        y=_POINTS,
        X=(
            GATED[0],
            [*GATED[1], bad("three gates", 1.1 * np.eye(3) - 0.1, "must open at most two", "3 opened by y[0]")],
        ),
        sigma=(0.1, POSITIVE),
    ),
    "numerics.sampling.follow_flow": of(
        denoiser=(_halved, []),
        y=([[0.1, 0.2]], SAMPLES),
        levels=([1.0, 0.5], [*_LEVELS, bad("down to zero", [1.0, 0.0], "levels[-1] must be > 0", "0.0")]),
    ),
    "numerics.sampling.sample": of(
        denoiser=(_halved, [bad("of another shape", _cut, "denoised must have the shape of y", "(1, 1)")]),
        y=([[0.1, 0.2]], SAMPLES),
        levels=([1.0, 0.5, 0.0], _LEVELS),
    ),
}

NAMED_INSTEAD = {
    ("numerics.sampling.sample", "denoiser", "of another shape"): "denoised",
    ("theory.sampling_flow.flow_limit", "X", "three gates"): "y",
}
