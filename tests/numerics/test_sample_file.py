"""Samples from files: every accepted shape, and nothing executed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from numerics.sample_file import read_samples


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 2), (3, 2, 2, 3), (1, 1)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64, np.int16, np.bool_])
def test_rows_and_images_become_rows(tmp_path, shape, kind):
    array = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    np.save(tmp_path / "x.npy", array)
    found = read_samples(tmp_path / "x.npy")
    assert found.dtype == np.float64
    assert np.array_equal(found, array.reshape(shape[0], -1))


def test_fortran_order_keeps_the_pixels(tmp_path):
    array = np.asfortranarray(np.arange(12.0).reshape(3, 2, 2))
    np.save(tmp_path / "x.npy", array)
    assert np.array_equal(read_samples(str(tmp_path / "x.npy"))[1], [4, 5, 6, 7])


class Planted:
    def __reduce__(self):
        return pytest.fail, ("code in the file was run",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "npy format"),
        (b"1 2 3\n", "npy format"),
        (b"\x93NUMPY\x01\x00\xff\xff", "npy format"),
        (pickle.dumps(Planted()), "npy format"),
    ],
)
def test_other_content_is_refused(tmp_path, content, words):
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_samples(tmp_path / "x.npy")


def test_objects_truncated_arrays_and_archives_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[Planted()]], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "archive.npz", np.eye(3))
    np.save(tmp_path / "whole.npy", np.eye(30))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:-8])
    for name in ("x.npy", "archive.npz", "cut.npy"):
        with pytest.raises(ValueError, match="npy format"):
            read_samples(tmp_path / name)


@pytest.mark.parametrize("shape", [(), (4,), (1, 1, 1, 1, 1)])
def test_other_shapes_are_refused(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.ones(shape))
    with pytest.raises(ValueError, match="samples"):
        read_samples(tmp_path / "x.npy")


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 2, 2)])
def test_no_samples_are_refused(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.ones(shape))
    with pytest.raises(ValueError, match="at least one sample"):
        read_samples(tmp_path / "x.npy")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_samples(tmp_path / "none.npy")
