"""The memorising statistic: its means at both ends and between, the bound for refits, the points that a rule needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory import neighbour_rank as nr
from theory.refit_loop import gaussian_log_det_drift

COUNTS = st.integers(2, 1000)
SHARES = st.floats(0, 1)


@given(COUNTS, SHARES)
def test_the_mean_falls_from_one_half_to_that_of_a_copy_and_gives_the_share_back(n, share):
    assert nr.mean_rank(n, 0.0) == 0.5
    assert nr.mean_rank(n, 1.0) == pytest.approx(1 / (n + 1), rel=1e-12)
    mean = nr.mean_rank(n, share)
    assert mean == pytest.approx((1 - share) / 2 + share / (n + 1))
    assert nr.copy_share(mean, n) == pytest.approx(share, abs=1e-9)


def test_one_point_tells_nothing():
    assert nr.mean_rank(1, 0.3) == nr.mean_rank(1, 1.0) == 0.5


@given(st.integers(1, 12), st.integers(1, 2000))
def test_the_bound_is_half_the_root_of_the_drift_and_near_its_leading_term(d, more):
    found = nr.refit_bound(d + more, d)
    assert 4 * found**2 == pytest.approx(-gaussian_log_det_drift(d + more, d))
    # Never below the leading term, by which N = P gives one half.
    assert found >= np.sqrt(d * (d + 3) / (8 * (d + more))) * (1 - 1e-12)
    assert nr.refit_bound(10**6, d) == pytest.approx(np.sqrt(d * (d + 3) / 8e6), rel=1e-4)


@given(st.floats(0.01, 1), st.floats(0.001, 0.5))
def test_no_fewer_points_would_do(share, error):
    generated, n = nr.points_needed(share, error)
    assert (1 - share) ** generated <= error * (1 + 1e-9)
    assert generated == 1 or (1 - share) ** (generated - 1) > error * (1 - 1e-9)
    assert 2 * generated / (n + 1) <= error * (1 + 1e-9)
    assert 2 * generated / n > error * (1 - 1e-9)


def test_numbers_of_the_card():
    assert nr.points_needed(1.0, 0.01) == (1, 199)
    assert nr.points_needed(0.5, 0.05) == (5, 199)


@given(COUNTS, SHARES)
def test_the_formulas_of_the_card_are_the_functions(n, share):
    found = nr.MEAN.subs({nr.SAMPLES: n, nr.SHARE: share})
    assert nr.mean_rank(n, share) == pytest.approx(float(found), rel=1e-9)
    assert float(nr.COPIED.subs(nr.SAMPLES, n)) == pytest.approx(nr.mean_rank(n, 1.0), rel=1e-12)
