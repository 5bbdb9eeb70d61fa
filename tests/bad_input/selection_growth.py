"""Bad input to growth under selection, and to loops with selection."""

from tests.bad_values import MATRIX, NONNEGATIVE, POSITIVE, bad, of, whole

_RATIO = (2.5, [*POSITIVE, bad("under one", 0.5, "must be >= 1", "0.5")])
_KEPT = (3, [*whole(1), bad("over the pool", 6, "must be <= pool = 5", "6")])

FUNCTIONS = {
    "theory.selection_growth.largest_factor": of(pool=(5, whole(1)), kept=_KEPT),
    "theory.selection_growth.least_trace": of(kept=(3, whole(1)), d=(2, whole(1)), separation=(0.5, NONNEGATIVE)),
    "theory.selection_growth.halved_factor": of(levels=(3, whole(1))),
    "theory.selection_growth.spread_factor": of(ratio=_RATIO, d=(2, whole(1))),
    "theory.selection_growth.balancing_contraction": of(ratio=_RATIO, d=(2, whole(1))),
    "theory.selection_growth.spread_bounds": of(ratio=_RATIO),
    "numerics.selection_loop.selected_fits": of(
        covariance=(
            [[2.0, 0.5], [0.5, 1.0]],
            [
                *MATRIX,
                bad("no dimension", [[]], "must be square", "(1, 0)"),
                bad("a rectangle", [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0]], "must be square", "(2, 3)"),
                bad("not symmetric", [[1.0, 0.5], [0.0, 1.0]], "must be symmetric", "0.5"),
                bad("singular", [[1.0, 1.0], [1.0, 1.0]], "must be positive definite", "1.0"),
                bad("indefinite", [[1.0, 2.0], [2.0, 1.0]], "must be positive definite", "2.0"),
            ],
        ),
        kept=_KEPT,
        pool=(5, whole(1)),
        generations=(2, whole(0)),
        replicates=(2, whole(1)),
        seed=(0, whole(0)),
        contraction=(0.9, POSITIVE),
        isotropic=(False, []),
    ),
}
