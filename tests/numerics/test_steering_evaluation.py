"""The evaluation of steering, on enlarged digits and tiny networks: what it measures, keeps and leaves out."""

import dataclasses

import numpy as np
import pytest
import torch

from numerics.data import digit_labels, digits
from numerics.denoiser_sampling import starting_noise
from numerics.digit_classifier import DigitClassifier
from numerics.image_denoisers import build
from numerics.image_sets import ImageSet
from numerics.steering import Steering, response
from numerics.steering_evaluation import POWERS, QUICK, Subject, evaluate, main, ways

PLAN = dataclasses.replace(QUICK, levels=4, group=5, calibration=2, pool=8, most=16, strengths=4, targets=3)


def image_set(rows: slice) -> ImageSet:
    small = digits("unit")[rows].reshape(-1, 1, 8, 8)
    large = np.kron(small, np.ones((1, 1, 3, 3)))
    images = np.pad(large, ((0, 0), (0, 0), (2, 2), (2, 2)), constant_values=-1).astype(np.float32)
    ones = np.ones(len(images), dtype=np.int64)
    return ImageSet(images, digit_labels()[rows], np.arange(len(images)), ones, classes=10)


ONCE = np.zeros(200, dtype=bool)
REAL, UNSEEN = image_set(slice(0, 200)), image_set(slice(200, 300))
CLASSIFIER = DigitClassifier(REAL.images.reshape(200, -1), REAL.labels)


def network(architecture: str = "relu", **size):
    return build(architecture, shape=(1, 28, 28), classes=10, seed=0, **(size or {"units": 6}))


@pytest.fixture(scope="module")
def subject():
    return Subject(network(), REAL, ONCE, REAL, CLASSIFIER, PLAN, "cpu")


def test_curves_begin_at_the_unsteered_sample_and_follow_it_through_the_strengths(subject):
    for way in ways(subject.denoiser):
        found = subject.measure(way)
        assert found.largest in POWERS
        assert (found.distance[:, 0] == 0).all()
        assert (found.path[:, 0] == 0).all()
        assert (np.diff(found.path, axis=1) >= 0).all()
        assert (found.path >= found.distance - 1e-6).all()
        assert ((found.probability >= 0) & (found.probability <= 1)).all()
        if way.passes == "one pass":
            # The last layer is linear: equal steps along a line.
            assert np.allclose(found.distance, found.distance[:, -1:] * np.arange(5) / 4, rtol=1e-4, atol=1e-6)


def test_a_curve_is_what_the_steered_network_answers(subject):
    way = ways(subject.denoiser)[1]
    found, samples = subject.measure(way), subject.measured
    targets = {k: torch.tensor(REAL.images[REAL.labels == k][:3]) for k in range(10)}
    steering = Steering(subject.denoiser, "code", targets, seed=0)
    start = float(subject.levels[0]) * torch.tensor(samples.noise[3:4])
    at = [0.0, 0.75 * found.largest]
    ends = response(steering, start, subject.levels, at, samples.target[3:4], samples.source[3:4])[0]
    assert np.isclose(found.distance[3, 3], (ends[1] - ends[0]).square().mean().sqrt(), rtol=1e-3, atol=1e-5)
    pixels = ends[1].clamp(-1, 1).reshape(1, -1).numpy()
    assert np.isclose(found.probability[3, 3], CLASSIFIER.probabilities(pixels)[0, samples.target[3]], rtol=1e-4)
    assert np.allclose(ends[0].numpy(), samples.end[3], atol=1e-5)


def test_calibration_samples_are_not_measured(subject):
    assert (len(subject.calibration.ratio), len(subject.measured.ratio)) == (2, 5)
    first = starting_noise((8, 1, 28, 28), 0).float().numpy()
    assert np.array_equal(np.concatenate([subject.calibration.noise, subject.measured.noise]), first[:7])
    assert subject.drawn == {"drawn": 8, "memorised": 0, "generalised": 8}
    assert subject.count() == {"memorised": 0, "generalised": 5}


def test_every_architecture_is_steered_at_layers_that_it_has():
    sizes = {
        "relu": {"units": 4},
        "unet": {"widths": (8, 8), "heads": 2},
        "transformer": {"width": 8, "depth": 3, "heads": 2},
    }
    for architecture, size in sizes.items():
        denoiser = network(architecture, **size)
        names = dict(denoiser.named_modules())
        assert {way.layer for way in ways(denoiser)} <= set(names)
        assert len(set(ways(denoiser))) == (4 if architecture == "relu" else 6)


def test_time_that_is_up_leaves_what_was_measured():
    left = iter([True, True, True, False])
    models = {"one": (network(), REAL, ONCE), "two": (network(units=3), REAL, ONCE)}
    rounds = list(evaluate(models, REAL, UNSEEN, PLAN, "cpu", lambda: next(left, False)))
    arrays, about = rounds[-1]
    assert [(way["model"], way["number"]) for way in about["ways"]] == [("one", 0), ("two", 0), ("one", 1)]
    assert about["classifier accuracy"] == CLASSIFIER.accuracy(UNSEEN.images.reshape(100, -1), UNSEEN.labels)
    assert arrays["one/1/path"].shape == (5, 5)
    assert arrays["one/0/shown"].shape == (2, 2, 28, 28)
    assert "two/1/path" not in arrays


def test_a_network_with_too_few_samples_of_a_kind_is_left_out():
    # Two are kept for the strengths, none is left to be measured.
    plan = dataclasses.replace(PLAN, group=0)
    arrays, about = list(evaluate({"one": (network(), REAL, ONCE)}, REAL, UNSEEN, plan, "cpu", lambda: True))[-1]
    assert about["ways"] == []
    assert about["samples"]["one"]["measured"] == {"memorised": 0, "generalised": 0}
    assert set(arrays) == {f"one/{key}" for key in ("kind", "ratio", "origin", "source", "target")}


def test_a_folder_without_models_is_named(tmp_path):
    with pytest.raises(ValueError, match="models must hold denoisers of digits, got none in"):
        main(["--models", str(tmp_path), "--out", str(tmp_path)])
