"""The digit classifier: right on digits that it has not seen, at a loss without labels, the same every time."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from numerics.data import digit_labels, digits
from numerics.digit_classifier import DigitClassifier

X, LABELS = digits("unit"), digit_labels()
HALF = len(X) // 2


def test_it_knows_digits_that_it_has_not_seen():
    found = DigitClassifier(X[:HALF], LABELS[:HALF])
    probabilities = found.probabilities(X[HALF:])
    assert found.classes == tuple(range(10))
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities >= 0).all()
    right = found.accuracy(X[HALF:], LABELS[HALF:])
    assert right == accuracy_score(LABELS[HALF:], probabilities.argmax(axis=1))
    assert right > 0.93
    assert np.array_equal(DigitClassifier(X[:HALF], LABELS[:HALF]).probabilities(X[HALF:]), probabilities)


def test_without_their_labels_it_guesses():
    shuffled = np.random.default_rng(0).permutation(LABELS[:HALF])
    # A share of 0.1 with a standard error of 0.01.
    assert DigitClassifier(X[:HALF], shuffled).accuracy(X[HALF:], LABELS[HALF:]) < 0.2


def test_classes_keep_their_names_and_few_images_are_enough():
    chosen = np.isin(LABELS, [3, 8])
    found = DigitClassifier(X[chosen][:12, :5], LABELS[chosen][:12])
    assert found.classes == (3, 8)
    assert found.probabilities(X[:4, :5]).shape == (4, 2)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (X[:4], [0, 0, 0, 0], r"labels must name at least two classes, got \[0\]"),
        (X[:4], [0, 1], r"labels must be one for each of the 4 images, got shape \(2,\)"),
        (X[:4], [0, 1, 0.5, 1], "labels must be whole numbers, got 0.5"),
    ],
)
def test_bad_training_images_are_named(images, labels, message):
    with pytest.raises(ValueError, match=message):
        DigitClassifier(images, labels)


def test_bad_images_are_named():
    found = DigitClassifier(X[:40], LABELS[:40])
    with pytest.raises(ValueError, match=r"images must have 64 pixels, as those trained on, got shape \(2, 63\)"):
        found.probabilities(X[:2, 1:])
    with pytest.raises(ValueError, match="images must be finite"):
        found.probabilities(np.full((1, 64), np.nan))
