"""The pictures: columns of few images are samples, those of many lie in the leading components."""

import numpy as np
import pytest

from figures import stored_images
from numerics.sweeps.real_images import chosen_images


def test_quick_pictures_are_whole():
    drawing = stored_images.draw(True)
    assert len(drawing.figure.axes) == 16
    assert len(drawing.rows) == 16
    assert {row[0] for row in drawing.rows} == {"digits"}
    assert {row[1] for row in drawing.rows} == {"samples", "columns, n = 4", "columns, n = 8", "components, n = 8"}


def test_what_is_written_above_a_column_is_its_cosine_or_share():
    samples, few, many, components = stored_images.pictures("digits", 8)
    X, crowd = chosen_images("digits", 4)[0], chosen_images("digits", 8)[0]
    assert np.array_equal(samples[0], X.T)
    for unit in range(4):
        column = few[0][:, unit]
        cosines = [float(column @ x / np.linalg.norm(column) / np.linalg.norm(x)) for x in X]
        assert few[1][unit] == pytest.approx(max(cosines))
        column = many[0][:, unit]
        # The share through the eigenvectors of another decomposition.
        vectors = np.linalg.eigh(crowd.T @ crowd)[1][:, -4:]
        assert many[1][unit] == pytest.approx(np.linalg.norm(vectors.T @ column) / np.linalg.norm(column), abs=1e-6)
    assert np.isnan(samples[1]).all()
    assert np.isnan(components[1]).all()
