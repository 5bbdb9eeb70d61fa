"""Repeated tail integrals against the same integrals at 4,000 bits, where the cancelling forms are harmless."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx

from theory.normal_tails import density, tails

POINTS = np.concatenate([np.linspace(-12, 38, 301), np.linspace(1.9, 2.1, 41), np.linspace(37.4, 37.6, 7)])


@pytest.fixture(scope="module")
def exact() -> list[tuple[arb, arb, arb, arb]]:
    before, ctx.prec = ctx.prec, 4000
    rows = []
    for point in POINTS:
        x = arb(float(point))
        phi = (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
        zeroth = (x / arb(2).sqrt()).erfc() / 2
        rows.append((phi, zeroth, phi - x * zeroth, ((1 + x * x) * zeroth - x * phi) / 2))
    ctx.prec = before
    return rows


def test_every_integral_is_right_to_the_last_digits(exact):
    found = np.array([density(POINTS), *tails(POINTS)])
    expected = np.array([[float(value) for value in row] for row in exact]).T
    tolerance = np.array([1e-15, 2e-15, 1e-14, 3e-14])[:, None]
    # Gradual underflow begins at 2e-308: there only the absolute error can be small.
    assert (np.abs(found - expected) <= tolerance * expected + 1e-307).all()


def test_recurrence_ties_the_three_together():
    x = np.linspace(0, 30, 200)
    zeroth, first, second = tails(x)
    np.testing.assert_allclose(2 * second + x * first, zeroth, rtol=1e-13, atol=0)


def test_beyond_forty_everything_is_zero():
    for x in (np.array([40.0, 1e6, 1e300, np.inf]), np.float64(41.0)):
        assert not np.any(density(x))
        assert not np.any(tails(x))


def test_zero_dimensional_input_is_accepted():
    for x in (np.float64(3.0), np.array(3.0), np.float64(1.0)):
        assert [float(value) for value in tails(x)] == [value[0] for value in tails(np.array([float(x)]))]
