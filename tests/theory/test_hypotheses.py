"""Hypotheses of the theorems, met and missed one at a time."""

from __future__ import annotations

import numpy as np
import pytest

from theory.hypotheses import hypotheses, largest_cosine
from theory.separability import regular_simplex
from theory.structures import block_structure

SIMPLEX = 2 * regular_simplex(4, 3)


def found(X, labels=None, sigma=0.1, weight_decay=0.01, width=8):
    labels = np.arange(len(X)) if labels is None else np.asarray(labels)
    structure = block_structure(X, labels, width, sigma, weight_decay)
    return {each.name: each for each in hypotheses(X, structure, sigma, weight_decay, width)}


def test_a_simplex_meets_all_but_few_samples():
    everything = found(SIMPLEX)
    assert [each.name for each in everything.values() if each.met is False] == ["distinct samples over their rank"]
    assert everything["distinct samples over their rank"].value == pytest.approx(4 / 3)
    assert everything["largest cosine of two distinct samples"].value == pytest.approx(-1 / 3)
    assert everything["width over distinct samples"].value == 2.0
    assert everything["nλ over the least m‖x‖²"].value == pytest.approx(0.01)
    assert everything["isolable share of distinct samples"].value == 1.0
    assert everything["α of the predicted clusters"].value == 0.0
    assert everything["β of the predicted clusters"].value == pytest.approx(-1 / 3)
    assert everything["nλ over the least kept Gram eigenvalue"].value == pytest.approx(0.01)
    assert everything["gate margin of the block formula over σ"].value == pytest.approx(2 / 3 / 0.1)


@pytest.mark.parametrize(
    ("arguments", "missed"),
    [
        ({"X": np.eye(3)}, {"largest cosine of two distinct samples", "β of the predicted clusters"}),
        ({"X": SIMPLEX[:3], "width": 2}, {"width over distinct samples"}),
        ({"X": SIMPLEX[:3], "width": 3}, set()),
        ({"X": SIMPLEX[:3] * [[1], [1], [0.1]], "weight_decay": 0.02}, {"nλ over the least m‖x‖²"}),
    ],
)
def test_what_is_missed(arguments, missed):
    names = {name for name, each in found(**arguments).items() if each.met is False}
    assert names - {"gate margin of the block formula over σ"} == missed


def test_gates_on_right_angles_are_not_right():
    assert found(np.eye(3))["gate margin of the block formula over σ"].met is False


def test_a_sample_in_the_cone_of_others_is_not_isolable():
    each = found(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))["isolable share of distinct samples"]
    assert (each.value, each.met) == (pytest.approx(2 / 3), False)


def test_copies_count_once_and_lift_the_threshold():
    X = np.repeat(SIMPLEX, [3, 1, 1, 1], axis=0)
    everything = found(X, labels=[0, 0, 0, 1, 2, 3], width=4)
    assert everything["width over distinct samples"].value == 1.0
    assert everything["nλ over the least m‖x‖²"].value == pytest.approx(0.06 / 4)


def test_what_is_not_defined_has_no_value():
    everything = found(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]), labels=[0, 0, 1], weight_decay=5.0)
    undefined = {name for name, each in everything.items() if each.value is None}
    assert undefined == {
        "largest cosine of two distinct samples",
        "nλ over the least m‖x‖²",
        "α of the predicted clusters",
        "β of the predicted clusters",
        "nλ over the least kept Gram eigenvalue",
        "gate margin of the block formula over σ",
    }
    assert all(everything[name].met is None for name in undefined)


def test_the_largest_cosine_is_of_distinct_samples():
    assert largest_cosine(np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 1.0]])) == pytest.approx(-np.sqrt(0.5))
    assert largest_cosine(np.array([[1.0, 0.0]])) == -1.0
    assert largest_cosine(np.array([[1.0, 0.0], [0.0, 0.0]])) is None
