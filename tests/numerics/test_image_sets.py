"""Image sets: the same at every call, apart from what is held out, half of the draws of repeated images, one hash."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

from numerics import image_sets
from numerics.data import faces
from numerics.image_sets import digits_28, held_out, image_set, write_digits

each = pytest.mark.parametrize(
    ("data", "regime"), [(d, r) for d in ("digits", "faces") for r in ("few", "all", "hybrid")]
)
COUNTS = {
    ("digits", "few"): 100,
    ("digits", "all"): 4500,
    ("digits", "hybrid"): 4500,
    ("faces", "few"): 50,
    ("faces", "all"): 80,
    ("faces", "hybrid"): 12 + 68 * 30,
}


@each
def test_sets_are_deterministic_distinct_and_apart_from_what_is_held_out(data, regime):
    found, again, unseen = image_set(data, regime), image_set(data, regime), held_out(data)
    for name in ("images", "labels", "source", "repetition"):
        assert np.array_equal(getattr(found, name), getattr(again, name))
    assert found.images.shape == (COUNTS[data, regime], 1, 28, 28)
    assert found.images.min() >= -1
    assert found.images.max() <= 1
    assert not set(found.source) & set(unseen.source)
    rows = found.images.reshape(len(found.images), -1)
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert set(found.labels) == set(range(found.classes)) == set(range(unseen.classes))
    assert (found.repetition == 1).all() == (regime != "hybrid")


@pytest.mark.parametrize("data", ["digits", "faces"])
def test_in_the_hybrid_set_about_half_of_the_draws_are_of_repeated_images(data):
    found = image_set(data, "hybrid")
    repeated = found.repetition > 1
    assert {int(r) for r in found.repetition[repeated]} == {50, 100, 200, 500}
    rows = found.rows()
    assert np.array_equal(np.bincount(rows), found.repetition)
    assert 0.45 < repeated[rows].mean() < 0.55
    assert len(rows) > 4000
    # No variation of a repeated face stands among the others.
    assert not set(found.source[repeated]) & set(found.source[~repeated])


def test_images_are_those_of_their_source():
    pixels, labels = digits_28()
    for regime in ("few", "hybrid"):
        found = image_set("digits", regime)
        assert np.array_equal(labels[found.source], found.labels)
        assert np.array_equal(((found.images[:, 0] + 1) * 127.5).round().astype(np.uint8), pixels[found.source])
    found = image_set("faces", "hybrid")
    exact = found.repetition > 1
    middle = found.images[exact, 0, 1:26, 1:26].reshape(-1, 625)
    np.testing.assert_allclose(middle, faces("unit")[found.source[exact]], rtol=1e-6)


def test_classes_share_the_few_and_the_repeated_images():
    assert np.bincount(image_set("digits", "few").labels).tolist() == [10] * 10
    hybrid = image_set("digits", "hybrid")
    assert np.bincount(hybrid.labels[hybrid.repetition > 1]).tolist() == [4, 4] + [3] * 8


def test_digits_from_a_file_are_the_same_and_others_are_refused(tmp_path):
    write_digits(tmp_path / "digits.npz")
    pixels, labels = digits_28(tmp_path / "digits.npz")
    assert np.array_equal(pixels, digits_28()[0])
    assert np.array_equal(labels, digits_28()[1])
    assert np.array_equal(image_set("digits", "few", tmp_path / "digits.npz").images, image_set("digits", "few").images)
    changed = pixels.copy()
    changed[17, 3, 4] ^= 1
    np.savez(tmp_path / "changed.npz", pixels=changed, labels=labels)
    np.savez(tmp_path / "relabelled.npz", pixels=pixels, labels=(labels + 1) % 10)
    np.savez(tmp_path / "nameless.npz", pixels)
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps([1]))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "digits.npz").read_bytes()[:-100])
    for name, words in (
        ("changed", "5,000 digits with hash"),
        ("relabelled", "5,000 digits with hash"),
        ("nameless", "in NPZ format"),
        ("pickle", "in NPZ format"),
        ("cut", "in NPZ format"),
    ):
        with pytest.raises(ValueError, match=f"file must hold .*{words}"):
            digits_28(tmp_path / f"{name}.npz")


@pytest.mark.parametrize("function", [image_set, held_out])
def test_unknown_names_are_refused(function):
    with pytest.raises(ValueError, match="data must be one of"):
        inspect.unwrap(function)("letters", "all")
    with pytest.raises(ValueError, match="regime must be one of"):
        inspect.unwrap(image_set)("digits", "most")


def test_variations_move_mirror_and_keep_the_range():
    found = image_set("faces", "hybrid")
    first = found.images[found.source == found.source[12]]
    assert len(first) == image_sets.VARIATIONS
    # Another contrast, a shift or a mirror image leaves a face about as bright.
    assert np.ptp(first.mean(axis=(1, 2, 3))) < 0.25
