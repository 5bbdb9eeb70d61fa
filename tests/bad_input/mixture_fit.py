"""Fits of mixtures: what samples, numbers of components and starts must be."""

import numpy as np

from tests.bad_values import ARRAY, OBTUSE, bad, of, whole

PROBLEMS = {
    "X": (
        OBTUSE,
        [
            *ARRAY,
            bad("one row", [1.0, 2.0], "must have shape (N, d) or (2, N, d)", "(2,)"),
            bad("three stacks for two", np.ones((3, 2, 2)), "must have shape (N, d) or (2, N, d)", "(3, 2, 2)"),
            bad("no coordinates", np.ones((2, 0)), "nowhere empty", "(2, 0)"),
        ],
    ),
    "components": (
        2,
        [
            bad("none", 0, "must be whole numbers from 1 to the number of samples 3", "0.0"),
            bad("more than samples", [2, 4], "must be whole numbers from 1 to the number of samples 3", "4.0"),
            bad("fraction", 1.5, "must be whole numbers from 1", "1.5"),
            bad("three for two", [1, 1, 1], "must be a number or 2 numbers", "(3,)"),
            bad("not finite", np.nan, "must be finite", "nan"),
        ],
    ),
    "seeds": (
        [0, 1],
        [
            bad("none", [], "must be whole numbers >= 0, at least one", "[]"),
            bad("below zero", [0, -1], "must be whole numbers >= 0", "[0, -1]"),
            bad("fractions", [0.5, 1.0], "must be whole numbers >= 0", "0.5"),
        ],
    ),
}

START = {
    "start": (
        "samples",
        [
            bad("another", "nowhere", "must be one of samples, elsewhere or an array", "'nowhere'"),
            bad("another shape", np.ones((3, 3)), "must hold means of shape (2, 3) or (2, 2, 3)", "(3, 3)"),
            bad("not finite", np.full((2, 3), np.inf), "must be finite", "inf"),
        ],
    ),
    "start_variance": (
        None,
        [
            bad("zero", 0.0, "must be > 0", "0.0"),
            bad("three for two", [1.0, 1.0, 1.0], "must be a number or 2 numbers", "(3,)"),
        ],
    ),
}

LEVELS = {
    "weighting": (
        "snr",
        [
            bad("another", "fitted", "must be one of snr, one or an array", "'fitted'"),
            bad("another length", [1.0, 1.0], "must match the 3 levels of the grid", "(2,)"),
            bad("below zero", [1.0, -1.0, 0.0], "must be >= 0 and not all zero", "-1.0"),
            bad("nothing", [0.0, 0.0, 0.0], "must be >= 0 and not all zero", "0.0"),
        ],
    ),
    "grid": (
        [0.1, 0.5, 0.9],
        [
            bad("zero", [0.0, 0.5], "must hold noise levels t in (0, 1]", "0.0"),
            bad("above one", [0.5, 1.5], "must hold noise levels t in (0, 1]", "1.5"),
            bad("none", [], "must hold noise levels t in (0, 1], at least one", "[]"),
        ],
    ),
}

FUNCTIONS = {
    "numerics.mixture_fit.checked_problems": of(**PROBLEMS),
    "numerics.mixture_likelihood.maximum_likelihood": of(
        **PROBLEMS,
        **START,
        tolerance=(1e-8, [bad("none", 0.0, "must be > 0", "0.0")]),
        steps=(1, whole(0)),
        device=("cpu", []),
    ),
    "numerics.mixture_adam.train_by_adam": of(
        **PROBLEMS,
        **LEVELS,
        **START,
        tolerance=(1e-3, [bad("none", 0.0, "must be > 0", "0.0")]),
        steps=(0, whole(0)),
        draws=(1, whole(1)),
        rate=(1e-3, [bad("none", 0.0, "must be > 0", "0.0")]),
        device=("cpu", []),
    ),
    "numerics.mixture_training.loss_levels": of(**LEVELS, device=("cpu", [])),
    "numerics.mixture_training.train": of(
        **PROBLEMS,
        **LEVELS,
        **START,
        tolerance=(1e-3, [bad("none", 0.0, "must be > 0", "0.0")]),
        steps=(0, whole(0)),
        round_steps=(2, whole(2)),
        device=("cpu", []),
    ),
}

TAKES_CHECKED_ARRAYS = {
    "numerics.mixture_fit.distances_to_components",
    "numerics.mixture_fit.squared_distances",
    "numerics.mixture_fit.starting_mixtures",
    "numerics.mixture_likelihood.likelihood_step",
    "numerics.mixture_loss.certain_loss",
    "numerics.mixture_loss.drawn_loss",
    "numerics.mixture_loss.identify",
    "numerics.mixture_slope.fresh_noise",
    "numerics.mixture_slope.measured_slope",
}
