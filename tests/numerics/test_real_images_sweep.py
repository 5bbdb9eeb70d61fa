"""Real images: the kept map is re-derived in one cell; few images are stored, many are not."""

import numpy as np
import pytest

from numerics.sweep import evidence, read_sweep
from numerics.sweeps import real_images


def test_training_and_held_out_images_never_meet():
    for name, total in (("digits", 1797), ("faces", 100)):
        X, held_out = real_images.chosen_images(name, total - real_images.HELD_OUT)
        assert len(held_out) == 20
        assert not (X[:, None] == held_out).all(axis=2).any()
        few, same = real_images.chosen_images(name, 2)
        assert np.array_equal(few, X[:2])
        assert np.array_equal(same, held_out)


def test_a_kept_chunk_is_found_again():
    """The batch shares one stream of noise, so the four cells of n = 2 digits are made together, as they were."""
    arrays, _ = read_sweep(evidence("real-images"))
    rows = np.flatnonzero((arrays["images"] == "digits") & (arrays["n"] == 2))
    cells = [{key: arrays[key][row].item() for key in real_images.SWEEP.grid} for row in rows]
    found = real_images.measure(cells, "cpu")
    assert found["converged"].all()
    for key in ("train", "test"):
        assert found[key] == pytest.approx(arrays[key][rows], rel=1e-2)


def test_few_images_are_learnt_by_heart_and_many_are_not():
    arrays, _ = read_sweep(evidence("real-images"))
    narrow = (arrays["width"] == 4) & arrays["converged"].astype(bool)
    ratio = arrays["test"] / arrays["train"]
    assert ratio[narrow & (arrays["n"] == 2)].min() > 20
    assert ratio[narrow & (arrays["n"] == 80)].max() < 2
