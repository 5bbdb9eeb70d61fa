"""Values that public functions must refuse, by kind of argument, with words that the message must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

nan, inf = float("nan"), float("inf")

# Two clusters of two samples in R^3, whose means are opposite.
X = [[1.0, 0.5, 0.0], [1.0, -0.5, 1.0], [-2.0, 0.0, 0.5], [-2.0, 0.5, 0.0]]
LABELS = [0, 0, 1, 1]
OBTUSE = [[1.0, 0.0, 0.0], [-1.0, 0.5, 0.0], [-1.0, -3.0, 0.0]]
W = [[1.0, -0.5], [0.1, 0.2], [0.0, 0.3]]


class Bad(NamedTuple):
    """A value that must be refused with a message that holds every one of the `words`."""

    label: str
    value: Any
    words: tuple[str, ...]


def bad(label: str, value: Any, *words: str) -> Bad:
    return Bad(label, value, words)


NOT_NUMBERS = [
    bad("none", None, "must hold real numbers", "object"),
    bad("text", "text", "must hold real numbers", "<U4"),
    bad("complex", [1j], "must hold real numbers", "complex128"),
    bad("ragged", [[1.0], [1.0, 2.0]], "must be a rectangular array", "[[1.0], [1.0, 2.0]]"),
]
SCALAR = [
    *NOT_NUMBERS,
    bad("nan", nan, "must be finite", "= nan"),
    bad("infinite", inf, "must be finite", "= inf"),
    bad("a list", [0.5, 0.5], "must have 0 dimension(s)", "(2,)"),
]
NONNEGATIVE = [*SCALAR, bad("negative", -0.25, "must be >= 0", "-0.25")]
POSITIVE = [*NONNEGATIVE[:-1], bad("negative", -0.25, "must be > 0", "-0.25"), bad("zero", 0.0, "must be > 0", "0.0")]
ARRAY = [
    *NOT_NUMBERS,
    bad("nan", [[1.0, 2.0], [3.0, nan]], "must be finite", "[1, 1] = nan"),
    bad("infinite", [[-inf, 2.0]], "must be finite", "[0, 0] = -inf"),
]
MATRIX = [*ARRAY, bad("one row", [1.0, 2.0], "dimension", "(2,)"), bad("a stack", [[[1.0]]], "dimension", "(1, 1, 1)")]
SAMPLES = [
    *MATRIX,
    bad("no samples", np.zeros((0, 3)), "must hold at least one sample", "(0, 3)"),
    bad("no coordinates", np.zeros((3, 0)), "must hold at least one sample", "(3, 0)"),
]
VECTOR = [
    *NOT_NUMBERS,
    bad("nan", [1.0, nan], "must be finite", "[1] = nan"),
    bad("infinite", [inf, 1.0], "must be finite", "[0] = inf"),
    bad("a matrix", [[1.0, 2.0]], "must have 1 dimension(s)", "(1, 2)"),
]
CLUSTERS = [
    *VECTOR,
    bad("too short", [0, 1, 1], "must match the 4 samples of X", "(3,)"),
    bad("too long", [0, 1, 1, 1, 1], "must match the 4 samples of X", "(5,)"),
    bad("a gap", [0, 0, 2, 2], "must use every value 0 … M-1", "[0, 2]"),
    bad("from one", [1, 1, 2, 2], "must use every value 0 … M-1", "[1, 2]"),
    bad("negative", [-1, -1, 0, 0], "must use every value 0 … M-1", "[-1, 0]"),
    bad("a half", [0, 0, 0.5, 1], "must be whole numbers", "0.5"),
]
WIDTHS = [
    *VECTOR,
    bad("too short", [1], "must hold one number for each of the 2 clusters", "(1,)"),
    bad("too long", [1, 1, 1], "must hold one number for each of the 2 clusters", "(3,)"),
    bad("negative", [1, -1], "must be whole numbers >= 0", "-1"),
    bad("a half", [0.5, 1], "must be whole numbers >= 0", "0.5"),
]
WIDTHS_OF_W = [*WIDTHS, bad("not the columns", [1, 2], "must add up to the 2 columns of W1", "[1, 2]")]
BATCH = [*ARRAY, bad("one column", [1.0, 2.0, 3.0], "(3,)")]
ENCODER = [*BATCH, bad("not as wide as W2", np.ones((3, 5)), "(3, 5)"), bad("of another X", np.ones((4, 2)), "(4, 2)")]
DECODER = [*BATCH, bad("not as wide as W1", np.ones((3, 5)), "must have the shape of W1 (3, 2)", "(3, 5)")]
ONE_ENCODER = [*ENCODER, bad("a stack", np.ones((4, 3, 2)), "(4, 3, 2)")]
ONE_DECODER = [*DECODER, bad("a stack", np.ones((4, 3, 2)), "(4, 3, 2)")]
SPREAD = [*ARRAY, bad("negative", [1.0, -0.5], "must be >= 0", "-0.5"), bad("another shape", [1.0] * 7, "broadcast")]
MEAN = [*ARRAY, bad("another shape", [1.0] * 7, "must broadcast", "(7,)")]
INFINITE_MEAN = [value for value in MEAN if value.label != "infinite"]
CORRELATION = [*MEAN, bad("over 1", 1.25, "must lie in [-1, 1]", "1.25"), bad("under -1", [-1.5], "[-1, 1]", "-1.5")]
COSINE = [*SCALAR, bad("positive", 0.25, "must be in [-1, 0]", "0.25"), bad("under -1", -1.5, "[-1, 0]", "-1.5")]


def whole(least: int) -> list[Bad]:
    values = {"a half": 1.5, "a float": 2.0, "true": True, "text": "2", "none": None, "a list": [2], "nan": nan}
    refused = [bad(label, value, "must be a whole number", repr(value)) for label, value in values.items()]
    return [*refused, bad("too small", least - 1, f"must be >= {least}", str(least - 1))]


class Function(NamedTuple):
    """Good arguments by name, and what is bad in place of each; an empty list means that anything goes."""

    good: Callable[[], dict[str, Any]]
    bad: dict[str, list[Bad]]


def of(**arguments: tuple[Any, list[Bad]]) -> Function:
    bads = {name: cases for name, (_, cases) in arguments.items()}
    return Function(lambda: {name: good for name, (good, _) in arguments.items()}, bads)


def rectified(*names: str) -> Function:
    """Moments of rectified Gaussians: deviations s…, a correlation rho, and means by any other name."""
    kinds = {"s": ([1.0, 0.5], SPREAD), "r": ([0.5, -0.25], CORRELATION)}
    return of(**{name: kinds.get(name[0], ([0.5, -1.0], MEAN)) for name in names})


NOISE = (0.1, NONNEGATIVE)
DECAY = (0.01, NONNEGATIVE)
NETWORK = {"W1": (W, ONE_ENCODER), "W2": (W, ONE_DECODER)}
NETWORKS = {"W1": (W, ENCODER), "W2": (W, DECODER)}
PROBLEM = {**NETWORKS, "X": (X, SAMPLES), "sigma": NOISE, "weight_decay": DECAY, "memory_budget": (2**20, whole(1))}
ORIGIN = bad("at the origin", [[1.0, 0.0], [0.0, 0.0]], "must hold no sample at the origin", "X[1]")
ACUTE = bad("acute", [[3.0, 4.0], [-4.0, 3.0]], "must have pairwise negative inner products", "0.0")
GATED = (OBTUSE, [*SAMPLES, ORIGIN, ACUTE])
