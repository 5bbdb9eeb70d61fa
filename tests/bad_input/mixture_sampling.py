"""Learned mixtures: what their samplers and the memorisation ratio refuse."""

from tests.bad_values import ARRAY, SAMPLES, VECTOR, bad, nan, of, whole

_MEANS = [*ARRAY, bad("one row", [1.0, 2.0], "must have shape (…, M, d)", "(2,)")]
_VARIANCE = [
    bad("none", None, "must hold real numbers", "object"),
    bad("nan", nan, "must be finite", "nan"),
    bad("negative", -0.25, "must be >= 0", "-0.25"),
    bad("one too many", [0.5, 0.5], "must be one number or have shape ()", "(2,)"),
]
_COMPONENTS = [
    bad("a half", 1.5, "must be whole numbers from 1 to M = 2", "1.5"),
    bad("none of them", 0, "must be whole numbers from 1 to M = 2", "0"),
    bad("too many", 3, "must be whole numbers from 1 to M = 2", "3"),
]
_MODEL = {
    "means": ([[0.0, 1.0], [1.0, 0.0]], _MEANS),
    "variance": (0.5, _VARIANCE),
    "components": (2, _COMPONENTS),
}
_POINTS = [[0.1, 0.2]]
_X = [[0.0, 1.0], [1.0, 0.0]]
_ELSEWHERE = bad("of another dimension", [[1.0, 2.0, 3.0]], "must have shape", "(1, 3)")
_C = [
    bad("none", None, "must hold real numbers", "object"),
    bad("nan", nan, "must be finite", "nan"),
    bad("zero", 0.0, "must lie in (0, 1)", "0.0"),
    bad("one", 1.0, "must lie in (0, 1)", "1.0"),
    bad("one of two", [0.5, 1.5], "must lie in (0, 1)", "[0.5, 1.5]"),
]
_PLACES = [*ARRAY, bad("one row", [1.0, 2.0], "must have shape", "(2,)"), _ELSEWHERE]

FUNCTIONS = {
    "numerics.mixture_sampling.ddim": of(
        **_MODEL,
        grid=(
            [1.0, 0.5, 0.0],
            [
                *VECTOR,
                bad("none at all", [], "must hold falling times in [0, 1]", "[]"),
                bad("rising", [0.5, 1.0], "must hold falling times in [0, 1]", "[0.5, 1.0]"),
                bad("level", [0.5, 0.5], "must hold falling times in [0, 1]", "[0.5, 0.5]"),
                bad("over 1", [1.5, 0.5], "must hold falling times in [0, 1]", "[1.5, 0.5]"),
                bad("below 0", [0.5, -0.5], "must hold falling times in [0, 1]", "[0.5, -0.5]"),
            ],
        ),
        noise=(_POINTS, [*ARRAY, _ELSEWHERE, bad("a stack", [[[1.0, 2.0]]], "must have shape", "(1, 1, 2)")]),
        device=("cpu", []),
    ),
    "numerics.mixture_sampling.exact_draws": of(**_MODEL, count=(3, whole(1)), seed=(0, whole(0))),
    "numerics.memorization_ratio.two_nearest": of(
        samples=(_POINTS, _PLACES),
        X=(_X, [*SAMPLES, bad("one sample", [[0.0, 1.0]], "must hold at least two distinct samples", "1")]),
    ),
    "numerics.memorization_ratio.memorization_ratio": of(
        samples=(_POINTS, [*_PLACES, bad("no coordinates", [[[]]], "must have shape", "(1, 1, 0)")]),
        X=(_X, [*SAMPLES, bad("copies", [[0.0, 1.0]] * 2, "must hold at least two distinct samples", "1")]),
        c=(1 / 9, _C),
    ),
}
