"""Statistics of codes: their bounds, where these are attained, what leaves them alone, and extreme sizes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numerics.representation import l4_over_l2, participation_ratio, std

CODES = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.integers(-9, 9).map(float))


@given(CODES)
def test_the_statistics_in_exact_fractions(h):
    results = std(h), l4_over_l2(h), participation_ratio(h)
    assert all(found.shape == h.shape[:-1] for found in results)
    for place in np.ndindex(h.shape[:-1]):
        code = [Fraction(x) for x in h[place]]
        second, fourth = sum(x**2 for x in code), sum(x**4 for x in code)
        variance = second / len(code) - (sum(code) / len(code)) ** 2
        assert results[0][place] == pytest.approx(float(variance) ** 0.5, rel=1e-12, abs=1e-12)
        assert results[1][place] == pytest.approx(float(fourth / second**2) ** 0.25 if second else 0.0, rel=1e-12)
        assert results[2][place] == pytest.approx(float(second**2 / fourth) if second else 0.0, rel=1e-12)


@given(CODES, st.floats(1e-300, 1e300))
def test_scale_free_statistics_at_any_scale(h, scale):
    assert np.allclose(l4_over_l2(scale * h), l4_over_l2(h), rtol=1e-10)
    assert np.allclose(participation_ratio(scale * h), participation_ratio(h), rtol=1e-10)


@given(CODES)
def test_bounds_by_the_number_of_active_units(h):
    active = (h != 0).sum(axis=-1)
    spiky = l4_over_l2(h)
    assert (spiky <= 1 + 1e-12).all()
    assert (spiky[active > 0] >= active[active > 0] ** -0.25 - 1e-12).all()
    assert ((active == 1) == (spiky > 1 - 1e-6)).all()
    assert (participation_ratio(h) <= active + 1e-9).all()


def test_tensors_are_read_and_units_of_no_use_are_not_counted():
    h = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 3.0]], dtype=torch.float64, requires_grad=True)
    assert np.allclose(participation_ratio(h), [2, 1])
    assert np.allclose(std(h), [0.5, 3 * 3**0.5 / 4])
