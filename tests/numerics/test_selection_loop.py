"""Loops with selection: what a generation is made of, scale and isotropy, and no selection as the plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.selection_loop import selected_fits
from tests.strategies import seeds
from theory.refit_loop import gaussian_log_det_drift


@settings(max_examples=15)
@given(st.integers(1, 4), st.integers(2, 12), st.integers(0, 10), st.floats(0.2, 3), seeds())
def test_contraction_and_scale_multiply_the_fits(d, kept, more, contraction, seed):
    arguments = (kept, kept + more, 3, 2, seed)
    plain = selected_fits(np.eye(d), *arguments, isotropic=True)
    scaled = selected_fits(5 * np.eye(d), *arguments, contraction=contraction, isotropic=True)
    powers = contraction ** (2 * np.arange(4.0))[:, None, None, None]
    np.testing.assert_allclose(scaled, 5 * powers * plain, rtol=1e-6)
    diagonal = np.einsum("grii->gri", plain)
    np.testing.assert_allclose(diagonal, diagonal[..., :1] * np.ones(d), rtol=1e-12)


@settings(max_examples=15)
@given(st.integers(1, 4), st.integers(1, 12), st.integers(0, 10), seeds())
def test_an_isotropic_fit_is_the_mean_variance_of_the_full_one(d, kept, more, seed):
    full, isotropic = (
        selected_fits(np.eye(d), kept, kept + more, 1, 3, seed, isotropic=flag)[1] for flag in (False, True)
    )
    np.testing.assert_allclose(np.trace(full, axis1=1, axis2=2), np.trace(isotropic, axis1=1, axis2=2), rtol=1e-9)
    # Divisor m: one point has no spread, and the rank is below m.
    assert (np.linalg.matrix_rank(full, tol=1e-9) == min(d, kept - 1)).all()


def test_keeping_all_is_the_plain_loop():
    """Within five standard errors: false alarms 6e-7."""
    fits = selected_fits(np.array([[2.0, 0.5], [0.5, 1.0]]), 6, 6, 3, 200, 11)
    moved = np.linalg.slogdet(fits[-1])[1] - np.linalg.slogdet(fits[0])[1]
    assert abs(moved.mean() - 3 * gaussian_log_det_drift(6, 2)) < 5 * moved.std() / np.sqrt(200)


def test_replicates_differ_and_a_seed_repeats_them():
    fits = selected_fits(np.eye(2), 4, 8, 2, 3, 5)
    assert len({float(fit[0, 0]) for fit in fits[-1]}) == 3
    np.testing.assert_array_equal(fits, selected_fits(np.eye(2), 4, 8, 2, 3, 5))
    assert fits.shape == (3, 3, 2, 2)
    np.testing.assert_array_equal(fits[0], np.broadcast_to(np.eye(2), (3, 2, 2)))


def test_selection_widens_what_is_kept():
    kept, all_of_them = (selected_fits(np.eye(2), 30, pool, 1, 60, 3)[1] for pool in (120, 30))
    assert np.trace(kept, axis1=1, axis2=2).mean() == pytest.approx(2 * 1.7, rel=0.15)
    assert np.trace(all_of_them, axis1=1, axis2=2).mean() == pytest.approx(2 * 29 / 30, rel=0.15)
