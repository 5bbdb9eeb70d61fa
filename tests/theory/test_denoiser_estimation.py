"""The learnt block and its limit against linear solves, finite differences and Isserlis sums."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import rotations, seeds
from theory import denoiser_estimation as de


class Cluster(NamedTuple):
    """A second moment with well-separated eigenvalues, the mean in it, and its eigenbasis."""

    S: np.ndarray
    mean: np.ndarray
    spectrum: np.ndarray
    basis: np.ndarray


@st.composite
def clusters(draw, most: int = 4) -> Cluster:
    d = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(seeds()))
    spectrum = rng.permutation(np.cumsum(rng.uniform(0.3, 1.0, d)))
    direction = rng.standard_normal(d)
    share = draw(st.sampled_from([0.0, 0.5, 1.0]))
    along = direction * np.sqrt(share / (direction**2 / spectrum).sum())
    basis = draw(rotations(d))
    return Cluster(basis @ np.diag(spectrum) @ basis.T, basis @ along, spectrum, basis)


@given(clusters(), st.floats(0.05, 3.0), st.data())
def test_the_denoiser_has_the_gains_of_its_leading_directions_and_no_others(cluster, sigma, data):
    d = len(cluster.S)
    width = data.draw(st.integers(1, d))
    found = de.truncated_denoiser(cluster.S, width, sigma)
    leading = cluster.basis[:, np.argsort(-cluster.spectrum)[:width]]
    whole = np.linalg.solve(cluster.S + sigma**2 * np.eye(d), cluster.S)
    assert np.allclose(found, whole @ leading @ leading.T, atol=1e-12)


def test_rounding_below_zero_is_no_negative_eigenvalue_and_no_direction_without_moment_gains():
    x = np.array([[3.0, 1.0, -2.0]]) / 7
    S = x.T @ x
    assert np.linalg.eigvalsh(S)[0] < 0
    S[0, 1] += 1e-14
    assert np.allclose(de.truncated_denoiser(S, 3, 0.1), S / (x @ x.T + 0.01), atol=1e-12)


@pytest.mark.parametrize(
    ("width", "expected"), [(1, 2 * np.sqrt(2) * 0.5 / 2), (2, 4 * 0.5 / 1), (3, 2 * 6**0.5 * 0.5)]
)
def test_the_bound_is_the_printed_formula_in_numbers(width, expected):
    assert de.estimation_bound(np.array([2.0, 4.0, 1.0]), width, 0.5) == pytest.approx(expected, rel=1e-14)


def isserlis(S: np.ndarray, mean: np.ndarray):
    """n·Cov(Ŝ_ij, Ŝ_kl) for Gaussian samples: S_ikS_jl + S_ilS_jk − 2m_im_jm_km_l."""
    quartic = np.einsum("i,j,k,l->ijkl", mean, mean, mean, mean)
    return np.einsum("ik,jl->ijkl", S, S) + np.einsum("il,jk->ijkl", S, S) - 2 * quartic


@given(clusters())
def test_the_error_of_the_second_moment_sums_the_variances_of_its_entries(cluster):
    covariance = isserlis(cluster.S, cluster.mean)
    found = de.second_moment_error(cluster.spectrum, cluster.basis.T @ cluster.mean)
    assert found == pytest.approx(float(np.einsum("ijij->", covariance)), rel=1e-11, abs=1e-12)
    # From the fourth moment of the length.
    Sigma = cluster.S - np.outer(cluster.mean, cluster.mean)
    length = cluster.mean @ cluster.mean
    fourth = (np.trace(Sigma) + length) ** 2 + 2 * np.trace(Sigma @ Sigma) + 4 * cluster.mean @ Sigma @ cluster.mean
    assert found == pytest.approx(float(fourth - np.trace(cluster.S @ cluster.S)), rel=1e-11, abs=1e-12)


@given(clusters(3), st.floats(0.3, 2.0), st.data())
def test_the_fluctuation_is_the_mean_square_of_the_derivative(cluster, sigma, data):
    """The derivative by central differences in every entry of Ŝ, in the standard basis."""
    d = len(cluster.S)
    width = data.draw(st.integers(1, d))
    slopes = np.empty((d, d, d, d))
    for i, j in itertools.product(range(d), repeat=2):
        step = np.zeros((d, d))
        step[i, j] += 0.5e-4
        step[j, i] += 0.5e-4
        ends = [de.truncated_denoiser(cluster.S + sign * step, width, sigma) for sign in (1, -1)]
        slopes[i, j] = (ends[0] - ends[1]) / 2e-4
    expected = np.einsum("ijkl,ijab,klab->", isserlis(cluster.S, cluster.mean), slopes, slopes)
    found = de.denoiser_fluctuation(cluster.spectrum, cluster.basis.T @ cluster.mean, width, sigma)
    assert found == pytest.approx(float(expected), rel=1e-5, abs=1e-9)


def test_one_direction_by_hand():
    assert de.second_moment_error(np.array([3.0]), np.array([1.0])) == pytest.approx(16.0, rel=1e-14)
    assert de.denoiser_fluctuation(np.array([3.0]), np.array([1.0]), 1, 2.0) == pytest.approx(
        16 * (4 / 49) ** 2, rel=1e-14
    )
    assert de.second_moment_error(np.array([3.0]), np.array([3.0**0.5])) == pytest.approx(0.0, abs=1e-13)


def test_directions_may_come_in_any_order():
    spectrum, mean = np.array([1.0, 4.0, 2.0]), np.array([0.1, -0.9, 0.5])
    order = [1, 2, 0]
    assert de.denoiser_fluctuation(spectrum, mean, 2, 0.7) == de.denoiser_fluctuation(
        spectrum[order], mean[order], 2, 0.7
    )


def test_a_direction_without_moment_that_is_not_kept_does_not_move():
    assert de.denoiser_fluctuation(np.array([2.0, 0.0]), np.array([0.5, 0.0]), 1, 1.0) == de.denoiser_fluctuation(
        np.array([2.0]), np.array([0.5]), 1, 1.0
    )


def test_the_symbols_agree_with_one_another():
    s, t = de.MOMENT, de.OTHER_MOMENT
    assert sp.simplify(de.LIMIT_GAIN - de.LIMIT_GAIN.subs(s, t) - (s - t) * de.BOTH_KEPT) == 0
    assert sp.simplify(de.ONE_KEPT * (s - t) - de.LIMIT_GAIN) == 0


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_rounding_is_told_from_bad_input_at_any_scale(unit):
    spectrum, basis = np.array([5.0, 3.0, 0.7]), np.linalg.qr(np.arange(9.0).reshape(3, 3) ** 2 - 7)[0]
    mean = np.sqrt(spectrum) * np.array([0.48, 0.64, 0.6])
    for width in (1, 2, 3):
        assert de.denoiser_fluctuation(unit * spectrum, np.sqrt(unit) * mean, width, unit**0.5) == pytest.approx(
            de.denoiser_fluctuation(spectrum, mean, width, 1.0), rel=1e-6
        )
    with pytest.raises(ValueError, match="mean must leave a covariance"):
        de.second_moment_error(unit * spectrum, 1.001 * np.sqrt(unit) * mean)
    low_rank = unit * (basis[:, :2] * spectrum[:2]) @ basis[:, :2].T
    assert np.allclose(np.trace(de.truncated_denoiser(low_rank, 3, unit**0.5)), 5 / 6 + 3 / 4, rtol=1e-12)
    with pytest.raises(ValueError, match="S must have no negative eigenvalue"):
        de.truncated_denoiser(low_rank - 1e-6 * unit * np.eye(3), 3, unit**0.5)
