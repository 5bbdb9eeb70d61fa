"""Input rules shared by every public function: bad input is a `ValueError` naming argument, value and rule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def real_array(values: Any, name: str, ndim: int | None = None) -> NDArray[np.float64]:
    """Return `values` as a finite float64 array, or raise `ValueError`.

    Accepts anything numpy can read, torch tensors on the CPU included.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a rectangular array of real numbers, got {values!r}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    array = array.astype(np.float64, copy=False)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, got {name}{list(where) if where else ''} = {array[where]}")
    return array


def samples(X: Any, name: str = "X") -> NDArray[np.float64]:
    """Samples in rows: shape (n, d) with n ≥ 1 and d ≥ 1, finite."""
    array = real_array(X, name, ndim=2)
    if 0 in array.shape:
        raise ValueError(f"{name} must hold at least one sample of at least one coordinate, got shape {array.shape}")
    return array


def symmetric(values: Any, name: str) -> NDArray[np.float64]:
    """A symmetric matrix of shape (d, d), d ≥ 1, finite."""
    array = real_array(values, name, ndim=2)
    if array.shape[0] != array.shape[1] or not array.size:
        raise ValueError(f"{name} must be square, got shape {array.shape}")
    if not np.array_equal(array, array.T):
        raise ValueError(f"{name} must be symmetric, got {array.tolist()}")
    return array


def positive_definite(values: Any, name: str) -> NDArray[np.float64]:
    """A symmetric positive definite matrix of shape (d, d), d ≥ 1, finite."""
    array = symmetric(values, name)
    if np.linalg.eigvalsh(array)[0] <= 0:
        raise ValueError(f"{name} must be positive definite, got {array.tolist()}")
    return array


def real_number(value: Any, name: str) -> float:
    """A finite real number."""
    return float(real_array(value, name, ndim=0))


def nonnegative(value: Any, name: str) -> float:
    """A finite number ≥ 0 (noise level σ, weight decay λ)."""
    number = real_number(value, name)
    if number < 0:
        raise ValueError(f"{name} must be >= 0, got {number!r}")
    return number


def positive(value: Any, name: str) -> float:
    """A finite number > 0."""
    number = real_number(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be > 0, got {number!r}")
    return number


def whole(value: Any, name: str, least: int) -> int:
    """A whole number ≥ `least`; booleans and floats are refused."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be >= {least}, got {value!r}")
    return int(value)


def labels(values: Any, n: int, name: str = "labels") -> NDArray[np.int64]:
    """One cluster label 0 … M − 1 per sample, every label used: shape (n,)."""
    array = real_array(values, name, ndim=1)
    if array.shape != (n,):
        raise ValueError(f"{name} must match the {n} samples of X, got shape {array.shape}")
    if not np.equal(array, np.floor(array)).all():
        raise ValueError(f"{name} must be whole numbers, got {float(array[array != np.floor(array)][0])!r}")
    used = np.unique(array)
    if not np.array_equal(used, np.arange(len(used))):
        raise ValueError(f"{name} must use every value 0 … M-1, got the values {used.astype(int).tolist()}")
    return array.astype(np.int64)


def weights(W1: Any, W2: Any, d: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Encoder and decoder of equal shape (…, d, p) for samples in R^d; width p = 0 is allowed."""
    encoder, decoder = real_array(W1, "W1"), real_array(W2, "W2")
    if encoder.ndim < 2 or encoder.shape[-2] != d:
        raise ValueError(f"W1 must have shape (…, {d}, p) to match X, got {encoder.shape}")
    if decoder.shape != encoder.shape:
        raise ValueError(f"W2 must have the shape of W1 {encoder.shape}, got {decoder.shape}")
    return encoder, decoder


def network(W1: Any, W2: Any, d: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `weights`, for one network only: encoder and decoder of shape (d, p)."""
    return weights(real_array(W1, "W1", ndim=2), W2, d)
