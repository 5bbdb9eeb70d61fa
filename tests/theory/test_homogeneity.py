"""The homogeneity floor against a quadrature in the plane, closed forms, its bounds and networks."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.objective import expected_loss
from theory.homogeneity import (
    DIMENSION,
    EXPANDED_SHARE,
    LOWER_SHARE,
    RATIO,
    UPPER_SHARE,
    loss_floor,
    two_layer_surcharge,
)

RATIOS = st.floats(-3, 3).map(lambda exponent: 10**exponent)


def in_the_plane(a, d):
    """Floor and surcharge over ‖x‖² from z = (z_1, length of the rest), in polar coordinates, without closed forms."""
    nodes, weights = np.polynomial.legendre.leggauss(160)
    across = np.sqrt(d - 1)
    lengths = [np.hypot(a, across) + side * 12 for side in (-1, 1)]
    angles = [np.arctan2(max(0, across - 12), a + 12), np.arctan2(across + 12, max(0, a - 12)) if a > 12 else np.pi / 2]

    def spread(low, high):
        return (low + high) / 2 + (high - low) / 2 * nodes, (high - low) / 2 * weights

    rho, rho_weights = spread(max(0.0, lengths[0]), lengths[1])
    theta, theta_weights = spread(*angles)
    rays = []
    for side in (1, -1):
        exponent = (
            (d - 1) * np.log(rho)
            + (d - 2) * np.log(np.sin(theta))[:, None]
            - ((rho - a) ** 2 + 4 * a * rho * (np.sin if side > 0 else np.cos)(theta / 2)[:, None] ** 2) / 2
        )
        rays.append(exponent)
    highest = max(e.max() for e in rays)
    mass = [np.exp(e - highest) * rho_weights * theta_weights[:, None] for e in rays]
    total = sum(m.sum() for m in mass)
    zeroth = [m.sum(1) / total for m in mass]
    mean = [(m * rho).sum(1) / np.maximum(m.sum(1), 1e-300) for m in mass]
    variance = [
        (m * (rho - mu[:, None]) ** 2).sum(1) / np.maximum(m.sum(1), 1e-300) for m, mu in zip(mass, mean, strict=True)
    ]
    square = [np.maximum(v + mu**2, 1e-300) for v, mu in zip(variance, mean, strict=True)]
    floor = sum((z * v / s).sum() for z, v, s in zip(zeroth, variance, square, strict=True))
    # Least squares for an even gain at each θ and one slope for all, on whitened equations.
    pair = [z * s for z, s in zip(zeroth, square, strict=True)]
    best = [mu / s for mu, s in zip(mean, square, strict=True)]
    harmonic = np.sqrt(pair[0] * pair[1] / np.maximum(pair[0] + pair[1], 1e-300))
    column, target = (harmonic * np.cos(theta))[:, None], harmonic * (best[0] - best[1])
    slope = np.linalg.lstsq(column, target, rcond=None)[0]
    return floor, ((target - column @ slope) ** 2).sum()


@settings(max_examples=60)
@given(st.integers(2, 12) | st.integers(13, 5000), RATIOS, st.floats(0.1, 10.0))
def test_floor_and_surcharge_are_those_of_a_quadrature_in_the_plane(d, a, sigma):
    floor, surcharge = in_the_plane(a, d)
    norm = a * sigma
    assert loss_floor(norm, d, sigma) == pytest.approx(norm**2 * floor, rel=1e-11)
    assert two_layer_surcharge(norm, d, sigma) == pytest.approx(norm**2 * surcharge, rel=1e-6, abs=1e-20 * norm**2)


@given(RATIOS)
def test_one_dimension_is_two_rays(a):
    """Two units, one for each sign: loss 1 − E[y; ±]²/E[y²; ±], summed (mpmath)."""
    with mpmath.workdps(60):
        left = mpmath.mpf(a) ** 2
        for side in (1, -1):
            t = side * mpmath.mpf(a)
            first = t * mpmath.ncdf(t) + mpmath.npdf(t)
            second = (t * t + 1) * mpmath.ncdf(t) + t * mpmath.npdf(t)
            left -= mpmath.mpf(a) ** 2 * first**2 / second
        expected = float(left)
    assert loss_floor(a, 1, 1.0) == pytest.approx(expected, rel=1e-12)
    assert two_layer_surcharge(a, 1, 1.0) <= 1e-25


@given(st.integers(1, 4000), RATIOS)
def test_bounds_and_expansion(d, a):
    floor = loss_floor(a, d, 1.0) / a**2
    values = {RATIO: a, DIMENSION: d}
    assert floor >= float(LOWER_SHARE.subs(values)) * (1 - 1e-12)
    assert floor <= 1 / (a**2 + 1)
    assert d == 1 or floor <= float(UPPER_SHARE.subs(values))
    # The next term is of the relative order (a² + 2d)^-2, with a coefficient that stays below 4.
    relative = abs(floor / float(EXPANDED_SHARE.subs(values)) - 1)
    assert relative <= 4 / (a**2 + 2 * d) ** 2 + 1e-12


def test_the_shares_by_hand():
    values = {RATIO: 1, DIMENSION: 2}
    assert LOWER_SHARE.subs(values) == sp.Rational(1, 6)
    assert UPPER_SHARE.subs(values) == (1 + sp.Rational(4, 5 * 1 * 4)) / 4
    assert EXPANDED_SHARE.subs(values) == sp.Rational(1, 5) + sp.Rational(1 + 4 - 8, 5**4)


@given(st.integers(1, 300), st.floats(0.01, 100), st.floats(0.01, 10), st.floats(0.1, 10))
def test_scale(d, norm, sigma, factor):
    assert loss_floor(factor * norm, d, factor * sigma) == pytest.approx(factor**2 * loss_floor(norm, d, sigma))


@pytest.mark.parametrize("d", [1, 2, 5, 300])
def test_limits(d):
    assert loss_floor(0.0, d, 0.0) == loss_floor(1.0, d, 0.0) == loss_floor(0.0, d, 1.0) == 0
    assert loss_floor(1.0, d, 1e-200) == 0
    assert loss_floor(1.0, d, 1e-9) == pytest.approx(1e-18, rel=1e-15)
    # On both sides of where σ² is exact to the last digit.
    edge = np.sqrt(np.finfo(float).eps / (2 * d - 1))
    for sigma in (0.9 * edge, 1.1 * edge, 100 * edge):
        assert loss_floor(1.0, d, sigma) == pytest.approx(sigma**2 * (1 - (2 * d - 1) * sigma**2), rel=1e-14)
    assert loss_floor(1e-9, d, 1.0) > 0
    assert two_layer_surcharge(1.0, d, 0.0) == 0


@pytest.mark.parametrize("d", [1, 2, 7, 200])
def test_floor_and_surcharge_are_smooth_where_the_rays_behind_are_dropped(d):
    below, above = (loss_floor(a, d, 1.0) for a in (10 * (1 - 1e-9), 10 * (1 + 1e-9)))
    assert above == pytest.approx(below, rel=1e-8)
    assert two_layer_surcharge(10.0, d, 1.0) == 0
    assert 0 <= two_layer_surcharge(9.99, d, 1.0) <= 1e-24


def test_the_surcharge_is_small_but_there():
    shares = [two_layer_surcharge(a, 2, 1.0) / loss_floor(a, 2, 1.0) for a in np.geomspace(0.1, 9.0, 50)]
    assert 1e-7 < max(shares) < 4e-7


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(1, 8), RATIOS, st.integers(0, 2**32 - 1))
def test_no_network_is_below(d, p, a, seed):
    """Random networks, the best scale of each decoder."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1, d))
    x *= a / np.linalg.norm(x)
    W1, W2 = rng.standard_normal((2, d, p))
    at = [expected_loss(W1, scale * W2, x, 1.0, 0.0) for scale in (-1.0, 0.0, 1.0)]
    curvature, slope = at[0] + at[2] - 2 * at[1], (at[2] - at[0]) / 2
    # Units that are hardly ever active leave a parabola of rounding errors; any scale is a network.
    scale = -slope / max(curvature, abs(slope), 1e-9)
    best = min(*at, expected_loss(W1, scale * W2, x, 1.0, 0.0))
    assert best >= (loss_floor(a, d, 1.0) + two_layer_surcharge(a, d, 1.0)) * (1 - 1e-12)
