"""Figures of image loops: curves and pictures are those of the kept loops."""

from __future__ import annotations

import numpy as np
import pytest

from figures import image_loop, image_loop_pictures
from proofs_check.loop_evidence import SETTINGS, Effect, effect_of, interval, loops


@pytest.fixture(scope="module")
def drawing():
    return image_loop.draw(True)


def test_curves_are_means_of_the_kept_loops_and_cover_every_generation(drawing):
    setting = next(iter(SETTINGS))
    arrays = loops(setting)
    policies, generations = list(dict.fromkeys(arrays["policy"].tolist())), arrays["score"].shape[1]
    curves = [dict(zip(drawing.columns, row, strict=True)) for row in drawing.rows if not row[3]]
    assert len(curves) == len(image_loop.PANELS) * len(policies) * generations
    for row in curves:
        chosen = arrays[row["measure"]][arrays["policy"] == row["policy"], int(row["generation"])]
        mean = chosen.mean() if row["measure"] == "entropy" else np.exp(np.log(chosen).mean())
        assert row["mean"] == pytest.approx(mean)
        assert row["low"] < row["mean"] < row["high"]


def test_selection_stands_beside_what_is_printed(drawing):
    ratios = [dict(zip(drawing.columns, row, strict=True)) for row in drawing.rows if row[3]]
    assert [row["policy"] for row in ratios] == ["replace-greedy", "accumulate-greedy", "replace-filter"]
    arrays = loops(next(iter(SETTINGS)))
    for row in ratios:
        found = interval(effect_of(arrays, Effect("distance", str(row["policy"]), str(row["against"]))))
        assert (row["mean"], row["low"], row["high"]) == pytest.approx(np.exp([found.mean, found.low, found.high]))
    panel = drawing.figure.axes[len(image_loop.PANELS)]
    # Open marks: filter and greedy of four printed rows.
    open_marks = sorted(float(line.get_xdata()[0]) for line in panel.lines if line.get_fillstyle() == "none")
    printed = [value / plain for plain, *rest in image_loop.PRINTED.values() for value in rest]
    assert open_marks == pytest.approx(sorted(printed))


def test_pictures_are_the_kept_ones():
    drawing = image_loop_pictures.draw(True)
    setting = next(iter(SETTINGS))
    arrays, side = loops(setting), SETTINGS[setting].side
    shown = np.asarray(drawing.figure.axes[0].get_images()[0].get_array())
    policies = list(dict.fromkeys(arrays["policy"].tolist()))
    for place, policy in enumerate(policies):
        pictures = arrays["pictures"][(arrays["policy"] == policy) & (arrays["seed"] == 0)][0]
        for g, images in enumerate(pictures):
            for number in range(image_loop_pictures.SHOWN):
                top = place * (side + 4) + 2
                left = g * (image_loop_pictures.SHOWN * (side + 2) + 2) + number * (side + 2) + 2
                tile = shown[top : top + side, left : left + side]
                assert np.array_equal(tile, images[number, : side**2].reshape(side, side))
    assert len(drawing.rows) == len(policies) * len(arrays["score"][0])
