"""The printed protocol, shortened: where it ends at a good start, and that it says when it has not arrived."""

from __future__ import annotations

import numpy as np
import pytest

from numerics import mixture_adam
from numerics.mixture_adam import train_by_adam
from numerics.mixture_training import train
from numerics.sphere_mixture import draw_mixture

FEW = np.linspace(0.05, 0.95, 5)


def test_adam_from_a_wide_start_ends_where_our_method_does():
    X = draw_mixture(10, 10, 3, 1.0, 0).X
    ours = train(X, 7, seeds=[0], grid=FEW, tolerance=2e-3)
    theirs = train_by_adam(
        X, [7, 7], seeds=[0, 1], grid=FEW, steps=1200, draws=4, rate=1e-2, start_variance=0.2, tolerance=2e-2
    )
    assert ours.converged.all()
    assert theirs.converged[0]
    np.testing.assert_allclose(theirs.variance[0], ours.variance[0], rtol=0.06)
    np.testing.assert_allclose(theirs.loss[0], ours.loss[0], rtol=0.03)


def test_the_variance_stalls_from_the_printed_start_and_that_is_reported():
    X = draw_mixture(10, 10, 3, 1.0, 0).X
    found = train_by_adam(X, 7, seeds=[0], steps=300, draws=4)
    assert not found.converged.any()
    assert found.variance[0] < 1e-4
    assert (found.steps == 300).all()


@pytest.mark.parametrize(
    ("passed", "share"), [(0.0, 0.0), (0.05, 0.5), (0.1, 1.0), (0.55, 0.5005), (0.775, 0.25075), (1.0, 0.001)]
)
def test_the_rate_rises_for_a_tenth_of_the_steps_and_falls_to_a_thousandth(passed, share):
    assert mixture_adam._share_of_rate(passed) == pytest.approx(share, abs=1e-12)
