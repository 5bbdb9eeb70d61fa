"""Statistics of codes: their bounds, where these are attained, what leaves them alone, and extreme sizes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numerics.representation import codes, l4_over_l2, one_hotness, participation_ratio, std
from tests.strategies import networks, sample_arrays, separable_problems
from theory.block_minimizer import memorizing_weights

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


@settings(max_examples=30)
@given(sample_arrays(), st.integers(1, 4), st.data())
def test_clean_codes_and_their_spikiness(X, p, data):
    W1, _ = data.draw(networks(X.shape[1], p))
    h = codes(W1, X)
    assert h == pytest.approx(np.array([[max(0.0, float(w @ x)) for w in W1.T] for x in X]), abs=1e-12)
    found = one_hotness(np.stack([W1, 2 * W1]), X)
    for values, statistic in zip(found, (l4_over_l2, participation_ratio, std), strict=True):
        assert values.shape == (2, len(X))
        assert np.array_equal(values[0], statistic(h))
        assert values[1] == pytest.approx((2 if statistic is std else 1) * values[0], rel=1e-12)


@settings(max_examples=20)
@given(separable_problems(sizes=st.just(1)))
def test_memorising_weights_have_one_hot_codes(problem):
    X, _, _, sigma, weight_decay = problem
    W = memorizing_weights(X, sigma, weight_decay)
    found = one_hotness(W, X)
    assert found.l4_over_l2 == pytest.approx(1, abs=1e-12)
    assert found.participation_ratio == pytest.approx(1, abs=1e-12)
    # Every unit twice is no longer one-hot.
    assert one_hotness(np.hstack([W, W]), X).participation_ratio == pytest.approx(2, abs=1e-12)
    assert codes(W[:, :0], X).shape == (len(X), 0)
