"""Crossings: of curves that are known, with noise of the data sets, and theories that are met or missed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check import edge_transitions
from proofs_check.edge_evidence import Curve, Setting, ratio_curve, settings, surrogate_crossing
from proofs_check.edge_transitions import Transition, constant, equation_21, transition_check
from proofs_check.sampling import Estimate

FRACTIONS = np.array([0.5, 0.6, 0.7, 0.8, 0.9])


@given(st.floats(0.51, 0.89), st.floats(1, 5))
def test_a_straight_line_crosses_where_it_does(at, slope):
    curve = Curve(FRACTIONS, 0.5 + slope * (np.stack([FRACTIONS, FRACTIONS]) - at))
    assert curve.crossing().mean == pytest.approx(at, abs=1e-12)
    assert curve.crossing().standard_error == pytest.approx(0, abs=1e-12)


def test_the_last_passage_counts_and_the_memoriser_closes_the_curve():
    value = np.array([[0.0, 0.6, 0.4, 0.6, 0.7], [0.0, 0.0, 0.0, 0.0, 0.0]])
    crossing = Curve(FRACTIONS, value).crossing()
    assert crossing.mean == pytest.approx((0.75 + 0.95) / 2)
    assert crossing.standard_error == pytest.approx(0.1)
    high = Curve(FRACTIONS, np.ones((2, 5))).crossing()
    assert high.mean == 0.5


def test_curves_of_the_evidence_have_their_data_sets():
    setting = Setting("100-50-6", 0.25, "likelihood", "samples")
    assert setting in settings("edge-likelihood")
    curve = ratio_curve("edge-likelihood", setting, "exact", 1 / 9)
    assert curve.value.shape == (4, len(curve.fraction))
    assert (np.diff(curve.value.mean(axis=0)) > 0).all()
    wider = ratio_curve("edge-likelihood", setting, "exact", 1 / 4)
    assert (wider.value >= curve.value).all()


def test_with_noise_prediction_the_sampled_memoriser_never_wins():
    setting = Setting("50-30-6", 1.0, "likelihood", "samples")
    assert surrogate_crossing("edge-likelihood", setting, edge_transitions.WEIGHTS["snr"]).mean > 0.99
    ones = surrogate_crossing("edge-likelihood", setting, edge_transitions.WEIGHTS["one"]).mean
    assert 0.7 < ones < 0.9


def test_equation_21_changes_sign_at_its_crossing():
    side = equation_21("fitted", 2.0)
    setting = Setting("50-30-6", 1.0, "snr", "samples")
    assert side("any", setting, 0.1, 0.79) < 0 < side("any", setting, 0.1, 0.81)
    # With the weights of the model, λ = ψ, there is none below N.
    assert equation_21("own", 2.0)("any", setting, 0.1, 0.99) < 0


@pytest.mark.parametrize(("measured", "met"), [(0.79, True), (0.81, True), (0.77, False), (0.83, False)])
def test_a_theory_is_met_within_the_tolerance(measured, met):
    setting = Setting("50-30-6", 1.0, "snr", "samples")
    found = [Transition("any", setting, "exact", 1 / 9, Estimate(measured, 0.001, 3))]
    check = transition_check("x", lambda: found, constant(0.8), {}, 0.02, about="printed", scope="one")
    assert check.decide(edge_transitions.Effort()).ok is met


def test_no_transitions_decide_nothing():
    found = [Transition("any", Setting("50-30-6", 1.0, "snr", "samples"), "exact", 1 / 9, Estimate(0.8, 0.001, 3))]
    check = transition_check("x", lambda: found, constant(0.5), {}, 0.02, about="printed", scope="one")
    assert not check.decide(edge_transitions.Effort()).ok
