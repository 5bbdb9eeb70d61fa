"""The figure of real images shows the kept runs that converged, and the linear optimum beside them."""

import numpy as np
import pytest

from figures import real_images
from numerics.sweep import evidence, read_sweep
from numerics.sweeps.real_images import chosen_images


def test_the_kept_runs_are_shown():
    drawing = real_images.draw(False)
    arrays, _ = read_sweep(evidence("real-images"))
    least = arrays["sigma"] == arrays["sigma"].min()
    assert len(drawing.rows) == (arrays["converged"].astype(bool) & least).sum()
    for images, sigma, width, n, train, test, _, stored in drawing.rows:
        row = least & (arrays["images"] == images) & (arrays["width"] == width) & (arrays["n"] == n)
        assert sigma == 0.2
        assert (train, test, stored) == tuple(arrays[key][row][0] for key in ("train", "test", "stored"))
    assert all(axes.get_xscale() == "log" for axes in drawing.figure.axes)


def test_a_quick_drawing_shows_the_runs_of_few_images():
    rows, every = real_images.draw(True).rows, real_images.draw(False).rows
    assert rows == [row for row in every if float(row[3]) <= 8]
    assert {row[0] for row in rows} == {"digits", "faces"}


@pytest.mark.parametrize("width", [0, 4, 5, 200])
def test_linear_loss_is_that_of_the_best_shrunk_projection(width):
    """By the normal equations on the leading directions, not by the formula of savings."""
    X, _ = chosen_images("digits", 8)
    rank = min(width // 2, 8)
    basis = np.linalg.svd(X)[2][:rank].T
    codes = X @ basis
    moments = codes.T @ codes / 8
    best = np.linalg.solve(moments + 0.3**2 * np.eye(rank), moments) if rank else np.zeros((0, 0))
    denoiser = basis @ best.T @ basis.T
    loss = ((X @ denoiser.T - X) ** 2).sum() / 8 + 0.3**2 * (denoiser**2).sum()
    assert real_images.linear_loss("digits", 8, width, 0.3) == pytest.approx(loss / 64, rel=1e-9)
