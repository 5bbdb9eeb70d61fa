"""The images are the ones described, and the choices made among them are the best there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import lfw_subset
from sklearn.datasets import load_digits

from numerics.data import augmented_cluster, digit_labels, digits, duplicated, faces, separable_images
from tests.strategies import sample_arrays, seeds
from theory.separability import alpha_beta, largest_separable_subset

SETS = {"faces": (faces, (100, 625)), "digits": (digits, (1797, 64))}


@pytest.mark.parametrize("name", SETS)
def test_both_variants_have_the_stated_shape_range_and_centre(name):
    load, shape = SETS[name]
    unit, centred = load("unit"), load("centred")
    assert unit.shape == centred.shape == shape
    assert (unit.min(), unit.max()) == (-1.0, 1.0)
    np.testing.assert_allclose(centred.mean(axis=0), 0.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(centred - centred[0], unit - unit[0], rtol=0, atol=1e-14)
    for variant in ("unit", "centred"):
        np.testing.assert_array_equal(load(variant), load(variant))


def test_rows_are_the_pixels_of_the_source_in_order():
    np.testing.assert_allclose((faces("unit")[99].reshape(25, 25) + 1) / 2, lfw_subset()[99], rtol=0, atol=1e-15)
    source = load_digits()
    np.testing.assert_array_equal((digits("unit")[1796].reshape(8, 8) + 1) * 8, source.images[1796])
    np.testing.assert_array_equal(digit_labels(), source.target)
    assert np.bincount(digit_labels()).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_no_choice_of_images_is_further_apart(name, count):
    images = SETS[name][0]("centred")
    chosen, indices, beta = separable_images(name, count)
    assert indices.tolist() == sorted(set(indices.tolist()))
    np.testing.assert_array_equal(chosen, images[indices])
    assert alpha_beta(chosen, np.arange(count)) == (0.0, pytest.approx(beta, abs=1e-14))
    assert -1 / (count - 1) <= beta < -0.05
    assert largest_separable_subset(chosen, beta + 1e-12).indices.size == count
    rival = largest_separable_subset(images, beta - 2e-9)
    assert rival.is_optimal
    assert rival.upper_bound < count


def test_no_seven_faces_are_separable():
    assert largest_separable_subset(faces("centred")).upper_bound == 6
    with pytest.raises(ValueError, match="count must allow pairwise negative cosines among the faces, got 7"):
        separable_images("faces", 7)


@settings(max_examples=60)
@given(
    side=st.integers(1, 6),
    size=st.integers(1, 12),
    alpha=st.just(0.0) | st.floats(0.001, 0.5),
    seed=seeds(),
    constant=st.booleans(),
)
def test_a_cluster_stays_within_its_radius(side, size, alpha, seed, constant):
    rng = np.random.default_rng(seed)
    image = np.full(side**2, -0.5) if constant else rng.standard_normal(side**2)
    cluster = augmented_cluster(image, size, alpha, np.random.default_rng(seed))
    distances = np.linalg.norm(cluster - image, axis=1)
    radius = alpha * np.linalg.norm(image)
    assert cluster.shape == (size, side**2)
    assert (distances <= radius * (1 + 1e-12)).all()
    if alpha > 0:
        assert np.unique(distances).size == size
    measured, _ = alpha_beta(cluster, np.zeros(size, dtype=int))
    assert measured <= 2 * alpha / (1 - alpha) + 1e-12
    np.testing.assert_array_equal(cluster, augmented_cluster(image, size, alpha, np.random.default_rng(seed)))


def test_distances_fill_the_radius_evenly():
    """400 uniform distances: Dvoretzky-Kiefer-Wolfowitz bounds the false alarm by 2 exp(-800 · 0.15²) = 3e-8."""
    image = faces("unit")[0]
    cluster = augmented_cluster(image, 400, 0.2, np.random.default_rng(5))
    fractions = np.sort(np.linalg.norm(cluster - image, axis=1)) / (0.2 * np.linalg.norm(image))
    assert np.abs(fractions - np.arange(400) / 400).max() < 0.15


def test_variations_are_changes_a_photographer_could_make():
    """Without noise the changes span contrast, brightness and the four shifts; the noise is weaker than their sum.

    Six of the seven unit changes lie in that span, so the share of the squared step outside it averages at most 1/7;
    the mean of 2000 shares in [0, 1] exceeds its expectation by 0.08 with probability below exp(-4000 · 0.08²) = 8e-12.
    """
    image = faces("centred")[3]
    picture = image.reshape(25, 25)
    grid = np.arange(25)
    before, after = np.maximum(grid - 1, 0), np.minimum(grid + 1, 24)
    shifts = [picture[before], picture[after], picture[:, before], picture[:, after]]
    span = np.array([image, np.ones(625), *[(shifted - picture).ravel() for shifted in shifts]])
    basis, _ = np.linalg.qr(span.T)
    steps = augmented_cluster(image, 2000, 0.3, np.random.default_rng(11)) - image
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    inside = steps @ basis
    outside = 1 - (inside**2).sum(axis=1)
    assert 0 < outside.mean() < 1 / 7 + 0.08
    # Every direction is used in both senses, and what is left over is smooth: neighbours agree.
    weights = np.linalg.lstsq(span.T, steps.T, rcond=None)[0]
    assert (weights.min(axis=1) < 0).all()
    assert (weights.max(axis=1) > 0).all()
    noise = (steps - inside @ basis.T).reshape(-1, 25, 25)
    assert (noise[:, :, 1:] * noise[:, :, :-1]).sum() > 0.5 * (noise**2).sum()


@pytest.mark.parametrize(
    ("image", "size", "alpha", "complaint"),
    [
        (np.ones(5), 3, 0.1, "image must be square and nonzero, got 5 pixels"),
        (np.zeros(4), 3, 0.1, "image must be square and nonzero, got 4 pixels of norm 0"),
        (np.ones(4), 0, 0.1, "size must be >= 1"),
        (np.ones(4), 3, -0.1, "alpha must be >= 0"),
        (np.ones(4), 3, 1.0, "alpha must be < 1"),
    ],
)
def test_impossible_clusters_are_refused(image, size, alpha, complaint):
    with pytest.raises(ValueError, match=complaint):
        augmented_cluster(image, size, alpha, np.random.default_rng(0))


@given(X=sample_arrays(), data=st.data())
def test_duplicates_repeat_rows_and_name_them(X, data):
    multiplicities = data.draw(st.lists(st.integers(1, 4), min_size=len(X), max_size=len(X)))
    repeated, labels = duplicated(X, multiplicities)
    np.testing.assert_array_equal(repeated, X[labels])
    assert labels.tolist() == [i for i, m in enumerate(multiplicities) for _ in range(m)]


@pytest.mark.parametrize("multiplicities", [[1], [1, 2, 3], [1, 0]])
def test_multiplicities_must_match(multiplicities):
    with pytest.raises(ValueError, match="multiplicities"):
        duplicated(np.eye(2), multiplicities)
