"""Every public function of `theory` and `numerics` with good arguments, and what counts as bad for each of them.

The modules of `tests.bad_input` add to the table: each defines `FUNCTIONS`, and `NAMED_INSTEAD`, `TAKES_NO_DATA` and
`TAKES_CHECKED_ARRAYS` where it needs them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import numpy as np

import tests.bad_input
from tests.bad_values import (
    ACUTE,
    CLUSTERS,
    CORRELATION,
    COSINE,
    DECAY,
    DECODER,
    GATED,
    INFINITE_MEAN,
    LABELS,
    MATRIX,
    NETWORK,
    NOISE,
    NONNEGATIVE,
    OBTUSE,
    ONE_ENCODER,
    ORIGIN,
    POSITIVE,
    PROBLEM,
    SAMPLES,
    VECTOR,
    WIDTHS,
    WIDTHS_OF_W,
    Bad,
    W,
    X,
    bad,
    of,
    rectified,
    whole,
)

NAMES = [bad(f"{value!r}", value, "must be one of", f"{value!r}") for value in ("cats", "", None, 3, "Faces")]

FUNCTIONS = {
    "theory.block_minimizer.memorizing_weights": of(
        X=(X, [*SAMPLES, bad("at the origin", np.eye(3) * [1, 1, 0], "weight_decay must satisfy", "= 0.0")]),
        sigma=NOISE,
        weight_decay=(
            0.01,
            [
                *NONNEGATIVE,
                bad(
                    "at the limit", 1.25 / 4, "must satisfy n·weight_decay < min‖x_i‖² = 1.25", "got 0.3125 with n = 4"
                ),
                bad("over the limit", 7.0, "must satisfy n·weight_decay < min‖x_i‖² = 1.25", "got 7.0 with n = 4"),
            ],
        ),
    ),
    "theory.block_minimizer.memorizing_loss": of(X=(X, [*SAMPLES, ORIGIN]), sigma=NOISE),
    "theory.block_minimizer.memorizing_loss_gap": of(X=GATED, sigma=(0.1, POSITIVE)),
    "theory.block_minimizer.one_hot_failure": of(X=GATED, sigma=(0.1, POSITIVE)),
    "theory.block_minimizer.duplication_threshold": of(
        squared_norm=(2.0, POSITIVE), n=(5, whole(1)), weight_decay=DECAY
    ),
    "theory.block_minimizer.block_weights": of(
        X=(
            X,
            [
                *SAMPLES,
                bad(
                    "mean across the block",
                    [[1.0, 1e-9, 0.0], [-1.0, 1e-9, 0.0], [2.0, 0.0, 0.0], [2.0, 0.0, 0.0]],
                    "labels must give clusters whose mean has a component in the block's directions",
                    "cluster 0",
                    "widths[0] = 1",
                ),
            ],
        ),
        labels=(LABELS, CLUSTERS),
        widths=(
            [1, 2],
            [*WIDTHS, bad("over the rank", [3, 1], "must be <= the rank of each cluster", "widths[0] = 3", "2")],
        ),
        sigma=NOISE,
        weight_decay=(
            0.001,
            [
                *NONNEGATIVE,
                bad("over one limit", 0.07, "must satisfy n·weight_decay < the width-th", "got 0.28", "widths[1] = 2"),
                bad("over both limits", 0.75, "must satisfy n·weight_decay < the width-th", "got 3.0", "widths[0] = 1"),
            ],
        ),
    ),
    "theory.block_minimizer.block_widths": of(widths=([1, 2], WIDTHS), clusters=(2, [])),
    "theory.block_minimizer.gate_margin": of(
        W1=(
            W,
            [*ONE_ENCODER[:-3], *ONE_ENCODER[-2:], bad("dead unit", [[1.0, 0.0]] * 3, "no zero column", "W1[:, 1]")],
        ),
        X=(X, SAMPLES),
        labels=(LABELS, CLUSTERS),
        widths=([1, 1], WIDTHS_OF_W),
    ),
    "theory.turning.wrong_gate_energy": of(
        W1=(
            W,
            [*ONE_ENCODER[:-3], *ONE_ENCODER[-2:], bad("dead unit", [[1.0, 0.0]] * 3, "no zero column", "W1[:, 1]")],
        ),
        X=(X, SAMPLES),
        labels=(LABELS, CLUSTERS),
        widths=([1, 1], WIDTHS_OF_W),
        sigma=(0.1, POSITIVE),
    ),
    "theory.block_minimizer.frozen_loss": of(
        **NETWORK,
        X=(X, SAMPLES),
        labels=(LABELS, CLUSTERS),
        widths=([1, 1], WIDTHS_OF_W),
        sigma=NOISE,
        weight_decay=DECAY,
    ),
    "theory.block_minimizer.generalizing_loss": of(
        spectra=([[1.0, 2.0], [0.5, 0.1]], [*SAMPLES, bad("negative", [[1.0, -2.0], [1, 1]], "must be >= 0", "-2.0")]),
        mixing=(
            [0.25, 0.75],
            [
                *VECTOR,
                bad("too short", [1.0], "must hold one weight for each of the 2 spectra", "(1,)"),
                bad("negative", [-0.5, 1.5], "must be >= 0 and sum to 1", "[-0.5, 1.5]"),
                bad("too little", [0.25, 0.7499], "must be >= 0 and sum to 1", "0.7499"),
                bad("too much", [0.25, 0.7501], "must be >= 0 and sum to 1", "0.7501"),
            ],
        ),
        widths=([1, 2], [*WIDTHS, bad("over d", [1, 3], "must be <= d = 2", "[1, 3]")]),
        sigma=NOISE,
    ),
    "theory.linear_autoencoder.optimal_weights": of(
        X=(X, SAMPLES), width=(2, whole(0)), sigma=NOISE, weight_decay=DECAY
    ),
    "theory.linear_autoencoder.optimal_value": of(X=(X, SAMPLES), width=(2, whole(0)), sigma=NOISE, weight_decay=DECAY),
    "theory.linear_autoencoder.regularised_loss": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE, weight_decay=DECAY),
    "theory.spectral_loss.limiting_gains": of(
        spectrum=([1.0, 0.5], [*VECTOR, bad("negative", [1.0, -0.5], "must be >= 0", "-0.5")]),
        mixing=(0.5, [*POSITIVE, bad("over 1", 1.5, "must be <= 1", "1.5")]),
        sigma=NOISE,
        weight_decay=DECAY,
    ),
    "theory.empirical_denoiser.empirical_denoiser": of(
        y=(
            [[0.1, 0.2, 0.3]],
            [*SAMPLES, bad("of another X", [[1.0, 2.0]], "must have the 3 coordinates of X", "(1, 2)")],
        ),
        X=(X, SAMPLES),
        sigma=(0.1, POSITIVE),
    ),
    "theory.empirical_denoiser.score": of(
        y=(
            [[0.1, 0.2, 0.3]],
            [*SAMPLES, bad("of another X", [[1.0, 2.0]], "must have the 3 coordinates of X", "(1, 2)")],
        ),
        X=(X, SAMPLES),
        sigma=(0.1, POSITIVE),
    ),
    "theory.empirical_denoiser.sampling_step": of(
        y=([[0.1, 0.2]], SAMPLES),
        denoised=([[0.3, 0.4]], [*SAMPLES, bad("not as y", [[0.3]], "must have the shape of y (1, 2)", "(1, 1)")]),
        sigma=(0.5, POSITIVE),
        next_sigma=(0.25, [*NONNEGATIVE, bad("over σ", 0.75, "must be <= sigma = 0.5", "0.75")]),
    ),
    "theory.separability.alpha_beta": of(
        X=(X, [*SAMPLES, bad("mean zero", [*X[:2], [1, 2, 3], [-1, -2, -3]], "nonzero cluster means", "cluster 1")]),
        labels=(LABELS, CLUSTERS),
    ),
    "theory.separability.max_clusters": of(beta=(-0.5, COSINE), d=(3, whole(1))),
    "theory.separability.regular_simplex": of(
        M=(3, [*whole(2), bad("over d + 1", 5, "must be <= d + 1 = 4", "5")]), d=(3, whole(1))
    ),
    "theory.separability.separable_subset": of(X=(X, SAMPLES), beta=(-0.1, COSINE)),
    "theory.separability.largest_separable_subset": of(X=(X, SAMPLES), beta=(-0.1, COSINE), node_budget=(9, whole(1))),
    "theory.clique.largest_clique": of(
        adjacent=(~np.eye(3, dtype=bool), []), node_budget=(9, whole(1)), enough=(3, whole(1))
    ),
    **{
        f"theory.residual.{name}": of(
            X=(OBTUSE, [*SAMPLES, ACUTE]),
            sigma=(0.1, POSITIVE),
            weight_decay=(
                0.01,
                [
                    *NONNEGATIVE,
                    bad("at the limit", 0.4, "must satisfy n·weight_decay < min‖x_i‖² = 1.0", "got 0.4 with n = 3"),
                ],
            ),
        )
        for name in ("gate_leak_gradient", "predicted_residual")
    },
    "theory.gaussian_relu.mean": rectified("mu", "s"),
    "theory.gaussian_relu.second_moment": rectified("mu", "s"),
    "theory.gaussian_relu.cross_moment": rectified("mu_a", "mu_b", "s_a", "s_b", "rho"),
    "theory.gaussian_relu.pair_moments": rectified("mu_a", "mu_b", "s_a", "s_b", "rho"),
    "theory.gaussian_relu.orthant_probability": rectified("alpha", "beta", "rho"),
    "numerics.bivariate_normal.orthant_probability": of(
        alpha=([0.5, -1.0], INFINITE_MEAN), beta=([0.5, -1.0], INFINITE_MEAN), rho=([0.5, -0.25], CORRELATION)
    ),
    **{
        f"numerics.{name}": of(**PROBLEM)
        for name in ("objective.expected_loss", "objective.loss_and_gradient", "curvature.hessian")
    },
    "numerics.curvature.hessian_vector_product": of(**PROBLEM, D1=(W, DECODER), D2=(W, DECODER)),
    "numerics.minimize.minimize": of(
        X=(X, SAMPLES), **NETWORK, sigma=NOISE, weight_decay=DECAY, gradient_tolerance=(1e-9, POSITIVE)
    ),
    "numerics.minimize.curvatures": of(**NETWORK, X=(X, SAMPLES), sigma=NOISE, weight_decay=DECAY),
    "numerics.landing.column_distance": of(
        W=(W, [*MATRIX, bad("another shape", np.ones((3, 5)), "predicted", "(3, 5)")]),
        predicted=(
            W,
            [
                *MATRIX,
                bad("another shape", np.ones((3, 5)), "must have the shape of W (3, 2)", "(3, 5)"),
                bad("nothing", np.zeros((3, 2)), "must not be zero", "0.0"),
            ],
        ),
    ),
    "numerics.landing.block_distance": of(
        **NETWORK,
        predicted=(
            W,
            [
                *MATRIX,
                bad("another shape", np.ones((2, 5)), "must have shape (3, p) to match X", "(2, 5)"),
                bad("nothing", np.zeros((3, 2)), "must not be zero", "0.0"),
            ],
        ),
        X=(X, SAMPLES),
        labels=(LABELS, CLUSTERS),
    ),
    "numerics.data.faces": of(variant=("unit", NAMES)),
    "numerics.data.digits": of(variant=("unit", NAMES)),
    "numerics.data.separable_images": of(
        name=("digits", NAMES),
        count=(2, whole(2)),
    ),
    "numerics.data.augmented_cluster": of(
        image=(
            [1.0, 2.0, 3.0, 4.0],
            [
                *VECTOR,
                bad("not square", [1.0, 2.0, 3.0], "must be square and nonzero", "3 pixels"),
                bad("black", np.zeros(4), "must be square and nonzero", "norm 0.0"),
            ],
        ),
        size=(2, whole(1)),
        alpha=(0.5, [*NONNEGATIVE, bad("one", 1.0, "must be < 1", "1.0")]),
        rng=(None, []),
    ),
    "numerics.data.duplicated": of(
        X=(X, SAMPLES),
        multiplicities=(
            [1, 2, 1, 3],
            [
                *VECTOR,
                bad("too short", [1, 2, 3], "must match the 4 samples of X", "3"),
                bad("zero", [1, 0, 1, 1], "must be whole numbers >= 1", "0"),
                bad("a half", [1, 1.5, 1, 1], "must be whole numbers >= 1", "1.5"),
            ],
        ),
    ),
}

# The rule broken is not about the argument that was changed: the message names another one.
NAMED_INSTEAD = {
    ("theory.block_minimizer.memorizing_weights", "X", "at the origin"): "weight_decay",
    ("theory.block_minimizer.block_weights", "X", "mean across the block"): "labels",
    ("numerics.landing.column_distance", "W", "another shape"): "predicted",
}

TAKES_NO_DATA = {"numerics.data.digit_labels", "numerics.interrupts.remembered_interrupts"}
# Work on arrays that their callers in the house have checked; their docstrings or annotations say so.
TAKES_CHECKED_ARRAYS = {
    "theory.gaussian_relu.standardised",
    "theory.normal_tails.density",
    "theory.normal_tails.tails",
    "theory.linear_autoencoder.gains",
    "theory.linear_autoencoder.savings",
    "theory.linear_autoencoder.gram_spectrum",
    "theory.spectral_loss.direction_test_loss",
    "theory.block_minimizer.aligning_rotation",
    *(
        f"numerics.problem.{name}"
        for name in ("checked", "describe", "pieces", "piece_sizes", "spans", "numbers_at_once")
    ),
    *(f"numerics.newton.{name}" for name in ("newton", "truncated_newton")),
    *(
        f"numerics.gate_pairs.{name}"
        for name in (
            "between_columns",
            "residual",
            "gate",
            "density",
            "probability",
            "rules",
            "pair_moments",
            "pair_excess",
            "gauss_legendre",
        )
    ),
}


for _entry in pkgutil.iter_modules(tests.bad_input.__path__, "tests.bad_input."):
    _more = importlib.import_module(_entry.name)
    _twice = FUNCTIONS.keys() & _more.FUNCTIONS.keys()
    if _twice:
        raise ValueError(f"every function must be in one table only, got {sorted(_twice)} again in {_entry.name}")
    FUNCTIONS |= _more.FUNCTIONS
    NAMED_INSTEAD |= getattr(_more, "NAMED_INSTEAD", {})
    TAKES_NO_DATA |= getattr(_more, "TAKES_NO_DATA", set())
    TAKES_CHECKED_ARRAYS |= getattr(_more, "TAKES_CHECKED_ARRAYS", set())

# A width that disagrees is noticed at the second matrix.
NAMED_INSTEAD |= {(function, "W1", "not as wide as W2"): "W2" for function in FUNCTIONS}


def cases() -> Iterator[tuple[str, str, Bad]]:
    """Function, argument and what is put in its place."""
    for function, (_, arguments) in FUNCTIONS.items():
        for argument, values in arguments.items():
            for value in values:
                yield function, argument, value


def identifier(function: str, argument: str, case: Bad) -> str:
    return f"{function}({argument}: {case.label})"
