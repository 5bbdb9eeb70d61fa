"""Closed forms of spiky and balanced codes against numpy; the likelihood ratio against its integrals and Arb."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.integrate
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theory.spikiness import balanced_spikiness, balanced_std, spike_evidence


@given(st.just(0.0) | st.floats(1e-3, 1e3), st.integers(1, 30), st.data())
def test_closed_forms_are_those_of_the_code(height, width, data):
    active = data.draw(st.integers(0, width))
    code = np.repeat([height, 0.0], [active, width - active])
    assert balanced_std(height, active, width) == pytest.approx(code.std(), rel=1e-12, abs=1e-13 * height)
    if active and height:
        spikiness = ((code**4).sum() ** 0.25) / np.linalg.norm(code)
        assert balanced_spikiness(active) == pytest.approx(spikiness, rel=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.floats(0.0, 8.0))
def test_the_likelihood_ratio_integrates_the_radius_out(code, signal):
    """E_R exp(±aRu_j − a²/2) over the chi distribution of R, averaged over unit and sign."""
    h, p = np.array(code), len(code)
    if np.abs(h).max() < 1e-6:
        return
    u = h / np.linalg.norm(h)
    log_norm = (p / 2 - 1) * math.log(2) + math.lgamma(p / 2)

    def weight(r: float) -> float:
        return (
            r ** (p - 1) * math.exp(-(r**2 + signal**2) / 2 - log_norm) * sum(math.cosh(signal * r * x) for x in u) / p
        )

    expected = scipy.integrate.quad(weight, 0, signal + 15, epsabs=0, epsrel=1e-10, limit=200)[0]
    assert spike_evidence(h, signal) == pytest.approx(math.log(expected), abs=1e-8)


@pytest.mark.parametrize("p", [1, 2, 7, 64, 400])
def test_the_likelihood_ratio_of_many_units_in_arb(p):
    h = np.arange(1.0, p + 1)
    squares = h**2 / (h**2).sum()
    exact = sum((arb(9 * s / 2).hypgeom_1f1(arb(p) / 2, arb(1) / 2) for s in squares), arb(0)) / p
    assert spike_evidence(h, 3.0) == pytest.approx(float(exact.log()) - 4.5, abs=1e-11)


@pytest.mark.parametrize(("p", "code"), [(3, [3.0, 1.0, 1.0]), (5, [1.0, 1.0, 0.0, 0.0, 2.0])])
def test_weak_signals_are_seen_by_the_fourth_moment(p, code):
    h = np.array(code)
    fourth = (h**4).sum() / (h @ h) ** 2
    signal = 1e-2
    assert spike_evidence(h, signal) == pytest.approx(
        signal**4 * (p + 2) / 24 * (fourth - 3 / (p + 2)), rel=1e-3, abs=1e-15
    )


def test_without_signal_there_is_no_evidence_and_one_unit_alone_never_gives_any():
    assert spike_evidence(np.array([1.0, 2.0, 3.0]), 0.0) == 0.0
    assert np.allclose(spike_evidence(np.array([[2.0], [-0.5]]), 5.0), 0.0, atol=1e-12)


@given(st.floats(1e-150, 1e150), st.floats(0.1, 5.0))
def test_scale_sign_and_order_of_the_units_do_not_matter(scale, signal):
    h = np.array([[0.3, -1.2, 0.7], [5.0, 0.1, 0.0]])
    found = spike_evidence(h, signal)
    assert found.shape == (2,)
    assert np.allclose(spike_evidence(scale * h, signal), found, rtol=1e-12, atol=1e-13)
    assert np.allclose(spike_evidence(-h[:, ::-1], signal), found, rtol=1e-12, atol=1e-13)


def test_no_codes_at_all_are_no_error():
    assert spike_evidence(np.zeros((0, 3)), 1.0).shape == (0,)
