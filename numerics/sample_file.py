"""Samples from a file: one array of real numbers in NumPy's .npy format, rows or images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from theory import validation


def read_samples(path: Path | str) -> Float64[np.ndarray, "n d"]:
    """The samples in a .npy file: an array (n, d), or images (n, h, w) or (n, h, w, c), each made one row.

    Nothing in the file is executed. Whole numbers become floats of the same value. Raises `ValueError` for a file that
    is not .npy, an array of another shape or type, without samples, or with a value that is not finite; `OSError` when
    the file cannot be read.
    """
    with Path(path).open("rb") as stream:
        try:
            array = np.lib.format.read_array(stream, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(f"path must lead to an array of numbers in .npy format, got {path}: {error}") from error
    if not 2 <= array.ndim <= 4:
        raise ValueError(f"path must lead to samples (n, d) or images (n, h, w[, c]), got shape {array.shape}")
    return validation.samples(array.reshape(len(array), int(np.prod(array.shape[1:]))), "samples")
