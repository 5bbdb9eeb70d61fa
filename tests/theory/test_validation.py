"""The input rules: what they let through unchanged, what they refuse, and in which words."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from theory import validation

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0), elements=FINITE))
def test_arrays_tensors_and_lists_are_the_same_array(array):
    for values in (array, torch.tensor(array), torch.tensor(array, requires_grad=True)):
        assert np.array_equal(validation.real_array(values, "a", ndim=array.ndim), array)
    if array.size:
        assert np.array_equal(validation.real_array(array.tolist(), "a"), array)


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint16, np.int64, np.float32, np.float64])
def test_every_real_type_becomes_float64(dtype):
    found = validation.real_array(np.array([0, 1], dtype=dtype), "a")
    assert found.dtype == np.float64
    assert found.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: validation.real_array([[1.0], [1.0, 2.0]], "a"), "a must be a rectangular array of real numbers, got"),
        (lambda: validation.real_array("x", "a"), "a must hold real numbers, got dtype <U1"),
        (lambda: validation.real_array([1j], "a"), "a must hold real numbers, got dtype complex128"),
        (lambda: validation.real_array(None, "a"), "a must hold real numbers, got dtype object"),
        (lambda: validation.real_array([1.0], "a", ndim=2), "a must have 2 dimension(s), got shape (1,)"),
        (lambda: validation.real_array([[0.0, 1], [np.nan, 2]], "a"), "a must be finite, got a[1, 0] = nan"),
        (lambda: validation.real_array(-np.inf, "a"), "a must be finite, got a = -inf"),
        (lambda: validation.samples(np.zeros((0, 2)), "a"), "a must hold at least one sample"),
        (lambda: validation.samples(np.zeros((2, 0)), "a"), "a must hold at least one sample"),
        (lambda: validation.samples([1.0]), "X must have 2 dimension(s), got shape (1,)"),
        (lambda: validation.real_number([1.0], "a"), "a must have 0 dimension(s), got shape (1,)"),
        (lambda: validation.nonnegative(-5e-324, "a"), "a must be >= 0, got -5e-324"),
        (lambda: validation.positive(0, "a"), "a must be > 0, got 0.0"),
        (lambda: validation.positive(-1, "a"), "a must be > 0, got -1.0"),
        (lambda: validation.whole(2.0, "a", 0), "a must be a whole number, got 2.0"),
        (lambda: validation.whole(True, "a", 0), "a must be a whole number, got True"),
        (lambda: validation.whole(np.True_, "a", 0), "a must be a whole number, got np.True_"),
        (lambda: validation.whole(1, "a", 2), "a must be >= 2, got 1"),
        (lambda: validation.labels([0, 1], 3), "labels must match the 3 samples of X, got shape (2,)"),
        (lambda: validation.labels([0.0, 0.5], 2), "labels must be whole numbers, got 0.5"),
        (lambda: validation.labels([0, 2], 2), "labels must use every value 0 … M-1, got the values [0, 2]"),
        (lambda: validation.labels([1, 2], 2), "labels must use every value 0 … M-1, got the values [1, 2]"),
        (lambda: validation.labels([-1, 0], 2), "labels must use every value 0 … M-1, got the values [-1, 0]"),
        (lambda: validation.weights([1.0], [1.0], 1), "W1 must have shape (…, 1, p) to match X, got (1,)"),
        (lambda: validation.weights(np.ones((2, 3)), np.ones((2, 3)), 3), "W1 must have shape (…, 3, p)"),
        (lambda: validation.weights(np.ones((3, 3)), np.ones((3, 2)), 3), "W2 must have the shape of W1 (3, 3), got"),
        (lambda: validation.network(np.ones((4, 3, 2)), np.ones((4, 3, 2)), 3), "W1 must have 2 dimension(s), got"),
        (lambda: validation.network(np.ones((3, 2)), np.ones((4, 3, 2)), 3), "W2 must have the shape of W1 (3, 2)"),
    ],
)
def test_what_is_refused_and_in_which_words(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()


@given(FINITE)
def test_numbers_are_passed_on(value):
    assert validation.real_number(np.float64(value), "a") == value
    assert validation.nonnegative(abs(value), "a") == abs(value)
    assert isinstance(validation.real_number(torch.tensor(3), "a"), float)
    if value > 0:
        assert validation.positive(value, "a") == value


@given(st.integers(-5, 5), st.integers(0, 5))
def test_whole_numbers_from_the_least_on(least, more):
    for kind in (int, np.int64, np.uint8 if least >= 0 else np.int8):
        found = validation.whole(kind(least + more), "a", least)
        assert (type(found), found) == (int, least + more)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_labels_are_accepted_exactly_when_they_leave_no_gap(values):
    if set(values) == set(range(max(values) + 1)):
        found = validation.labels([float(v) for v in values], len(values))
        assert found.dtype == np.int64
        assert found.tolist() == values
    else:
        with pytest.raises(ValueError, match="labels must use every value"):
            validation.labels(values, len(values))


@given(st.integers(1, 4), st.integers(0, 3), st.lists(st.integers(0, 2), max_size=2))
def test_weights_of_any_width_and_any_number(d, p, leading):
    W1, W2 = np.ones((*leading, d, p)), np.zeros((*leading, d, p))
    found = validation.weights(W1, W2, d)
    assert (found[0].shape, found[1].shape) == (W1.shape, W2.shape)
    assert np.array_equal(found[0], W1)
    assert np.array_equal(found[1], W2)


SQUARE = st.integers(1, 5).flatmap(lambda d: hnp.arrays(np.float64, (d, d), elements=st.floats(-9, 9)))


@given(SQUARE)
def test_symmetric_matrices_pass_unchanged_and_others_are_refused(array):
    whole = array + array.T
    assert np.array_equal(validation.symmetric(whole, "S"), whole)
    if not np.array_equal(array, array.T):
        with pytest.raises(ValueError, match="S must be symmetric, got "):
            validation.symmetric(array, "S")


@given(SQUARE)
def test_positive_definite_matrices_pass_unchanged_and_others_are_refused(array):
    gram = array @ array.T
    whole = (gram + gram.T) / 2 + np.eye(len(array))
    assert np.array_equal(validation.positive_definite(whole, "S"), whole)
    with pytest.raises(ValueError, match="S must be positive definite, got "):
        validation.positive_definite(-whole, "S")


@pytest.mark.parametrize("values", [np.zeros((2, 3)), np.zeros((0, 0))])
@pytest.mark.parametrize("rule", [validation.symmetric, validation.positive_definite])
def test_matrices_that_are_not_square_are_refused(rule, values):
    with pytest.raises(ValueError, match=re.escape(f"S must be square, got shape {values.shape}")):
        rule(values, "S")


def test_a_singular_matrix_is_not_positive_definite():
    with pytest.raises(ValueError, match="S must be positive definite"):
        validation.positive_definite(np.zeros((2, 2)), "S")
