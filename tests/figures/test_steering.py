"""Figures of steering: curves, pictures and jumps are those of the kept answers; the closed form is the network's."""

from __future__ import annotations

import numpy as np
import pytest

from figures import steered_relu, steering_curves, steering_pictures
from numerics.detection_truth import GENERALISED, MEMORISED
from proofs_check.steering_evidence import Place, comparison, kept


def _rows(drawing):
    return [dict(zip(drawing.columns, row, strict=True)) for row in drawing.rows]


@pytest.fixture(scope="module")
def curves_drawn():
    return steering_curves.draw(True)


@pytest.fixture(scope="module")
def pictures_drawn():
    return steering_pictures.draw(True)


def test_curves_are_medians_of_the_kept_answers(curves_drawn):
    rows = _rows(curves_drawn)
    arrays, description = kept()
    curves = arrays["digits-hybrid-unet/0/distance"][arrays["digits-hybrid-unet/kind"] == MEMORISED].astype(float)
    shares = np.percentile(curves / curves.max(axis=1, keepdims=True), [25, 50, 75], axis=0)[:, ::4]
    shown = [
        row for row in rows if (row["network"], row["response"], row["group"]) == ("unet", "distance", "memorised")
    ]
    largest = next(way["largest"] for way in description["ways"] if way["model"] == "digits-hybrid-unet")
    assert [row["at"] for row in shown] == pytest.approx(largest * np.linspace(0, 1, 7))
    for name, expected in zip(("first_quartile", "median", "third_quartile"), shares, strict=True):
        assert [row[name] for row in shown] == pytest.approx(expected)


def test_probabilities_are_of_samples_that_answer_and_jumps_of_all(curves_drawn):
    rows = _rows(curves_drawn)
    for architecture in ("unet", "transformer"):
        for response, label in (("probability", "probability"), ("distance", "sharpness of distance")):
            found = comparison(Place(architecture, "within", 0, response))
            for number, group in enumerate(("memorised", "generalised")):
                shown = [row for row in rows if (row["network"], row["response"]) == (architecture, label)]
                shown = [row for row in shown if row["group"] == group]
                assert {row["samples"] for row in shown} == {found.samples[number]}
                if response == "distance":
                    # Of an even number the rule takes the lower median.
                    median = (found.memorised, found.generalised)[number][0].value
                    assert [row["median"] for row in shown] == pytest.approx([median], rel=0.05)


def test_a_network_without_copies_has_no_memorised_marks(curves_drawn, pictures_drawn):
    for drawing in (curves_drawn, pictures_drawn):
        assert {row["group"] for row in _rows(drawing) if "relu" in str(row["network"])} == {"generalised"}


def test_strips_are_the_kept_pictures_of_their_group(pictures_drawn):
    drawing = pictures_drawn
    arrays = kept()[0]
    memorised, generalised = (np.asarray(axes.get_images()[0].get_array()) for axes in drawing.figure.axes[1::3])
    pictures = arrays["digits-hybrid-unet/0/shown"]
    assert np.array_equal(memorised, np.concatenate(list(pictures[0]), axis=1))
    assert np.array_equal(generalised, np.concatenate(list(pictures[4]), axis=1))
    first = np.flatnonzero(arrays["digits-hybrid-unet/kind"] == GENERALISED)[0]
    shown = [row for row in _rows(drawing) if (row["network"], row["group"]) == ("digits-hybrid-unet", "generalised")]
    assert [row["probability"] for row in shown] == pytest.approx(
        arrays["digits-hybrid-unet/0/probability"][first, ::3].tolist()
    )


def test_the_network_stands_on_its_closed_form():
    rows = _rows(steered_relu.draw(True))
    marked = [row for row in rows if not np.isnan(row["distance_network"])]
    assert (len(marked), len(rows)) == (7, 25)
    assert [row["distance_network"] for row in marked] == pytest.approx([row["distance_closed_form"] for row in marked])
    assert float(marked[-1]["distance_network"]) > 0.1
